//! The endpoints of one capability, with everything that does not change worked out once, in rows.

use std::borrow::Borrow;

use foldhash::{HashMap, HashMapExt as _};
use palisade_core::{Capability, catalogue::FailureBilling};

use crate::{
    Endpoint,
    noise::identity,
    tariff::{RoughTariff, Tariff, Units},
    traits::{NOT_LIVE, OTHERS, Traits},
};

/// What an unknown quality is taken to be: the middle.
const UNKNOWN_QUALITY: f64 = 0.5;

/// More than so many that are alike are not all looked at.
const LARGE: usize = 64;

/// The seconds that a call is taken to need when nobody knows.
const fn prior_seconds(capability: Capability) -> f64 {
    match capability {
        Capability::TextToImage | Capability::ImageEdit | Capability::ImageUpscale | Capability::SpeechToText => 5.0,
        Capability::TextToVideo | Capability::ImageToVideo => 60.0,
        Capability::Embedding | Capability::Rerank | Capability::Moderation => 0.5,
        _ => 2.0,
    }
}

/// What does not change of an endpoint, as numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Row {
    /// Tells it from others, by its names.
    pub(crate) identity: u64,
    /// What is true of it: see [`Traits`].
    pub(crate) traits: u64,
    pub(crate) tariff: Tariff,
    /// What part of its cost a failed call costs, 0 or 1.
    pub(crate) billed_on_failure: f64,
    /// Quality, 0 to 1.
    pub(crate) quality: f64,
    /// Seconds of a call, before any was measured.
    pub(crate) prior_seconds: f64,
    /// The part of what it serves at one time that one call is; 0 where it has no limit.
    pub(crate) part_of_limit: f64,
    /// Whether the operator says how good it is.
    pub(crate) knows_quality: bool,
    /// Whether the operator says how long it takes.
    pub(crate) knows_seconds: bool,
    /// Whether it serves only who names it, whatever its provider says.
    pub(crate) is_staging: bool,
}

impl Row {
    fn new(endpoint: &Endpoint, capability: Capability, traits: u64, units: &Units) -> Self {
        let model = &endpoint.model;
        let quality = endpoint.quality.filter(|quality| quality.is_finite());
        let prior = endpoint.prior_latency.map(|latency| latency.as_secs_f64());
        let tariff =
            if endpoint.is_doubted() { Tariff::doubted() } else { Tariff::new(endpoint.prices().value, units) };
        Self {
            identity: identity(&endpoint.provider, &model.id),
            traits,
            tariff,
            billed_on_failure: if endpoint.bills_on_failure == FailureBilling::Never { 0.0 } else { 1.0 },
            quality: quality.map_or(UNKNOWN_QUALITY, |quality| quality.clamp(0.0, 1.0)),
            prior_seconds: prior.unwrap_or(prior_seconds(capability)),
            part_of_limit: endpoint.max_concurrency().value.map_or(0.0, |limit| 1.0 / f64::from(limit.max(1))),
            knows_quality: quality.is_some(),
            knows_seconds: prior.is_some(),
            is_staging: false,
        }
    }

    /// The same of one that serves only who names it.
    fn staging(self) -> Self {
        Self { is_staging: true, traits: self.traits | NOT_LIVE, ..self }
    }

    /// Whether another differs from it only by its name, and by what is measured.
    fn is_like(&self, other: &Self) -> bool {
        let is_told_in_full = self.traits & OTHERS == 0 && !self.tariff.is_intricate();
        is_told_in_full && *self == Self { identity: self.identity, ..*other }
    }
}

/// What few requests ask for, so that no row has it: the tokens that an endpoint takes and gives, the media types that it reads, and
/// where it is.
fn rest(endpoint: &Endpoint) -> ([Option<u32>; 2], &[String], &[String]) {
    let tokens = [endpoint.context_tokens().value, endpoint.max_output_tokens().value];
    (tokens, &endpoint.model.input_types, &endpoint.model.regions)
}

/// What of a row is enough to rule out most endpoints: so little that all of them are looked at in no time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glance {
    pub(crate) traits: u64,
    pub(crate) tariff: RoughTariff,
    /// What it lacks in quality, 0 to 1.
    pub(crate) lack: f32,
}

impl From<&Row> for Glance {
    fn from(row: &Row) -> Self {
        Self { traits: row.traits, tariff: row.tariff.rough(), lack: (1.0 - row.quality) as f32 }
    }
}

/// Who is meant by a name.
#[derive(Debug, Default)]
pub(crate) struct Named {
    places: Vec<u32>,
    /// Whether they are many, and alike.
    is_pool: bool,
}

impl Named {
    /// Their places, where they are so many and so alike that a few stand for all.
    pub(crate) fn pool(&self) -> Option<&[u32]> {
        self.is_pool.then_some(self.places.as_slice())
    }
}

/// The endpoints of one capability. `E` is an endpoint, or leads to one.
#[derive(Debug)]
pub(crate) struct Shelf<E> {
    endpoints: Vec<E>,
    rows: Vec<Row>,
    glances: Vec<Glance>,
    pub(crate) traits: Traits,
    pub(crate) units: Units,
    /// Who is meant by a name; see [`Endpoint::is_named`].
    names: HashMap<Box<str>, Named>,
    /// Who is meant by any other name.
    nobody: Named,
}

impl<E: Borrow<Endpoint>> Shelf<E> {
    /// Arranges endpoints for one capability: those that serve everybody, and those that serve only who names them.
    pub(crate) fn new(capability: Capability, serving: Vec<E>, staging: Vec<E>) -> Self {
        let (live, mut endpoints) = (serving.len(), serving);
        endpoints.extend(staging);
        let models: Vec<_> = endpoints.iter().map(|endpoint| &endpoint.borrow().model).collect();
        let (traits, traits_of) = Traits::of(&models);
        let units = Units::of(endpoints.iter().filter_map(|endpoint| endpoint.borrow().prices().value).flatten());
        let row = |(endpoint, traits): (&E, u64)| Row::new(endpoint.borrow(), capability, traits, &units);
        let mut rows: Vec<_> = endpoints.iter().zip(traits_of).map(row).collect();
        rows.iter_mut().skip(live).for_each(|row| *row = row.staging());
        let glances = rows.iter().map(Glance::from).collect();
        let mut names: HashMap<Box<str>, Named> = HashMap::new();
        for (endpoint, place) in endpoints.iter().zip(0..) {
            endpoint.borrow().each_name(|name| match names.get_mut(name) {
                Some(named) if named.places.last() == Some(&place) => {}
                Some(named) => named.places.push(place),
                None => drop(names.insert(name.into(), Named { places: vec![place], is_pool: false })),
            });
        }
        for named in names.values_mut().filter(|named| named.places.len() > LARGE) {
            let row = |place: &u32| rows.get(*place as usize);
            let rest = |place: &u32| endpoints.get(*place as usize).map(|endpoint| rest(endpoint.borrow()));
            let first = named.places.first().and_then(|place| Some((row(place)?, rest(place)?)));
            let is_like_first = |place: &u32| {
                let own = row(place).zip(rest(place));
                own.zip(first).is_some_and(|((row, rest), first)| row.is_like(first.0) && rest == first.1)
            };
            named.is_pool = named.places.iter().all(is_like_first);
            // Whoever is drawn is the same in whatever order they came.
            named.places.sort_by_key(|place| row(place).map(|row| row.identity));
        }
        Self { endpoints, rows, glances, traits, units, names, nobody: Named::default() }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The endpoint at a place.
    pub(crate) fn get(&self, place: usize) -> Option<(&Row, &E)> {
        self.rows.get(place).zip(self.endpoints.get(place))
    }

    /// All of them, with their places.
    pub(crate) fn all(&self) -> impl Iterator<Item = (usize, &Row, &E)> {
        self.rows.iter().zip(&self.endpoints).enumerate().map(|(place, (row, endpoint))| (place, row, endpoint))
    }

    /// A glance at each of them, with their places.
    pub(crate) fn glances(&self) -> impl Iterator<Item = (usize, &Glance)> {
        self.glances.iter().enumerate()
    }

    /// Those who are meant by a name.
    pub(crate) fn named(&self, name: &str) -> &Named {
        self.names.get(name).unwrap_or(&self.nobody)
    }

    /// A glance at those who are meant by a name, with their places.
    pub(crate) fn glances_at(&self, named: &Named) -> impl Iterator<Item = (usize, &Glance)> {
        named.places.iter().filter_map(|&place| Some((place as usize, self.glances.get(place as usize)?)))
    }
}
