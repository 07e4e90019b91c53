//! Where the upstream of a provider is, and the name of the key for it.
//!
//! ```no_run
//! use palisade_guest::{Result, upstream::Upstream};
//!
//! fn ask(question: &serde_json::Value) -> Result<serde_json::Value> {
//!     let upstream = Upstream::new("https://api.example.com/v1", "api-key");
//!     upstream.post("answer")?.json(question)?.send()?.accept()?.json()
//! }
//! ```

use crate::http::{Method, Request};
use crate::{Failure, FailureKind, Result, config, credentials};

/// The setting that names another server than the vendor's.
const SETTING: &str = "base_url";

/// A server that speaks the protocol of a vendor: the vendor's own, or the one that the operator names with the setting
/// `base_url`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// Without a slash at the end.
    base_url: String,
    credential: &'static str,
    is_vendor: bool,
}

impl Upstream {
    /// The server that the operator names, or else the vendor's at this address; and the credential that it asks for.
    #[must_use]
    pub fn new(vendor: &str, credential: &'static str) -> Self {
        let base_url = config::get(SETTING).unwrap_or_else(|| vendor.to_owned());
        let base_url = base_url.trim_end_matches('/').to_owned();
        Self { is_vendor: base_url == vendor.trim_end_matches('/'), base_url, credential }
    }

    /// Whether it is the vendor's own server, of which models, limits and prices are known.
    #[must_use]
    pub fn is_vendor(&self) -> bool {
        self.is_vendor
    }

    /// Its address, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Its host, without a port; none when the address has none.
    #[must_use]
    pub fn host(&self) -> Option<String> {
        let (_, rest) = self.base_url.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let host = match authority.split_once(']') {
            Some((address, _)) => format!("{address}]"),
            None => authority.split(':').next()?.to_owned(),
        };
        (!host.is_empty()).then_some(host)
    }

    /// Reads what is at this path below the address, which begins without a slash.
    ///
    /// # Errors
    /// As [`post`](Self::post).
    pub fn get(&self, path: &str) -> Result<Request> {
        self.request(Method::Get, path)
    }

    /// Submits to this path below the address, which begins without a slash. The credential is named where the operator
    /// has granted and set it: a server of one's own may need none.
    ///
    /// # Errors
    /// `auth`, before anything is sent, when the vendor's own server would be asked without a credential.
    pub fn post(&self, path: &str) -> Result<Request> {
        self.request(Method::Post, path)
    }

    /// Puts something at this path below the address, which begins without a slash.
    ///
    /// # Errors
    /// As [`post`](Self::post).
    pub fn put(&self, path: &str) -> Result<Request> {
        self.request(Method::Put, path)
    }

    fn request(&self, method: Method, path: &str) -> Result<Request> {
        let request = Request::new(method, format!("{}/{path}", self.base_url));
        match credentials::has(self.credential) {
            Ok(true) => Ok(request.credential(self.credential)),
            Ok(false) | Err(_) if !self.is_vendor => Ok(request),
            Ok(false) => {
                let message = format!("the credential {:?} has no value: set it where it is granted", self.credential);
                Err(Failure::new(FailureKind::Auth, message))
            }
            Err(failure) => Err(failure),
        }
    }
}

/// A number as people write it: 0.7, and not what is nearest to it in 32 bits.
#[must_use]
pub fn decimal(value: f32) -> f64 {
    value.to_string().parse().unwrap_or_else(|_| f64::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VENDOR: &str = "https://api.example.com/v1";

    fn upstream() -> Upstream {
        Upstream::new(VENDOR, "api-key")
    }

    #[test]
    fn the_host_is_without_port_and_user() {
        for (url, expected) in [
            ("https://api.example.com/v1", Some("api.example.com")),
            ("http://127.0.0.1:11434/v1/", Some("127.0.0.1")),
            ("http://[::1]:8080", Some("[::1]")),
            ("https://user@a.example?x", Some("a.example")),
            ("https:///v1", None),
            ("nonsense", None),
        ] {
            config::set_in_test("base_url", url);
            assert_eq!(upstream().host().as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn the_vendor_is_asked_with_the_key_only() {
        let failure = upstream().post("answer").unwrap_err();
        assert_eq!((failure.kind, failure.submitted), (FailureKind::Auth, crate::Submitted::No));
        credentials::set_in_test("api-key", false);
        assert!(upstream().get("answer").unwrap_err().message.contains("has no value"));
        credentials::set_in_test("api-key", true);
        let request = upstream().post("answer").unwrap();
        assert_eq!(request, Request::post("https://api.example.com/v1/answer").credential("api-key"));
        config::set_in_test("base_url", "https://api.example.com/v1/");
        assert!(upstream().is_vendor());
    }

    #[test]
    fn a_server_of_ones_own_may_need_no_key() {
        config::set_in_test("base_url", "http://127.0.0.1:8080/v1/");
        assert!(!upstream().is_vendor());
        assert_eq!(upstream().get("models").unwrap(), Request::get("http://127.0.0.1:8080/v1/models"));
        credentials::set_in_test("api-key", true);
        assert_eq!(upstream().get("models").unwrap().credential.as_deref(), Some("api-key"));
        assert_eq!(upstream().put("models").unwrap().method, Method::Put);
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!((decimal(0.7), decimal(2.0)), (0.7, 2.0));
    }
}
