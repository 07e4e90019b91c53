//! Keeps to the rates that the operator set.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use palisade_core::{ProviderId, Scope, http::Error};
use tokio::time::Instant;

use crate::rule::{HostRule, Rate};

/// Rates that are kept track of before those that are spent no more are forgotten.
const SWEEP_AT: usize = 4096;

/// Whose requests are counted together. Two rates of one host are two payers: what a large one allows in a second would fill a
/// small one for days. Nothing of it is for a guest to choose, so that there are as many as an operator has written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Payer {
    pub(crate) scope: Scope,
    pub(crate) provider: ProviderId,
    pub(crate) host: HostRule,
    pub(crate) rate: Rate,
}

/// What was spent of all rates.
///
/// A bucket of tokens is one moment: when it would be full again (the generic cell rate algorithm).
#[derive(Debug, Default)]
pub(crate) struct Buckets(Mutex<Spent>);

#[derive(Debug, Default)]
struct Spent {
    full: HashMap<Payer, Instant>,
    /// How many there were after the last sweep: the next one is worth it when there are twice as many.
    swept: usize,
}

impl Buckets {
    /// Takes one request from this payer's rate.
    ///
    /// # Errors
    ///
    /// `RateLimited` with the time to wait when nothing is left of it.
    pub(crate) fn take(&self, payer: Payer, now: Instant) -> Result<(), Error> {
        let rate = payer.rate;
        let mut spent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Spent { full: buckets, swept } = &mut *spent;
        if buckets.len() >= SWEEP_AT.max(2 * *swept) {
            buckets.retain(|_, full| *full > now);
            *swept = buckets.len();
        }
        let full = buckets.get(&payer).copied().unwrap_or(now).max(now);
        let full_then = full + rate.per / rate.requests.get();
        match full_then.duration_since(now).checked_sub(rate.per).filter(|wait| !wait.is_zero()) {
            Some(wait) => Err(Error::RateLimited(wait)),
            None => {
                buckets.insert(payer, full_then);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{num::NonZero, time::Duration};

    const RATE: Rate = Rate { requests: NonZero::new(3).unwrap(), per: Duration::from_secs(3) };

    fn payer(scope: &str, rate: Rate) -> Payer {
        let host = HostRule::OneLabelBelow("example.com".into());
        Payer { scope: Scope::new(scope), provider: "a".parse().unwrap(), host, rate }
    }

    #[test]
    fn as_many_as_granted_and_then_one_by_one() {
        let (buckets, start) = (Buckets::default(), Instant::now());
        let take = |scope, milliseconds| buckets.take(payer(scope, RATE), start + Duration::from_millis(milliseconds));
        for _ in 0..3 {
            take("a", 0).unwrap();
        }
        assert_eq!(take("a", 0), Err(Error::RateLimited(Duration::from_secs(1))));
        take("b", 0).unwrap();
        assert!(take("a", 999).is_err());
        take("a", 1000).unwrap();
        assert!(take("a", 1000).is_err());
        for _ in 0..3 {
            take("a", 60_000).unwrap();
        }
        assert!(take("a", 60_000).is_err());
    }

    #[test]
    fn a_slow_rate_takes_nothing_from_a_fast_one() {
        let (buckets, now) = (Buckets::default(), Instant::now());
        let slow = Rate { requests: NonZero::<u32>::MIN, per: Duration::from_secs(24 * 60 * 60) };
        buckets.take(payer("a", slow), now).unwrap();
        assert!(buckets.take(payer("a", slow), now).is_err());
        for _ in 0..3 {
            buckets.take(payer("a", RATE), now).unwrap();
        }
    }

    #[test]
    fn what_is_full_again_is_forgotten() {
        let (buckets, start) = (Buckets::default(), Instant::now());
        for number in 0..2 * SWEEP_AT {
            let now = start + Duration::from_secs(number as u64);
            buckets.take(payer(&number.to_string(), RATE), now).unwrap();
        }
        assert!(buckets.0.lock().unwrap().full.len() <= SWEEP_AT);
    }
}
