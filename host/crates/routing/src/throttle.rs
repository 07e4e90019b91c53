//! Keeps to what an endpoint says that it takes: how long to wait, and how many calls at one time.
//!
//! ```text
//! rate-limited ─► wait as long as it says; from then on at most 0.7 of the calls that were too many ─► one more each second
//!             └─► where it does not say: 1 s, 2 s, 4 s … 15 s, until it serves one
//! ```
//!
//! Being told to slow down is no failure. The cap follows the rule of congestion control on networks: additive increase,
//! multiplicative decrease (D.-M. Chiu and R. Jain, 1989).

use std::{
    sync::{PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};

use serde::Serialize;

use crate::{
    health::milliseconds,
    sync::{AtomicBool, Mutex, MutexGuard},
};

/// What is waited for when nothing is said. It doubles each time.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest of these.
const LONGEST_GUESS: Duration = Duration::from_secs(15);
/// The longest that an endpoint may have others wait.
const LONGEST_WAIT: Duration = Duration::from_secs(300);
/// What is left of the calls that were too many.
const DECREASE: f64 = 0.7;
/// How often one more is let through.
const INCREASE_EVERY: Duration = Duration::from_secs(1);
/// A cap that has grown to so many is none any more.
const NO_CAP: f64 = 64.0;

/// What an endpoint that limits its rate lets through at this moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Rate {
    /// Another call.
    #[default]
    Free,
    /// No other call while as many are under way.
    Full,
    /// None for a while: what it may be used for in a time is used up.
    Spent {
        /// Which of its [quotas](crate::Endpoint::quotas), from 0.
        quota: u8,
        /// For how long.
        #[serde(rename = "retry_in_ms", serialize_with = "milliseconds")]
        retry_in: Duration,
    },
    /// None for a while.
    Wait {
        /// For how long.
        #[serde(rename = "retry_in_ms", serialize_with = "milliseconds")]
        retry_in: Duration,
    },
}

/// What one endpoint said of its rate.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    /// On the heap, as in the breaker.
    said: Mutex<Box<Said>>,
    /// Whether it has said anything that still holds: most never do, and cost a choice no lock.
    holds: AtomicBool,
}

#[derive(Debug, Default)]
struct Said {
    wait_until: Option<Instant>,
    /// How long it was waited for the last time that it said nothing of that; none once it has served a call.
    guess: Option<Duration>,
    cap: Option<Cap>,
}

#[derive(Debug, Clone, Copy)]
struct Cap {
    most: f64,
    changed_at: Instant,
}

impl Throttle {
    /// Whether it lets everything through.
    #[inline]
    pub(crate) fn is_free(&self) -> bool {
        !self.holds.load(Ordering::Relaxed)
    }

    /// What it lets through, with so many calls under way.
    pub(crate) fn rate(&self, pending: u32, now: Instant) -> Rate {
        if !self.holds.load(Ordering::Relaxed) {
            return Rate::Free;
        }
        let said = self.lock();
        match (said.wait_until, said.cap) {
            (Some(until), _) if now < until => Rate::Wait { retry_in: until - now },
            (_, Some(cap)) if f64::from(pending) >= cap.most.floor() => Rate::Full,
            _ => Rate::Free,
        }
    }

    /// It refused a call because there were too many, of which so many were under way with it. Gives how long it is waited for.
    pub(crate) fn refused(&self, pending: u32, wait: Option<Duration>, now: Instant) -> Duration {
        let mut said = self.lock();
        let wait = wait.map_or_else(|| said.guess(now), |wait| wait.min(LONGEST_WAIT));
        said.wait(wait, now);
        self.lower(&mut said, pending, now);
        wait
    }

    /// It is overloaded, with so many calls under way. It is waited for only where it says how long: gives that.
    pub(crate) fn overloaded(&self, pending: u32, wish: Option<Duration>, now: Instant) -> Option<Duration> {
        let mut said = self.lock();
        let wait = wish.map(|wish| wish.min(LONGEST_WAIT));
        if let Some(wait) = wait {
            said.wait(wait, now);
        }
        self.lower(&mut said, pending, now);
        wait
    }

    fn lower(&self, said: &mut Said, pending: u32, now: Instant) {
        let known = said.cap.map_or(f64::INFINITY, |cap| cap.most);
        // Calls that were refused together were one too many.
        let together = said.cap.is_some_and(|cap| now.saturating_duration_since(cap.changed_at) < INCREASE_EVERY);
        let most = if together { known } else { known.min(f64::from(pending)) * DECREASE };
        said.cap = Some(Cap { most: most.max(1.0), changed_at: now });
        self.holds.store(true, Ordering::Relaxed);
    }

    /// It served a call.
    pub(crate) fn served(&self, now: Instant) {
        if !self.holds.load(Ordering::Relaxed) {
            return;
        }
        let mut said = self.lock();
        said.guess = None;
        if let Some(cap) = &mut said.cap
            && now.saturating_duration_since(cap.changed_at) >= INCREASE_EVERY
        {
            *cap = Cap { most: cap.most + 1.0, changed_at: now };
        }
        if said.cap.is_some_and(|cap| cap.most >= NO_CAP) {
            **said = Said::default();
            self.holds.store(false, Ordering::Relaxed);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Box<Said>> {
        // It is never left half-done.
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Said {
    fn wait(&mut self, wait: Duration, now: Instant) {
        let until = now + wait;
        // Who was told later may have been told less.
        self.wait_until = Some(self.wait_until.map_or(until, |known| known.max(until)));
    }

    /// How long to wait, where it does not say: twice as long as the last time, unless that is not over yet.
    fn guess(&mut self, now: Instant) -> Duration {
        let waits = self.wait_until.is_some_and(|until| now < until);
        let guess = match self.guess {
            None => FIRST_WAIT,
            Some(last) if waits => last,
            Some(last) => (last * 2).min(LONGEST_GUESS),
        };
        self.guess = Some(guess);
        guess
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn it_is_left_alone_for_as_long_as_it_says_and_never_for_less() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        assert_eq!(throttle.rate(1000, now), Rate::Free);
        throttle.refused(10, Some(SECOND * 20), now);
        throttle.refused(9, Some(SECOND * 5), now + SECOND);
        assert_eq!(throttle.rate(0, now + SECOND), Rate::Wait { retry_in: SECOND * 19 });
        assert_eq!(throttle.rate(0, now + SECOND * 20), Rate::Free);
        throttle.refused(1, Some(Duration::MAX), now);
        assert_eq!(throttle.rate(0, now), Rate::Wait { retry_in: LONGEST_WAIT });
    }

    #[test]
    fn it_is_left_alone_for_longer_each_time_until_it_serves_a_call() {
        let (throttle, mut now) = (Throttle::default(), Instant::now());
        let mut refuse = |times: usize| {
            let mut waits = Vec::new();
            for _ in 0..times {
                let wait = throttle.refused(1, None, now);
                // Another that was under way.
                assert_eq!(throttle.refused(1, None, now), wait);
                now += wait;
                waits.push(wait.as_secs());
            }
            waits
        };
        assert_eq!(refuse(6), [1, 2, 4, 8, 15, 15]);
        throttle.served(Instant::now());
        assert_eq!(refuse(2), [1, 2]);
    }

    #[test]
    fn one_that_is_overloaded_is_waited_for_only_if_it_says_so() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        assert_eq!(throttle.overloaded(10, None, now), None);
        assert_eq!((throttle.rate(6, now), throttle.rate(7, now)), (Rate::Free, Rate::Full));
        assert_eq!(throttle.overloaded(10, Some(SECOND), now), Some(SECOND));
        assert_eq!(throttle.rate(0, now), Rate::Wait { retry_in: SECOND });
    }

    #[test]
    fn fewer_calls_at_a_time_are_let_through_and_then_more_and_more() {
        let (throttle, mut now) = (Throttle::default(), Instant::now());
        // Ten at once, of which three were too many.
        for pending in [10, 9, 8] {
            throttle.refused(pending, None, now);
        }
        now += FIRST_WAIT;
        assert_eq!((throttle.rate(6, now), throttle.rate(7, now)), (Rate::Free, Rate::Full));
        for _ in 0..10 {
            throttle.served(now);
        }
        assert_eq!((throttle.rate(7, now), throttle.rate(8, now)), (Rate::Free, Rate::Full), "one more each second");
        let mut seconds = 0;
        while throttle.rate(1000, now) != Rate::Free {
            now += SECOND;
            seconds += 1;
            throttle.served(now);
        }
        assert!((50..60).contains(&seconds), "{seconds}");
    }

    proptest! {
        #[test]
        fn one_call_at_a_time_is_always_let_through_in_the_end(steps in proptest::collection::vec((0_u32..100, 0_u64..5000), 1..100)) {
            let (throttle, mut now) = (Throttle::default(), Instant::now());
            for (pending, millis) in steps {
                now += Duration::from_millis(millis);
                throttle.refused(pending, None, now);
            }
            prop_assert_eq!(throttle.rate(0, now + LONGEST_WAIT), Rate::Free);
        }
    }
}
