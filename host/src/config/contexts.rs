//! `[contexts.<name>]`: registries of their own, beside the one of the file itself.

use std::{collections::BTreeMap, path::Path};

use palisade_core::{Error, ErrorKind, ProviderId, Result};
use serde::Deserialize;

use super::{
    ProviderTable, budgets::BudgetTable, discovery::DiscoveryTable, host::PricesTable, registration,
    resources::ResourcesTable,
};
use crate::{context_settings::ContextSettings, registration::Registration, usual::Usual};

/// What is said of one context.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContextTable {
    #[serde(default)]
    pub(super) budgets: Vec<BudgetTable>,
    pub(super) prices: Option<PricesTable>,
    pub(super) resources: Option<ResourcesTable>,
    pub(super) discovery: Option<DiscoveryTable>,
    #[serde(default)]
    pub(super) providers: BTreeMap<ProviderId, ProviderTable>,
}

/// Makes registrations of what is said of providers, in whichever context they are.
pub(super) struct Reader<'a> {
    pub(super) usual: &'a Usual,
    /// What paths are relative to.
    pub(super) folder: &'a Path,
}

impl Reader<'_> {
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
            let registration = self
                .registration(table)
                .map_err(|reason| Error::new(ErrorKind::Config, format!("{place}providers.{id}: {reason}")))?;
            Ok((id, registration))
        };
        tables.into_iter().map(register).collect()
    }

    /// A provider.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it.
    pub(super) fn registration(&self, table: ProviderTable) -> Result<Registration, String> {
        let limits = self.usual.limits_of(&table.limits);
        let isolation = table.isolation.unwrap_or(self.usual.isolation);
        let trusts_prices = table.trust_prices.or(self.usual.trusts_prices);
        let registration = registration(table, limits, self.folder)?.isolation(isolation);
        Ok(match trusts_prices {
            Some(trusts_prices) => registration.trust_prices(trusts_prices),
            None => registration,
        })
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
            // What the environment names is of the default context, unless another asks for it.
            discovery: (None, table.discovery.map(|table| table.discovery(self.folder, false))),
            files: Vec::new(),
            usual: self.usual.clone(),
        })
    }
}
