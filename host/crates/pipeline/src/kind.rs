//! What a value is: of a field, of an input, of what a step makes.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::names;

macro_rules! bases {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)+) => {
        /// What one value is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Base {
            $($(#[$doc])* $variant,)+
        }

        impl Base {
            const ALL: &[Self] = &[$(Self::$variant,)+];

            /// What it is called in a pipeline.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

bases! {
    /// Words.
    Text = "text";
    /// A number.
    Number = "number";
    /// `true` or `false`.
    Flag = "flag";
    /// A picture.
    Picture = "picture";
    /// A sound.
    Sound = "sound";
    /// A film.
    Film = "film";
    /// A file of any type.
    File = "file";
    /// A text, or a file of any type.
    Item = "item";
    /// Numbers that stand for a meaning.
    Vector = "vector";
    /// Whatever JSON can say.
    Json = "json";
}

impl Base {
    /// Whether it is bytes with a media type.
    #[must_use]
    pub const fn is_file(self) -> bool {
        matches!(self, Self::Picture | Self::Sound | Self::Film | Self::File)
    }

    /// Whether something of another kind can stand where this is wanted.
    fn takes(self, other: Self) -> bool {
        match (self, other) {
            (Self::Json, _) => true,
            // What is in it is known when it is there.
            (Self::Text | Self::Number | Self::Flag, Self::Json) => true,
            (Self::File, other) => other.is_file(),
            (Self::Item, other) => other == Self::Text || other == Self::Item || other.is_file(),
            // A film has a sound.
            (Self::Sound, Self::Film) => true,
            (wanted, other) => wanted == other,
        }
    }

    /// Whether it can stand inside of a text.
    pub(crate) const fn is_word(self) -> bool {
        matches!(self, Self::Text | Self::Number | Self::Flag | Self::Json)
    }
}

/// What a value is, or what each of a list is. In a pipeline `text`, or `list of text`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Kind {
    /// What it is.
    pub base: Base,
    /// Whether there are any number of them.
    pub is_list: bool,
}

impl Kind {
    /// One of these.
    #[must_use]
    pub const fn one(base: Base) -> Self {
        Self { base, is_list: false }
    }

    /// Any number of these.
    #[must_use]
    pub const fn list(base: Base) -> Self {
        Self { base, is_list: true }
    }

    /// Whether a value of another kind can stand where this is wanted. One of them is a list of one.
    #[must_use]
    pub fn takes(self, other: Self) -> bool {
        if other.is_list && !self.is_list { self.base == Base::Json } else { self.base.takes(other.base) }
    }

    /// A value of a kind that this [takes](Self::takes), as this has it.
    ///
    /// # Errors
    ///
    /// Says what JSON holds instead.
    pub(crate) fn convert(self, value: Value, from: Self) -> Result<Value, String> {
        if self.base == Base::Json {
            return Ok(value);
        }
        match (self.is_list, value) {
            // What JSON holds may be a list.
            (true, Value::Array(values)) if from.is_list || from.base == Base::Json => {
                values.into_iter().map(|value| self.base.convert(value, from.base)).collect()
            }
            (true, value) => Ok(Value::Array(vec![self.base.convert(value, from.base)?])),
            (false, value) => self.base.convert(value, from.base),
        }
    }
}

impl Base {
    fn convert(self, value: Value, from: Self) -> Result<Value, String> {
        match (self, from) {
            (Self::Item, Self::Text) => Ok(json!({ "text": value })),
            (Self::Item, from) if from.is_file() => Ok(json!({ "media": value })),
            (Self::Text, Self::Json) => word(&value).map(Value::String),
            (Self::Number, Self::Json) if !value.is_number() => Err(unlike(self, &value)),
            (Self::Flag, Self::Json) if !value.is_boolean() => Err(unlike(self, &value)),
            _ => Ok(value),
        }
    }
}

/// A value as it stands inside of a text.
pub(crate) fn word(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        other => Err(unlike(Base::Text, other)),
    }
}

fn unlike(wanted: Base, found: &Value) -> String {
    format!("expected {}, found {}", wanted.name(), describe(found))
}

/// What a value that was written down is.
pub(crate) fn describe(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "flag",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "table",
    }
}

const LIST_OF: &str = "list of ";

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&String::from(*self))
    }
}

impl From<Kind> for String {
    fn from(kind: Kind) -> Self {
        format!("{}{}", if kind.is_list { LIST_OF } else { "" }, kind.base.name())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, is_list) = text.strip_prefix(LIST_OF).map_or((text, false), |name| (name, true));
        let base = Base::ALL.iter().find(|base| base.name() == name).copied().ok_or_else(|| {
            let known = Base::ALL.iter().map(|base| base.name());
            format!("there is no type {}, nor `{LIST_OF}` it", names::unknown(name, known))
        })?;
        Ok(Self { base, is_list })
    }
}

impl TryFrom<String> for Kind {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Kind {
        text.parse().unwrap()
    }

    #[test]
    fn a_kind_is_written_as_it_is_read() {
        for base in Base::ALL {
            for kind in [Kind::one(*base), Kind::list(*base)] {
                assert_eq!(kind.to_string().parse(), Ok(kind));
            }
        }
        let error = "list of pictur".parse::<Kind>().unwrap_err();
        assert!(error.contains("did you mean `picture`?"), "{error}");
    }

    #[test]
    fn what_fits_is_taken() {
        let fits = [
            ("text", "text"),
            ("file", "picture"),
            ("item", "text"),
            ("list of item", "picture"),
            ("list of picture", "picture"),
            ("list of item", "list of text"),
            ("sound", "film"),
            ("json", "list of vector"),
            ("number", "json"),
        ];
        for (wanted, found) in fits {
            assert!(kind(wanted).takes(kind(found)), "{wanted} takes no {found}");
        }
        let others = [
            ("text", "number"),
            ("text", "list of text"),
            ("picture", "file"),
            ("picture", "json"),
            ("film", "sound"),
            ("list of picture", "list of sound"),
            ("text", "item"),
        ];
        for (wanted, found) in others {
            assert!(!kind(wanted).takes(kind(found)), "{wanted} takes {found}");
        }
    }

    #[test]
    fn a_value_becomes_what_is_wanted() {
        let convert = |wanted: &str, value: Value, from: &str| kind(wanted).convert(value, kind(from));
        assert_eq!(convert("list of item", json!("a"), "text"), Ok(json!([{ "text": "a" }])));
        assert_eq!(convert("list of item", json!(["a"]), "list of text"), Ok(json!([{ "text": "a" }])));
        assert_eq!(convert("text", json!(5), "json"), Ok(json!("5")));
        assert_eq!(convert("list of text", json!(["a", 1]), "json"), Ok(json!(["a", "1"])));
        assert_eq!(convert("number", json!("5"), "json"), Err("expected number, found text".to_owned()));
        assert_eq!(convert("text", json!({}), "json"), Err("expected text, found table".to_owned()));
    }
}
