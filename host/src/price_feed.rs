//! Prices from a list of the operator's choice, by model.
//!
//! ```toml
//! source = "https://prices.example"       # where the list comes from
//! date = "2026-11-01"                     # how old it is
//!
//! [models."acme/fox-large"]               # `provider/model`, or the name that the model has across providers
//! price = { input-token = "0.000_003", output-token = "0.000_015" }
//!
//! [models."painter/brush"]
//! source = "their invoice"                # where this one comes from
//! [[models."painter/brush".prices]]
//! unit = "image"
//! amount = "0.08"
//! when = ["quality = high"]
//! valid-until = "2027-01-01"
//! ```

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use palisade_core::{
    Error, ErrorKind, ProviderId, Result,
    catalogue::{Model, Price},
};
use palisade_routing::ListedPrices;
use serde::Deserialize;

use crate::price_table::{Day, PriceByUnit, PriceTable, together};

/// A list of prices that was read and checked. What it says goes before what providers claim, and behind what the operator says of a
/// provider.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PriceFeed {
    models: BTreeMap<String, ListedPrices>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    source: Option<String>,
    date: Option<Day>,
    #[serde(default)]
    models: BTreeMap<String, ModelTable>,
}

#[derive(Deserialize)]
#[serde(try_from = "Fields")]
struct ModelTable {
    prices: Vec<Price>,
    source: Option<String>,
    date: Option<Day>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    price: Option<PriceByUnit>,
    prices: Option<Vec<PriceTable>>,
    source: Option<String>,
    date: Option<Day>,
}

impl TryFrom<Fields> for ModelTable {
    type Error = String;

    fn try_from(fields: Fields) -> Result<Self, String> {
        let prices = together(fields.price, fields.prices)?;
        let prices = prices.ok_or("there is neither `price` nor `prices`: write `price = {}` for what is free")?;
        Ok(Self { prices, source: fields.source, date: fields.date })
    }
}

impl PriceFeed {
    /// Reads a list of prices.
    ///
    /// # Errors
    ///
    /// `io` when it cannot be read; `config` with the line when it is wrong.
    pub async fn read(path: &Path) -> Result<Self> {
        let text = tokio::fs::read_to_string(path).await.map_err(|error| {
            Error::new(ErrorKind::Io, format!("cannot read `{}`", path.display())).with_source(error)
        })?;
        Self::parse(&text).map_err(|error| {
            Error::new(ErrorKind::Config, format!("`{}` is wrong: {}", path.display(), error.message()))
        })
    }

    /// Reads a list of prices from text.
    ///
    /// # Errors
    ///
    /// `config` with the line when it is wrong.
    pub fn parse(text: &str) -> Result<Self> {
        let file: File =
            toml::from_str(text).map_err(|error| Error::new(ErrorKind::Config, error.to_string().trim_end()))?;
        let (source, date) = (file.source, file.date.map(|day| day.0));
        let listed = |(name, table): (String, ModelTable)| {
            let own = ListedPrices {
                prices: table.prices,
                source: table.source.or_else(|| source.clone()),
                date: table.date.map(|day| day.0).or(date),
            };
            (name, own)
        };
        Ok(Self { models: file.models.into_iter().map(listed).collect() })
    }

    /// What it says of a model: as `provider/model`, else by the name that the model has across providers.
    pub(crate) fn prices_of(&self, provider: &ProviderId, model: &Model) -> Option<&ListedPrices> {
        let by_ref = || self.models.get(model.model_ref.as_deref()?);
        self.models.get(&format!("{provider}/{}", model.id)).or_else(by_ref)
    }
}

/// Where a host has its list of prices from.
#[derive(Debug, Clone, Default)]
pub(crate) enum PriceFeedPlace {
    #[default]
    Nowhere,
    /// The application has it.
    Given(PriceFeed),
    /// It is read anew for each provider that is loaded, so that replacing one takes up what has changed.
    File(PathBuf),
}

impl PriceFeedPlace {
    /// What it says of the models of a provider, in their order.
    pub(crate) async fn listed(&self, provider: &ProviderId, models: &[Model]) -> Result<Vec<Option<ListedPrices>>> {
        let all = |feed: &PriceFeed| models.iter().map(|model| feed.prices_of(provider, model).cloned()).collect();
        Ok(match self {
            Self::Nowhere => vec![None; models.len()],
            Self::Given(feed) => all(feed),
            Self::File(path) => all(&PriceFeed::read(path).await?),
        })
    }

    /// Finds out whether it can be read.
    pub(crate) async fn check(&self) -> Result<()> {
        match self {
            Self::Nowhere | Self::Given(_) => Ok(()),
            Self::File(path) => PriceFeed::read(path).await.map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use palisade_core::Capability;

    use super::*;

    #[test]
    fn a_model_is_found_by_its_provider_or_by_its_name_across_providers() {
        let feed = PriceFeed::parse(
            r#"
            source = "https://prices.example"
            date = 2026-11-01
            [models."acme/fox-large"]
            price = { image = "0.04" }
            [models."painter/brush"]
            source = "their invoice"
            prices = [{ unit = "image", amount = "0.08", when = ["quality = high"], valid-until = "2027-01-01" }]
            "#,
        )
        .unwrap();
        let mut model = Model::new("brush".parse().unwrap(), &[Capability::TextToImage]);
        let find = |provider: &str, model: &Model| feed.prices_of(&provider.parse().unwrap(), model).cloned();
        assert_eq!(find("other", &model), None);
        model.model_ref = Some("acme/fox-large".to_owned());
        let by_name = find("other", &model).unwrap();
        assert_eq!((by_name.prices[0].to_string().as_str(), by_name.date), ("$0.04/image", "2026-11-01".parse().ok()));
        assert_eq!(by_name.source.as_deref(), Some("https://prices.example"));
        let own = find("painter", &model).unwrap();
        assert_eq!(own.prices[0].to_string(), "$0.08/image when quality = high until 2027-01-01");
        assert_eq!(own.source.as_deref(), Some("their invoice"));
    }

    #[test]
    fn the_example_of_the_page_is_read() {
        let page = include_str!("../../docs/configuration.md");
        let example = page.split("<pre>\n").nth(1).and_then(|rest| rest.split("</pre>").next()).unwrap();
        assert_eq!(PriceFeed::parse(example).unwrap().models.len(), 2);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, expected) in [
            ("modles = {}", "unknown field `modles`"),
            ("[models.a]\nprise = {}", "line 2"),
            ("[models.a]", "neither `price` nor `prices`"),
            ("date = \"soon\"", "`soon` is no date"),
            ("[models.a]\nprice = { image = \"1 EUR\" }", "is not an amount"),
        ] {
            let error = PriceFeed::parse(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.message().contains(expected), "{expected:?} is not in {:?}", error.message());
            assert!(error.message().contains("line"), "{error}");
        }
    }
}
