//! `/v1/messages`.

use axum::{
    Extension, Json,
    body::Bytes,
    http::HeaderMap,
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use super::{error, request, stream};
use crate::{
    failure::Failure,
    talk::{End, Said, Talk, count},
    vendor::Refused,
};

/// What stands for the proof that thoughts are the model's own.
pub(super) const SIGNATURE: &str = "EqQBCgIYAhIM";

/// What is answered, whole or in pieces.
pub(super) struct Answer {
    pub(super) id: String,
    pub(super) model: String,
    /// What it thinks before it answers, where it is to say so.
    pub(super) thoughts: Option<String>,
    pub(super) said: Said,
    /// The reason to stop, and the sequence that it was.
    pub(super) stop: (&'static str, Option<String>),
    talk: Talk,
}

pub(super) async fn create(
    headers: HeaderMap,
    later: Option<Extension<Failure>>,
    body: Bytes,
) -> Result<Response, Refused> {
    if !headers.contains_key("anthropic-version") {
        return Err(error::invalid("anthropic-version: header is required"));
    }
    let request: Value =
        serde_json::from_slice(&body).map_err(|_| error::invalid("The request body is not valid JSON"))?;
    let model = request["model"].as_str().ok_or_else(|| error::invalid("model: Field required"))?;
    if !model.starts_with("claude-") {
        return Err(error::no_model(model));
    }
    let talk = request::read(&request)?;
    let later = later.map(|Extension(failure)| failure);
    let withheld = later == Some(Failure::Withheld);
    let said = if withheld { Said::default() } else { talk.answer() };
    let stop = match said.end.clone() {
        _ if withheld => ("refusal", None),
        End::Done => ("end_turn", None),
        End::TooLong => ("max_tokens", None),
        End::Stopped(sequence) => ("stop_sequence", Some(sequence)),
        End::Calls => ("tool_use", None),
    };
    let id = format!("{:08x}", crc32fast::hash(&body));
    let thinking = &request["thinking"];
    let is_shown = thinking["type"] == "adaptive" && thinking["display"] == "summarized";
    let thoughts = is_shown.then(|| format!("They say: {}", talk.said));
    let answer = Answer { id, model: model.to_owned(), thoughts, said, stop, talk };
    let fails = later == Some(Failure::Midway);
    let mut response = match request["stream"] == true {
        true => stream::response(&answer, fails),
        false if fails => return Err(error::refusal(Failure::Midway).into()),
        false => Json(answer.whole()).into_response(),
    };
    if let Ok(id) = format!("req_{}", answer.id).parse() {
        response.headers_mut().insert("request-id", id);
    }
    Ok(response)
}

impl Answer {
    fn whole(&self) -> Value {
        let thoughts = self
            .thoughts
            .iter()
            .map(|thoughts| json!({ "type": "thinking", "thinking": thoughts, "signature": SIGNATURE }));
        let text = (!self.said.text.is_empty()).then(|| json!({ "type": "text", "text": self.said.text }));
        let calls = self.said.calls.iter().enumerate().map(|(index, call)| {
            json!({ "type": "tool_use", "id": self.call_id(index), "name": call.name, "input": call.arguments })
        });
        let mut message = self.start();
        message["content"] = thoughts.chain(text).chain(calls).collect();
        message["stop_reason"] = self.stop.0.into();
        message["stop_sequence"] = self.stop.1.clone().into();
        message["stop_details"] = self.stop_details();
        message["usage"]["output_tokens"] = self.said.words().into();
        message
    }

    /// What is said of a refusal.
    pub(super) fn stop_details(&self) -> Value {
        match self.stop.0 {
            "refusal" => json!({ "type": "refusal", "category": "cyber", "explanation": "It could do harm." }),
            _ => Value::Null,
        }
    }

    /// The message before anything is said.
    pub(super) fn start(&self) -> Value {
        // What is said before everything else is taken as known from earlier requests, and counted apart.
        let known = count(&self.talk.instructions);
        json!({
            "id": format!("msg_{}", self.id),
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": [],
            "stop_reason": null,
            "stop_sequence": null,
            "usage": {
                "input_tokens": self.talk.words - known,
                "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": known,
                "output_tokens": 1,
            },
        })
    }

    pub(super) fn call_id(&self, index: usize) -> String {
        format!("toolu_{}_{index}", self.id)
    }
}
