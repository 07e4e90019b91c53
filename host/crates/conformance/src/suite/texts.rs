//! The capabilities that read texts: answers, vectors, orders, verdicts, speech, and tasks of the provider's own.

use palisade_core::{
    Catalogue, Content, Request,
    catalogue::Model,
    chat::{self, Message, Part, Role, Tool, ToolChoice},
    custom, embedding, moderation, rerank, text_to_speech,
};
use serde_json::{Map, Value, json};

use super::{Basis, Expects};
use crate::material::{self, odd_texts, text};

/// Items of a request that has many.
const MANY: u64 = 64;
/// How deep a value is made for a schema.
const MAX_DEPTH: u32 = 8;

pub(super) fn chat(model: &Model, seed: u64) -> Basis {
    let question = || chat::Request::new(format!("Tell me about {}.", text(seed)));
    let mut basis = Basis::default();
    basis.valid(Expects::Served, "a question", question());
    let talk = [
        Message::system("Be brief."),
        Message::user("Hello."),
        Message::assistant("Hello, what is on your mind?"),
        Message::user(format!("I think of {}.", text(seed + 1))),
    ];
    basis.valid(Expects::Served, "a conversation with a system message", chat::Request::of(talk));
    let parts = [text(seed), text(seed + 2)].map(Part::Text).to_vec();
    basis.valid(Expects::Served, "a message of two parts", chat::Request::of([Message { role: Role::User, parts }]));
    for (what, text) in odd_texts() {
        basis.edge(what, chat::Request::new(text));
    }
    basis.edge("white space", chat::Request::new(" "));
    let turns = (0..200).flat_map(|turn| [Message::user(text(turn)), Message::assistant(text(turn + 1))]);
    basis.edge("a conversation of 400 turns", chat::Request::of(turns.chain([Message::user("And now?")])));

    let tool = Tool {
        name: "weather".to_owned(),
        description: "The weather of a town.".to_owned(),
        parameters: json!({ "type": "object", "properties": { "town": { "type": "string" } } }),
    };
    let with_tools = |tool_choice| chat::Request { tools: vec![tool.clone()], tool_choice, ..question() };
    if model.parameter("tools").is_some() {
        basis.valid(Expects::Served, "a tool that may be called", with_tools(ToolChoice::Auto));
    } else {
        basis.bad(Expects::Told, "a tool, and the catalogue has no `tools`", with_tools(ToolChoice::Auto));
    }
    // To who takes none, no host sends one.
    if let Some(picture) = material::picture(16, 16, seed).filter(|_| material::takes(model, "image/png")) {
        let with = |picture| {
            let parts = vec![Part::Text("What is this?".to_owned()), Part::Media(picture)];
            chat::Request::of([Message { role: Role::User, parts }])
        };
        for (what, broken) in material::broken(&picture) {
            // What is no picture here may still be one upstream.
            basis.edge(format!("{what}, as a picture"), with(broken));
        }
        basis.valid(Expects::Served, "a picture", with(picture));
    }
    basis.optional = vec![
        ("temperature", json!(1.0)),
        ("top-p", json!(0.5)),
        ("max-output-tokens", json!(50)),
        ("stop", json!(1)),
        ("seed", json!(7)),
        ("response-schema", json!(true)),
    ];
    basis
}

/// What is the same for all that read lists of texts and media.
fn items<R: Into<Request>>(basis: &mut Basis, model: &Model, seed: u64, of: impl Fn(Vec<Content>) -> R) {
    let texts = |count| (0..count).map(|number| text(seed + number).into()).collect::<Vec<Content>>();
    basis.valid(Expects::Served, "one text", of(texts(1)));
    basis.valid(Expects::Served, "three texts", of(texts(3)));
    basis.valid(Expects::ServedIfRoom, "64 texts", of(texts(MANY)));
    basis.valid(Expects::Served, "the same text twice", of([texts(1), texts(1)].concat()));
    for (what, text) in odd_texts() {
        basis.edge(what, of(vec![text.into()]));
    }
    basis.edge("an empty text", of(vec!["".into()]));
    basis.edge("an empty text among others", of([texts(1), vec!["".into()], texts(1)].concat()));
    if let Some(picture) = material::picture(16, 16, seed).filter(|_| material::takes(model, "image/png")) {
        for (what, broken) in material::broken(&picture) {
            basis.bad(Expects::Refused, format!("{what}, as a picture"), of(vec![broken.into()]));
        }
        basis.valid(Expects::Served, "a picture", of(vec![picture.into()]));
    }
}

pub(super) fn embedding(model: &Model, seed: u64) -> Basis {
    let mut basis = Basis::default();
    items(&mut basis, model, seed, |items| embedding::Request { items, dimensions: None, task: None });
    basis.optional = vec![("dimensions", json!(8)), ("task", json!("query"))];
    basis
}

pub(super) fn moderation(model: &Model, seed: u64) -> Basis {
    let mut basis = Basis::default();
    items(&mut basis, model, seed, |items| moderation::Request { items });
    basis
}

pub(super) fn rerank(seed: u64) -> Basis {
    let documents = |count| (0..count).map(|number| text(seed + number)).collect::<Vec<_>>();
    let mut basis = Basis::default();
    basis.valid(Expects::Served, "three documents", rerank::Request::new(text(seed), documents(3)));
    basis.valid(Expects::Served, "one document", rerank::Request::new(text(seed), documents(1)));
    basis.valid(Expects::ServedIfRoom, "64 documents", rerank::Request::new(text(seed), documents(MANY)));
    let best = rerank::Request { top_n: Some(2), ..rerank::Request::new(text(seed), documents(5)) };
    basis.valid(Expects::Served, "the best two of five", best);
    let best = rerank::Request { top_n: Some(100), ..rerank::Request::new(text(seed), documents(2)) };
    basis.valid(Expects::Served, "the best hundred of two", best);
    basis.valid(Expects::Served, "the same document twice", rerank::Request::new(text(seed), [text(seed), text(seed)]));
    for (what, odd) in odd_texts() {
        basis.edge(format!("{what}, as the query"), rerank::Request::new(odd.clone(), documents(2)));
        basis.edge(format!("{what}, as a document"), rerank::Request::new(text(seed), [odd, text(seed)]));
    }
    basis.edge("an empty document", rerank::Request::new(text(seed), [String::new(), text(seed)]));
    basis
}

pub(super) fn text_to_speech(seed: u64) -> Basis {
    let say = |text: String| text_to_speech::Request::new(text);
    let mut basis = Basis::default();
    basis.valid(Expects::Served, "a sentence", say(format!("There is {}.", text(seed))));
    basis.valid(Expects::Served, "a word", say("Fox".to_owned()));
    basis.valid(Expects::Served, "numbers", say("In 1844 it was 24 May.".to_owned()));
    for (what, text) in odd_texts() {
        basis.edge(what, say(text));
    }
    basis.optional = vec![
        ("voice", json!("nobody")),
        ("speed", json!(1.5)),
        ("language", json!("de")),
        ("instructions", json!("Whisper.")),
        ("seed", json!(7)),
    ];
    basis
}

/// An input for each task, made from its schema.
pub(super) fn custom(catalogue: &Catalogue) -> Basis {
    let mut basis = Basis::default();
    for task in &catalogue.tasks {
        let schema = task.input.as_json();
        let mut made = 0;
        for (what, fill) in [("all that it may have", true), ("what it must have", false)] {
            let input = value_of(schema, fill, 0);
            if task.input.check(&input).is_ok() {
                let what = format!("task {}: {what}", palisade_core::text::escape(&task.id, 64));
                basis.valid(Expects::Answered, what, custom::Request::new(task.id.clone(), input));
                made += 1;
            }
        }
        if made == 0 {
            let task = palisade_core::text::escape(&task.id, 64);
            basis.left_out =
                Some(format!("no input could be made for the task `{task}`: give one with `--request FILE`"));
        }
    }
    basis
}

/// A value that a schema of the usual kind allows. Whoever asks checks it.
fn value_of(schema: &Value, fill: bool, depth: u32) -> Value {
    let first = |key: &str| schema.get(key).and_then(Value::as_array).and_then(|list| list.first());
    if depth > MAX_DEPTH {
        return Value::Null;
    }
    if let Some(value) =
        schema.get("const").or_else(|| schema.get("default")).or_else(|| first("examples")).or_else(|| first("enum"))
    {
        return value.clone();
    }
    if let Some(one) = first("oneOf").or_else(|| first("anyOf")) {
        return value_of(one, fill, depth + 1);
    }
    let number = |key: &str| schema.get(key).and_then(Value::as_f64);
    let kind = schema.get("type").map(|kind| kind.as_array().and_then(|kinds| kinds.first()).unwrap_or(kind));
    match kind.and_then(Value::as_str) {
        Some("object") => {
            let required: Vec<_> = schema.get("required").and_then(Value::as_array).into_iter().flatten().collect();
            let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
            let wanted = properties.filter(|(name, _)| fill || required.iter().any(|own| *own == name.as_str()));
            let fields = wanted.map(|(name, own)| (name.clone(), value_of(own, fill, depth + 1)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Some("array") => {
            let count = schema.get("minItems").and_then(Value::as_u64).unwrap_or(u64::from(fill)).min(16);
            let item = schema.get("items").map_or(json!("fox"), |item| value_of(item, fill, depth + 1));
            Value::Array((0..count).map(|_| item.clone()).collect())
        }
        Some("integer") => json!(number("minimum").unwrap_or(1.0).ceil() as i64),
        Some("number") => json!(number("minimum").unwrap_or(1.0)),
        Some("boolean") => json!(fill),
        Some("null") => Value::Null,
        _ => {
            let least = schema.get("minLength").and_then(Value::as_u64).unwrap_or(0).min(1000) as usize;
            let text = "# A red fox\n\nin fresh snow";
            if text.len() < least { json!("x".repeat(least)) } else { json!(text) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_core::Schema;

    #[test]
    fn inputs_follow_ordinary_schemas() {
        let schemas = [
            r#"{"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}, "b": {"type": "integer", "minimum": 3}}, "additionalProperties": false}"#,
            r#"{"type": "array", "minItems": 2, "items": {"enum": ["x", "y"]}}"#,
            r#"{"oneOf": [{"type": "null"}, {"type": "number"}]}"#,
            r#"{"type": ["boolean", "null"]}"#,
            r#"{"type": "string", "minLength": 40}"#,
            "true",
        ];
        for schema in schemas {
            let schema = Schema::parse(schema).unwrap();
            for fill in [true, false] {
                let value = value_of(schema.as_json(), fill, 0);
                schema.check(&value).unwrap_or_else(|reason| panic!("{value}: {reason}"));
            }
        }
    }
}
