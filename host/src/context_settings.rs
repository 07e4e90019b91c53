//! What is said of a context before it is used.

use palisade_core::ProviderId;
use palisade_resources::Resources;
use palisade_routing::Budget;

use crate::{
    discovery::{ConfigurationFile, Discovery},
    price_feed::{PriceFeed, PriceFeedPlace},
    registration::Registration,
    resources_of_host::ResourcesPlace,
    usual::Usual,
};

/// What a context begins with. Nothing of it is taken from the default context but the list of prices, where it has none of its own.
#[derive(Debug, Clone, Default)]
pub struct ContextSettings {
    pub(crate) providers: Vec<(ProviderId, Registration)>,
    pub(crate) budgets: Vec<Budget>,
    pub(crate) prices: Option<PriceFeedPlace>,
    /// Those of the application, and those of a configuration.
    pub(crate) resources: (Option<Resources>, Option<ResourcesPlace>),
    /// That of the application, and that of a configuration.
    pub(crate) discovery: (Option<Discovery>, Option<Discovery>),
    /// What configuration files say of its providers.
    pub(crate) files: Vec<ConfigurationFile>,
    /// What a configuration says of all providers.
    pub(crate) usual: Usual,
}

impl ContextSettings {
    /// A provider.
    #[must_use]
    pub fn provider(mut self, id: ProviderId, registration: impl Into<Registration>) -> Self {
        self.providers.push((id, registration.into().of_application()));
        self
    }

    /// The most that calls of the context may cost in a time. Several calls add up.
    #[must_use]
    pub fn budget(mut self, budget: Budget) -> Self {
        self.budgets.push(budget);
        self
    }

    /// What models cost, instead of what the host's list says.
    #[must_use]
    pub fn prices(mut self, feed: PriceFeed) -> Self {
        self.prices = Some(PriceFeedPlace::Given(feed));
        self
    }

    /// The resources that settings of its providers refer to. By default a strict registry of its own.
    #[must_use]
    pub fn resources(mut self, resources: Resources) -> Self {
        self.resources.0 = Some(resources);
        self
    }

    /// What it looks for beside the providers that it is given. By default nothing.
    #[must_use]
    pub fn discovery(mut self, discovery: Discovery) -> Self {
        self.discovery.0 = Some(discovery);
        self
    }
}
