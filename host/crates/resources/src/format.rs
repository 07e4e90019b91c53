//! What configurations are written in.

use std::{fmt, sync::Arc};

use palisade_core::text::escape;
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

use crate::{bounds::Bounds, nearest::names};

/// Most characters of what a parser says.
const MAX_REASON: usize = 1000;

/// A language that configurations are written in. Besides TOML, YAML and JSON, an application may have its own.
pub trait Format: Send + Sync {
    /// Its name, for people.
    fn name(&self) -> &str;

    /// The ends of the names of its files, without the dot, in lower case.
    fn extensions(&self) -> &[&str];

    /// Reads a text, which has no more bytes than `bounds` allow.
    ///
    /// # Errors
    ///
    /// Says what is wrong, with the line.
    fn parse(&self, text: &str, bounds: &Bounds) -> Result<Value, String>;
}

/// The languages that a loader knows.
#[derive(Clone)]
pub(crate) struct Formats(Vec<Arc<dyn Format>>);

impl Default for Formats {
    fn default() -> Self {
        Self(vec![Arc::new(Toml), Arc::new(Yaml), Arc::new(Json)])
    }
}

impl Formats {
    /// Adds a language, which goes before those of the same extension.
    pub(crate) fn add(&mut self, format: Arc<dyn Format>) {
        self.0.insert(0, format);
    }

    /// Reads a text of a file or an address of this name.
    ///
    /// # Errors
    ///
    /// Says what is wrong, with the line.
    pub(crate) fn parse(&self, name: &str, text: &str, bounds: &Bounds) -> Result<Value, String> {
        let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
        let Some(format) = self.0.iter().find(|format| format.extensions().contains(&extension.as_str())) else {
            let known = self.0.iter().flat_map(|format| format.extensions().iter().copied());
            let extension = escape(&extension, 20);
            return Err(format!("nobody reads files that end with `.{extension}`; known: {}", names(known)));
        };
        let value = format.parse(text, bounds).map_err(|reason| {
            let lines = reason.trim_end().lines().map(|line| escape(line, MAX_REASON)).collect::<Vec<_>>();
            format!("it is no {}: {}", format.name(), lines.join("\n"))
        })?;
        if !fits(&value, bounds.depth) {
            return Err(format!("it is nested deeper than {}", bounds.depth));
        }
        Ok(value)
    }
}

impl fmt::Debug for Formats {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.0.iter().map(|format| format.name())).finish()
    }
}

/// Whether a value is nested no deeper than allowed.
fn fits(value: &Value, allowed: usize) -> bool {
    match value {
        Value::Array(items) => allowed > 0 && items.iter().all(|item| fits(item, allowed - 1)),
        Value::Object(members) => allowed > 0 && members.values().all(|member| fits(member, allowed - 1)),
        _ => true,
    }
}

struct Toml;
struct Yaml;
struct Json;

impl Format for Toml {
    fn name(&self) -> &str {
        "TOML"
    }

    fn extensions(&self) -> &[&str] {
        &["toml"]
    }

    fn parse(&self, text: &str, _: &Bounds) -> Result<Value, String> {
        let table: toml::Table = toml::from_str(text).map_err(|error| error.to_string())?;
        from_toml(toml::Value::Table(table))
    }
}

impl Format for Yaml {
    fn name(&self) -> &str {
        "YAML"
    }

    fn extensions(&self) -> &[&str] {
        &["yaml", "yml"]
    }

    fn parse(&self, text: &str, bounds: &Bounds) -> Result<Value, String> {
        from_yaml(text, bounds)
    }
}

/// Reads YAML within bounds. Anchors and aliases, by which a short text becomes a long one, count with what they stand for.
///
/// # Errors
///
/// Says what is wrong, with the line.
pub fn from_yaml<T: DeserializeOwned>(text: &str, bounds: &Bounds) -> Result<T, String> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: bounds.depth,
            max_nodes: bounds.nodes,
            max_events: bounds.nodes.saturating_mul(4),
            max_documents: 1,
        },
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| error.to_string())
}

impl Format for Json {
    fn name(&self) -> &str {
        "JSON"
    }

    fn extensions(&self) -> &[&str] {
        &["json"]
    }

    fn parse(&self, text: &str, _: &Bounds) -> Result<Value, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }
}

/// The same value of JSON. Dates and times are text there.
///
/// # Errors
///
/// A number that JSON does not have.
pub fn from_toml(value: toml::Value) -> Result<Value, String> {
    Ok(match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Float(number) => {
            Value::Number(Number::from_f64(number).ok_or_else(|| format!("{number} is no number of JSON"))?)
        }
        toml::Value::Boolean(is) => Value::Bool(is),
        toml::Value::Datetime(time) => Value::String(time.to_string()),
        toml::Value::Array(items) => Value::Array(items.into_iter().map(from_toml).collect::<Result<_, _>>()?),
        toml::Value::Table(table) => {
            let members = table.into_iter().map(|(key, value)| Ok((key, from_toml(value)?)));
            Value::Object(members.collect::<Result<Map<_, _>, String>>()?)
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(name: &str, text: &str) -> Result<Value, String> {
        Formats::default().parse(name, text, &Bounds { depth: 10, nodes: 1000, ..Bounds::default() })
    }

    #[test]
    fn three_languages_say_the_same() {
        let expected = json!({"name": "fast", "tokens": 8, "words": ["a", true], "since": "2026-11-01"});
        let toml = "name = \"fast\"\ntokens = 8\nwords = [\"a\", true]\nsince = 2026-11-01";
        let yaml = "name: fast\ntokens: 8\nwords: [a, true]\nsince: \"2026-11-01\"\n";
        assert_eq!(parse("a.toml", toml).unwrap(), expected);
        assert_eq!(parse("b/a.YAML", yaml).unwrap(), expected);
        assert_eq!(parse("a.yml", yaml).unwrap(), expected);
        assert_eq!(parse("a.json", &expected.to_string()).unwrap(), expected);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (name, text, expected) in [
            ("a.toml", "a = 1\nb = ", "line 2"),
            ("a.yaml", "a: 1\nb: [", "line"),
            ("a.json", "{\n\"a\" 1}", "line 2"),
            ("a.toml", "a = nan", "no number of JSON"),
            ("a.ini", "a", "known: toml, yaml, yml, json"),
            ("a", "a", "known: toml"),
            ("a.yaml", "a: 1\na: 2\n", "a"),
        ] {
            let reason = parse(name, text).unwrap_err();
            assert!(reason.contains(expected), "{expected:?} is not in {reason:?}");
        }
    }

    #[test]
    fn a_short_text_does_not_become_a_long_value() {
        let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
            laughs += &format!("a{level}: &a{level} [{aliases}]\n");
        }
        assert!(parse("a.yaml", &laughs).is_err());
        for (name, text) in [("a.json", "[".repeat(11) + &"]".repeat(11)), ("a.yaml", "[".repeat(11) + &"]".repeat(11))]
        {
            assert!(parse(name, &text).is_err(), "{name}");
        }
        assert!(parse("a.json", &("[".repeat(10) + &"]".repeat(10))).is_ok());
    }
}
