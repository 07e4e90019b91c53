//! Talkers.

use futures_util::StreamExt as _;
use palisade::{
    Capability, ErrorClass, ErrorKind, ProviderHandle,
    chat::{Event, FinishReason, Message, Part, Request, Role, Tool, ToolCall, ToolChoice, ToolResult},
};
use serde_json::json;

use super::{assert_field, knows, settings, those_who};

fn talkers() -> Vec<ProviderHandle> {
    those_who(Capability::Chat)
}

fn question() -> Request {
    Request { seed: Some(1), ..Request::new("I feel sad about my work.") }
}

#[tokio::test]
async fn an_answer_is_the_same_in_pieces_and_as_a_whole() {
    for talker in talkers() {
        let whole = talker.chat(question()).await.unwrap().response;
        assert!(!whole.text.is_empty() && whole.finish_reason == FinishReason::Stop, "{}", talker.id());
        assert!(whole.usage.items.iter().all(|item| item.quantity > 0.0), "{}", talker.id());
        let mut stream = talker.chat_stream(question()).unwrap();
        let (mut text, mut pieces) = (String::new(), 0);
        while let Some(event) = stream.next().await {
            if let Event::Text(piece) = event.unwrap() {
                text += &piece;
                pieces += 1;
            }
        }
        assert_eq!(text, whole.text, "{}", talker.id());
        assert!(pieces > 1, "{} does not stream", talker.id());
    }
}

#[tokio::test]
async fn the_same_seed_gives_the_same_answer_and_the_same_fuel() {
    for talker in talkers().iter().filter(|talker| knows(talker, "seed")) {
        let answer = async || {
            let made = talker.chat(question()).await.unwrap();
            (made.response, made.report.resources.fuel)
        };
        assert_eq!(answer().await, answer().await, "{}", talker.id());
        let mut answers = std::collections::BTreeSet::new();
        for seed in 0..20 {
            answers.insert(talker.chat(Request { seed: Some(seed), ..question() }).await.unwrap().response.text);
        }
        assert!(answers.len() > 1, "{} says the same whatever the seed", talker.id());
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
async fn what_has_no_effect_is_said_and_refused_when_the_caller_is_strict() {
    for talker in talkers().iter().filter(|talker| !knows(talker, "temperature")) {
        let request = Request { temperature: Some(1.0), ..question() };
        let made = talker.call(request.clone(), settings(false)).await.unwrap();
        let warnings: Vec<_> = made.response.warnings.iter().map(ToString::to_string).collect();
        assert!(warnings.iter().any(|text| text.contains("temperature")), "{}: {warnings:?}", talker.id());
        let error = talker.call(request, settings(true)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{}: {error}", talker.id());
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

#[tokio::test]
async fn any_text_is_answered_or_refused_and_never_crashes() {
    let texts = [
        "x".repeat(1 << 20),
        "why ".repeat(100_000),
        "?".to_owned(),
        " ".to_owned(),
        "x\0\u{7}\u{1b}[31m\r\n".to_owned(),
        "\u{202e}שלום".to_owned(),
        "e\u{301}\u{301}\u{301}".repeat(300),
        "雪の中の赤い狐".to_owned(),
    ];
    for talker in talkers() {
        for text in &texts {
            if let Err(error) = talker.chat(text.as_str()).await {
                assert_eq!(error.kind().class(), ErrorClass::Request, "{}: {error}", talker.id());
            }
        }
    }
}
