//! Who is spared, and who serves where all are.

use super::*;

#[test]
fn who_fails_again_and_again_is_left_alone_and_the_reason_is_told() {
    let endpoints = [endpoint("failing", |e| fail(e, 7)), endpoint("dear", |e| e.model.prices = per_image(50))];
    let decision = decide(&endpoints, &need()).unwrap();
    assert_eq!(decision.chosen().provider.as_str(), "dear");
    let rejected: Vec<_> = decision.rejected().collect();
    let [rejection] = &rejected[..] else { panic!("{rejected:?}") };
    assert_eq!(rejection.reasons[0].code(), "breaker-open");
}

#[test]
fn when_all_have_failed_one_call_at_a_time_tries_the_first_of_them() {
    let now = Instant::now();
    let wishes = |e: &mut Endpoint, wait| {
        (0..7).for_each(|_| e.live.begin(now).failed(now, Some(Duration::from_secs(wait))));
    };
    let endpoints = [endpoint("later", |e| wishes(e, 60)), endpoint("sooner", |e| wishes(e, 30))];
    let decide_after = |milliseconds| {
        let at = now + Duration::from_millis(milliseconds);
        choose(endpoints.iter().map(|endpoint| Candidate::at(endpoint, at)), &need())
    };
    let rejected = decide_after(200).unwrap_err().rejected;
    let reasons: Vec<_> = rejected.iter().map(|r| (r.provider.as_str(), r.reasons[0].clone())).collect();
    let open = |retry_in_ms| RejectReason::BreakerOpen { retry_in_ms };
    assert_eq!(reasons, [("later", open(59_800)), ("sooner", open(800))], "a second is left alone whoever it is");
    let decision = decide_after(1000).unwrap();
    assert_eq!(decision.chosen().provider.as_str(), "sooner");
    assert!(decision.reason().contains("first to be tried again"), "{}", decision.reason());
    let later = now + Duration::from_secs(1);
    let trial = endpoints[1].live.begin_alone(later).unwrap();
    assert_eq!(decide_after(1000).unwrap().chosen().provider.as_str(), "later");
    let other = endpoints[0].live.begin_alone(later).unwrap();
    let codes = |nobody: Nobody| nobody.rejected.iter().map(|r| r.reasons[0].code()).collect::<Vec<_>>();
    assert_eq!(codes(decide_after(1000).unwrap_err()), ["breaker-probation"; 2]);
    trial.failed(later, None);
    drop(other);
    assert_eq!(decide_after(1000).unwrap().chosen().provider.as_str(), "later", "its place is free again");
    endpoints[0].live.begin_alone(later).unwrap().failed(later, None);
    assert_eq!(codes(decide_after(1900).unwrap_err()), ["breaker-open"; 2]);
    assert!(decide_after(2000).is_ok());
}

#[test]
fn whoever_is_back_by_then_is_waited_for_rather_than_a_last_resort() {
    let now = Instant::now();
    let second = Duration::from_secs(1);
    let failing = endpoint("failing", |e| (0..7).for_each(|_| e.live.begin(now).failed(now, Some(second * 60))));
    let limited = endpoint("limited", |e| e.live.begin(now).throttled(now, Some(second)));
    let candidates = || [&failing, &limited].map(|endpoint| Candidate::at(endpoint, now));
    let suggestions = |nobody: Nobody| nobody.suggestions.iter().map(ToString::to_string).collect::<Vec<_>>();
    let nobody = choose(candidates(), &need()).unwrap_err();
    assert_eq!(suggestions(nobody), ["wait 1 s: 1 candidate, free of charge"]);
    let nobody = choose([candidates()[0]], &need()).unwrap_err();
    assert_eq!(suggestions(nobody), ["wait 1 s: 1 candidate, free of charge"]);
}

#[test]
fn who_has_no_credential_is_no_last_resort_and_the_reason_is_told() {
    let now = Instant::now();
    let refused = |name, error| {
        endpoint(name, |e| {
            e.live.begin(now).ended(Ending::Disabled { error }, now);
        })
    };
    let endpoints = [refused("a", ErrorKind::InsufficientCredit), refused("b", ErrorKind::ModelNotFound)];
    let candidates = || endpoints.iter().map(|endpoint| Candidate::at(endpoint, now));
    let nobody = choose(candidates(), &need()).unwrap_err();
    let rejected: Vec<_> = nobody.rejected.iter().map(ToString::to_string).collect();
    assert_eq!(rejected, ["a/a: no-credential(insufficient-credit)", "b/b: disabled(model-not-found)"]);
    assert_eq!(nobody.suggestions, []);
    let failing = endpoint("c", |e| (0..7).for_each(|_| e.live.begin(now).failed(now, None)));
    let later = now + Duration::from_secs(1);
    let candidates = endpoints.iter().chain([&failing]).map(|endpoint| Candidate::at(endpoint, later));
    assert_eq!(choose(candidates, &need()).unwrap().chosen().provider.as_str(), "c");
}

#[test]
fn who_has_recovered_gets_its_share_of_the_seeds() {
    let now = Instant::now();
    let back = endpoint("back", |e| {
        fail(e, 7);
        let later = now + Duration::from_secs(60);
        (0..5).for_each(|_| e.live.begin(later).succeeded(Duration::from_secs(1), later));
    });
    let other = endpoint("other", |e| e.prior_latency = Some(Duration::from_secs(60)));
    let wins = |after: u64| {
        let candidates = [&back, &other].map(|e| Candidate::at(e, now + Duration::from_secs(60 + after)));
        let seeds = 0..1000;
        seeds
            .filter(|&seed| {
                let decision = choose(candidates, &Need { seed, ..need() }).unwrap();
                decision.chosen().provider.as_str() == "back"
            })
            .count()
    };
    assert!((50..150).contains(&wins(0)), "{}", wins(0));
    assert!((450..650).contains(&wins(8)), "{}", wins(8));
    assert_eq!(wins(15), 1000);
    // Where there is nobody else, a share is no reason.
    let alone = [Candidate::at(&back, now + Duration::from_secs(60))];
    assert!((0..100).all(|seed| choose(alone, &Need { seed, ..need() }).is_ok()));
}

#[test]
fn who_says_to_wait_is_waited_for_and_who_is_full_is_the_last_resort() {
    let now = Instant::now();
    let limited = |name, wait| {
        endpoint(name, |e| {
            let calls: Vec<_> = (0..10).map(|_| e.live.begin(now)).collect();
            calls.into_iter().for_each(|call| call.throttled(now, Some(wait)));
        })
    };
    let endpoints = [limited("limited", Duration::from_secs(60)), endpoint("dear", |e| e.model.prices = per_image(50))];
    let decision = decide(&endpoints, &need()).unwrap();
    assert_eq!(decision.chosen().provider.as_str(), "dear");
    assert_eq!(decision.rejected().next().unwrap().reasons[0].code(), "throttled");
    assert_eq!(endpoints[0].live.figures(now).failures, 0.0, "it has not failed");
    let rejected = decide(&endpoints[..1], &need()).unwrap_err().rejected;
    assert!(matches!(rejected[0].reasons[..], [RejectReason::Throttled { retry_in_ms: Some(1..=60_000) }]));

    let full = [limited("full", Duration::ZERO), endpoint("dear", |e| e.model.prices = per_image(50))];
    assert_eq!(winner(&full, &need()), "full");
    let _calls: Vec<_> = (0..8).map(|_| full[0].live.begin(now)).collect();
    assert_eq!(winner(&full, &need()), "dear");
    assert_eq!(winner(&full[..1], &need()), "full");
}
