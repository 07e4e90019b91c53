//! Talkers.

use futures_util::StreamExt as _;
use palisade::{
    Capability, ErrorKind, ProviderHandle,
    chat::{Event, FinishReason, Message, Part, Request, Role, Tool, ToolCall, ToolChoice, ToolResult},
};
use serde_json::json;

use super::{assert_field, knows, those_who};

fn talkers() -> Vec<ProviderHandle> {
    those_who(Capability::Chat)
}

fn question() -> Request {
    Request { seed: Some(1), ..Request::new("I feel sad about my work.") }
}

#[tokio::test]
async fn an_answer_comes_in_pieces_and_the_same_one_takes_the_same_fuel() {
    for talker in talkers() {
        let made = talker.chat(question()).await.unwrap();
        let whole = &made.response;
        assert!(!whole.text.is_empty() && whole.finish_reason == FinishReason::Stop, "{}", talker.id());
        assert!(whole.usage.items.iter().all(|item| item.quantity > 0.0), "{}", talker.id());
        let again = talker.chat(question()).await.unwrap();
        assert_eq!(made.report.resources.fuel, again.report.resources.fuel, "{}", talker.id());
        let stream = talker.chat_stream(question()).unwrap();
        let pieces = stream.filter(|event| std::future::ready(matches!(event, Ok(Event::Text(_))))).count().await;
        assert!(pieces > 1, "{} does not stream", talker.id());
    }
}

#[tokio::test]
async fn an_answer_goes_back_into_the_conversation() {
    for talker in talkers() {
        let mut messages = vec![Message::user("Well, my boyfriend made me come here.")];
        for line in ["He says I am depressed.", "Perhaps I could learn to get along with my mother."] {
            let answer = talker.chat(Request::of(messages.clone())).await.unwrap().response;
            messages.extend([answer.message(), Message::user(line)]);
        }
        assert!(!talker.chat(Request::of(messages)).await.unwrap().response.text.is_empty());
    }
}

#[tokio::test]
async fn an_answer_ends_where_it_is_told_to() {
    for talker in talkers() {
        let whole = talker.chat(question()).await.unwrap().response.text;
        if knows(&talker, "max-output-tokens") {
            let request = Request { max_output_tokens: Some(1), ..question() };
            let cut = talker.chat(request).await.unwrap().response;
            assert_eq!(cut.finish_reason, FinishReason::Length, "{}", talker.id());
            assert!(cut.text.len() < whole.len() && whole.starts_with(cut.text.trim_end()), "{}", talker.id());
        }
        if knows(&talker, "stop") {
            let last = whole.split_whitespace().last().unwrap().to_owned();
            let cut = talker.chat(Request { stop: vec![last.clone()], ..question() }).await.unwrap().response;
            assert!(!cut.text.contains(&last) && cut.finish_reason == FinishReason::Stop, "{}", talker.id());
        }
    }
}

#[tokio::test]
async fn tools_are_called_or_refused() {
    let tool = Tool { name: "weather".to_owned(), description: String::new(), parameters: json!({"type": "object"}) };
    for talker in talkers() {
        let request = Request { tools: vec![tool.clone()], tool_choice: ToolChoice::Required, ..question() };
        match talker.chat(request).await {
            Ok(made) => assert!(!made.response.tool_calls.is_empty(), "{}", talker.id()),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Unsupported, "{}: {error}", talker.id()),
        }
    }
}

#[tokio::test]
async fn a_conversation_that_does_not_hang_together_is_refused_with_its_place() {
    let answered = |id: &str| {
        let result = ToolResult { id: id.to_owned(), content: "rain".to_owned(), is_error: false };
        Message { role: Role::Tool, parts: vec![Part::ToolResult(result)] }
    };
    let call = ToolCall { id: "1".to_owned(), name: "weather".to_owned(), arguments: json!({}) };
    let called = || Message { role: Role::Assistant, parts: vec![Part::ToolCall(call.clone())] };
    let cases = [
        ("messages", Request::of([])),
        ("messages[0]", Request::of([Message { role: Role::User, parts: vec![] }])),
        ("messages[1].parts[0]", Request::of([Message::user("rain?"), answered("1")])),
        ("messages[2].parts[0]", Request::of([Message::user("rain?"), called(), answered("2")])),
        ("messages[0].parts[0]", Request::new("x".repeat(10_000_000))),
    ];
    for talker in talkers() {
        for (field, request) in &cases {
            assert_field(&talker, &talker.chat(request.clone()).await.unwrap_err(), field);
        }
    }
}
