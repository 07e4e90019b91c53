//! What a choice keeps to, whatever the candidates.

use std::time::{Duration, Instant};

use palisade_core::{
    Capability, ErrorKind, Media, ModelId, PicoUsd, Quantity, RejectReason, Request, Unit, Workload,
    catalogue::{FailureBilling, Model, Parameter, ParameterSpec, Price, Quota, Range},
    image_to_text, text_to_image,
};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{Ending, Feature, Figures, Health, Live, Overrides, Preference, Rate, Score, Weights};

fn endpoint(name: &str, change: impl FnOnce(&mut Endpoint)) -> Endpoint {
    let mut model = Model::new(name.parse().unwrap(), &[Capability::TextToImage]);
    model.prices = Some(vec![]);
    let mut endpoint = Endpoint {
        provider: name.parse().unwrap(),
        model,
        overrides: Overrides::default(),
        bills_on_failure: FailureBilling::Never,
        quality: None,
        prior_latency: None,
        live: Live::default(),
    };
    change(&mut endpoint);
    endpoint
}

fn succeed(endpoint: &Endpoint, took: Duration) {
    let now = Instant::now();
    endpoint.live.begin(now).succeeded(took, now);
}

fn fail(endpoint: &Endpoint, times: u32) {
    let now = Instant::now();
    (0..times).for_each(|_| endpoint.live.begin(now).failed(now, None));
}

fn per_image(cents: u64) -> Option<Vec<Price>> {
    Some(vec![Price::new(Unit::Image, PicoUsd(cents * 10_000_000_000))])
}

fn need() -> Need {
    Need { spread: false, ..Need::new(&Request::from(text_to_image::Request::new("a red fox"))) }
}

fn decide<'a>(endpoints: &'a [Endpoint], need: &Need) -> Result<Decision<&'a Endpoint>, Nobody> {
    let now = Instant::now();
    choose(endpoints.iter().map(|endpoint| Candidate::at(endpoint, now)), need)
}

fn winner(endpoints: &[Endpoint], need: &Need) -> String {
    decide(endpoints, need).unwrap().chosen().provider.to_string()
}

fn only_reason(endpoint: Endpoint, need: &Need) -> RejectReason {
    let [rejection] = <[_; 1]>::try_from(decide(&[endpoint], need).unwrap_err().rejected).unwrap();
    let [reason] = <[_; 1]>::try_from(rejection.reasons).unwrap();
    reason
}

#[test]
fn each_preference_follows_what_it_is_called() {
    let endpoints = [
        endpoint("cheap", |e| e.model.prices = per_image(1)),
        endpoint("fast", |e| {
            e.model.prices = per_image(4);
            e.prior_latency = Some(Duration::from_millis(300));
        }),
        endpoint("good", |e| {
            e.model.prices = per_image(9);
            e.quality = Some(0.95);
        }),
    ];
    let cases = [(Preference::Cheapest, "cheap"), (Preference::Fastest, "fast"), (Preference::Best, "good")];
    for (preference, expected) in cases {
        let need = Need { preference, weights: preference.into(), ..need() };
        assert_eq!(winner(&endpoints, &need), expected, "{preference}");
    }
}

#[test]
fn an_unknown_price_is_never_free() {
    let endpoints =
        [endpoint("unknown", |e| e.model.prices = None), endpoint("dear", |e| e.model.prices = per_image(30))];
    assert_eq!(winner(&endpoints, &need()), "dear");
    let need = Need { max_price: Some(PicoUsd::ZERO), ..need() };
    assert_eq!(only_reason(endpoint("unknown", |e| e.model.prices = None), &need), RejectReason::PriceUnknown);
}

#[test]
fn every_hard_criterion_has_its_reason() {
    let width = Parameter {
        name: "width".to_owned(),
        spec: ParameterSpec::Integer(Range { min: 64.0, max: 512.0, step: None }),
    };
    let base = need;
    let with = |change: fn(&mut Need)| {
        let mut need = base();
        change(&mut need);
        need
    };
    let cases: Vec<(Endpoint, Need, &str)> = vec![
        (endpoint("a", |e| e.model.capabilities.clear()), with(|n| n.model = Some("a".to_owned())), "other-capability"),
        (endpoint("a", |_| {}), with(|n| n.model = Some("b".to_owned())), "not-named"),
        (endpoint("a", |e| e.model.tags = vec!["explicit-only".to_owned()]), base(), "explicit-only"),
        (endpoint("a", |e| e.model.status = "staging".to_owned()), base(), "not-live"),
        (endpoint("a", |_| {}), with(|n| n.features = vec![Feature::Seed]), "missing-feature"),
        (
            endpoint("a", |e| e.model.parameters = vec![width]),
            with(|n| drop(n.parameters.insert("width", json!(9)))),
            "limit",
        ),
        (endpoint("a", |_| {}), with(|n| drop(n.parameters.insert("n", json!(2)))), "limit"),
        (endpoint("a", |_| {}), with(|n| drop(n.options.insert("ecc".to_owned(), json!("low")))), "missing-feature"),
        (endpoint("a", |e| e.model.prices = per_image(5)), with(|n| n.max_price = Some(PicoUsd(1))), "price-over"),
        (endpoint("a", |_| {}), with(|n| n.excluded = vec!["b".to_owned(), "a/a".to_owned()]), "excluded-by-caller"),
        (endpoint("a", |e| succeed(e, Duration::from_secs(3))), with(|n| n.max_seconds = Some(2.0)), "deadline"),
        (
            endpoint("a", |e| e.prior_latency = Some(Duration::from_secs(3))),
            with(|n| n.max_seconds = Some(2.0)),
            "deadline",
        ),
    ];
    for (endpoint, need, code) in cases {
        assert_eq!(only_reason(endpoint, &need).code(), code);
    }
}

#[test]
fn who_takes_nobody_knows_how_long_is_not_too_slow() {
    let need = Need { max_seconds: Some(0.001), ..need() };
    assert_eq!(winner(&[endpoint("new", |_| {})], &need), "new");
}

#[test]
fn who_serves_something_else_is_not_mentioned_unless_named() {
    let other = || endpoint("other", |e| e.model.capabilities = vec![Capability::Chat]);
    assert_eq!(decide(&[other()], &need()).unwrap_err(), Nobody::default());
    assert_eq!(decide(&[other(), endpoint("a", |_| {})], &need()).unwrap().rejected().count(), 0);
}

#[test]
fn an_explicit_only_model_is_chosen_when_it_is_asked_for() {
    let qr = || endpoint("qr", |e| e.model.tags = vec!["explicit-only".to_owned(), "qr-code".to_owned()]);
    let by_tag = Need { features: vec!["qr-code".parse().unwrap()], ..need() };
    let by_name = Need { model: Some("qr".to_owned()), ..need() };
    assert_eq!(winner(&[qr()], &by_tag), "qr");
    assert_eq!(winner(&[qr()], &by_name), "qr");
}

#[test]
fn what_was_measured_outweighs_what_the_operator_expects() {
    let endpoints = [
        endpoint("expected", |e| e.prior_latency = Some(Duration::from_secs(1))),
        endpoint("measured", |e| {
            e.prior_latency = Some(Duration::from_secs(9));
            succeed(e, Duration::from_millis(100));
        }),
    ];
    assert_eq!(winner(&endpoints, &need()), "measured");
}

#[test]
fn who_was_bad_once_is_called_again_after_a_while() {
    let now = Instant::now();
    let dearer = |e: &mut Endpoint| {
        (e.model.prices, e.prior_latency) = (per_image(1), Some(Duration::from_secs(1)));
        succeed(e, Duration::from_secs(1));
    };
    let bad: [fn(&mut Endpoint); 2] = [|e| fail(e, 2), |e| succeed(e, Duration::from_secs(60))];
    for bad in bad {
        let slow_or_failing = endpoint("bad", |e| {
            e.prior_latency = Some(Duration::from_secs(1));
            bad(e);
        });
        let endpoints = [slow_or_failing, endpoint("dearer", dearer)];
        let weights = Weights { second: 0.001, quality: 0.0, failure: 0.03 };
        let winner_after = |minutes: u64| {
            let at = now + Duration::from_secs(60 * minutes);
            let candidates = endpoints.iter().map(|endpoint| Candidate::at(endpoint, at));
            choose(candidates, &Need { weights, ..need() }).unwrap().chosen().provider.to_string()
        };
        assert_eq!([0, 10].map(winner_after), ["dearer", "bad"]);
    }
}

#[test]
fn a_model_that_cannot_read_what_comes_with_the_request_is_out() {
    let picture = |media_type: &str| Media { media_type: media_type.to_owned(), data: vec![1] };
    let reads = |types: &[&str]| {
        endpoint("a", |e| {
            e.model.capabilities = vec![Capability::ImageToText];
            e.model.input_types = types.iter().map(|name| (*name).to_owned()).collect();
        })
    };
    let told = |types: &[&str], media_type| {
        let need = Need::new(&image_to_text::Request::new(picture(media_type)).into());
        let endpoint = reads(types);
        let chosen = choose([Candidate::at(&endpoint, Instant::now())], &need);
        chosen.err().map(|nobody| (nobody.rejected[0].to_string(), nobody.suggestions[0].to_string()))
    };
    assert_eq!(told(&[], "image/tiff"), None, "nobody says what it reads");
    assert_eq!(told(&["image/png", "IMAGE/jpeg"], "image/jpeg"), None);
    assert_eq!(told(&["audio/wav", "image/*"], "image/png"), None);
    let (reason, suggestion) = told(&["image/png", "image/jpeg"], "image/tiff").unwrap();
    assert_eq!(reason, "a/a: limit(input-type image/tiff, takes image/png, image/jpeg)");
    assert_eq!(suggestion, "change `input-type` to image/png, image/jpeg: 1 candidate, free of charge");
    assert!(told(&["image"], "image/png").is_some() && told(&["*"], "image/png").is_some());
}

#[test]
fn a_region_that_is_asked_for_must_be_known() {
    let served_in = |name, regions: &[&str]| {
        endpoint(name, |e| e.model.regions = regions.iter().map(|name| (*name).to_owned()).collect())
    };
    let endpoints = [served_in("a", &["us-east"]), served_in("b", &["eu-west", "eu-north"]), served_in("c", &[])];
    let within = |regions: &[&str]| Need { regions: regions.iter().map(|name| (*name).to_owned()).collect(), ..need() };
    assert_eq!(winner(&endpoints, &within(&["eu-north", "eu-south"])), "b");
    let candidates = endpoints.iter().map(|endpoint| Candidate::at(endpoint, Instant::now()));
    let nobody = choose(candidates, &within(&["mars"])).unwrap_err();
    let reasons: Vec<_> = nobody.rejected.iter().map(ToString::to_string).collect();
    assert_eq!(reasons, ["a/a: region(us-east)", "b/b: region(eu-west, eu-north)", "c/c: region(unknown)"]);
    let suggestions: Vec<_> = nobody.suggestions.iter().map(ToString::to_string).collect();
    let expected = ["allow the region eu-west", "allow the region us-east"]
        .map(|what| format!("{what}: 1 candidate, free of charge"));
    assert_eq!(suggestions, expected);
}

#[test]
fn whose_quota_is_used_up_is_spared_until_some_of_it_is_free() {
    let now = Instant::now();
    let quota = Quota { unit: Unit::Request, per_ms: 60_000, amount: 2 };
    let limited = endpoint("limited", |e| {
        e.overrides.quotas = Some(vec![quota.clone()]);
        e.quality = Some(0.9);
        e.live = Live::default().with_quotas(std::slice::from_ref(&quota));
    });
    let endpoints = [limited, endpoint("plain", |_| {})];
    let chosen_at = |at| {
        let candidates = endpoints.iter().map(|endpoint| Candidate::at(endpoint, at));
        choose(candidates, &Need { spread: false, ..need() }).unwrap()
    };
    for _ in 0..2 {
        assert_eq!(chosen_at(now).chosen().provider.as_str(), "limited");
        drop(endpoints[0].live.begin(now).with_workload(&need().workload, now));
    }
    let decision = chosen_at(now);
    assert_eq!(decision.chosen().provider.as_str(), "plain");
    assert_eq!(
        decision.rejected().next().unwrap().to_string(),
        "limited/limited: quota(2 request in 60 s, for 66.0 s)"
    );
    assert_eq!(chosen_at(now + Duration::from_secs(66)).chosen().provider.as_str(), "limited");
    let alone = choose([Candidate::at(&endpoints[0], now)], &need()).unwrap_err();
    assert_eq!(alone.suggestions[0].to_string(), "wait 66 s: 1 candidate, free of charge");
}

fn pixels(megapixels: f64) -> Workload {
    Workload { items: vec![Quantity::exactly(Unit::Megapixel, megapixels)] }
}

#[test]
fn what_was_measured_of_large_requests_is_no_guess_for_small_ones() {
    let now = Instant::now();
    let after = |name, calls: &[(f64, u64)]| {
        endpoint(name, |e| {
            for &(size, seconds) in calls {
                e.live.begin(now).with_workload(&pixels(size), now).succeeded(Duration::from_secs(seconds), now);
            }
        })
    };
    let large = after("asked-for-large-ones", &[(1.0, 2), (8.0, 16), (8.0, 16)]);
    let endpoints = [large, after("slower", &[(1.0, 3), (1.0, 3)])];
    assert_eq!(need().size(), Some(1.048_576));
    assert_eq!(winner(&endpoints, &need()), "asked-for-large-ones");
}

#[test]
fn a_provider_that_fails_at_once_is_not_chosen_for_being_fast() {
    let endpoints = [endpoint("failing", |e| fail(e, 5)), endpoint("slow", |e| succeed(e, Duration::from_secs(8)))];
    assert_eq!(winner(&endpoints, &need()), "slow");
}

#[test]
fn the_reason_names_the_decisive_difference() {
    let endpoints = [endpoint("good", |e| e.quality = Some(0.9)), endpoint("plain", |e| e.quality = Some(0.4))];
    let reason = decide(&endpoints, &need()).unwrap().reason();
    assert_eq!(reason, "better than plain/plain (quality 0.90 against 0.40), worth $0.0250 to you");
}

#[test]
fn only_the_seed_breaks_ties() {
    let endpoints: Vec<_> = ["a", "b", "c", "d"].map(|name| endpoint(name, |_| {})).into();
    let winners: std::collections::BTreeSet<_> =
        (0..100).map(|seed| winner(&endpoints, &Need { seed, ..need() })).collect();
    assert_eq!(winners.len(), 4, "{winners:?}");
}

prop_compose! {
    fn any_figures()(pending in 0u32..50, (latency, mean_size, growing) in (prop::option::of(0.001f64..100.0), 0.0f64..10.0, 0.0f64..1.0), successes in 0.0f64..10.0, failures in 0.0f64..10.0, age in 0.0f64..100.0) -> Figures {
        let seconds_per_unit = growing * latency.unwrap_or_default() / mean_size.max(0.01);
        Figures { pending, latency, mean_size, seconds_per_unit, successes, failures, age, health: Health::Closed, rate: Rate::Free }
    }
}

prop_compose! {
    fn any_candidates()(specs in prop::collection::vec((prop::option::of(0u64..50), prop::option::of(0.0f64..=1.0), any_figures(), any::<bool>()), 1..8))
        -> Vec<(Endpoint, Figures)> {
        specs.into_iter().enumerate().map(|(index, (cents, quality, figures, explicit))| {
            let endpoint = endpoint(&format!("p{index}"), |e| {
                e.model.prices = cents.and_then(per_image);
                e.quality = quality;
                if explicit { e.model.tags = vec!["explicit-only".to_owned()]; }
            });
            (endpoint, figures)
        }).collect()
    }
}

fn any_weight() -> impl Strategy<Value = f64> {
    prop_oneof![8 => 0.0f64..10.0, 1 => prop::sample::select(vec![-1.0, f64::NAN, f64::INFINITY, f64::MAX])]
}

fn candidates(specs: &[(Endpoint, Figures)]) -> Vec<Candidate<&Endpoint>> {
    specs.iter().map(|(endpoint, figures)| Candidate { endpoint, figures: *figures }).collect()
}

fn order(decision: &Decision<&Endpoint>) -> Vec<ModelId> {
    decision.considered().map(|considered| considered.model).collect()
}

proptest! {
    #[test]
    fn the_same_input_gives_the_same_decision_in_any_order(specs in any_candidates(), seed: u64, spread: bool) {
        let need = Need { seed, spread, ..need() };
        let forwards = candidates(&specs);
        let backwards: Vec<_> = forwards.iter().rev().copied().collect();
        match (choose(forwards.iter().copied(), &need), choose(forwards.iter().copied(), &need), choose(backwards.iter().copied(), &need)) {
            (Ok(first), Ok(again), Ok(reversed)) => {
                prop_assert_eq!(&first, &again);
                prop_assert_eq!(order(&first), order(&reversed));
            }
            (Err(_), Err(_), Err(_)) => {}
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn removing_a_loser_never_changes_the_winner(specs in any_candidates(), loser in 0usize..8, seed: u64, spread: bool) {
        let (all, need) = (candidates(&specs), Need { seed, spread, ..need() });
        if let Ok(decision) = choose(all.iter().copied(), &need) {
            let chosen = decision.chosen().model.clone();
            // Who scores least says who is near it.
            let least = decision.considered().min_by(|a, b| a.score.total.total_cmp(&b.score.total)).unwrap();
            let stays = |candidate: &Candidate<&Endpoint>| [&chosen, &least.model].contains(&&candidate.endpoint.model.id);
            let without: Vec<_> = all.iter().enumerate()
                .filter(|(index, candidate)| *index != loser || stays(candidate))
                .map(|(_, candidate)| *candidate).collect();
            let decision = choose(without.iter().copied(), &need).unwrap();
            prop_assert_eq!(&decision.chosen().model, &chosen);
        }
    }

    #[test]
    fn every_score_is_a_number_and_everybody_is_accounted_for(specs in any_candidates(), second in any_weight(), quality in any_weight(), failure in any_weight(), spread: bool) {
        let need = Need { weights: Weights { second, quality, failure }, spread, ..need() };
        let (considered, rejected) = match choose(candidates(&specs), &need) {
            Ok(decision) => (decision.considered().collect(), decision.rejected().collect()),
            Err(nobody) => (vec![], nobody.rejected),
        };
        prop_assert_eq!(considered.len() + rejected.len(), specs.len());
        prop_assert!(considered.iter().all(|c| c.score.total.is_finite() && c.score.total >= 0.0));
        prop_assert!(considered.iter().skip(1).is_sorted_by(|a, b| a.score.total <= b.score.total * (1.0 + 1e-9) + 2e-9));
        let shares: f64 = considered.iter().map(|c| c.share).sum();
        prop_assert!(considered.is_empty() || (shares - 1.0).abs() < 1e-9, "{}", shares);
        prop_assert!(considered.iter().all(|c| (0.0..=1.0).contains(&c.share)));
        prop_assert!(considered.first().is_none_or(|c| c.share > 0.0));
        prop_assert!(rejected.iter().all(|rejection| !rejection.reasons.is_empty()));
    }

    #[test]
    fn a_lower_price_or_latency_never_hurts(specs in any_candidates(), cut in 0.1f64..1.0, seed: u64, spread: bool) {
        let need = Need { seed, spread, ..need() };
        let before = choose(candidates(&specs), &need);
        let Ok(before) = before else { return Ok(()) };
        let winner = before.chosen().model.clone();
        let faster: Vec<_> = specs.iter().map(|(endpoint, figures)| {
            let cut = if endpoint.model.id == winner { cut } else { 1.0 };
            let (latency, seconds_per_unit) = (figures.latency.map(|latency| latency * cut), figures.seconds_per_unit * cut);
            Candidate { endpoint, figures: Figures { latency, seconds_per_unit, ..*figures } }
        }).collect();
        let decision = choose(faster.iter().copied(), &need).unwrap();
        prop_assert_eq!(&decision.chosen().model, &winner);
    }
}

#[test]
fn those_near_the_least_are_chosen_as_often_as_their_shares_say() {
    let seconds = |name, milliseconds| {
        endpoint(name, |e| {
            e.quality = Some(1.0);
            succeed(e, Duration::from_millis(milliseconds));
        })
    };
    let endpoints = [seconds("a", 1000), seconds("b", 1050), seconds("busy", 1020), seconds("far", 1300)];
    let now = Instant::now();
    let _calls: Vec<_> = (0..2).map(|_| endpoints[2].live.begin(now)).collect();
    let spread = |seed| Need { seed, spread: true, ..need() };
    let shares: std::collections::BTreeMap<_, _> =
        decide(&endpoints, &spread(0)).unwrap().considered().map(|c| (c.provider, c.share)).collect();
    let share = |name: &str| shares[name];
    assert!(share("a") > share("b") && share("b") > 2.0 * share("busy") && share("far") == 0.0, "{shares:?}");
    let mut counts = std::collections::BTreeMap::<String, f64>::new();
    (0..4000).for_each(|seed| *counts.entry(winner(&endpoints, &spread(seed))).or_default() += 1.0 / 4000.0);
    let drawn =
        (0..).map(|seed| decide(&endpoints, &spread(seed)).unwrap()).find(|d| d.chosen().provider.as_str() == "b");
    assert!(drawn.unwrap().reason().contains("by lot: it gets 37 %"));
    for (name, share) in &shares {
        let count = counts.get(name.as_str()).copied().unwrap_or_default();
        assert!((count - share).abs() < 0.03, "{name}: {count} and {share}");
    }
}

#[test]
fn requests_of_one_affinity_go_to_one_of_those_nearly_as_good_and_stay_there() {
    let all: Vec<_> = ["a", "b", "c", "d"].map(|name| endpoint(name, |_| {})).into();
    let of = |affinity| Need { affinity: Some(affinity), spread: true, ..need() };
    let chosen = |affinity, seed| winner(&all, &Need { seed, ..of(affinity) });
    let winners: std::collections::BTreeSet<_> = (0..100).map(|affinity| chosen(affinity, 0)).collect();
    assert_eq!(winners.len(), 4, "{winners:?}");
    for affinity in 0..100 {
        assert!((1..5).all(|seed| chosen(affinity, seed) == chosen(affinity, 0)));
        let decision = decide(&all, &of(affinity)).unwrap();
        let Score { total, cost, time, risk, quality_gap, affinity, .. } = decision.chosen().score;
        assert!((cost + time + risk + quality_gap - affinity - total).abs() < 1e-12);
        assert!((0.0..=0.15 / 0.85).contains(&(affinity / total)), "{affinity} of {total}");
        assert!(decision.reason().starts_with("more familiar than"), "{}", decision.reason());
    }
    let mut all = all;
    all.push(endpoint("best", |e| e.quality = Some(0.9)));
    assert!((0..100).all(|affinity| winner(&all, &of(affinity)) == "best"));
}

#[test]
fn one_request_in_fifty_goes_to_somebody_little_is_known_of() {
    let endpoints = [
        endpoint("known", |e| {
            e.model.prices = per_image(2);
            (0..30).for_each(|_| succeed(e, Duration::from_secs(1)));
        }),
        endpoint("new", |e| e.model.prices = per_image(4)),
        endpoint("new-and-dear", |e| e.model.prices = per_image(5)),
        endpoint("new-and-unknown", |e| e.model.prices = None),
    ];
    let count = |explore| {
        let wins = |seed: &u64| winner(&endpoints, &Need { explore, seed: *seed, ..need() }) == "new";
        (0..5000).filter(wins).count()
    };
    let decision = decide(&endpoints, &Need { explore: true, ..need() }).unwrap();
    let share = |name| decision.considered().find(|c| c.provider.as_str() == name).unwrap().share;
    assert_eq!(["known", "new", "new-and-dear", "new-and-unknown"].map(share), [0.98, 0.02, 0.0, 0.0]);
    assert_eq!(count(false), 0);
    assert!((70..130).contains(&count(true)), "{}", count(true));
}

#[path = "choose_spared_tests.rs"]
mod spared;
