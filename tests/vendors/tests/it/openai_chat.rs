//! OpenAI: chat, embeddings, moderation, models.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use palisade_vendors::{OpenAi, Running, Vendor};
use serde_json::{Value, json};

use crate::client::{Answer, get, joined, post};

const CHAT: &str = "/v1/chat/completions";

/// A request that says this, with what else there is.
fn saying(text: &str, more: Value) -> Value {
    let mut request = json!({ "model": "gpt-4o-mini", "messages": [{ "role": "user", "content": text }] });
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

fn weather() -> Value {
    let parameters =
        json!({ "type": "object", "properties": { "city": { "type": "string" }, "days": { "type": "integer" } } });
    json!([
        { "type": "function", "function": { "name": "get_weather", "parameters": parameters } },
        { "type": "function", "function": { "name": "get_time", "parameters": { "type": "object", "properties": {} } } },
    ])
}

/// Sends a request plain and as a stream, and returns the choice of the one and the pieces of the other.
async fn both(vendor: &Running<OpenAi>, mut request: Value) -> (Value, Vec<Value>) {
    let whole = post(vendor, CHAT, &request).await;
    assert_eq!(whole.status, 200, "{}", whole.text());
    let whole = whole.json();
    assert_eq!(whole["object"], "chat.completion");
    request["stream"] = true.into();
    let pieces = pieces(&post(vendor, CHAT, &request).await);
    assert!(pieces.iter().all(|piece| piece["object"] == "chat.completion.chunk" && piece["model"] == whole["model"]));
    (whole["choices"][0].clone(), pieces)
}

/// The pieces of a stream that ends well.
fn pieces(answer: &Answer) -> Vec<Value> {
    let mut events = answer.events();
    assert_eq!(events.pop(), Some((String::new(), "[DONE]".to_owned())));
    events.iter().map(|(_, data)| serde_json::from_str(data).unwrap()).collect()
}

#[tokio::test]
async fn what_was_said_last_is_repeated_whole_and_in_pieces() {
    let vendor = OpenAi::start().await;
    let (whole, pieces) = both(&vendor, saying("Good morning, vendor", json!({}))).await;
    assert_eq!(whole["message"]["content"], "You said: Good morning, vendor");
    assert_eq!((&whole["message"]["role"], &whole["finish_reason"]), (&json!("assistant"), &json!("stop")));
    assert_eq!(pieces[0]["choices"][0]["delta"]["role"], "assistant");
    let text = joined(pieces.iter().map(|piece| &piece["choices"][0]["delta"]["content"]));
    assert_eq!(text, "You said: Good morning, vendor");
    let finish: Vec<&Value> = pieces.iter().map(|piece| &piece["choices"][0]["finish_reason"]).collect();
    assert_eq!(finish.last(), Some(&&json!("stop")));
    assert_eq!(finish.iter().filter(|reason| !reason.is_null()).count(), 1);
    assert!(pieces.len() >= 7 && pieces.iter().all(|piece| piece.get("usage").is_none()));
}

#[tokio::test]
async fn usage_comes_with_the_last_piece_where_it_is_asked_for() {
    let vendor = OpenAi::start().await;
    let messages = json!([{ "role": "system", "content": "Be brief" }, { "role": "user", "content": "Hello" }]);
    let mut request = json!({ "model": "gpt-4o-mini", "messages": messages });
    let usage = post(&vendor, CHAT, &request).await.json()["usage"].clone();
    assert_eq!(usage["prompt_tokens"], 3);
    assert_eq!(usage["completion_tokens"], 3);
    assert_eq!(usage["total_tokens"], 6);
    assert_eq!(usage["prompt_tokens_details"]["cached_tokens"], 2);
    request["stream"] = true.into();
    request["stream_options"] = json!({ "include_usage": true });
    let pieces = pieces(&post(&vendor, CHAT, &request).await);
    let (last, others) = pieces.split_last().unwrap();
    assert_eq!((&last["choices"], &last["usage"]), (&json!([]), &usage));
    assert!(others.iter().all(|piece| piece["usage"].is_null() && piece.get("usage").is_some()));
}

#[tokio::test]
async fn a_tool_that_is_named_is_called() {
    let vendor = OpenAi::start().await;
    let request = saying("Please get_weather for Bern", json!({ "tools": weather() }));
    let (whole, pieces) = both(&vendor, request).await;
    assert_eq!((&whole["finish_reason"], &whole["message"]["content"]), (&json!("tool_calls"), &Value::Null));
    let call = &whole["message"]["tool_calls"][0];
    assert_eq!((&call["type"], &call["function"]["name"]), (&json!("function"), &json!("get_weather")));
    let arguments: Value = serde_json::from_str(call["function"]["arguments"].as_str().unwrap()).unwrap();
    assert_eq!(arguments, json!({ "city": "Please get_weather for Bern", "days": 1 }));

    let calls: Vec<&Value> = pieces.iter().map(|piece| &piece["choices"][0]["delta"]["tool_calls"][0]).collect();
    let start = calls.iter().find(|call| call["id"].is_string()).unwrap();
    assert_eq!((&start["index"], &start["function"]["name"]), (&json!(0), &json!("get_weather")));
    assert!(calls.iter().filter(|call| !call["function"]["arguments"].is_null()).count() > 5, "it comes in pieces");
    let streamed = joined(calls.iter().map(|call| &call["function"]["arguments"]));
    assert_eq!(streamed, call["function"]["arguments"].as_str().unwrap());
    assert_eq!(pieces.last().unwrap()["choices"][0]["finish_reason"], "tool_calls");
}

#[tokio::test]
async fn tools_are_called_as_the_choice_says() {
    let vendor = OpenAi::start().await;
    for (text, choice, parallel, expected) in [
        ("Hello", json!("auto"), true, &[][..]),
        ("get_weather", json!("none"), true, &[]),
        ("Hello", json!("required"), true, &["get_weather"]),
        ("get_time", json!("required"), true, &["get_time"]),
        ("Hello", json!({ "type": "function", "function": { "name": "get_time" } }), true, &["get_time"]),
        ("get_time, get_weather", json!("auto"), true, &["get_weather", "get_time"]),
        ("get_time, get_weather", json!("auto"), false, &["get_weather"]),
    ] {
        let more = json!({ "tools": weather(), "tool_choice": choice, "parallel_tool_calls": parallel });
        let answer = post(&vendor, CHAT, &saying(text, more)).await.json();
        let calls = answer["choices"][0]["message"]["tool_calls"].as_array().cloned().unwrap_or_default();
        let names: Vec<&str> = calls.iter().map(|call| call["function"]["name"].as_str().unwrap()).collect();
        assert_eq!(names, expected, "{text}, {choice}");
    }
}

#[tokio::test]
async fn what_a_tool_answered_is_repeated() {
    let vendor = OpenAi::start().await;
    let call = json!({ "id": "call_1", "type": "function", "function": { "name": "get_time", "arguments": "{}" } });
    let messages = |id: &str| {
        json!([
            { "role": "user", "content": "get_time" },
            { "role": "assistant", "content": null, "tool_calls": [call] },
            { "role": "tool", "tool_call_id": id, "content": "noon" },
        ])
    };
    let request = |id| json!({ "model": "gpt-4o", "messages": messages(id), "tools": weather() });
    let answer = post(&vendor, CHAT, &request("call_1")).await.json();
    assert_eq!(answer["choices"][0]["message"]["content"], "The tool said: noon");
    assert_eq!(post(&vendor, CHAT, &request("call_2")).await.status, 400, "nobody made that call");
}

#[tokio::test]
async fn an_answer_fits_the_schema() {
    let vendor = OpenAi::start().await;
    let schema = json!({
        "type": "object",
        "properties": {
            "name": { "type": "string" },
            "colour": { "enum": ["red", "blue"] },
            "sizes": { "type": "array", "items": { "type": "number", "minimum": 4 } },
            "note": { "anyOf": [{ "type": "null" }, { "type": "string" }] },
        },
    });
    let format = json!({ "type": "json_schema", "json_schema": { "name": "thing", "strict": true, "schema": schema } });
    let (whole, _) = both(&vendor, saying("a fox", json!({ "response_format": format }))).await;
    let content: Value = serde_json::from_str(whole["message"]["content"].as_str().unwrap()).unwrap();
    assert_eq!(content, json!({ "name": "a fox", "colour": "red", "sizes": [4], "note": null }));
}

#[tokio::test]
async fn an_answer_ends_as_asked() {
    let vendor = OpenAi::start().await;
    for (more, text, finish) in [
        (json!({ "max_completion_tokens": 3 }), "You said: one", "length"),
        (json!({ "max_tokens": 100 }), "You said: one two three", "stop"),
        (json!({ "stop": ["three", "two"] }), "You said: one ", "stop"),
    ] {
        let (whole, pieces) = both(&vendor, saying("one two three", more)).await;
        assert_eq!((&whole["message"]["content"], &whole["finish_reason"]), (&json!(text), &json!(finish)));
        assert_eq!(joined(pieces.iter().map(|piece| &piece["choices"][0]["delta"]["content"])), text);
    }
    let several = post(&vendor, CHAT, &saying("one", json!({ "n": 2 }))).await.json();
    assert_eq!((several["choices"].as_array().unwrap().len(), &several["choices"][1]["index"]), (2, &json!(1)));
}

#[tokio::test]
async fn a_stream_fails_midway_and_content_is_withheld() {
    let vendor = OpenAi::start().await;
    let events = post(&vendor, CHAT, &saying("one two fail:midway", json!({ "stream": true }))).await.events();
    let (last, begun) = events.split_last().unwrap();
    let error: Value = serde_json::from_str(&last.1).unwrap();
    assert_eq!(error["error"]["type"], "server_error");
    assert!(begun.len() > 1 && begun.iter().all(|(_, data)| data.contains("chat.completion.chunk")));
    assert_eq!(post(&vendor, CHAT, &saying("fail:midway", json!({}))).await.status, 500);
    let (whole, pieces) = both(&vendor, saying("fail:withheld", json!({}))).await;
    assert_eq!((&whole["finish_reason"], &whole["message"]["content"]), (&json!("content_filter"), &json!("")));
    assert_eq!(pieces.last().unwrap()["choices"][0]["finish_reason"], "content_filter");
}

#[tokio::test]
async fn a_picture_is_looked_at() {
    let vendor = OpenAi::start().await;
    let order = json!({ "model": "gpt-image-1", "prompt": "a fox", "size": "12x10" });
    let picture = post(&vendor, "/v1/images/generations", &order).await.json()["data"][0]["b64_json"].clone();
    let content = |url: String| {
        let parts =
            json!([{ "type": "text", "text": "What is it?" }, { "type": "image_url", "image_url": { "url": url } }]);
        json!({ "model": "gpt-4o", "messages": [{ "role": "user", "content": parts }] })
    };
    let url = format!("data:image/png;base64,{}", picture.as_str().unwrap());
    let answer = post(&vendor, CHAT, &content(url)).await.json();
    let text = answer["choices"][0]["message"]["content"].clone();
    assert_eq!(text, "You said: What is it? I see a picture of 12 by 10 pixels (image/png).");
    for wrong in ["data:image/png;base64,AAAA", "data:image/png;base64,?", "file:///etc/passwd"] {
        assert_eq!(post(&vendor, CHAT, &content(wrong.to_owned())).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_refused() {
    let vendor = OpenAi::start().await;
    for (request, status, code) in [
        (json!([]), 400, Value::Null),
        (json!({}), 400, Value::Null),
        (json!({ "model": "gpt-4o" }), 400, json!("missing_required_parameter")),
        (json!({ "model": "gpt-4o", "messages": [{ "role": "king", "content": "a" }] }), 400, json!("invalid_value")),
        (saying("a", json!({ "model": "claude-sonnet-4-5" })), 404, json!("model_not_found")),
        (saying("a", json!({ "model": "tts-1" })), 404, json!("model_not_found")),
        (saying("a", json!({ "response_format": { "type": "yaml" } })), 400, json!("invalid_value")),
        (saying("a", json!({ "tool_choice": { "function": { "name": "none" } } })), 400, Value::Null),
    ] {
        let answer = post(&vendor, CHAT, &request).await;
        let error = answer.json()["error"].clone();
        assert_eq!((answer.status, &error["code"]), (status, &code), "{request}");
        assert_eq!(error["type"], "invalid_request_error");
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()) && error.get("param").is_some());
    }
}

#[tokio::test]
async fn embeddings_depend_on_the_text_alone() {
    let vendor = OpenAi::start().await;
    let ask = async |more: Value| {
        let mut request =
            json!({ "model": "text-embedding-3-small", "input": ["a red fox", "a blue fox"], "dimensions": 16 });
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        post(&vendor, "/v1/embeddings", &request).await
    };
    let floats = ask(json!({})).await.json();
    assert_eq!(floats["usage"], json!({ "prompt_tokens": 6, "total_tokens": 6 }));
    let vector = |answer: &Value, index: usize| -> Vec<f32> {
        assert_eq!(answer["data"][index]["index"], index);
        serde_json::from_value(answer["data"][index]["embedding"].clone()).unwrap()
    };
    let (red, blue) = (vector(&floats, 0), vector(&floats, 1));
    assert_eq!((red.len(), blue.len()), (16, 16));
    assert!(red != blue && (red.iter().map(|number| number * number).sum::<f32>() - 1.0).abs() < 1e-5);
    let alone = ask(json!({ "input": "a blue fox" })).await.json();
    assert_eq!(vector(&alone, 0), blue);

    let packed = ask(json!({ "encoding_format": "base64" })).await.json();
    let bytes = BASE64_STANDARD.decode(packed["data"][0]["embedding"].as_str().unwrap()).unwrap();
    let unpacked: Vec<f32> = bytes.chunks(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect();
    assert_eq!(unpacked, red);

    let usual = ask(json!({ "dimensions": null, "input": [[1, 2], [3]] })).await.json();
    assert_eq!((vector(&usual, 1).len(), &usual["usage"]["prompt_tokens"]), (1536, &json!(3)));
    for wrong in
        [json!({ "input": [] }), json!({ "input": "" }), json!({ "dimensions": 1537 }), json!({ "input": { "a": 1 } })]
    {
        assert_eq!(ask(wrong.clone()).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn a_text_is_as_immoderate_as_it_says() {
    let vendor = OpenAi::start().await;
    let request = json!({ "input": ["much violence", "a fox"] });
    let answer = post(&vendor, "/v1/moderations", &request).await.json();
    assert_eq!(answer["model"], "omni-moderation-latest");
    let [violent, harmless] = [&answer["results"][0], &answer["results"][1]];
    assert_eq!((&violent["flagged"], &harmless["flagged"]), (&json!(true), &json!(false)));
    assert_eq!((&violent["categories"]["violence"], &violent["categories"]["hate"]), (&json!(true), &json!(false)));
    assert!(violent["category_scores"]["violence"].as_f64() > violent["category_scores"]["hate"].as_f64());
    assert_eq!(violent["categories"].as_object().unwrap().len(), 13);
    assert_eq!(post(&vendor, "/v1/moderations", &json!({ "input": [] })).await.status, 400);
}

#[tokio::test]
async fn models_are_listed() {
    let vendor = OpenAi::start().await;
    let list = get(&vendor, "/v1/models").await.json();
    let ids: Vec<&str> = list["data"].as_array().unwrap().iter().map(|model| model["id"].as_str().unwrap()).collect();
    assert!(ids.contains(&"gpt-4o-mini") && ids.contains(&"text-embedding-3-small"), "{ids:?}");
    assert_eq!(get(&vendor, "/v1/models/whisper-1").await.json()["id"], "whisper-1");
    assert_eq!(get(&vendor, "/v1/models/nothing").await.status, 404);
    assert_eq!(get(&vendor, "/v2/nowhere").await.status, 404);
}
