//! Who is chosen among the real providers, and what is said when nobody is.

use std::{sync::atomic::Ordering, time::Duration};

use palisade::{
    CallSettings, Capability, Dimensions, ErrorKind, Feature, FindProvider, Host, Media, PicoUsd, Preference,
    Provenance, Registration, Sourced, Unit, Usage, UsageItem, catalogue::Quota, image_to_text, text_to_image::Request,
};

use crate::{
    native::{Doing, Native},
    support::{behaving, builder, untouched},
};

type Criteria = fn(FindProvider) -> FindProvider;

fn search(host: &Host) -> FindProvider {
    host.find_best_provider(Capability::TextToImage)
}

fn with(request: Request) -> FindProvider {
    search(untouched()).for_request(&request.into())
}

/// Fails unless this provider is chosen, the same in the explanation and in the handle.
async fn check(search: FindProvider, expected: &str) {
    let decision = search.explain().unwrap_or_else(|error| panic!("{expected}: {error:?}"));
    assert_eq!(decision.chosen().provider.as_str(), expected, "{decision:#?}");
    let handle = search.await.unwrap();
    assert_eq!(handle.id().as_str(), expected);
    // What was measured counts for less with each moment, so that figures differ in their last digits.
    assert_eq!(handle.decision().unwrap().reason(), decision.reason());
    assert_eq!(handle.models().count(), 1);
}

/// Fails unless nobody fits, each for these reasons.
fn check_nobody(search: &FindProvider, expected: &[&str]) {
    let error = search.explain().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoProvider);
    // Of the examples, what needs an upstream is switched off, and has no models.
    let told = error.rejected().iter().filter(|rejection| rejection.model.is_some());
    assert_eq!(told.map(ToString::to_string).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn what_the_caller_cares_about_decides() {
    // sketch is better, card is faster, both are free.
    for (preference, expected) in [
        (Preference::Balanced, "sketch"),
        (Preference::Best, "sketch"),
        (Preference::Fastest, "card"),
        (Preference::Cheapest, "card"),
    ] {
        check(search(untouched()).prefer(preference), expected).await;
    }
    check(search(untouched()), "sketch").await;
}

#[tokio::test]
async fn a_model_is_named_in_any_way() {
    for (name, expected) in [("card", "card"), ("card/card", "card"), ("qr", "qr"), ("qr/qr", "qr")] {
        check(search(untouched()).model(name), expected).await;
    }
    let host = builder().build().await.unwrap();
    let native = Native::new(Doing::Answer)
        .change(|catalogue| catalogue.models[0].model_ref = Some("black-forest-labs/flux-dev".to_owned()));
    host.register("painter", Registration::native(native)).await.unwrap();
    for name in ["brush", "painter", "painter/brush", "black-forest-labs/flux-dev"] {
        check(search(&host).model(name), "painter").await;
    }
    for name in ["pencil", "painter/pencil", "flux-dev", "Painter", ""] {
        check_nobody(&search(&host).model(name), &["painter/brush: not-named"]);
    }
}

#[tokio::test]
async fn a_code_is_only_made_for_who_asks_for_one() {
    let cases: [(&str, Criteria, &str); 5] = [
        ("a QR code of https://example.com", |search| search, "sketch"),
        ("x", |search| search.free().prefer(Preference::Fastest), "card"),
        ("x", |search| search.model("qr"), "qr"),
        ("x", |search| search.require(Feature::Named("qr".to_owned())), "qr"),
        ("x", |search| search.model("qr").option("ecc", "high"), "qr"),
    ];
    for (prompt, criteria, expected) in cases {
        check(criteria(with(Request::new(prompt))), expected).await;
    }
    // An option that only it knows is not enough.
    check_nobody(
        &search(untouched()).option("ecc", "high"),
        &["card/card: missing-feature(ecc)", "qr/qr: explicit-only", "sketch/sketch: missing-feature(ecc)"],
    );
}

#[tokio::test]
async fn what_the_request_asks_for_rules_out_who_cannot() {
    let request = |change: fn(&mut Request)| {
        let mut request = Request::new("a fox");
        change(&mut request);
        with(request)
    };
    // card begins at 64 pixels.
    check(request(|request| request.size = Dimensions::Pixels(10, 10)).prefer(Preference::Fastest), "sketch").await;
    check(request(|request| request.n = 8), "sketch").await;
    check(request(|request| request.seed = Some(u64::MAX)), "sketch").await;
    check(request(|request| request.negative_prompt = Some("dogs".to_owned())), "sketch").await;
    check(search(untouched()).require(Feature::Seed), "sketch").await;
    check_nobody(
        &search(untouched()).model("qr").require(Feature::Seed),
        &["card/card: not-named", "qr/qr: missing-feature(seed)", "sketch/sketch: not-named"],
    );
    check_nobody(
        &request(|request| request.n = 9),
        &[
            "card/card: limit(n 9, takes 1 to 8)",
            "qr/qr: explicit-only; limit(n 9, takes 1)",
            "sketch/sketch: limit(n 9, takes 1 to 8)",
        ],
    );
    check_nobody(
        &request(|request| request.output_format = Some("image/webp".to_owned())),
        &[
            "card/card: limit(output-format image/webp, takes image/png)",
            "qr/qr: explicit-only; limit(output-format image/webp, takes image/png)",
            "sketch/sketch: limit(output-format image/webp, takes image/png)",
        ],
    );
    check_nobody(
        &request(|request| request.negative_prompt = Some("dogs".to_owned())).strict(),
        &[
            "card/card: missing-feature(negative-prompt)",
            "qr/qr: explicit-only; missing-feature(negative-prompt)",
            "sketch/sketch: missing-feature(negative-prompt)",
        ],
    );
}

#[tokio::test]
async fn an_unknown_price_is_never_free_and_never_within_a_limit() {
    let host = builder().build().await.unwrap();
    check_nobody(&search(&host), &[]);
    let unknown = Registration::native(Native::new(Doing::Answer)).quality(1.0).latency(Duration::from_millis(1));
    host.register("unknown", unknown).await.unwrap();
    check(search(&host), "unknown").await;
    check_nobody(&search(&host).free(), &["unknown/brush: price-unknown"]);
    check_nobody(&search(&host).max_price(PicoUsd(u64::MAX)), &["unknown/brush: price-unknown"]);

    let priced = |amount: &str| {
        let prices = vec![palisade::catalogue::Price::new(palisade::Unit::Image, amount.parse().unwrap())];
        let settings = palisade::ModelSettings { prices: Some(prices), ..palisade::ModelSettings::default() };
        Registration::native(Native::new(Doing::Answer)).model("brush".parse().unwrap(), settings)
    };
    host.register("dear", priced("0.5")).await.unwrap();
    host.register("cheap", priced("0.04")).await.unwrap();
    check(search(&host).max_price("0.04".parse().unwrap()), "cheap").await;
    check(search(&host).prefer(Preference::Cheapest), "cheap").await;
    check_nobody(
        &search(&host).max_price("0.03".parse().unwrap()),
        &[
            "cheap/brush: price-over($0.04 > $0.03)",
            "dear/brush: price-over($0.5 > $0.03)",
            "unknown/brush: price-unknown",
        ],
    );
    let made = search(&host).max_price("0.04".parse().unwrap()).await.unwrap().text_to_image("a fox").await.unwrap();
    assert_eq!(made.cost, None, "it does not say how many pictures it bills");
}

#[tokio::test]
async fn what_is_measured_outweighs_what_was_said() {
    let host = builder().build().await.unwrap();
    let said = |seconds| behaving("well-behaved").latency(Duration::from_secs(seconds));
    host.register("said-to-be-slow", said(600)).await.unwrap();
    host.register("said-to-be-fast", said(300)).await.unwrap();
    check(search(&host).prefer(Preference::Fastest), "said-to-be-fast").await;
    host.get("said-to-be-slow").unwrap().text_to_image("a fox").await.unwrap();
    check(search(&host).prefer(Preference::Fastest), "said-to-be-slow").await;
    let score = search(&host).explain().unwrap().chosen().score;
    assert_eq!((score.seconds_source, score.quality_source), (Provenance::Measured, Provenance::Assumed));
}

#[tokio::test]
async fn failures_count_against_a_provider_and_bad_requests_do_not() {
    let host = builder().build().await.unwrap();
    host.register("crashes", Registration::native(Native::new(Doing::Panic)).quality(0.51)).await.unwrap();
    host.register("answers", Registration::native(Native::new(Doing::Answer)).quality(0.5)).await.unwrap();
    let crashes = host.get("crashes").unwrap();
    crashes.text_to_image(" ").await.unwrap_err();
    check(search(&host), "crashes").await;
    crashes.text_to_image("a fox").await.unwrap_err();
    check(search(&host), "answers").await;
}

#[tokio::test]
async fn explaining_runs_nothing() {
    let host = builder().build().await.unwrap();
    let native = Native::new(Doing::Panic);
    let calls = native.calls();
    host.register("native", Registration::native(native)).await.unwrap();
    host.register("spins", behaving("spin")).await.unwrap();
    for _ in 0..100 {
        search(&host).explain().unwrap();
    }
    assert_eq!(calls.load(Ordering::Relaxed), 0);
    for status in host.providers() {
        assert_eq!((status.models[0].latency_seconds.value, status.models[0].pending), (None, 0));
    }
}

#[tokio::test]
async fn equals_are_chosen_by_the_seed_and_not_by_their_names() {
    let host = builder().build().await.unwrap();
    for name in ["aaa", "mmm", "zzz"] {
        host.register(name, Registration::native(Native::new(Doing::Answer))).await.unwrap();
    }
    let chosen = |seed| search(&host).seed(seed).explain().unwrap().chosen().provider.clone();
    assert_eq!(chosen(7), chosen(7));
    let all: std::collections::BTreeSet<_> = (0..50).map(chosen).collect();
    assert_eq!(all.len(), 3, "{all:?}");
}

#[tokio::test]
async fn who_fails_again_and_again_is_left_alone_and_tried_where_there_is_nobody_else() {
    let host = builder().build().await.unwrap();
    let [failing, steady] =
        [Doing::Panic, Doing::Answer].map(|doing| Native::new(doing).change(|own| own.models[0].prices = Some(vec![])));
    let (failed, served) = (failing.calls(), steady.calls());
    host.register("failing", Registration::native(failing).quality(1.0)).await.unwrap();
    host.register("steady", Registration::native(steady).quality(0.1)).await.unwrap();
    for _ in 0..100 {
        // Good enough to be chosen again and again, whatever its record.
        let provider = search(&host).prefer(Preference::Best).await.unwrap();
        let _failed = provider.text_to_image("a fox").await;
    }
    let (failed, served) = (failed.load(Ordering::Relaxed), served.load(Ordering::Relaxed));
    assert!(failed <= 8 && failed + served == 100, "{failed} failed, {served} served");

    let decision = search(&host).explain().unwrap();
    let rejected: Vec<_> = decision.rejected().map(|rejection| rejection.to_string()).collect();
    assert!(rejected[0].starts_with("failing/brush: breaker-open(for "), "{rejected:?}");
    let health = |id| serde_json::to_value(host.status(id).unwrap().models[0].health).unwrap();
    assert_eq!((&health("failing")["is"], health("steady")), (&"open".into(), serde_json::json!({ "is": "closed" })));

    host.unregister("steady").await.unwrap();
    match search(&host).explain() {
        Ok(decision) => assert!(decision.reason().contains("has failed of late"), "{}", decision.reason()),
        // It has failed less than a second ago.
        Err(error) => assert!(error.retry_after().is_some_and(|wait| wait <= Duration::from_secs(1)), "{error}"),
    }
}

#[tokio::test]
async fn who_says_that_there_are_too_many_calls_is_given_time() {
    let host = builder().build().await.unwrap();
    host.register("limited", Registration::native(Native::new(Doing::Fail)).quality(1.0)).await.unwrap();
    host.register("steady", Registration::native(Native::new(Doing::Answer)).quality(0.1)).await.unwrap();
    let limited = search(&host).prefer(Preference::Best).await.unwrap();
    assert_eq!(limited.text_to_image("a fox").await.unwrap_err().kind(), ErrorKind::RateLimited);
    let steady = search(&host).prefer(Preference::Best).await.unwrap();
    assert_eq!(steady.id().as_str(), "steady");
    let rejected = steady.decision().unwrap().rejected().next().unwrap().to_string();
    assert!(rejected.starts_with("limited/brush: throttled(for "), "{rejected}");

    host.unregister("steady").await.unwrap();
    let error = search(&host).await.unwrap_err();
    let wait = error.retry_after().unwrap();
    assert!(error.kind() == ErrorKind::NoProvider && wait <= Duration::from_secs(1), "{error} {wait:?}");
}

#[tokio::test]
async fn who_finds_nobody_is_told_what_to_change() {
    let suggestions = |search: FindProvider| {
        let error = search.explain().unwrap_err();
        error.suggestions().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let feature = Feature::Named("wings".to_owned());
    assert_eq!(suggestions(search(untouched()).require(feature)), ["drop `wings`: 2 candidates, free of charge"]);
    let told = suggestions(search(untouched()).model("nobody"));
    assert_eq!(told[0], "do not ask for this model: 2 candidates, free of charge");
}

#[tokio::test]
async fn who_is_excluded_or_too_slow_or_of_another_conversation_is_passed_over() {
    check(search(untouched()).exclude("sketch"), "card").await;
    // sketch is said to take 0.4 s, card 0.15 s.
    check(search(untouched()).within(Duration::from_millis(200)), "card").await;
    check_nobody(
        &search(untouched()).exclude("card/card").within(Duration::from_millis(200)),
        &["card/card: excluded-by-caller", "qr/qr: explicit-only", "sketch/sketch: deadline(0.4 s > 0.2 s)"],
    );
    let host = builder().build().await.unwrap();
    for name in ["a", "b", "c", "d"] {
        host.register(name, Registration::native(Native::new(Doing::Answer))).await.unwrap();
    }
    let chosen = |key: &str| search(&host).affinity(key).explain().unwrap().chosen().provider.clone();
    assert!((0..20).all(|_| chosen("one") == chosen("one")));
    let all: std::collections::BTreeSet<_> = (0..50).map(|number| chosen(&number.to_string())).collect();
    assert_eq!(all.len(), 4, "each key has its own: {all:?}");
}

#[tokio::test]
async fn many_requests_are_spread_over_those_that_are_nearly_as_good() {
    let host = builder().build().await.unwrap();
    for (name, quality) in [("a", 0.8), ("b", 0.79), ("worse", 0.1)] {
        let free = Native::new(Doing::Answer).change(|own| own.models[0].prices = Some(vec![]));
        host.register(name, Registration::native(free).quality(quality).latency(Duration::from_millis(1)))
            .await
            .unwrap();
    }
    let mut served = std::collections::BTreeMap::<String, u32>::new();
    for _ in 0..100 {
        let made = host.call(Request::new("a fox")).await.unwrap();
        *served.entry(made.provider.to_string()).or_default() += 1;
    }
    assert!(served["a"] >= 20 && served["b"] >= 20 && served.len() == 2, "{served:?}");
}

#[tokio::test]
async fn a_picture_goes_to_who_reads_its_type() {
    let picture = |media_type: &str| Media { media_type: media_type.to_owned(), data: vec![1] };
    let ask = |media_type| {
        let request = image_to_text::Request::new(picture(media_type)).into();
        untouched().find_best_provider(Capability::ImageToText).for_request(&request)
    };
    check(ask("image/png"), "barcode").await;
    // Nobody knows yet what will come.
    check(untouched().find_best_provider(Capability::ImageToText), "barcode").await;
    let error = ask("image/tiff").explain().unwrap_err();
    let told = error.rejected()[0].to_string();
    assert!(told.starts_with("barcode/barcode: limit(input-type image/tiff, takes image/png, "), "{told}");
}

#[tokio::test]
async fn a_provider_is_used_for_no_more_than_its_quota() {
    let host = builder().build().await.unwrap();
    let quota = |unit, amount| Quota { unit, amount, per_ms: 3_600_000 };
    // What it used counts, not what a request is expected to use.
    let usage = Usage { items: vec![UsageItem { unit: Unit::Image, quantity: 40.0 }], reported_cost: None };
    let used = Native::new(Doing::Answer).using(usage).change(|catalogue| {
        let model = &mut catalogue.models[0];
        model.regions = vec!["eu-west-1".to_owned()];
        model.quotas = vec![Quota { unit: Unit::Image, amount: 100, per_ms: 3_600_000 }];
    });
    host.register("limited", Registration::native(used).quality(0.9)).await.unwrap();
    host.register("plain", Registration::native(Native::new(Doing::Answer)).quality(0.1)).await.unwrap();
    let call = async || {
        let call = search(&host).prefer(Preference::Best).call(Request::new("a fox"), CallSettings::default());
        call.await.unwrap().provider.to_string()
    };
    for expected in ["limited", "limited", "limited", "plain"] {
        assert_eq!(call().await, expected);
    }
    let rejected = search(&host).explain().unwrap().rejected().next().unwrap().to_string();
    assert!(rejected.starts_with("limited/brush: quota(100 image in 3600 s, for 39"), "{rejected}");
    let status = host.status("limited").unwrap().models.remove(0);
    assert_eq!(status.quotas, Sourced::claimed(vec![quota(Unit::Image, 100)]));
    check_nobody(
        &search(&host).region("eu-west-1").exclude("limited"),
        &[&rejected.replace(": quota", ": excluded-by-caller; quota"), "plain/brush: region(unknown)"],
    );

    let operators = Registration::native(Native::new(Doing::Answer)).quotas([quota(Unit::Request, 1)]);
    host.replace("limited", operators.quality(0.9)).await.unwrap();
    for expected in ["limited", "plain"] {
        assert_eq!(call().await, expected);
    }
}

#[tokio::test]
async fn who_is_not_believed_frees_nothing_of_its_quota() {
    let host = builder().build().await.unwrap();
    let nothing = Usage { items: vec![UsageItem { unit: Unit::Image, quantity: 0.0 }], reported_cost: None };
    let quota = || [Quota { unit: Unit::Image, amount: 2, per_ms: 3_600_000 }];
    for (trusts, served) in [(true, 4), (false, 2)] {
        let modest = Registration::native(Native::new(Doing::Answer).using(nothing.clone()));
        host.replace("modest", modest.quotas(quota()).trust_prices(trusts)).await.unwrap();
        let mut count = 0;
        while count < 4 && search(&host).call(Request::new("a fox"), CallSettings::default()).await.is_ok() {
            count += 1;
        }
        assert_eq!(count, served, "what it says that it used is believed: {trusts}");
    }
}
