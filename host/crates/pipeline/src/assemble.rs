//! From fields to a request.

use palisade::{Capability, Dimensions, Request};
use serde_json::{Map, Value, json};

use crate::{
    field::{Field, Place},
    kind::{Base, Kind},
};

/// Characters of a text that is not known yet.
const TYPICAL_CHARACTERS: usize = 200;
/// Bytes of a file that is not known yet: of ten seconds of speech.
const TYPICAL_BYTES: usize = 80_000;

/// The request that has these fields.
///
/// # Errors
///
/// Says what no provider could serve.
pub(crate) fn request(capability: Capability, fields: &[(&Field, Value)]) -> Result<Request, String> {
    let (mut request, mut question, mut rules) = (Map::new(), Vec::new(), None);
    for (field, value) in fields {
        match field.place {
            Place::Own => {
                request.insert(field.key(), value.clone());
            }
            Place::Factor => {
                request.insert(field.key(), json!({ "factor": value }));
            }
            Place::Pixels => {
                request.insert(field.key(), json!({ "pixels": pixels(value)? }));
            }
            // What is asked comes before what belongs to it.
            Place::Question => question.insert(0, json!({ "text": value })),
            Place::Attached => {
                question.extend(value.as_array().into_iter().flatten().map(|file| json!({ "media": file })));
            }
            Place::Rules => rules = Some(json!({ "role": "system", "parts": [{ "text": value }] })),
        }
    }
    if !question.is_empty() {
        let question = json!({ "role": "user", "parts": question });
        request.insert("messages".to_owned(), rules.into_iter().chain([question]).collect());
    }
    let request = json!({ capability.name(): request });
    let request: Request = serde_json::from_value(request).map_err(|error| error.to_string())?;
    request.validate().map_err(|error| error.message().to_owned())?;
    Ok(request)
}

fn pixels(size: &Value) -> Result<[u32; 2], String> {
    match size.as_str().unwrap_or_default().parse()? {
        Dimensions::Pixels(width, height) => Ok([width, height]),
        Dimensions::Auto | Dimensions::Aspect(..) => Err("expected pixels such as 1024x768".to_owned()),
    }
}

/// What stands for a value that is not known before its step has run.
pub(crate) fn typical(kind: Kind) -> Value {
    let file = |media_type: &str| {
        let data = vec![0; TYPICAL_BYTES];
        serde_json::to_value(palisade::Media { media_type: media_type.to_owned(), data }).unwrap_or_default()
    };
    let value = match kind.base {
        Base::Text | Base::Item | Base::Json => Value::String("a".repeat(TYPICAL_CHARACTERS)),
        Base::Number => json!(1),
        Base::Flag => json!(true),
        Base::Picture | Base::File => file("image/png"),
        Base::Sound => file("audio/wav"),
        Base::Film => file("video/mp4"),
        Base::Vector => json!([1.0]),
    };
    if kind.is_list { json!([value]) } else { value }
}

#[cfg(test)]
mod tests {
    use palisade::chat;

    use super::*;
    use crate::field;

    /// What a field may be set to.
    fn example(capability: Capability, field: &Field) -> Value {
        let plain = match field.name {
            "size" => json!("64x64"),
            "factor" => json!(2),
            "tools" => json!([{ "name": "a", "description": "", "parameters": {} }]),
            "tool-choice" => json!("auto"),
            "response-schema" => json!({}),
            "input" if capability == Capability::Custom => json!({ "a": 1 }),
            "operation" => {
                let request = serde_json::to_value(Request::typical(capability)).unwrap();
                request[capability.name()]["operation"].clone()
            }
            _ => typical(field.kind),
        };
        match field.kind.base {
            Base::Item => field.kind.convert(plain, Kind::list(Base::Text)).unwrap(),
            _ => plain,
        }
    }

    /// Names are shorter than other texts.
    fn short(value: Value) -> Value {
        match value {
            Value::String(text) if text.len() == TYPICAL_CHARACTERS => json!("a"),
            Value::Array(values) => values.into_iter().map(short).collect(),
            other => other,
        }
    }

    #[test]
    fn every_field_is_taken_and_the_required_ones_are_missed() {
        for capability in Capability::ALL {
            let fields = field::fields(*capability);
            let all: Vec<(&Field, Value)> =
                fields.iter().map(|field| (field, short(example(*capability, field)))).collect();
            request(*capability, &all).unwrap_or_else(|reason| panic!("{capability}: {reason}"));
            // A conversation may begin with a file; without a question nobody writes a step.
            for (left_out, _) in all.iter().filter(|(field, _)| field.place != Place::Question) {
                let rest: Vec<_> = all.iter().filter(|(field, _)| field.name != left_out.name).cloned().collect();
                let made = request(*capability, &rest);
                assert_eq!(made.is_err(), left_out.is_required, "{capability} without {}: {made:?}", left_out.name);
            }
        }
    }

    #[test]
    fn a_conversation_has_its_rules_first() {
        let fields = field::fields(Capability::Chat);
        let field = |name: &str| field::named(fields, name, |field| field.name).unwrap();
        let set = [(field("files"), typical(Kind::list(Base::File))), (field("prompt"), json!("what?"))];
        let set = [&set[..], &[(field("system"), json!("be kind"))]].concat();
        let Ok(Request::Chat(request)) = request(Capability::Chat, &set) else { panic!("no conversation") };
        assert_eq!(request.messages[0], chat::Message::system("be kind"));
        assert_eq!(request.messages[1].parts[0], chat::Part::Text("what?".to_owned()));
        assert!(matches!(request.messages[1].parts[1], chat::Part::Media(_)));
    }
}
