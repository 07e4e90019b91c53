//! `{ "$ref": "model:fast" }`: a value that stands elsewhere.

use palisade_core::text::escape;
use serde_json::Value;

use crate::kind::ResourceId;

/// What a reference is written with.
pub(crate) const REFERENCE: &str = "$ref";

/// What a reference names, and where in it.
#[derive(Debug, PartialEq)]
pub(crate) struct Reference {
    pub(crate) target: Target,
    pub(crate) pointer: Vec<String>,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Target {
    /// The same resource or document.
    Here,
    Resource(ResourceId),
    /// A file or an address, as it stands there.
    Document(String),
}

/// Whether a value is a reference, and what it says.
///
/// # Errors
///
/// Says why it is none, though it begins as one.
pub(crate) fn text_of(value: &Value) -> Option<Result<&str, String>> {
    let members = value.as_object()?;
    let reference = members.get(REFERENCE)?;
    Some(match reference {
        Value::String(text) if members.len() == 1 => Ok(text),
        Value::String(_) => {
            let other = members.keys().find(|key| *key != REFERENCE).map(|key| escape(key, 80)).unwrap_or_default();
            Err(format!("a reference stands alone, and there is `{other}` beside it"))
        }
        _ => Err("a reference is text, such as `model:fast`".to_owned()),
    })
}

/// Whether there is a reference somewhere in a value.
pub(crate) fn is_in(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(is_in),
        Value::Object(members) => members.contains_key(REFERENCE) || members.values().any(is_in),
        _ => false,
    }
}

/// Whether this names a file or an address.
pub(crate) fn is_document(target: &str) -> bool {
    ["file:", "https:", "http:"].iter().any(|scheme| target.starts_with(scheme))
}

impl Reference {
    /// Reads a reference.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (target, pointer) = text.split_once('#').unwrap_or((text, ""));
        let pointer = match pointer.strip_prefix('/') {
            Some(rest) => rest.split('/').map(|segment| segment.replace("~1", "/").replace("~0", "~")).collect(),
            None if pointer.is_empty() => Vec::new(),
            None => return Err(format!("what stands behind `#` begins with `/`: `{}`", escape(text, 200))),
        };
        let target = match target {
            "" if pointer.is_empty() => return Err("it names nothing".to_owned()),
            "" => Target::Here,
            document if is_document(document) => Target::Document(document.to_owned()),
            resource => Target::Resource(resource.parse().map_err(|error: palisade_core::Error| error.to_string())?),
        };
        Ok(Self { target, pointer })
    }
}

/// A place as it stands behind `#`.
pub(crate) fn pointer_text(pointer: &[String]) -> String {
    let mut text = String::new();
    for segment in pointer {
        text += if text.is_empty() { "#/" } else { "/" };
        text += &segment.replace('~', "~0").replace('/', "~1");
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_reference_names_a_resource_a_document_or_a_place_in_one() {
        let read = |text: &str| Reference::parse(text).unwrap();
        assert_eq!(read("model:fast").target, Target::Resource("model:fast".parse().unwrap()));
        assert_eq!(read("config:a#/b/0/c~1d").pointer, ["b", "0", "c/d"]);
        assert_eq!(read("#/b").target, Target::Here);
        assert_eq!(read("file:a.toml#/b").target, Target::Document("file:a.toml".to_owned()));
        assert_eq!(
            read("https://example.com/a.json").target,
            Target::Document("https://example.com/a.json".to_owned())
        );
        for bad in ["", "#", "fast", "model:fast#b", "ftp://a", "env:KEY"] {
            assert!(Reference::parse(bad).is_err(), "{bad} was taken");
        }
        let pointer = vec!["a/b".to_owned(), "c~".to_owned()];
        assert_eq!(read(&format!("x:y{}", pointer_text(&pointer))).pointer, pointer);
    }

    #[test]
    fn a_reference_stands_alone() {
        assert_eq!(text_of(&json!({"$ref": "a:b"})), Some(Ok("a:b")));
        assert_eq!(text_of(&json!({"ref": "a:b"})), None);
        assert!(text_of(&json!({"$ref": "a:b", "c": 1})).unwrap().unwrap_err().contains("`c`"));
        assert!(text_of(&json!({"$ref": 1})).unwrap().is_err());
        assert!(is_in(&json!([{"a": {"$ref": "a:b"}}])) && !is_in(&json!([{"a": "$ref"}])));
    }
}
