//! `quotas`: what a model may be used for in a time.

use palisade_core::{Unit, catalogue::Quota};
use serde::Deserialize;

use crate::units::{Count, Time};

/// One of `quotas` of a provider or a model.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct QuotaTable {
    unit: Unit,
    amount: Count,
    per: Time,
}

impl QuotaTable {
    pub(super) fn quota(self) -> Quota {
        let per_ms = u64::try_from(self.per.0.as_millis()).unwrap_or(u64::MAX).max(1);
        Quota { unit: self.unit, amount: self.amount.0, per_ms }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::Config;

    fn parse(quotas: &str) -> palisade_core::Result<Option<Vec<Quota>>> {
        let text = format!("[providers.a]\ncomponent = \"a\"\nquotas = {quotas}");
        Config::parse(&text, Path::new("folder")).map(|config| config.registrations[0].1.settings.quotas.clone())
    }

    #[test]
    fn what_is_said_of_quotas_is_read() {
        let minute = Quota { unit: Unit::InputToken, amount: 200_000, per_ms: 60_000 };
        let text = "[{ unit = \"input-token\", amount = \"200k\", per = \"1m\" }]";
        assert_eq!(parse(text).unwrap(), Some(vec![minute]));
        assert_eq!(parse("[]").unwrap(), Some(vec![]));
        for (text, expected) in [
            ("[{ unit = \"request\", amount = 0, per = \"1s\" }]", "nothing could run"),
            ("[{ unit = \"request\", amount = 5 }]", "missing field `per`"),
            ("[{ unit = \"request\", amount = 5, per = 60 }]", "no unit"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.message().contains(expected), "{expected:?} is not in {:?}", error.message());
        }
    }
}
