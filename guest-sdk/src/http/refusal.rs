//! An answer that is no success, as a failure of the call.

use serde_json::Value;

use super::response::{header, upstream_id};
use super::{Header, wait};
use crate::{BadInput, Failure, FailureKind, RateLimit, Submitted};

/// Most characters of what an upstream says that a failure repeats.
const MAX_MESSAGE: usize = 500;

/// An answer whose status is no success. It becomes a [`Failure`] by itself, of the kind that the status means with
/// most upstreams; who knows more of an upstream reads its [`json`](Self::json) first.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// The status code.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<Header>,
    /// The beginning of the body.
    pub body: Vec<u8>,
}

impl Refusal {
    /// The first header of this name, which is given in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// What the upstream calls this request.
    #[must_use]
    pub fn upstream_id(&self) -> Option<&str> {
        upstream_id(&self.headers)
    }

    /// The body as JSON; none when it is something else.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// What it says, from where upstreams put it: `error.message`, `error`, `message`, `detail` or `errors` of JSON, or a
    /// short plain text.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        let said = match self.json() {
            Some(json) => ["/error/message", "/error", "/message", "/detail/0/msg", "/detail", "/errors/0"]
                .iter()
                .find_map(|path| json.pointer(path)?.as_str().map(str::to_owned)),
            None => Some(String::from_utf8_lossy(&self.body).into_owned()).filter(|text| !text.contains('<')),
        };
        let said = said.map(|text| text.trim().chars().take(MAX_MESSAGE).collect::<String>());
        said.filter(|text| !text.is_empty())
    }

    /// Milliseconds that the upstream asks to wait; none when it doesn't say.
    #[must_use]
    pub fn retry_after_ms(&self) -> Option<u32> {
        wait::milliseconds(&self.headers)
    }

    /// The kind that the status means with most upstreams.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        let bad = || BadInput { field: "request".to_owned(), reason: self.reason() };
        match self.status {
            400 | 422 => FailureKind::InvalidInput(bad()),
            401 | 403 => FailureKind::Auth,
            402 => FailureKind::InsufficientCredit,
            404 => FailureKind::ModelNotFound,
            408 | 504 => FailureKind::Timeout,
            413 => FailureKind::LimitExceeded(bad()),
            429 => FailureKind::RateLimited(RateLimit { retry_after_ms: self.retry_after_ms(), ..RateLimit::of_key() }),
            503 | 529 => FailureKind::Overloaded(self.retry_after_ms()),
            status => FailureKind::Upstream(status),
        }
    }

    /// A failure of this kind, with what the answer says. A limit or an overload that names no time to wait takes the
    /// one of the headers.
    #[must_use]
    pub fn failure(&self, kind: FailureKind) -> Failure {
        let kind = match kind {
            FailureKind::RateLimited(RateLimit { retry_after_ms: None, limit_scope }) => {
                FailureKind::RateLimited(RateLimit { retry_after_ms: self.retry_after_ms(), limit_scope })
            }
            FailureKind::Overloaded(None) => FailureKind::Overloaded(self.retry_after_ms()),
            kind => kind,
        };
        let message = format!("the upstream answered with status {}: {}", self.status, self.reason());
        Failure::new(kind, message).upstream_id(self.upstream_id().map(str::to_owned)).submitted(Submitted::Yes)
    }

    fn reason(&self) -> String {
        self.message().unwrap_or_else(|| "it does not say why".to_owned())
    }
}

impl BadInput {
    /// What an upstream complains of in a sentence that begins with the path of the field: `max_tokens: is too low`. A
    /// sentence that doesn't is about the request.
    #[must_use]
    pub fn told(sentence: &str) -> Self {
        let is_path =
            |text: &str| text.chars().all(|letter| letter.is_ascii_alphanumeric() || "._-[]".contains(letter));
        let (field, reason) = match sentence.split_once(": ") {
            Some((field, reason)) if is_path(field) => (field, reason),
            _ => ("request", sentence),
        };
        Self { field: field.replace('_', "-"), reason: reason.to_owned() }
    }
}

impl RateLimit {
    /// A limit that binds whoever uses the key, for as long as nobody says.
    #[must_use]
    pub fn of_key() -> Self {
        Self { retry_after_ms: None, limit_scope: "key".to_owned() }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        refusal.failure(refusal.kind())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, body: &str) -> Refusal {
        Refusal { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
    }

    #[test]
    fn a_status_means_a_kind() {
        let bad = || BadInput { field: "request".into(), reason: "it does not say why".into() };
        let limit = || RateLimit { retry_after_ms: None, limit_scope: "key".into() };
        for (status, kind) in [
            (302, FailureKind::Upstream(302)),
            (400, FailureKind::InvalidInput(bad())),
            (401, FailureKind::Auth),
            (402, FailureKind::InsufficientCredit),
            (403, FailureKind::Auth),
            (404, FailureKind::ModelNotFound),
            (405, FailureKind::Upstream(405)),
            (408, FailureKind::Timeout),
            (413, FailureKind::LimitExceeded(bad())),
            (422, FailureKind::InvalidInput(bad())),
            (429, FailureKind::RateLimited(limit())),
            (500, FailureKind::Upstream(500)),
            (502, FailureKind::Upstream(502)),
            (503, FailureKind::Overloaded(None)),
            (504, FailureKind::Timeout),
            (529, FailureKind::Overloaded(None)),
        ] {
            let failure = Failure::from(refusal(status, ""));
            assert_eq!((failure.kind, failure.submitted), (kind, Submitted::Yes), "{status}");
        }
    }

    #[test]
    fn the_headers_say_how_long_to_wait_and_who_asked() {
        let line = |name: &str, value: &str| Header { name: name.into(), value: value.into() };
        let headers = vec![line("retry-after", "3"), line("request-id", "r1")];
        let failure = Failure::from(Refusal { headers: headers.clone(), ..refusal(503, "") });
        assert_eq!((failure.kind, failure.upstream_id.as_deref()), (FailureKind::Overloaded(Some(3_000)), Some("r1")));
        let FailureKind::RateLimited(limit) = Failure::from(Refusal { headers, ..refusal(429, "") }).kind else {
            panic!("another kind");
        };
        assert_eq!(limit.retry_after_ms, Some(3_000));
        let headers = vec![line("retry-after", "3")];
        let kind = |kind| Refusal { headers: headers.clone(), ..refusal(400, "") }.failure(kind).kind;
        assert_eq!(kind(FailureKind::Overloaded(None)), FailureKind::Overloaded(Some(3_000)), "whatever the status");
        assert_eq!(kind(FailureKind::Overloaded(Some(1))), FailureKind::Overloaded(Some(1)));
        let FailureKind::RateLimited(limit) = kind(FailureKind::RateLimited(RateLimit::of_key())) else {
            panic!("another kind");
        };
        assert_eq!(limit.retry_after_ms, Some(3_000));
    }

    #[test]
    fn a_sentence_names_its_field() {
        for (sentence, field, reason) in [
            ("max_tokens: is too low", "max-tokens", "is too low"),
            ("messages.0.content: is empty", "messages.0.content", "is empty"),
            ("No way: it is late", "request", "No way: it is late"),
            ("no", "request", "no"),
        ] {
            assert_eq!(BadInput::told(sentence), BadInput { field: field.into(), reason: reason.into() });
        }
    }

    #[test]
    fn what_an_upstream_says_is_found_where_it_says_it() {
        for (body, message) in [
            (r#"{"error": {"message": "no such model", "code": 1}}"#, Some("no such model")),
            (r#"{"error": "full"}"#, Some("full")),
            (r#"{"message": "no"}"#, Some("no")),
            (r#"{"detail": [{"msg": "field required"}]}"#, Some("field required")),
            (r#"{"detail": "gone"}"#, Some("gone")),
            (r#"{"errors": ["prompt: is required"]}"#, Some("prompt: is required")),
            (r#"{"error": null}"#, None),
            (" try later \n", Some("try later")),
            ("<html>502</html>", None),
            ("", None),
        ] {
            assert_eq!(refusal(500, body).message().as_deref(), message, "{body}");
        }
        assert_eq!(refusal(500, &"x".repeat(9_999)).message().unwrap().len(), MAX_MESSAGE);
        let failure = Failure::from(refusal(404, r#"{"error": "full"}"#));
        assert_eq!(failure.message, "the upstream answered with status 404: full");
    }
}
