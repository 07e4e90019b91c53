//! Limits on their way to a worker.

use std::time::Duration;

use palisade_core::{Limit, LimitValue, Limits};
use serde::{Deserialize, Serialize};

/// Every limit, in the order of [`Limit::ALL`]: both ends are of the same version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Figures(Vec<Figure>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Figure {
    Number(u64),
    Time(Duration),
}

impl From<&Limits> for Figures {
    fn from(limits: &Limits) -> Self {
        let figure = |limit: &Limit| match limits.get(*limit) {
            LimitValue::Bytes(number) | LimitValue::Count(number) => Figure::Number(number),
            LimitValue::Time(time) => Figure::Time(time),
        };
        Self(Limit::ALL.iter().map(figure).collect())
    }
}

impl From<&Figures> for Limits {
    /// What makes no sense is cut to what does: an application may set a limit to anything.
    fn from(figures: &Figures) -> Self {
        let mut limits = Self::default();
        for (limit, figure) in Limit::ALL.iter().zip(&figures.0) {
            let (smallest, largest) = limit.range().into_inner();
            let value = match (smallest, *figure) {
                (LimitValue::Bytes(_), Figure::Number(number)) => LimitValue::Bytes(number),
                (LimitValue::Count(_), Figure::Number(number)) => LimitValue::Count(number),
                (LimitValue::Time(_), Figure::Time(time)) => LimitValue::Time(time),
                _ => continue,
            };
            // It is within the range now.
            let _set = limits.set(*limit, value.clamp(smallest, largest));
        }
        limits
    }
}

#[cfg(test)]
mod tests {
    use palisade_core::Preset;

    use super::*;

    #[test]
    fn limits_arrive_as_they_were() {
        for preset in Preset::ALL {
            let limits = Limits::preset(preset);
            assert_eq!(Limits::from(&Figures::from(&limits)), limits);
        }
    }

    #[test]
    fn what_no_clock_reaches_is_cut() {
        let limits = Limits { timeout: Duration::MAX, fuel: u64::MAX, ..Limits::default() };
        let arrived = Limits::from(&Figures::from(&limits));
        assert!(arrived.timeout >= Duration::from_hours(24) && arrived.fuel > limits.fuel / 1_000_000);
    }
}
