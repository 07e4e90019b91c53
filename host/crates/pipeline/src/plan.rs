//! A pipeline that was checked: nothing in it can fail by being malformed.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use palisade::{Capability, ContextName, PicoUsd, Request};
use serde_json::Value;

use crate::{
    assemble,
    definition::{Definition, Input, Step},
    expression::{Expression, Scope, Source, Values},
    field::{self, Field, Place},
    inputs::{self, Inputs},
    kind::{Base, Kind},
    name::Name,
    names,
    order::order,
    problem::{Problem, Problems},
};

/// Most times that a step is done again.
const MAX_RETRIES: u32 = 10;

/// A pipeline that can run.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(crate) definition: Definition,
    pub(crate) steps: BTreeMap<Name, PlannedStep>,
    /// In which steps can run one after the other.
    order: Vec<Name>,
    pub(crate) outputs: BTreeMap<Name, PlannedOutput>,
}

/// A step whose fields are what its capability wants.
#[derive(Debug, Clone)]
pub(crate) struct PlannedStep {
    pub(crate) fields: Vec<(&'static Field, Expression)>,
    /// What it waits for.
    pub(crate) waits_for: BTreeSet<Name>,
    pub(crate) settings: Step,
}

#[derive(Debug, Clone)]
pub(crate) struct PlannedOutput {
    pub(crate) kind: Kind,
    pub(crate) value: Expression,
}

impl Plan {
    /// Checks a pipeline: names, references, types, what no provider could serve, and that no steps wait for each other.
    ///
    /// # Errors
    ///
    /// All that is wrong.
    pub fn new(definition: Definition) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        if definition.context.as_ref().is_some_and(|context| context.parse::<ContextName>().is_err()) {
            problems.push(Problem::new("context", "it is no name of a context: use a-z, 0-9, `.`, `_`, `-`"));
        }
        if definition.steps.is_empty() {
            problems.push(Problem::new("steps", "there are none: write at least one"));
        }
        for (name, input) in &definition.inputs {
            check_default(name, input, &mut problems);
        }
        let inputs = definition.inputs.iter().map(|(name, input)| (name.clone(), input.kind)).collect();
        let capabilities = definition.steps.iter().map(|(name, step)| (name.clone(), step.capability)).collect();
        let scope = Scope { inputs: &inputs, steps: &capabilities };
        let steps: BTreeMap<Name, PlannedStep> = definition
            .steps
            .iter()
            .map(|(name, step)| (name.clone(), plan(name, step, &scope, &mut problems)))
            .collect();
        let outputs = outputs(&definition, &scope, &mut problems);
        let waits_for = steps.iter().map(|(name, step)| (name.clone(), step.waits_for.clone())).collect();
        let order = order(&waits_for).unwrap_or_else(|around| {
            let around: Vec<&str> = around.iter().map(Name::as_str).collect();
            problems.push(Problem::new("steps", format!("they wait for each other: {}", around.join(" → "))));
            Vec::new()
        });
        Problems::none_of(problems)?;
        Ok(Self { definition, steps, order, outputs })
    }

    /// What it was made from.
    #[must_use]
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// The steps, each behind those that it waits for.
    pub fn order(&self) -> impl Iterator<Item = &Name> {
        self.order.iter()
    }

    pub(crate) fn in_order(&self) -> impl Iterator<Item = (&Name, &PlannedStep)> {
        self.order.iter().filter_map(|name| self.steps.get_key_value(name))
    }

    /// The context in which it runs: what it says; else its own name, where there is such a context, and the default one where there is none.
    #[must_use]
    pub fn context(&self) -> &str {
        self.definition.context.as_deref().unwrap_or(self.definition.name.as_str())
    }

    /// What comes out, and what it is.
    pub fn outputs(&self) -> impl Iterator<Item = (&Name, Kind)> {
        self.outputs.iter().map(|(name, output)| (name, output.kind))
    }

    /// The files that stand for inputs which are not given: whoever runs it reads them, and gives what is in them. Paths are relative to the
    /// file of the pipeline.
    #[must_use]
    pub fn default_files(&self, given: &Inputs) -> Vec<(Name, PathBuf)> {
        let path = |(name, input): (&Name, &Input)| {
            let path = input.default.as_ref()?.as_str().filter(|_| input.kind.base.is_file())?;
            (!given.has(name)).then(|| (name.clone(), PathBuf::from(path)))
        };
        self.definition.inputs.iter().filter_map(path).collect()
    }
}

fn check_default(name: &Name, input: &Input, problems: &mut Vec<Problem>) {
    let Some(default) = &input.default else { return };
    let checked = match input.kind {
        Kind { base, is_list: true } if base.is_file() => Err("a list of files has no default".to_owned()),
        kind if kind.base.is_file() => inputs::check(default, Kind::one(Base::Text)).map(drop),
        kind => inputs::check(default, kind).map(drop),
    };
    if let Err(message) = checked {
        problems.push(Problem::new(format!("inputs.{name}.default"), message));
    }
}

fn plan(name: &Name, step: &Step, scope: &Scope<'_>, problems: &mut Vec<Problem>) -> PlannedStep {
    let path = format!("steps.{name}");
    let before = problems.len();
    check_settings(&path, step, problems);
    let known = field::fields(step.capability);
    let mut fields: Vec<(&'static Field, Expression)> = Vec::new();
    let mut named = BTreeSet::new();
    for (key, value) in &step.with {
        let path = format!("{path}.with.{key}");
        let Some(field) = field::named(known, key, |field| field.name) else {
            let known = names::unknown(key, known.iter().map(|field| field.name));
            problems.push(Problem::new(path, format!("{} has no field {known}", step.capability)));
            continue;
        };
        if !named.insert(field.name) {
            problems.push(Problem::new(&path, "it is there twice, once with `_` and once with `-`"));
        }
        if let Some(expression) = Expression::read(value, field.kind, &path, scope, problems) {
            fields.push((field, expression));
        }
    }
    for field in known.iter().filter(|field| field.is_required && !named.contains(field.name)) {
        let message = format!("expected {}, found nothing: {} has to have it", field.kind, step.capability);
        problems.push(Problem::new(format!("{path}.with.{}", field.name), message));
    }
    if fields.iter().filter(|(field, _)| matches!(field.place, Place::Factor | Place::Pixels)).count() > 1 {
        problems.push(Problem::new(format!("{path}.with"), "`factor` and `size` say different things: write one"));
    }
    let mut waits_for: BTreeSet<Name> = fields.iter().flat_map(|(_, expression)| expression.steps()).cloned().collect();
    for (index, other) in step.after.iter().enumerate() {
        if !scope.steps.contains_key(other) {
            let known = names::unknown(other.as_str(), scope.steps.keys().map(Name::as_str));
            problems.push(Problem::new(format!("{path}.after[{index}]"), format!("there is no step {known}")));
        }
        waits_for.insert(other.clone());
    }
    let planned = PlannedStep { fields, waits_for, settings: step.clone() };
    if problems.len() == before {
        planned.check_constants(&path, problems);
    }
    planned
}

fn check_settings(path: &str, step: &Step, problems: &mut Vec<Problem>) {
    let mut refuse = |key: &str, message: &str| problems.push(Problem::new(format!("{path}.{key}"), message));
    if step.free && step.max_price.is_some_and(|price| price > PicoUsd::ZERO) {
        refuse("free", "`free` and `max-price` say different things: write one");
    }
    if step.provider.is_some() && step.model.as_ref().is_some_and(|model| model.contains('/')) {
        refuse("model", "it names a provider, as `provider` does: write one");
    }
    if step.attempts == Some(0) {
        refuse("attempts", "expected 1 or more, found 0");
    }
    if step.retry > MAX_RETRIES {
        refuse("retry", &format!("expected at most {MAX_RETRIES}, found {}", step.retry));
    }
}

fn outputs(definition: &Definition, scope: &Scope<'_>, problems: &mut Vec<Problem>) -> BTreeMap<Name, PlannedOutput> {
    let main = || {
        let main = |(name, step): (&Name, &Step)| {
            let output = field::outputs(step.capability).first()?;
            Some((name.clone(), format!("${{steps.{name}.{}}}", output.name)))
        };
        definition.steps.iter().filter_map(main).collect()
    };
    let written = if definition.outputs.is_empty() { main() } else { definition.outputs.clone() };
    let mut outputs = BTreeMap::new();
    for (name, text) in written {
        let (path, wanted) = (format!("outputs.{name}"), Kind::one(Base::Json));
        if let Some(value) = Expression::read(&Value::String(text), wanted, &path, scope, problems) {
            let kind = match &value {
                Expression::Reference { reference, .. } => reference.kind,
                _ => Kind::one(Base::Text),
            };
            outputs.insert(name, PlannedOutput { kind, value });
        }
    }
    outputs
}

impl PlannedStep {
    /// The request as far as it is known: what is not is taken to be ordinary, or is left out where it may be.
    ///
    /// # Errors
    ///
    /// Says what no provider could serve.
    pub(crate) fn ordinary_request(&self, known: &impl Values) -> Result<Request, String> {
        self.request(&Ordinary(known), |field, expression| {
            let is_known = expression.sources().into_iter().all(|source| known.value(source).is_ok());
            field.is_required || field.kind.base.is_file() || is_known
        })
    }

    /// The request.
    ///
    /// # Errors
    ///
    /// Says what no provider could serve.
    pub(crate) fn whole_request(&self, values: &impl Values) -> Result<Request, String> {
        self.request(values, |_, _| true)
    }

    fn request(&self, values: &impl Values, takes: impl Fn(&Field, &Expression) -> bool) -> Result<Request, String> {
        let taken = self.fields.iter().filter(|(field, expression)| takes(field, expression));
        let fields = taken.map(|(field, expression)| Ok((*field, expression.resolve(values)?)));
        assemble::request(self.capability(), &fields.collect::<Result<Vec<_>, String>>()?)
    }

    pub(crate) fn capability(&self) -> Capability {
        self.settings.capability
    }

    /// Looks at what is written down, field by field, so that the one is named that is wrong.
    fn check_constants(&self, path: &str, problems: &mut Vec<Problem>) {
        let is_constant = |expression: &Expression| expression.sources().is_empty();
        let values = Ordinary(&Nothing);
        if let Err(message) = self.request(&values, |field, _| field.is_required) {
            problems.push(Problem::new(format!("{path}.with"), message));
            return;
        }
        let before = problems.len();
        for (only, _) in self.fields.iter().filter(|(_, expression)| is_constant(expression)) {
            let with = self.request(&values, |field, _| field.is_required || field.name == only.name);
            if let Err(message) = with {
                let prefix = format!("{}: ", only.name);
                let message = message.strip_prefix(&prefix).unwrap_or(&message);
                problems.push(Problem::new(format!("{path}.with.{}", only.name), message));
            }
        }
        if problems.len() > before {
            return;
        }
        if let Err(message) = self.ordinary_request(&Nothing) {
            problems.push(Problem::new(format!("{path}.with"), message));
        }
    }
}

/// Where nothing is known yet.
pub(crate) struct Nothing;

impl Values for Nothing {
    fn value(&self, _: &Source) -> Result<Value, String> {
        Err("it is not known yet".to_owned())
    }
}

/// What is known, and for the rest something ordinary.
struct Ordinary<'a, V>(&'a V);

impl<V: Values> Values for Ordinary<'_, V> {
    fn value(&self, source: &Source) -> Result<Value, String> {
        self.0.value(source)
    }

    fn stand_in(&self, kind: Kind) -> Option<Value> {
        Some(assemble::typical(kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Format;

    const WHOLE: &str = r#"
        name = "poster"
        [inputs.topic]
        type = "text"
        [inputs.count]
        type = "number"
        default = 2
        [steps.idea]
        capability = "chat"
        with = { prompt = "A title about ${inputs.topic}" }
        [steps.draw]
        capability = "text-to-image"
        with = { prompt = "${steps.idea.text}!", size = "64x64", n = "${inputs.count}" }
        [steps.large]
        capability = "image-upscale"
        with = { image = "${steps.draw.images[0]}", factor = 3 }
        [outputs]
        picture = "${steps.large.image}"
        words = "${inputs.topic}: ${steps.idea.text}"
    "#;

    fn plan(toml: &str) -> Result<Plan, Vec<String>> {
        let definition = Definition::parse(toml, Format::Toml).unwrap();
        Plan::new(definition).map_err(|problems| problems.iter().map(ToString::to_string).collect())
    }

    /// What is wrong when a piece of it is another.
    fn wrong(from: &str, to: &str) -> String {
        assert!(WHOLE.contains(from), "{from}");
        plan(&WHOLE.replace(from, to)).unwrap_err().join("\n")
    }

    #[test]
    fn a_plan_knows_its_order_and_what_comes_out() {
        let plan = plan(WHOLE).unwrap();
        assert_eq!(plan.order().map(Name::as_str).collect::<Vec<_>>(), ["idea", "draw", "large"]);
        let outputs: Vec<_> = plan.outputs().map(|(name, kind)| format!("{name}: {kind}")).collect();
        assert_eq!(outputs, ["picture: picture", "words: text"]);
        assert_eq!(plan.context(), "poster");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_path_and_what_is_known() {
        let cases = [
            (
                "size = ",
                "sise = ",
                "steps.draw.with.sise: text-to-image has no field `sise`; did you mean `size`? known: prompt,",
            ),
            ("\"64x64\"", "5", "steps.draw.with.size: expected text, found number"),
            ("\"64x64\"", "\"64by64\"", "steps.draw.with.size: `64by64` is not a size"),
            ("\"${inputs.count}\"", "1000", "steps.draw.with.n: 1000 pictures, and at most"),
            ("\"${inputs.count}\"", "1.5", "steps.draw.with.n: invalid type"),
            (
                "\"${inputs.count}\"",
                "\"${inputs.topic}\"",
                "steps.draw.with.n: expected number, found `inputs.topic`, which is text",
            ),
            ("factor = 3", "factor = 0.5", "steps.large.with.factor"),
            ("factor = 3", "factor = 3, size = \"9x9\"", "steps.large.with: `factor` and `size` say different things"),
            (
                "draw.images[0]",
                "draw.images",
                "steps.large.with.image: expected picture, found `steps.draw.images`, which is list of picture",
            ),
            ("draw.images[0]", "draw.imag", "makes no `imag`; did you mean `image`? known: image, images"),
            ("draw.images[0]", "drew.image", "there is no step `drew`; did you mean `draw`? known: draw, idea, large"),
            ("\"${steps.draw.images[0]}\"", "\"fox.png\"", "expected picture, found text: name a file as an input"),
            ("image = \"${steps.draw.images[0]}\", ", "", "steps.large.with.image: expected picture, found nothing"),
            (
                "${steps.idea.text}!",
                "${steps.large.image}!",
                "`steps.large.image` is picture, which is nothing for a text",
            ),
            ("${steps.idea.text}!", "${steps.idea.text", "steps.draw.with.prompt: a reference begins with"),
            ("${steps.idea.text}!", " ", "steps.draw.with: prompt: "),
            ("default = 2", "default = \"two\"", "inputs.count.default: expected number, found text"),
            (
                "[steps.draw]",
                "[steps.draw]\nafter = [\"idee\"]",
                "steps.draw.after[0]: there is no step `idee`; did you mean `idea`?",
            ),
            ("[steps.draw]", "[steps.draw]\nfree = true\nmax-price = \"1\"", "steps.draw.free"),
            ("[steps.draw]", "[steps.draw]\nretry = 11", "steps.draw.retry: expected at most 10, found 11"),
            ("name = \"poster\"", "name = \"poster\"\ncontext = \"No\"", "context: it is no name"),
            ("\"${steps.large.image}\"", "\"${outputs.words}\"", "outputs.picture: there is nothing called `outputs`"),
        ];
        for (from, to, expected) in cases {
            let told = wrong(from, to);
            assert!(told.contains(expected), "{to}:\n{told}");
        }
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let toml = WHOLE.replace("size = ", "sise = ").replace("factor = 3", "factor = \"three\"");
        assert_eq!(plan(&toml).unwrap_err().len(), 2);
    }

    #[test]
    fn steps_that_wait_for_each_other_are_named() {
        let told = wrong("A title about ${inputs.topic}", "${steps.large.image.x}");
        assert!(told.contains("goes into what has no such parts"), "{told}");
        let told = wrong("[steps.idea]", "[steps.idea]\nafter = [\"large\"]");
        assert_eq!(told, "steps: they wait for each other: draw → idea → large → draw");
    }

    #[test]
    fn json_is_looked_into_when_it_is_there() {
        let toml = WHOLE.replace("${steps.idea.text}!", "${steps.idea.json.titles[0]}");
        plan(&toml).unwrap();
        plan(&WHOLE.replace("\"${inputs.count}\"", "\"${steps.idea.json.n}\"")).unwrap();
    }
}
