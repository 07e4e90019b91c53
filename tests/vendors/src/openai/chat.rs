//! `/v1/chat/completions`.

use axum::{
    Extension, Json,
    body::Bytes,
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use super::{
    chat_request, chat_stream, error,
    models::{self, Purpose},
};
use crate::{
    failure::Failure,
    talk::{End, Said, Talk, count},
    vendor::Refused,
};

/// What is the same in each piece of an answer.
pub(super) struct Answer {
    pub(super) id: String,
    pub(super) model: String,
    pub(super) said: Said,
    pub(super) finish: &'static str,
    pub(super) usage: Value,
    pub(super) choices: u64,
}

pub(super) async fn complete(later: Option<Extension<Failure>>, body: Bytes) -> Result<Response, Refused> {
    let request = error::read(&body)?;
    let model = models::check(request["model"].as_str(), Purpose::Chat)?;
    let talk = chat_request::read(&request)?;
    let later = later.map(|Extension(failure)| failure);
    let mut said = talk.answer();
    if later == Some(Failure::Withheld) {
        said = Said::default();
    }
    let finish = match said.end {
        _ if later == Some(Failure::Withheld) => "content_filter",
        End::Done | End::Stopped(_) => "stop",
        End::TooLong => "length",
        End::Calls => "tool_calls",
    };
    let choices = request["n"].as_u64().unwrap_or(1);
    let usage = usage(&talk, &said, choices);
    let id = format!("chatcmpl-{:08x}", crc32fast::hash(&body));
    let answer = Answer { id, model, said, finish, usage, choices };
    match (request["stream"] == true, later) {
        (true, later) => {
            let with_usage = request["stream_options"]["include_usage"] == true;
            Ok(chat_stream::response(&answer, with_usage, later == Some(Failure::Midway)))
        }
        (false, Some(Failure::Midway)) => Err(error::refusal(Failure::Midway).into()),
        (false, _) => Ok(Json(answer.whole()).into_response()),
    }
}

impl Answer {
    fn whole(&self) -> Value {
        let calls: Vec<Value> = self
            .said
            .calls
            .iter()
            .enumerate()
            .map(|(index, call)| {
                let function = json!({ "name": call.name, "arguments": call.arguments.to_string() });
                json!({ "id": self.call_id(index), "type": "function", "function": function })
            })
            .collect();
        let mut message = json!({ "role": "assistant", "content": self.said.text, "refusal": null, "annotations": [] });
        if !calls.is_empty() {
            message["content"] = Value::Null;
            message["tool_calls"] = calls.into();
        }
        let choice =
            |index| json!({ "index": index, "message": message, "logprobs": null, "finish_reason": self.finish });
        json!({
            "id": self.id,
            "object": "chat.completion",
            "created": 1_700_000_000,
            "model": self.model,
            "choices": (0..self.choices).map(choice).collect::<Vec<_>>(),
            "usage": self.usage,
            "system_fingerprint": "fp_0123456789",
        })
    }

    pub(super) fn call_id(&self, index: usize) -> String {
        format!("call_{}_{index}", self.id.trim_start_matches("chatcmpl-"))
    }
}

/// Counts words; what is said before everything else is taken as known from earlier requests.
fn usage(talk: &Talk, said: &Said, choices: u64) -> Value {
    let (prompt, completion) = (talk.words as u64, said.words() as u64 * choices);
    json!({
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": { "cached_tokens": count(&talk.instructions), "audio_tokens": 0 },
        "completion_tokens_details": { "reasoning_tokens": 0, "audio_tokens": 0 },
    })
}
