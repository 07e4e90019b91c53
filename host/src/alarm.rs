//! Components that crash too often, and who hears of it.
//!
//! A crash is the fault of the code, whoever is served: so it counts for the component as a whole, and not for one model. The
//! same request that crashes it again says nothing new.

use std::{
    collections::VecDeque,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use palisade_core::{Digest, ProviderId, Request};
use tokio::sync::mpsc;

/// Crashes within [`WITHIN`], each by another request, that are too many.
const TOO_MANY: usize = 3;
/// How long a crash is remembered.
const WITHIN: Duration = Duration::from_secs(60);
/// The share of calls that may crash: at a thousand calls a second, three crashes are few.
const SHARE: f64 = 0.05;

/// A component that has crashed too often.
#[derive(Debug)]
pub(crate) struct Alarm {
    pub(crate) provider: ProviderId,
    pub(crate) digest: Digest,
    pub(crate) reason: String,
}

/// Where alarms go.
pub(crate) type Alarms = mpsc::UnboundedSender<Alarm>;

/// The crashes of one component.
#[derive(Debug, Default)]
pub(crate) struct Crashes(Mutex<Record>);

#[derive(Debug, Default)]
struct Record {
    /// When, and by which request, where that is known.
    crashes: VecDeque<(Instant, Option<u64>)>,
    /// Calls that have ended since the first of them.
    calls: u64,
}

impl Crashes {
    /// A call has ended without a crash.
    pub(crate) fn passed(&self) {
        // Nobody counts before the first crash, or waits for who counts.
        if let Ok(mut record) = self.0.try_lock()
            && !record.crashes.is_empty()
        {
            record.calls += 1;
        }
    }

    /// What tells this request from others, where one has crashed of late: nobody else pays for that. Taken before the call,
    /// which takes the request.
    pub(crate) fn fingerprint(&self, request: &Request, now: Instant) -> Option<u64> {
        let latest = self.0.try_lock().ok()?.crashes.back().map(|(at, _)| *at)?;
        (now.saturating_duration_since(latest) <= WITHIN).then(|| fingerprint(request))
    }

    /// A request has crashed it. Says how many were too many, once they are.
    pub(crate) fn crashed(&self, request: Option<u64>, now: Instant) -> Option<usize> {
        let mut record = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        record.crashes.retain(|(at, _)| now.saturating_duration_since(*at) <= WITHIN);
        if record.crashes.is_empty() {
            record.calls = 0;
        }
        record.calls += 1;
        if !record.crashes.iter().any(|(_, known)| *known == request) {
            record.crashes.push_back((now, request));
        }
        let count = record.crashes.len();
        let is_too_many = count >= TOO_MANY && count as f64 > SHARE * record.calls as f64;
        is_too_many.then(|| {
            record.crashes.clear();
            count
        })
    }
}

/// Tells requests apart; of two that have the same, one is not counted.
fn fingerprint(request: &Request) -> u64 {
    let mut hasher = DefaultHasher::new();
    serde_json::to_vec(request).unwrap_or_default().hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use palisade_core::text_to_image;

    use super::*;

    fn crash(crashes: &Crashes, number: usize, now: Instant) -> Option<usize> {
        let request = text_to_image::Request::new(format!("fox {number}")).into();
        let fingerprint = crashes.fingerprint(&request, now);
        crashes.crashed(fingerprint, now)
    }

    #[test]
    fn three_crashes_by_different_requests_are_too_many() {
        let (crashes, now) = (Crashes::default(), Instant::now());
        assert!((0..100).all(|_| crash(&crashes, 0, now).is_none()), "the same request");
        let crashes = Crashes::default();
        assert_eq!([0, 1, 2].map(|number| crash(&crashes, number, now)), [None, None, Some(3)]);
        assert_eq!(crash(&crashes, 3, now), None, "it begins anew");
    }

    #[test]
    fn crashes_that_are_rare_or_long_ago_are_not() {
        let (crashes, now) = (Crashes::default(), Instant::now());
        for number in 0..3 {
            assert_eq!(crash(&crashes, number, now), None);
            (0..100).for_each(|_| crashes.passed());
        }
        let crashes = Crashes::default();
        let later = |number: usize| now + WITHIN * number as u32 / 2 + Duration::from_secs(number as u64);
        assert!((0..20).all(|number| crash(&crashes, number, later(number)).is_none()));
    }
}
