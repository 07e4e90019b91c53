//! The quick way to choose against the one that explains, over endpoints and needs of all kinds.

use std::{sync::Arc, time::Duration};

use palisade_core::{
    ModelId, PicoUsd, RejectReason, Relaxation, Request, Unit,
    catalogue::{Comparison, Condition, FailureBilling, Model, Parameter, ParameterSpec, Price, Range},
    text_to_image,
};
use proptest::{prelude::*, sample::subsequence};
use serde_json::json;

use super::*;
use crate::{
    Candidate, Ending, Feature, Live, Overrides, Preference, Saved, choose, filter,
    shelf::{Glance, Row},
};

const CAPABILITIES: [Capability; 3] = [Capability::TextToImage, Capability::Chat, Capability::Embedding];
const NAMES: [&str; 4] = ["seed", "mask", "fast", "explicit-only"];

fn any_prices() -> impl Strategy<Value = Option<Vec<Price>>> {
    let unit = prop::sample::select(vec![Unit::Image, Unit::Megapixel, Unit::Request, Unit::Step, Unit::Character]);
    let price = (unit, 0_u64..30, prop::bool::weighted(0.2)).prop_map(|(unit, cents, conditional)| {
        let condition = || Condition { parameter: "n".to_owned(), comparison: Comparison::Less, value: json!(2) };
        let when = if conditional { vec![condition()] } else { vec![] };
        Price { when, ..Price::new(unit, PicoUsd(cents * 10_000_000_000)) }
    });
    prop::option::weighted(0.8, prop::collection::vec(price, 0..3))
}

fn any_parameters() -> impl Strategy<Value = Vec<Parameter>> {
    let spec = prop_oneof![
        Just(ParameterSpec::Flag),
        (1_u32..4).prop_map(|most| ParameterSpec::Integer(Range { min: 1.0, max: most.into(), step: None })),
        (1_u32..9).prop_map(|most| ParameterSpec::Number(Range { min: 0.0, max: most.into(), step: Some(0.5) })),
        subsequence(vec!["a".to_owned(), "b".to_owned()], 1..=2).prop_map(|values| ParameterSpec::Choice { values }),
        (0_u32..3).prop_map(|max_length| ParameterSpec::Text { max_length }),
        Just(ParameterSpec::Schema { schema: "true".to_owned() }),
    ];
    let parameter = (prop::sample::select(vec!["seed", "mask", "n", "width", "output-format"]), spec)
        .prop_map(|(name, spec)| Parameter { name: name.to_owned(), spec });
    prop::collection::vec(parameter, 0..3)
}

prop_compose! {
    fn any_model()(
        capabilities in subsequence(CAPABILITIES.to_vec(), 0..=3),
        model_ref in prop::option::of(Just("family/m1".to_owned())),
        (prices, parameters) in (any_prices(), any_parameters()),
        tags in subsequence(NAMES.to_vec(), 0..=2),
        staging in prop::bool::weighted(0.1),
        formats in subsequence(vec!["image/png".to_owned(), "image/jpeg".to_owned()], 0..=2),
        max_concurrency in prop::option::of(1_u32..9),
    ) -> Model {
        let mut model = Model::new("m".parse().unwrap(), &capabilities);
        (model.model_ref, model.prices, model.parameters, model.max_concurrency) = (model_ref, prices, parameters, max_concurrency);
        model.tags = tags.into_iter().map(str::to_owned).collect();
        model.output_types = formats;
        // Some that are too short for a request, and some that are not.
        (model.context_tokens, model.max_output_tokens) = (max_concurrency.map(|tokens| tokens * 2), max_concurrency);
        if staging { model.status = "staging".to_owned(); }
        model
    }
}

prop_compose! {
    fn any_live()(
        successes in 0_u32..9,
        failures in 0_u32..8,
        (throttled, slow) in (prop::bool::weighted(0.1), prop::bool::weighted(0.1)),
        milliseconds in 1_u64..9000,
    ) -> Live {
        let (live, now) = (Live::default(), Instant::now());
        (0..successes).for_each(|_| live.begin(now).succeeded(Duration::from_millis(milliseconds), now));
        (0..failures).for_each(|_| live.begin(now).failed(now, None));
        if throttled { live.begin(now).throttled(now, None); }
        if slow { live.is_found_slow(now, 2.0); }
        live
    }
}

prop_compose! {
    fn any_endpoint()(
        model in any_model(),
        live in any_live(),
        quality in prop::option::of(0.0..=1.0),
        seconds in prop::option::of(1_u64..9),
        (billed, doubts_prices) in (prop::bool::weighted(0.3), prop::bool::weighted(0.2)),
    ) -> Endpoint {
        Endpoint {
            provider: "p".parse().unwrap(),
            model,
            overrides: Overrides { doubts_prices, ..Overrides::default() },
            bills_on_failure: if billed { FailureBilling::Always } else { FailureBilling::Never },
            quality,
            prior_latency: seconds.map(Duration::from_secs),
            live,
        }
    }
}

prop_compose! {
    fn any_endpoints()(endpoints in prop::collection::vec(any_endpoint(), 0..12)) -> Vec<Arc<Endpoint>> {
        let named = |(place, mut endpoint): (usize, Endpoint)| {
            endpoint.provider = format!("p{}", place % 2).parse().unwrap();
            endpoint.model.id = format!("m{}", place / 2).parse().unwrap();
            Arc::new(endpoint)
        };
        endpoints.into_iter().enumerate().map(named).collect()
    }
}

prop_compose! {
    fn any_need()(
        capability in prop::sample::select(CAPABILITIES.to_vec()),
        model in prop::option::weighted(0.3, prop::sample::select(vec!["m0", "p0", "p1/m1", "family/m1", "nobody"])),
        features in subsequence(NAMES.to_vec(), 0..=1),
        (n, width, format) in (1_u32..4, prop::option::of(1_u32..9), prop::option::of(prop::sample::select(vec!["image/png", "b"]))),
        option in prop::option::weighted(0.2, (prop::sample::select(vec!["mask", "ecc", "n"]), prop::sample::select(vec![json!(true), json!(1), json!("a")]))),
        cents in prop::option::of(0_u64..40),
        preference in prop::sample::select(vec![Preference::Balanced, Preference::Cheapest, Preference::Fastest, Preference::Best]),
        strict in prop::bool::weighted(0.2),
        (seed, spread, explore) in any::<(u64, bool, bool)>(),
        affinity in prop::option::weighted(0.3, any::<u64>()),
        max_seconds in prop::option::of(0.1..9.0),
        excluded in prop::option::weighted(0.2, prop::sample::select(vec!["p0", "m1", "p0/m2"])),
    ) -> Need {
        let mut need = Need::new(&Request::from(text_to_image::Request { n, ..text_to_image::Request::new("a red fox") }));
        need.capability = capability;
        need.model = model.map(str::to_owned);
        need.features = features.iter().map(|name| name.parse::<Feature>().unwrap()).collect();
        need.parameters.extend(width.map(|width| ("width", json!(width))));
        need.parameters.extend(format.map(|format| ("output-format", json!(format))));
        need.options.extend(option.map(|(name, value)| (name.to_owned(), value)));
        need.max_price = cents.map(|cents| PicoUsd(cents * 10_000_000_000));
        (need.preference, need.weights, need.strict) = (preference, preference.into(), strict);
        (need.seed, need.spread, need.max_seconds) = (seed, spread, max_seconds);
        (need.explore, need.affinity) = (explore, affinity);
        need.excluded.extend(excluded.map(str::to_owned));
        need
    }
}

fn id(endpoint: &Endpoint) -> (String, ModelId) {
    (endpoint.provider.to_string(), endpoint.model.id.clone())
}

proptest! {
    #[test]
    fn the_quick_way_and_the_one_that_explains_choose_the_same_of_staging_too(
        (endpoints, staging) in (any_endpoints(), any_endpoints()),
        need in any_need(),
    ) {
        let (index, now) = (Index::with_staging(endpoints, staging), Instant::now());
        let (quick, explained) = (index.choose(&need, now, &[]), index.explain(&need, now));
        match (quick, explained) {
            (Some(quick), Ok(explained)) => {
                prop_assert_eq!(id(&quick.endpoint).1, explained.chosen().model.clone());
                prop_assert_eq!(quick.score, explained.chosen().score);
            }
            (None, Err(_)) => {}
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn the_quick_way_and_the_one_that_explains_choose_the_same(endpoints in any_endpoints(), need in any_need()) {
        let (index, now) = (Index::new(endpoints.iter().cloned()), Instant::now());
        let (quick, explained) = (index.choose(&need, now, &[]), index.explain(&need, now));
        let by_candidates = choose(endpoints.iter().map(|endpoint| Candidate::at(&**endpoint, now)), &need);
        match (quick, explained, by_candidates) {
            (Some(quick), Ok(explained), Ok(by_candidates)) => {
                let chosen = explained.chosen();
                prop_assert_eq!(id(&quick.endpoint), (chosen.provider.to_string(), chosen.model.clone()));
                prop_assert_eq!((quick.score, quick.cost), (chosen.score, chosen.cost));
                prop_assert!(explained.considered().eq(by_candidates.considered()));
            }
            (None, Err(explained), Err(by_candidates)) => {
                prop_assert_eq!(explained.rejected.len(), by_candidates.rejected.len());
                prop_assert_eq!(explained.suggestions, by_candidates.suggestions);
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn a_record_explains_what_was_chosen_whatever_has_happened_since(endpoints in any_endpoints(), need in any_need()) {
        let (index, now) = (Index::new(endpoints.iter().cloned()), Instant::now());
        let (record, explained) = (Arc::new(index.record(need.clone(), now)), index.explain(&need, now));
        let quick = index.choose(&need, now, &[]).map(|choice| id(&choice.endpoint));
        prop_assert_eq!(record.chosen().map(|endpoint| id(endpoint)), quick);
        endpoints.iter().for_each(|endpoint| (0..5).for_each(|_| endpoint.live.begin(now).failed(now, None)));
        match (record.explain(), explained) {
            (Ok(later), Ok(explained)) => prop_assert_eq!(later, explained),
            (Err(later), Err(explained)) => prop_assert_eq!(later.rejected, explained.rejected),
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn a_record_that_was_kept_gives_the_same_decision_elsewhere(
        live in any_endpoints(), staging in any_endpoints(), need in any_need(), weight in prop::num::f64::ANY,
        later in 0_u64..20_000_000_000,
    ) {
        let (index, now) = (Index::with_staging(live, staging), Instant::now() + Duration::from_nanos(later));
        let weights = crate::Weights { second: weight, ..need.weights };
        let record = Arc::new(index.record(Need { weights, ..need }, now));
        let mut bytes = Vec::new();
        ciborium::into_writer(&Saved::of(&record), &mut bytes).unwrap();
        let saved: Saved = ciborium::from_reader(&*bytes).unwrap();
        let again = Arc::new(saved.replay().unwrap());
        match (record.explain(), again.explain()) {
            (Ok(here), Ok(there)) => prop_assert_eq!(here, there),
            (Err(here), Err(there)) => prop_assert_eq!(here, there),
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn a_glance_at_the_traits_says_what_a_closer_look_says(
        (endpoints, staging) in (any_endpoints(), any_endpoints()),
        need in any_need(),
    ) {
        let need = Need { model: None, ..need };
        let serves = |endpoint: &Arc<Endpoint>| endpoint.model.capabilities.contains(&need.capability);
        let [endpoints, staging] = [endpoints, staging].map(|all| all.into_iter().filter(serves).collect::<Vec<_>>());
        let shelf = Shelf::new(need.capability, endpoints, staging);
        let brief = Brief::new(&need, &shelf);
        for (_, row, endpoint) in shelf.all() {
            let cost = endpoint.cost(&need);
            prop_assert_eq!(brief.bill(row, endpoint), cost);
            let reasons = filter::reasons(endpoint, row.is_staging, &need, cost);
            prop_assert_eq!(brief.fits(row, endpoint), reasons.is_empty(), "{:?} {:?}", row, reasons);
        }
    }

    #[test]
    fn whoever_follows_a_suggestion_finds_as_many_as_it_says(endpoints in any_endpoints(), need in any_need()) {
        let (index, now) = (Index::new(endpoints.iter().cloned()), Instant::now());
        let Err(nobody) = index.explain(&need, now) else { return Ok(()) };
        for suggestion in nobody.suggestions {
            let (mut need, mut now) = (need.clone(), now);
            for relaxation in &suggestion.relaxations {
                match relaxation {
                    Relaxation::Drop { name } => {
                        need.features.retain(|feature| feature.name() != name);
                        need.parameters.remove(name.as_str());
                        need.options.remove(name);
                    }
                    Relaxation::RaisePrice { to } => need.max_price = Some(*to),
                    Relaxation::DropPrice => need.max_price = None,
                    Relaxation::AllowSeconds { to } => need.max_seconds = Some(*to),
                    Relaxation::DropModel => need.model = None,
                    Relaxation::Name { model } => need.model = Some(model.clone()),
                    Relaxation::Include { model } => {
                        let endpoint = endpoints.iter().find(|endpoint| endpoint.is_named(model)).unwrap();
                        need.excluded.retain(|name| !endpoint.is_named(name));
                    }
                    Relaxation::Wait { milliseconds } => now += Duration::from_millis(*milliseconds + 1),
                    // What is allowed is told in words.
                    _ => return Ok(()),
                }
            }
            let considered = index.explain(&need, now).map_or(0, |decision| decision.considered().count());
            prop_assert!(considered >= suggestion.candidates, "{suggestion}: {considered}");
        }
    }

    #[test]
    fn who_was_tried_is_left_out(endpoints in any_endpoints(), need in any_need()) {
        let (index, now) = (Index::new(endpoints), Instant::now());
        let mut tried = Vec::new();
        while let Some(choice) = index.choose(&need, now, &tried) {
            prop_assert!(!tried.iter().any(|tried| Arc::ptr_eq(tried, &choice.endpoint)));
            tried.push(choice.endpoint);
        }
        let able = index.explain(&need, now).map_or(0, |decision| decision.considered().count());
        prop_assert!(tried.len() >= able);
    }
}

fn plain(provider: &str, model: Model) -> Arc<Endpoint> {
    Arc::new(Endpoint {
        provider: provider.parse().unwrap(),
        model,
        overrides: Overrides::default(),
        bills_on_failure: FailureBilling::Never,
        quality: None,
        prior_latency: None,
        live: Live::default(),
    })
}

#[test]
fn traits_beyond_the_bits_are_found_by_a_closer_look() {
    let endpoint = |number: u32| {
        let mut model = Model::new("m".parse().unwrap(), &[Capability::TextToImage]);
        model.tags = vec![format!("tag-{number}")];
        let spec = ParameterSpec::Integer(Range { min: 1.0, max: number.into(), step: None });
        model.parameters = vec![Parameter { name: "steps".to_owned(), spec }];
        plain(&format!("p{number}"), model)
    };
    let index = Index::new((0..200).map(endpoint));
    let need = Need::new(&Request::from(text_to_image::Request::new("a red fox")));
    for number in [0, 3, 70, 199] {
        let tagged = Need { features: vec![format!("tag-{number}").parse().unwrap()], ..need.clone() };
        let choice = index.choose(&tagged, Instant::now(), &[]).unwrap();
        assert_eq!(choice.endpoint.provider.to_string(), format!("p{number}"));
        let mut many = need.clone();
        many.options.insert("steps".to_owned(), json!(number + 1));
        let decision = index.explain(&many, Instant::now()).ok();
        assert_eq!(decision.map_or(0, |decision| decision.considered().count()), 199 - number as usize);
    }
    let unheard_of = Need { features: vec!["tag-200".parse().unwrap()], ..need };
    assert!(index.choose(&unheard_of, Instant::now(), &[]).is_none());
}

#[test]
fn of_many_that_are_alike_the_best_of_a_few_is_taken() {
    let replica = |number: u32| {
        let mut model = Model::new("m".parse().unwrap(), &[Capability::TextToImage]);
        (model.model_ref, model.prices) = (Some("family/m".to_owned()), Some(vec![]));
        plain(&format!("p{number}"), model)
    };
    let (now, endpoints) = (Instant::now(), (0..100).map(replica).collect::<Vec<_>>());
    let _busy: Vec<_> = endpoints[..50].iter().map(|endpoint| endpoint.live.begin(now)).collect();
    (0..7).for_each(|_| endpoints[99].live.begin(now).failed(now, None));
    let (index, reversed) = (Index::new(endpoints.iter().cloned()), Index::new(endpoints.iter().rev().cloned()));
    let need = Need::new(&Request::from(text_to_image::Request::new("a red fox")));
    let need = |seed| Need { model: Some("family/m".to_owned()), seed, ..need.clone() };
    let mut chosen = std::collections::BTreeMap::<_, u32>::new();
    for seed in 0..2000 {
        let choice = index.choose(&need(seed), now, &[]).unwrap();
        assert_eq!(id(&choice.endpoint), id(&reversed.choose(&need(seed), now, &[]).unwrap().endpoint));
        assert_ne!(choice.endpoint.provider.to_string(), "p99");
        *chosen.entry(id(&choice.endpoint)).or_default() += 1;
        let decision = index.explain(&need(seed), now).unwrap();
        assert_eq!(id(&choice.endpoint).0, decision.chosen().provider.to_string());
        assert!(decision.reason().contains("drawn from 99"), "{}", decision.reason());
        let shares: f64 = decision.considered().map(|considered| considered.share).sum();
        assert!((shares - 1.0).abs() < 1e-9, "{shares}");
    }
    assert!(chosen.len() > 90, "{}", chosen.len());
    let tried: Vec<_> = endpoints[..98].to_vec();
    assert_eq!(id(&index.choose(&need(0), now, &tried).unwrap().endpoint).0, "p98");
    let later = now + Duration::from_secs(1);
    assert!(index.choose(&need(0), later, &endpoints[..99]).unwrap().is_last_resort);
}

#[test]
fn who_is_staging_is_chosen_when_it_is_named() {
    let model = || Model::new("m".parse().unwrap(), &[Capability::TextToImage]);
    let index = Index::with_staging([plain("live", model())], [plain("next", model())]);
    let need = Need::new(&Request::from(text_to_image::Request::new("a red fox")));
    let now = Instant::now();
    assert!((0..50).all(|seed| {
        let need = Need { seed, ..need.clone() };
        index.choose(&need, now, &[]).unwrap().endpoint.provider.as_str() == "live"
    }));
    let decision = index.explain(&need, now).unwrap();
    assert_eq!(
        decision.rejected().map(|rejection| rejection.to_string()).collect::<Vec<_>>(),
        ["next/m: not-live(staging)"]
    );
    for name in ["next", "next/m"] {
        let named = Need { model: Some(name.to_owned()), ..need.clone() };
        assert_eq!(index.choose(&named, now, &[]).unwrap().endpoint.provider.as_str(), "next");
    }
    let nobody = Index::with_staging([], [plain("next", model())]).explain(&need, now).unwrap_err();
    assert_eq!(nobody.suggestions[0].relaxations, [Relaxation::Name { model: "next/m".to_owned() }]);
}

/// Calls that take so long.
fn calls(endpoint: &Endpoint, count: usize, took: Duration, now: Instant) -> Option<HealthChange> {
    (0..count).fold(None, |_, _| {
        let attempt = endpoint.live.try_begin(now).unwrap();
        attempt.ended(Ending::Succeeded { took }, now)
    })
}

#[test]
fn who_has_become_slow_serves_only_those_whom_nobody_else_serves_until_it_is_mended() {
    let second = Duration::from_secs(1);
    let model = |name: &str, id: &str| {
        let capabilities = [Capability::TextToImage, Capability::ImageEdit];
        Model { model_ref: Some(name.to_owned()), ..Model::new(id.parse().unwrap(), &capabilities) }
    };
    let serving: Vec<_> = (0..5).map(|place| plain(&format!("p{place}"), model("family/m", "m"))).collect();
    let (other, next) = (plain("other", model("family/other", "m")), plain("next", model("family/m", "m")));
    let index = Index::with_staging(serving.iter().chain([&other]).cloned(), [Arc::clone(&next)]);
    let now = Instant::now();
    for endpoint in serving.iter().chain([&other, &next]) {
        calls(endpoint, 100, second, now);
    }
    assert!(index.watch_pace(now).is_empty(), "all are as fast as usual");
    for slow in [&serving[0], &other, &next] {
        calls(slow, 12, second * 4, now);
    }
    let slow = index.watch_pace(now);
    let [Slow { endpoint, times, change: HealthChange::Opened { retry_in } }] = slow.as_slice() else {
        panic!("one is slow that others can stand in for: {slow:?}");
    };
    assert!(Arc::ptr_eq(endpoint, &serving[0]) && (2.0..4.0).contains(times), "{times}");
    assert!(index.watch_pace(now).is_empty(), "it is told once");
    let need = Need::new(&Request::from(text_to_image::Request::new("a red fox")));
    let is_chosen = |name: &str, now| {
        (0..50).any(|seed| {
            let need = Need { seed, model: Some(name.to_owned()), ..need.clone() };
            let choice = index.choose(&need, now, &[]).unwrap();
            assert!(!choice.is_last_resort);
            Arc::ptr_eq(&choice.endpoint, endpoint)
        })
    };
    assert!(!is_chosen("family/m", now) && is_chosen("p0", now));
    calls(endpoint, 9, second * 4, now);
    assert!(!is_chosen("family/m", now), "what it does for these changes nothing");
    let decision = index.explain(&need, now).unwrap();
    assert!(decision.rejected().any(|rejection| rejection.to_string().starts_with("p0/m: breaker-open(for ")));
    let later = now + *retry_in;
    assert!(is_chosen("family/m", later), "it is tried, whatever it took before");
    assert_eq!(calls(endpoint, 5, second, later), Some(HealthChange::Closed));
    let latency = endpoint.live.figures(later).latency.unwrap();
    assert!((1.0..1.1).contains(&latency), "{latency}");
}

#[test]
fn who_serves_something_else_is_told_once_when_named() {
    let both = Model::new("m".parse().unwrap(), &[Capability::Chat, Capability::Embedding]);
    let index = Index::new([plain("both", both), plain("idle", Model::new("m".parse().unwrap(), &[]))]);
    let mut need = Need::new(&Request::from(text_to_image::Request::new("a red fox")));
    assert_eq!(index.explain(&need, Instant::now()).unwrap_err(), Nobody::default());
    need.model = Some("m".to_owned());
    let rejected = index.explain(&need, Instant::now()).unwrap_err().rejected;
    assert_eq!(rejected.len(), 2, "{rejected:?}");
    assert!(rejected.iter().all(|rejection| rejection.reasons == [RejectReason::OtherCapability]));
}

#[test]
fn rows_are_small() {
    assert!(size_of::<Row>() <= 96, "{}", size_of::<Row>());
    assert!(size_of::<Glance>() <= 32, "{}", size_of::<Glance>());
}
