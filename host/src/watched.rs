//! A call that ends when its time is over, also when nobody polls it.
//!
//! ```text
//! first poll ─► a watch is set ─► polled to its end ─► the watch is dropped
//!                   └─ the time is over ─► the watch polls it to its end, which waits for who polls next
//! ```
//!
//! It is polled rather than dropped, so that it ends as any call does: with its own error and report, counted once.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError, TryLockError, Weak},
    task::{Context, Poll, Waker},
    time::Duration,
};

use palisade_core::BoxFuture;
use tokio::{runtime::Handle, task::AbortHandle};

/// How long the watch waits for who polls the call at this moment.
const PATIENCE: Duration = Duration::from_millis(20);

/// A call, and who watches over it once it has begun.
pub(crate) struct Watched<T> {
    call: Arc<Mutex<Watch<T>>>,
    /// When its time is over; none once it has begun.
    over: Option<BoxFuture<'static, ()>>,
    task: Option<AbortHandle>,
}

struct Watch<T> {
    stage: Stage<T>,
    /// Who has polled it last and waits.
    caller: Option<Waker>,
    /// The watch, while it polls: it has to go on when the caller has polled meanwhile.
    task: Option<Waker>,
}

enum Stage<T> {
    Running(BoxFuture<'static, T>),
    Ended(Option<T>),
}

impl<T: Send + 'static> Watched<T> {
    /// Nothing runs before it is polled. `over` begins with it, and has to end later than the call does by itself.
    pub(crate) fn new(call: BoxFuture<'static, T>, over: BoxFuture<'static, ()>) -> Self {
        let call = Watch { stage: Stage::Running(call), caller: None, task: None };
        Self { call: Arc::new(Mutex::new(call)), over: Some(over), task: None }
    }
}

impl<T: Send + 'static> Future for Watched<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        // Where there is no runtime, no component runs either.
        if let (Some(over), Ok(runtime)) = (self.over.take(), Handle::try_current()) {
            self.task = Some(runtime.spawn(watch(over, Arc::downgrade(&self.call))).abort_handle());
        }
        self.call.lock().unwrap_or_else(PoisonError::into_inner).poll(context)
    }
}

impl<T> Drop for Watched<T> {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl<T> Watch<T> {
    /// Polls the call for its caller.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<T> {
        self.run(context);
        if let Stage::Ended(end) = &mut self.stage
            && let Some(end) = end.take()
        {
            return Poll::Ready(end);
        }
        match &mut self.caller {
            Some(caller) => caller.clone_from(context.waker()),
            None => self.caller = Some(context.waker().clone()),
        }
        if let Some(task) = self.task.take() {
            task.wake();
        }
        Poll::Pending
    }

    /// Polls it for nobody. Says whether it has ended.
    fn end(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.run(context);
        if matches!(self.stage, Stage::Running(_)) {
            self.task = Some(context.waker().clone());
            return Poll::Pending;
        }
        if let Some(caller) = self.caller.take() {
            caller.wake();
        }
        Poll::Ready(())
    }

    fn run(&mut self, context: &mut Context<'_>) {
        if let Stage::Running(call) = &mut self.stage
            && let Poll::Ready(end) = call.as_mut().poll(context)
        {
            // The call is dropped here, with its sandbox.
            self.stage = Stage::Ended(Some(end));
        }
    }
}

async fn watch<T: Send + 'static>(over: BoxFuture<'static, ()>, call: Weak<Mutex<Watch<T>>>) {
    over.await;
    let try_end = |context: &mut Context<'_>| {
        // Where it is gone, nobody waits for it.
        let Some(call) = call.upgrade() else { return Poll::Ready(true) };
        match call.try_lock() {
            Ok(mut call) => call.end(context).map(|()| true),
            Err(TryLockError::Poisoned(_)) => Poll::Ready(true),
            Err(TryLockError::WouldBlock) => Poll::Ready(false),
        }
    };
    while !std::future::poll_fn(try_end).await {
        tokio::time::sleep(PATIENCE).await;
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn, ready};

    use futures_util::FutureExt as _;
    use tokio::sync::oneshot;

    use super::*;

    type Sender = oneshot::Sender<()>;

    /// Work that ends when it is told to, and the time that is over when somebody says so.
    fn watched() -> (Watched<&'static str>, Sender, Sender) {
        let (finish, finished) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        let call = Box::pin(async {
            finished.await.unwrap();
            "done"
        });
        let over = Box::pin(async { drop(ended.await) });
        (Watched::new(call, over), finish, end)
    }

    async fn settle() {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn nobody_watches_what_has_not_begun_and_nobody_polls_it_before_its_time_is_over() {
        let (mut call, finish, end) = watched();
        assert!(call.task.is_none());
        assert!(call.poll_unpin(&mut Context::from_waker(Waker::noop())).is_pending());
        finish.send(()).unwrap();
        settle().await;
        assert!(matches!(call.call.lock().unwrap().stage, Stage::Running(_)));
        end.send(()).unwrap();
        settle().await;
        assert!(matches!(call.call.lock().unwrap().stage, Stage::Ended(Some("done"))));
        assert_eq!(call.await, "done");
    }

    #[tokio::test]
    async fn the_watch_and_the_caller_may_both_wait_and_hear_of_the_end() {
        let (mut call, finish, end) = watched();
        assert!(call.poll_unpin(&mut Context::from_waker(Waker::noop())).is_pending());
        end.send(()).unwrap();
        settle().await;
        // The watch has polled it. Now the caller does, and then the watch has to be told.
        let caller = tokio::spawn(call);
        settle().await;
        finish.send(()).unwrap();
        settle().await;
        assert_eq!(caller.now_or_never().expect("nobody has told the caller").unwrap(), "done");

        let (mut call, finish, end) = watched();
        end.send(()).unwrap();
        assert!(call.poll_unpin(&mut Context::from_waker(Waker::noop())).is_pending());
        settle().await;
        // A caller that polls once more and goes.
        assert!(call.poll_unpin(&mut Context::from_waker(Waker::noop())).is_pending());
        settle().await;
        finish.send(()).unwrap();
        settle().await;
        assert!(matches!(call.call.lock().unwrap().stage, Stage::Ended(Some("done"))), "nobody has told the watch");
    }

    #[tokio::test]
    async fn what_is_dropped_is_gone_at_once_with_its_watch() {
        let (mut call, finish, end) = watched();
        assert!(call.poll_unpin(&mut Context::from_waker(Waker::noop())).is_pending());
        drop(call);
        assert!(finish.is_closed());
        settle().await;
        assert!(end.is_closed());
    }

    #[test]
    fn where_there_is_no_runtime_it_is_polled_all_the_same() {
        assert_eq!(Watched::new(Box::pin(ready(1)), Box::pin(pending())).now_or_never(), Some(1));
        let twice = poll_fn(|_| Poll::<()>::Pending);
        assert_eq!(Watched::new(Box::pin(twice), Box::pin(pending())).now_or_never(), None);
    }
}
