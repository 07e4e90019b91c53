//! What a configuration says of all its providers.

use palisade_core::EffectiveLimits;
use palisade_sandbox::Isolation;

use crate::{limits_table::LimitsTable, registration::Registration};

/// What holds for a provider unless something else is said of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Usual {
    pub(crate) isolation: Isolation,
    pub(crate) trusts_prices: Option<bool>,
    pub(crate) limits: LimitsTable,
}

impl Usual {
    /// The limits of a provider of which these are said.
    pub(crate) fn limits_of(&self, own: &LimitsTable) -> EffectiveLimits {
        own.effective(&self.limits)
    }

    /// The same registration, of which nothing else is said.
    pub(crate) fn registration(&self, registration: Registration) -> Registration {
        let registration = registration.limits(self.limits_of(&LimitsTable::default())).isolation(self.isolation);
        match self.trusts_prices {
            Some(is_trusted) => registration.trust_prices(is_trusted),
            None => registration,
        }
    }
}
