//! Anthropic: messages.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use palisade_vendors::{Anthropic, OpenAi, Running, Vendor};
use serde_json::{Value, json};

use crate::client::{get, joined, post, send};

const MESSAGES: &str = "/v1/messages";

/// A request that says this, with what else there is.
fn saying(content: impl Into<Value>, more: Value) -> Value {
    let messages = json!([{ "role": "user", "content": content.into() }]);
    let mut request = json!({ "model": "claude-sonnet-4-5", "max_tokens": 100, "messages": messages });
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

fn weather() -> Value {
    let schema = json!({ "type": "object", "properties": { "city": { "type": "string" } } });
    json!([{ "name": "get_weather", "input_schema": schema }, { "name": "get_time", "input_schema": { "type": "object" } }])
}

/// The events of a stream; each is called what its data says.
async fn events(vendor: &Running<Anthropic>, mut request: Value) -> Vec<Value> {
    request["stream"] = true.into();
    let events = post(vendor, MESSAGES, &request).await.events();
    let read = |(name, data): &(String, String)| {
        let data: Value = serde_json::from_str(data).unwrap();
        assert_eq!(data["type"], *name);
        data
    };
    events.iter().map(read).collect()
}

fn kinds(events: &[Value]) -> Vec<&str> {
    let mut kinds: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    kinds.dedup();
    kinds
}

#[tokio::test]
async fn what_was_said_last_is_repeated_whole_and_in_pieces() {
    let vendor = Anthropic::start().await;
    let request = saying("Good morning", json!({ "system": "Be very brief" }));
    let whole = post(&vendor, MESSAGES, &request).await;
    assert!(whole.header("request-id").starts_with("req_"));
    let whole = whole.json();
    assert_eq!(whole["content"], json!([{ "type": "text", "text": "You said: Good morning" }]));
    assert_eq!(
        (&whole["type"], &whole["role"], &whole["stop_reason"]),
        (&json!("message"), &json!("assistant"), &json!("end_turn"))
    );
    let usage = &whole["usage"];
    assert_eq!(
        (&usage["input_tokens"], &usage["cache_read_input_tokens"], &usage["output_tokens"]),
        (&json!(2), &json!(3), &json!(4))
    );

    let events = events(&vendor, request).await;
    assert_eq!(
        kinds(&events),
        [
            "message_start",
            "content_block_start",
            "ping",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop"
        ]
    );
    let start = &events[0]["message"];
    assert_eq!(
        (&start["content"], &start["stop_reason"], &start["usage"]["input_tokens"]),
        (&json!([]), &Value::Null, &json!(2))
    );
    assert_eq!(joined(events.iter().map(|event| &event["delta"]["text"])), "You said: Good morning");
    let end = &events[events.len() - 2];
    assert_eq!((&end["delta"]["stop_reason"], &end["usage"]["output_tokens"]), (&json!("end_turn"), &json!(4)));
}

#[tokio::test]
async fn a_tool_that_is_named_is_called() {
    let vendor = Anthropic::start().await;
    let request = saying("get_weather now", json!({ "tools": weather() }));
    let whole = post(&vendor, MESSAGES, &request).await.json();
    assert_eq!(whole["stop_reason"], "tool_use");
    let call = &whole["content"][0];
    assert_eq!(
        (&call["type"], &call["name"], &call["input"]),
        (&json!("tool_use"), &json!("get_weather"), &json!({ "city": "get_weather now" }))
    );

    let events = events(&vendor, request).await;
    let start = events.iter().find(|event| event["type"] == "content_block_start").unwrap();
    assert_eq!(
        (&start["content_block"]["name"], &start["content_block"]["input"]),
        (&json!("get_weather"), &json!({}))
    );
    let pieces: Vec<&Value> =
        events.iter().map(|event| &event["delta"]["partial_json"]).filter(|piece| piece.is_string()).collect();
    assert!(pieces.len() > 4 && pieces[0] == "", "{pieces:?}");
    let input: Value = serde_json::from_str(&joined(pieces)).unwrap();
    assert_eq!(input, call["input"]);

    let demanded = json!({ "tools": weather(), "tool_choice": { "type": "tool", "name": "get_time" } });
    let forced = post(&vendor, MESSAGES, &saying("Hello", demanded)).await.json();
    assert_eq!(forced["content"][0]["name"], "get_time");
}

#[tokio::test]
async fn what_a_tool_answered_is_repeated() {
    let vendor = Anthropic::start().await;
    let request = |answers: Value| {
        let call = json!({ "type": "tool_use", "id": "toolu_1", "name": "get_time", "input": {} });
        let messages = json!([
            { "role": "user", "content": "get_time" },
            { "role": "assistant", "content": [call] },
            { "role": "user", "content": answers },
        ]);
        json!({ "model": "claude-haiku-4-5", "max_tokens": 9, "messages": messages, "tools": weather() })
    };
    let result = |id: &str| json!([{ "type": "tool_result", "tool_use_id": id, "content": [{ "type": "text", "text": "noon" }] }]);
    let answer = post(&vendor, MESSAGES, &request(result("toolu_1"))).await.json();
    assert_eq!(answer["content"][0]["text"], "The tool said: noon");
    for wrong in [result("toolu_2"), json!("never mind")] {
        let refused = post(&vendor, MESSAGES, &request(wrong)).await;
        assert_eq!(refused.status, 400);
        assert!(refused.text().contains("tool_result"));
    }
}

#[tokio::test]
async fn an_answer_ends_as_asked() {
    let vendor = Anthropic::start().await;
    for (more, text, reason, sequence) in [
        (json!({ "max_tokens": 3 }), "You said: one", "max_tokens", Value::Null),
        (json!({ "stop_sequences": ["two"] }), "You said: one ", "stop_sequence", json!("two")),
    ] {
        let answer = post(&vendor, MESSAGES, &saying("one two three", more)).await.json();
        assert_eq!(answer["content"][0]["text"], text);
        assert_eq!((&answer["stop_reason"], &answer["stop_sequence"]), (&json!(reason), &sequence));
    }
    let withheld = post(&vendor, MESSAGES, &saying("fail:withheld", json!({}))).await.json();
    assert_eq!((&withheld["stop_reason"], &withheld["content"]), (&json!("refusal"), &json!([])));
    assert_eq!(withheld["stop_details"]["category"], "cyber");
}

#[tokio::test]
async fn a_model_says_what_it_thinks_where_it_is_asked() {
    let vendor = Anthropic::start().await;
    let thinking = json!({ "type": "adaptive", "display": "summarized" });
    let request = saying("Hello", json!({ "model": "claude-opus-5-5", "thinking": thinking }));
    let whole = post(&vendor, MESSAGES, &request).await.json();
    assert_eq!(
        (&whole["content"][0]["type"], &whole["content"][1]["text"]),
        (&json!("thinking"), &json!("You said: Hello"))
    );
    let events = events(&vendor, request).await;
    assert_eq!(
        joined(events.iter().map(|event| &event["delta"]["thinking"])),
        whole["content"][0]["thinking"].as_str().unwrap()
    );
    assert!(events.iter().any(|event| event["delta"]["type"] == "signature_delta"));
}

#[tokio::test]
async fn an_answer_follows_a_schema_that_is_closed() {
    let vendor = Anthropic::start().await;
    let ask = async |closed: bool| {
        let properties = json!({ "city": { "type": "string" } });
        let mut schema = json!({ "type": "object", "properties": properties });
        if closed {
            schema["additionalProperties"] = false.into();
        }
        let config = json!({ "format": { "type": "json_schema", "schema": schema } });
        post(&vendor, MESSAGES, &saying("Rome", json!({ "output_config": config }))).await
    };
    assert_eq!(ask(true).await.json()["content"][0]["text"], r#"{"city":"Rome"}"#);
    let refused = ask(false).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("output_config.format.schema: "));
}

#[tokio::test]
async fn a_stream_fails_midway() {
    let vendor = Anthropic::start().await;
    let events = events(&vendor, saying("one two three fail:midway", json!({}))).await;
    assert_eq!(kinds(&events), ["message_start", "content_block_start", "ping", "content_block_delta", "error"]);
    assert_eq!(events.last().unwrap()["error"], json!({ "type": "overloaded_error", "message": "Overloaded" }));
    assert_eq!(post(&vendor, MESSAGES, &saying("fail:midway", json!({}))).await.status, 529);
}

#[tokio::test]
async fn a_picture_is_looked_at() {
    let painter = OpenAi::start().await;
    let order = json!({ "model": "gpt-image-1", "prompt": "a fox", "size": "12x10" });
    let picture = post(&painter, "/v1/images/generations", &order).await.json()["data"][0]["b64_json"].clone();
    let vendor = Anthropic::start().await;
    let show = async |media_type: &str, data: &Value| {
        let source = json!({ "type": "base64", "media_type": media_type, "data": data });
        let content = json!([{ "type": "image", "source": source }, { "type": "text", "text": "Look!" }]);
        post(&vendor, MESSAGES, &saying(content, json!({}))).await
    };
    let seen = show("image/png", &picture).await.json();
    assert_eq!(seen["content"][0]["text"], "You said: Look! I see a picture of 12 by 10 pixels (image/png).");
    assert_eq!(show("image/jpeg", &picture).await.status, 400, "it is a PNG");
    assert_eq!(show("image/png", &json!(BASE64_STANDARD.encode("no picture"))).await.status, 400);
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_refused() {
    let vendor = Anthropic::start().await;
    for (request, status, word) in [
        (json!({}), 400, "model"),
        (json!({ "model": "claude-sonnet-4-5" }), 400, "max_tokens"),
        (saying("a", json!({ "model": "gpt-4o" })), 404, "model: gpt-4o"),
        (saying("a", json!({ "messages": [] })), 400, "messages"),
        (saying("a", json!({ "messages": [{ "role": "system", "content": "a" }] })), 400, "role"),
        (saying("a", json!({ "tools": [{ "name": "a" }] })), 400, "input_schema"),
        (saying("a", json!({ "tool_choice": { "type": "tool", "name": "a" } })), 400, "tool_choice"),
        (saying(json!([{ "type": "text", "text": " " }]), json!({})), 400, "non-empty"),
        (saying("a", json!({ "model": "claude-opus-5-5", "temperature": 0.5 })), 400, "temperature"),
        (
            saying("a", json!({ "model": "claude-opus-5-5", "tools": weather(), "tool_choice": { "type": "any" } })),
            400,
            "tool_choice",
        ),
    ] {
        let answer = post(&vendor, MESSAGES, &request).await;
        let error = answer.json();
        assert_eq!((answer.status, &error["type"]), (status, &json!("error")), "{request}");
        assert!(error["error"]["message"].as_str().unwrap().contains(word), "{error}");
        assert!(error["error"]["type"].is_string() && error["request_id"].is_string());
    }
    let without_version = [("x-api-key", Anthropic::KEY)];
    let answer = send(vendor.address, "POST", MESSAGES, &without_version, saying("a", json!({})).to_string()).await;
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("anthropic-version"));
    assert_eq!(get(&vendor, "/v1/models").await.json()["data"][0]["type"], "model");
}
