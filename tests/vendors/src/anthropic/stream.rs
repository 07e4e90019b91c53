//! A message in pieces.

use std::convert::Infallible;

use axum::response::{IntoResponse as _, Response, Sse, sse::Event};
use futures_util::stream;
use serde_json::{Value, json};

use super::{
    error,
    messages::{Answer, SIGNATURE},
};
use crate::{
    failure::Failure,
    talk::{argument_pieces, pieces},
};

/// A message in pieces. Where it fails midway, an error takes the place of its second half.
pub(super) fn response(answer: &Answer, fails: bool) -> Response {
    let mut all = vec![json!({ "type": "message_start", "message": answer.start() })];
    let mut blocks = Vec::new();
    if let Some(thoughts) = &answer.thoughts {
        let deltas = pieces(thoughts).into_iter().map(|text| json!({ "type": "thinking_delta", "thinking": text }));
        let end = json!({ "type": "signature_delta", "signature": SIGNATURE });
        let start = json!({ "type": "thinking", "thinking": "", "signature": "" });
        blocks.push((start, deltas.chain([end]).collect::<Vec<_>>()));
    }
    if !answer.said.text.is_empty() {
        let deltas = pieces(&answer.said.text).into_iter().map(|text| json!({ "type": "text_delta", "text": text }));
        blocks.push((json!({ "type": "text", "text": "" }), deltas.collect()));
    }
    for (index, call) in answer.said.calls.iter().enumerate() {
        let start = json!({ "type": "tool_use", "id": answer.call_id(index), "name": call.name, "input": {} });
        // The first is empty, as with the vendor.
        let parts = std::iter::once(String::new()).chain(argument_pieces(&call.arguments));
        let deltas = parts.map(|json| json!({ "type": "input_json_delta", "partial_json": json }));
        blocks.push((start, deltas.collect()));
    }
    for (index, (start, deltas)) in blocks.into_iter().enumerate() {
        all.push(json!({ "type": "content_block_start", "index": index, "content_block": start }));
        if index == 0 {
            all.push(json!({ "type": "ping" }));
        }
        all.extend(
            deltas.into_iter().map(|delta| json!({ "type": "content_block_delta", "index": index, "delta": delta })),
        );
        all.push(json!({ "type": "content_block_stop", "index": index }));
    }
    if fails {
        all.truncate(all.len() / 2 + 1);
        let (_, kind, message) = error::words(Failure::Midway);
        all.push(error::object(kind, message));
    } else {
        let mut delta = json!({ "stop_reason": answer.stop.0, "stop_sequence": answer.stop.1 });
        delta["stop_details"] = answer.stop_details();
        let usage = json!({ "output_tokens": answer.said.words() });
        all.push(json!({ "type": "message_delta", "delta": delta, "usage": usage }));
        all.push(json!({ "type": "message_stop" }));
    }
    Sse::new(stream::iter(all.into_iter().map(|data| Ok::<_, Infallible>(event(&data))))).into_response()
}

/// An event is called what its data says that it is.
fn event(data: &Value) -> Event {
    Event::default().event(data["type"].as_str().unwrap_or_default()).data(data.to_string())
}
