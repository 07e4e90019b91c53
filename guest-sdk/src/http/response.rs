//! What comes back: as a whole, in pieces, or kept by the host.

use serde::de::DeserializeOwned;

#[cfg(not(target_arch = "wasm32"))]
use super::canned::Source;
use super::{Header, HttpError, Refusal};
#[cfg(target_arch = "wasm32")]
use crate::bindings::palisade::provider::http::Response as Source;
use crate::{Failure, Media, Result, Submitted, sse};

/// The most that the host gives at a time.
const PIECE: u32 = 1 << 20;

/// The largest answer that is read as a whole, unless said.
const MAX_BYTES: usize = 64 << 20;

/// The most that is read of an answer that says no: a page of a proxy may be long, and the reason stands at its
/// beginning.
const MAX_REFUSAL_BYTES: usize = 64 << 10;

/// An answer whose headers have come. Dropping it closes the connection.
#[derive(Debug)]
pub struct Response {
    source: Source,
    status: u16,
    headers: Vec<Header>,
}

impl Response {
    pub(super) fn new(source: Source) -> Self {
        Self { status: source.status(), headers: source.headers(), source }
    }

    /// The status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The headers, names in lower case.
    #[must_use]
    pub fn headers(&self) -> &[Header] {
        &self.headers
    }

    /// The first header of this name, which is given in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The media type without parameters, in lower case; empty when the answer has none.
    #[must_use]
    pub fn media_type(&self) -> String {
        let value = self.header("content-type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// What the upstream calls this request; see [`Failure::upstream_id`].
    #[must_use]
    pub fn upstream_id(&self) -> Option<&str> {
        upstream_id(&self.headers)
    }

    /// The same answer when its status is a success, from 200 to 299.
    ///
    /// # Errors
    /// What it says otherwise. As a [`Failure`], that is the kind that goes with the status.
    pub fn accept(self) -> Result<Self, Refusal> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        let (status, headers) = (self.status, self.headers.clone());
        // What it says is worth having, and its status is enough.
        let body = self.read_up_to(MAX_REFUSAL_BYTES).unwrap_or_default();
        Err(Refusal { status, headers, body })
    }

    /// Waits for more of the body and gives up to `max` bytes of it (at most 1 MiB at a time). Empty at the end.
    ///
    /// # Errors
    /// When the body breaks off; [`HttpError`] says why.
    pub fn read(&self, max: u32) -> Result<Vec<u8>, HttpError> {
        self.source.read(max)
    }

    /// All of the body.
    ///
    /// # Errors
    /// When the body breaks off; `bad-output` when it has more bytes than this. The upstream has the request, since it has
    /// answered.
    pub fn bytes(self, max_bytes: usize) -> Result<Vec<u8>> {
        let body = self.read_up_to(max_bytes.saturating_add(1))?;
        if body.len() > max_bytes {
            return Err(self.failure(HttpError::ResponseTooLarge(max_bytes as u64)));
        }
        Ok(body)
    }

    /// All of the body as text; what is no character is replaced.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes), with at most 64 MiB.
    pub fn text(self) -> Result<String> {
        self.bytes(MAX_BYTES).map(|body| String::from_utf8_lossy(&body).into_owned())
    }

    /// All of the body, read as JSON.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes), with at most 64 MiB; `bad-output` when it is something else.
    pub fn json<T: DeserializeOwned>(self) -> Result<T> {
        let id = self.upstream_id().map(str::to_owned);
        let body = self.bytes(MAX_BYTES)?;
        serde_json::from_slice(&body).map_err(|error| {
            let failure = Failure::bad_output(format!("the answer is not what was asked for: {error}"));
            failure.upstream_id(id).submitted(Submitted::Yes)
        })
    }

    /// Has the host keep the rest of the body, of at most so many bytes, as this media type.
    ///
    /// # Errors
    /// When the body breaks off; `bad-output` when there are more bytes.
    pub fn store(self, media_type: &str, max_bytes: u64) -> Result<Media> {
        #[cfg(target_arch = "wasm32")]
        let stored = Source::store(self.source, media_type, max_bytes).map(Media::Stored);
        #[cfg(not(target_arch = "wasm32"))]
        let stored = self.source.store(media_type, max_bytes);
        stored.map_err(|error| Failure::from(error).submitted(Submitted::Yes))
    }

    /// The body as it comes.
    #[must_use]
    pub fn pieces(self) -> Pieces {
        Pieces(Some(self))
    }

    /// The body as server-sent events.
    #[must_use]
    pub fn events(self) -> sse::Events<Pieces> {
        sse::Events::new(self.pieces())
    }

    /// Reads up to this many bytes, and leaves the rest.
    fn read_up_to(&self, max_bytes: usize) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        while body.len() < max_bytes {
            let room = u32::try_from(max_bytes - body.len()).unwrap_or(u32::MAX).min(PIECE);
            let piece = self.read(room).map_err(|error| self.failure(error))?;
            if piece.is_empty() {
                break;
            }
            body.extend(piece);
        }
        Ok(body)
    }

    fn failure(&self, error: HttpError) -> Failure {
        Failure::from(error).upstream_id(self.upstream_id().map(str::to_owned)).submitted(Submitted::Yes)
    }
}

/// The first header of this name.
pub(super) fn header<'a>(headers: &'a [Header], name: &str) -> Option<&'a str> {
    headers.iter().find(|header| header.name == name).map(|header| header.value.as_str())
}

/// What the upstream calls a request, by the names that are usual for it.
pub(super) fn upstream_id(headers: &[Header]) -> Option<&str> {
    ["x-request-id", "request-id", "x-amzn-requestid", "cf-ray"].iter().find_map(|name| header(headers, name))
}

/// The body of an answer as it comes; a failure is its end.
#[derive(Debug)]
pub struct Pieces(Option<Response>);

impl Iterator for Pieces {
    type Item = Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        let response = self.0.as_ref()?;
        let piece = response.read(PIECE).map_err(|error| response.failure(error));
        if !piece.as_ref().is_ok_and(|piece| !piece.is_empty()) {
            // Closes the connection.
            self.0 = None;
        }
        piece.map(|piece| (!piece.is_empty()).then_some(piece)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Answer, Request, set_in_test};
    use crate::{FailureKind, InlineMedia};

    fn answer(answer: Answer) -> Response {
        set_in_test(move |_| Ok(answer.clone()));
        Request::get("https://a.example/").send().unwrap()
    }

    #[test]
    fn a_body_is_read_to_its_end_and_no_further_than_allowed() {
        let body = || answer(Answer::new(200).cut("grün", 2));
        assert_eq!(body().text().unwrap(), "grün");
        assert_eq!(body().bytes(5).unwrap(), "grün".as_bytes());
        let failure = body().bytes(4).unwrap_err();
        assert!(matches!(failure.kind, FailureKind::BadOutput(_)));
        assert_eq!(failure.submitted, Submitted::Yes);
        assert!(body().store("text/plain", 4).is_err());
        let kept = Media::Inline(InlineMedia { media_type: "text/plain".into(), data: "grün".into() });
        assert_eq!(body().store("text/plain", 5).unwrap(), kept);
    }

    #[test]
    fn what_has_answered_has_the_request() {
        let broken = Answer::new(200).header("X-Request-Id", "r1").piece("{").breaks(HttpError::Timeout);
        let failure = answer(broken).json::<u8>().unwrap_err();
        assert_eq!((failure.kind, failure.submitted), (FailureKind::Timeout, Submitted::Yes));
        assert_eq!(failure.upstream_id.as_deref(), Some("r1"));
        let failure = answer(Answer::new(200).piece("<html>")).json::<u8>().unwrap_err();
        assert!(matches!(failure.kind, FailureKind::BadOutput(_)) && failure.submitted == Submitted::Yes);
    }

    #[test]
    fn pieces_end_with_the_body_or_the_first_failure() {
        let pieces: Vec<_> = answer(Answer::new(200).piece("a").piece("b")).pieces().collect();
        assert_eq!(pieces, [Ok(b"a".to_vec()), Ok(b"b".to_vec())]);
        let mut pieces = answer(Answer::new(200).piece("a").breaks(HttpError::Timeout)).pieces().skip(1);
        assert_eq!(pieces.next().unwrap().unwrap_err().kind, FailureKind::Timeout);
        assert!(pieces.next().is_none());
    }

    #[test]
    fn a_media_type_has_no_parameters() {
        let response = answer(Answer::new(200).header("Content-Type", "Text/Event-Stream; charset=utf-8"));
        assert_eq!(response.media_type(), "text/event-stream");
        assert_eq!(answer(Answer::new(204)).media_type(), "");
    }

    #[test]
    fn a_success_is_accepted() {
        assert_eq!(answer(Answer::new(204)).accept().unwrap().status(), 204);
        for status in [101, 302, 404, 500] {
            assert_eq!(answer(Answer::new(status).piece("no")).accept().unwrap_err().body, b"no", "{status}");
        }
    }
}
