//! What a request costs, who says so, and who is believed.

use std::time::Duration;

use palisade::{
    Capability, ErrorKind, PicoUsd, Provenance, Registration, Request, Sourced, Unit, catalogue::Price, text_to_image,
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
    assert_eq!(decision.considered.len(), 2);
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
