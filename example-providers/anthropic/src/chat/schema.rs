//! A schema for an answer, as the API takes it.

use serde_json::{Map, Value};

/// Has every object of a schema allow no other properties than those that it lists, which the API demands. An answer that
/// follows the result follows the schema.
pub(super) fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if is_object(fields) {
                fields.insert("additionalProperties".to_owned(), false.into());
            }
            fields.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// Whether a schema is one of objects. A property of the name `type` has a schema for its value, not a word.
fn is_object(fields: &Map<String, Value>) -> bool {
    fields.get("type").is_some_and(|kind| kind == "object")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_are_closed_all_the_way_down() {
        let open = |properties: Value| json!({"type": "object", "properties": properties});
        let closed =
            |properties: Value| json!({"type": "object", "properties": properties, "additionalProperties": false});
        let text = || json!({"type": "string"});
        let mut schema = open(json!({"a": {"type": "array", "items": open(json!({"type": text()}))}, "b": text()}));
        close(&mut schema);
        let items = closed(json!({"type": text()}));
        assert_eq!(schema, closed(json!({"a": {"type": "array", "items": items}, "b": text()})));
    }
}
