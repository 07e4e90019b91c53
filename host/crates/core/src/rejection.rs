//! Why a provider was not chosen.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ErrorKind, ModelId, PicoUsd, ProviderId, quota::Quota};

/// Somebody who was considered and not chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rejection {
    /// The provider.
    pub provider: ProviderId,
    /// Its model; none when the provider as a whole is meant.
    pub model: Option<ModelId>,
    /// Why, all of it. Never empty.
    pub reasons: Vec<RejectReason>,
}

impl fmt::Display for Rejection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.provider)?;
        if let Some(model) = &self.model {
            write!(formatter, "/{model}")?;
        }
        for (index, reason) in self.reasons.iter().enumerate() {
            write!(formatter, "{}{reason}", if index == 0 { ": " } else { "; " })?;
        }
        Ok(())
    }
}

/// One reason why a provider was not chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "code")]
#[non_exhaustive]
pub enum RejectReason {
    /// It was refused when it was loaded.
    Refused {
        /// The kind of error.
        error: ErrorKind,
        /// Its message.
        message: String,
    },
    /// It is loaded, and is not to serve now.
    NotServing {
        /// What it is instead: `loading`, `stopped`, `disabled`, `draining` or `quarantined`.
        state: String,
        /// Why, where somebody said so.
        reason: Option<String>,
    },
    /// It does not serve the capability.
    OtherCapability,
    /// Another model, or another provider, was named.
    NotNamed,
    /// It is only chosen when it is named, or when one of its tags is required.
    ExplicitOnly,
    /// It is not live.
    NotLive {
        /// What it is instead, for example `staging`.
        status: String,
    },
    /// It lacks a feature.
    MissingFeature {
        /// The feature.
        feature: String,
    },
    /// It is not served where the caller wants it to be.
    Region {
        /// Where it is served; empty when nobody says.
        regions: Vec<String>,
    },
    /// The request asks for more, or less, than it takes.
    Limit {
        /// The name of the parameter.
        name: String,
        /// What is asked for.
        asked: String,
        /// What it takes.
        allowed: String,
    },
    /// It costs more than the caller pays.
    PriceOver {
        /// What this request would cost.
        price: PicoUsd,
        /// The most that the caller pays.
        max: PicoUsd,
    },
    /// A price is asked for and it has none. An unknown price is never free.
    PriceUnknown,
    /// A price is asked for, and what it claims is not believed: the operator says for whom it is, with `trust-prices`.
    PriceClaimed {
        /// What this request would cost by its claim.
        claimed: PicoUsd,
    },
    /// It is expected to take longer than the caller waits.
    Deadline {
        /// The seconds that it is expected to take.
        expected: f64,
        /// The most that the caller waits, in seconds.
        max: f64,
    },
    /// The caller wants another.
    ExcludedByCaller,
    /// It has as many calls as it takes, or has said how long to wait.
    Throttled {
        /// For how long, in milliseconds; none when it is until another call of it ends.
        retry_in_ms: Option<u64>,
    },
    /// What it may be used for in a time is used up.
    Quota {
        /// What it may be used for.
        quota: Quota,
        /// When some of it is free again, in milliseconds.
        retry_in_ms: u64,
    },
    /// Its credential was refused, or has no credit left.
    NoCredential {
        /// What it said.
        error: ErrorKind,
        /// When it is tried again, in milliseconds, unless somebody enables it before.
        retry_in_ms: u64,
    },
    /// It has said that it does not serve, for a reason that no waiting mends.
    Disabled {
        /// What it said.
        error: ErrorKind,
        /// When it is tried again, in milliseconds, unless somebody enables it before.
        retry_in_ms: u64,
    },
    /// It has failed too often, or has become slow, and is left alone for a while.
    BreakerOpen {
        /// For how long, in milliseconds.
        retry_in_ms: u64,
    },
    /// It has failed too often, and is tried by other calls.
    BreakerProbation,
    /// It has recovered a moment ago, and gets a part of its calls.
    BreakerRamp {
        /// The part, 0 to 1.
        share: f64,
    },
}

impl RejectReason {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "refused",
            Self::NotServing { .. } => "not-serving",
            Self::OtherCapability => "other-capability",
            Self::NotNamed => "not-named",
            Self::ExplicitOnly => "explicit-only",
            Self::NotLive { .. } => "not-live",
            Self::MissingFeature { .. } => "missing-feature",
            Self::Region { .. } => "region",
            Self::Limit { .. } => "limit",
            Self::PriceOver { .. } => "price-over",
            Self::PriceUnknown => "price-unknown",
            Self::PriceClaimed { .. } => "price-claimed",
            Self::Deadline { .. } => "deadline",
            Self::ExcludedByCaller => "excluded-by-caller",
            Self::Throttled { .. } => "throttled",
            Self::Quota { .. } => "quota",
            Self::NoCredential { .. } => "no-credential",
            Self::Disabled { .. } => "disabled",
            Self::BreakerOpen { .. } => "breaker-open",
            Self::BreakerProbation => "breaker-probation",
            Self::BreakerRamp { .. } => "breaker-ramp",
        }
    }
}

impl fmt::Display for RejectReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code();
        match self {
            Self::Refused { error, message } => write!(formatter, "{code}({}): {message}", error.code()),
            Self::NoCredential { error, .. } | Self::Disabled { error, .. } => {
                write!(formatter, "{code}({})", error.code())
            }
            Self::NotServing { state, reason: None } => write!(formatter, "{code}({state})"),
            Self::NotServing { state, reason: Some(reason) } => write!(formatter, "{code}({state}): {reason}"),
            Self::NotLive { status } => write!(formatter, "{code}({status})"),
            Self::MissingFeature { feature } => write!(formatter, "{code}({feature})"),
            Self::Limit { name, asked, allowed } => write!(formatter, "{code}({name} {asked}, takes {allowed})"),
            Self::Region { regions } if regions.is_empty() => write!(formatter, "{code}(unknown)"),
            Self::Region { regions } => write!(formatter, "{code}({})", regions.join(", ")),
            Self::PriceOver { price, max } => write!(formatter, "{code}({price} > {max})"),
            Self::PriceClaimed { claimed } => write!(formatter, "{code}({claimed})"),
            Self::Deadline { expected, max } => write!(formatter, "{code}({expected:.1} s > {max:.1} s)"),
            Self::Throttled { retry_in_ms: Some(wait) } => write!(formatter, "{code}(for {:.1} s)", *wait as f64 / 1e3),
            Self::Quota { quota, retry_in_ms } => {
                write!(formatter, "{code}({quota}, for {:.1} s)", *retry_in_ms as f64 / 1e3)
            }
            Self::BreakerOpen { retry_in_ms } => write!(formatter, "{code}(for {:.1} s)", *retry_in_ms as f64 / 1e3),
            Self::BreakerRamp { share } => write!(formatter, "{code}({:.0} %)", share * 100.0),
            Self::OtherCapability
            | Self::NotNamed
            | Self::ExplicitOnly
            | Self::PriceUnknown
            | Self::ExcludedByCaller
            | Self::Throttled { retry_in_ms: None }
            | Self::BreakerProbation => formatter.write_str(code),
        }
    }
}
