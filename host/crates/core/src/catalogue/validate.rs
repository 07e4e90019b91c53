//! The rules that a catalogue must follow: everything bounded, every number a number, no name twice.

use std::collections::BTreeSet;

use super::{Catalogue, Condition, Model, Parameter, ParameterSpec, Range};
use crate::{Capability, Error, ErrorKind, Result, Schema, text::escape};

/// Most models of one provider.
pub(crate) const MAX_MODELS: usize = 4096;
/// Most entries of any other list.
const MAX_LIST: usize = 256;
/// Most bytes of a name.
const MAX_NAME: usize = 64;
/// Most bytes of a short text: a version, a host, a media type.
const MAX_SHORT: usize = 256;
/// Most bytes of a sentence.
const MAX_SENTENCE: usize = 1024;
/// Most bytes of a JSON Schema.
const MAX_SCHEMA: usize = crate::schema::MAX_BYTES;
/// Most tasks of one provider.
const MAX_TASKS: usize = 32;

impl Catalogue {
    /// Most models of one provider.
    pub const MAX_MODELS: usize = MAX_MODELS;
    /// Most tasks of one provider.
    pub const MAX_TASKS: usize = MAX_TASKS;

    /// Checks every length, number and name. `exported` is what the provider really serves.
    ///
    /// # Errors
    ///
    /// `invalid-catalogue`, with the path of what is wrong.
    pub fn validate(&self, exported: &[Capability]) -> Result<()> {
        self.check(exported).map_err(|reason| Error::new(ErrorKind::InvalidCatalogue, reason))
    }

    fn check(&self, exported: &[Capability]) -> Result<(), String> {
        let description = &self.description;
        short("id", &description.claimed_id)?;
        description.claimed_id.parse::<crate::ProviderId>().map_err(|error| format!("id: {error}"))?;
        short("version", &description.version)?;
        bounded("summary", description.summary.len(), MAX_SENTENCE, "bytes")?;
        texts("credential-names", &description.credential_names, MAX_NAME)?;
        texts("hosts", &description.hosts, MAX_SHORT)?;
        texts("resumes", &description.resumes, MAX_SHORT)?;
        if let Some(schema) = &description.config_schema {
            Schema::parse(schema).map_err(|reason| format!("config-schema: {reason}"))?;
        }

        bounded("models", self.models.len(), MAX_MODELS, "entries")?;
        if self.models.is_empty() {
            return Err("models: there are none".to_owned());
        }
        let mut ids = BTreeSet::new();
        for model in &self.models {
            let path = format!("model `{}`", model.id);
            if !ids.insert(&model.id) {
                return Err(format!("{path}: the id is there twice"));
            }
            check_model(model, exported).map_err(|reason| format!("{path}: {reason}"))?;
        }
        self.check_tasks(exported)
    }
}

impl Catalogue {
    fn check_tasks(&self, exported: &[Capability]) -> Result<(), String> {
        bounded("tasks", self.tasks.len(), MAX_TASKS, "entries")?;
        if self.tasks.is_empty() && exported.contains(&Capability::Custom) {
            return Err("tasks: there are none".to_owned());
        }
        let serves = |model: &&Model| model.capabilities.contains(&Capability::Custom);
        for model in self.models.iter().filter(serves) {
            if model.parameter(crate::custom::Request::TASK).is_none() {
                return Err(format!("model `{}`: tasks: it has no parameter of them: use `with_tasks`", model.id));
            }
        }
        let mut ids = BTreeSet::new();
        for task in &self.tasks {
            task.id.parse::<crate::ModelId>().map_err(|error| format!("tasks: {error}"))?;
            bounded("tasks: summary", task.summary.len(), MAX_SENTENCE, "bytes")?;
            if !ids.insert(&task.id) {
                return Err(format!("tasks: `{}` is there twice", task.id));
            }
        }
        Ok(())
    }
}

fn check_model(model: &Model, exported: &[Capability]) -> Result<(), String> {
    bounded("capabilities", model.capabilities.len(), MAX_LIST, "entries")?;
    for capability in &model.capabilities {
        if !exported.contains(capability) {
            return Err(format!("capabilities: {capability} is claimed, and not exported"));
        }
    }
    bounded("model-ref", model.model_ref.as_ref().map_or(0, String::len), MAX_SHORT, "bytes")?;
    texts("input-types", &model.input_types, MAX_SHORT)?;
    texts("output-types", &model.output_types, MAX_SHORT)?;
    texts("regions", &model.regions, MAX_SHORT)?;
    texts("tags", &model.tags, MAX_NAME)?;
    if !["live", "staging", "deprecated"].contains(&model.status.as_str()) {
        return Err(format!("status: `{}` is none of live, staging, deprecated", escape(&model.status, MAX_NAME)));
    }

    // The host adds one, the tasks.
    bounded("params", model.parameters.len(), MAX_LIST + 1, "entries")?;
    let mut names = BTreeSet::new();
    for parameter in &model.parameters {
        check_parameter(parameter)?;
        if !names.insert(&parameter.name) {
            return Err(format!("params: `{}` is there twice", parameter.name));
        }
    }

    let prices = model.prices.as_deref().unwrap_or_default();
    bounded("prices", prices.len(), MAX_LIST, "entries")?;
    for price in prices {
        short("prices: unit", price.unit.as_str())?;
        bounded("prices: when", price.when.len(), MAX_LIST, "entries")?;
        for condition in &price.when {
            name("prices: when", &condition.parameter)?;
            // Numbers may be longer here than where they were read.
            let value = condition.value.to_string();
            bounded("prices: when: value", value.len(), 4 * Condition::MAX_VALUE_BYTES, "bytes")?;
        }
    }
    bounded("quotas", model.quotas.len(), MAX_LIST, "entries")?;
    for quota in &model.quotas {
        short("quotas: unit", quota.unit.as_str())?;
        if quota.per_ms == 0 {
            return Err("quotas: a window of 0 ms".to_owned());
        }
    }
    if model.max_concurrency == Some(0) {
        return Err("max-concurrency: 0 calls at one time".to_owned());
    }
    Ok(())
}

fn check_parameter(parameter: &Parameter) -> Result<(), String> {
    name("params", &parameter.name)?;
    let path = format!("params: {}", parameter.name);
    match &parameter.spec {
        ParameterSpec::Integer(range) | ParameterSpec::Number(range) => check_range(&path, *range),
        ParameterSpec::Choice { values } if values.is_empty() => Err(format!("{path}: a choice of nothing")),
        ParameterSpec::Choice { values } => texts(&path, values, MAX_SHORT),
        ParameterSpec::Schema { schema } => bounded(&path, schema.len(), MAX_SCHEMA, "bytes"),
        ParameterSpec::Flag | ParameterSpec::Text { .. } => Ok(()),
    }
}

fn check_range(path: &str, range: Range) -> Result<(), String> {
    if !range.min.is_finite() || !range.max.is_finite() || range.min > range.max {
        return Err(format!("{path}: {range} is no range"));
    }
    match range.step {
        Some(step) if !step.is_finite() || step <= 0.0 => Err(format!("{path}: a step of {step}")),
        _ => Ok(()),
    }
}

fn bounded(path: &str, length: usize, max: usize, what: &str) -> Result<(), String> {
    if length > max { Err(format!("{path}: {length} {what}, and at most {max} are taken")) } else { Ok(()) }
}

fn short(path: &str, text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err(format!("{path}: it is empty"));
    }
    let escaped = escape(text, MAX_SHORT);
    if text.len() <= MAX_SHORT && escaped != text {
        return Err(format!("{path}: `{escaped}` has control characters"));
    }
    bounded(path, text.len(), MAX_SHORT, "bytes")
}

fn texts(path: &str, texts: &[String], max: usize) -> Result<(), String> {
    bounded(path, texts.len(), MAX_LIST, "entries")?;
    texts.iter().try_for_each(|text| {
        short(path, text)?;
        bounded(path, text.len(), max, "bytes")
    })
}

fn name(path: &str, text: &str) -> Result<(), String> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    if text.is_empty() || text.len() > MAX_NAME || !text.bytes().all(allowed) {
        let text = escape(text, MAX_NAME);
        return Err(format!("{path}: `{text}` is no name: use 1 to {MAX_NAME} of a-z, 0-9, `-`, `_`, `.`"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        PicoUsd,
        catalogue::{Comparison, Description, Price, Quota},
    };

    fn catalogue(change: impl FnOnce(&mut Catalogue)) -> Catalogue {
        let mut catalogue = Catalogue {
            description: Description {
                claimed_id: "card".to_owned(),
                version: "1.0.0".to_owned(),
                ..Description::default()
            },
            models: vec![Model::new("card".parse().unwrap(), &[Capability::TextToImage])],
            tasks: vec![],
        };
        change(&mut catalogue);
        catalogue
    }

    fn integer(min: f64, max: f64, step: Option<f64>) -> Vec<Parameter> {
        vec![Parameter { name: "width".to_owned(), spec: ParameterSpec::Integer(Range { min, max, step }) }]
    }

    #[test]
    fn a_plain_catalogue_is_taken() {
        assert!(catalogue(|_| {}).validate(&[Capability::TextToImage]).is_ok());
    }

    #[test]
    fn every_broken_rule_is_named() {
        type Change = Box<dyn FnOnce(&mut Catalogue)>;
        let cases: Vec<(&str, Change)> = vec![
            ("id:", Box::new(|c| c.description.claimed_id = "../card".to_owned())),
            ("version:", Box::new(|c| c.description.version.clear())),
            ("summary:", Box::new(|c| c.description.summary = "x".repeat(MAX_SENTENCE + 1))),
            ("control", Box::new(|c| c.description.version = "1.0\u{7}".to_owned())),
            ("control", Box::new(|c| c.models[0].tags = vec!["\u{1b}[31mred".to_owned()])),
            ("config-schema: no JSON", Box::new(|c| c.description.config_schema = Some("{".to_owned()))),
            (
                "config-schema: the keyword",
                Box::new(|c| c.description.config_schema = Some(r##"{"$ref":"#"}"##.to_owned())),
            ),
            ("hosts:", Box::new(|c| c.description.hosts = vec!["a".to_owned(); MAX_LIST + 1])),
            ("models:", Box::new(|c| c.models.clear())),
            ("twice", Box::new(|c| c.models.push(c.models[0].clone()))),
            ("status:", Box::new(|c| c.models[0].status = "\u{1b}[31m".to_owned())),
            ("range", Box::new(|c| c.models[0].parameters = integer(f64::NAN, 1.0, None))),
            ("range", Box::new(|c| c.models[0].parameters = integer(2.0, 1.0, None))),
            ("range", Box::new(|c| c.models[0].parameters = integer(0.0, f64::INFINITY, None))),
            ("step", Box::new(|c| c.models[0].parameters = integer(0.0, 1.0, Some(0.0)))),
            (
                "window",
                Box::new(|c| {
                    c.models[0].quotas = vec![Quota { unit: crate::Unit::Image, per_ms: 0, amount: 1 }];
                }),
            ),
            (
                "prices: when: value",
                Box::new(|c| {
                    let value = "x".repeat(4 * Condition::MAX_VALUE_BYTES).into();
                    let when = vec![Condition { parameter: "n".to_owned(), comparison: Comparison::Equal, value }];
                    c.models[0].prices = Some(vec![Price { when, ..Price::new(crate::Unit::Image, PicoUsd(1)) }]);
                }),
            ),
            ("max-concurrency", Box::new(|c| c.models[0].max_concurrency = Some(0))),
        ];
        for (expected, change) in cases {
            let error = catalogue(change).validate(&[Capability::TextToImage]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidCatalogue);
            assert!(error.message().contains(expected), "{expected:?} is not in {:?}", error.message());
            assert!(!error.message().contains('\u{1b}'), "unescaped: {:?}", error.message());
        }
    }

    #[test]
    fn a_capability_that_is_not_exported_cannot_be_claimed() {
        let error = catalogue(|_| {}).validate(&[]).unwrap_err();
        assert!(error.message().contains("not exported"), "{error}");
    }
}
