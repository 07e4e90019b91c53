//! A second attempt at a request whose first takes unusually long, where that costs nobody anything.
//!
//! ```text
//! first ─► longer than 95 of 100 calls there? ─► second, elsewhere ─► whoever serves first; the other is dropped
//! ```
//!
//! After J. Dean and L. A. Barroso, "The Tail at Scale", 2013.

use std::{
    collections::VecDeque,
    pin::pin,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::future::{Either, select};
use palisade_core::{Capability, Error, Result};

/// Calls that are remembered.
const REMEMBERED: usize = 64;
/// Calls that say enough about what is usual.
const ENOUGH: usize = 20;
/// The share of calls that take no longer than is usual.
const USUAL: f64 = 0.95;

/// Whether requests of a capability are short, and give the same whoever serves them.
pub(crate) const fn is_short(capability: Capability) -> bool {
    matches!(capability, Capability::Embedding | Capability::Rerank | Capability::Moderation)
}

/// How long the latest calls of a provider took.
#[derive(Debug, Default)]
pub(crate) struct Recent(Mutex<VecDeque<Duration>>);

impl Recent {
    pub(crate) fn push(&self, took: Duration) {
        let mut times = self.lock();
        if times.len() == REMEMBERED {
            times.pop_front();
        }
        times.push_back(took);
    }

    /// What 95 of 100 calls don't exceed; none before enough have been seen.
    pub(crate) fn usual(&self) -> Option<Duration> {
        let mut times: Vec<_> = self.lock().iter().copied().collect();
        if times.len() < ENOUGH {
            return None;
        }
        times.sort_unstable();
        times.get((times.len() as f64 * USUAL) as usize).copied()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Duration>> {
        // It is never left half-done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How a race has ended.
pub(crate) struct Race<T> {
    /// What the first to serve gave; where none has, how the first has failed.
    pub(crate) result: Result<T>,
    /// How the first has failed, where the second has served.
    pub(crate) first_failed: Option<Error>,
    /// Whether the first had not ended when the second served.
    pub(crate) first_outrun: bool,
}

/// Waits for the first for so long, and for both from then on. The second gives nothing where there is nobody to ask.
pub(crate) async fn race<T>(
    first: impl Future<Output = Result<T>>,
    patience: Duration,
    second: impl Future<Output = Option<Result<T>>>,
) -> Race<T> {
    let mut first = pin!(first);
    let alone = |result| Race { result, first_failed: None, first_outrun: false };
    if let Ok(result) = tokio::time::timeout(patience, &mut first).await {
        return alone(result);
    }
    match select(first, pin!(second)).await {
        Either::Left((Err(error), second)) => match second.await {
            Some(Ok(served)) => Race { first_failed: Some(error), ..alone(Ok(served)) },
            Some(Err(_)) | None => alone(Err(error)),
        },
        Either::Left((served, _dropped)) => alone(served),
        Either::Right((Some(Ok(served)), _dropped)) => Race { first_outrun: true, ..alone(Ok(served)) },
        Either::Right((Some(Err(_)) | None, first)) => alone(first.await),
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use palisade_core::ErrorKind;

    use super::*;

    fn failed() -> Result<u32> {
        Err(Error::new(ErrorKind::Upstream, "it failed"))
    }

    #[test]
    fn what_is_usual_is_known_after_enough_calls() {
        let recent = Recent::default();
        for number in 0..1000 {
            assert_eq!(recent.usual().is_some(), number >= ENOUGH, "{number}");
            recent.push(Duration::from_millis(number as u64));
        }
        assert_eq!(recent.usual(), Some(Duration::from_millis(1000 - 64 + 60)));
    }

    /// A first that ends with this once the second has begun, and a second that ends with that, later where it is to be.
    async fn end(first: Result<u32>, second: Option<Result<u32>>, second_is_later: bool) -> (Option<u32>, bool, bool) {
        let (begun, wait) = tokio::sync::oneshot::channel();
        let (first_ended, first_end) = tokio::sync::oneshot::channel();
        let first = async {
            wait.await.unwrap();
            // Nobody waits where the second has ended.
            let _dropped = first_ended.send(());
            first
        };
        let second = async {
            begun.send(()).unwrap();
            if second_is_later {
                first_end.await.unwrap();
            }
            second
        };
        let race = race(first, Duration::ZERO, second).await;
        (race.result.ok(), race.first_failed.is_some(), race.first_outrun)
    }

    #[tokio::test]
    async fn whoever_serves_first_wins() {
        assert_eq!(end(Ok(1), Some(Ok(2)), true).await, (Some(1), false, false));
        assert_eq!(end(Ok(1), Some(Ok(2)), false).await, (Some(2), false, true));
        assert_eq!(end(Ok(1), Some(failed()), false).await, (Some(1), false, false));
        assert_eq!(end(Ok(1), None, false).await, (Some(1), false, false), "there is nobody else");
        assert_eq!(end(failed(), Some(Ok(2)), true).await, (Some(2), true, false));
        assert_eq!(end(failed(), Some(failed()), true).await, (None, false, false));
        let quick = race(ready(Ok(1)), Duration::ZERO, pending()).await;
        assert_eq!(quick.result.ok(), Some(1), "the second is not even begun");
    }
}
