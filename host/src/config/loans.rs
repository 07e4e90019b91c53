//! `stores` of a provider: what it is lent, by the names that it asks by.

use palisade_core::{Namespace, ProviderId};
use serde::Deserialize;

use crate::loan::StoreLoan;

/// One of `stores` of a provider.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct LoanTable {
    provider: ProviderId,
    namespace: Option<Namespace>,
    #[serde(default)]
    read_only: bool,
}

impl LoanTable {
    pub(super) fn loan(self) -> StoreLoan {
        let Self { provider, namespace, read_only } = self;
        StoreLoan { provider, namespace, read_only }
    }
}
