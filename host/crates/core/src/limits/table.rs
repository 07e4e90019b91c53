//! Every limit: what it bounds, its key in the configuration, its presets, and what makes sense for it.
//!
//! A new limit is a line here, and two in `docs/limits.md`; the rest follows.

use std::{fmt, ops::RangeInclusive, time::Duration};

use serde::{Serialize, Serializer};

use super::{preset::Preset, value::LimitValue};
use crate::ErrorKind::{
    self, CompileLimit, CpuLimit, Deadline, FuelExhausted, HostCallLimit, MemoryLimit, ProviderBusy, ResourceLimit,
    ResultTooLarge, Stalled, TooLarge,
};

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
const MILLION: u64 = 1_000_000;
const BILLION: u64 = 1_000_000_000;

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const fn minutes(minutes: u64) -> Duration {
    Duration::from_mins(minutes)
}

const fn hours(hours: u64) -> Duration {
    Duration::from_hours(hours)
}

macro_rules! limits {
    ($(
        $(#[$group_doc:meta])*
        $group:ident = $title:literal {$(
            $(#[$doc:meta])*
            $field:ident: $type:ty = $variant:ident $key:literal $kind:ident
                [$tight:expr, $default:expr, $large:expr] $range:expr, $error:expr;
        )+}
    )+) => {
        /// The limits of a sandboxed provider.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Limits {$($(
            $(#[$doc])*
            #[doc = ""]
            #[doc = concat!("`limits.", $key, "` of a configuration: `", stringify!($tight), "` in `tight`, `",
                stringify!($default), "` by default, `", stringify!($large), "` in `large`.")]
            pub $field: $type,
        )+)+}

        /// One of the [`Limits`], to look up what there is to know of it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Limit {$($(
            #[doc = concat!("[`Limits::", stringify!($field), "`]")]
            $variant,
        )+)+}

        /// What limits bound together.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum LimitGroup {$(
            $(#[$group_doc])*
            $group,
        )+}

        impl LimitGroup {
            /// All groups, in the order in which they are shown.
            pub const ALL: &[Self] = &[$(Self::$group,)+];

            /// What it is called where limits are shown.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$group => $title,)+ }
            }
        }

        impl Limit {
            /// All limits, in the order of their groups.
            pub const ALL: &[Self] = &[$($(Self::$variant,)+)+];

            /// What it is called in a configuration.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self { $($(Self::$variant => $key,)+)+ }
            }

            /// What it is called in Rust and in JSON.
            #[must_use]
            pub const fn field(self) -> &'static str {
                match self { $($(Self::$variant => stringify!($field),)+)+ }
            }

            /// What it bounds.
            #[must_use]
            pub const fn group(self) -> LimitGroup {
                match self { $($(Self::$variant => LimitGroup::$group,)+)+ }
            }

            /// How what runs into it ends; none where the rest is dropped and counted.
            #[must_use]
            pub const fn error(self) -> Option<ErrorKind> {
                match self { $($(Self::$variant => $error,)+)+ }
            }

            /// The smallest and the largest value that make sense. Beyond the largest there is nothing that the engine
            /// or a machine could give, or no limit left.
            #[must_use]
            pub fn range(self) -> RangeInclusive<LimitValue> {
                match self {$($(
                    Self::$variant => {
                        let range: RangeInclusive<$type> = $range;
                        let (smallest, largest) = range.into_inner();
                        LimitValue::$kind(smallest.into())..=LimitValue::$kind(largest.into())
                    }
                )+)+}
            }
        }

        impl Limits {
            /// The limits of a preset.
            #[must_use]
            pub const fn preset(preset: Preset) -> Self {
                match preset {
                    Preset::Tight => Self { $($($field: $tight,)+)+ },
                    Preset::Default => Self { $($($field: $default,)+)+ },
                    Preset::Large => Self { $($($field: $large,)+)+ },
                }
            }

            /// The value of one of them.
            #[must_use]
            pub fn get(&self, limit: Limit) -> LimitValue {
                match limit { $($(Limit::$variant => LimitValue::$kind(self.$field.into()),)+)+ }
            }

            /// Changes one of them.
            ///
            /// # Errors
            ///
            /// [`InvalidLimit`] when the value is of another kind, or outside of [`Limit::range`]. A field can be set to
            /// anything.
            pub fn set(&mut self, limit: Limit, value: LimitValue) -> Result<(), InvalidLimit> {
                let invalid = InvalidLimit { limit, value };
                if !limit.range().contains(&value) {
                    return Err(invalid);
                }
                match (limit, value) {
                    $($((Limit::$variant, LimitValue::$kind(value)) => {
                        self.$field = value.try_into().map_err(|_| invalid)?;
                    })+)+
                    _ => return Err(invalid),
                }
                Ok(())
            }

            /// Takes one of them over from others.
            pub(crate) fn copy(&mut self, limit: Limit, from: &Self) {
                match limit { $($(Limit::$variant => self.$field = from.$field,)+)+ }
            }
        }
    };
}

limits! {
    /// Before it runs.
    Loading = "loading" {
        /// Largest component, in bytes; checked before it is read in.
        component_bytes: u64 = Component "component" Bytes
            [8 * MIB, 64 * MIB, 256 * MIB] KIB..=GIB, Some(TooLarge);
        /// Bytes that the process may map which compiles the component.
        compile_memory_bytes: u64 = CompileMemory "compile-memory" Bytes
            [512 * MIB, GIB, 4 * GIB] 64 * MIB..=64 * GIB, Some(CompileLimit);
        /// Processor time for compiling it; the system counts it in whole seconds.
        compile_cpu_time: Duration = CompileCpuTime "compile-cpu-time" Time
            [seconds(5), seconds(60), minutes(5)] seconds(1)..=hours(1), Some(CompileLimit);
        /// Wall time for compiling it.
        compile_timeout: Duration = CompileTimeout "compile-timeout" Time
            [seconds(10), seconds(120), minutes(10)] ms(100)..=hours(1), Some(CompileLimit);
    }

    /// What a call computes, and asks of the host.
    Computing = "computing" {
        /// Fuel: about one unit for each instruction, and for each byte that a bulk operation moves.
        fuel: u64 = Fuel "fuel" Count
            [BILLION, 20 * BILLION, 500 * BILLION] 10_000..=100_000 * BILLION, Some(FuelExhausted);
        /// Fuel that each call of a host function costs, beside what the guest spends on it.
        host_call_fuel: u64 = HostCallFuel "host-call-fuel" Count
            [1000, 1000, 1000] 1..=MILLION, Some(FuelExhausted);
        /// Calls of host functions.
        host_calls: u64 = HostCalls "host-calls" Count
            [10_000, MILLION, 100 * MILLION] 1..=1000 * BILLION, Some(HostCallLimit);
        /// Random bytes that the guest may ask for.
        random_bytes: u64 = Random "random" Bytes
            [64 * KIB, MIB, 64 * MIB] 64..=GIB, Some(ResourceLimit);
    }

    /// What a call keeps.
    Memory = "memory" {
        /// Bytes of all linear memories and tables of a call together, and of what the host keeps for it: blobs, a
        /// response that is put together from its pieces (twice its length), JSON that is read (80 times its length).
        /// One memory has at most 4 GiB: all that 32 bits reach.
        memory_bytes: u64 = Memory "memory" Bytes
            [32 * MIB, 256 * MIB, 2 * GIB] 64 * KIB..=64 * GIB, Some(MemoryLimit);
        /// Elements in one table. The pool of the engine has room for 100 000 in each.
        table_elements: u64 = TableElements "table-elements" Count
            [20_000, 100_000, 100_000] 1..=100_000, Some(ResourceLimit);
        /// Core instances. The pool of the engine has 2048 for all calls together.
        instances: u32 = Instances "instances" Count
            [16, 64, 256] 1..=2048, Some(ResourceLimit);
        /// Linear memories. The pool of the engine has 512 for all calls together; a module may define one.
        memories: u32 = Memories "memories" Count
            [4, 16, 64] 1..=512, Some(ResourceLimit);
        /// Tables. The pool of the engine has 2048 for all calls together; a module may define eight.
        tables: u32 = Tables "tables" Count
            [16, 64, 256] 1..=2048, Some(ResourceLimit);
        /// Handles to host resources at one time.
        handles: u32 = Handles "handles" Count
            [256, 4096, 65_536] 1..=1_000_000, Some(ResourceLimit);
    }

    /// How long a call takes.
    Time = "time" {
        /// Wall time of a call, from making the sandbox to taking it down. A guest that computes is looked at every
        /// 10 ms, so that its end may come that late.
        timeout: Duration = Timeout "timeout" Time
            [seconds(5), seconds(30), minutes(10)] ms(1)..=hours(24), Some(Deadline);
        /// Time that the guest and the host functions that it calls may compute: what a call takes without what it
        /// waits.
        cpu_time: Duration = CpuTime "cpu-time" Time
            [seconds(2), seconds(20), minutes(5)] ms(1)..=hours(24), Some(CpuLimit);
        /// Wall time until the first piece of a streamed response.
        first_event_timeout: Duration = FirstEventTimeout "first-event-timeout" Time
            [seconds(3), seconds(20), minutes(2)] ms(1)..=hours(24), Some(Stalled);
        /// Wall time from when a piece of a streamed response is asked for to when it comes.
        event_gap_timeout: Duration = EventGapTimeout "event-gap-timeout" Time
            [seconds(2), seconds(10), minutes(1)] ms(1)..=hours(24), Some(Stalled);
    }

    /// What a call hands over.
    Output = "output" {
        /// Bytes that the guest may hand to the host at one time: its result, or the arguments of one host call.
        result_bytes: u64 = Result "result" Bytes
            [4 * MIB, 32 * MIB, 256 * MIB] KIB..=4 * GIB, Some(ResultTooLarge);
        /// Lines that are kept of the guest's log, stdout and stderr together. More are dropped and counted.
        log_lines: u32 = LogLines "log-lines" Count
            [200, 1000, 10_000] 1..=1_000_000, None;
        /// Bytes that are kept of the guest's log, stdout and stderr together. More are dropped and counted.
        log_bytes: u64 = Log "log" Bytes
            [32 * KIB, 256 * KIB, 4 * MIB] KIB..=GIB, None;
    }

    /// The calls of a provider together.
    Calls = "calls together" {
        /// Calls of this provider that run at one time. The pool of the engine has room for 256 of all providers, and one
        /// gets half of that at the most.
        concurrency: u32 = Concurrency "concurrency" Count
            [8, 64, 256] 1..=256, Some(ProviderBusy);
        /// Calls of this provider that wait for others of it to end.
        queue: u32 = Queue "queue" Count
            [32, 256, 1024] 1..=100_000, Some(ProviderBusy);
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::preset(Preset::Default)
    }
}

impl Serialize for Limits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(Limit::ALL.iter().map(|limit| (limit.field(), self.get(*limit))))
    }
}

/// A value that makes no sense for a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidLimit {
    limit: Limit,
    value: LimitValue,
}

impl fmt::Display for InvalidLimit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (smallest, largest) = self.limit.range().into_inner();
        write!(formatter, "`{}` of {} is not between {smallest} and {largest}", self.limit.key(), self.value)
    }
}

impl std::error::Error for InvalidLimit {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_preset_makes_sense_and_none_is_smaller_than_the_one_before() {
        for limit in Limit::ALL {
            let values = Preset::ALL.map(|preset| Limits::preset(preset).get(*limit));
            assert!(values.is_sorted(), "{limit:?}: {values:?}");
            let mut limits = Limits::default();
            for value in values {
                limits.set(*limit, value).unwrap();
                assert_eq!(limits.get(*limit), value);
            }
        }
    }

    #[test]
    fn keys_are_unique_and_groups_are_whole() {
        let keys: BTreeSet<_> = Limit::ALL.iter().map(|limit| limit.key()).collect();
        assert_eq!(keys.len(), Limit::ALL.len());
        assert!(Limit::ALL.is_sorted_by_key(|limit| limit.group()));
        let groups: BTreeSet<_> = Limit::ALL.iter().map(|limit| limit.group()).collect();
        assert!(groups.iter().eq(LimitGroup::ALL));
    }

    #[test]
    fn the_ends_of_a_range_are_taken_and_what_is_beyond_is_not() {
        for limit in Limit::ALL {
            let mut limits = Limits::default();
            let (smallest, largest) = limit.range().into_inner();
            limits.set(*limit, smallest).unwrap();
            limits.set(*limit, largest).unwrap();
            assert_eq!(limits.get(*limit), largest);
            let beyond = match largest {
                LimitValue::Bytes(bytes) => {
                    [LimitValue::Bytes(0), LimitValue::Bytes(bytes + 1), LimitValue::Count(bytes)]
                }
                LimitValue::Count(count) => {
                    [LimitValue::Count(0), LimitValue::Count(count + 1), LimitValue::Bytes(count)]
                }
                LimitValue::Time(time) => [
                    LimitValue::Time(Duration::ZERO),
                    LimitValue::Time(time + Duration::from_nanos(1)),
                    LimitValue::Count(time.as_secs()),
                ],
            };
            for value in beyond {
                assert_eq!(limits.set(*limit, value), Err(InvalidLimit { limit: *limit, value }));
                assert_eq!(limits.get(*limit), largest);
            }
        }
        let error = Limits::default().set(Limit::Memory, LimitValue::Bytes(1)).unwrap_err();
        assert_eq!(error.to_string(), "`memory` of 1B is not between 64KiB and 64GiB");
    }

    #[test]
    fn remedies_name_limits_that_exist() {
        for kind in ErrorKind::ALL {
            let named = kind.remedy().split("`limits.").skip(1).filter_map(|rest| rest.split('`').next());
            for key in named {
                let limit = Limit::ALL.iter().find(|limit| limit.key() == key);
                assert_eq!(limit.and_then(|limit| limit.error()), Some(*kind), "{key}");
            }
        }
    }

    #[test]
    fn the_documentation_has_every_limit_with_its_values_and_explains_it() {
        let page = include_str!("../../../../../docs/limits.md");
        let mut rows = page.lines().filter(|line| line.starts_with("| `"));
        for limit in Limit::ALL {
            let [tight, default, large] = Preset::ALL.map(|preset| Limits::preset(preset).get(*limit));
            let (smallest, largest) = limit.range().into_inner();
            let end = limit.error().map_or("dropped and counted".to_owned(), |kind| format!("`{}`", kind.code()));
            let values = format!("`{tight}` | `{default}` | `{large}` | `{smallest}` to `{largest}`");
            assert_eq!(rows.next(), Some(&*format!("| `{}` | {values} | {end} |", limit.key())));
        }
        let explained: Vec<_> = rows.filter_map(|row| row.split('`').nth(1)).collect();
        assert_eq!(explained, Limit::ALL.iter().map(|limit| limit.key()).collect::<Vec<_>>());
        for group in LimitGroup::ALL {
            assert!(page.to_lowercase().contains(&format!("\n## {}\n", group.title())), "{group:?}");
        }
        assert!(page.contains(&format!("a guest is {}.", LimitValue::Bytes(crate::GUEST_STACK_BYTES as u64))));
    }

    #[test]
    fn as_json_limits_are_numbers() {
        let json = serde_json::to_value(Limits::default()).unwrap();
        assert_eq!(json.as_object().unwrap().len(), Limit::ALL.len());
        assert_eq!((&json["memory_bytes"], &json["timeout"]), (&(256 << 20).into(), &30.0.into()));
        assert_eq!(json["concurrency"], 64);
    }
}
