//! The requests that a model is asked to serve, made from its capability and from what the catalogue says of it.
//!
//! Each capability has a function that gives its [`Basis`]; the rest is the same for all of them.

mod films;
mod media;
mod texts;

use std::collections::BTreeMap;

use palisade_core::{Capability, Catalogue, Dimensions, Request, catalogue::Model};
use serde_json::{Value, json};

use crate::{
    Settings,
    parameters::{self, Values},
};

/// A request, and what is expected of it.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// What it is, in a few words.
    pub(crate) what: String,
    pub(crate) request: Request,
    /// Options of the provider's own.
    pub(crate) options: BTreeMap<String, Value>,
    pub(crate) strict: bool,
    pub(crate) expects: Expects,
    /// The parameter that is tried.
    pub(crate) tries: Option<String>,
}

/// What is expected of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expects {
    /// It is served.
    Served,
    /// It is served, unless it is too much for the limits, or refused as too much.
    ServedIfRoom,
    /// It is served, or refused with what is wrong with it: its content decides.
    Answered,
    /// It is refused with what is wrong with it, or served with a warning.
    Told,
    /// It is refused with what is wrong with it.
    Refused,
}

/// What a capability brings to its suite.
#[derive(Debug, Default)]
pub(crate) struct Basis {
    /// Requests that every model serves which the catalogue allows, the one first that others are made from. Their expectation
    /// is the first element.
    pub(crate) valid: Vec<(Expects, String, Request)>,
    /// Requests that are odd and allowed.
    pub(crate) edges: Vec<(String, Request)>,
    /// Requests that are wrong.
    pub(crate) bad: Vec<(Expects, String, Request)>,
    /// Parameters that callers set and models need not know.
    pub(crate) optional: Vec<(&'static str, Value)>,
    /// Why something could not be made.
    pub(crate) left_out: Option<String>,
}

impl Basis {
    pub(crate) fn valid(&mut self, expects: Expects, what: impl Into<String>, request: impl Into<Request>) {
        self.valid.push((expects, what.into(), request.into()));
    }

    pub(crate) fn edge(&mut self, what: impl Into<String>, request: impl Into<Request>) {
        self.edges.push((what.into(), request.into()));
    }

    pub(crate) fn bad(&mut self, expects: Expects, what: impl Into<String>, request: impl Into<Request>) {
        self.bad.push((expects, what.into(), request.into()));
    }
}

/// The cases of a model, by what they check.
#[derive(Debug)]
pub(crate) struct Suite {
    /// What cases of a seed, a stream and a kept instance are made from; none where no request could be made.
    pub(crate) plain: Option<Request>,
    /// Another ordinary request, where there is one.
    pub(crate) other: Option<Request>,
    pub(crate) groups: Vec<(&'static str, Vec<Case>)>,
    /// Why something could not be made.
    pub(crate) left_out: Option<String>,
}

/// The requests of the author's own: what their check is called.
pub(crate) const OWN: &str = "your requests";
/// What the check of ordinary requests is called.
pub(crate) const VALID: &str = "valid requests";

/// Makes the cases of a model.
pub(crate) fn of(capability: Capability, model: &Model, catalogue: &Catalogue, settings: &Settings) -> Suite {
    let seed = settings.seed;
    let mut basis = match capability {
        Capability::Chat => texts::chat(model, seed),
        Capability::Embedding => texts::embedding(model, seed),
        Capability::Rerank => texts::rerank(seed),
        Capability::Moderation => texts::moderation(model, seed),
        Capability::TextToSpeech => texts::text_to_speech(seed),
        Capability::Custom => texts::custom(catalogue),
        Capability::TextToImage => media::text_to_image(model, seed),
        Capability::ImageEdit => media::image_edit(model, seed),
        Capability::ImageUpscale => media::image_upscale(model, seed),
        Capability::ImageToText => media::image_to_text(model, seed),
        Capability::SpeechToText => media::speech_to_text(model),
        Capability::TextToVideo => films::text_to_video(model, seed),
        Capability::ImageToVideo => films::image_to_video(model, seed),
        other => Basis {
            left_out: Some(format!("there are no requests of {other} yet: give one with `--request FILE`")),
            ..Basis::default()
        },
    };
    let own: Vec<_> = settings.requests.iter().filter(|request| request.capability() == capability).cloned().collect();
    // What the host refuses never reaches a provider.
    basis.valid.retain(|(_, _, request)| request.validate().is_ok());
    basis.edges.retain(|(_, request)| request.validate().is_ok());
    basis.bad.retain(|(_, _, request)| request.validate().is_ok());

    let plain = own.first().cloned().or_else(|| basis.valid.first().map(|(_, _, request)| request.clone()));
    let mut others = basis.valid.iter().map(|(_, _, request)| request);
    let other = others.find(|other| plain.as_ref().is_some_and(|plain| !is_same(plain, other))).cloned();
    // Whether ordinary requests are served depends on what is in them.
    let is_open = basis.valid.iter().all(|(expects, _, _)| *expects == Expects::Answered) && own.is_empty();
    let mut groups = Vec::new();
    let own =
        own.into_iter().zip(1..).map(|(request, number)| case(Expects::Served, format!("request {number}"), request));
    groups.push((OWN, own.collect::<Vec<_>>()));
    groups.push((
        VALID,
        basis.valid.iter().cloned().map(|(expects, what, request)| case(expects, what, request)).collect(),
    ));
    let edges = basis.edges.into_iter().map(|(what, request)| case(Expects::Answered, what, request));
    groups.push(("odd requests", edges.collect()));
    let bad = basis.bad.into_iter().map(|(expects, what, request)| case(expects, what, request));
    groups.push(("bad requests", bad.collect()));
    if let Some(plain) = &plain {
        groups.push(("parameters", listed(model, plain, is_open)));
        groups.push(("unlisted parameters", unlisted(model, plain, &basis.optional)));
    }
    groups.retain(|(_, cases)| !cases.is_empty());
    Suite { plain, other, groups, left_out: basis.left_out }
}

impl Case {
    /// A request without options of the provider's own, of a caller who is not strict.
    pub(crate) fn new(expects: Expects, what: impl Into<String>, request: Request) -> Self {
        Self { what: what.into(), request, options: BTreeMap::new(), strict: false, expects, tries: None }
    }
}

fn case(expects: Expects, what: String, request: Request) -> Case {
    Case::new(expects, what, request)
}

/// Whether two requests ask for the same.
fn is_same(one: &Request, other: &Request) -> bool {
    serde_json::to_value(one).ok() == serde_json::to_value(other).ok()
}

/// What the catalogue lists, at its edges and beyond.
fn listed(model: &Model, plain: &Request, is_open: bool) -> Vec<Case> {
    let mut cases = sizes(model, plain);
    let own = ["width", "height", palisade_core::custom::Request::TASK];
    for parameter in model.parameters.iter().filter(|parameter| !own.contains(&parameter.name.as_str())) {
        let Values { allowed, forbidden } = parameters::values(&parameter.spec);
        let last = allowed.len().saturating_sub(1);
        let name = parameter.name.as_str();
        let what = |value: &Value| format!("`{name}` of {}", short(value));
        for (index, value) in allowed.iter().enumerate() {
            let expects = match index {
                _ if is_open => Expects::Answered,
                // The most that may be asked for may be too much for these limits.
                index if index == last && index > 0 => Expects::ServedIfRoom,
                _ => Expects::Served,
            };
            let (request, options) = match parameters::with(plain, name, value) {
                Some(request) => (request, BTreeMap::new()),
                // It is for another capability of the model, or its values are none that a catalogue can list.
                None if is_field_of_any(name) => continue,
                None => (plain.clone(), [(name.to_owned(), value.clone())].into()),
            };
            cases.push(Case { options, tries: Some(name.to_owned()), ..case(expects, what(value), request) });
        }
        // Options of its own the host checks itself.
        for value in &forbidden {
            if let Some(request) = parameters::with(plain, name, value) {
                cases.push(case(
                    Expects::Told,
                    format!("{}, which the catalogue does not allow", what(value)),
                    request,
                ));
            }
        }
    }
    cases
}

/// The smallest and the largest picture, and those beyond.
fn sizes(model: &Model, plain: &Request) -> Vec<Case> {
    let side = |name: &str| Some(parameters::values(&model.parameter(name)?.spec));
    let (Some(widths), Some(heights)) = (side("width"), side("height")) else { return Vec::new() };
    let number = |value: &Value| value.as_u64().and_then(|number| u32::try_from(number).ok());
    let sized = |expects, width: Option<&Value>, height: Option<&Value>| {
        let (width, height) = (width.and_then(number)?, height.and_then(number)?);
        let size = Dimensions::Pixels(width, height);
        let request = parameters::with(plain, "size", &json!(size.to_string()))
            .or_else(|| parameters::with(plain, "scale", &json!({ "pixels": [width, height] })))?;
        let mut case = case(expects, format!("{width}x{height} pixels"), request);
        case.tries = (expects != Expects::Told).then(|| "size".to_owned());
        Some(case)
    };
    // An enlargement takes no size below that of its picture.
    let smallest = if matches!(plain, Request::ImageUpscale(_)) { Expects::Answered } else { Expects::Served };
    [
        sized(smallest, widths.allowed.first(), heights.allowed.first()),
        sized(smallest, widths.allowed.get(1), heights.allowed.first()),
        sized(Expects::ServedIfRoom, widths.allowed.last(), heights.allowed.last()),
        sized(Expects::Told, widths.forbidden.last(), heights.forbidden.last()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What the catalogue does not list: told to a caller who is not strict, refused to one who is.
fn unlisted(model: &Model, plain: &Request, optional: &[(&'static str, Value)]) -> Vec<Case> {
    let unknown = optional.iter().filter(|(name, _)| model.parameter(name).is_none());
    let set = unknown.filter_map(|(name, value)| Some((*name, parameters::with(plain, name, value)?)));
    set.flat_map(|(name, request)| {
        let lenient = case(Expects::Told, format!("`{name}`, which the catalogue lacks"), request);
        let what = format!("`{name}`, which the catalogue lacks, of a strict caller");
        let strict = Case { strict: true, expects: Expects::Refused, what, ..lenient.clone() };
        [lenient, strict].map(|case| Case { tries: Some(name.to_owned()), ..case })
    })
    .collect()
}

/// Whether requests of any capability have it.
fn is_field_of_any(name: &str) -> bool {
    let field = name.replace('-', "_");
    let has = |capability: &Capability| {
        let json = serde_json::to_value(Request::typical(*capability)).unwrap_or_default();
        let fields = json.as_object().and_then(|outer| outer.values().next()).and_then(Value::as_object);
        fields.is_some_and(|fields| fields.contains_key(&field))
    };
    // How large a picture becomes has names of its own.
    ["width", "height", "factor"].contains(&name) || Capability::ALL.iter().any(has)
}

/// A value, no longer than a line.
fn short(value: &Value) -> String {
    palisade_core::text::escape(&value.to_string(), 40)
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_core::catalogue::{Description, Parameter, ParameterSpec, Range};

    #[test]
    fn every_capability_has_a_suite_and_all_of_it_reaches_a_provider() {
        for capability in Capability::of_components() {
            let mut model = Model::new("m".parse().unwrap(), &[capability]);
            model.input_types = vec!["image/png".to_owned(), "audio/wav".to_owned()];
            let task = palisade_core::custom::Task {
                id: "echo".to_owned(),
                summary: String::new(),
                input: palisade_core::Schema::parse("true").unwrap(),
                output: palisade_core::Schema::parse("true").unwrap(),
            };
            let description = Description { claimed_id: "c".to_owned(), ..Description::default() };
            let catalogue = Catalogue { tasks: vec![task], ..Catalogue::new(description, vec![model.clone()]) };
            let suite = of(capability, &model, &catalogue, &Settings::default());
            assert!(suite.plain.is_some(), "{capability}");
            assert_eq!(suite.left_out, None, "{capability}");
            for case in suite.groups.iter().flat_map(|(_, cases)| cases) {
                case.request.validate().unwrap_or_else(|error| panic!("{capability}: {}: {error}", case.what));
            }
        }
    }

    #[test]
    fn a_parameter_of_another_capability_is_left_alone_and_one_of_its_own_is_an_option() {
        let range = Range { min: 1.0, max: 4.0, step: None };
        let parameter = |name: &str| Parameter { name: name.to_owned(), spec: ParameterSpec::Integer(range) };
        let mut model = Model::new("m".parse().unwrap(), &[Capability::Chat]);
        model.parameters = vec![parameter("n"), parameter("ecc"), parameter("seed")];
        let plain = Request::typical(Capability::Chat);
        let cases = listed(&model, &plain, false);
        assert!(!cases.iter().any(|case| case.tries.as_deref() == Some("n")));
        let own = cases.iter().find(|case| case.tries.as_deref() == Some("ecc")).unwrap();
        assert_eq!(own.options.get("ecc"), Some(&json!(1)));
        assert!(cases.iter().any(|case| matches!(&case.request, Request::Chat(chat) if chat.seed == Some(4))));
    }
}
