//! What goes into a run.

use std::collections::BTreeMap;

use palisade::Media;
use serde_json::{Value, json};

use crate::{
    definition::Input,
    kind::{Base, Kind, describe},
    name::Name,
    names,
    problem::{Problem, Problems},
};

/// What goes into a run, by name. What is given more than once is a list.
#[derive(Debug, Clone, Default)]
pub struct Inputs(BTreeMap<String, Vec<Given>>);

#[derive(Debug, Clone)]
enum Given {
    Value(Value),
    /// As it was typed: what it is says the pipeline.
    Typed(String),
    File(Media),
}

impl Inputs {
    /// With a value.
    #[must_use]
    pub fn value(self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.with(name.into(), Given::Value(value.into()))
    }

    /// With a value as it is typed: `5` is a number where the pipeline wants one, and a text where it wants that.
    #[must_use]
    pub fn typed(self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.with(name.into(), Given::Typed(text.into()))
    }

    /// With a file.
    #[must_use]
    pub fn file(self, name: impl Into<String>, file: Media) -> Self {
        self.with(name.into(), Given::File(file))
    }

    fn with(mut self, name: String, given: Given) -> Self {
        self.0.entry(name).or_default().push(given);
        self
    }

    pub(crate) fn has(&self, name: &Name) -> bool {
        self.0.contains_key(name.as_str())
    }

    /// The value of each input.
    ///
    /// # Errors
    ///
    /// All that is missing, not known or of another type.
    pub(crate) fn accept(&self, wanted: &BTreeMap<Name, Input>) -> Result<BTreeMap<Name, Value>, Problems> {
        let (mut values, mut problems) = (BTreeMap::new(), Vec::new());
        for name in self.0.keys().filter(|name| !wanted.contains_key(name.as_str())) {
            let known = names::unknown(name, wanted.keys().map(Name::as_str));
            problems.push(Problem::new("inputs", format!("there is no input {known}")));
        }
        for (name, input) in wanted {
            let value = match (self.0.get(name.as_str()), &input.default) {
                (Some(given), _) => accept(given, input.kind),
                (None, Some(file)) if input.kind.base.is_file() => Err(format!("the file {file} was not read")),
                (None, Some(value)) => check(value, input.kind),
                (None, None) => Err(format!("expected {}, found nothing: give it a value", input.kind)),
            };
            match value {
                Ok(value) => drop(values.insert(name.clone(), value)),
                Err(message) => problems.push(Problem::new(format!("inputs.{name}"), message)),
            }
        }
        Problems::none_of(problems).map(|()| values)
    }
}

fn accept(given: &[Given], kind: Kind) -> Result<Value, String> {
    let one = |given: &Given| match given {
        Given::Value(value) => check(value, kind),
        Given::Typed(text) => typed(text, kind).and_then(|value| check(&value, kind)),
        Given::File(file) => check_file(file, kind.base).map(|value| if kind.is_list { json!([value]) } else { value }),
    };
    match given {
        [given] => one(given),
        several if kind.is_list => {
            let lists: Vec<Value> = several.iter().map(one).collect::<Result<_, _>>()?;
            Ok(lists
                .into_iter()
                .flat_map(|list| if let Value::Array(values) = list { values } else { vec![list] })
                .collect())
        }
        several => Err(format!("expected one {kind}, found {}", several.len())),
    }
}

/// What was typed, as JSON.
fn typed(text: &str, kind: Kind) -> Result<Value, String> {
    let is_json = kind.is_list && text.trim_start().starts_with('[');
    match kind.base {
        Base::Text | Base::Item if !is_json => Ok(text.into()),
        base if base.is_file() => Err(format!("expected {kind}, found a text: name a file, as in `@FILE`")),
        // Words that are no JSON are a text, which may be what is wanted.
        _ => Ok(serde_json::from_str(text).unwrap_or_else(|_| text.into())),
    }
}

/// A value of this kind.
///
/// # Errors
///
/// Says what it is instead.
pub(crate) fn check(value: &Value, kind: Kind) -> Result<Value, String> {
    match value {
        Value::Array(values) if kind.is_list => {
            let each = values.iter().enumerate().map(|(index, value)| {
                check(value, Kind::one(kind.base)).map_err(|reason| format!("[{index}]: {reason}"))
            });
            each.collect()
        }
        one if kind.is_list => Ok(json!([check(one, Kind::one(kind.base))?])),
        one => {
            let fits = match kind.base {
                Base::Text => one.is_string(),
                Base::Number => one.is_number(),
                Base::Flag => one.is_boolean(),
                Base::Vector => one.as_array().is_some_and(|numbers| numbers.iter().all(Value::is_number)),
                Base::Json => true,
                Base::Item if one.is_string() => return Ok(json!({ "text": one })),
                Base::Item | Base::Picture | Base::Sound | Base::Film | Base::File => {
                    let file = serde_json::from_value(one.clone());
                    return file.map_err(|_| unlike(kind, describe(one))).and_then(|file| check_file(&file, kind.base));
                }
            };
            if fits { Ok(one.clone()) } else { Err(unlike(kind, describe(one))) }
        }
    }
}

fn check_file(file: &Media, base: Base) -> Result<Value, String> {
    let is = |families: &[&str]| families.iter().any(|family| file.media_type.starts_with(family));
    let fits = match base {
        Base::Picture => is(&["image/"]),
        Base::Sound => is(&["audio/", "video/"]),
        Base::Film => is(&["video/", "image/"]),
        Base::File | Base::Item => true,
        // A long text is in a file.
        Base::Text | Base::Json | Base::Number | Base::Flag | Base::Vector => {
            let text = std::str::from_utf8(&file.data).map_err(|_| unlike(Kind::one(base), &file.media_type))?;
            return typed(text.trim_end_matches(['\r', '\n']), Kind::one(base))
                .and_then(|value| check(&value, Kind::one(base)));
        }
    };
    if !fits {
        return Err(unlike(Kind::one(base), &palisade::text::escape(&file.media_type, 80)));
    }
    let file = serde_json::to_value(file).map_err(|error| error.to_string())?;
    Ok(if base == Base::Item { json!({ "media": file }) } else { file })
}

fn unlike(kind: Kind, found: &str) -> String {
    format!("expected {kind}, found {found}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(kinds: &[(&str, &str)]) -> BTreeMap<Name, Input> {
        kinds.iter().map(|(name, kind)| (name.parse().unwrap(), Input::new(kind.parse().unwrap()))).collect()
    }

    fn picture(media_type: &str) -> Media {
        Media { media_type: media_type.to_owned(), data: vec![1] }
    }

    fn accepted(kind: &str, inputs: Inputs) -> Result<Value, String> {
        let mut values = inputs.accept(&wanted(&[("a", kind)])).map_err(|problems| problems.to_string())?;
        Ok(values.remove("a").unwrap())
    }

    #[test]
    fn what_is_typed_becomes_what_is_wanted() {
        let typed = |kind: &str, text: &str| accepted(kind, Inputs::default().typed("a", text));
        assert_eq!(typed("text", "5"), Ok(json!("5")));
        assert_eq!(typed("text", "${steps.a.b}"), Ok(json!("${steps.a.b}")), "nobody looks for references in it");
        assert_eq!(typed("number", "5"), Ok(json!(5)));
        assert_eq!(typed("flag", "true"), Ok(json!(true)));
        assert_eq!(typed("list of text", "a"), Ok(json!(["a"])));
        assert_eq!(typed("list of text", r#"["a", "b"]"#), Ok(json!(["a", "b"])));
        assert_eq!(typed("list of item", "a"), Ok(json!([{ "text": "a" }])));
        assert_eq!(typed("json", "{\"a\": 1}"), Ok(json!({ "a": 1 })));
        assert_eq!(typed("number", "many"), Err("inputs.a: expected number, found text".to_owned()));
        assert_eq!(typed("list of number", "[1, \"a\"]"), Err("inputs.a: [1]: expected number, found text".to_owned()));
        assert!(typed("picture", "fox.png").unwrap_err().contains("@FILE"));
    }

    #[test]
    fn files_are_what_their_type_says() {
        let file = |kind: &str, media_type: &str| accepted(kind, Inputs::default().file("a", picture(media_type)));
        assert_eq!(file("picture", "image/png"), Ok(json!({ "media_type": "image/png", "data": "AQ==" })));
        assert!(file("item", "image/png").unwrap()["media"].is_object());
        assert!(file("list of picture", "image/png").unwrap()[0].is_object());
        assert_eq!(file("picture", "audio/wav"), Err("inputs.a: expected picture, found audio/wav".to_owned()));
        let text = Media { media_type: "text/plain".to_owned(), data: b"12\n".to_vec() };
        assert_eq!(accepted("number", Inputs::default().file("a", text)), Ok(json!(12)));
    }

    #[test]
    fn what_is_missing_or_not_known_is_told_all_at_once() {
        let inputs = Inputs::default().typed("tpoic", "a");
        let problems = inputs.accept(&wanted(&[("topic", "text"), ("n", "number")])).unwrap_err();
        let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(problems[0], "inputs: there is no input `tpoic`; did you mean `topic`? known: n, topic");
        assert_eq!(problems.len(), 3);
        let twice = Inputs::default().typed("a", "1").typed("a", "2");
        assert_eq!(accepted("list of number", twice.clone()), Ok(json!([1, 2])));
        assert!(accepted("number", twice).unwrap_err().contains("expected one number, found 2"));
    }
}
