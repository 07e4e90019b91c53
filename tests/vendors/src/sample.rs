//! A value that fits a JSON schema.

use serde_json::{Map, Value, json};

/// Makes up a value: what has a text gets this one, what has a choice the first, and an object all its properties.
pub(crate) fn of(schema: &Value, text: &str) -> Value {
    if let Some(value) = schema.get("const").or_else(|| schema.get("enum")?.get(0)) {
        return value.clone();
    }
    let choices = ["anyOf", "oneOf", "allOf"].iter().find_map(|word| schema.get(word)?.get(0));
    if let Some(first) = choices {
        return of(first, text);
    }
    let kind = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.first().and_then(Value::as_str),
        Some(Value::String(kind)) => Some(kind.as_str()),
        _ => schema.get("properties").map(|_| "object"),
    };
    match kind {
        Some("object") => {
            let properties = schema.get("properties").and_then(Value::as_object);
            let values: Map<String, Value> =
                properties.into_iter().flatten().map(|(name, schema)| (name.clone(), of(schema, text))).collect();
            Value::Object(values)
        }
        Some("array") => schema.get("items").map_or_else(|| json!([]), |items| json!([of(items, text)])),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        Some("boolean") => json!(true),
        Some("null") => Value::Null,
        _ => json!(text),
    }
}
