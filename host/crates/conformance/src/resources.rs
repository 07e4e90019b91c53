//! What calls used, and the limits that follow from it.

use std::{collections::BTreeMap, time::Duration};

use palisade_core::{Capability, Limit, LimitValue, ResourceUsage};

use crate::report::{SuggestedLimit, Usage, whole_seconds};

const MIB: u64 = 1 << 20;

/// What the calls used that were served, by capability.
#[derive(Debug, Default)]
pub(crate) struct Ledger(BTreeMap<Capability, Vec<ResourceUsage>>);

impl Ledger {
    /// Notes a call.
    pub(crate) fn add(&mut self, capability: Capability, resources: ResourceUsage) {
        self.0.entry(capability).or_default().push(resources);
    }

    /// Median and worst of each capability.
    pub(crate) fn summary(&self) -> Vec<Usage> {
        let of = |(capability, calls): (&Capability, &Vec<ResourceUsage>)| Usage {
            capability: *capability,
            calls: u32::try_from(calls.len()).unwrap_or(u32::MAX),
            median: pick(calls, |length| length / 2),
            worst: pick(calls, |length| length.saturating_sub(1)),
        };
        self.0.iter().map(of).collect()
    }
}

/// Each figure at a place of its own order.
fn pick(calls: &[ResourceUsage], place: impl Fn(usize) -> usize) -> ResourceUsage {
    fn at<T: Ord + Default>(values: impl Iterator<Item = T>, place: impl Fn(usize) -> usize) -> T {
        let mut values: Vec<T> = values.collect();
        values.sort_unstable();
        let place = place(values.len());
        values.into_iter().nth(place).unwrap_or_default()
    }
    ResourceUsage {
        fuel: at(calls.iter().map(|call| call.fuel), &place),
        peak_memory_bytes: at(calls.iter().map(|call| call.peak_memory_bytes), &place),
        guest_time: at(calls.iter().map(|call| call.guest_time), &place),
        wall_time: at(calls.iter().map(|call| call.wall_time), &place),
        host_calls: at(calls.iter().map(|call| call.host_calls), &place),
        bytes_in: at(calls.iter().map(|call| call.bytes_in), &place),
        bytes_out: at(calls.iter().map(|call| call.bytes_out), &place),
    }
}

/// Limits with room above the worst of what was used: four times the fuel, twice the memory, ten times the time. What takes
/// the time of an upstream needs more.
pub(crate) fn suggested(usages: &[Usage]) -> Vec<SuggestedLimit> {
    let worst = |figure: fn(&ResourceUsage) -> u64| usages.iter().map(|usage| figure(&usage.worst)).max();
    let (Some(fuel), Some(memory)) =
        (worst(|used| used.fuel.unwrap_or_default()), worst(|used| used.peak_memory_bytes))
    else {
        return Vec::new();
    };
    let time = usages.iter().map(|usage| usage.worst.wall_time).max().unwrap_or_default();
    let cpu_time = usages.iter().map(|usage| usage.worst.guest_time).max().unwrap_or_default();
    let seconds = |time: Duration| LimitValue::Time(whole_seconds(time.saturating_mul(10)).max(Duration::from_secs(1)));
    let wanted = [
        (Limit::Fuel, LimitValue::Count(two_digits(fuel.saturating_mul(4)).max(10_000_000))),
        (
            Limit::Memory,
            LimitValue::Bytes(memory.saturating_mul(2).div_ceil(MIB).max(2).next_power_of_two().saturating_mul(MIB)),
        ),
        (Limit::Timeout, seconds(time)),
        (Limit::CpuTime, seconds(cpu_time)),
    ];
    let within = |(limit, value): (Limit, LimitValue)| {
        let (smallest, largest) = limit.range().into_inner();
        SuggestedLimit { limit, value: value.clamp(smallest, largest) }
    };
    wanted.into_iter().map(within).collect()
}

/// A count, rounded up to two digits that are not 0.
fn two_digits(count: u64) -> u64 {
    let mut unit = 1_u64;
    while count / unit >= 100 {
        unit = unit.saturating_mul(10);
    }
    count.div_ceil(unit).saturating_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_leave_room_above_the_worst() {
        let mut ledger = Ledger::default();
        for (fuel, mebibytes) in [(30_000_000, 3), (10_000_000, 1), (20_000_000, 2)] {
            let used =
                ResourceUsage { fuel: Some(fuel), peak_memory_bytes: mebibytes * MIB, ..ResourceUsage::default() };
            ledger.add(Capability::Chat, used);
        }
        let summary = ledger.summary();
        assert_eq!((summary[0].median.fuel, summary[0].worst.fuel), (Some(20_000_000), Some(30_000_000)));
        let texts: Vec<_> =
            suggested(&summary).iter().map(|own| format!("{}={}", own.limit.key(), own.value)).collect();
        assert_eq!(texts, ["fuel=120M", "memory=8MiB", "timeout=1s", "cpu-time=1s"]);
        assert_eq!(suggested(&[]), []);
        assert_eq!([two_digits(99), two_digits(101), two_digits(123_456)], [99, 110, 130_000]);
    }
}
