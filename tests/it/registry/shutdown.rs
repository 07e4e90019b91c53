//! A host that ends while calls are under way.

use std::{
    fmt::Debug,
    future::{poll_fn, ready},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use futures_util::StreamExt as _;
use palisade::{CallSettings, ErrorKind, ProgressSink, Registration, ShutdownReport, chat};

use super::{check, host};
use crate::{
    native::{Doing, Native},
    support::{behaving, only_time, within},
};

const MINUTE: Duration = Duration::from_secs(60);

/// Lets something begin that takes a while.
async fn begin<T: Debug>(work: &mut (impl Future<Output = T> + Unpin)) {
    tokio::select! {
        biased;
        ended = work => panic!("it ended: {ended:?}"),
        () = ready(()) => {}
    }
}

#[tokio::test]
async fn calls_that_end_in_time_are_waited_for_and_no_other_begins() {
    let host = host().await;
    host.register("slow", behaving("well-behaved")).await.unwrap();
    let handle = host.get("slow").unwrap();
    let mut call = Box::pin(handle.text_to_image("a fox"));
    // It begins, and may be done with its first poll.
    let first = poll_fn(|context| Poll::Ready(call.as_mut().poll(context))).await;
    let (report, made) = within(MINUTE / 10, async {
        tokio::join!(host.shutdown(MINUTE), async {
            match first {
                Poll::Ready(made) => made,
                Poll::Pending => call.await,
            }
        })
    })
    .await;
    made.unwrap();
    assert_eq!(report.aborted, 0);
    check(handle.text_to_image("a fox").await, ErrorKind::Shutdown, "shutting down");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_take_too_long_are_aborted_and_give_back_their_sandbox() {
    let host = host().await;
    host.register("spinner", behaving("spin").limits(only_time(MINUTE))).await.unwrap();
    let handle = host.get("spinner").unwrap();
    let calls: Vec<_> = (0..3)
        .map(|_| {
            let handle = handle.clone();
            tokio::spawn(async move { handle.text_to_image("a fox").await })
        })
        .collect();
    let pending = || host.status("spinner").unwrap().models[0].pending;
    while pending() < 3 {
        tokio::task::yield_now().await;
    }
    let report = within(MINUTE / 10, host.shutdown(Duration::from_millis(50))).await;
    assert_eq!(report, ShutdownReport { drained: 0, aborted: 3 });
    for call in calls {
        check(within(MINUTE / 10, call).await.unwrap(), ErrorKind::Shutdown, "shutting down");
    }
}

#[tokio::test]
async fn a_stream_that_nobody_polls_is_aborted_and_says_so_when_it_is_polled_again() {
    let host = host().await;
    host.register("talker", behaving("well-behaved")).await.unwrap();
    let alive = Arc::new(());
    let heard = Arc::clone(&alive);
    let progress = ProgressSink::new(move |_| drop(Arc::clone(&heard)));
    let settings = CallSettings { progress, ..CallSettings::default() };
    let mut stream = host.get("talker").unwrap().stream(chat::Request::new("hello"), settings).unwrap();
    stream.next().await.unwrap().unwrap();
    let report = within(MINUTE / 10, host.shutdown(Duration::ZERO)).await;
    assert_eq!(report.aborted, 1);
    let gone = async {
        while Arc::strong_count(&alive) > 1 {
            tokio::task::yield_now().await;
        }
    };
    within(MINUTE / 10, gone).await;
    let rest: Vec<_> = within(MINUTE / 10, stream.collect()).await;
    let [Err(error)] = &rest[..] else { panic!("it went on: {rest:?}") };
    assert_eq!(error.kind(), ErrorKind::Shutdown);
}

#[tokio::test]
async fn a_check_is_aborted_as_a_call_is_and_no_other_begins() {
    let host = host().await;
    host.register("hanging", Registration::native(Native::new(Doing::Hang))).await.unwrap();
    let handle = host.get("hanging").unwrap();
    let mut checking = Box::pin(handle.check());
    begin(&mut checking).await;
    let report = within(MINUTE / 10, host.shutdown(Duration::ZERO)).await;
    assert_eq!(report, ShutdownReport { drained: 0, aborted: 1 });
    check(within(MINUTE / 10, checking).await, ErrorKind::Shutdown, "shutting down");
    check(within(MINUTE / 10, handle.check()).await, ErrorKind::Shutdown, "shutting down");
}

#[tokio::test]
async fn a_registration_ends_at_once_and_no_other_begins() {
    let host = host().await;
    let mut registering = Box::pin(host.register("late", behaving("well-behaved")));
    begin(&mut registering).await;
    let shutdown = host.shutdown(MINUTE);
    let (report, registered) = within(MINUTE / 10, async { tokio::join!(shutdown, registering) }).await;
    assert_eq!(report, ShutdownReport { drained: 1, aborted: 0 });
    check(registered, ErrorKind::Shutdown, "shutting down");
    // It is not even looked at.
    check(host.register("later", b"junk".to_vec()).await, ErrorKind::Shutdown, "shutting down");
}

#[tokio::test]
async fn a_call_that_was_dropped_is_not_waited_for() {
    let host = host().await;
    host.register("spinner", behaving("spin").limits(only_time(MINUTE))).await.unwrap();
    let handle = host.get("spinner").unwrap();
    begin(&mut Box::pin(handle.text_to_image("a fox"))).await;
    let report = within(MINUTE / 10, host.shutdown(MINUTE)).await;
    assert_eq!(report, ShutdownReport { drained: 0, aborted: 0 });
}
