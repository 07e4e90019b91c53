//! A schema that takes no fields but those that it names.

use serde_json::{Map, Value, json};

/// Keywords whose schemas are about the same value.
pub(crate) const IN_PLACE: [&str; 3] = ["allOf", "anyOf", "oneOf"];
/// Keywords whose value is a schema of another value.
const BELOW: [&str; 2] = ["items", "additionalProperties"];
/// Keywords whose value is an object of schemas of other values.
const BELOW_BY_NAME: [&str; 3] = ["properties", "patternProperties", "$defs"];

/// Has every object of a schema refuse what it does not name. What says itself what becomes of other fields stays as it is.
pub(crate) fn close(schema: &mut Value) {
    inside(schema);
    if let Value::Object(keywords) = schema
        && names_fields(keywords)
        && !takes_any(keywords)
    {
        keywords.insert("unevaluatedProperties".to_owned(), json!(false));
    }
}

/// The same for what is inside of a value.
fn inside(schema: &mut Value) {
    let Value::Object(keywords) = schema else { return };
    for keyword in IN_PLACE {
        keywords.get_mut(keyword).and_then(Value::as_array_mut).into_iter().flatten().for_each(inside);
    }
    for keyword in BELOW {
        keywords.get_mut(keyword).into_iter().for_each(close);
    }
    keywords.get_mut("prefixItems").and_then(Value::as_array_mut).into_iter().flatten().for_each(close);
    for keyword in BELOW_BY_NAME {
        let schemas = keywords.get_mut(keyword).and_then(Value::as_object_mut);
        schemas.into_iter().flat_map(Map::values_mut).for_each(close);
    }
}

fn branches(keywords: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    IN_PLACE.into_iter().filter_map(|keyword| keywords.get(keyword)?.as_array()).flatten()
}

fn names_fields(keywords: &Map<String, Value>) -> bool {
    keywords.contains_key("properties") || branches(keywords).any(|branch| branch.as_object().is_some_and(names_fields))
}

/// Whether it says what becomes of other fields, or has an alternative that takes any object.
fn takes_any(keywords: &Map<String, Value>) -> bool {
    let says = |keyword: &str| keywords.get(keyword).is_some_and(|value| value != &json!(false));
    if says("additionalProperties") || says("unevaluatedProperties") || keywords.contains_key("$ref") {
        return true;
    }
    let any_object = |keywords: &Map<String, Value>| {
        let may_be_object = match keywords.get("type") {
            None => !["enum", "const", "not"].iter().any(|keyword| keywords.contains_key(*keyword)),
            Some(Value::Array(kinds)) => kinds.contains(&json!("object")),
            Some(kind) => kind == "object",
        };
        may_be_object && !names_fields(keywords) && !keywords.contains_key("additionalProperties")
    };
    branches(keywords).any(|branch| match branch {
        Value::Object(branch) => takes_any(branch) || any_object(branch),
        other => other == &json!(true),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuses(schema: Value, value: Value) -> bool {
        let mut schema = schema;
        close(&mut schema);
        !jsonschema::options().with_draft(jsonschema::Draft::Draft202012).build(&schema).unwrap().is_valid(&value)
    }

    #[test]
    fn unknown_fields_are_refused_wherever_fields_have_names() {
        let point = json!({"type": "object", "properties": {"x": {"type": "integer"}}});
        assert!(refuses(point.clone(), json!({"y": 1})) && !refuses(point.clone(), json!({"x": 1})));
        assert!(refuses(json!({"properties": {"at": point}}), json!({"at": {"y": 1}})));
        assert!(refuses(json!({"type": "array", "items": point}), json!([{"y": 1}])));
        let other = json!({"type": "object", "properties": {"z": {}}, "required": ["z"]});
        assert!(!refuses(json!({"allOf": [point, other]}), json!({"x": 1, "z": 2})));
        assert!(refuses(json!({"allOf": [point, other]}), json!({"x": 1, "z": 2, "y": 3})));
        assert!(refuses(json!({"anyOf": [point, {"type": "null"}]}), json!({"y": 1})));
        assert!(!refuses(json!({"anyOf": [point, {"type": "null"}]}), json!(null)));
    }

    #[test]
    fn what_takes_any_field_goes_on_doing_so() {
        let map = json!({"type": "object", "additionalProperties": {"type": "integer"}});
        assert!(!refuses(map.clone(), json!({"y": 1})));
        assert!(!refuses(json!({"anyOf": [map, {"type": "null"}]}), json!({"y": 1})));
        assert!(!refuses(json!({"properties": {"any": true}}), json!({"any": {"y": 1}})));
        let point = json!({"type": "object", "properties": {"x": {}}});
        assert!(!refuses(json!({"anyOf": [point, {"type": "object"}]}), json!({"y": 1})));
    }
}
