//! What was asked of an upstream and what it answered, as a file.
//!
//! ```json
//! {
//!   "version": 1,
//!   "request": { "method": "POST", "url": "https://api.example.com/v1/chat", "body": { "json": { "model": "m" } } },
//!   "response": { "status": 200, "headers": [{ "name": "content-type", "value": "text/plain" }], "body": [{ "text": "Hello" }] }
//! }
//! ```

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use palisade_core::{
    Digest,
    http::{Header, Method, Request},
};
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use sha2::{Digest as _, Sha256};

/// The version of the files that this version writes, and the only one that it reads.
pub(crate) const VERSION: u32 = 1;
/// A body of a request with more bytes stands in a file as its digest.
const MAX_INLINE: usize = 8 << 10;
/// Whole numbers up to here are the same with and without a point.
const MAX_WHOLE: f64 = 9_007_199_254_740_992.0;

/// A file of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exchange {
    pub(crate) version: u32,
    pub(crate) request: Asked,
    pub(crate) response: Answered,
    /// How often it is answered so, before the next answer to the same request is given.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub(crate) times: u32,
}

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// Its name on the wire.
    pub(crate) method: String,
    pub(crate) url: String,
    /// For whoever reads the file: no request is told from another by them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) headers: Vec<Header>,
    /// None for an empty one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<Sent>,
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Sent {
    /// JSON, however it is laid out.
    Json(Value),
    /// Exactly these characters.
    Text(String),
    /// Exactly these bytes.
    Base64(String),
    /// One that would make the file long: the SHA-256, in hexadecimal digits, of its bytes, or of its JSON as it is [laid out](canonical)
    /// here.
    Sha256(String),
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) headers: Vec<Header>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) body: Vec<Piece>,
    /// Whether it broke off after that.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) breaks_off: bool,
}

/// What came at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Piece {
    Text(String),
    Base64(String),
}

fn once() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_once(times: &u32) -> bool {
    *times == 1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// What tells one request from another: two with the same are answered alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    method: &'static str,
    url: String,
    body: [u8; 32],
}

impl Key {
    /// That of a request.
    pub(crate) fn of(request: &Request) -> Self {
        Self { method: request.method.as_str(), url: request.url.clone(), body: hash(&laid_out(&request.body)) }
    }
}

impl Asked {
    /// A request, with those of its headers that say what it is.
    pub(crate) fn of(request: &Request) -> Self {
        let says = |header: &&Header| {
            let name = header.name.to_ascii_lowercase();
            matches!(name.as_str(), "accept" | "content-type") || name.ends_with("-version")
        };
        let headers = request.headers.iter().filter(says).cloned().collect();
        let Request { method, url, body, .. } = request;
        let body = (!body.is_empty()).then(|| Sent::of(body));
        Self { method: method.as_str().to_owned(), url: url.clone(), headers, body }
    }

    /// What tells it from others.
    pub(crate) fn key(&self) -> Result<Key, String> {
        let Self { method, url, body, .. } = self;
        let method = Method::of(method).ok_or_else(|| format!("`{method}` is no method: write it in capitals"))?;
        let hashed = match body {
            None => hash(&[]),
            Some(Sent::Json(value)) => hash(&canonical(value.clone())),
            Some(Sent::Text(text)) => hash(&laid_out(text.as_bytes())),
            Some(Sent::Base64(text)) => hash(&laid_out(&decoded(text)?)),
            Some(Sent::Sha256(text)) => {
                *Digest::from_hex(text).ok_or("`sha256` is 64 hexadecimal digits in lower case")?.as_bytes()
            }
        };
        Ok(Key { method: method.as_str(), url: url.clone(), body: hashed })
    }
}

impl Sent {
    fn of(body: &[u8]) -> Self {
        if body.len() > MAX_INLINE {
            return Self::Sha256(Digest::from_sha256(hash(&laid_out(body))).to_hex());
        }
        match (serde_json::from_slice(body), std::str::from_utf8(body)) {
            (Ok(value), _) => Self::Json(value),
            (Err(_), Ok(text)) => Self::Text(text.to_owned()),
            (Err(_), Err(_)) => Self::Base64(STANDARD.encode(body)),
        }
    }
}

impl Piece {
    /// These bytes, as text where they are.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Base64(STANDARD.encode(bytes)),
        }
    }

    /// Its bytes.
    pub(crate) fn bytes(&self) -> Result<Bytes, String> {
        match self {
            Self::Text(text) => Ok(Bytes::from(text.clone())),
            Self::Base64(text) => decoded(text).map(Bytes::from),
        }
    }
}

fn decoded(text: &str) -> Result<Vec<u8>, String> {
    STANDARD.decode(text).map_err(|error| format!("`base64` cannot be read: {error}"))
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// A body, laid out in one way where it is JSON.
fn laid_out(body: &[u8]) -> Vec<u8> {
    serde_json::from_slice(body).map_or_else(|_| body.to_vec(), canonical)
}

/// JSON with the names of each object in order, without white space, and with whole numbers without a point.
fn canonical(mut value: Value) -> Vec<u8> {
    fn walk(value: &mut Value) {
        match value {
            Value::Object(fields) => fields.values_mut().for_each(walk),
            Value::Array(list) => list.iter_mut().for_each(walk),
            Value::Number(number) => {
                if let Some(float) = number.as_f64().filter(|float| number.is_f64() && is_whole(*float)) {
                    *number = Number::from(float as i64);
                }
            }
            _ => {}
        }
    }
    walk(&mut value);
    value.sort_all_objects();
    value.to_string().into_bytes()
}

fn is_whole(float: f64) -> bool {
    float.fract() == 0.0 && float.abs() < MAX_WHOLE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(body: &[u8]) -> Key {
        Key::of(&Request { body: Bytes::copy_from_slice(body), ..Request::new(Method::Post, "https://a.example/") })
    }

    #[test]
    fn json_is_the_same_however_it_is_laid_out_and_other_bytes_are_not() {
        let same = key(br#"{"a": 1, "b": [{"d": 2.5, "c": null}]}"#);
        assert_eq!(same, key(br#"{"b":[{"c":null,"d":2.5}],"a":1.0}"#));
        for other in [&br#"{"a": 1, "b": []}"#[..], b"", b"{", br#"{"b": [{"d": "2.5", "c": null}], "a": 1}"#] {
            assert_ne!(same, key(other));
        }
        assert_ne!(key(b"a b"), key(b"a  b"), "what is no JSON is the same only byte by byte");
    }

    #[test]
    fn what_was_asked_is_found_again_by_its_file() {
        let long = format!("{{\"a\": \"{}\"}}", "x".repeat(MAX_INLINE));
        let bodies = [&b""[..], br#"{"a": 1.0}"#, b"text", b"\xff\xfe", long.as_bytes()];
        for body in bodies {
            let secret = Header::new("Authorization", "Bearer mine");
            let headers = vec![Header::new("Content-Type", "x/y"), secret];
            let request = Request { headers, ..Request::new(Method::Post, "https://a.example/") };
            let request = Request { body: Bytes::copy_from_slice(body), ..request };
            let file = serde_json::to_string(&Asked::of(&request)).unwrap();
            assert!(file.len() < 400 && !file.contains("mine"), "{file}");
            assert_eq!(serde_json::from_str::<Asked>(&file).unwrap().key().unwrap(), Key::of(&request));
        }
    }

    #[test]
    fn bytes_are_text_where_they_are_and_come_back() {
        for bytes in [&b"x"[..], "ü".as_bytes(), b"\xc3"] {
            assert_eq!(Piece::of(bytes).bytes().unwrap(), bytes);
        }
        assert_eq!(Piece::of(b"x"), Piece::Text("x".to_owned()));
    }
}
