//! Providers that come, go, are replaced, stopped and started again while calls run, and what is heard of it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{FutureExt as _, future::join_all};
use palisade::{
    BreakerSettings, CallSettings, Capability, Completion, Decisions, ErrorKind, EventLogPlace, Events, Fallback,
    FindProvider, Host, HostEvent, LifeLimits, Registration, Result, Selection, State, Submitted, chat,
};
use palisade_chaos::{Act, Chaos};

use crate::support::{behaving, builder, components, providers};

async fn host() -> Host {
    builder().build().await.unwrap()
}

fn serving() -> Registration {
    Registration::native(Chaos::always(Act::Serve))
}

fn search(host: &Host) -> FindProvider {
    host.find_best_provider(Capability::Chat).fallback(Fallback::none())
}

async fn ask(search: FindProvider) -> Result<Completion<chat::Response>> {
    search.call(chat::Request::new("Is all well?"), CallSettings::default()).await
}

/// The names of the events that have come so far.
fn heard(events: &mut Events) -> Vec<String> {
    std::iter::from_fn(|| events.next().now_or_never().flatten())
        .map(|record| serde_json::to_value(record).unwrap()["event"].as_str().unwrap().to_owned())
        .collect()
}

fn state(host: &Host, id: &str) -> &'static str {
    host.status(id).unwrap().state.name()
}

#[tokio::test]
async fn of_many_each_has_its_own_result() {
    let host = host().await;
    let natives = (0..100).map(|number| (format!("p{number}"), serving()));
    let broken = Registration::bytes(b"no component".as_slice());
    let results =
        host.register_many(natives.chain([("p7".to_owned(), serving()), ("broken".to_owned(), broken)])).await;
    let kinds: Vec<_> =
        results.iter().filter_map(|(id, result)| Some((id.as_str(), result.as_ref().err()?.kind()))).collect();
    assert_eq!(kinds, [("p7", ErrorKind::AlreadyExists), ("broken", ErrorKind::NotAComponent)]);
    assert_eq!((results.len(), host.names().len()), (102, 100));
}

#[tokio::test]
async fn hundreds_come_and_go_at_one_time_while_others_are_served() {
    let host = Arc::new(host().await);
    host.register("steady", serving()).await.unwrap();
    let come = (0..200).map(|number| {
        let host = Arc::clone(&host);
        tokio::spawn(async move {
            host.register(format!("p{number}"), serving()).await.unwrap();
            ask(search(&host)).await.unwrap();
            if number % 2 == 0 {
                host.unregister(format!("p{number}")).await.unwrap();
            }
        })
    });
    join_all(come.collect::<Vec<_>>()).await.into_iter().for_each(|done| done.unwrap());
    assert_eq!(host.names().len(), 101);
}

#[tokio::test]
async fn an_id_is_taken_from_the_first_moment_and_free_when_the_registration_is_given_up() {
    let host = host().await;
    let card = components(&providers()).into_iter().find(|path| path.ends_with("card.wasm")).unwrap();
    let mut first = Box::pin(host.register("card", Registration::path(card)));
    while !host.has("card") {
        assert!(first.as_mut().now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    assert_eq!(host.status("card").unwrap().state, State::Discovered);
    assert_eq!(host.register("card", serving()).await.unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(host.get("card").unwrap_err().kind(), ErrorKind::NotServing);
    drop(first);
    while host.has("card") {
        tokio::task::yield_now().await;
    }
    host.register("card", serving()).await.unwrap();
}

#[tokio::test]
async fn a_replacement_takes_over_and_calls_under_way_end_where_they_began() {
    let host = host().await;
    let old = Chaos::always(Act::ServeAfter(Duration::from_millis(50)));
    let (old_calls, new) = (old.calls(), Chaos::always(Act::Serve));
    let new_calls = new.calls();
    host.register("p", Registration::native(old)).await.unwrap();
    let handle = host.get("p").unwrap();
    let mut under_way = Box::pin(handle.chat("Is all well?"));
    while old_calls.count() == 0 {
        assert!(under_way.as_mut().now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    host.replace("p", Registration::native(new)).await.unwrap();
    ask(search(&host)).await.unwrap();
    assert_eq!((old_calls.count(), new_calls.count(), host.status("p").unwrap().generation), (1, 1, 2));
    assert_eq!(old_calls.disposed(), 0, "its call is under way");
    under_way.await.unwrap();
    while old_calls.disposed() == 0 {
        tokio::task::yield_now().await;
    }
    // One that is refused takes nobody's place.
    host.replace("p", Registration::bytes(b"no component".as_slice())).await.unwrap_err();
    ask(search(&host)).await.unwrap();
    assert_eq!((new_calls.count(), state(&host, "p")), (2, "live"));
}

#[tokio::test]
async fn many_first_calls_make_a_provider_ready_once() {
    let host = host().await;
    let chaos = Chaos::always(Act::Serve).starting(|_| Act::ServeAfter(Duration::from_millis(20)));
    let calls = chaos.calls();
    host.register("p", Registration::native(chaos)).await.unwrap();
    assert_eq!(calls.initialized(), 0, "nobody has called it");
    let handle = host.get("p").unwrap();
    join_all((0..16).map(|_| handle.chat("Is all well?"))).await.into_iter().for_each(|answer| drop(answer.unwrap()));
    assert_eq!((calls.initialized(), calls.count()), (1, 16));
}

#[tokio::test]
async fn a_provider_that_cannot_be_made_ready_is_tried_again_by_the_next_call() {
    let host = host().await;
    let mut events = host.events();
    let chaos = Chaos::always(Act::Serve).starting(|number| match number {
        0 => Act::fail(ErrorKind::Upstream, Submitted::No),
        1 => Act::Hang,
        2 => Act::Panic,
        _ => Act::Serve,
    });
    let calls = chaos.calls();
    let life = LifeLimits { initialize: Duration::from_millis(20), ..LifeLimits::default() };
    let patient = BreakerSettings { is_enabled: false, ..BreakerSettings::default() };
    host.register("p", Registration::native(chaos).life(life).breaker(patient)).await.unwrap();
    for expected in [ErrorKind::Upstream, ErrorKind::Deadline, ErrorKind::Trap] {
        assert_eq!(ask(search(&host)).await.unwrap_err().kind(), expected);
    }
    ask(search(&host)).await.unwrap();
    assert_eq!((calls.initialized(), calls.count()), (4, 1));
    assert_eq!(heard(&mut events).iter().filter(|event| *event == "provider.error").count(), 3);
}

#[tokio::test]
async fn who_is_stopped_serves_nobody_until_it_is_started() {
    let host = host().await;
    let mut events = host.events();
    let chaos = Chaos::always(Act::Serve);
    let calls = chaos.calls();
    host.register("p", Registration::native(chaos)).await.unwrap();
    let handle = host.get("p").unwrap();
    handle.chat("Is all well?").await.unwrap();
    let [(_, report)] = <[_; 1]>::try_from(host.stop(Selection::All).await).unwrap();
    assert_eq!((report.unwrap().aborted, state(&host, "p"), calls.disposed()), (0, "stopped", 1));
    let error = ask(search(&host)).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.rejected()[0].to_string().as_str()),
        (ErrorKind::NoProvider, "p: not-serving(stopped)")
    );
    assert_eq!(handle.chat("Is all well?").await.unwrap_err().kind(), ErrorKind::NotServing);
    host.start(Capability::Chat).await.into_iter().for_each(|(_, result)| result.unwrap());
    handle.chat("Is all well?").await.unwrap();
    assert_eq!((state(&host, "p"), calls.initialized()), ("live", 2));
    host.restart("p".parse::<palisade::ProviderId>().unwrap())
        .await
        .into_iter()
        .for_each(|(_, result)| result.unwrap());
    assert_eq!((calls.initialized(), calls.disposed()), (3, 2));
    let states: Vec<_> = heard(&mut events).into_iter().filter(|event| event == "provider.state").collect();
    let (loaded, stopped) = (4, 3);
    assert_eq!(states.len(), loaded + 2 * stopped, "draining, stopped, live, twice");
    let unknown = host.start("q".parse::<palisade::ProviderId>().unwrap()).await;
    assert_eq!(unknown[0].1.as_ref().unwrap_err().kind(), ErrorKind::UnknownProvider);
}

#[tokio::test]
async fn who_is_quarantined_is_called_by_nobody_until_it_is_released() {
    let host = host().await;
    host.register("p", serving()).await.unwrap();
    let (mut events, handle) = (host.events(), host.get("p").unwrap());
    host.quarantine("p", "it draws dogs").await.unwrap();
    assert!(matches!(host.status("p").unwrap().state, State::Quarantined { reason, .. } if reason == "it draws dogs"));
    let error = ask(search(&host)).await.unwrap_err();
    assert_eq!(error.rejected()[0].to_string(), "p: not-serving(quarantined): it draws dogs");
    assert_eq!(handle.chat("Is all well?").await.unwrap_err().kind(), ErrorKind::NotServing);
    host.release("p").await.unwrap();
    handle.chat("Is all well?").await.unwrap();
    assert_eq!(
        heard(&mut events),
        ["provider.state", "plugin.quarantined", "route.refused", "provider.state", "plugin.released"]
    );
}

/// Has a component crash by different requests until it is no longer called.
async fn crash(host: &Host) {
    for number in 0..3 {
        let search = host.find_best_provider(Capability::TextToImage).fallback(Fallback::none());
        let request = palisade::text_to_image::Request::new(format!("fox {number}"));
        let error = search.call(request, CallSettings::default()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Trap);
    }
}

#[tokio::test]
async fn a_component_that_crashes_again_and_again_is_quarantined() {
    let host = host().await;
    let mut events = host.events();
    host.register("traps", behaving("trap")).await.unwrap();
    crash(&host).await;
    while state(&host, "traps") == "live" {
        tokio::task::yield_now().await;
    }
    let heard = heard(&mut events);
    assert_eq!(heard.iter().filter(|event| *event == "plugin.trap").count(), 3);
    assert_eq!(heard.last().unwrap(), "plugin.quarantined");
    host.release("traps").await.unwrap();
    assert_eq!(state(&host, "traps"), "live");
}

#[tokio::test]
async fn where_the_one_before_was_another_component_it_takes_its_place_again() {
    let host = host().await;
    let card = components(&providers()).into_iter().find(|path| path.ends_with("card.wasm")).unwrap();
    host.register("p", Registration::path(card)).await.unwrap();
    let digest = |host: &Host| host.status("p").unwrap().component.unwrap().digest;
    let good = digest(&host);
    host.replace("p", behaving("trap")).await.unwrap();
    assert_ne!(digest(&host), good);
    crash(&host).await;
    while digest(&host) != good {
        tokio::task::yield_now().await;
    }
    assert_eq!((state(&host, "p"), host.status("p").unwrap().generation), ("live", 3));
    host.get("p").unwrap().text_to_image("a fox").await.unwrap();
}

#[tokio::test]
async fn what_is_disabled_is_listed_and_serves_nobody() {
    let host = host().await;
    host.register("disabled", serving().enabled(false)).await.unwrap();
    assert_eq!((state(&host, "disabled"), host.status("disabled").unwrap().generation), ("disabled", 0));
    let error = ask(search(&host)).await.unwrap_err();
    assert_eq!(error.rejected()[0].to_string(), "disabled: not-serving(disabled)");
    assert_eq!(error.message(), "the one provider that is registered does not serve now");
    assert_eq!(ask(search(&host).model("disabled")).await.unwrap_err().kind(), ErrorKind::NoProvider);
    // It is no model that could have fitted.
    host.register("serving", serving()).await.unwrap();
    let error = ask(search(&host).model("another")).await.unwrap_err();
    assert_eq!(error.message(), "the one model that serves does not fit this request for chat");
}

#[tokio::test]
async fn what_is_staging_serves_who_names_it_and_what_is_disabled_nobody() {
    let host = host().await;
    host.register("staging", serving().staging()).await.unwrap();
    host.register("disabled", serving().enabled(false)).await.unwrap();
    assert_eq!((state(&host, "staging"), state(&host, "disabled")), ("staging", "disabled"));
    let error = ask(search(&host)).await.unwrap_err();
    let rejected: Vec<_> = error.rejected().iter().map(ToString::to_string).collect();
    assert_eq!(rejected, ["staging/chaos: not-live(staging)", "disabled: not-serving(disabled)"]);
    ask(search(&host).model("staging")).await.unwrap();
    host.start(Selection::All).await.into_iter().for_each(|(_, result)| result.unwrap());
    ask(search(&host)).await.unwrap();
}

#[tokio::test]
async fn a_subscriber_hears_what_happens_to_a_request() {
    let host = host().await;
    let failing = Registration::native(Chaos::always(Act::fail(ErrorKind::Upstream, Submitted::No))).quality(1.0);
    host.register("failing", failing).await.unwrap();
    host.register("serving", serving().quality(0.1)).await.unwrap();
    let mut events = host.events();
    let best = || host.find_best_provider(Capability::Chat).prefer(palisade::Preference::Best);
    ask(best()).await.unwrap();
    assert_eq!(heard(&mut events), ["route.decided", "route.fell-back", "route.decided"]);
    for _ in 0..6 {
        ask(best()).await.unwrap();
    }
    assert!(heard(&mut events).contains(&"breaker.opened".to_owned()));
    ask(best().model("nobody")).await.unwrap_err();
    let record = events.next().await.unwrap();
    let HostEvent::RouteRefused { code, capability, .. } = record.event else { panic!("{record:?}") };
    assert_eq!((code, capability), (ErrorKind::NoProvider, Capability::Chat));
}

#[tokio::test]
async fn a_host_is_told_in_numbers() {
    let host = host().await;
    host.register("serving", serving()).await.unwrap();
    host.register("stopped", serving()).await.unwrap();
    host.register("disabled", serving().enabled(false)).await.unwrap();
    host.stop("stopped".parse::<palisade::ProviderId>().unwrap()).await;
    ask(search(&host)).await.unwrap();
    ask(search(&host).model("nobody")).await.unwrap_err();
    let statistics = host.statistics();
    assert_eq!(statistics.providers, [("disabled", 1), ("live", 1), ("stopped", 1)].into());
    assert_eq!((statistics.models, statistics.requests), (2, 2));
    assert_eq!((statistics.calls.served, statistics.calls.failed, statistics.calls.under_way), (1, 0, 0));
}

#[tokio::test]
async fn what_is_left_when_the_time_is_over_is_aborted_and_told() {
    let host = host().await;
    let chaos = Chaos::always(Act::Hang);
    let calls = chaos.calls();
    host.register("p", Registration::native(chaos)).await.unwrap();
    let handle = host.get("p").unwrap();
    let call = tokio::spawn(async move { handle.chat("Is all well?").await });
    while calls.count() == 0 {
        tokio::task::yield_now().await;
    }
    let start = Instant::now();
    let report = host.shutdown(Duration::from_millis(20)).await;
    assert_eq!((report.drained, report.aborted), (0, 1));
    assert_eq!(call.await.unwrap().unwrap_err().kind(), ErrorKind::Shutdown);
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn what_an_operator_decides_beside_a_host_is_in_force_within_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let decisions = Decisions::folder(folder.path());
    decisions.quarantine("a".parse().unwrap(), "before").unwrap();
    let host = builder().decisions(decisions.clone()).provider("a".parse().unwrap(), serving()).build().await.unwrap();
    assert_eq!(state(&host, "a"), "quarantined", "from the first moment");
    let mut events = host.events();
    let mut released = async || loop {
        match events.next().await.unwrap().event {
            HostEvent::PluginReleased { .. } => return true,
            HostEvent::PluginQuarantined { .. } => return false,
            _ => {}
        }
    };
    assert!(decisions.release(&"a".parse().unwrap()).unwrap());
    assert!(released().await);
    ask(search(&host)).await.unwrap();
    decisions.quarantine("a".parse().unwrap(), "again").unwrap();
    assert!(!released().await);
    ask(search(&host)).await.unwrap_err();
}

#[tokio::test]
async fn a_check_in_the_background_takes_out_who_is_not_well_and_brings_it_back() {
    let host = host().await;
    let chaos = Chaos::always(Act::Serve).checked(|number| match number {
        1 | 2 => Act::fail(ErrorKind::Upstream, Submitted::No),
        _ => Act::Serve,
    });
    let mut events = host.events();
    let registration = Registration::native(chaos).health_interval(Duration::from_millis(20));
    host.register("p", registration).await.unwrap();
    let mut found = Vec::new();
    while found.len() < 3 {
        if let HostEvent::ProviderHealth { is_well, .. } = events.next().await.unwrap().event {
            found.push(is_well);
            let rejected = search(&host).explain().map(|decision| decision.rejected().count());
            assert!(rejected.is_ok_and(|rejected| rejected == 0), "it is the only one, and the last resort");
            let health = serde_json::to_value(host.status("p").unwrap()).unwrap()["models"][0]["health"]["is"].clone();
            assert_eq!(health == "open", !is_well, "{health}");
        }
    }
    assert_eq!(found, [true, false, true], "what is the same as before is not told again");
    assert!(host.status("p").unwrap().health.unwrap().is_well);
}

#[tokio::test]
async fn events_are_written_where_they_are_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    let place = EventLogPlace { max_bytes: 20_000, ..EventLogPlace::new(&path) };
    let host = builder().events(place).build().await.unwrap();
    for number in 0..40 {
        host.register(format!("p{number}"), serving()).await.unwrap();
    }
    ask(search(&host)).await.unwrap();
    host.shutdown(Duration::ZERO).await;
    let mut text = std::fs::read_to_string(folder.path().join("events.jsonl.1")).unwrap();
    assert!(text.len() <= 20_000, "{}", text.len());
    text += &std::fs::read_to_string(&path).unwrap();
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions()) & 0o077, 0);
    let events: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(events.iter().all(|event| event["event"] != "route.decided"), "nobody asked for decisions");
    assert_eq!((&events.last().unwrap()["to"], events.len()), (&"retired".into(), 7 * 40));
}
