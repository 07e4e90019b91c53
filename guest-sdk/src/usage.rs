//! What a call used.

use crate::{Usage, UsageItem};

impl Usage {
    /// Nothing was counted.
    #[must_use]
    pub fn none() -> Self {
        Self { items: Vec::new(), reported_pico_usd: None }
    }

    /// So much of a unit, for example `request`.
    #[must_use]
    pub fn of(unit: impl Into<String>, quantity: impl Into<f64>) -> Self {
        Self::none().and(unit, quantity)
    }

    /// So many `character`s as this text has.
    #[must_use]
    pub fn characters(text: &str) -> Self {
        Self::of("character", u32::try_from(text.chars().count()).unwrap_or(u32::MAX))
    }

    /// So many pictures.
    #[must_use]
    pub fn images(count: u32) -> Self {
        Self::of("image", count)
    }

    /// Adds so much of a unit, for example `megapixel`.
    #[must_use]
    pub fn and(mut self, unit: impl Into<String>, quantity: impl Into<f64>) -> Self {
        self.items.push(UsageItem { unit: unit.into(), quantity: quantity.into() });
        self
    }
}
