//! What a caller asks for.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    fmt,
    str::FromStr,
};

use palisade_core::{Capability, Moment, PicoUsd, Request, Unit, Workload};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something that a model must have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
#[non_exhaustive]
pub enum Feature {
    /// The same seed gives the same result.
    Seed,
    /// It can be told what to leave out.
    NegativePrompt,
    /// It takes pictures to follow.
    References,
    /// It takes a mask.
    Mask,
    /// A parameter, or a tag, of this name.
    Named(String),
}

impl Feature {
    /// The name of the parameter or tag.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Seed => "seed",
            Self::NegativePrompt => "negative-prompt",
            Self::References => "references",
            Self::Mask => "mask",
            Self::Named(name) => name,
        }
    }
}

impl From<Feature> for String {
    fn from(feature: Feature) -> Self {
        feature.name().to_owned()
    }
}

impl From<String> for Feature {
    fn from(name: String) -> Self {
        let known = [Self::Seed, Self::NegativePrompt, Self::References, Self::Mask];
        known.into_iter().find(|feature| feature.name() == name).unwrap_or(Self::Named(name))
    }
}

impl FromStr for Feature {
    type Err = Infallible;

    fn from_str(name: &str) -> Result<Self, Infallible> {
        Ok(name.to_owned().into())
    }
}

/// What the caller cares about: presets of [`Weights`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preference {
    /// A bit of everything.
    #[default]
    Balanced,
    /// What costs least.
    Cheapest,
    /// What is quickest.
    Fastest,
    /// What is best, whatever it costs.
    Best,
}

impl fmt::Display for Preference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Balanced => "balanced",
            Self::Cheapest => "cheapest",
            Self::Fastest => "fastest",
            Self::Best => "best",
        })
    }
}

/// What time, quality and trouble are worth to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    /// A second, in US dollars.
    pub second: f64,
    /// The whole of quality, from 0 to 1, in US dollars.
    pub quality: f64,
    /// A failed attempt, in US dollars, beside the time and money that it takes.
    pub failure: f64,
}

impl Weights {
    /// The same, with nothing in it that is no amount: that would make every score equal, or none.
    pub(crate) fn sound(self) -> Self {
        let sound = |weight| sound(weight, MOST);
        Self { second: sound(self.second), quality: sound(self.quality), failure: sound(self.failure) }
    }
}

/// A number from 0 to the most; 0 where it is none.
pub(crate) fn sound(number: f64, most: f64) -> f64 {
    if number.is_nan() { 0.0 } else { number.clamp(0.0, most) }
}

/// What anything is worth at the most, in US dollars.
const MOST: f64 = 1e9;
/// What anything is worth at the least, in US dollars: so that time and quality decide between two that cost the same.
const EPSILON: f64 = 1e-6;

impl From<Preference> for Weights {
    fn from(preference: Preference) -> Self {
        let (second, quality, failure) = match preference {
            Preference::Balanced => (0.001, 0.05, 0.002),
            Preference::Cheapest => (EPSILON, EPSILON, EPSILON),
            Preference::Fastest => (0.1, 0.001, 0.01),
            Preference::Best => (0.0001, 1.0, 0.01),
        };
        Self { second, quality, failure }
    }
}

/// The units that the time of a request grows with: of several, the first counts.
const GROWING_UNITS: [Unit; 6] =
    [Unit::Megapixel, Unit::OutputToken, Unit::VideoSecond, Unit::AudioSecond, Unit::Character, Unit::InputToken];

/// Everything that a choice depends on beside the candidates.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Need {
    /// What to do.
    pub capability: Capability,
    /// The model or provider that the caller names, in any of the ways of
    /// [`Endpoint::is_named`](crate::Endpoint::is_named).
    pub model: Option<String>,
    /// What the model must have.
    pub features: Vec<Feature>,
    /// The most that the request may cost.
    pub max_price: Option<PicoUsd>,
    /// The most seconds that the request may take. An endpoint of which nobody knows how long it takes passes.
    pub max_seconds: Option<f64>,
    /// Models and providers that the caller does not want, in any of the ways of
    /// [`Endpoint::is_named`](crate::Endpoint::is_named).
    pub excluded: Vec<String>,
    /// What the caller cares about.
    pub preference: Preference,
    /// What it is worth; the preference's own by default.
    pub weights: Weights,
    /// What the request would use, for an estimate of its cost.
    pub workload: Workload,
    /// When it is: of prices, those count that are valid then.
    pub at: Moment,
    /// The parameters that the request sets.
    #[serde(deserialize_with = "crate::names::parameters")]
    pub parameters: BTreeMap<&'static str, Value>,
    /// The types of the media that come with the request.
    pub media_types: BTreeSet<String>,
    /// Where it may be served; anywhere when it is empty. Of an endpoint of which nobody says where it is, it may not.
    pub regions: BTreeSet<String>,
    /// Options of a provider's own that the request sets.
    pub options: BTreeMap<String, Value>,
    /// Whether a parameter that would be ignored rules a model out.
    pub strict: bool,
    /// What requests have in common that are best served by the same endpoint, such as a conversation: it is preferred to others
    /// that are nearly as good, and no lot is drawn.
    pub affinity: Option<u64>,
    /// Whether the request may go, once in fifty times, to somebody little is known of, who costs no more than twice as much.
    pub explore: bool,
    /// Whether a [balanced](Preference::Balanced) choice gives a share to all whose scores are near the least, rather than all to
    /// the best: for requests of which there are many.
    pub spread: bool,
    /// What chance is made from: with the same seed, the same is chosen. It breaks ties, and says who of several has its turn.
    pub seed: u64,
}

impl Need {
    /// Serve this request, whoever does it best.
    #[must_use]
    pub fn new(request: &Request) -> Self {
        let preference = Preference::default();
        Self {
            capability: request.capability(),
            model: None,
            features: Vec::new(),
            max_price: None,
            max_seconds: None,
            excluded: Vec::new(),
            preference,
            weights: preference.into(),
            workload: request.workload(),
            at: Moment::now(),
            parameters: request.parameters(),
            media_types: request.media_types(),
            regions: BTreeSet::new(),
            options: BTreeMap::new(),
            strict: false,
            affinity: None,
            explore: false,
            spread: true,
            seed: 0,
        }
    }

    /// Tokens that the request is expected to have: a model that takes fewer cannot even read it.
    pub(crate) fn context_tokens(&self) -> f64 {
        self.workload.quantity(&Unit::InputToken).map_or(0.0, |quantity| quantity.expected)
    }

    /// Tokens that the request asks for at the most; none are 0.
    pub(crate) fn max_output_tokens(&self) -> f64 {
        self.parameters.get("max-output-tokens").and_then(Value::as_f64).unwrap_or_default()
    }

    /// How much is asked for, in the unit that the time of such a request grows with; none when that is not known.
    #[must_use]
    pub fn size(&self) -> Option<f64> {
        size(&self.workload)
    }
}

/// How much a workload asks for: see [`Need::size`].
#[must_use]
pub fn size(workload: &Workload) -> Option<f64> {
    GROWING_UNITS.iter().find_map(|unit| Some(workload.quantity(unit)?.expected))
}
