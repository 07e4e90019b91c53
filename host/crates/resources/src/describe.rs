//! What a schema takes, in words.

use palisade_core::text::escape;
use serde_json::Value;

use crate::nearest::names;

/// Most characters of a description.
const MAX: usize = 200;

/// What a schema takes: "an integer of at least 1".
pub(crate) fn describe(schema: &Value) -> String {
    escape(&words(schema, 2), MAX)
}

fn words(schema: &Value, depth: usize) -> String {
    if let Some(options) = schema.get("enum").and_then(Value::as_array) {
        let options: Vec<_> = options.iter().map(ToString::to_string).collect();
        return format!("one of {}", names(options.iter().map(String::as_str)));
    }
    if let Some(value) = schema.get("const") {
        return value.to_string();
    }
    for keyword in ["anyOf", "oneOf"] {
        if let (true, Some(branches)) = (depth > 0, schema.get(keyword).and_then(Value::as_array)) {
            let mut each: Vec<String> = branches.iter().map(|branch| words(branch, depth - 1)).collect();
            each.dedup();
            return each.join(" or ");
        }
    }
    let kind = match schema.get("type") {
        Some(Value::String(kind)) => noun(kind, schema, depth),
        Some(Value::Array(kinds)) => {
            let kinds: Vec<_> = kinds.iter().filter_map(Value::as_str).map(|kind| noun(kind, schema, depth)).collect();
            kinds.join(" or ")
        }
        _ if schema.get("properties").is_some() => noun("object", schema, depth),
        _ => return schema.to_string(),
    };
    format!("{kind}{}", bounds(schema))
}

fn noun(kind: &str, schema: &Value, depth: usize) -> String {
    match kind {
        "string" => "text".to_owned(),
        "integer" => "an integer".to_owned(),
        "number" => "a number".to_owned(),
        "boolean" => "true or false".to_owned(),
        "null" => "nothing".to_owned(),
        "array" => match schema.get("items") {
            Some(items) if depth > 0 => format!("a list, each {}", words(items, depth - 1)),
            _ => "a list".to_owned(),
        },
        "object" => {
            let fields = schema.get("properties").and_then(Value::as_object);
            match fields.filter(|fields| !fields.is_empty()) {
                Some(fields) => format!("a table with {}", names(fields.keys().map(String::as_str))),
                None => "a table".to_owned(),
            }
        }
        other => other.to_owned(),
    }
}

fn bounds(schema: &Value) -> String {
    let said = [
        ("minimum", "of at least"),
        ("exclusiveMinimum", "above"),
        ("maximum", "of at most"),
        ("exclusiveMaximum", "below"),
        ("multipleOf", "divisible by"),
        ("minLength", "of at least so many characters:"),
        ("maxLength", "of at most so many characters:"),
        ("minItems", "of at least so many:"),
        ("maxItems", "of at most so many:"),
        ("pattern", "like"),
    ];
    let told = said.iter().filter_map(|(keyword, words)| {
        let value = schema.get(*keyword)?;
        Some(format!(" {words} {}", value.as_str().map_or_else(|| value.to_string(), |text| format!("`{text}`"))))
    });
    told.collect::<Vec<_>>().join(" and")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_is_told_in_words() {
        for (schema, expected) in [
            (json!({"type": "integer", "minimum": 1, "maximum": 9}), "an integer of at least 1 and of at most 9"),
            (json!({"type": ["string", "null"]}), "text or nothing"),
            (json!({"enum": ["a", "b"]}), r#"one of "a", "b""#),
            (json!({"anyOf": [{"type": "boolean"}, {"type": "null"}]}), "true or false or nothing"),
            (json!({"type": "array", "items": {"type": "string"}}), "a list, each text"),
            (json!({"type": "object", "properties": {"a": {}, "b": {}}}), "a table with a, b"),
            (json!({"type": "string", "pattern": "^a$"}), "text like `^a$`"),
        ] {
            assert_eq!(describe(&schema), expected);
        }
    }
}
