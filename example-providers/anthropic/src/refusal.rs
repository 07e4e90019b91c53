//! What the API says when it refuses, as a failure.

use palisade_guest::http::Refusal;
use palisade_guest::{BadInput, Failure, FailureKind, RateLimit};
use serde_json::Value;

/// What the API says in a sentence only, by words that are in it.
const SENTENCES: [(&str, Said); 8] = [
    ("credit balance is too low", Said::NoCredit),
    ("usage limits", Said::NoCredit),
    ("content filtering policy", Said::Policy),
    ("prompt is too long", Said::TooLong),
    ("exceed context limit", Said::TooLong),
    ("exceeds the maximum", Said::TooLong),
    ("not supported", Said::Unsupported),
    ("does not support", Said::Unsupported),
];

#[derive(Clone, Copy)]
enum Said {
    NoCredit,
    Policy,
    TooLong,
    Unsupported,
}

/// A refusal with a status.
pub(crate) fn failure(refused: &Refusal) -> Failure {
    let error = refused.json().and_then(|json| json.get("error").cloned()).unwrap_or_default();
    let kind = kind(&error).unwrap_or_else(|| match refused.kind() {
        FailureKind::InvalidInput(_) => FailureKind::InvalidInput(bad(&error)),
        kind => kind,
    });
    refused.failure(kind)
}

/// An error in the place of an answer, or within it.
pub(crate) fn within(error: &Value) -> Failure {
    let is_theirs = kind_of(error) == "api_error";
    Failure::broke_off(kind(error).or_else(|| is_theirs.then_some(FailureKind::Upstream(500))), message(error))
}

/// The kind that an error means, where its type or its words say more than the status.
fn kind(error: &Value) -> Option<FailureKind> {
    Some(match kind_of(error) {
        "authentication_error" | "permission_error" => FailureKind::Auth,
        "billing_error" => FailureKind::InsufficientCredit,
        "not_found_error" => FailureKind::ModelNotFound,
        "request_too_large" => FailureKind::LimitExceeded(bad(error)),
        "rate_limit_error" => {
            FailureKind::RateLimited(RateLimit { limit_scope: "organization".to_owned(), ..RateLimit::of_key() })
        }
        "overloaded_error" => FailureKind::Overloaded(None),
        "timeout_error" => FailureKind::Timeout,
        "invalid_request_error" => {
            let words = message(error);
            let (_, said) = SENTENCES.iter().find(|(sentence, _)| words.contains(sentence))?;
            match said {
                Said::NoCredit => FailureKind::InsufficientCredit,
                Said::Policy => FailureKind::ContentPolicy(None),
                Said::TooLong => FailureKind::LimitExceeded(BadInput { field: "messages".to_owned(), ..bad(error) }),
                Said::Unsupported => FailureKind::Unsupported(vec![bad(error).field]),
            }
        }
        _ => return None,
    })
}

fn kind_of(error: &Value) -> &str {
    error.get("type").and_then(Value::as_str).unwrap_or_default()
}

fn message(error: &Value) -> &str {
    error.get("message").and_then(Value::as_str).unwrap_or("it does not say why")
}

/// What the API complains of, in the words of the interface.
fn bad(error: &Value) -> BadInput {
    let told = BadInput::told(message(error));
    let field = match told.field.as_str() {
        "max-tokens" => "max-output-tokens",
        "stop-sequences" => "stop",
        "output-config.format.schema" => "response-schema",
        "output-config.effort" => "reasoning-effort",
        other => other,
    };
    BadInput { field: field.to_owned(), ..told }
}

#[cfg(test)]
mod tests {
    use palisade_guest::Submitted;
    use palisade_guest::http::Header;
    use serde_json::json;

    use super::*;

    fn refused(status: u16, kind: &str, message: &str) -> Failure {
        let line = |name: &str, value: &str| Header { name: name.into(), value: value.into() };
        let headers = vec![line("request-id", "req_1"), line("retry-after", "20")];
        let body = json!({"type": "error", "error": {"type": kind, "message": message}}).to_string().into_bytes();
        failure(&Refusal { status, headers, body })
    }

    #[test]
    fn every_class_of_error_is_the_failure_that_it_means() {
        const INVALID: &str = "invalid_request_error";
        let bad = |field: &str, reason: &str| BadInput { field: field.into(), reason: reason.into() };
        let limit = RateLimit { retry_after_ms: Some(20_000), limit_scope: "organization".into() };
        let long = "prompt is too long: 300000 tokens > 200000 maximum";
        let odd = "\"thinking.type.enabled\" is not supported for this model.";
        for (status, kind, message, expected) in [
            (401, "authentication_error", "invalid x-api-key", FailureKind::Auth),
            (403, "permission_error", "no", FailureKind::Auth),
            (402, "billing_error", "pay", FailureKind::InsufficientCredit),
            (400, INVALID, "Your credit balance is too low to access", FailureKind::InsufficientCredit),
            (400, INVALID, "You have reached your specified API usage limits.", FailureKind::InsufficientCredit),
            (404, "not_found_error", "model: claude-x", FailureKind::ModelNotFound),
            (413, "request_too_large", "no", FailureKind::LimitExceeded(bad("request", "no"))),
            (400, INVALID, long, FailureKind::LimitExceeded(bad("messages", long))),
            (400, INVALID, odd, FailureKind::Unsupported(vec!["request".into()])),
            (400, INVALID, "tool_choice: not supported", FailureKind::Unsupported(vec!["tool-choice".into()])),
            (400, INVALID, "Output blocked by content filtering policy", FailureKind::ContentPolicy(None)),
            (400, INVALID, "max_tokens: too low", FailureKind::InvalidInput(bad("max-output-tokens", "too low"))),
            (400, INVALID, "messages.0: empty", FailureKind::InvalidInput(bad("messages.0", "empty"))),
            (400, INVALID, "Bad: no field", FailureKind::InvalidInput(bad("Bad", "no field"))),
            (429, "rate_limit_error", "slow", FailureKind::RateLimited(limit)),
            (500, "api_error", "no", FailureKind::Upstream(500)),
            (503, "api_error", "no", FailureKind::Overloaded(Some(20_000))),
            (504, "timeout_error", "no", FailureKind::Timeout),
            (529, "overloaded_error", "no", FailureKind::Overloaded(Some(20_000))),
        ] {
            let failure = refused(status, kind, message);
            assert_eq!((failure.kind, failure.submitted), (expected, Submitted::Yes), "{status} {message}");
            assert_eq!(failure.upstream_id.as_deref(), Some("req_1"));
        }
    }

    #[test]
    fn a_body_that_is_no_json_leaves_the_status() {
        let failure = failure(&Refusal { status: 502, headers: vec![], body: b"<html>".to_vec() });
        assert_eq!(failure.kind, FailureKind::Upstream(502));
    }

    #[test]
    fn an_error_within_an_answer_is_a_failure_too() {
        let kind = |kind: &str| within(&json!({"type": kind, "message": "no"})).kind;
        assert_eq!(kind("overloaded_error"), FailureKind::Overloaded(None));
        assert_eq!(kind("api_error"), FailureKind::Upstream(500));
        assert!(matches!(kind("unheard_of_error"), FailureKind::BadOutput(_)));
        assert_eq!(within(&Value::Null).submitted, Submitted::Yes);
    }
}
