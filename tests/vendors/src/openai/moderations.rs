//! `/v1/moderations`.

use axum::{
    Json,
    body::Bytes,
    response::{IntoResponse as _, Response},
};
use serde_json::{Map, Value, json};

use super::{
    error,
    models::{self, Purpose},
};
use crate::vendor::Refused;

const CATEGORIES: [&str; 13] = [
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/intent",
    "self-harm/instructions",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
];

pub(super) async fn moderate(body: Bytes) -> Result<Response, Refused> {
    let request = error::read(&body)?;
    let model = models::check(request["model"].as_str().or(Some("omni-moderation-latest")), Purpose::Moderation)?;
    let inputs = inputs(&request["input"]).ok_or_else(|| error::invalid("input", "Invalid value for 'input'."))?;
    let results: Vec<Value> = inputs.iter().map(|text| judge(text)).collect();
    let id = format!("modr-{:08x}", crc32fast::hash(&body));
    Ok(Json(json!({ "id": id, "model": model, "results": results })).into_response())
}

/// Reads a text, several texts, or the parts of one input.
fn inputs(input: &Value) -> Option<Vec<String>> {
    match input {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(all) if all.is_empty() => None,
        Value::Array(all) if all.iter().all(Value::is_string) => {
            all.iter().map(|text| Some(text.as_str()?.to_owned())).collect()
        }
        Value::Array(parts) => {
            let texts = parts.iter().map(|part| match part["type"].as_str()? {
                "text" => part["text"].as_str(),
                "image_url" => part["image_url"]["url"].as_str().map(|_| ""),
                _ => None,
            });
            Some(vec![texts.collect::<Option<Vec<_>>>()?.join(" ")])
        }
        _ => None,
    }
}

/// A text is what it names.
fn judge(text: &str) -> Value {
    let named = |category: &&str| text.contains(*category);
    let all = |make: &dyn Fn(bool) -> Value| -> Map<String, Value> {
        CATEGORIES.iter().map(|category| ((*category).to_owned(), make(named(category)))).collect()
    };
    json!({
        "flagged": CATEGORIES.iter().any(named),
        "categories": all(&|named| json!(named)),
        "category_scores": all(&|named| json!(if named { 0.98 } else { 0.01 })),
        "category_applied_input_types": all(&|_| json!(["text"])),
    })
}
