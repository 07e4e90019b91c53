//! Whether a schema is one that the server can hold a model to.

use serde_json::{Map, Value};

/// Whether every object in a schema lists all of its properties as required and allows no others: only of those a
/// server makes sure that an answer follows them, and it refuses others that are said to be strict.
pub(super) fn can_be_strict(schema: &Value) -> bool {
    match schema {
        Value::Object(fields) => is_closed(fields) && fields.values().all(can_be_strict),
        Value::Array(items) => items.iter().all(can_be_strict),
        _ => true,
    }
}

fn is_closed(fields: &Map<String, Value>) -> bool {
    if fields.get("type").and_then(Value::as_str) != Some("object") {
        return true;
    }
    let required = fields.get("required").and_then(Value::as_array);
    let is_required =
        |name: &String| required.is_some_and(|required| required.iter().any(|one| one.as_str() == Some(name)));
    let properties = fields.get("properties").and_then(Value::as_object);
    fields.get("additionalProperties") == Some(&Value::Bool(false))
        && properties.is_some_and(|properties| properties.keys().all(is_required))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_strict_schema_is_closed_all_the_way_down() {
        let closed = |properties: Value, required: Value| {
            let end = json!(false);
            json!({"type": "object", "properties": properties, "required": required, "additionalProperties": end})
        };
        let inner = closed(json!({"b": {"type": "string"}}), json!(["b"]));
        assert!(can_be_strict(&closed(json!({"a": {"type": "array", "items": inner}}), json!(["a"]))));
        assert!(!can_be_strict(&closed(json!({"a": {"type": "string"}}), json!([]))));
        assert!(!can_be_strict(&json!({"type": "object", "properties": {}})));
        assert!(!can_be_strict(&closed(json!({"a": {"type": "object"}}), json!(["a"]))));
        assert!(can_be_strict(&json!({"type": "string"})));
    }
}
