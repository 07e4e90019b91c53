//! What a provider says of its models.

use std::ops::RangeInclusive;

pub use crate::bindings::exports::palisade::provider::catalog::{
    Cancellation, FailureBilling, Model, Param, ParamSpec, Price, PriceWhen, ProviderInfo, Quota, Range,
};

/// Longest id of a model.
const MAX_ID: usize = 64;

impl Model {
    /// An id for a model with this name, where the letters that an id may have are few: `qwen-qwen2.5-7b` is
    /// `Qwen/Qwen2.5-7B`. Empty when the name has none of them.
    #[must_use]
    pub fn id_of(name: &str) -> String {
        let letter = |character: char| match character.to_ascii_lowercase() {
            plain @ ('a'..='z' | '0'..='9' | '.' | '_' | '-') => plain,
            _ => '-',
        };
        let id: String = name.chars().map(letter).collect();
        id.trim_start_matches(['.', '_', '-']).chars().take(MAX_ID).collect()
    }

    /// A live model of which nothing but the id is known: `[a-z0-9][a-z0-9._-]{0,63}`, unique within the provider. It
    /// serves all capabilities that are exported.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            model_ref: None,
            capabilities: Vec::new(),
            input_types: Vec::new(),
            output_types: Vec::new(),
            params: Vec::new(),
            prices: None,
            quotas: Vec::new(),
            max_concurrency: None,
            context_tokens: None,
            max_output_tokens: None,
            regions: Vec::new(),
            tags: Vec::new(),
            status: "live".to_owned(),
        }
    }

    /// Adds a capability by the name of its interface. Without any, the model serves all that are exported.
    #[must_use]
    pub fn capability(mut self, name: impl Into<String>) -> Self {
        self.capabilities.push(name.into());
        self
    }

    /// Says what the model is called across providers, for example `black-forest-labs/flux-dev`.
    #[must_use]
    pub fn model_ref(mut self, name: impl Into<String>) -> Self {
        self.model_ref = Some(name.into());
        self
    }

    /// Adds a media type that the model takes beside text.
    #[must_use]
    pub fn input(mut self, media_type: impl Into<String>) -> Self {
        self.input_types.push(media_type.into());
        self
    }

    /// Adds a media type that the model gives; the first is the default.
    #[must_use]
    pub fn output(mut self, media_type: impl Into<String>) -> Self {
        self.output_types.push(media_type.into());
        self
    }

    /// Says that the model costs nothing.
    #[must_use]
    pub fn free(mut self) -> Self {
        self.prices = Some(Vec::new());
        self
    }

    /// Adds what one `unit`, for example `image`, costs in pico-USD (10^-12 US dollar).
    #[must_use]
    pub fn price(self, unit: impl Into<String>, pico_usd: u64) -> Self {
        self.price_when(unit, pico_usd, [])
    }

    /// Adds what one `unit` costs in pico-USD where all conditions hold. The last price that applies counts.
    #[must_use]
    pub fn price_when(
        mut self,
        unit: impl Into<String>,
        pico_usd: u64,
        when: impl IntoIterator<Item = PriceWhen>,
    ) -> Self {
        let price = Price { unit: unit.into(), pico_usd, when: when.into_iter().collect() };
        self.prices.get_or_insert_default().push(price);
        self
    }

    /// Adds how many units may be used in a window of so many milliseconds.
    #[must_use]
    pub fn quota(mut self, unit: impl Into<String>, amount: u64, per_ms: u64) -> Self {
        self.quotas.push(Quota { unit: unit.into(), per_ms, amount });
        self
    }

    /// Adds a parameter of any kind.
    #[must_use]
    pub fn param(mut self, name: impl Into<String>, spec: ParamSpec) -> Self {
        self.params.push(Param { name: name.into(), spec });
        self
    }

    /// Adds the parameter `seed`, which takes any number of 64 bits.
    #[must_use]
    pub fn seed(self) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "the catalogue counts in f64")]
        let max = u64::MAX as f64;
        self.param("seed", ParamSpec::IntRange(Range { min: 0.0, max, step: None }))
    }

    /// Adds a parameter that takes whole numbers.
    #[must_use]
    pub fn int(self, name: impl Into<String>, range: RangeInclusive<i32>) -> Self {
        let range = Range { min: f64::from(*range.start()), max: f64::from(*range.end()), step: None };
        self.param(name, ParamSpec::IntRange(range))
    }

    /// Adds a parameter that takes numbers.
    #[must_use]
    pub fn float(self, name: impl Into<String>, range: RangeInclusive<f64>) -> Self {
        self.param(name, ParamSpec::FloatRange(Range { min: *range.start(), max: *range.end(), step: None }))
    }

    /// Adds a parameter that is true or false.
    #[must_use]
    pub fn flag(self, name: impl Into<String>) -> Self {
        self.param(name, ParamSpec::Flag)
    }

    /// Adds a parameter that takes one of these words.
    #[must_use]
    pub fn choice(self, name: impl Into<String>, words: &[&str]) -> Self {
        self.param(name, ParamSpec::Choice(words.iter().map(|&word| word.to_owned()).collect()))
    }

    /// Adds a parameter that takes a text of at most so many characters.
    #[must_use]
    pub fn text(self, name: impl Into<String>, max_characters: u32) -> Self {
        self.param(name, ParamSpec::Text(max_characters))
    }

    /// Adds where the model is served, for example `eu-west-1`.
    #[must_use]
    pub fn region(mut self, name: impl Into<String>) -> Self {
        self.regions.push(name.into());
        self
    }

    /// Adds a tag.
    #[must_use]
    pub fn tag(mut self, word: impl Into<String>) -> Self {
        self.tags.push(word.into());
        self
    }

    /// Never to be chosen unless the model is named or one of its tags is asked for.
    #[must_use]
    pub fn explicit_only(self) -> Self {
        self.tag("explicit-only")
    }

    /// Sets the status: `live`, `staging` or `deprecated`.
    #[must_use]
    pub fn status(mut self, status: impl Into<String>) -> Self {
        self.status = status.into();
        self
    }
}

impl From<&str> for Model {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_an_id() {
        for (name, id) in [("Qwen/Qwen2.5-7B", "qwen-qwen2.5-7b"), ("llava:7b", "llava-7b"), ("/", ""), ("._a", "a")] {
            assert_eq!(Model::id_of(name), id);
        }
        assert_eq!(Model::id_of(&"x".repeat(99)).len(), MAX_ID);
    }
}
