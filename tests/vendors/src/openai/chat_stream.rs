//! A chat in pieces.

use std::convert::Infallible;

use axum::response::{IntoResponse as _, Response, Sse, sse::Event};
use futures_util::stream;
use serde_json::{Value, json};

use super::{chat::Answer, error};
use crate::{
    failure::Failure,
    talk::{argument_pieces, pieces},
};

/// An answer in pieces. Where it fails midway, an error takes the place of its second half.
pub(super) fn response(answer: &Answer, with_usage: bool, fails: bool) -> Response {
    let mut all: Vec<Value> = (0..answer.choices).flat_map(|choice| choice_pieces(answer, choice)).collect();
    if with_usage {
        for piece in &mut all {
            piece["usage"] = Value::Null;
        }
        let mut last = piece(&answer.id, &answer.model, json!([]));
        last["usage"] = answer.usage.clone();
        all.push(last);
    }
    let mut texts: Vec<String> = all.iter().map(Value::to_string).collect();
    if fails {
        texts.truncate(texts.len() / 2);
        let failure = Failure::Midway;
        texts.push(
            error::object("server_error", None, None, &format!("The server had an error ({failure:?}).")).to_string(),
        );
    } else {
        texts.push("[DONE]".to_owned());
    }
    let events = texts.into_iter().map(|text| Ok::<_, Infallible>(Event::default().data(text)));
    Sse::new(stream::iter(events)).into_response()
}

/// One event with a piece of text, as it is on the wire.
pub(crate) fn event(data: &Value) -> String {
    format!("data: {data}\n\n")
}

/// One piece of text of the first choice.
pub(crate) fn delta(text: &str) -> Value {
    let choice = json!({ "index": 0, "delta": { "content": text }, "logprobs": null, "finish_reason": null });
    piece("chatcmpl-0", "gpt-4o-mini", json!([choice]))
}

fn choice_pieces(answer: &Answer, choice: u64) -> Vec<Value> {
    let mut deltas = vec![json!({ "role": "assistant", "content": "", "refusal": null })];
    deltas.extend(pieces(&answer.said.text).into_iter().map(|text| json!({ "content": text })));
    for (index, call) in answer.said.calls.iter().enumerate() {
        let function = json!({ "name": call.name, "arguments": "" });
        let start = json!({ "index": index, "id": answer.call_id(index), "type": "function", "function": function });
        deltas.push(json!({ "tool_calls": [start] }));
        for piece in argument_pieces(&call.arguments) {
            deltas.push(json!({ "tool_calls": [{ "index": index, "function": { "arguments": piece } }] }));
        }
    }
    let ends = deltas.len();
    deltas.push(json!({}));
    let of = |(at, delta): (usize, Value)| {
        let finish = (at == ends).then_some(answer.finish);
        let choice = json!({ "index": choice, "delta": delta, "logprobs": null, "finish_reason": finish });
        piece(&answer.id, &answer.model, json!([choice]))
    };
    deltas.into_iter().enumerate().map(of).collect()
}

fn piece(id: &str, model: &str, choices: Value) -> Value {
    json!({
        "id": id,
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": model,
        "system_fingerprint": "fp_0123456789",
        "choices": choices,
    })
}
