//! What a field is set to: something that is known, or that steps make.

use std::collections::{BTreeMap, BTreeSet};

use palisade::Capability;
use serde_json::{Map, Value};

use crate::{
    field::{self, Output},
    kind::{self, Base, Kind, describe},
    name::Name,
    names,
    problem::Problem,
    template::{self, Part, Path, Piece},
};

/// What references may name.
pub(crate) struct Scope<'a> {
    pub(crate) inputs: &'a BTreeMap<Name, Kind>,
    pub(crate) steps: &'a BTreeMap<Name, Capability>,
}

/// What a field is set to.
#[derive(Debug, Clone)]
pub(crate) enum Expression {
    /// As it is wanted.
    Constant(Value),
    Reference {
        reference: Reference,
        wanted: Kind,
    },
    /// A text with references in it.
    Text {
        pieces: Vec<TextPiece>,
        wanted: Kind,
    },
    List(Vec<Expression>),
    Table(BTreeMap<String, Expression>),
}

#[derive(Debug, Clone)]
pub(crate) enum TextPiece {
    Plain(String),
    Reference(Reference),
}

impl TextPiece {
    fn source(&self) -> Option<&Source> {
        match self {
            Self::Reference(reference) => Some(&reference.source),
            Self::Plain(_) => None,
        }
    }
}

/// Something that an input or a step gives.
#[derive(Debug, Clone)]
pub(crate) struct Reference {
    pub(crate) source: Source,
    /// The way to a part of it.
    way: Vec<Part>,
    pub(crate) kind: Kind,
    /// As it was written.
    text: String,
}

/// Who gives it.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    Input(Name),
    Step { step: Name, output: &'static Output },
}

impl Source {
    fn step(&self) -> Option<&Name> {
        match self {
            Self::Step { step, .. } => Some(step),
            Self::Input(_) => None,
        }
    }
}

/// Where values come from.
pub(crate) trait Values {
    /// What an input or a step has given.
    fn value(&self, source: &Source) -> Result<Value, String>;

    /// What stands for a value of this kind that nobody has given; by default nothing does.
    fn stand_in(&self, _kind: Kind) -> Option<Value> {
        None
    }
}

impl Expression {
    /// Reads what a field is set to, and checks that it is what is wanted there.
    pub(crate) fn read(
        value: &Value,
        wanted: Kind,
        path: &str,
        scope: &Scope<'_>,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let mut refuse = |message: String| {
            problems.push(Problem::new(path, message));
            None
        };
        match value {
            Value::String(text) => match read_text(text, wanted, scope) {
                Ok(expression) => Some(expression),
                Err(message) => refuse(message),
            },
            Value::Number(_) | Value::Bool(_) => {
                let found = Kind::one(if value.is_number() { Base::Number } else { Base::Flag });
                if !wanted.takes(found) {
                    return refuse(expected(wanted, &found.to_string()));
                }
                match wanted.convert(value.clone(), found) {
                    Ok(value) => Some(Self::Constant(value)),
                    Err(message) => refuse(message),
                }
            }
            Value::Array(values) if wanted.is_list || wanted.base == Base::Json => {
                let each = values.iter().enumerate().map(|(index, value)| {
                    Self::read(value, Kind::one(wanted.base), &format!("{path}[{index}]"), scope, problems)
                });
                // All of them are looked at.
                each.collect::<Vec<_>>().into_iter().collect::<Option<_>>().map(Self::List)
            }
            Value::Object(table) if wanted.base == Base::Json => {
                let each = table.iter().map(|(key, value)| {
                    let path = format!("{path}.{key}");
                    Some((key.clone(), Self::read(value, Kind::one(Base::Json), &path, scope, problems)?))
                });
                let table = each.collect::<Vec<_>>().into_iter().collect::<Option<_>>().map(Self::Table)?;
                Some(if wanted.is_list { Self::List(vec![table]) } else { table })
            }
            Value::Null if wanted.base == Base::Json => Some(Self::Constant(Value::Null)),
            other => refuse(expected(wanted, describe(other))),
        }
    }

    /// What it comes to.
    ///
    /// # Errors
    ///
    /// Says which reference gives nothing of use.
    pub(crate) fn resolve(&self, values: &impl Values) -> Result<Value, String> {
        match self {
            Self::Constant(value) => Ok(value.clone()),
            Self::Reference { reference, wanted } => {
                let value = reference.resolve(values)?;
                wanted.convert(value, reference.kind).map_err(|reason| reference.wrong(reason))
            }
            Self::Text { pieces, wanted } => {
                let mut text = String::new();
                for piece in pieces {
                    match piece {
                        TextPiece::Plain(plain) => text += plain,
                        TextPiece::Reference(reference) => {
                            let value = reference.resolve(values)?;
                            text += &kind::word(&value).map_err(|reason| reference.wrong(reason))?;
                        }
                    }
                }
                wanted.convert(Value::String(text), Kind::one(Base::Text))
            }
            Self::List(all) => all.iter().map(|one| one.resolve(values)).collect::<Result<_, _>>().map(Value::Array),
            Self::Table(table) => {
                let each = table.iter().map(|(key, one)| Ok((key.clone(), one.resolve(values)?)));
                each.collect::<Result<Map<_, _>, String>>().map(Value::Object)
            }
        }
    }

    /// All that it takes from elsewhere.
    pub(crate) fn sources(&self) -> Vec<&Source> {
        match self {
            Self::Constant(_) => Vec::new(),
            Self::Reference { reference, .. } => vec![&reference.source],
            Self::Text { pieces, .. } => pieces.iter().filter_map(TextPiece::source).collect(),
            Self::List(all) => all.iter().flat_map(Self::sources).collect(),
            Self::Table(table) => table.values().flat_map(Self::sources).collect(),
        }
    }

    /// The steps that it waits for.
    pub(crate) fn steps(&self) -> BTreeSet<&Name> {
        self.sources().into_iter().filter_map(Source::step).collect()
    }
}

fn expected(wanted: Kind, found: &str) -> String {
    let remedy = if wanted.base.is_file() { ": name a file as an input of the pipeline" } else { "" };
    format!("expected {wanted}, found {found}{remedy}")
}

fn read_text(text: &str, wanted: Kind, scope: &Scope<'_>) -> Result<Expression, String> {
    let mut pieces = template::parse(text)?;
    let is_one = pieces.len() == 1;
    match pieces.pop() {
        Some(Piece::Plain(plain)) if is_one => {
            let found = Kind::one(Base::Text);
            if !wanted.takes(found) {
                return Err(expected(wanted, &found.to_string()));
            }
            return wanted.convert(Value::String(plain), found).map(Expression::Constant);
        }
        Some(Piece::Reference(path)) if is_one => {
            let reference = Reference::read(path, scope)?;
            if !wanted.takes(reference.kind) {
                return Err(expected(wanted, &format!("`{}`, which is {}", reference.text, reference.kind)));
            }
            return Ok(Expression::Reference { reference, wanted });
        }
        last => pieces.extend(last),
    }
    let found = Kind::one(Base::Text);
    if !wanted.takes(found) {
        return Err(expected(wanted, &found.to_string()));
    }
    let piece = |piece| match piece {
        Piece::Plain(plain) => Ok(TextPiece::Plain(plain)),
        Piece::Reference(path) => {
            let reference = Reference::read(path, scope)?;
            if reference.kind.is_list || !reference.kind.base.is_word() {
                return Err(format!("`{}` is {}, which is nothing for a text", reference.text, reference.kind));
            }
            Ok(TextPiece::Reference(reference))
        }
    };
    let pieces = pieces.into_iter().map(piece).collect::<Result<_, _>>()?;
    Ok(Expression::Text { pieces, wanted })
}

impl Reference {
    fn read(path: Path, scope: &Scope<'_>) -> Result<Self, String> {
        let Path { text, parts } = path;
        let mut parts = parts.into_iter().peekable();
        let mut name = |what: &str| match parts.next() {
            Some(Part::Name(name)) => Ok(name),
            _ => Err(format!("`{text}` names no {what}")),
        };
        let (source, kind) = match name("inputs or steps")?.as_str() {
            "inputs" => {
                let name = name("input")?;
                let known = || scope.inputs.keys().map(Name::as_str);
                let input = scope.inputs.get_key_value(name.as_str());
                let (name, kind) =
                    input.ok_or_else(|| format!("there is no input {}", names::unknown(&name, known())))?;
                (Source::Input(name.clone()), *kind)
            }
            "steps" => {
                let step = name("step")?;
                let known = || scope.steps.keys().map(Name::as_str);
                let found = scope.steps.get_key_value(step.as_str());
                let (step, capability) =
                    found.ok_or_else(|| format!("there is no step {}", names::unknown(&step, known())))?;
                let outputs = field::outputs(*capability);
                let known = names::known(outputs.iter().map(|output| output.name));
                let output = name("output").map_err(|reason| format!("{reason} of `{step}`; {known}"))?;
                let output = field::named(outputs, &output, |output| output.name).ok_or_else(|| {
                    let known = outputs.iter().map(|output| output.name);
                    format!("{capability} of step `{step}` makes no {}", names::unknown(&output, known))
                })?;
                (Source::Step { step: step.clone(), output }, output.kind)
            }
            other => return Err(format!("there is nothing called {}", names::unknown(other, ["inputs", "steps"]))),
        };
        let way: Vec<Part> = parts.collect();
        let kind = way.iter().try_fold(kind, |kind, part| match part {
            _ if kind == Kind::one(Base::Json) => Some(kind),
            Part::Index(_) if kind.is_list => Some(Kind::one(kind.base)),
            _ => None,
        });
        let kind = kind.ok_or_else(|| format!("`{text}` goes into what has no such parts: only lists and JSON do"))?;
        Ok(Self { source, way, kind, text })
    }

    fn resolve(&self, values: &impl Values) -> Result<Value, String> {
        let mut value = match values.value(&self.source) {
            Ok(value) => value,
            Err(reason) => return values.stand_in(self.kind).ok_or_else(|| self.wrong(reason)),
        };
        for part in &self.way {
            let inner = match (part, &mut value) {
                (Part::Index(index), Value::Array(values)) => values.get_mut(*index),
                (Part::Name(name), Value::Object(table)) => table.get_mut(name),
                _ => None,
            };
            value = inner.map(Value::take).ok_or_else(|| self.wrong("there is nothing there"))?;
        }
        Ok(value)
    }

    fn wrong(&self, reason: impl std::fmt::Display) -> String {
        format!("`{}`: {reason}", self.text)
    }
}
