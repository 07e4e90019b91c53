//! Money as whole pico-dollars, so that a price per token is exact and sums never drift.

use std::{fmt, iter::Sum, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An amount in 10⁻¹² US dollar. A `u64` holds 18 million dollars; sums saturate.
///
/// As text it is a decimal number of dollars: `"0.04"`, `"$0.000_000_02"` (underscores are ignored).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PicoUsd(pub u64);

/// Pico-dollars in a dollar.
const PER_USD: u64 = 1_000_000_000_000;
/// Digits behind the point that a pico-dollar has.
const DECIMALS: usize = 12;

impl PicoUsd {
    /// Nothing to pay.
    pub const ZERO: Self = Self(0);

    /// The amount in dollars, rounded to what an `f64` holds. For scores, never for sums.
    #[must_use]
    pub fn as_usd(self) -> f64 {
        self.0 as f64 / PER_USD as f64
    }

    /// What `quantity` units cost at this price for one, rounded up. A quantity that is not a positive number counts as
    /// none.
    #[must_use]
    pub fn times(self, quantity: f64) -> Self {
        // `as` saturates, and takes NaN and what is below zero to 0.
        Self((self.0 as f64 * quantity).ceil() as u64)
    }
}

impl Sum for PicoUsd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        Self(amounts.fold(0, |sum, amount| sum.saturating_add(amount.0)))
    }
}

/// A text that is no amount of dollars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidAmount(String);

impl fmt::Display for InvalidAmount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "`{}` is not an amount: write dollars such as `0.05`, up to 18000000 and with at most {DECIMALS} decimals",
            crate::text::escape(&self.0, 40)
        )
    }
}

impl std::error::Error for InvalidAmount {}

impl FromStr for PicoUsd {
    type Err = InvalidAmount;

    fn from_str(text: &str) -> Result<Self, InvalidAmount> {
        let invalid = || InvalidAmount(text.to_owned());
        let digits = text.trim().trim_start_matches('$').replace('_', "");
        let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || fraction.len() > DECIMALS || !all_digits(whole) || !all_digits(fraction) {
            return Err(invalid());
        }
        let whole: u64 = whole.parse().map_err(|_| invalid())?;
        let fraction: u64 = format!("{fraction:0<DECIMALS$}").parse().map_err(|_| invalid())?;
        whole.checked_mul(PER_USD).and_then(|pico| pico.checked_add(fraction)).map(Self).ok_or_else(invalid)
    }
}

impl fmt::Display for PicoUsd {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fraction = format!("{:0DECIMALS$}", self.0 % PER_USD);
        let fraction = fraction.trim_end_matches('0');
        let text = match fraction {
            "" => format!("${}", self.0 / PER_USD),
            fraction => format!("${}.{fraction}", self.0 / PER_USD),
        };
        formatter.pad(&text)
    }
}

impl Serialize for PicoUsd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.to_string().trim_start_matches('$'))
    }
}

impl<'de> Deserialize<'de> for PicoUsd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_exact_dollars() {
        let cases = [("0.05", 50_000_000_000), ("$1", PER_USD), ("0.000000000001", 1), ("0.000_02", 20_000_000)];
        for (text, pico) in cases {
            assert_eq!(text.parse(), Ok(PicoUsd(pico)), "{text}");
        }
        for bad in ["", ".5", "-1", "1e3", "0.0000000000001", "nan", "99999999999", "1,5", "1.2.3"] {
            assert!(bad.parse::<PicoUsd>().is_err(), "{bad:?} was taken");
        }
    }

    #[test]
    fn a_quantity_that_is_no_number_costs_nothing_and_a_huge_one_saturates() {
        assert_eq!(PicoUsd(10).times(f64::NAN), PicoUsd::ZERO);
        assert_eq!(PicoUsd(10).times(-1.0), PicoUsd::ZERO);
        assert_eq!(PicoUsd(10).times(0.25), PicoUsd(3));
        assert_eq!(PicoUsd(u64::MAX).times(f64::INFINITY), PicoUsd(u64::MAX));
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(pico in any::<u64>()) {
            prop_assert_eq!(PicoUsd(pico).to_string().parse(), Ok(PicoUsd(pico)));
        }
    }
}
