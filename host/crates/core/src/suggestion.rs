//! What to change in a request that nobody can serve, so that somebody can.

use std::fmt;

use serde::Serialize;

use crate::PicoUsd;

/// A change of the need that lets somebody serve it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suggestion {
    /// What to change: all of it. Two at the most, and one where one is enough.
    pub relaxations: Vec<Relaxation>,
    /// How many could serve the need then.
    pub candidates: usize,
    /// What the request costs with the cheapest of them; none when that is not known of any.
    pub cost: Option<PicoUsd>,
}

impl fmt::Display for Suggestion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, relaxation) in self.relaxations.iter().enumerate() {
            write!(formatter, "{}{relaxation}", if index == 0 { "" } else { " and " })?;
        }
        let plural = if self.candidates == 1 { "" } else { "s" };
        write!(formatter, ": {} candidate{plural}", self.candidates)?;
        match self.cost {
            Some(PicoUsd::ZERO) => formatter.write_str(", free of charge"),
            // It has been said.
            Some(cost) if !self.relaxations.contains(&Relaxation::RaisePrice { to: cost }) => {
                write!(formatter, " from {cost}")
            }
            _ => Ok(()),
        }
    }
}

/// A change of one criterion.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "change")]
#[non_exhaustive]
pub enum Relaxation {
    /// Do without a feature, a parameter or an option.
    Drop {
        /// Its name.
        name: String,
    },
    /// Give a parameter another value.
    Adjust {
        /// Its name.
        name: String,
        /// What it may be.
        allowed: String,
    },
    /// Be served in this region too.
    AllowRegion {
        /// The region.
        region: String,
    },
    /// Pay more.
    RaisePrice {
        /// How much.
        to: PicoUsd,
    },
    /// Ask for no price, which is not known.
    DropPrice,
    /// Wait for longer.
    AllowSeconds {
        /// How many seconds the request may take.
        to: f64,
    },
    /// Name no model or provider, or another one.
    DropModel,
    /// Name this model, which is chosen only when it is named.
    Name {
        /// Its provider and its name there.
        model: String,
    },
    /// Exclude fewer.
    Include {
        /// One that is excluded now.
        model: String,
    },
    /// Come again later.
    Wait {
        /// In how many milliseconds; 0 when it is as soon as another call ends.
        milliseconds: u64,
    },
}

impl fmt::Display for Relaxation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drop { name } => write!(formatter, "drop `{name}`"),
            Self::Adjust { name, allowed } => write!(formatter, "change `{name}` to {allowed}"),
            Self::AllowRegion { region } => write!(formatter, "allow the region {region}"),
            Self::RaisePrice { to } => write!(formatter, "raise the price to {to}"),
            Self::DropPrice => formatter.write_str("set no highest price"),
            Self::AllowSeconds { to } => write!(formatter, "allow {:.1} s", tenths_above(*to)),
            Self::DropModel => formatter.write_str("do not ask for this model"),
            Self::Name { model } => write!(formatter, "name `{model}`"),
            Self::Include { model } => write!(formatter, "do not exclude `{model}`"),
            Self::Wait { milliseconds: 0 } => formatter.write_str("wait for another call to end"),
            Self::Wait { milliseconds } => write!(formatter, "wait {} s", milliseconds.div_ceil(1000)),
        }
    }
}

/// Rounded up: what is told must do.
fn tenths_above(seconds: f64) -> f64 {
    (seconds * 10.0).ceil() / 10.0
}
