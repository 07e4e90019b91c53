//! Counts what an endpoint may be used for in a time, so that nobody asks it for more.
//!
//! A call counts with what it is expected to use as soon as it begins, and with what it has used once that is known; of a provider that
//! is not believed, with no less than the request asks for. The window slides by tenths of its length, and forgets a use never too early
//! and at most a tenth too late.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use palisade_core::{Unit, Usage, Workload, catalogue::Quota};
use smallvec::SmallVec;

/// Parts of a window.
const PARTS: u64 = 10;
/// Parts that are remembered: those of a window, and the one that has begun.
const SLOTS: usize = PARTS as usize + 1;

/// What an endpoint was used for, for each of its quotas.
#[derive(Debug, Default)]
pub(crate) struct Quotas(Box<[Counter]>);

/// What a call was counted with.
#[derive(Debug)]
pub(crate) struct Counted {
    at: Instant,
    /// For each quota.
    expected: Box<[Expected]>,
}

/// How much of a unit a call is expected to use.
#[derive(Debug, Clone, Copy)]
struct Expected {
    quantity: f64,
    /// What it uses at the least.
    low: f64,
}

/// A quota that is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spent {
    /// Its place among those of the endpoint.
    pub(crate) place: u8,
    /// When some of it is free again.
    pub(crate) retry_in: Duration,
}

struct Counter {
    unit: Unit,
    amount: f64,
    /// The length of a part of the window.
    part: Duration,
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    /// When the first part has begun.
    origin: Option<Instant>,
    /// Each part at its number modulo their count.
    slots: [Slot; SLOTS],
}

/// What was used in a part of the window.
#[derive(Debug, Default, Clone, Copy)]
struct Slot {
    /// Which part it is, counted from the first.
    number: u64,
    used: f64,
}

impl Quotas {
    pub(crate) fn new(quotas: &[Quota]) -> Self {
        let counter = |quota: &Quota| Counter {
            unit: quota.unit.clone(),
            amount: quota.amount as f64,
            part: (Duration::from_millis(quota.per_ms) / PARTS as u32).max(Duration::from_millis(1)),
            used: Mutex::default(),
        };
        Self(quotas.iter().map(counter).collect())
    }

    /// The quota that is used up for the longest time; none when there is something left of all.
    pub(crate) fn spent(&self, now: Instant) -> Option<Spent> {
        let spent = |(counter, place): (&Counter, u8)| {
            let retry_in = counter.lock().spent(counter, now)?;
            Some(Spent { place, retry_in })
        };
        self.0.iter().zip(0..=u8::MAX).filter_map(spent).max_by_key(|spent| spent.retry_in)
    }

    /// A call begins that is expected to use so much.
    pub(crate) fn begin(&self, workload: &Workload, now: Instant) -> Option<Counted> {
        let count = |counter: &Counter| {
            let expected = match (&counter.unit, workload.quantity(&counter.unit)) {
                (Unit::Request, _) => Expected { quantity: 1.0, low: 1.0 },
                (_, Some(quantity)) => Expected { quantity: quantity.expected, low: quantity.low },
                (_, None) => Expected { quantity: 0.0, low: 0.0 },
            };
            counter.lock().add(counter, expected.quantity, now);
            expected
        };
        let expected: Box<_> = self.0.iter().map(count).collect();
        (!expected.is_empty()).then_some(Counted { at: now, expected })
    }

    /// A call has used so much, as its provider says. Who is not believed does not say that it used less than the request asks for.
    pub(crate) fn settle(&self, counted: &Counted, usage: &Usage, is_believed: bool) {
        for (counter, Expected { quantity, low }) in self.0.iter().zip(&counted.expected) {
            let used = usage.items.iter().find(|item| item.unit == counter.unit && counter.unit != Unit::Request);
            // What is no number says nothing, and less than nothing is not used.
            if let Some(item) = used.filter(|item| !item.quantity.is_nan()) {
                let least = if is_believed { 0.0 } else { *low };
                counter.lock().add(counter, item.quantity.max(least) - quantity, counted.at);
            }
        }
    }
}

impl Counter {
    /// The number of the part in which this is.
    fn number(&self, origin: Instant, at: Instant) -> u64 {
        let parts = at.saturating_duration_since(origin).as_nanos() / self.part.as_nanos().max(1);
        u64::try_from(parts).unwrap_or(u64::MAX)
    }

    fn lock(&self) -> MutexGuard<'_, Used> {
        // It is never left half-done.
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Counter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Counter")
            .field("unit", &self.unit)
            .field("amount", &self.amount)
            .finish_non_exhaustive()
    }
}

impl Used {
    fn add(&mut self, counter: &Counter, quantity: f64, at: Instant) {
        let origin = *self.origin.get_or_insert(at);
        let number = counter.number(origin, at);
        let Some(slot) = self.slots.get_mut((number % SLOTS as u64) as usize) else { return };
        if slot.number < number {
            *slot = Slot { number, used: 0.0 };
        }
        // What is so long ago that its slot has another part counts no more.
        if slot.number == number {
            slot.used = (slot.used + quantity).max(0.0);
        }
    }

    /// For how long nothing is left; none when something is.
    fn spent(&self, counter: &Counter, now: Instant) -> Option<Duration> {
        let origin = self.origin.unwrap_or(now);
        let number = counter.number(origin, now);
        let mut counting: SmallVec<[Slot; SLOTS]> =
            self.slots.iter().filter(|slot| slot.number.saturating_add(PARTS) >= number).copied().collect();
        let mut used: f64 = counting.iter().map(|slot| slot.used).sum();
        if used < counter.amount {
            return None;
        }
        counting.sort_unstable_by_key(|slot| slot.number);
        let frees = |slot: &&Slot| {
            used -= slot.used;
            used < counter.amount
        };
        // Of what nothing frees, some other time may tell.
        let part = counting.iter().find(frees).map_or(number, |slot| slot.number) + SLOTS as u64;
        let free_at = counter.part.saturating_mul(u32::try_from(part).unwrap_or(u32::MAX));
        Some(free_at.saturating_sub(now.saturating_duration_since(origin)).max(Duration::from_millis(1)))
    }
}

#[cfg(test)]
mod tests {
    use palisade_core::{Quantity, UsageItem};
    use proptest::prelude::*;

    use super::*;

    fn quotas(unit: Unit, seconds: u64, amount: u64) -> Quotas {
        Quotas::new(&[Quota { unit, per_ms: seconds * 1000, amount }])
    }

    fn tokens(quantity: f64) -> Workload {
        Workload { items: vec![Quantity::exactly(Unit::InputToken, quantity)] }
    }

    #[test]
    fn a_window_slides() {
        let (quotas, start) = (quotas(Unit::Request, 60, 2), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(quotas.spent(at(0)), None);
        quotas.begin(&Workload::default(), at(0));
        quotas.begin(&Workload::default(), at(30));
        let retry_in = |seconds| quotas.spent(at(seconds)).map(|spent| spent.retry_in.as_secs());
        assert_eq!([30, 65, 66].map(retry_in), [Some(36), Some(1), None]);
        quotas.begin(&Workload::default(), at(66));
        assert_eq!([66, 95, 96].map(retry_in), [Some(30), Some(1), None]);
        assert_eq!(retry_in(100_000), None);
    }

    #[test]
    fn what_was_used_takes_the_place_of_what_was_expected() {
        let (quotas, now) = (quotas(Unit::InputToken, 1, 100), Instant::now());
        let counted = quotas.begin(&tokens(100.0), now).unwrap();
        assert!(quotas.spent(now).is_some());
        let used =
            |quantity| Usage { items: vec![UsageItem { unit: Unit::InputToken, quantity }], reported_cost: None };
        quotas.settle(&counted, &used(99.0), true);
        assert_eq!(quotas.spent(now), None);
        let later = now + Duration::from_secs(10);
        quotas.begin(&tokens(99.0), later);
        quotas.settle(&counted, &used(0.0), true);
        assert_eq!(quotas.spent(later), None);
        quotas.begin(&tokens(1.0), later);
        assert!(quotas.spent(later).is_some(), "what ended long ago takes nothing off");
    }

    #[test]
    fn who_is_not_believed_says_nothing_that_frees_any() {
        let workload = Workload { items: vec![Quantity::between(Unit::Image, 2.0, 4.0, 4.0)] };
        let left = |quantity, is_believed| {
            let (quotas, now) = (quotas(Unit::Image, 1, 100), Instant::now());
            let counted = quotas.begin(&workload, now).unwrap();
            let items = vec![UsageItem { unit: Unit::Image, quantity }];
            quotas.settle(&counted, &Usage { items, reported_cost: None }, is_believed);
            let fill = |more: &u64| {
                quotas.begin(&Workload { items: vec![Quantity::exactly(Unit::Image, 1.0)] }, now);
                *more < 200 && quotas.spent(now).is_none()
            };
            100 - (1..).take_while(fill).count() - 1
        };
        for (reported, believed, doubted) in [(3.0, 3, 3), (1.0, 1, 2), (0.0, 0, 2), (9.0, 9, 9)] {
            assert_eq!((left(reported, true), left(reported, false)), (believed, doubted), "{reported}");
        }
        assert_eq!([f64::NAN, -50.0].map(|nonsense| left(nonsense, true)), [4, 0], "it takes nothing off others");
    }

    #[test]
    fn of_several_the_longest_wait_counts_and_nothing_at_all_is_never_free() {
        let quota = |unit, seconds: u64, amount| Quota { unit, per_ms: seconds * 1000, amount };
        let quotas = Quotas::new(&[quota(Unit::Request, 1, 1), quota(Unit::Request, 10, 1), quota(Unit::Image, 1, 5)]);
        let now = Instant::now();
        quotas.begin(&Workload::default(), now);
        assert_eq!(quotas.spent(now), Some(Spent { place: 1, retry_in: Duration::from_secs(11) }));
        assert!(Quotas::new(&[quota(Unit::Request, 1, 0)]).spent(now).is_some());
    }

    proptest! {
        #[test]
        fn no_window_has_more_than_the_quota(gaps in prop::collection::vec(0_u64..3000, 1..80), amount in 1_u64..5) {
            let (quotas, mut now) = (quotas(Unit::Request, 7, amount), Instant::now());
            let mut begun = Vec::new();
            for gap in gaps {
                now += Duration::from_millis(gap);
                match quotas.spent(now) {
                    None => {
                        quotas.begin(&Workload::default(), now);
                        begun.push(now);
                    }
                    Some(Spent { retry_in, .. }) => prop_assert_eq!(quotas.spent(now + retry_in), None),
                }
                let window = begun.iter().filter(|at| now.duration_since(**at) < Duration::from_secs(7)).count();
                prop_assert!(window as u64 <= amount, "{window}");
            }
        }
    }
}
