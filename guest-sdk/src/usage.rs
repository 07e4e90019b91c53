//! What a call used.

use crate::{Usage, UsageItem};

impl Usage {
    /// Nothing was counted.
    #[must_use]
    pub fn none() -> Self {
        Self { items: Vec::new(), reported_pico_usd: None }
    }

    /// So many pictures.
    #[must_use]
    pub fn images(count: u32) -> Self {
        Self::none().and("image", count)
    }

    /// Adds so much of a unit, for example `megapixel`.
    #[must_use]
    pub fn and(mut self, unit: impl Into<String>, quantity: impl Into<f64>) -> Self {
        self.items.push(UsageItem { unit: unit.into(), quantity: quantity.into() });
        self
    }
}
