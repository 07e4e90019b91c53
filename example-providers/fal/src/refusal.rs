//! What the queue and the models say when they refuse, as a failure: the types of their errors say more than the status.
//!
//! Of the input they complain in a list, `{"detail": [{"loc", "msg", "type"}]}`; of the request or the machines in a sentence,
//! `{"detail", "error_type"}`.

use palisade_guest::http::Refusal;
use palisade_guest::{BadInput, Failure, FailureKind, Submitted};
use serde_json::Value;

/// The type of the error of a job that was cancelled.
const CANCELLED: &str = "client_cancelled";

/// Why work was not taken. What was refused is not in the queue; what a gateway has failed at may be.
pub(crate) fn of_submission(refused: &Refusal) -> Failure {
    let submitted = if refused.status < 500 { Submitted::No } else { Submitted::Unknown };
    let upstream_id = refused.header("x-fal-request-id").map(str::to_owned);
    failure(refused).submitted(submitted).upstream_id(upstream_id)
}

/// Why a job failed, or could not be asked after.
pub(crate) fn failure(refused: &Refusal) -> Failure {
    let error = Said::of(refused);
    refused.failure(error.kind().unwrap_or_else(|| match refused.kind() {
        FailureKind::InvalidInput(bad) => FailureKind::InvalidInput(error.in_field(bad.reason)),
        FailureKind::LimitExceeded(bad) => FailureKind::LimitExceeded(error.in_field(bad.reason)),
        // Its key is known, and its account is locked.
        FailureKind::Auth if error.is_about_money() => FailureKind::InsufficientCredit,
        kind => kind,
    }))
}

/// Whether a refusal is the end of the job, rather than of the question after it.
pub(crate) fn is_the_end(refused: &Refusal) -> bool {
    let error = Said::of(refused);
    match refused.status {
        _ if error.type_.is_some() => true,
        401 | 403 | 408 | 429 => false,
        // A gateway says so in its own words.
        500.. => !error.detail.is_null(),
        _ => true,
    }
}

/// Whether a status says that what was asked for is there no more.
pub(crate) fn is_gone(status: u16) -> bool {
    matches!(status, 404 | 410)
}

/// Whether the job was cancelled.
pub(crate) fn is_cancellation(refused: &Refusal) -> bool {
    Said::of(refused).type_.as_deref() == Some(CANCELLED)
}

/// The failure of a job of which only its state tells, in these words.
pub(crate) fn in_state(error: &str, error_type: Option<&str>) -> Failure {
    let said = Said { type_: error_type.map(str::to_owned), detail: Value::from(error), ..Said::default() };
    Failure::broke_off(said.kind(), error)
}

/// Whether a state is that of a job that was cancelled.
pub(crate) fn is_cancelled(error_type: Option<&str>) -> bool {
    error_type == Some(CANCELLED)
}

/// What is said of an error.
#[derive(Default)]
struct Said {
    status: u16,
    type_: Option<String>,
    detail: Value,
}

impl Said {
    fn of(refused: &Refusal) -> Self {
        let json = refused.json().unwrap_or_default();
        let places = ["/detail/0/type", "/error_type"];
        let type_ =
            places.iter().find_map(|place| json.pointer(place)?.as_str()).or(refused.header("x-fal-error-type"));
        Self {
            status: refused.status,
            type_: type_.map(str::to_owned),
            detail: json.get("detail").cloned().unwrap_or_default(),
        }
    }

    /// The kind that the type means, whatever the status.
    fn kind(&self) -> Option<FailureKind> {
        Some(match self.type_.as_deref()? {
            "content_policy_violation" => FailureKind::ContentPolicy(None),
            "image_too_large"
            | "file_too_large"
            | "sequence_too_long"
            | "string_too_long"
            | "too_long"
            | "less_than"
            | "less_than_equal"
            | "audio_duration_too_long"
            | "video_duration_too_long" => FailureKind::LimitExceeded(self.in_field(self.reason())),
            "feature_not_supported" => FailureKind::Unsupported(vec![self.in_field(String::new()).field]),
            "generation_timeout" | "request_timeout" | "startup_timeout" => FailureKind::Timeout,
            "runner_scheduling_failure" => FailureKind::Overloaded(None),
            CANCELLED => FailureKind::Cancelled,
            "no_media_generated" | "downstream_service_error" => FailureKind::Upstream(self.status),
            _ => return None,
        })
    }

    fn reason(&self) -> String {
        let said = self.detail.pointer("/0/msg").or(Some(&self.detail)).and_then(Value::as_str);
        said.unwrap_or("more than the model takes").to_owned()
    }

    fn is_about_money(&self) -> bool {
        let said = self.detail.as_str().unwrap_or_default().to_ascii_lowercase();
        ["balance", "credit", "billing"].iter().any(|word| said.contains(word))
    }

    /// The field that is complained of, in the words of the interface.
    fn in_field(&self, reason: String) -> BadInput {
        let place = self.detail.pointer("/0/loc").and_then(Value::as_array);
        // `body` is all of the input.
        let field = place.into_iter().flatten().filter_map(Value::as_str).find(|part| *part != "body");
        let field = match field {
            None => "request".to_owned(),
            Some("image_size" | "aspect_ratio") => "size".to_owned(),
            Some("num_images") => "n".to_owned(),
            Some("duration") => "seconds".to_owned(),
            Some("generate_audio") => "audio".to_owned(),
            Some("image_url" | "start_image_url") => "first-frame".to_owned(),
            Some("tail_image_url" | "end_image_url") => "last-frame".to_owned(),
            Some(other) => other.replace('_', "-"),
        };
        BadInput { field, reason }
    }
}

#[cfg(test)]
mod tests {
    use palisade_guest::RateLimit;
    use palisade_guest::http::Header;
    use serde_json::json;

    use super::*;

    fn refused(status: u16, body: &Value) -> Refusal {
        let header = |name: &str, value: &str| Header { name: name.into(), value: value.into() };
        let headers = vec![header("x-fal-request-id", "r-1"), header("retry-after", "7")];
        Refusal { status, headers, body: body.to_string().into_bytes() }
    }

    fn complaint(field: &str, type_: &str) -> Value {
        json!({ "detail": [{ "loc": ["body", field], "msg": "no", "type": type_ }] })
    }

    fn sentence(detail: &str, type_: &str) -> Value {
        json!({ "detail": detail, "error_type": type_ })
    }

    #[test]
    fn every_class_of_error_is_the_failure_that_it_means() {
        let bad = |field: &str| BadInput { field: field.into(), reason: "no".into() };
        let limit = RateLimit { retry_after_ms: Some(7_000), limit_scope: "key".into() };
        for (status, body, kind) in [
            (422, complaint("prompt", "missing"), FailureKind::InvalidInput(bad("prompt"))),
            (422, complaint("image_size", "enum"), FailureKind::InvalidInput(bad("size"))),
            (422, complaint("image_url", "file_download_error"), FailureKind::InvalidInput(bad("first-frame"))),
            (422, complaint("guidance_scale", "greater_than"), FailureKind::InvalidInput(bad("guidance-scale"))),
            (422, complaint("num_images", "less_than_equal"), FailureKind::LimitExceeded(bad("n"))),
            (422, complaint("prompt", "content_policy_violation"), FailureKind::ContentPolicy(None)),
            (422, complaint("duration", "feature_not_supported"), FailureKind::Unsupported(vec!["seconds".into()])),
            (422, complaint("prompt", "no_media_generated"), FailureKind::Upstream(422)),
            (400, json!({ "detail": "no" }), FailureKind::InvalidInput(bad("request"))),
            (401, json!({ "detail": "Authentication is required" }), FailureKind::Auth),
            (403, json!({ "detail": "Forbidden" }), FailureKind::Auth),
            (403, json!({ "detail": "User is locked. Reason: Exhausted balance." }), FailureKind::InsufficientCredit),
            (402, json!({ "detail": "pay" }), FailureKind::InsufficientCredit),
            (404, json!({ "detail": "Application not found" }), FailureKind::ModelNotFound),
            (413, json!({ "detail": "no" }), FailureKind::LimitExceeded(bad("request"))),
            (429, json!({ "detail": "Too many requests" }), FailureKind::RateLimited(limit)),
            (499, sentence("cancelled", "client_cancelled"), FailureKind::Cancelled),
            (500, complaint("", "internal_server_error"), FailureKind::Upstream(500)),
            (502, sentence("cut", "runner_incomplete_response"), FailureKind::Upstream(502)),
            (503, sentence("full", "runner_scheduling_failure"), FailureKind::Overloaded(Some(7_000))),
            (504, sentence("late", "request_timeout"), FailureKind::Timeout),
            (500, complaint("", "generation_timeout"), FailureKind::Timeout),
        ] {
            assert_eq!(failure(&refused(status, &body)).kind, kind, "{status} {body}");
        }
    }

    #[test]
    fn what_was_refused_is_not_in_the_queue() {
        for (status, submitted) in
            [(401, Submitted::No), (422, Submitted::No), (429, Submitted::No), (503, Submitted::Unknown)]
        {
            let failure = of_submission(&refused(status, &Value::Null));
            assert_eq!((failure.submitted, failure.upstream_id.as_deref()), (submitted, Some("r-1")), "{status}");
        }
    }

    #[test]
    fn a_refusal_may_be_the_end_of_the_job_or_of_the_question() {
        for (status, body, ends) in [
            (422, complaint("prompt", "content_policy_violation"), true),
            (400, json!({ "detail": "no" }), true),
            (500, json!({ "detail": "Internal server error" }), true),
            (503, sentence("gone", "runner_disconnected"), true),
            (429, json!({ "detail": "Too many requests" }), false),
            (401, json!({ "detail": "Authentication is required" }), false),
            (403, json!({ "detail": "Forbidden" }), false),
            (502, json!(null), false),
        ] {
            assert_eq!(is_the_end(&refused(status, &body)), ends, "{status} {body}");
        }
        assert!(is_cancellation(&refused(499, &sentence("cancelled", "client_cancelled"))));
        assert!(!is_cancellation(&refused(503, &sentence("gone", "runner_disconnected"))));
    }

    #[test]
    fn a_type_may_stand_in_a_header_or_in_the_state() {
        let headers = vec![Header { name: "x-fal-error-type".into(), value: "startup_timeout".into() }];
        let refused = Refusal { status: 500, headers, body: Vec::new() };
        assert_eq!(failure(&refused).kind, FailureKind::Timeout);
        assert_eq!(in_state("late", Some("request_timeout")).kind, FailureKind::Timeout);
        assert!(matches!(in_state("odd", None).kind, FailureKind::BadOutput(_)));
    }
}
