//! Limits on their way to a worker.

use std::{collections::BTreeMap, time::Duration};

use palisade_core::{Error, ErrorKind, Limit, LimitValue, Limits, Result};
use serde::{Deserialize, Serialize};

/// Every limit by its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Figures(BTreeMap<String, Figure>);

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
        Self(Limit::ALL.iter().map(|limit| (limit.key().to_owned(), figure(limit))).collect())
    }
}

impl Figures {
    /// The limits. What makes no sense is cut to what does: an application may set a limit to anything.
    pub(super) fn limits(&self) -> Result<Limits> {
        let mut limits = Limits::default();
        for limit in Limit::ALL {
            let (smallest, largest) = limit.range().into_inner();
            let value = match (smallest, self.0.get(limit.key())) {
                (LimitValue::Bytes(_), Some(Figure::Number(number))) => LimitValue::Bytes(*number),
                (LimitValue::Count(_), Some(Figure::Number(number))) => LimitValue::Count(*number),
                (LimitValue::Time(_), Some(Figure::Time(time))) => LimitValue::Time(*time),
                _ => return Err(missing(*limit)),
            };
            limits.set(*limit, value.clamp(smallest, largest)).map_err(|_| missing(*limit))?;
        }
        Ok(limits)
    }
}

/// Both ends are of the same version.
fn missing(limit: Limit) -> Error {
    Error::new(ErrorKind::Internal, format!("the worker was not told `limits.{}`", limit.key()))
}

#[cfg(test)]
mod tests {
    use palisade_core::Preset;

    use super::*;

    #[test]
    fn limits_arrive_as_they_were() {
        for preset in Preset::ALL {
            let limits = Limits::preset(preset);
            assert_eq!(Figures::from(&limits).limits().unwrap(), limits);
        }
    }

    #[test]
    fn without_one_of_them_nothing_is_served() {
        for limit in Limit::ALL {
            let mut figures = Figures::from(&Limits::default());
            let figure = figures.0.get_mut(limit.key()).unwrap();
            *figure = match figure {
                Figure::Number(_) => Figure::Time(Duration::ZERO),
                Figure::Time(_) => Figure::Number(0),
            };
            assert!(figures.limits().is_err(), "{limit:?} of another kind");
            figures.0.remove(limit.key());
            assert!(figures.limits().unwrap_err().message().contains(limit.key()));
        }
    }

    #[test]
    fn what_no_clock_reaches_is_cut() {
        let limits = Limits { timeout: Duration::MAX, fuel: u64::MAX, ..Limits::default() };
        let arrived = Figures::from(&limits).limits().unwrap();
        assert!(arrived.timeout >= Duration::from_hours(24) && arrived.fuel > limits.fuel / 1_000_000);
    }
}
