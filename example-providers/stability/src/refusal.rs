//! What the API says when it refuses, as a failure.

use palisade_guest::http::Refusal;
use palisade_guest::{BadInput, Failure, FailureKind, RateLimit};
use serde_json::Value;

/// A refusal with a status.
pub(crate) fn failure(refused: &Refusal) -> Failure {
    let error = refused.json().unwrap_or_default();
    let kind = kind(&error).unwrap_or_else(|| match refused.kind() {
        FailureKind::InvalidInput(_) => FailureKind::InvalidInput(BadInput::told(reason(&error))),
        kind => kind,
    });
    let failure = refused.failure(kind);
    // It has no header for it.
    let id = failure.upstream_id.clone().or_else(|| word(&error, "id").map(str::to_owned));
    failure.upstream_id(id)
}

/// An error in the place of a picture; none where it is something else.
pub(crate) fn within(error: &Value) -> Option<Failure> {
    word(error, "name")?;
    Some(Failure::broke_off(kind(error), reason(error)).upstream_id(word(error, "id").map(str::to_owned)))
}

/// The kind that the name of an error means, where it says more than the status.
fn kind(error: &Value) -> Option<FailureKind> {
    Some(match word(error, "name")? {
        "content_moderation" => FailureKind::ContentPolicy(None),
        "unauthorized" | "permission_denied" => FailureKind::Auth,
        "payment_required" => FailureKind::InsufficientCredit,
        "rate_limit_exceeded" => FailureKind::RateLimited(RateLimit::of_key()),
        "payload_too_large" => FailureKind::LimitExceeded(BadInput::told(reason(error))),
        // It reads no other than English; others may.
        "invalid_language" => FailureKind::Unsupported(vec!["language".to_owned()]),
        _ => return None,
    })
}

fn word<'a>(error: &'a Value, name: &str) -> Option<&'a str> {
    error.get(name)?.as_str()
}

fn reason(error: &Value) -> &str {
    error.pointer("/errors/0").and_then(Value::as_str).unwrap_or("it does not say why")
}

#[cfg(test)]
mod tests {
    use palisade_guest::Submitted;
    use palisade_guest::http::Header;
    use serde_json::json;

    use super::*;

    #[test]
    fn every_class_of_error_is_the_failure_that_it_means() {
        let bad = |field: &str, reason: &str| BadInput { field: field.into(), reason: reason.into() };
        let limit = RateLimit { retry_after_ms: Some(60_000), limit_scope: "key".into() };
        let (seed, body) = ("seed: must be a number", "body: payloads cannot be larger than 10MiB");
        for (status, name, error, kind) in [
            (400, "bad_request", seed, FailureKind::InvalidInput(bad("seed", "must be a number"))),
            (422, "odd", "prompt: no", FailureKind::InvalidInput(bad("prompt", "no"))),
            (422, "invalid_language", "English only", FailureKind::Unsupported(vec!["language".into()])),
            (401, "unauthorized", "no", FailureKind::Auth),
            (402, "payment_required", "no", FailureKind::InsufficientCredit),
            (403, "permission_denied", "no", FailureKind::Auth),
            (403, "content_moderation", "no", FailureKind::ContentPolicy(None)),
            (404, "not_found", "no", FailureKind::ModelNotFound),
            (413, "payload_too_large", body, FailureKind::LimitExceeded(bad("body", &body[6..]))),
            (429, "rate_limit_exceeded", "no", FailureKind::RateLimited(limit)),
            (500, "internal_error", "no", FailureKind::Upstream(500)),
            (503, "service_unavailable", "no", FailureKind::Overloaded(Some(60_000))),
        ] {
            let body = json!({"id": "e1", "name": name, "errors": [error]}).to_string().into_bytes();
            let headers = vec![Header { name: "retry-after".into(), value: "60".into() }];
            let failure = failure(&Refusal { status, headers, body });
            assert_eq!((failure.kind, failure.submitted), (kind, Submitted::Yes), "{status} {name}");
            assert_eq!(failure.upstream_id.as_deref(), Some("e1"));
            assert!(failure.message.contains(error), "{}", failure.message);
        }
    }

    #[test]
    fn an_error_in_the_place_of_a_picture_is_a_failure_too() {
        let failure = within(&json!({"id": "e1", "name": "unauthorized", "errors": ["no"]})).unwrap();
        assert_eq!((failure.kind, failure.upstream_id.as_deref()), (FailureKind::Auth, Some("e1")));
        let failure = within(&json!({"name": "internal_error"})).unwrap();
        assert!(matches!(failure.kind, FailureKind::BadOutput(_)));
        assert_eq!(within(&json!({"image": ""})), None);
    }
}
