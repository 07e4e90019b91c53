//! What a request costs, who says so, and who is believed.

use std::time::Duration;

use palisade::{
    Capability, Config, ErrorKind, HostEvent, PicoUsd, PriceFeed, Provenance, Registration, Request, Sourced, Unit,
    Usage, UsageItem, catalogue::Price, text_to_image,
};

use crate::{
    native::{Doing, Native},
    support::{behaving, builder},
};

/// A provider of the application that claims to take so much for a picture.
fn claiming(amount: &str) -> Registration {
    let amount: PicoUsd = amount.parse().unwrap();
    Registration::native(Native::new(Doing::Answer).change(|catalogue| {
        let model = &mut catalogue.models[0];
        model.prices = Some(vec![Price::new(Unit::Image, amount)]);
        (model.max_concurrency, model.context_tokens) = (Some(2), Some(1000));
    }))
}

#[tokio::test]
async fn every_figure_says_whose_word_it_is() {
    let host = builder().build().await.unwrap();
    host.register("claims", claiming("0.01")).await.unwrap();
    let told = claiming("0.01").price(Unit::Image, PicoUsd(5)).quality(0.7).latency(Duration::from_secs(2));
    host.register("told", told.max_concurrency(8.try_into().unwrap())).await.unwrap();
    host.register("unknown", Registration::native(Native::new(Doing::Answer))).await.unwrap();
    let model = |id: &str| host.status(id).unwrap().models.remove(0);

    let claims = model("claims");
    assert_eq!((claims.prices.source, claims.max_concurrency), (Provenance::Claimed, Sourced::claimed(Some(2))));
    assert_eq!((claims.quality, claims.latency_seconds), (Sourced::assumed(None), Sourced::assumed(None)));

    let told = model("told");
    assert_eq!(told.prices.map(|prices| prices.unwrap()[0].amount), Sourced::operator(PicoUsd(5)));
    assert_eq!((told.max_concurrency, told.context_tokens), (Sourced::operator(Some(8)), Sourced::claimed(Some(1000))));
    assert_eq!((told.quality, told.latency_seconds), (Sourced::operator(Some(0.7)), Sourced::operator(Some(2.0))));
    host.get("told").unwrap().text_to_image("a fox").await.unwrap();
    assert_eq!(model("told").latency_seconds.source, Provenance::Measured);

    let unknown = model("unknown");
    assert_eq!((&unknown.prices, unknown.max_output_tokens), (&Sourced::assumed(None), Sourced::assumed(None)));
    let json = serde_json::to_value(unknown).unwrap();
    assert_eq!(json["quality"], serde_json::json!({ "value": null, "source": "assumed" }));
}

#[tokio::test]
async fn who_is_not_believed_is_beyond_every_budget() {
    let host = builder().build().await.unwrap();
    host.register("believed", claiming("0.01")).await.unwrap();
    host.register("doubted", claiming("0.001").trust_prices(false)).await.unwrap();
    host.register("told", claiming("0.001").trust_prices(false).price(Unit::Image, PicoUsd(5))).await.unwrap();
    let doubts = |id: &str| host.status(id).unwrap().models[0].doubts_prices;
    assert_eq!(["believed", "doubted", "told"].map(doubts), [false, true, false]);

    let search = || host.find_best_provider(Capability::TextToImage).max_price("0.02".parse().unwrap());
    let decision = search().explain().unwrap();
    assert_eq!(decision.considered().count(), 2);
    let error = search().model("doubted").explain().unwrap_err();
    let told: Vec<_> = error.rejected().iter().map(ToString::to_string).collect();
    assert!(told.contains(&"doubted/brush: price-claimed($0.001)".to_owned()), "{told:?}");
    // Nobody can send a bill for a component that reaches nothing.
    host.register("component", behaving("well-behaved")).await.unwrap();
    assert!(!doubts("component"));
}

#[tokio::test]
async fn a_request_is_estimated_before_anything_runs() {
    let host = builder().build().await.unwrap();
    let price = |text: &str, conditions: &[&str]| Price {
        when: conditions.iter().map(|condition| condition.parse().unwrap()).collect(),
        ..Price::new(Unit::Image, text.parse().unwrap())
    };
    let prices = [price("0.04", &[]), price("0.08", &["quality = high"])];
    host.register("priced", Registration::native(Native::new(Doing::Answer)).prices(prices)).await.unwrap();
    host.register("unknown", Registration::native(Native::new(Doing::Answer))).await.unwrap();

    let request = text_to_image::Request::new("a fox").into();
    let estimate = host.get("priced").unwrap().estimate(&request).unwrap();
    assert_eq!(estimate.to_string(), "$0.04 to $0.08", "the quality is left to the provider");
    assert_eq!(estimate.expected, Some("0.04".parse().unwrap()));
    let found = host.find_best_provider(Capability::TextToImage).for_request(&request).estimate().unwrap();
    assert_eq!(found, estimate);

    let unknown = host.get("unknown").unwrap().estimate(&request).unwrap();
    assert_eq!((unknown.expected, unknown.high), (None, None), "unknown is never free");
    assert!(unknown.unknown.contains(&Unit::Image));
    let error = host.get("priced").unwrap().estimate(&Request::typical(Capability::Chat)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn a_list_goes_before_claims_and_behind_the_operator() {
    let feed = r#"
        source = "https://prices.example"
        date = "2026-11-01"
        [models."listed/brush"]
        price = { image = "0.07" }
        [models."acme/fox"]
        price = { image = "0.09" }
    "#;
    let host = builder().prices(PriceFeed::parse(feed).unwrap()).build().await.unwrap();
    let named = Native::new(Doing::Answer).change(|own| own.models[0].model_ref = Some("acme/fox".to_owned()));
    host.register("listed", claiming("0.01").trust_prices(false)).await.unwrap();
    host.register("named", Registration::native(named)).await.unwrap();
    host.register("claims", claiming("0.01")).await.unwrap();
    host.replace("claims", claiming("0.02")).await.unwrap();
    let model = |id: &str| host.status(id).unwrap().models.remove(0);
    let told = |id: &str| model(id).prices.map(|prices| prices.map(|prices| prices[0].to_string()));
    assert_eq!(told("listed"), Sourced::feed(Some("$0.07/image".to_owned())));
    assert!(!model("listed").doubts_prices, "a list that the operator has chosen is believed");
    assert_eq!(told("named"), Sourced::feed(Some("$0.09/image".to_owned())));
    assert_eq!(told("claims"), Sourced::claimed(Some("$0.02/image".to_owned())));

    host.replace("listed", claiming("0.01").price(Unit::Image, PicoUsd(5))).await.unwrap();
    let layers = model("listed").price_layers;
    assert_eq!((layers.claimed.unwrap().len(), layers.operator.unwrap()[0].amount), (1, PicoUsd(5)));
    let listed = layers.feed.unwrap();
    assert_eq!((listed.source.as_deref(), listed.date), (Some("https://prices.example"), "2026-11-01".parse().ok()));
}

#[tokio::test]
async fn a_list_that_has_changed_is_taken_up_by_replacing_a_provider() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("prices.toml");
    let config = || Config::parse("[prices]\nfile = \"prices.toml\"", folder.path()).unwrap();
    let error = builder().config(config()).build().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io, "a list that is not there is no list without prices");

    let write =
        |amount: &str| std::fs::write(&file, format!("[models.\"a/brush\"]\nprice = {{ image = \"{amount}\" }}"));
    write("0.07").unwrap();
    let host = builder().config(config()).build().await.unwrap();
    let told = || host.status("a").unwrap().models[0].prices.value.as_ref().unwrap()[0].to_string();
    host.register("a", claiming("0.01")).await.unwrap();
    write("0.08").unwrap();
    assert_eq!(told(), "$0.07/image");
    host.replace("a", claiming("0.01")).await.unwrap();
    assert_eq!(told(), "$0.08/image");
    write("much").unwrap();
    let error = host.replace("a", claiming("0.01")).await.unwrap_err();
    assert!(error.message().contains("line 2"), "{error}");
    assert_eq!(told(), "$0.08/image", "who was there goes on");
}

#[tokio::test]
async fn a_bill_that_is_not_what_was_expected_is_told() {
    let host = builder().build().await.unwrap();
    let mut events = host.events();
    let price: PicoUsd = "0.04".parse().unwrap();
    let using = |reported_cost| Usage { items: vec![UsageItem { unit: Unit::Image, quantity: 1.0 }], reported_cost };
    let native = |reported| Registration::native(Native::new(Doing::Answer).using(using(reported)));
    host.register("honest", native(Some(price)).price(Unit::Image, price)).await.unwrap();
    host.register("dearer", native("0.052".parse().ok()).price(Unit::Image, price)).await.unwrap();
    host.register("unknown", native(None)).await.unwrap();
    for _ in 0..10 {
        for id in ["honest", "dearer", "unknown"] {
            host.get(id).unwrap().text_to_image("a fox").await.unwrap();
        }
    }
    host.unregister("unknown").await.unwrap();
    let mut told = Vec::new();
    while let Some(record) = events.next().await {
        match record.event {
            HostEvent::PriceDrift { provider, expected, settled, ratio, .. } => {
                told.push(format!("{provider}: {settled} for {expected}, {ratio:.2}"));
            }
            HostEvent::PriceUnknown { provider, .. } => told.push(format!("{provider}: unknown")),
            HostEvent::ProviderUnregistered { .. } => break,
            _ => {}
        }
    }
    assert_eq!(told, ["unknown: unknown", "dearer: $0.052 for $0.04, 1.30"]);
}
