//! Makes what is written to a connection out of the parts that were checked, and adds the credential to it.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header, uri::PathAndQuery};
use hyper::body::Body as _;
use palisade_core::http::{Error, Method};
use zeroize::Zeroizing;

use crate::{
    credential::{Credential, Place},
    target::Target,
    upload::Upload,
    wire::WireRequest,
};

/// The request as it is sent. What of it holds the secret is wiped when it is dropped.
///
/// # Errors
///
/// `InvalidRequest` when it cannot be written, and `Denied` when the credential cannot.
pub(crate) fn wire_request(
    method: Method,
    target: &Target,
    mut headers: HeaderMap,
    body: Upload,
    credential: Option<&Credential>,
) -> Result<WireRequest, Error> {
    let unset = || Error::Denied("the credential has no value that can be sent".to_owned());
    let mut path = Zeroizing::new(target.path_and_query().into_bytes());
    match credential.map(|credential| (credential, credential.place())) {
        None => {}
        Some((credential, Place::Header(name))) => {
            let value = Bytes::from_owner(credential.header_value().ok_or_else(unset)?);
            let mut value = HeaderValue::from_maybe_shared(value).map_err(|_| unset())?;
            value.set_sensitive(true);
            headers.insert(HeaderName::from_bytes(name.as_bytes()).map_err(|_| unset())?, value);
        }
        Some((credential, Place::Query(parameter))) => {
            let pair = credential.query_pair(parameter).ok_or_else(unset)?;
            let mut longer = Zeroizing::new(Vec::with_capacity(path.len() + 1 + pair.len()));
            let separator: &[u8] = if target.query.is_some() { b"&" } else { b"?" };
            for part in [path.as_slice(), separator, pair.as_bytes()] {
                longer.extend_from_slice(part);
            }
            path = longer;
        }
    }
    let invalid = || Error::InvalidRequest("the address holds characters that cannot be sent".to_owned());
    let path = PathAndQuery::from_maybe_shared(Bytes::from_owner(path)).map_err(|_| invalid())?;
    headers.insert(header::HOST, HeaderValue::from_str(&target.authority()).map_err(|_| invalid())?);
    if matches!(method, Method::Post | Method::Put | Method::Patch) {
        // Said of an empty body too: some servers wait for one otherwise.
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.size_hint().lower()));
    }
    let mut request = http::Request::new(body);
    *request.method_mut() = http::Method::from_bytes(method.as_str().as_bytes()).map_err(|_| invalid())?;
    *request.uri_mut() = path.into();
    *request.headers_mut() = headers;
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(method: Method, url: &str, credential: Option<&Credential>) -> WireRequest {
        wire_request(
            method,
            &Target::parse(url).unwrap(),
            HeaderMap::new(),
            Upload::new(Bytes::new(), None),
            credential,
        )
        .unwrap()
    }

    #[test]
    fn a_request_is_made_from_what_was_checked() {
        let request = made(Method::Post, "https://A.example:443/v1/../v2/a b?c=d".replace(' ', "").as_str(), None);
        assert_eq!(request.uri(), "/v2/ab?c=d");
        assert_eq!(request.headers()["host"], "a.example");
        assert_eq!(request.headers()["content-length"], "0");
        assert!(!made(Method::Get, "https://a.example/", None).headers().contains_key("content-length"));
    }

    #[test]
    fn a_credential_goes_into_its_place_and_is_not_shown() {
        let secret = || Some("sk-0123/456789".into());
        let header = Credential::new("main", Place::Header("x-key".into()), "Key {}", secret()).unwrap();
        let request = made(Method::Get, "https://a.example/", Some(&header));
        assert_eq!(request.headers()["x-key"], "Key sk-0123/456789");
        assert!(!format!("{:?}", request.headers()).contains("0123"));
        let query = Credential::new("main", Place::Query("key".into()), "{}", secret()).unwrap();
        assert_eq!(made(Method::Get, "https://a.example/x", Some(&query)).uri(), "/x?key=sk-0123%2F456789");
        assert_eq!(made(Method::Get, "https://a.example/x?a=b", Some(&query)).uri(), "/x?a=b&key=sk-0123%2F456789");
    }
}
