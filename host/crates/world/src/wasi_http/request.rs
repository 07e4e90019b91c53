//! A request, as a guest puts it together.

use std::time::Duration;

use palisade_core::http::{Error, Header, Method, Request};

use super::{fields::Fields, upload::Upload};
use crate::account::Charge;

/// Most bytes of a method, a scheme, an authority or a path.
const MAX_PART: usize = 8 << 10;

/// The header by which a guest names a credential, for which the interface has no word. It does not leave.
const CREDENTIAL: &str = "palisade-credential";

/// The header by which a guest may say how long a body will be. The host says it to the upstream.
const CONTENT_LENGTH: &str = "content-length";

/// A request that was not sent.
pub struct OutgoingRequest {
    method: Option<String>,
    scheme: Option<String>,
    authority: Option<String>,
    path: Option<String>,
    pub(crate) headers: Fields,
    pub(crate) upload: Option<Upload>,
    charge: Charge,
}

/// A part of a request that a guest may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Method,
    Scheme,
    Authority,
    Path,
}

/// What a guest wants of the time that a request takes.
#[derive(Debug, Default)]
pub struct RequestOptions {
    /// How long the first byte of the answer may take.
    pub(crate) first_byte: Option<Duration>,
}

impl Part {
    /// Whether the text could be such a part. Whether it is one is judged of the whole address, when it is sent.
    fn takes(self, text: &str) -> bool {
        match self {
            Self::Method | Self::Scheme => {
                text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
            }
            Self::Authority => !text.is_empty() && !text.contains(['/', '?', '#', '@', '\\']),
            Self::Path => text.is_empty() || text.starts_with(['/', '?']),
        }
    }
}

impl OutgoingRequest {
    /// A request with these headers and nothing else.
    pub(crate) fn new(headers: Fields, charge: Charge) -> Self {
        let headers = headers.fix();
        Self { method: None, scheme: None, authority: None, path: None, headers, upload: None, charge }
    }

    /// A part of it; none where it is as it was at first.
    pub(crate) fn part(&self, part: Part) -> Option<&str> {
        match part {
            Part::Method => self.method.as_deref(),
            Part::Scheme => self.scheme.as_deref(),
            Part::Authority => self.authority.as_deref(),
            Part::Path => self.path.as_deref(),
        }
    }

    /// Changes a part of it. False, and nothing changes, when the text is none for that part, is too long, or is more than
    /// the memory of the call.
    pub(crate) fn change(&mut self, part: Part, text: Option<String>) -> bool {
        if text.as_deref().is_some_and(|text| text.len() > MAX_PART || !part.takes(text)) {
            return false;
        }
        let place = match part {
            Part::Method => &mut self.method,
            Part::Scheme => &mut self.scheme,
            Part::Authority => &mut self.authority,
            Part::Path => &mut self.path,
        };
        let [old, new] = [place.as_ref(), text.as_ref()].map(|text| text.map_or(0, String::len) as u64);
        let is_charged = self.charge.set(self.charge.bytes().saturating_sub(old).saturating_add(new)).is_ok();
        if is_charged {
            *place = text;
        }
        is_charged
    }

    /// How long its body has to be, where a header says so.
    ///
    /// # Errors
    ///
    /// `InvalidRequest` when that is no number, or there are two.
    pub(crate) fn expected_length(&self) -> Result<Option<u64>, Error> {
        let mut lengths = self.headers.values(CONTENT_LENGTH);
        let Some(first) = lengths.next() else { return Ok(None) };
        let is_number = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit());
        match first.parse() {
            Ok(length) if is_number && lengths.next().is_none() => Ok(Some(length)),
            _ => Err(Error::InvalidRequest("its `content-length` is no length".to_owned())),
        }
    }

    /// The request in the words of the way out, with its body to come.
    ///
    /// # Errors
    ///
    /// `InvalidRequest` for a method that nobody sends, without an authority, and for headers that contradict each other.
    pub(crate) fn words(&self) -> Result<Request, Error> {
        let invalid = |what: &str| Error::InvalidRequest(what.to_owned());
        let method = Method::of(self.method.as_deref().unwrap_or(Method::Get.as_str()));
        let method = method.ok_or_else(|| invalid("nothing is sent with this method"))?;
        let authority = self.authority.as_deref().ok_or_else(|| invalid("it has no authority"))?;
        if self.upload.is_none() && self.expected_length()?.is_some_and(|length| length > 0) {
            return Err(invalid("it has no body, and a `content-length`"));
        }
        let scheme = self.scheme.as_deref().unwrap_or("https");
        let path = self.path.as_deref().unwrap_or("/");
        let slash = if path.starts_with('/') { "" } else { "/" };
        let mut credentials = self.headers.values(CREDENTIAL);
        let credential = credentials.next().map(str::to_owned);
        if credentials.next().is_some() {
            return Err(invalid("it names two credentials"));
        }
        let own = |header: &&Header| header.name != CREDENTIAL && header.name != CONTENT_LENGTH;
        Ok(Request {
            headers: self.headers.headers().iter().filter(own).cloned().collect(),
            credential,
            ..Request::new(method, format!("{scheme}://{authority}{slash}{path}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::account::Account;

    fn request(headers: &[(&str, &str)]) -> OutgoingRequest {
        let account = Arc::new(Account::new(1 << 20));
        let mut fields = Fields::empty(account.clone());
        for (name, value) in headers {
            fields.append(name, value.as_bytes().to_vec()).unwrap();
        }
        OutgoingRequest::new(fields, Charge::of(account))
    }

    #[test]
    fn the_address_is_put_together_from_its_parts() {
        let mut made = request(&[]);
        assert!(made.words().is_err(), "it has no authority");
        assert!(made.change(Part::Authority, Some("a.example:8443".to_owned())));
        assert_eq!(made.words().unwrap(), Request::new(Method::Get, "https://a.example:8443/"));
        for (part, text) in [(Part::Method, "POST"), (Part::Scheme, "http"), (Part::Path, "?a=b")] {
            assert!(made.change(part, Some(text.to_owned())), "{text}");
        }
        assert_eq!(made.words().unwrap(), Request::new(Method::Post, "http://a.example:8443/?a=b"));
        for method in ["CONNECT", "TRACE", "get", ""] {
            assert!(made.change(Part::Method, Some(method.to_owned())));
            assert!(matches!(made.words(), Err(Error::InvalidRequest(_))), "{method}");
        }
    }

    #[test]
    fn no_part_reaches_into_another_and_none_is_long() {
        let mut made = request(&[]);
        let long = "a".repeat(MAX_PART + 1);
        for (part, text) in [
            (Part::Authority, "a.example/b"),
            (Part::Authority, "user@a.example"),
            (Part::Authority, "a.example\\b"),
            (Part::Authority, ""),
            (Part::Authority, &long),
            (Part::Path, "http://b.example/"),
            (Part::Scheme, "http://"),
            (Part::Method, "GET /"),
        ] {
            assert!(!made.change(part, Some(text.to_owned())), "{part:?} {text}");
        }
        assert_eq!(made.charge.bytes(), 0);
    }

    #[test]
    fn a_credential_is_named_in_a_header_that_does_not_leave() {
        let mut made = request(&[("Palisade-Credential", "api-key"), ("accept", "a"), ("content-length", "0")]);
        assert!(made.change(Part::Authority, Some("a.example".to_owned())));
        let words = made.words().unwrap();
        assert_eq!((words.credential.as_deref(), words.headers), (Some("api-key"), vec![Header::new("accept", "a")]));
        let mut two = request(&[("palisade-credential", "a"), ("palisade-credential", "b")]);
        assert!(two.change(Part::Authority, Some("a.example".to_owned())));
        assert!(matches!(two.words(), Err(Error::InvalidRequest(_))));
    }

    #[test]
    fn lengths_that_are_none_are_refused() {
        assert_eq!(request(&[("content-length", "12")]).expected_length(), Ok(Some(12)));
        assert_eq!(request(&[]).expected_length(), Ok(None));
        for headers in [vec![("content-length", "+1")], vec![("content-length", "")], vec![("content-length", "1"); 2]]
        {
            assert!(request(&headers).expected_length().is_err(), "{headers:?}");
        }
    }
}
