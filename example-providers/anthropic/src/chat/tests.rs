use std::cell::RefCell;
use std::rc::Rc;

use palisade_guest::chat::{
    Event, Finish, FinishReason, Message, Part, Role, Tool, ToolCall, ToolCallDelta, ToolChoice, ToolResult,
};
use palisade_guest::http::{Answer, HttpError, Sent, answer_in_test};
use palisade_guest::{FailureKind, Media, OptionKv, Submitted, Usage, Warning, credentials};
use serde_json::{Value, json};

use super::*;

const MODEL: &str = "claude-haiku-4-5";

fn upstream(answer: Answer) -> Rc<RefCell<Vec<Sent>>> {
    credentials::set_in_test(settings::CREDENTIAL, true);
    answer_in_test("https://api.anthropic.com/v1/messages", [answer])
}

fn stream(events: &[Value]) -> String {
    let event = |event: &Value| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or("odd"));
    events.iter().map(event).collect()
}

fn events(body: &str) -> Answer {
    Answer::new(200).header("content-type", "text/event-stream").header("request-id", "req_1").cut(body, 7)
}

fn start() -> Value {
    let usage = json!({
        "input_tokens": 9, "cache_read_input_tokens": 64, "cache_creation_input_tokens": 5, "output_tokens": 1,
    });
    json!({"type": "message_start", "message": {"id": "msg_1", "content": [], "usage": usage}})
}

fn block(index: u64, block: Value) -> Value {
    json!({"type": "content_block_start", "index": index, "content_block": block})
}

fn delta(index: u64, delta: Value) -> Value {
    json!({"type": "content_block_delta", "index": index, "delta": delta})
}

fn text(text: &str) -> Value {
    delta(0, json!({"type": "text_delta", "text": text}))
}

fn end(index: u64) -> Value {
    json!({"type": "content_block_stop", "index": index})
}

fn stop(delta: Value) -> [Value; 2] {
    [json!({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 3}}), json!({"type": "message_stop"})]
}

/// An answer that has these events between its start and its end.
fn whole(events: &[Value], reason: &str) -> String {
    stream(&[&[start()], events, &stop(json!({"stop_reason": reason}))].concat())
}

fn ask(answer: Answer) -> Result<Vec<Event>> {
    upstream(answer);
    Anthropic::reply(Request::new("hi"), &CallOptions::new(MODEL))?.collect()
}

fn finish(reason: FinishReason) -> Event {
    let read = Usage::of("input-token", 9).and("cached-input-token", 64).and("cache-write-token", 5);
    Event::finish(Finish::new(reason).usage(read.and("output-token", 3)))
}

/// The body that is sent for a request, and the warnings of the answer.
fn sent(request: Request, options: &CallOptions) -> Result<(Value, Vec<Warning>)> {
    let sent = upstream(events(&whole(&[], "end_turn")));
    let Some(Ok(Event::Finish(finish))) = Anthropic::reply(request, options)?.last() else { panic!("no finish") };
    let body = sent.borrow()[0].json();
    Ok((body, finish.warnings))
}

fn body(request: Request, model: &str) -> Value {
    sent(request, &CallOptions::new(model)).unwrap().0
}

fn rain() -> Tool {
    Tool { name: "rain".into(), description: "says".into(), parameters: r#"{"type":"object"}"#.into() }
}

#[test]
fn an_answer_comes_in_pieces_and_what_it_used_with_the_last() {
    let pieces = [
        block(0, json!({"type": "text", "text": ""})),
        json!({"type": "ping"}),
        text("grün"),
        text(""),
        json!({"type": "unheard_of", "index": 0}),
        delta(0, json!({"type": "citations_delta", "citation": {}})),
        text(" 🦊"),
        end(0),
    ];
    let expected = [Event::text("grün"), Event::text(" 🦊"), finish(FinishReason::Stop)];
    assert_eq!(ask(events(&whole(&pieces, "end_turn"))).unwrap(), expected);
}

#[test]
fn a_piece_is_given_before_the_next_has_come() {
    upstream(Answer::new(200).piece(stream(&[start(), text("a")])).breaks(HttpError::Timeout));
    let mut answer = Anthropic::reply(Request::new("hi"), &CallOptions::new(MODEL)).unwrap();
    assert_eq!(answer.next().unwrap().unwrap(), Event::text("a"));
    let failure = answer.next().unwrap().unwrap_err();
    assert_eq!((failure.kind, failure.submitted), (FailureKind::Timeout, Submitted::Yes));
    assert!(answer.next().is_none());
}

#[test]
fn a_stream_that_is_cut_is_no_answer() {
    let whole = whole(&[text("abc"), text("def")], "end_turn");
    for length in (0..whole.len() - 2).step_by(5) {
        let failure = ask(events(&whole[..length])).unwrap_err();
        assert!(matches!(failure.kind, FailureKind::BadOutput(_)), "{length}: {failure:?}");
        assert_eq!((failure.submitted, failure.upstream_id.as_deref()), (Submitted::Yes, Some("req_1")));
    }
}

#[test]
fn what_cannot_be_read_is_no_answer() {
    let orphan = stream(&[start(), delta(3, json!({"type": "input_json_delta", "partial_json": "{"}))]);
    let endless = stream(&[start(), json!({"type": "message_stop"})]);
    for body in ["data: {\"type\": \n\n", "data: 7\n\n", &orphan, &endless] {
        let failure = ask(events(body)).unwrap_err();
        assert!(matches!(failure.kind, FailureKind::BadOutput(_)) && failure.submitted == Submitted::Yes, "{body}");
    }
}

#[test]
fn tool_calls_come_in_pieces() {
    let tool = |id: &str| json!({"type": "tool_use", "id": id, "name": "rain", "input": {}});
    let piece = |index, piece: &str| delta(index, json!({"type": "input_json_delta", "partial_json": piece}));
    let pieces = [
        block(1, tool("a")),
        piece(1, ""),
        piece(1, "{\"city\":"),
        piece(1, "\"Rome\"}"),
        end(1),
        block(2, tool("b")),
        end(2),
        block(3, json!({"type": "tool_use", "id": "c", "name": "rain", "input": {"city": "Oslo"}})),
        end(3),
    ];
    let call = |index, id: Option<&str>, arguments: &str| {
        let name = id.map(|_| "rain".to_owned());
        Event::ToolCall(ToolCallDelta { index, id: id.map(str::to_owned), name, arguments: arguments.into() })
    };
    let expected = [
        call(0, Some("a"), ""),
        call(0, None, "{\"city\":"),
        call(0, None, "\"Rome\"}"),
        call(1, Some("b"), ""),
        call(1, None, "{}"),
        call(2, Some("c"), "{\"city\":\"Oslo\"}"),
        finish(FinishReason::ToolCalls),
    ];
    assert_eq!(ask(events(&whole(&pieces, "tool_use"))).unwrap(), expected);
}

#[test]
fn thoughts_are_told_apart() {
    let pieces = [
        block(0, json!({"type": "thinking", "thinking": "", "signature": ""})),
        delta(0, json!({"type": "thinking_delta", "thinking": "hm"})),
        delta(0, json!({"type": "signature_delta", "signature": "EqQB"})),
        end(0),
    ];
    let expected = [Event::Reasoning("hm".into()), finish(FinishReason::Stop)];
    assert_eq!(ask(events(&whole(&pieces, "end_turn"))).unwrap(), expected);
}

#[test]
fn every_reason_to_end_is_told() {
    let policy = |category: &str| FinishReason::ContentPolicy(Some(category.into()));
    for (word, reason) in [
        ("end_turn", FinishReason::Stop),
        ("stop_sequence", FinishReason::Stop),
        ("max_tokens", FinishReason::Length),
        ("model_context_window_exceeded", FinishReason::Length),
        ("tool_use", FinishReason::ToolCalls),
        ("refusal", policy("refusal")),
        ("pause_turn", FinishReason::Other("pause_turn".into())),
    ] {
        assert_eq!(ask(events(&whole(&[], word))).unwrap(), [finish(reason)], "{word}");
    }
    let details = json!({"stop_reason": "refusal", "stop_details": {"type": "refusal", "category": "cyber"}});
    let refused = stream(&[&[start(), text("no")][..], &stop(details)].concat());
    assert_eq!(ask(events(&refused)).unwrap(), [Event::text("no"), finish(policy("cyber"))]);
}

#[test]
fn an_error_within_a_stream_is_a_failure() {
    let error = json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}});
    let failure = ask(events(&stream(&[start(), text("a"), error]))).unwrap_err();
    assert_eq!((failure.kind, failure.submitted), (FailureKind::Overloaded(None), Submitted::Yes));
    assert_eq!(failure.upstream_id.as_deref(), Some("req_1"));
}

#[test]
fn an_error_in_the_place_of_a_stream_is_a_failure() {
    let error = json!({"type": "error", "error": {"type": "authentication_error", "message": "no"}});
    assert_eq!(ask(Answer::json(200, &error)).unwrap_err().kind, FailureKind::Auth);
    let failure = ask(Answer::json(200, &json!({"content": []}))).unwrap_err();
    assert!(matches!(failure.kind, FailureKind::BadOutput(_)) && failure.submitted == Submitted::Yes);
}

#[test]
fn a_refusal_is_a_failure_before_the_stream() {
    let error = json!({"type": "error", "error": {"type": "rate_limit_error", "message": "slow"}});
    upstream(Answer::json(429, &error).header("retry-after", "1"));
    let failure = Anthropic::reply(Request::new("hi"), &CallOptions::new(MODEL)).unwrap_err();
    let FailureKind::RateLimited(limit) = failure.kind else { panic!("another kind") };
    assert_eq!(limit.retry_after_ms, Some(1_000));
}

#[test]
fn a_plain_request_is_as_short_as_it_can_be() {
    let said = json!([{"role": "user", "content": [{"type": "text", "text": "hi"}]}]);
    let expected = json!({"model": MODEL, "max_tokens": 64_000, "stream": true, "messages": said});
    assert_eq!(body(Request::new("hi"), MODEL), expected);
    palisade_guest::config::set_in_test("models", r#"["unheard-of"]"#);
    assert_eq!(body(Request::new("hi"), "unheard-of")["max_tokens"], 4_096);
}

#[test]
fn a_conversation_with_tools_and_media_is_passed_on() {
    let call = |arguments: &str| ToolCall { id: "a".into(), name: "rain".into(), arguments: arguments.into() };
    let result = |id: &str, is_error| Part::ToolResult(ToolResult { id: id.into(), content: "no".into(), is_error });
    let media = |media_type: &str| Part::Media(Media::new(media_type, b"hi".to_vec()).unwrap());
    let message = |role, parts: Vec<Part>| Message { role, parts };
    let messages = vec![
        Message::system("be brief"),
        message(Role::User, vec![Part::Text("this?".into()), media("image/png"), media("application/pdf")]),
        message(Role::User, vec![media("text/plain"), Part::Text(" \n".into())]),
        message(Role::Assistant, vec![Part::ToolCall(call("{\"city\":\"Rome\"}")), Part::ToolCall(call(""))]),
        message(Role::Tool, vec![result("a", false)]),
        message(Role::Tool, vec![result("b", true)]),
        Message::user("so?"),
    ];
    let (tools, tool_choice) = (vec![rain()], ToolChoice::Named("rain".into()));
    let body = body(Request { messages, tools, tool_choice, ..Request::new("") }, MODEL);
    let input_schema = json!({"type": "object"});
    assert_eq!(body["tools"], json!([{"name": "rain", "description": "says", "input_schema": input_schema}]));
    assert_eq!(body["tool_choice"], json!({"type": "tool", "name": "rain"}));
    assert_eq!(body["system"], json!([{"type": "text", "text": "be brief"}]));
    let base64 = |media_type: &str| json!({"type": "base64", "media_type": media_type, "data": "aGk="});
    let plain = json!({"type": "text", "media_type": "text/plain", "data": "hi"});
    let tool_use = |input: Value| json!({"type": "tool_use", "id": "a", "name": "rain", "input": input});
    let tool_result =
        |id: &str, is_error| json!({"type": "tool_result", "tool_use_id": id, "content": "no", "is_error": is_error});
    let expected = json!([
        {"role": "user", "content": [
            {"type": "text", "text": "this?"},
            {"type": "image", "source": base64("image/png")},
            {"type": "document", "source": base64("application/pdf")},
            {"type": "document", "source": plain},
        ]},
        {"role": "assistant", "content": [tool_use(json!({"city": "Rome"})), tool_use(json!({}))]},
        {"role": "user", "content": [tool_result("a", false), tool_result("b", true), {"type": "text", "text": "so?"}]},
    ]);
    assert_eq!(body["messages"], expected);
}

#[test]
fn what_nobody_can_say_is_refused_before_anything_is_sent() {
    let media = || Part::Media(Media::new("audio/wav", vec![1]).unwrap());
    let call =
        |arguments: &str| Part::ToolCall(ToolCall { id: "a".into(), name: "rain".into(), arguments: arguments.into() });
    let unsupported = FailureKind::Unsupported(vec!["media".into()]);
    for (role, part, kind) in [
        (Role::User, media(), Some(&unsupported)),
        (Role::Assistant, media(), Some(&unsupported)),
        (Role::User, call("{}"), None),
        (Role::Assistant, call("[1]"), None),
        (Role::Tool, Part::Text("a".into()), None),
    ] {
        let sent = upstream(Answer::new(500));
        let request = Request { messages: vec![Message { role, parts: vec![part] }], ..Request::new("") };
        let failure = Anthropic::reply(request, &CallOptions::new(MODEL)).unwrap_err();
        let is_kind = |kind: &FailureKind| failure.kind == *kind;
        assert!(kind.map_or(matches!(failure.kind, FailureKind::InvalidInput(_)), is_kind), "{failure:?}");
        assert_eq!((failure.submitted, sent.borrow().len()), (Submitted::No, 0));
    }
}

#[test]
fn a_schema_is_closed_and_passed_on() {
    let response_schema = Some(r#"{"type": "object", "properties": {}}"#.to_owned());
    let body = body(Request { response_schema, ..Request::new("hi") }, MODEL);
    let schema = json!({"type": "object", "properties": {}, "additionalProperties": false});
    assert_eq!(body["output_config"], json!({"format": {"type": "json_schema", "schema": schema}}));
}

#[test]
fn how_to_answer_is_passed_on_where_a_model_takes_it() {
    let request = || Request {
        temperature: Some(0.7),
        top_p: Some(0.9),
        max_output_tokens: Some(50),
        stop: vec!["END".into()],
        ..Request::new("hi")
    };
    let ignored = |name: &str| Warning::IgnoredParameter(name.into());
    let (body, warnings) = sent(request(), &CallOptions::new(MODEL)).unwrap();
    assert_eq!((&body["temperature"], &body["max_tokens"]), (&json!(0.7), &json!(50)));
    assert_eq!((&body["stop_sequences"], &body["top_p"]), (&json!(["END"]), &Value::Null));
    assert_eq!(warnings, [ignored("top-p")], "it takes one of the two");
    let hot = Request { temperature: Some(1.5), seed: Some(1), ..Request::new("hi") };
    let adjusted = Warning::AdjustedParameter(("temperature".into(), "1".into()));
    assert_eq!(sent(hot, &CallOptions::new(MODEL)).unwrap().1, [ignored("seed"), adjusted]);

    let (body, warnings) = sent(request(), &CallOptions::new("claude-sonnet-5-5")).unwrap();
    assert_eq!((&body["temperature"], warnings), (&Value::Null, vec![ignored("temperature"), ignored("top-p")]));
    let strict = CallOptions { strict: true, ..CallOptions::new("claude-sonnet-5-5") };
    let failure = sent(request(), &strict).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unsupported(vec!["temperature".into()]));
}

#[test]
fn a_model_that_thinks_says_what_it_thinks_unless_it_has_to_call_a_tool() {
    let effort = OptionKv { key: "reasoning-effort".into(), json: "\"low\"".into() };
    let options = |model| CallOptions { provider_options: vec![effort.clone()], ..CallOptions::new(model) };
    let (body, _) = sent(Request::new("hi"), &options("claude-opus-5-5")).unwrap();
    assert_eq!(body["thinking"], json!({"type": "adaptive", "display": "summarized"}));
    assert_eq!(body["output_config"], json!({"effort": "low"}));

    let forced = || Request { tools: vec![rain()], tool_choice: ToolChoice::Required, ..Request::new("hi") };
    let (body, warnings) = sent(forced(), &options("claude-sonnet-5-5")).unwrap();
    assert_eq!((&body["thinking"], &body["tool_choice"]), (&json!({"type": "disabled"}), &json!({"type": "any"})));
    assert_eq!(warnings, [Warning::IgnoredParameter("reasoning-effort".into())]);
    let failure = sent(forced(), &options("claude-opus-5-5")).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unsupported(vec!["tool-choice".into()]));
}

#[test]
fn an_answer_that_is_begun_is_gone_on_with_where_a_model_does_that() {
    let messages = || vec![Message::user("hi"), Message::assistant("I")];
    let request = || Request { messages: messages(), ..Request::new("") };
    assert_eq!(body(request(), MODEL)["messages"][1]["content"][0]["text"], "I");
    let failure = sent(request(), &CallOptions::new("claude-opus-5-5")).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unsupported(vec!["assistant-prefill".into()]));
}
