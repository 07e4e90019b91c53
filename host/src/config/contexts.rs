//! `[contexts.<name>]`: registries of their own, beside the one of the file itself.

use std::{collections::BTreeMap, path::Path};

use palisade_core::{Error, ErrorKind, ProviderId, Result};
use palisade_sandbox::Isolation;
use serde::Deserialize;

use super::{
    ProviderTable, budgets::BudgetTable, host::PricesTable, limits::LimitsTable, registration,
    resources::ResourcesTable,
};
use crate::{context_settings::ContextSettings, registration::Registration};

/// What is said of one context.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContextTable {
    #[serde(default)]
    pub(super) budgets: Vec<BudgetTable>,
    pub(super) prices: Option<PricesTable>,
    pub(super) resources: Option<ResourcesTable>,
    #[serde(default)]
    pub(super) providers: BTreeMap<ProviderId, ProviderTable>,
}

/// What the file says of all providers, in whichever context they are.
pub(super) struct Usual<'a> {
    pub(super) isolation: Isolation,
    pub(super) trusts_prices: Option<bool>,
    pub(super) limits: &'a LimitsTable,
    /// What paths are relative to.
    pub(super) folder: &'a Path,
}

impl Usual<'_> {
    /// The providers of a table, whose place in the file is named in errors.
    ///
    /// # Errors
    ///
    /// `config`.
    pub(super) fn registrations(
        &self,
        place: &str,
        tables: BTreeMap<ProviderId, ProviderTable>,
    ) -> Result<Vec<(ProviderId, Registration)>> {
        let register = |(id, table): (ProviderId, ProviderTable)| {
            let limits = table.limits.effective(self.limits);
            let isolation = table.isolation.unwrap_or(self.isolation);
            let trusts_prices = table.trust_prices.or(self.trusts_prices);
            let registration = registration(table, limits, self.folder)
                .map_err(|reason| Error::new(ErrorKind::Config, format!("{place}providers.{id}: {reason}")))?;
            let registration = registration.isolation(isolation);
            let registration = match trusts_prices {
                Some(trusts_prices) => registration.trust_prices(trusts_prices),
                None => registration,
            };
            Ok((id, registration))
        };
        tables.into_iter().map(register).collect()
    }

    /// What a context begins with.
    ///
    /// # Errors
    ///
    /// `config`.
    pub(super) fn context(&self, place: &str, table: ContextTable) -> Result<ContextSettings> {
        let resources = table.resources.map(|table| table.place(self.folder)).transpose();
        Ok(ContextSettings {
            providers: self.registrations(place, table.providers)?,
            budgets: table.budgets.into_iter().map(BudgetTable::budget).collect(),
            prices: table.prices.map(|table| table.place(self.folder)),
            resources: (
                None,
                resources.map_err(|reason| Error::new(ErrorKind::Config, format!("{place}resources: {reason}")))?,
            ),
        })
    }
}
