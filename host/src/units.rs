//! Values with units, as people write them in a configuration: `"64MiB"`, `"30s"`, `"5G"`, `"0.04"`.

use std::{fmt, time::Duration};

use serde::{Deserialize, Deserializer, de};

/// A number of bytes: `"64MiB"`, `"1GB"`, `"4096B"`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes(pub(crate) u64);

/// A time: `"30s"`, `"250ms"`, `"1m 30s"`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Time(pub(crate) Duration);

/// A count: `"500M"`, `"5G"`, `"20_000"`, `16`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Count(pub(crate) u64);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Written::deserialize(deserializer)?.with_unit("64MiB")?;
        let size: bytesize::ByteSize =
            text.parse().map_err(|_| de::Error::custom(format!("`{text}` is no size: write for example \"64MiB\"")))?;
        positive(size.as_u64()).map(Self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Written::deserialize(deserializer)?.with_unit("30s")?;
        let time = humantime::parse_duration(&text)
            .map_err(|_| de::Error::custom(format!("`{text}` is no time: write for example \"30s\"")))?;
        // A longer deadline would be no deadline, and overflows a clock.
        const MAX: Duration = Duration::from_secs(24 * 3600);
        if time.is_zero() || time > MAX {
            return Err(de::Error::custom(format!("`{text}` is not between 1 ns and 24 h")));
        }
        Ok(Self(time))
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match Written::deserialize(deserializer)? {
            Written::Text(text) => text,
            Written::Number(number) => {
                let number = number.try_into();
                return positive(number.map_err(|_| de::Error::custom("it is less than 0"))?).map(Self);
            }
        };
        let invalid = || de::Error::custom(format!("`{text}` is no count: write for example \"500M\" or \"5G\""));
        let digits = text.replace('_', "");
        let split = digits.find(|character: char| !character.is_ascii_digit()).unwrap_or(digits.len());
        let (number, suffix) = digits.split_at(split);
        let factor: u64 = match suffix {
            "" => 1,
            "k" | "K" => 1_000,
            "M" => 1_000_000,
            "G" => 1_000_000_000,
            _ => return Err(invalid()),
        };
        let number: u64 = number.parse().map_err(|_| invalid())?;
        positive(number.checked_mul(factor).ok_or_else(invalid)?).map(Self)
    }
}

fn positive<E: de::Error>(number: u64) -> Result<u64, E> {
    if number == 0 { Err(E::custom("it is 0, and nothing could run")) } else { Ok(number) }
}

/// What stands in the file.
enum Written {
    Text(String),
    Number(i64),
}

impl Written {
    /// The text of what has to have a unit.
    fn with_unit<E: de::Error>(self, example: &str) -> Result<String, E> {
        let without = |number: &str| E::custom(format!("`{number}` has no unit: write for example \"{example}\""));
        match self {
            Self::Number(number) => Err(without(&number.to_string())),
            Self::Text(text) if text.parse::<f64>().is_ok() => Err(without(&text)),
            Self::Text(text) => Ok(text),
        }
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Written;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a value such as \"64MiB\", \"30s\" or \"500M\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Written, E> {
                Ok(Written::Text(text.to_owned()))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Written, E> {
                Ok(Written::Number(number))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_core::LimitValue;
    use proptest::prelude::*;

    #[derive(Deserialize)]
    struct Line<T> {
        value: T,
    }

    fn parse<T: de::DeserializeOwned>(value: &str) -> Result<T, toml::de::Error> {
        toml::from_str(&format!("value = {value}")).map(|line: Line<T>| line.value)
    }

    /// What is refused, and what is said about it.
    fn check<T: de::DeserializeOwned>(cases: &[(&str, &str)]) {
        for (value, expected) in cases {
            let error = parse::<T>(value).err().unwrap_or_else(|| panic!("{value} was taken"));
            assert!(error.message().contains(expected), "{expected:?} is not in {:?}", error.message());
        }
    }

    #[test]
    fn sizes_have_a_unit() {
        for (text, bytes) in [("64MiB", 64 << 20), ("1.5 GiB", 3 << 29), ("2MB", 2_000_000), ("7B", 7)] {
            assert_eq!(parse::<Bytes>(&format!("{text:?}")).unwrap().0, bytes);
        }
        check::<Bytes>(&[
            ("64", "`64` has no unit: write for example \"64MiB\""),
            ("\"64\"", "`64` has no unit"),
            ("\"-1MiB\"", "is no size"),
            ("\"64 elephants\"", "is no size"),
            ("\"\"", "is no size"),
            ("\"0MiB\"", "it is 0"),
            ("true", "expected a value such as"),
        ]);
    }

    #[test]
    fn times_have_a_unit() {
        for (text, time) in [("30s", 30_000), ("1m 30s", 90_000), ("250ms", 250), ("24h", 86_400_000)] {
            assert_eq!(parse::<Time>(&format!("{text:?}")).unwrap().0, Duration::from_millis(time));
        }
        check::<Time>(&[
            ("30", "`30` has no unit: write for example \"30s\""),
            ("\"30\"", "`30` has no unit"),
            ("\"-1s\"", "is no time"),
            ("\"soon\"", "is no time"),
            ("\"0s\"", "not between"),
            ("\"25h\"", "not between"),
            ("1979-05-27", "expected a value such as"),
        ]);
    }

    #[test]
    fn counts_may_be_plain_numbers() {
        for (value, count) in [("16", 16), ("\"16\"", 16), ("\"500M\"", 500_000_000), ("\"20_000\"", 20_000)] {
            assert_eq!(parse::<Count>(value).unwrap().0, count);
        }
        check::<Count>(&[
            ("-5", "less than 0"),
            ("0", "it is 0"),
            ("\"-5\"", "is no count"),
            ("\"5T\"", "is no count"),
            ("\"20000000000G\"", "is no count"),
            ("1.5", "expected a value such as"),
        ]);
    }

    proptest! {
        #[test]
        fn a_printed_value_parses_back_to_itself(
            bytes in 1..=u64::MAX,
            count in 1..=u64::MAX,
            nanoseconds in 1..=86_400_000_000_000_u64,
            zeros in 0..12_u32,
        ) {
            // Most values that people choose are round.
            let round = |number: u64, base: u64| (number / base.pow(zeros) * base.pow(zeros)).max(1);
            for bytes in [bytes, round(bytes, 32)] {
                let printed = LimitValue::Bytes(bytes).to_string();
                prop_assert_eq!(parse::<Bytes>(&format!("{printed:?}")).unwrap().0, bytes);
            }
            for count in [count, round(count, 10)] {
                let printed = LimitValue::Count(count).to_string();
                prop_assert_eq!(parse::<Count>(&format!("{printed:?}")).unwrap().0, count);
            }
            for time in [nanoseconds, round(nanoseconds, 10)].map(Duration::from_nanos) {
                let printed = LimitValue::Time(time).to_string();
                prop_assert_eq!(parse::<Time>(&format!("{printed:?}")).unwrap().0, time);
            }
        }
    }
}
