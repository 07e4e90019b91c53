//! What is said of a context before it is used.

use palisade_core::ProviderId;
use palisade_resources::Resources;
use palisade_routing::Budget;

use crate::{
    price_feed::{PriceFeed, PriceFeedPlace},
    registration::Registration,
    resources_of_host::ResourcesPlace,
};

/// What a context begins with. Nothing of it is taken from the default context but the list of prices, where it has none of its own.
#[derive(Debug, Clone, Default)]
pub struct ContextSettings {
    pub(crate) providers: Vec<(ProviderId, Registration)>,
    pub(crate) budgets: Vec<Budget>,
    pub(crate) prices: Option<PriceFeedPlace>,
    /// Those of the application, and those of a configuration.
    pub(crate) resources: (Option<Resources>, Option<ResourcesPlace>),
}

impl ContextSettings {
    /// A provider.
    #[must_use]
    pub fn provider(mut self, id: ProviderId, registration: impl Into<Registration>) -> Self {
        self.providers.push((id, registration.into()));
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
}
