//! Providers that are made of a component and settings, and the resources that those refer to.

use palisade_core::Result;
use palisade_resources::Resources;
use serde_json::Value;

use crate::{context::Context, handle::ProviderHandle, registration::Registration};

impl Context {
    /// The resources of this context: those that its configuration names, and what the application registers.
    #[must_use]
    pub fn resources(&self) -> &Resources {
        &self.loading.resources.registry
    }

    /// Makes a provider of a component and its settings, and registers it. The settings may [refer](crate::resources) to resources of
    /// this context; what they come to has to keep to the `config-schema` of the component.
    ///
    /// # Errors
    ///
    /// As [`register`](Self::register); `config` and `unknown-resource` when the settings, or what they refer to, are wrong.
    pub async fn instantiate(
        &self,
        id: impl AsRef<str>,
        component: impl Into<Registration>,
        settings: Value,
    ) -> Result<ProviderHandle> {
        let id = id.as_ref();
        self.register(id, component.into().configure(settings)).await?;
        self.get(id)
    }
}
