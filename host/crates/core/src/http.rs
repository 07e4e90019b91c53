//! What a provider asks of an upstream, and what comes back: the words between a guest, which must not connect, and
//! whoever connects for it.
//!
//! The shape is that of `http` in the WIT package. Neither the credential nor the policy is in these words: a [`Client`]
//! is already bound to one provider and one scope, and knows what the operator granted.

use std::{
    error, fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::BoxFuture;

/// Sends requests for one provider, in one scope, as far as the operator granted it.
pub trait Client: Send + Sync {
    /// Sends a request and waits for the headers of the answer. A status that is no success is an answer too; a redirect
    /// is not followed.
    ///
    /// # Errors
    ///
    /// Any case of [`Error`].
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Error>>;

    /// Whether a value is set for the credential of this name; none when the operator did not grant it.
    fn has_credential(&self, name: &str) -> Option<bool>;

    /// The name of each credential that the operator granted, and whether a value is set for it: all that
    /// [`has_credential`](Self::has_credential) tells, for who asks from far away.
    fn credentials(&self) -> Vec<(String, bool)>;
}

/// The way out of a call: a client, or none where nothing was granted.
#[derive(Clone, Default)]
pub struct Outlet(Option<Arc<dyn Client>>);

impl Outlet {
    /// A way out through this client.
    pub fn new(client: impl Client + 'static) -> Self {
        Self(Some(Arc::new(client)))
    }

    /// Who sends; none where nothing was granted.
    #[must_use]
    pub fn client(&self) -> Option<&dyn Client> {
        self.0.as_deref()
    }
}

impl fmt::Debug for Outlet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_some() { "Outlet(granted)" } else { "Outlet(none)" })
    }
}

/// What to do with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Method {
    /// Read it.
    Get,
    /// Read its headers.
    Head,
    /// Submit to it.
    Post,
    /// Replace it.
    Put,
    /// Change it.
    Patch,
    /// Delete it.
    Delete,
}

impl Method {
    /// All of them. There is no other: none that makes a tunnel, none that shows what a proxy added.
    pub const ALL: [Self; 6] = [Self::Get, Self::Head, Self::Post, Self::Put, Self::Patch, Self::Delete];

    /// Its name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// The method of this name, in capitals as on the wire.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == name)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// A header line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Its name; in lower case when it is that of an answer.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl Header {
    /// A header line of this name and value.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

/// A request, as a guest makes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// What to do.
    pub method: Method,
    /// An absolute address.
    pub url: String,
    /// Headers, without those that the connection needs.
    pub headers: Vec<Header>,
    /// What is sent; empty for nothing.
    #[serde(with = "bytes_of_a_body")]
    pub body: Bytes,
    /// Name of the credential to attach; none to send the request without.
    pub credential: Option<String>,
    /// How long the upstream may take to answer, once it has the request; none for as long as the host allows.
    pub first_byte: Option<Duration>,
    /// When the call of which this is part ends. The whole answer must have come by then; none for as long as the host
    /// allows. No guest says this: it is its host's, and does not travel.
    #[serde(skip)]
    pub deadline: Option<Instant>,
}

impl Request {
    /// A request without headers, body and credential.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        let (headers, body) = (Vec::new(), Bytes::new());
        Self { method, url: url.into(), headers, body, credential: None, first_byte: None, deadline: None }
    }
}

/// An answer whose headers have come. Dropping it ends the request.
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers that a guest may see, names in lower case.
    pub headers: Vec<Header>,
    /// What follows them.
    pub body: Box<dyn Body>,
}

impl fmt::Debug for Response {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, headers, .. } = self;
        formatter.debug_struct("Response").field("status", status).field("headers", headers).finish_non_exhaustive()
    }
}

/// The body of an answer, in pieces.
pub trait Body: Send {
    /// Waits for more and gives up to `max` bytes of it, of which 0 counts as 1. Empty at the end, and from then on.
    ///
    /// # Errors
    ///
    /// `Timeout`, `ResponseTooLarge` or `Protocol`; and again at every later call.
    fn read(&mut self, max: usize) -> BoxFuture<'_, Result<Bytes, Error>>;
}

/// Why there is no answer, or no more of it. The sentences are for the author of a provider: they hold no secret and no
/// address of a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Error {
    /// Not granted; what was not, in a sentence. Nothing has left.
    Denied(String),
    /// No request that can be sent; why, in a sentence. Nothing has left.
    InvalidRequest(String),
    /// No connection; why, in a sentence. Nothing has left.
    Connect(String),
    /// The request has more bytes than allowed; the limit in bytes. Nothing has left.
    RequestTooLarge(u64),
    /// As many requests were made as the operator granted for a time; how long to wait. Nothing has left.
    RateLimited(Duration),
    /// The upstream took too long. It may have the request.
    Timeout,
    /// The answer has more bytes than allowed; the limit in bytes. The upstream may have the request.
    ResponseTooLarge(u64),
    /// The answer broke off or cannot be read; why, in a sentence. The upstream may have the request.
    Protocol(String),
    /// It holds a secret of the operator's. Nothing has left, and the call ends: who could go on would learn from such refusals, one
    /// guess after the other, what a secret is.
    Leak,
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(what) => write!(formatter, "not granted: {what}"),
            Self::InvalidRequest(why) => write!(formatter, "no request that can be sent: {why}"),
            Self::Connect(why) => write!(formatter, "no connection: {why}"),
            Self::Timeout => formatter.write_str("the upstream took too long"),
            Self::RequestTooLarge(limit) => write!(formatter, "a request of more than {limit} bytes"),
            Self::RateLimited(wait) => {
                write!(formatter, "as many requests as were granted: wait {} ms", wait.as_micros().div_ceil(1000))
            }
            Self::ResponseTooLarge(limit) => write!(formatter, "an answer of more than {limit} bytes"),
            Self::Protocol(why) => write!(formatter, "no answer that can be read: {why}"),
            Self::Leak => formatter.write_str("the request holds a secret of the operator's"),
        }
    }
}

impl error::Error for Error {}

/// What has left and come during one call, as whoever connects saw it: what a guest says of it is checked against this.
///
/// Shared by the host, which reads it when the call has ended, and the [`Client`] that it made for the call.
#[derive(Debug, Default)]
pub struct Traffic {
    requests: AtomicU64,
    answers: AtomicU64,
    bytes_out: AtomicU64,
    bytes_in: AtomicU64,
    refusals: AtomicU64,
}

impl Traffic {
    /// Notes that bytes of a request are about to leave, for the first time of this request.
    pub fn request_leaves(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that the headers of an answer have come.
    pub fn answer_came(&self) {
        self.answers.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes bytes that have left: of requests, before they were encrypted.
    pub fn add_bytes_out(&self, bytes: u64) {
        self.bytes_out.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Notes bytes that have come: of answers, after they were decrypted.
    pub fn add_bytes_in(&self, bytes: u64) {
        self.bytes_in.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Notes a request that was refused.
    pub fn refused(&self) {
        self.refusals.fetch_add(1, Ordering::Relaxed);
    }

    /// Requests of which a byte may have left. None, and nothing was submitted, whatever a guest says.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Requests that were answered, with whatever status. As many as there are [requests](Self::requests), and an upstream
    /// has decided on each.
    #[must_use]
    pub fn answers(&self) -> u64 {
        self.answers.load(Ordering::Relaxed)
    }

    /// Bytes of requests that have left.
    #[must_use]
    pub fn bytes_out(&self) -> u64 {
        self.bytes_out.load(Ordering::Relaxed)
    }

    /// Bytes of answers that have come.
    #[must_use]
    pub fn bytes_in(&self) -> u64 {
        self.bytes_in.load(Ordering::Relaxed)
    }

    /// Requests that were refused before anything was done. A provider that keeps to its grants has none.
    #[must_use]
    pub fn refusals(&self) -> u64 {
        self.refusals.load(Ordering::Relaxed)
    }
}

/// Bytes as one piece, where a list of numbers would be larger.
mod bytes_of_a_body {
    use bytes::Bytes;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(super) fn serialize<S: Serializer>(body: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        serde_bytes::Bytes::new(body).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        serde_bytes::ByteBuf::deserialize(deserializer).map(|body| Bytes::from(body.into_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_travels_without_its_deadline() {
        let credential = Some("api-key".to_owned());
        let headers = vec![Header::new("accept", "text/plain")];
        let body = Bytes::from_static(b"hello");
        let request = Request { headers, body, credential, ..Request::new(Method::Post, "https://example.com/") };
        let sent = Request { deadline: Some(Instant::now()), ..request.clone() };
        let travelled = serde_json::to_string(&sent).unwrap();
        assert_eq!(serde_json::from_str::<Request>(&travelled).unwrap(), request);
    }

    #[test]
    fn a_method_reads_back_and_no_other_name_is_one() {
        for method in Method::ALL {
            assert_eq!(Method::of(method.as_str()), Some(method));
        }
        for name in ["", "get", "CONNECT", "TRACE", "OPTIONS", "GET ", "GET\r\n"] {
            assert_eq!(Method::of(name), None, "{name:?}");
        }
    }
}
