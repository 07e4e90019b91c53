//! What references stand for.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    expression::{Source, Values},
    field::Output,
    name::Name,
};

/// What was given, and the responses of the steps that have run.
pub(crate) struct Known<'a> {
    pub(crate) inputs: &'a BTreeMap<Name, Value>,
    pub(crate) made: &'a BTreeMap<Name, Value>,
}

impl Values for Known<'_> {
    fn value(&self, source: &Source) -> Result<Value, String> {
        match source {
            Source::Input(name) => self.inputs.get(name).cloned().ok_or_else(|| "it was not given".to_owned()),
            Source::Step { step, output } => {
                let response = self.made.get(step).ok_or_else(|| "it was not made".to_owned())?;
                output.of(response)
            }
        }
    }
}

impl Output {
    /// What it is in a response.
    pub(crate) fn of(&self, response: &Value) -> Result<Value, String> {
        let found = find(response, self.pointer).ok_or_else(|| "there is nothing there".to_owned())?;
        match found {
            Value::String(text) if self.is_written => {
                serde_json::from_str(&text).map_err(|error| format!("the text is no JSON: {error}"))
            }
            other => Ok(other),
        }
    }
}

fn find(value: &Value, pointer: &str) -> Option<Value> {
    let (first, rest) = pointer.split_once('/').map_or((pointer, None), |(first, rest)| (first, Some(rest)));
    let inside = |value: &Value| rest.map_or_else(|| Some(value.clone()), |rest| find(value, rest));
    match value {
        Value::Array(values) if first == "*" => values.iter().map(inside).collect::<Option<_>>().map(Value::Array),
        Value::Array(values) => inside(values.get(first.parse::<usize>().ok()?)?),
        Value::Object(table) => inside(table.get(first)?),
        _ => None,
    }
}

/// The JSON of a response, without the name of its capability.
pub(crate) fn of_response(response: &palisade::Response) -> Result<Value, String> {
    let value = serde_json::to_value(response).map_err(|error| error.to_string())?;
    let mut table = match value {
        Value::Object(table) => table,
        _ => Map::new(),
    };
    table.remove(response.capability().name()).ok_or_else(|| "the response is of another capability".to_owned())
}

#[cfg(test)]
mod tests {
    use palisade::Capability;
    use serde_json::json;

    use super::*;
    use crate::{field, inputs};

    #[test]
    fn an_output_is_found_in_its_response() {
        let output = |capability, name: &str, response: &Value| {
            field::named(field::outputs(capability), name, |output| output.name).unwrap().of(response)
        };
        let pictures = json!({ "images": [{ "content": 1 }, { "content": 2 }] });
        assert_eq!(output(Capability::TextToImage, "image", &pictures), Ok(json!(1)));
        assert_eq!(output(Capability::TextToImage, "images", &pictures), Ok(json!([1, 2])));
        let answer = json!({ "text": "{\"a\": 1}" });
        assert_eq!(output(Capability::Chat, "json", &answer), Ok(json!({ "a": 1 })));
        assert!(output(Capability::Chat, "json", &json!({ "text": "no" })).unwrap_err().contains("no JSON"));
        assert!(output(Capability::TextToImage, "image", &json!({ "images": [] })).is_err());
    }

    /// A response of each capability, without usage and warnings.
    fn response(capability: Capability) -> Value {
        let file = || json!({ "media_type": "a/b", "data": "AQ==" });
        let picture =
            || json!({ "content": file(), "width": null, "height": null, "seed": null, "revised_prompt": null });
        let film = || json!({ "content": file(), "width": null, "height": null, "seconds": null, "seed": null, "revised_prompt": null });
        match capability {
            Capability::TextToImage | Capability::ImageEdit => json!({ "images": [picture(), picture()] }),
            Capability::ImageUpscale => json!({ "image": picture() }),
            Capability::Chat => json!({ "text": "{}", "reasoning": "", "tool_calls": [], "finish_reason": "stop" }),
            Capability::Embedding => json!({ "vectors": [[1.0], [2.0]] }),
            Capability::Rerank => json!({ "ranking": [{ "index": 0, "score": 1.0 }] }),
            Capability::Moderation => json!({ "verdicts": [{ "flagged": true, "categories": [] }] }),
            Capability::ImageToText => json!({ "text": "a", "findings": [] }),
            Capability::TextToSpeech => json!({ "audio": file() }),
            Capability::SpeechToText => json!({ "text": "a", "segments": [], "language": null, "seconds": null }),
            Capability::TextToVideo | Capability::ImageToVideo => json!({ "videos": [film()] }),
            Capability::Custom => json!({ "output": {}, "media": [file()] }),
            Capability::VectorStore => json!({ "answer": { "counted": 1 } }),
            Capability::KeyValueStore => json!({ "answer": { "number": 1 } }),
            Capability::ObjectStore => {
                let description = json!({ "key": "a", "bytes": 1, "media_type": "a/b", "etag": "1", "modified_ms": 0 });
                json!({ "answer": { "object": { "content": file(), "description": description } } })
            }
            Capability::Queue => json!({ "answer": { "sent": ["1"] } }),
            Capability::Sql => json!({ "answer": { "changed": [1] } }),
            other => panic!("write a response of {other}"),
        }
    }

    #[test]
    fn every_output_of_every_capability_is_there_and_of_its_kind() {
        for capability in Capability::ALL {
            let mut whole = response(*capability);
            whole["usage"] = json!({ "items": [], "reported_cost": null });
            whole["warnings"] = json!([]);
            let whole: palisade::Response = serde_json::from_value(json!({ capability.name(): whole })).unwrap();
            let json = of_response(&whole).unwrap();
            for output in field::outputs(*capability) {
                let made = output.of(&json).unwrap_or_else(|reason| panic!("{capability}.{}: {reason}", output.name));
                // Here a file is of no type that anybody has heard of.
                let made = match (output.kind.base.is_file(), output.kind.is_list) {
                    (true, true) if made.as_array().is_some_and(|all| all.iter().all(|one| one["data"] == "AQ==")) => {
                        continue;
                    }
                    (true, false) if made == json!({ "media_type": "a/b", "data": "AQ==" }) => continue,
                    (true, _) => panic!("{capability}.{} is no {}: {made}", output.name, output.kind),
                    (false, _) => made,
                };
                inputs::check(&made, output.kind)
                    .unwrap_or_else(|reason| panic!("{capability}.{}: {reason}", output.name));
            }
        }
    }
}
