//! The states of a provider, in the order in which they are told and shown: none is left out, and who is gone is remembered.

use std::{path::PathBuf, time::Duration};

use futures_util::FutureExt as _;
use palisade::{Capability, ErrorKind, Events, Host, HostEvent, Registration, RetiredProvider, Selection, State};
use palisade_chaos::{Act, Chaos};

use crate::support::{behaving, builder, components, providers};

fn serving() -> Registration {
    Registration::native(Chaos::always(Act::Serve))
}

fn card() -> PathBuf {
    components(&providers()).into_iter().find(|path| path.ends_with("card.wasm")).unwrap()
}

/// The changes of state that were told so far: of which generation, from what, to what, and why.
fn changes(events: &mut Events) -> Vec<String> {
    let next = || events.next().now_or_never().flatten();
    let told = |event| match event {
        HostEvent::ProviderState { generation, from, to, reason, .. } => {
            let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
            Some(format!("{generation} {} {to}{reason}", from.unwrap_or("-")))
        }
        _ => None,
    };
    std::iter::from_fn(next).filter_map(|record| told(record.event)).collect()
}

/// Waits until nobody is draining any more.
async fn all_gone(host: &Host) -> Vec<RetiredProvider> {
    loop {
        let retired = host.retired();
        if retired.iter().all(|retired| matches!(retired.state, State::Retired { .. })) {
            return retired;
        }
        tokio::task::yield_now().await;
    }
}

const LOADED: [&str; 3] = ["0 - discovered", "0 discovered verified", "0 verified validated"];

#[tokio::test]
async fn from_the_first_to_the_last() {
    let host = builder().build().await.unwrap();
    for registration in [serving(), Registration::path(card())] {
        let mut events = host.events();
        host.register("p", registration).await.unwrap();
        let generation = host.status("p").unwrap().generation;
        let digest = host.status("p").unwrap().component.map(|component| component.digest);
        assert_eq!(changes(&mut events), [&LOADED[..], &[&format!("{generation} validated live")]].concat());
        host.unregister("p").await.unwrap();
        let retired = all_gone(&host).await;
        assert_eq!(
            changes(&mut events),
            [format!("{generation} live draining"), format!("{generation} draining retired: it was unregistered")]
        );
        let [retired] = &retired[..] else { panic!("{retired:?}") };
        assert_eq!((retired.generation, retired.digest), (generation, digest), "a name is counted on");
    }
}

#[tokio::test]
async fn who_is_refused_says_how_far_it_had_come() {
    let broken = Registration::bytes(b"no component".as_slice());
    let silent = behaving("failing-models");
    let misset = Registration::path(card()).config("footer", "x".repeat(61));
    let misspelt = serving().model("another".parse().unwrap(), palisade::ModelSettings::default());
    for (registration, after) in
        [(broken, "discovered"), (silent, "verified"), (misset, "verified"), (misspelt, "verified")]
    {
        let host = builder().provider("p".parse().unwrap(), registration.clone()).build().await.unwrap();
        let State::Refused { after: shown, .. } = host.status("p").unwrap().state else { panic!("it is taken") };
        assert_eq!(shown, after);
        // Registered by hand, the same is told, and nothing is left of it.
        let mut events = host.events();
        let error = host.register("q", registration).await.unwrap_err();
        let changes = changes(&mut events);
        let last = format!("0 {after} refused: {}", error.message());
        assert_eq!(changes.last(), Some(&last), "{changes:?}");
        assert_eq!((host.has("q"), host.retired().len()), (false, 0));
    }
}

#[tokio::test]
async fn who_is_staging_goes_live_when_it_is_started_and_is_gone_after_it_was_stopped() {
    let host = builder().build().await.unwrap();
    let mut events = host.events();
    host.register("p", serving().staging()).await.unwrap();
    host.start(Selection::All).await.into_iter().for_each(|(_, started)| started.unwrap());
    assert!(host.stop(Selection::All).await.into_iter().all(|(_, stopped)| stopped.is_ok()));
    host.unregister("p").await.unwrap();
    all_gone(&host).await;
    let last = [
        "1 validated staging",
        "1 staging live",
        "1 live draining",
        "1 draining stopped",
        "1 stopped draining",
        "1 draining retired: it was unregistered",
    ];
    assert_eq!(changes(&mut events), [&LOADED[..], &last].concat());
}

#[tokio::test]
async fn who_is_replaced_is_draining_until_its_last_call_has_ended() {
    let host = builder().build().await.unwrap();
    let old = Chaos::always(Act::ServeAfter(Duration::from_millis(20)));
    let calls = old.calls();
    host.register("p", Registration::native(old)).await.unwrap();
    let handle = host.get("p").unwrap();
    let mut under_way = Box::pin(handle.chat("Is all well?"));
    while calls.count() == 0 {
        assert!(under_way.as_mut().now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    let mut events = host.events();
    host.replace("p", serving()).await.unwrap();
    let last = ["2 validated live", "1 live draining"];
    assert_eq!(changes(&mut events), [&LOADED[..], &last].concat());
    let [old] = &host.retired()[..] else { panic!("nobody has left") };
    assert_eq!((&old.state, old.generation, old.calls.under_way), (&State::Draining, 1, 1));
    under_way.await.unwrap();
    let [old] = &all_gone(&host).await[..] else { panic!("nobody has left") };
    assert_eq!((old.calls.under_way, old.calls.served, calls.disposed()), (0, 1, 1));
    assert_eq!(changes(&mut events), ["1 draining retired: generation 2 took its place"]);
    assert_eq!(host.statistics().calls.served, 1, "what it has served still counts");
}

#[tokio::test]
async fn who_takes_its_place_back_comes_from_where_it_was() {
    let host = builder().build().await.unwrap();
    host.register("p", Registration::path(card())).await.unwrap();
    host.replace("p", behaving("trap")).await.unwrap();
    all_gone(&host).await;
    let mut events = host.events();
    for number in 0..3 {
        host.get("p").unwrap().text_to_image(format!("fox {number}")).await.unwrap_err();
    }
    while host.status("p").unwrap().generation < 3 {
        tokio::task::yield_now().await;
    }
    all_gone(&host).await;
    let changes = changes(&mut events);
    let short: Vec<_> = changes.iter().map(|change| change.split(':').next().unwrap()).collect();
    assert_eq!(short, ["2 live quarantined", "3 retired live", "2 quarantined draining", "2 draining retired"]);
    assert_eq!(host.status("p").unwrap().state, State::Live);
}

#[tokio::test]
async fn what_is_given_up_or_taken_out_while_it_is_loaded_is_told() {
    let host = builder().build().await.unwrap();
    let mut events = host.events();
    let begun = |host: &Host, registration| {
        let host = host.clone();
        async move { host.register("p", registration).await }
    };
    let mut given_up = Box::pin(begun(&host, behaving("well-behaved")));
    while !host.has("p") {
        assert!(given_up.as_mut().now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    drop(given_up);
    while host.has("p") {
        tokio::task::yield_now().await;
    }
    let told = changes(&mut events);
    assert_eq!(told.last().unwrap(), "0 discovered retired: it was given up while it was loaded", "{told:?}");

    let mut taken_out = Box::pin(begun(&host, behaving("well-behaved")));
    while !host.has("p") {
        assert!(taken_out.as_mut().now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    host.unregister("p").await.unwrap();
    assert_eq!(taken_out.await.unwrap_err().kind(), ErrorKind::Cancelled);
    let told = changes(&mut events);
    assert_eq!(told.last().unwrap(), "0 discovered retired: it was unregistered", "{told:?}");
    assert_eq!(host.retired()[0].generation, 0);
}

#[tokio::test]
async fn a_host_that_shuts_down_retires_everybody() {
    let host = builder().build().await.unwrap();
    let (idle, busy) = (Chaos::always(Act::Serve), Chaos::always(Act::Hang));
    let (idle_calls, busy_calls) = (idle.calls(), busy.calls());
    host.register("idle", Registration::native(idle)).await.unwrap();
    host.register("busy", Registration::native(busy)).await.unwrap();
    host.register("disabled", serving().enabled(false)).await.unwrap();
    host.initialize(Capability::Chat).await.into_iter().for_each(|(_, ready)| ready.unwrap());
    let mut events = host.events();
    let handle = host.get("busy").unwrap();
    let mut hanging = Box::pin(handle.chat("Is all well?"));
    while busy_calls.count() == 0 {
        assert!(hanging.as_mut().now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    host.shutdown(Duration::ZERO).await;
    let mut told = changes(&mut events);
    told.sort();
    let draining = "1 live draining";
    let retired = "1 draining retired: the host was shut down";
    assert_eq!(told, ["0 disabled retired: the host was shut down", retired, retired, draining, draining]);
    assert_eq!((idle_calls.disposed(), busy_calls.disposed()), (1, 0), "one has a call that nobody has ended");
    assert_eq!((host.names().len(), host.statistics().providers), (0, [("retired", 3)].into()));
    assert_eq!(hanging.await.unwrap_err().kind(), ErrorKind::Shutdown);
    assert_eq!(host.register("late", serving()).await.unwrap_err().kind(), ErrorKind::Shutdown);
}

#[tokio::test]
async fn so_many_names_are_remembered_and_no_call_is_forgotten() {
    const MANY: usize = 300;
    let host = builder().build().await.unwrap();
    for number in 0..MANY {
        let id = format!("p{number}");
        host.register(&id, serving()).await.unwrap();
        host.get(&id).unwrap().chat("Is all well?").await.unwrap();
        host.unregister(&id).await.unwrap();
    }
    // A name counts once, with the calls of all who had it.
    host.register("p299", serving()).await.unwrap();
    host.get("p299").unwrap().chat("Is all well?").await.unwrap();
    host.unregister("p299").await.unwrap();
    let retired = all_gone(&host).await;
    let last = retired.last().unwrap();
    assert_eq!((retired.len(), last.id.as_str(), last.calls.served, last.generation), (256, "p299", 2, 2));
    let statistics = host.statistics();
    assert_eq!((statistics.calls.served, statistics.providers), (MANY as u64 + 1, [("retired", 256)].into()));
}
