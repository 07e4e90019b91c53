//! `anthropic`, against Anthropic.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use palisade::{
    CallSettings, ErrorKind, Host, Submitted, Unit, Warning,
    chat::{Event, FinishReason, Message, Part, Request, Role, Tool, ToolChoice, ToolResult},
};
use palisade_vendors::{Anthropic, Running, Vendor as _, raw::Server};
use serde_json::json;
use tokio::sync::Notify;

use super::ANTHROPIC;
use crate::support::{hollow_png, within};

/// A host whose one provider offers this model.
async fn host_of(vendor: &Running<Anthropic>, model: &str) -> Host {
    let models = json!([model]).to_string();
    ANTHROPIC.host_with(ANTHROPIC.registration(vendor.address).config("models", models)).await
}

fn rain() -> Tool {
    let parameters = json!({ "type": "object", "properties": { "city": { "type": "string" } } });
    Tool { name: "rain".to_owned(), description: "Says whether it rains.".to_owned(), parameters }
}

#[tokio::test]
async fn a_chat_streams_with_what_the_model_thinks_and_what_it_read_from_a_cache() {
    let vendor = Anthropic::start().await;
    let host = host_of(&vendor, "claude-opus-5-5").await;
    let request = Request::of([Message::system("Be very brief"), Message::user("Where do foxes live?")]);
    let options = [("reasoning-effort".to_owned(), json!("low"))].into();
    let settings = CallSettings { options, ..CallSettings::default() };
    let mut answer = ANTHROPIC.of(&host).stream(request, settings).unwrap();
    let (mut thoughts, mut pieces, mut finish) = (String::new(), Vec::new(), None);
    while let Some(event) = answer.next().await {
        match event.unwrap() {
            Event::Reasoning(thought) => thoughts.push_str(&thought),
            Event::Text(text) => pieces.push(text),
            Event::Finish(end) => finish = Some(end),
            Event::ToolCall(_) => panic!("no tool was offered"),
        }
    }
    assert_eq!(thoughts, "They say: Where do foxes live?");
    assert!(pieces.len() > 1 && pieces.concat() == "You said: Where do foxes live?", "{pieces:?}");
    let finish = finish.unwrap();
    let used = |unit: Unit| finish.usage.items.iter().find(|item| item.unit == unit).map(|item| item.quantity);
    assert_eq!([used(Unit::InputToken), used(Unit::CachedInputToken)], [Some(4.0), Some(3.0)]);
    assert_eq!([used(Unit::CacheWriteToken), used(Unit::OutputToken)], [Some(0.0), Some(6.0)]);
    assert_eq!((finish.reason, finish.warnings), (FinishReason::Stop, vec![]));
    let asked = vendor.requests().remove(0);
    assert_eq!((asked.path.as_str(), asked.header("anthropic-version")), ("/v1/messages", Some("2023-06-01")));
    assert_eq!(asked.json()["output_config"], json!({ "effort": "low" }));
}

#[tokio::test]
async fn a_tool_is_called_and_its_answer_is_heard() {
    let vendor = Anthropic::start().await;
    let host = host_of(&vendor, "claude-sonnet-5-5").await;
    let ask = async |messages: Vec<Message>, tool_choice| {
        let request = Request { tools: vec![rain()], tool_choice, ..Request::of(messages) };
        ANTHROPIC.of(&host).chat(request).await.unwrap().response
    };
    let question = || Message::user("rain in Rome?");
    for choice in [ToolChoice::Auto, ToolChoice::Required, ToolChoice::Named("rain".to_owned())] {
        let answer = ask(vec![question()], choice).await;
        assert_eq!(answer.finish_reason, FinishReason::ToolCalls);
        assert_eq!(answer.tool_calls[0].arguments, json!({ "city": "rain in Rome?" }));
    }
    let call = ask(vec![question()], ToolChoice::Auto).await.tool_calls.remove(0);
    let result = ToolResult { id: call.id.clone(), content: "it does".to_owned(), is_error: false };
    let said = Message { role: Role::Assistant, parts: vec![Part::ToolCall(call)] };
    let heard = Message { role: Role::Tool, parts: vec![Part::ToolResult(result)] };
    assert_eq!(ask(vec![question(), said, heard], ToolChoice::Auto).await.text, "The tool said: it does");
}

#[tokio::test]
async fn who_cannot_be_made_to_call_a_tool_is_not_asked() {
    let vendor = Anthropic::start().await;
    let host = host_of(&vendor, "claude-opus-5-5").await;
    let request = Request { tools: vec![rain()], tool_choice: ToolChoice::Required, ..Request::new("rain?") };
    let error = ANTHROPIC.of(&host).chat(request).await.unwrap_err();
    assert_eq!((error.kind(), error.submitted()), (ErrorKind::Unsupported, Submitted::No));
    assert!(vendor.requests().is_empty());
}

#[tokio::test]
async fn an_answer_follows_its_schema() {
    let vendor = Anthropic::start().await;
    let host = host_of(&vendor, "claude-haiku-4-5").await;
    let schema = json!({ "type": "object", "properties": { "city": { "type": "string" } } });
    let request = Request { response_schema: Some(schema), ..Request::new("Rome") };
    assert_eq!(ANTHROPIC.of(&host).chat(request).await.unwrap().response.text, r#"{"city":"Rome"}"#);
}

#[tokio::test]
async fn a_picture_is_seen() {
    let vendor = Anthropic::start().await;
    let host = host_of(&vendor, "claude-haiku-4-5").await;
    let parts = vec![Part::Text("Look!".to_owned()), Part::Media(hollow_png(12, 10))];
    let answer = ANTHROPIC.of(&host).chat(Request::of([Message { role: Role::User, parts }])).await.unwrap();
    assert_eq!(answer.response.text, "You said: Look! I see a picture of 12 by 10 pixels (image/png).");
}

#[tokio::test]
async fn what_has_no_effect_is_said_or_refused() {
    let vendor = Anthropic::start().await;
    let host = host_of(&vendor, "claude-haiku-4-5").await;
    let request = || Request { temperature: Some(0.5), top_p: Some(0.5), ..Request::new("hello") };
    let answer = ANTHROPIC.of(&host).chat(request()).await.unwrap();
    assert_eq!(answer.response.warnings, [Warning::IgnoredParameter { name: "top-p".to_owned() }]);
    let strict = CallSettings { strict: true, ..CallSettings::default() };
    let error = ANTHROPIC.of(&host).call(request(), strict).await.unwrap_err();
    assert_eq!((error.kind(), error.submitted()), (ErrorKind::Unsupported, Submitted::No), "{error}");
    assert_eq!(vendor.requests().len(), 1);
}

#[tokio::test]
async fn an_answer_that_is_refused_or_breaks_off_says_so() {
    let vendor = Anthropic::start().await;
    let host = host_of(&vendor, "claude-haiku-4-5").await;
    let refused = ANTHROPIC.of(&host).chat("fail:withheld").await.unwrap().response;
    assert_eq!(refused.finish_reason, FinishReason::ContentPolicy(Some("cyber".to_owned())));
    let broken = ANTHROPIC.of(&host).chat("one two three fail:midway").await.unwrap_err();
    assert_eq!((broken.kind(), broken.submitted()), (ErrorKind::Overloaded, Submitted::Yes), "{broken}");
    assert!(broken.upstream_id().is_some_and(|id| id.starts_with("req_")), "{broken:?}");
}

/// A server that begins to answer, and then says nothing; and what is told when its connection is closed.
async fn stalling() -> (Server, Arc<Notify>) {
    let closed = Arc::new(Notify::new());
    let told = closed.clone();
    let server = Server::start(move |mut peer| {
        let told = told.clone();
        async move {
            let delta = json!({ "type": "text_delta", "text": "Well, " });
            let event = json!({ "type": "content_block_delta", "index": 0, "delta": delta });
            peer.request().await;
            peer.write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n").await;
            peer.write(format!("data: {event}\n\n")).await;
            peer.closed().await;
            told.notify_one();
        }
    })
    .await;
    (server, closed)
}

#[tokio::test]
async fn an_answer_that_nobody_wants_any_more_is_not_read_on() {
    let (server, closed) = stalling().await;
    let host = ANTHROPIC.host(server.address).await;
    let mut answer = ANTHROPIC.of(&host).chat_stream("hello").unwrap();
    assert_eq!(answer.next().await.unwrap().unwrap(), Event::Text("Well, ".to_owned()));
    drop(answer);
    within(Duration::from_secs(1), closed.notified()).await;
}

#[tokio::test]
async fn an_answer_that_does_not_go_on_ends_with_the_call() {
    let (server, closed) = stalling().await;
    let host = ANTHROPIC.host(server.address).await;
    let settings = CallSettings { timeout: Some(Duration::from_millis(500)), ..CallSettings::default() };
    let call = ANTHROPIC.of(&host);
    let error = within(Duration::from_secs(2), call.call(Request::new("hello"), settings)).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Deadline | ErrorKind::UpstreamTimeout), "{error}");
    assert_ne!(error.submitted(), Submitted::No, "the vendor has begun to answer: {error}");
    within(Duration::from_secs(1), closed.notified()).await;
}
