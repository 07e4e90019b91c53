//! The values of limits, and how they are written.

use std::{fmt, time::Duration};

use serde::{Serialize, Serializer};

/// The value of a limit.
///
/// As text it is what a configuration takes, and exact: the largest unit that leaves nothing over. As JSON it is a
/// number: of bytes, of things, of seconds. Values of different kinds are never equal, and none lies between two of
/// another kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LimitValue {
    /// A number of bytes: `64MiB`.
    Bytes(u64),
    /// A count: `500M`.
    Count(u64),
    /// A time: `30s`.
    Time(Duration),
}

const BYTES: &[(&str, u128)] = &[("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];
const COUNTS: &[(&str, u128)] = &[("G", 1_000_000_000), ("M", 1_000_000), ("k", 1_000), ("", 1)];
const NANOSECONDS: &[(&str, u128)] = &[
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

impl fmt::Display for LimitValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (amount, units) = match self {
            Self::Bytes(bytes) => (u128::from(*bytes), BYTES),
            Self::Count(count) => (u128::from(*count), COUNTS),
            Self::Time(time) => (time.as_nanos(), NANOSECONDS),
        };
        let fits = |(_, size): &&(&str, u128)| amount >= *size && amount.is_multiple_of(*size);
        let smallest = units.last().copied().unwrap_or(("", 1));
        let (unit, size) = units.iter().find(fits).copied().unwrap_or(smallest);
        formatter.pad(&format!("{}{unit}", amount / size))
    }
}

impl Serialize for LimitValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bytes(number) | Self::Count(number) => serializer.serialize_u64(*number),
            Self::Time(time) => serializer.serialize_f64(time.as_secs_f64()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_written_with_the_largest_unit_that_leaves_nothing_over() {
        let cases = [
            (LimitValue::Bytes(64 << 20), "64MiB"),
            (LimitValue::Bytes(1536 << 20), "1536MiB"),
            (LimitValue::Bytes((1 << 30) + 1), "1073741825B"),
            (LimitValue::Bytes(3 << 40), "3TiB"),
            (LimitValue::Bytes(0), "0B"),
            (LimitValue::Count(20_000_000_000), "20G"),
            (LimitValue::Count(1_500_000), "1500k"),
            (LimitValue::Count(4096), "4096"),
            (LimitValue::Time(Duration::from_secs(90)), "90s"),
            (LimitValue::Time(Duration::from_secs(120)), "2m"),
            (LimitValue::Time(Duration::from_micros(1500)), "1500us"),
            (LimitValue::Time(Duration::ZERO), "0ns"),
            (LimitValue::Time(Duration::MAX), "18446744073709551615999999999ns"),
        ];
        for (value, expected) in cases {
            assert_eq!(value.to_string(), expected);
        }
    }

    #[test]
    fn no_value_lies_between_two_of_another_kind() {
        let count = LimitValue::Count(5);
        assert!(!(LimitValue::Bytes(1)..=LimitValue::Bytes(10)).contains(&count));
        assert!(!(LimitValue::Time(Duration::ZERO)..=LimitValue::Time(Duration::MAX)).contains(&count));
        assert!((LimitValue::Count(1)..=LimitValue::Count(10)).contains(&count));
    }
}
