//! A request that somebody fails goes to the next, and to nobody where it may be billed twice.

use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _};
use palisade::{
    CallSettings, Capability, Completion, Error, ErrorKind, Fallback, FindProvider, Host, HostEvent, Limits,
    Preference, Registration, Result, Submitted, catalogue::FailureBilling, chat, text_to_image,
};
use palisade_chaos::{Act, Calls, Chaos};

use crate::support::{behaving, builder};

/// A host with these providers, the first the best.
async fn host_of<const N: usize>(providers: [Chaos; N]) -> (Host, [Calls; N]) {
    let host = builder().build().await.unwrap();
    let calls = std::array::from_fn(|index| providers[index].calls());
    for (index, provider) in providers.into_iter().enumerate() {
        let quality = 1.0 - index as f64 / 10.0;
        host.register(format!("p{index}"), Registration::native(provider).quality(quality)).await.unwrap();
    }
    (host, calls)
}

fn search(host: &Host) -> FindProvider {
    host.find_best_provider(Capability::TextToImage).prefer(Preference::Best)
}

async fn draw(search: FindProvider) -> Result<Completion<text_to_image::Response>> {
    search.call(text_to_image::Request::new("a fox"), CallSettings::default()).await
}

fn counts(calls: &[Calls]) -> Vec<u64> {
    calls.iter().map(Calls::count).collect()
}

/// Who was asked and how each failed.
fn failed(error: &Error) -> Vec<(&str, ErrorKind)> {
    error.attempts().iter().map(|attempt| (attempt.provider.as_str(), attempt.code)).collect()
}

const FAILS: Act = Act::fail(ErrorKind::Upstream, Submitted::No);

#[tokio::test]
async fn the_next_best_serves_what_the_best_fails() {
    let (host, calls) = host_of([Chaos::always(FAILS), Chaos::always(Act::Panic), Chaos::always(Act::Serve)]).await;
    let made = draw(search(&host)).await.unwrap();
    assert_eq!(made.provider.as_str(), "p2");
    let before: Vec<_> = made.failed_attempts.iter().map(ToString::to_string).collect();
    assert!(before[0].starts_with("p0/chaos: upstream: the script says that it fails ("), "{before:?}");
    assert!(before[1].starts_with("p1/chaos: trap: the provider panicked ("), "{before:?}");
    assert_eq!(counts(&calls), [1, 1, 1]);
}

#[tokio::test]
async fn a_component_that_traps_is_followed_by_one_that_serves() {
    let host = builder().build().await.unwrap();
    host.register("traps", behaving("trap").quality(1.0)).await.unwrap();
    host.register("serves", behaving("well-behaved").quality(0.1)).await.unwrap();
    let made = draw(search(&host)).await.unwrap();
    assert_eq!((made.provider.as_str(), made.failed_attempts.len()), ("serves", 1));
    assert_eq!(made.failed_attempts[0].code, ErrorKind::Trap);
}

#[tokio::test]
async fn no_more_are_asked_than_the_caller_allows() {
    let (host, calls) = host_of([FAILS, FAILS, FAILS, FAILS].map(Chaos::always)).await;
    let error = draw(search(&host)).await.unwrap_err();
    let expected = [("p0", ErrorKind::Upstream), ("p1", ErrorKind::Upstream), ("p2", ErrorKind::Upstream)];
    assert_eq!(failed(&error), expected);
    assert_eq!(error.provider().unwrap().as_str(), "p2");
    draw(search(&host).fallback(Fallback::none())).await.unwrap_err();
    assert_eq!(counts(&calls).iter().sum::<u64>(), 4);
}

#[tokio::test]
async fn who_is_alone_is_asked_again_where_that_may_help() {
    let once = |kind| Chaos::new(move |call| if call == 0 { Act::fail(kind, Submitted::No) } else { Act::Serve });
    let (host, calls) = host_of([once(ErrorKind::Overloaded)]).await;
    assert_eq!(draw(search(&host)).await.unwrap().failed_attempts.len(), 1);
    assert_eq!(counts(&calls), [2]);
    // Its credential is as wrong a moment later.
    let (host, calls) = host_of([once(ErrorKind::Auth)]).await;
    assert_eq!(draw(search(&host)).await.unwrap_err().kind(), ErrorKind::Auth);
    assert_eq!(counts(&calls), [1]);
}

#[tokio::test]
async fn paid_work_that_may_be_under_way_is_done_by_nobody_else() {
    let price = "0.04".parse().unwrap();
    let cases = [
        (FAILS, FailureBilling::Always, true),
        (Act::fail(ErrorKind::Upstream, Submitted::Unknown), FailureBilling::Never, false),
        (Act::fail(ErrorKind::Upstream, Submitted::Yes), FailureBilling::Unknown, false),
        (Act::fail(ErrorKind::Upstream, Submitted::Yes), FailureBilling::Never, true),
        (Act::fail(ErrorKind::UpstreamTimeout, Submitted::Yes), FailureBilling::Never, false),
        (Act::Panic, FailureBilling::Never, false),
        (Act::Lie, FailureBilling::Never, false),
    ];
    for (act, bills, goes_on) in cases {
        let first = Chaos::always(act.clone()).billing(price, bills);
        let (host, calls) = host_of([first, Chaos::always(Act::Serve)]).await;
        let made = draw(search(&host)).await;
        assert_eq!((made.is_ok(), counts(&calls)), (goes_on, vec![1, goes_on.into()]), "{act:?} {bills:?}");
        if let Err(error) = made {
            assert_ne!(error.submitted(), Submitted::No, "{act:?}");
        }
    }
}

#[tokio::test]
async fn what_is_cut_off_may_have_been_submitted_unless_nothing_can_leave() {
    let limits = || Limits { timeout: Duration::from_millis(50), ..Limits::default() };
    let hangs = Chaos::always(Act::Hang).billing("0.04".parse().unwrap(), FailureBilling::Never);
    let host = builder().build().await.unwrap();
    host.register("hangs", Registration::native(hangs).quality(1.0).limits(limits())).await.unwrap();
    let error = draw(search(&host)).await.unwrap_err();
    assert_eq!((error.kind(), error.submitted()), (ErrorKind::Deadline, Submitted::Unknown));
    assert_eq!(error.attempts().len(), 1);

    let host = builder().build().await.unwrap();
    let spins = behaving("spin").quality(1.0).limits(limits()).price("image".parse().unwrap(), "0.04".parse().unwrap());
    host.register("spins", spins).await.unwrap();
    host.register("serves", behaving("well-behaved").quality(0.1)).await.unwrap();
    assert_eq!(draw(search(&host)).await.unwrap().provider.as_str(), "serves");
}

#[tokio::test]
async fn a_refusal_of_the_content_is_an_answer() {
    let refuses = || Chaos::always(Act::fail(ErrorKind::ContentPolicy, Submitted::No));
    let (host, calls) = host_of([refuses(), Chaos::always(Act::Serve)]).await;
    assert_eq!(draw(search(&host)).await.unwrap_err().kind(), ErrorKind::ContentPolicy);
    let around = Fallback { around_refusals: true, ..Fallback::default() };
    assert_eq!(draw(search(&host).fallback(around)).await.unwrap().provider.as_str(), "p1");
    assert_eq!(counts(&calls), [2, 1]);
}

#[tokio::test]
async fn all_attempts_together_keep_to_the_timeout() {
    let hang = || Chaos::always(Act::Hang);
    let (host, calls) = host_of([hang(), hang(), hang()]).await;
    let timeout = Some(Duration::from_millis(200));
    let start = std::time::Instant::now();
    let settings = CallSettings { timeout, ..CallSettings::default() };
    let error = search(&host).call(text_to_image::Request::new("a fox"), settings).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Deadline);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    // Nobody knows how long it takes, so the first had all of the time; and nobody is blamed for so little of it.
    assert_eq!(counts(&calls), [1, 0, 0]);
    assert_eq!(host.status("p0").unwrap().models[0].latency_seconds.value, None);
}

#[tokio::test]
async fn who_is_known_to_be_quick_leaves_time_for_another() {
    let host = builder().build().await.unwrap();
    let (hangs, serves) = (Chaos::always(Act::Hang), Chaos::always(Act::Serve));
    let quick = |chaos, quality| Registration::native(chaos).quality(quality).latency(Duration::from_millis(10));
    host.register("hangs", quick(hangs, 1.0)).await.unwrap();
    host.register("serves", quick(serves, 0.1)).await.unwrap();
    let settings = CallSettings { timeout: Some(Duration::from_millis(400)), ..CallSettings::default() };
    let made = search(&host).call(text_to_image::Request::new("a fox"), settings).await.unwrap();
    assert_eq!((made.provider.as_str(), made.failed_attempts[0].code), ("serves", ErrorKind::Deadline));
}

#[tokio::test]
async fn a_stream_goes_elsewhere_only_before_its_first_piece() {
    let ask = |host: &Host| {
        let search = host.find_best_provider(Capability::Chat).prefer(Preference::Best);
        search.stream(chat::Request::new("Is all well?"), CallSettings::default()).unwrap()
    };
    let (host, calls) = host_of([Chaos::always(Act::BreakOff { pieces: 0 }), Chaos::always(Act::Serve)]).await;
    let mut stream = ask(&host);
    let mut text = String::new();
    while let Some(event) = stream.next().await {
        if let chat::Event::Text(piece) = event.unwrap() {
            text += &piece;
        }
    }
    assert_eq!((text.as_str(), counts(&calls)), ("All is well.", vec![1, 1]));
    let completion = stream.completion().unwrap();
    assert_eq!((completion.provider.as_str(), completion.failed_attempts.len()), ("p1", 1));

    let (host, calls) = host_of([Chaos::always(Act::BreakOff { pieces: 1 }), Chaos::always(Act::Serve)]).await;
    let mut stream = ask(&host);
    assert_eq!(stream.next().await.unwrap().unwrap(), chat::Event::Text("All ".to_owned()));
    assert_eq!(stream.next().await.unwrap().unwrap_err().kind(), ErrorKind::Upstream);
    assert!(stream.next().await.is_none());
    assert_eq!(counts(&calls), [1, 0]);
}

#[tokio::test]
async fn an_outage_costs_a_few_attempts_and_no_request() {
    let (host, calls) = host_of([Chaos::always(FAILS), Chaos::always(Act::Serve)]).await;
    for _ in 0..100 {
        draw(search(&host)).await.unwrap();
    }
    let counts = counts(&calls);
    assert!(counts[0] <= 8 && counts[1] == 100, "{counts:?}");
}

#[tokio::test]
async fn where_everything_fails_little_is_tried_again() {
    const REQUESTS: u64 = 2000;
    // Of failures that say nothing of the provider, no breaker keeps.
    let busy = || Chaos::always(Act::fail(ErrorKind::LimitExceeded, Submitted::No));
    let (host, calls) = host_of([busy(), busy(), busy()]).await;
    for _ in 0..REQUESTS {
        draw(search(&host)).await.unwrap_err();
    }
    let begun: u64 = counts(&calls).iter().sum();
    let most = REQUESTS + REQUESTS / 5 + 100 + 10 * 60;
    assert!((REQUESTS + 100..most).contains(&begun), "{begun}");
}

#[tokio::test]
async fn a_request_without_criteria_is_served_too() {
    let (host, _) = host_of([Chaos::always(Act::Serve)]).await;
    let made = host.call(chat::Request::new("Is all well?")).await.unwrap();
    assert_eq!((made.response.text.as_str(), made.failed_attempts.len()), ("All is well.", 0));
    let error = host.call(chat::Request::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn what_takes_unusually_long_is_asked_elsewhere_too_where_it_is_free() {
    use palisade::embedding;
    let slow_after = |usual: u64| {
        Chaos::new(move |call| if call < usual { Act::Serve } else { Act::ServeAfter(Duration::from_secs(600)) })
    };
    let embed = async |host: &Host, settings: CallSettings| {
        let once = Fallback { attempts: 1, ..Fallback::default() };
        let search = host.find_best_provider(Capability::Embedding).prefer(Preference::Best).fallback(once);
        search
            .call(<embedding::Request as palisade::Operation>::typical(), settings)
            .await
            .map(|made| made.provider.to_string())
    };
    let (host, calls) = host_of([slow_after(40), Chaos::always(Act::Serve)]).await;
    for _ in 0..40 {
        assert_eq!(embed(&host, CallSettings::default()).await.unwrap(), "p0");
    }
    let success = || {
        let search = host.find_best_provider(Capability::Embedding).prefer(Preference::Best);
        search.explain().unwrap().chosen().score.success
    };
    let (before, mut events) = (success(), host.events());
    assert_eq!(embed(&host, CallSettings::default()).await.unwrap(), "p1");
    assert_eq!((counts(&calls), calls[0].ended()), (vec![41, 1], 40), "the slow one was dropped");
    let outrun =
        |event: &HostEvent| matches!(event, HostEvent::RouteOutrun { provider, .. } if provider.as_str() == "p0");
    let heard = std::iter::from_fn(|| events.next().now_or_never().flatten());
    assert_eq!(heard.filter(|record| outrun(&record.event)).count(), 1);
    assert!(success() < before, "that it was too slow is not forgotten");
    // One with a key is not made twice.
    let settings = CallSettings {
        idempotency_key: Some("order-1".to_owned()),
        timeout: Some(Duration::from_millis(50)),
        ..CallSettings::default()
    };
    embed(&host, settings).await.unwrap_err();
    assert_eq!(counts(&calls), [42, 1]);

    let paid = slow_after(40).billing("0.01".parse().unwrap(), FailureBilling::Never);
    let (host, calls) = host_of([paid, Chaos::always(Act::Serve)]).await;
    for _ in 0..40 {
        embed(&host, CallSettings::default()).await.unwrap();
    }
    let settings = CallSettings { timeout: Some(Duration::from_millis(50)), ..CallSettings::default() };
    embed(&host, settings).await.unwrap_err();
    assert_eq!(counts(&calls), [41, 0]);
}

#[tokio::test]
async fn who_has_no_credential_is_asked_once_until_it_is_started_again() {
    let refuses = Chaos::always(Act::fail(ErrorKind::Auth, Submitted::No));
    let (host, calls) = host_of([refuses, Chaos::always(Act::Serve)]).await;
    for _ in 0..5 {
        assert_eq!(draw(search(&host)).await.unwrap().provider.as_str(), "p1");
    }
    assert_eq!(counts(&calls), [1, 5]);
    let rejected = search(&host).explain().unwrap().rejected().collect::<Vec<_>>();
    assert_eq!(rejected[0].to_string(), "p0/chaos: no-credential(auth)");
    host.start("p0".parse::<palisade::ProviderId>().unwrap()).await[0].1.as_ref().unwrap();
    draw(search(&host)).await.unwrap();
    assert_eq!(counts(&calls), [2, 6]);
}
