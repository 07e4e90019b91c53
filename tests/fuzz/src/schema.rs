//! A JSON Schema of a provider, and JSON that is checked against it.

use palisade::Schema;
use serde_json::Value;

use super::assert_harmless;

/// The bytes are a schema and, after a byte 0, a value. A schema that is taken is still taken when it is printed, and
/// says the same of the value.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (schema, value) = text.split_once('\0').unwrap_or((text, "null"));
    let schema = match Schema::parse(schema) {
        Ok(schema) => schema,
        Err(reason) => return assert_harmless(&reason),
    };
    let again = Schema::parse(&schema.as_json().to_string()).expect("what was taken is taken again");
    assert_eq!(again, schema);
    let Ok(value) = serde_json::from_str::<Value>(value) else { return };
    let verdict = schema.check(&value);
    assert_eq!(again.check(&value), verdict);
    if let Err(reason) = verdict {
        assert_harmless(&reason);
    }
}
