//! What the server says when it refuses, as a failure: the codes of the protocol say more than the status.

use palisade_guest::http::Refusal;
use palisade_guest::{BadInput, Failure, FailureKind, RateLimit};
use serde_json::Value;

/// A refusal with a status.
pub(crate) fn failure(refused: &Refusal) -> Failure {
    let error = refused.json().map(|json| json.get("error").cloned().unwrap_or(json)).unwrap_or_default();
    let kind = kind(&error).unwrap_or_else(|| match refused.kind() {
        FailureKind::InvalidInput(bad) => FailureKind::InvalidInput(in_field(&error, bad.reason)),
        kind => kind,
    });
    refused.failure(kind)
}

/// An error in the place of an answer, or within it.
pub(crate) fn within(error: &Value) -> Failure {
    let message = error.get("message").and_then(Value::as_str).or(error.as_str()).unwrap_or("it does not say why");
    let status = error.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
    let by_status = |status| Refusal { status, headers: Vec::new(), body: error.to_string().into_bytes() }.kind();
    let status = status.filter(|status| (400..600).contains(status));
    Failure::broke_off(kind(error).or_else(|| status.map(by_status)), message)
}

/// The kind that a code or a type means, whatever the status.
fn kind(error: &Value) -> Option<FailureKind> {
    let word = |name: &str| error.get(name).and_then(Value::as_str);
    [word("code"), word("type")].into_iter().flatten().find_map(|word| {
        Some(match word {
            "insufficient_quota" | "billing_hard_limit_reached" | "billing_not_active" => {
                FailureKind::InsufficientCredit
            }
            "context_length_exceeded" | "exceed_context_size_error" | "string_above_max_length" => {
                FailureKind::LimitExceeded(in_field(error, reason(error)))
            }
            "content_filter" | "content_policy_violation" | "moderation_blocked" => FailureKind::ContentPolicy(None),
            "invalid_api_key" | "authentication_error" | "permission_error" => FailureKind::Auth,
            "model_not_found" => FailureKind::ModelNotFound,
            "rate_limit_exceeded" | "rate_limit_error" => FailureKind::RateLimited(RateLimit::of_key()),
            "unsupported_parameter" | "unsupported_value" | "unknown_parameter" | "unsupported_file" => {
                FailureKind::Unsupported(vec![in_field(error, String::new()).field])
            }
            "overloaded_error" | "server_overloaded" => FailureKind::Overloaded(None),
            _ => return None,
        })
    })
}

fn reason(error: &Value) -> String {
    error.get("message").and_then(Value::as_str).unwrap_or("more than the model takes").to_owned()
}

/// The field that the server complains of, in the words of the interface.
fn in_field(error: &Value, reason: String) -> BadInput {
    let field = error.get("param").and_then(Value::as_str).unwrap_or("request");
    let field = match field {
        "max_tokens" | "max_completion_tokens" => "max-output-tokens".to_owned(),
        "response_format" => "response-schema".to_owned(),
        "top_p" => "top-p".to_owned(),
        other => other.replace('_', "-"),
    };
    BadInput { field, reason }
}

#[cfg(test)]
mod tests {
    use palisade_guest::Submitted;
    use palisade_guest::http::Header;
    use serde_json::json;

    use super::*;

    fn refused(status: u16, error: &Value) -> Failure {
        let headers = vec![
            Header { name: "x-request-id".into(), value: "req_1".into() },
            Header { name: "retry-after".into(), value: "20".into() },
        ];
        failure(&Refusal { status, headers, body: json!({ "error": error }).to_string().into_bytes() })
    }

    #[test]
    fn every_class_of_error_is_the_failure_that_it_means() {
        let limit = || RateLimit { retry_after_ms: Some(20_000), limit_scope: "key".into() };
        let bad = |field: &str| BadInput { field: field.into(), reason: "no".into() };
        for (status, error, kind) in [
            (401, json!({"code": "invalid_api_key"}), FailureKind::Auth),
            (403, json!({"code": "unsupported_country_region_territory"}), FailureKind::Auth),
            (429, json!({"code": "insufficient_quota", "type": "insufficient_quota"}), FailureKind::InsufficientCredit),
            (402, json!({"message": "pay"}), FailureKind::InsufficientCredit),
            (404, json!({"code": "model_not_found"}), FailureKind::ModelNotFound),
            (404, json!("model \"x\" not found"), FailureKind::ModelNotFound),
            (429, json!({"code": "rate_limit_exceeded", "type": "tokens"}), FailureKind::RateLimited(limit())),
            (429, json!({"message": "slow down"}), FailureKind::RateLimited(limit())),
            (
                400,
                json!({"code": "context_length_exceeded", "param": "messages", "message": "no"}),
                FailureKind::LimitExceeded(bad("messages")),
            ),
            (
                400,
                json!({"type": "exceed_context_size_error", "code": 400, "message": "no"}),
                FailureKind::LimitExceeded(bad("request")),
            ),
            (400, json!({"code": "content_policy_violation"}), FailureKind::ContentPolicy(None)),
            (
                400,
                json!({"code": "unsupported_parameter", "param": "max_tokens"}),
                FailureKind::Unsupported(vec!["max-output-tokens".into()]),
            ),
            (400, json!({"param": "top_p", "message": "no"}), FailureKind::InvalidInput(bad("top-p"))),
            (422, json!({"message": "no"}), FailureKind::InvalidInput(bad("request"))),
            (500, json!({"type": "server_error"}), FailureKind::Upstream(500)),
            (503, json!({"message": "loading model"}), FailureKind::Overloaded(Some(20_000))),
            (504, json!(null), FailureKind::Timeout),
        ] {
            let failure = refused(status, &error);
            assert_eq!((failure.kind, failure.submitted), (kind, Submitted::Yes), "{status} {error}");
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
        let kind = |error: Value| within(&error).kind;
        assert!(matches!(kind(json!({"message": "gone", "type": "server_error"})), FailureKind::BadOutput(_)));
        assert_eq!(kind(json!({"message": "full", "code": 503})), FailureKind::Overloaded(None));
        assert_eq!(kind(json!({"code": "content_filter"})), FailureKind::ContentPolicy(None));
        let failure = within(&json!("gone"));
        assert_eq!((failure.message.as_str(), failure.submitted), ("the upstream broke off: gone", Submitted::Yes));
    }
}
