//! `/v1/embeddings`.

use axum::{
    Json,
    body::Bytes,
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{
    error,
    models::{self, Purpose},
};
use crate::{talk::count, vendor::Refused};

pub(super) async fn embed(body: Bytes) -> Result<Response, Refused> {
    let request = error::read(&body)?;
    let model = models::check(request["model"].as_str(), Purpose::Embedding)?;
    let most = if model.ends_with("-large") { 3072 } else { 1536 };
    let dimensions = match request["dimensions"].as_u64() {
        None => most,
        Some(dimensions) if (1..=most).contains(&dimensions) => dimensions,
        Some(dimensions) => {
            return Err(error::invalid(
                "dimensions",
                format!("This model has at most {most} dimensions, not {dimensions}."),
            ));
        }
    };
    let packed = match request["encoding_format"].as_str() {
        None | Some("float") => false,
        Some("base64") => true,
        Some(_) => return Err(error::invalid("encoding_format", "Invalid value: expected 'float' or 'base64'.")),
    };
    let inputs = inputs(&request["input"]).ok_or_else(|| error::invalid("input", "'$.input' is invalid."))?;
    let items = inputs.iter().enumerate().map(|(index, (text, _))| {
        let vector = vector(text, dimensions);
        let vector = if packed {
            BASE64_STANDARD.encode(vector.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>()).into()
        } else {
            json!(vector)
        };
        json!({ "object": "embedding", "index": index, "embedding": vector })
    });
    let tokens: usize = inputs.iter().map(|(_, tokens)| tokens).sum();
    Ok(Json(json!({
        "object": "list",
        "data": items.collect::<Vec<_>>(),
        "model": model,
        "usage": { "prompt_tokens": tokens, "total_tokens": tokens },
    }))
    .into_response())
}

/// Reads one input or several, as text or as tokens, with how many tokens each has.
fn inputs(input: &Value) -> Option<Vec<(String, usize)>> {
    let text = |text: &str| (!text.is_empty()).then(|| (text.to_owned(), count(text)));
    let tokens = |tokens: &Value| {
        let tokens = tokens.as_array().filter(|tokens| tokens.iter().all(Value::is_u64))?;
        Some((json!(tokens).to_string(), tokens.len()))
    };
    match input {
        Value::String(one) => Some(vec![text(one)?]),
        Value::Array(all) if all.is_empty() || all.len() > 2048 => None,
        Value::Array(all) if all.iter().all(Value::is_u64) => Some(vec![tokens(input)?]),
        Value::Array(all) => all.iter().map(|one| one.as_str().map_or_else(|| tokens(one), text)).collect(),
        _ => None,
    }
}

/// A vector of length one that depends on nothing but the text.
fn vector(text: &str, dimensions: u64) -> Vec<f32> {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(text.as_bytes());
    let number = |dimension: u64| {
        let mut hasher = hasher.clone();
        hasher.update(&dimension.to_le_bytes());
        f64::from(hasher.finalize()) / f64::from(u32::MAX) * 2.0 - 1.0
    };
    let numbers: Vec<f64> = (0..dimensions).map(number).collect();
    let length = numbers.iter().map(|number| number * number).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
    numbers.iter().map(|number| (number / length) as f32).collect()
}
