//! How many calls of one provider run and wait at one time.

use std::{future::ready, time::Duration};

use palisade::{ErrorKind, Limits, ProviderHandle, Registration};

use crate::{
    native::{Doing, Native},
    support::{Made, assert_the_neighbour_answers, only_time, with, within},
};

const MINUTE: Duration = Duration::from_secs(60);

/// A provider that never answers, takes one call at a time, and lets two wait.
fn narrow() -> Registration {
    let limits = Limits { concurrency: 1, queue: 2, ..only_time(MINUTE) };
    Registration::native(Native::new(Doing::Hang)).limits(limits)
}

/// Lets a call begin.
async fn begin(call: &mut (impl Future<Output = Made> + Unpin)) {
    tokio::select! {
        biased;
        made = call => panic!("it ended: {made:?}"),
        () = ready(()) => {}
    }
}

fn call(provider: &ProviderHandle) -> impl Future<Output = Made> + Unpin + use<> {
    let provider = provider.clone();
    Box::pin(async move { provider.text_to_image("a fox").await })
}

#[tokio::test]
async fn calls_beyond_the_queue_are_refused_at_once_and_concern_nobody_else() {
    with(narrow(), async |provider| {
        let mut calls = [call(provider), call(provider), call(provider)];
        for call in &mut calls {
            begin(call).await;
        }
        let error = within(Duration::from_secs(1), call(provider)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProviderBusy);
        assert!(
            error.kind().is_retryable()
                && error.message().contains("1 calls of the provider are under way, and 2 wait")
        );
        let error = within(Duration::from_secs(1), provider.check()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProviderBusy, "whoever asks how it is gets no place of his own");
        assert_the_neighbour_answers().await;

        // A call that is given up makes room, whether it waited or ran.
        let [ran, first, second] = calls;
        drop(second);
        let mut third = call(provider);
        begin(&mut third).await;
        let [mut first, mut third] = [first, third];
        drop(ran);
        begin(&mut first).await;
        begin(&mut call(provider)).await;
        begin(&mut third).await;
    })
    .await;
}

#[tokio::test]
async fn a_call_waits_no_longer_than_it_may_take() {
    let limits = Limits { concurrency: 1, queue: 1, ..only_time(Duration::from_millis(50)) };
    let provider = Registration::native(Native::new(Doing::Hang)).limits(limits);
    with(provider, async |provider| {
        let (first, second) =
            within(Duration::from_secs(1), async { tokio::join!(call(provider), call(provider)) }).await;
        assert_eq!([first, second].map(|made| made.unwrap_err().kind()), [ErrorKind::Deadline; 2]);
    })
    .await;
}

#[tokio::test]
async fn who_waits_is_served_when_there_is_room() {
    let limits = Limits { concurrency: 1, queue: 100, ..Limits::default() };
    with(crate::support::behaving("well-behaved").limits(limits), async |provider| {
        let calls: Vec<_> = (0..50).map(|_| tokio::spawn(call(provider))).collect();
        for call in calls {
            within(Duration::from_secs(5), call).await.unwrap().unwrap();
        }
    })
    .await;
}
