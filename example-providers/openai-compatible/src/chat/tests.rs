use palisade_guest::chat::{Event, Finish, FinishReason, Message, Part, Role, Tool, ToolCall, ToolChoice, ToolResult};
use palisade_guest::http::{Answer, HttpError};
use palisade_guest::{FailureKind, Media, OptionKv, Submitted, Usage, Warning};
use serde_json::{Value, json};

use super::*;
use crate::testing::upstream;

const PATH: &str = "chat/completions";

fn stream(chunks: &[Value]) -> String {
    chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect::<String>() + "data: [DONE]\n\n"
}

fn events(body: &str) -> Answer {
    Answer::new(200).header("content-type", "text/event-stream").header("x-request-id", "req_1").cut(body, 7)
}

fn delta(delta: Value) -> Value {
    json!({"choices": [{"index": 0, "delta": delta, "finish_reason": null}], "usage": null})
}

fn end(reason: &str) -> Value {
    json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
}

fn used() -> Value {
    json!({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 3}})
}

fn options() -> CallOptions {
    CallOptions::new("gpt-4.1")
}

fn ask(answer: Answer) -> Result<Vec<Event>> {
    upstream(PATH, answer);
    OpenAiCompatible::reply(Request::new("hi"), &options())?.collect()
}

fn finish(reason: FinishReason) -> Event {
    let usage = Usage::of("input-token", 9).and("cached-input-token", 0).and("output-token", 3);
    Event::finish(Finish::new(reason).usage(usage))
}

/// The body that is sent for a request.
fn body(request: Request, options: &CallOptions) -> Result<Value> {
    let sent = upstream(PATH, events(&stream(&[end("stop")])));
    OpenAiCompatible::reply(request, options)?;
    let body = sent.borrow()[0].json();
    Ok(body)
}

#[test]
fn an_answer_comes_in_pieces_and_its_usage_with_the_last() {
    let chunks = [
        delta(json!({"role": "assistant", "content": ""})),
        delta(json!({"content": "grün"})),
        delta(json!({"content": " 🦊"})),
        end("stop"),
        used(),
    ];
    let expected = [Event::text("grün"), Event::text(" 🦊"), finish(FinishReason::Stop)];
    assert_eq!(ask(events(&stream(&chunks))).unwrap(), expected);
    assert_eq!(ask(events(stream(&chunks).trim_end())).unwrap(), expected, "the last line may be missing");
}

#[test]
fn a_piece_is_given_before_the_next_has_come() {
    let answer = Answer::new(200).piece(format!("data: {}\n\n", delta(json!({"content": "a"}))));
    upstream(PATH, answer.breaks(HttpError::Timeout));
    let mut answer = OpenAiCompatible::reply(Request::new("hi"), &options()).unwrap();
    assert_eq!(answer.next().unwrap().unwrap(), Event::text("a"));
    let failure = answer.next().unwrap().unwrap_err();
    assert_eq!((failure.kind, failure.submitted), (FailureKind::Timeout, Submitted::Yes));
    assert!(answer.next().is_none());
}

#[test]
fn a_stream_that_is_cut_is_no_answer() {
    let whole = stream(&[delta(json!({"content": "abc"})), delta(json!({"content": "def"})), end("stop")]);
    let said = whole.find("\"stop\"").unwrap();
    for length in (0..said).step_by(5) {
        let failure = ask(events(&whole[..length])).unwrap_err();
        assert!(matches!(failure.kind, FailureKind::BadOutput(_)), "{length}: {failure:?}");
        assert_eq!((failure.submitted, failure.upstream_id.as_deref()), (Submitted::Yes, Some("req_1")));
    }
}

#[test]
fn what_cannot_be_read_is_no_answer() {
    for body in ["data: {\"choices\": [\n\n", "data: 7\n\n", "data: {\"choices\": 7}\n\n"] {
        let failure = ask(events(body)).unwrap_err();
        assert!(matches!(failure.kind, FailureKind::BadOutput(_)), "{body}");
        assert_eq!(failure.submitted, Submitted::Yes);
    }
}

#[test]
fn tool_calls_come_in_pieces() {
    let piece = |piece: Value| delta(json!({"tool_calls": [piece]}));
    let chunks = [
        piece(json!({"index": 1, "id": "a", "type": "function", "function": {"name": "rain", "arguments": ""}})),
        piece(json!({"index": 1, "function": {"arguments": "{\"city\":"}})),
        // Some repeat id and name.
        piece(json!({"index": 1, "id": "a", "function": {"name": "rain", "arguments": "\"Rome\"}"}})),
        piece(json!({"index": 2, "id": "", "function": {"name": "sun", "arguments": {"city": "Oslo"}}})),
        end("stop"),
    ];
    let events = ask(events(&stream(&chunks))).unwrap();
    let call = |index, id: Option<&str>, name: Option<&str>, arguments: &str| {
        let (id, name) = (id.map(str::to_owned), name.map(str::to_owned));
        let delta = palisade_guest::chat::ToolCallDelta { index, id, name, arguments: arguments.into() };
        Event::ToolCall(delta)
    };
    let expected = [
        call(0, Some("a"), Some("rain"), ""),
        call(0, None, None, "{\"city\":"),
        call(0, None, None, "\"Rome\"}"),
        call(1, Some("call-1"), Some("sun"), "{\"city\":\"Oslo\"}"),
        Event::finish(FinishReason::ToolCalls),
    ];
    assert_eq!(events, expected);
}

#[test]
fn reasoning_is_told_apart() {
    for name in ["reasoning", "reasoning_content"] {
        let events = ask(events(&stream(&[delta(json!({name: "hm", "content": null})), end("stop")]))).unwrap();
        assert_eq!(events, [Event::Reasoning("hm".into()), Event::finish(FinishReason::Stop)]);
    }
}

#[test]
fn every_reason_to_end_is_told() {
    for (word, reason) in [
        ("stop", FinishReason::Stop),
        ("length", FinishReason::Length),
        ("tool_calls", FinishReason::ToolCalls),
        ("content_filter", FinishReason::ContentPolicy(None)),
        ("budget", FinishReason::Other("budget".into())),
    ] {
        assert_eq!(ask(events(&stream(&[end(word), used()]))).unwrap(), [finish(reason)], "{word}");
    }
    let refused = ask(events(&stream(&[delta(json!({"refusal": "no"})), end("stop"), used()]))).unwrap();
    assert_eq!(refused, [Event::text("no"), finish(FinishReason::ContentPolicy(Some("refusal".into())))]);
}

#[test]
fn the_end_of_a_stream_is_an_end_where_nothing_else_is_said() {
    let chunk = json!({"choices": [{"delta": {"content": "a"}}], "error": null});
    assert_eq!(ask(events(&stream(&[chunk]))).unwrap(), [Event::text("a"), Event::finish(FinishReason::Stop)]);
}

#[test]
fn an_error_within_a_stream_is_a_failure() {
    let chunks = [delta(json!({"content": "a"})), json!({"error": {"message": "full", "code": 503}})];
    let failure = ask(events(&stream(&chunks))).unwrap_err();
    assert_eq!((failure.kind, failure.submitted), (FailureKind::Overloaded(None), Submitted::Yes));
}

#[test]
fn a_server_that_does_not_stream_is_read_too() {
    let calls = json!([{"id": "a", "function": {"name": "rain", "arguments": "{}"}}]);
    let message = json!({"role": "assistant", "content": "hi", "tool_calls": calls});
    let whole = json!({
        "choices": [{"message": message, "finish_reason": "tool_calls"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 3},
    });
    let events = ask(Answer::json(200, &whole)).unwrap();
    assert_eq!((events.len(), &events[0], &events[2]), (3, &Event::text("hi"), &finish(FinishReason::ToolCalls)));
    let failure = ask(Answer::json(200, &json!({"error": {"code": "content_filter"}}))).unwrap_err();
    assert_eq!((failure.kind, failure.submitted), (FailureKind::ContentPolicy(None), Submitted::Yes));
    assert!(ask(Answer::json(200, &json!({}))).is_err());
}

#[test]
fn a_refusal_is_a_failure_before_the_stream() {
    upstream(PATH, Answer::json(429, &json!({"error": {"code": "rate_limit_exceeded"}})).header("retry-after", "1"));
    let failure = OpenAiCompatible::reply(Request::new("hi"), &options()).unwrap_err();
    let FailureKind::RateLimited(limit) = failure.kind else { panic!("another kind") };
    assert_eq!(limit.retry_after_ms, Some(1_000));
}

#[test]
fn a_plain_request_is_as_short_as_it_can_be() {
    let expected = json!({
        "model": "gpt-4.1", "messages": [{"role": "user", "content": "hi"}],
        "stream": true, "stream_options": {"include_usage": true},
    });
    assert_eq!(body(Request::new("hi"), &options()).unwrap(), expected);
}

#[test]
fn a_conversation_with_tools_and_pictures_is_passed_on() {
    let tool = Tool { name: "rain".into(), description: "says".into(), parameters: r#"{"type":"object"}"#.into() };
    let call = ToolCall { id: "a".into(), name: "rain".into(), arguments: "{}".into() };
    let result = |id: &str, is_error| Part::ToolResult(ToolResult { id: id.into(), content: "no".into(), is_error });
    let picture = Part::Media(Media::new("image/png", vec![0, 255]).unwrap());
    let messages = vec![
        Message::system("be brief"),
        Message { role: Role::User, parts: vec![Part::Text("this?".into()), picture] },
        Message { role: Role::Assistant, parts: vec![Part::ToolCall(call)] },
        Message { role: Role::Tool, parts: vec![result("a", false), result("b", true)] },
    ];
    let tool_choice = ToolChoice::Named("rain".into());
    let body = body(Request { messages, tools: vec![tool], tool_choice, ..Request::new("") }, &options()).unwrap();
    let function = json!({"name": "rain", "description": "says", "parameters": {"type": "object"}});
    assert_eq!(body["tools"], json!([{"type": "function", "function": function}]));
    assert_eq!(body["tool_choice"], json!({"type": "function", "function": {"name": "rain"}}));
    let call = json!({"id": "a", "type": "function", "function": {"name": "rain", "arguments": "{}"}});
    let expected = json!([
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": [
            {"type": "text", "text": "this?"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AP8="}},
        ]},
        {"role": "assistant", "content": null, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "a", "content": "no"},
        {"role": "tool", "tool_call_id": "b", "content": "the tool failed: no"},
    ]);
    assert_eq!(body["messages"], expected);
}

#[test]
fn other_media_are_sounds_and_documents() {
    let sent = |media_type: &str| {
        let part = Part::Media(Media::new(media_type, vec![0, 255]).unwrap());
        let messages = vec![Message { role: Role::User, parts: vec![part] }];
        body(Request { messages, ..Request::new("") }, &options()).map(|body| body["messages"][0]["content"][0].clone())
    };
    let sound = json!({"type": "input_audio", "input_audio": {"data": "AP8=", "format": "wav"}});
    assert_eq!(sent("audio/wav").unwrap(), sound);
    assert_eq!(sent("application/pdf").unwrap()["file"]["file_data"], "data:application/pdf;base64,AP8=");
    assert_eq!(sent("video/mp4").unwrap_err().kind, FailureKind::Unsupported(vec!["media".into()]));
}

#[test]
fn what_a_model_is_told_goes_by_what_it_takes() {
    let request = || Request {
        temperature: Some(0.7),
        top_p: Some(0.5),
        max_output_tokens: Some(9),
        stop: vec![".".into(); 5],
        seed: Some(u64::MAX),
        response_schema: Some(r#"{"type": "object"}"#.into()),
        ..Request::new("hi")
    };
    let plain = body(request(), &options()).unwrap();
    assert_eq!((&plain["temperature"], &plain["top_p"], &plain["max_tokens"]), (&json!(0.7), &json!(0.5), &json!(9)));
    assert_eq!((plain["stop"].as_array().unwrap().len(), &plain["seed"]), (4, &json!(i64::MAX)));
    assert_eq!(plain["response_format"]["json_schema"]["strict"], false);

    let mut options = CallOptions::new("gpt-5");
    options.provider_options.push(OptionKv { key: "reasoning-effort".into(), json: "\"low\"".into() });
    let thinking = body(request(), &options).unwrap();
    assert_eq!((&thinking["max_completion_tokens"], &thinking["reasoning_effort"]), (&json!(9), &json!("low")));
    for name in ["temperature", "top_p", "stop", "max_tokens"] {
        assert_eq!(thinking.get(name), None, "{name}");
    }
    options.strict = true;
    assert_eq!(
        body(request(), &options).unwrap_err().kind,
        FailureKind::LimitExceeded(palisade_guest::BadInput {
            field: "seed".into(),
            reason: format!("the nearest that is possible is {}", i64::MAX),
        })
    );
    let seeded = Request { seed: Some(1), ..request() };
    assert_eq!(body(seeded, &options).unwrap_err().kind, FailureKind::Unsupported(vec!["temperature".into()]));
}

#[test]
fn what_was_left_out_is_said_at_the_end() {
    upstream(PATH, events(&stream(&[end("stop")])));
    let request = Request { temperature: Some(1.0), ..Request::new("hi") };
    let mut answer = OpenAiCompatible::reply(request, &CallOptions::new("gpt-5")).unwrap();
    let Some(Ok(Event::Finish(finish))) = answer.next() else { panic!("no finish") };
    assert_eq!(finish.warnings, [Warning::IgnoredParameter("temperature".into())]);
}

#[test]
fn what_belongs_to_another_role_is_refused() {
    let messages = vec![Message::new(Role::Tool, "7")];
    let failure = body(Request { messages, ..Request::new("") }, &options()).unwrap_err();
    let FailureKind::InvalidInput(bad) = failure.kind else { panic!("another kind") };
    assert_eq!(bad.field, "messages[0].parts[0]");
}
