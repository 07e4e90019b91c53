//! The settings that an operator gives a provider, beside the schema that the provider publishes for them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Description;
use crate::{Error, ErrorKind, Result, Schema, text::escape};

/// Most characters of what a provider says that it takes.
const MAX_EXPECTED: usize = 200;
/// Most names that are told.
const MAX_NAMES: usize = 20;

impl Description {
    /// Checks settings against the schema of the provider; any are right where it has none. A setting is text, or the JSON that the
    /// text stands for, whichever of the two the provider takes.
    ///
    /// # Errors
    ///
    /// `config`, with the path of the setting that is wrong, what is taken there and what was found; `invalid-catalogue` when the
    /// schema is none.
    pub fn check_config(&self, config: &BTreeMap<String, String>) -> Result<()> {
        let Some(schema) = &self.config_schema else { return Ok(()) };
        let bad_schema = |reason| Error::new(ErrorKind::InvalidCatalogue, format!("config-schema: {reason}"));
        let schema = Schema::parse(schema).map_err(bad_schema)?;
        let wrong = |message| Error::new(ErrorKind::Config, message);
        let mut settings = Map::new();
        for (name, text) in config {
            let value = match of_setting(&schema, name) {
                Some(own) => {
                    let own = Schema::parse(&own.to_string()).map_err(bad_schema)?;
                    let value = read(&own, text);
                    let expected = || escape(&own.as_json().to_string(), MAX_EXPECTED);
                    own.check(&value).map_err(|reason| {
                        wrong(format!("`config.{}`: {reason}; the provider takes {}", escape(name, 64), expected()))
                    })?;
                    value
                }
                None => Value::from(text.as_str()),
            };
            settings.insert(name.clone(), value);
        }
        schema
            .check(&Value::Object(settings))
            .map_err(|reason| wrong(format!("`config`: {reason}; the provider takes: {}", names(&schema))))
    }
}

/// The schema of one setting, where it has one of its own.
fn of_setting<'a>(schema: &'a Schema, name: &str) -> Option<&'a Value> {
    schema.as_json().get("properties")?.get(name)
}

/// What the text of a setting stands for.
fn read(schema: &Schema, text: &str) -> Value {
    let plain = Value::from(text);
    let Ok(json) = serde_json::from_str::<Value>(text) else { return plain };
    let is_text = schema.check(&plain).is_ok()
        || schema.check(&json).is_err() && schema.as_json().get("type").is_some_and(|kind| kind == "string");
    if is_text { plain } else { json }
}

/// The names of the settings that a provider knows.
fn names(schema: &Schema) -> String {
    let known = schema.as_json().get("properties").and_then(Value::as_object);
    let names: Vec<_> = known.into_iter().flatten().take(MAX_NAMES).map(|(name, _)| escape(name, 64)).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = r#"{
        "type": "object",
        "properties": {
            "footer": {"type": "string", "maxLength": 5},
            "threshold": {"type": "number", "maximum": 1},
            "mode": {"enum": ["fast", "slow", 3]},
            "words": {"type": "array", "items": {"type": "object", "required": ["term"]}}
        },
        "required": ["threshold"],
        "additionalProperties": false
    }"#;

    fn check(settings: &[(&str, &str)]) -> Result<(), String> {
        let description = Description { config_schema: Some(SCHEMA.to_owned()), ..Description::default() };
        let config = settings.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        description.check_config(&config).map_err(|error| {
            assert_eq!(error.kind(), ErrorKind::Config);
            error.message().to_owned()
        })
    }

    #[test]
    fn settings_are_text_or_what_the_text_stands_for() {
        for taken in [
            [("threshold", "0.5"), ("footer", "0.5")],
            [("threshold", "1"), ("mode", "fast")],
            [("threshold", "1"), ("mode", "3")],
            [("threshold", "-1e3"), ("words", r#"[{"term": "fox"}]"#)],
        ] {
            assert_eq!(check(&taken), Ok(()), "{taken:?}");
        }
        let without_schema = Description::default();
        without_schema.check_config(&[("any".to_owned(), "thing".to_owned())].into()).unwrap();
    }

    #[test]
    fn what_is_wrong_is_told_with_its_path_what_was_found_and_what_is_taken() {
        let ample = ("threshold", "0.5");
        for (settings, told) in [
            (
                vec![("threshold", "7")],
                r#"`config.threshold`: 7 is greater than the maximum of 1; the provider takes {"maximum":1,"type":"number"}"#,
            ),
            (
                vec![("threshold", "much")],
                r#"`config.threshold`: "much" is not of type "number"; the provider takes {"maximum":1,"type":"number"}"#,
            ),
            (
                vec![ample, ("footer", "123456")],
                r#"`config.footer`: "123456" is longer than 5 characters; the provider takes {"maxLength":5,"type":"string"}"#,
            ),
            (
                vec![ample, ("words", "[{}]")],
                r#"`config.words`: at `/0`: "term" is a required property; the provider takes {"items":{"required":["term"],"type":"object"},"type":"array"}"#,
            ),
            (
                vec![ample, ("thresold", "1")],
                "`config`: Additional properties are not allowed ('thresold' was unexpected); the provider takes: footer, mode, threshold, words",
            ),
            (
                vec![],
                "`config`: \"threshold\" is a required property; the provider takes: footer, mode, threshold, words",
            ),
        ] {
            assert_eq!(check(&settings).unwrap_err(), told);
        }
    }
}
