//! What endpoints have in common, a bit for each, so that whether one can serve a need is a look at one number.
//!
//! The bits are given out anew for each set of endpoints, the most common first. What is too rare to have one shares the last
//! bit with all that is: an endpoint with that bit is looked at in person where the need asks for anything.

use foldhash::{HashMap, HashMapExt as _, HashSet};
use palisade_core::catalogue::{Model, ParameterSpec, Range};
use serde_json::Value;

use crate::Need;

/// It is only chosen when it is asked for.
const EXPLICIT_ONLY: u64 = 1;
/// It is not live: its provider, or its operator, says so.
pub(crate) const NOT_LIVE: u64 = 1 << 1;
/// Bits that are given out.
const FIRST: usize = 2;
const LAST: usize = 62;
/// It has traits that have no bit of their own.
pub(crate) const OTHERS: u64 = 1 << 63;

/// Something that is true of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Trait<'a> {
    /// It knows a parameter.
    Knows(&'a str),
    /// It has a tag or a parameter of this name. Only told where some have it as a tag: else it is the one above.
    Has(&'a str),
    /// A parameter takes these values only.
    Takes(&'a str, Values<'a>),
}

/// The values of a parameter, in a form that can be looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Values<'a> {
    Flag,
    Integer([u64; 2], Option<u64>),
    Number([u64; 2], Option<u64>),
    Choice(&'a [String]),
    Text(u32),
}

impl<'a> Values<'a> {
    /// None where any value is taken.
    fn of(spec: &'a ParameterSpec) -> Option<Self> {
        let ends = |range: &Range| [range.min.to_bits(), range.max.to_bits()];
        let step = |range: &Range| range.step.map(f64::to_bits);
        Some(match spec {
            ParameterSpec::Flag => Self::Flag,
            ParameterSpec::Integer(range) => Self::Integer(ends(range), step(range)),
            ParameterSpec::Number(range) => Self::Number(ends(range), step(range)),
            ParameterSpec::Choice { values } => Self::Choice(values),
            ParameterSpec::Text { max_length } => Self::Text(*max_length),
            ParameterSpec::Schema { .. } => return None,
        })
    }

    fn spec(self) -> ParameterSpec {
        let range = |[min, max]: [u64; 2], step: Option<u64>| Range {
            min: f64::from_bits(min),
            max: f64::from_bits(max),
            step: step.map(f64::from_bits),
        };
        match self {
            Self::Flag => ParameterSpec::Flag,
            Self::Integer(ends, step) => ParameterSpec::Integer(range(ends, step)),
            Self::Number(ends, step) => ParameterSpec::Number(range(ends, step)),
            Self::Choice(values) => ParameterSpec::Choice { values: values.to_vec() },
            Self::Text(max_length) => ParameterSpec::Text { max_length },
        }
    }
}

/// The bits that there are to a name.
#[derive(Debug, Default)]
struct Bits {
    knows: Option<u64>,
    has: Option<u64>,
    takes: Vec<(ParameterSpec, u64)>,
}

/// Which bit says what.
#[derive(Debug, Default)]
pub(crate) struct Traits(HashMap<Box<str>, Bits>);

impl Traits {
    /// The bits of all these models, and which of them each model has.
    pub(crate) fn of(models: &[&Model]) -> (Self, Vec<u64>) {
        let tags: HashSet<&str> = models.iter().flat_map(|model| &model.tags).map(String::as_str).collect();
        let mut places = HashMap::new();
        let mut counts: Vec<(usize, Trait<'_>)> = Vec::new();
        let mut of_model = |model| {
            let mut found = Vec::new();
            each(model, &tags, |one| {
                let place = *places.entry(one).or_insert(counts.len());
                match counts.get_mut(place) {
                    Some((count, _)) => *count += 1,
                    None => counts.push((1, one)),
                }
                found.push(place);
            });
            found
        };
        let found: Vec<Vec<usize>> = models.iter().map(|model| of_model(model)).collect();

        let mut order: Vec<usize> = (0..counts.len()).collect();
        let rarity = |place: &usize| counts.get(*place).map(|(count, one)| (std::cmp::Reverse(*count), *one));
        order.sort_by_key(rarity);
        let mut bits = vec![OTHERS; counts.len()];
        let mut traits = Self::default();
        for (number, place) in (FIRST..=LAST).zip(order) {
            if let (Some(bit), Some((_, one))) = (bits.get_mut(place), counts.get(place)) {
                *bit = 1 << number;
                traits.insert(*one, *bit);
            }
        }
        let marks = |model: &Model| {
            let explicit_only = if model.has_tag(Model::EXPLICIT_ONLY) { EXPLICIT_ONLY } else { 0 };
            let not_live = if model.status == Model::LIVE { 0 } else { NOT_LIVE };
            explicit_only | not_live
        };
        let of_places =
            |places: Vec<usize>| places.iter().filter_map(|place| bits.get(*place)).fold(0, |all, bit| all | bit);
        let of_models = models.iter().zip(found).map(|(model, places)| marks(model) | of_places(places)).collect();
        (traits, of_models)
    }

    fn insert(&mut self, one: Trait<'_>, bit: u64) {
        let (Trait::Knows(name) | Trait::Has(name) | Trait::Takes(name, _)) = one;
        let bits = self.0.entry(name.into()).or_default();
        match one {
            Trait::Knows(_) => bits.knows = Some(bit),
            Trait::Has(_) => bits.has = Some(bit),
            Trait::Takes(_, values) => bits.takes.push((values.spec(), bit)),
        }
    }

    /// What a need asks of these bits.
    pub(crate) fn mask(&self, need: &Need) -> Mask {
        let mut mask = Mask::default();
        if need.model.is_none() {
            mask.refused |= NOT_LIVE;
            if need.features.is_empty() {
                mask.refused |= EXPLICIT_ONLY;
            } else {
                // One of the features may be its tag.
                mask.doubtful |= EXPLICIT_ONLY;
            }
        }
        let none = Bits::default();
        let bits = |name: &str| self.0.get(name).unwrap_or(&none);
        for feature in &need.features {
            let bits = bits(feature.name());
            mask.require(bits.has.or(bits.knows));
        }
        let parameters = need.parameters.iter().map(|(name, value)| (*name, value, need.strict));
        let options = need.options.iter().map(|(name, value)| (name.as_str(), value, true));
        for (name, value, required) in parameters.chain(options) {
            let bits = bits(name);
            mask.refuse(&bits.takes, value);
            if required && !IMPLIED.contains(&name) {
                mask.require(bits.knows);
            }
        }
        mask
    }
}

/// Parameters that every model has, whether its catalogue names them or not.
const IMPLIED: [&str; 2] = ["n", "output-format"];

/// Calls this for each of the traits of a model.
fn each<'a>(model: &'a Model, tags: &HashSet<&'a str>, mut found: impl FnMut(Trait<'a>)) {
    for parameter in &model.parameters {
        let name = parameter.name.as_str();
        // Of several of one name the first counts.
        if !model.parameter(name).is_some_and(|first| std::ptr::eq(first, parameter)) {
            continue;
        }
        found(Trait::Knows(name));
        if tags.contains(name) {
            found(Trait::Has(name));
        }
        if let Some(values) = Values::of(&parameter.spec) {
            found(Trait::Takes(name, values));
        }
    }
    for tag in &model.tags {
        if model.parameter(tag).is_none() {
            found(Trait::Has(tag));
        }
    }
    // One is what every model makes; its media types have a list of their own.
    if model.parameter("n").is_none() {
        let one = 1_f64.to_bits();
        found(Trait::Takes("n", Values::Integer([one, one], None)));
    }
    if model.parameter("output-format").is_none() && !model.output_types.is_empty() {
        found(Trait::Takes("output-format", Values::Choice(&model.output_types)));
    }
}

/// What the bits of an endpoint have to be for a need.
#[derive(Debug, Default)]
pub(crate) struct Mask {
    required: u64,
    refused: u64,
    doubtful: u64,
}

impl Mask {
    fn require(&mut self, bit: Option<u64>) {
        // Without a bit, only those can have it that have others.
        self.required |= bit.unwrap_or(OTHERS);
        self.doubtful |= OTHERS;
    }

    fn refuse(&mut self, takes: &[(ParameterSpec, u64)], value: &Value) {
        let refused = takes.iter().filter(|(spec, _)| !spec.accepts(value));
        self.refused |= refused.fold(0, |all, (_, bit)| all | bit);
        self.doubtful |= OTHERS;
    }

    /// Whether an endpoint with these traits cannot serve the need.
    #[inline]
    pub(crate) fn refuses(&self, traits: u64) -> bool {
        traits & (self.required | self.refused) != self.required
    }

    /// Whether an endpoint with these traits, if it is not refused, has to be looked at in person.
    #[inline]
    pub(crate) fn doubts(&self, traits: u64) -> bool {
        traits & self.doubtful != 0
    }
}
