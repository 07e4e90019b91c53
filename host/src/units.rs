//! Values with units, as people write them in a configuration: `"64MiB"`, `"30s"`, `"5G"`, `"0.04"`.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

/// A number of bytes: `"64MiB"`, `"1GB"`, `"4096"`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes(pub(crate) u64);

/// A time: `"30s"`, `"250ms"`, `"1m 30s"`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Time(pub(crate) Duration);

/// A count: `"500M"`, `"5G"`, `"20_000"`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Count(pub(crate) u64);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let size: bytesize::ByteSize =
            text.parse().map_err(|_| de::Error::custom(format!("`{text}` is no size: write for example \"64MiB\"")))?;
        positive(size.as_u64()).map(Self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
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
        let text = String::deserialize(deserializer)?;
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
