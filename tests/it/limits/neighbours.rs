//! Calls beside each other: one that never ends keeps no other from ending.

use std::{future::ready, time::Duration};

use palisade::ProviderHandle;

use crate::support::{assert_the_neighbour_answers, behaving, builder, only_time, shared, within};

async fn spinner(name: &str) -> ProviderHandle {
    let registration = behaving("spin").limits(only_time(Duration::from_secs(60)));
    shared().register(name, registration).await.unwrap();
    let handle = shared().get(name).unwrap();
    shared().unregister(name).await.unwrap();
    handle
}

/// Starts calls that never end, and has the neighbour answer meanwhile.
async fn check(name: &str, spinners: usize) {
    let spinner = spinner(name).await;
    let spinning: Vec<_> = (0..spinners)
        .map(|_| {
            let spinner = spinner.clone();
            tokio::spawn(async move { spinner.text_to_image("a fox").await })
        })
        .collect();
    // So that they have begun.
    tokio::task::yield_now().await;
    within(Duration::from_secs(2), async {
        for _ in 0..10 {
            assert_the_neighbour_answers().await;
        }
    })
    .await;
    for call in spinning {
        assert!(!call.is_finished(), "it should spin for a minute");
        call.abort();
        assert!(call.await.unwrap_err().is_cancelled());
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_spinning_provider_lets_another_finish_on_one_thread() {
    check("spin-on-one-thread", 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spinning_providers_let_another_finish_on_several_threads() {
    check("spin-on-threads", 8).await;
}

#[tokio::test]
async fn calls_that_are_dropped_give_back_their_sandbox() {
    let spinner = spinner("dropped").await;
    // There are 256 sandboxes.
    for _ in 0..300 {
        tokio::select! {
            biased;
            made = spinner.text_to_image("a fox") => panic!("it ended: {made:?}"),
            () = ready(()) => {}
        }
    }
    assert_the_neighbour_answers().await;
}

#[tokio::test]
async fn a_call_that_is_dropped_is_no_longer_under_way() {
    shared().register("pending", behaving("spin").limits(only_time(Duration::from_secs(60)))).await.unwrap();
    let handle = shared().get("pending").unwrap();
    let pending = || shared().status("pending").unwrap().models[0].pending;
    {
        let mut call = Box::pin(handle.text_to_image("a fox"));
        tokio::select! {
            biased;
            made = &mut call => panic!("it ended: {made:?}"),
            () = ready(()) => {}
        }
        assert_eq!(pending(), 1);
    }
    assert_eq!(pending(), 0);
    shared().unregister("pending").await.unwrap();
}

#[test]
fn a_spinning_provider_keeps_no_timer_and_no_input_waiting() {
    // A runtime that looks at its clock and its files only when it has nothing else to do.
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().event_interval(u32::MAX).build().unwrap();
    runtime.block_on(async {
        let registration = behaving("spin").limits(only_time(Duration::from_secs(3)));
        let host = builder().build().await.unwrap();
        host.register("spinner", registration).await.unwrap();
        let spinner = host.get("spinner").unwrap();
        let spinning = tokio::spawn(async move { spinner.text_to_image("a fox").await });
        tokio::time::timeout(Duration::from_millis(50), std::future::pending::<()>()).await.unwrap_err();
        assert!(!spinning.is_finished(), "the time of the timer came after all the time of the provider");
        spinning.abort();
    });
}
