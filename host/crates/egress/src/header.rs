//! The headers of a request and of an answer: what a guest may set, and what it may see.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use palisade_core::{
    http::{Error, Header},
    text,
};

use crate::secrets::Secrets;

/// Most headers of a request.
const MAX_HEADERS: usize = 64;
/// Most bytes of them.
const MAX_BYTES: usize = 32 << 10;
/// Most characters of a name that an error repeats.
const MAX_SHOWN: usize = 64;

/// Who is said to ask where a guest says nothing.
const USER_AGENT: HeaderValue = HeaderValue::from_static(concat!("palisade/", env!("CARGO_PKG_VERSION")));

/// Whether a header of this name, in lower case, is for the connection: it says where a request ends, or what proxies do
/// with it.
pub(crate) fn belongs_to_connection(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "content-length"
            | "expect"
            | "forwarded"
            | "host"
            | "http2-settings"
            | "keep-alive"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
            | "via"
            | "x-real-ip"
    ) || name.starts_with("x-forwarded-")
}

/// Whether a header of this name, in lower case, says who asks. By its words, since every vendor has a name of its own:
/// `x-api-key`, `xi-api-key`, `ocp-apim-subscription-key`, `x-auth-token`, `x-amz-security-token`, `cf-access-client-secret` ...
fn is_credential(name: &str) -> bool {
    let says_who = |word: &str| {
        let is_one = matches!(
            word,
            "auth"
                | "authentication"
                | "authorization"
                | "bearer"
                | "cookie"
                | "cookie2"
                | "credential"
                | "credentials"
                | "jwt"
                | "passwd"
                | "password"
                | "signature"
        );
        is_one || ["key", "secret", "token"].iter().any(|end| word.ends_with(end))
    };
    // A key of the request, by which an upstream knows it again.
    let is_of_request = name.ends_with("idempotency-key");
    name.starts_with("proxy-") || (!is_of_request && name.split(['-', '.']).any(says_who))
}

/// Whether a header of this name, in lower case, asks for another address or method than the request says, which some servers
/// do: a rule that grants a path or a method would not hold.
fn overrides_request(name: &str) -> bool {
    matches!(
        name,
        "x-http-method"
            | "x-http-method-override"
            | "x-method-override"
            | "x-original-host"
            | "x-original-method"
            | "x-original-uri"
            | "x-original-url"
            | "x-host"
            | "x-http-host-override"
            | "x-rewrite-url"
    ) || name.starts_with("x-envoy-")
}

/// The headers of a request, from those of a guest. `is_bound` says of a name whether the host puts a credential there.
///
/// # Errors
///
/// `Denied` for a header that says who asks, `InvalidRequest` for one that is of the connection or cannot be sent.
pub(crate) fn outgoing(headers: &[Header], is_bound: impl Fn(&str) -> bool) -> Result<HeaderMap, Error> {
    let bytes: usize = headers.iter().map(|header| header.name.len() + header.value.len()).sum();
    if headers.len() > MAX_HEADERS || bytes > MAX_BYTES {
        return Err(Error::InvalidRequest(format!("more than {MAX_HEADERS} headers, or {MAX_BYTES} bytes of them")));
    }
    let mut map = HeaderMap::with_capacity(headers.len() + 6);
    for Header { name, value } in headers {
        let shown = || text::escape(name, MAX_SHOWN);
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
            return Err(Error::InvalidRequest(format!("`{}` is no name of a header", shown())));
        };
        // Many servers take an underscore for a hyphen.
        let read = name.as_str().replace('_', "-");
        if is_credential(&read) || is_bound(name.as_str()) || is_bound(&read) {
            return Err(Error::Denied(format!("the header `{name}` says who asks: name a credential instead")));
        }
        if overrides_request(&read) {
            return Err(Error::Denied(format!("the header `{name}` asks for something else than what is granted")));
        }
        if belongs_to_connection(&read) {
            return Err(Error::InvalidRequest(format!("the header `{name}` is set by the host: leave it out")));
        }
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
            Error::InvalidRequest(format!("the value of the header `{name}` holds a control character"))
        })?;
        map.append(name, value);
    }
    map.entry(header::USER_AGENT).or_insert(USER_AGENT);
    // Answers are taken as they are, so that what is looked for in them can be seen. Instead of what a guest says, since some
    // libraries ask for compression by themselves.
    map.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    Ok(map)
}

/// The headers of an answer that a guest may see: none of the connection, none that starts a session or asks who it is,
/// and none that repeats a secret.
pub(crate) fn incoming(headers: &HeaderMap, secrets: &Secrets) -> Vec<Header> {
    let may_be_seen = |name: &str, value: &[u8]| {
        let hidden = matches!(
            name,
            "authentication-info"
                | "set-cookie"
                | "set-cookie2"
                | "www-authenticate"
                | "connection"
                | "keep-alive"
                | "te"
                | "trailer"
                | "transfer-encoding"
                | "upgrade"
        ) || name.starts_with("proxy-");
        let repeats = secrets.incoming().is_some_and(|search| search.finds(value) || search.finds(name.as_bytes()));
        !hidden && !repeats
    };
    let seen = headers.iter().filter(|(name, value)| may_be_seen(name.as_str(), value.as_bytes()));
    seen.map(|(name, value)| Header::new(name.as_str(), String::from_utf8_lossy(value.as_bytes()))).collect()
}

/// Refuses an answer of which two readers could find different ends, or that would have to be unpacked first: what has no body need
/// not be, though it may say how its body would be packed.
///
/// # Errors
///
/// `Protocol` with the reason.
pub(crate) fn check_framing(headers: &HeaderMap, has_body: bool) -> Result<(), Error> {
    let refused = |reason: &str| Err(Error::Protocol(reason.to_owned()));
    if headers.contains_key(header::TRANSFER_ENCODING) && headers.contains_key(header::CONTENT_LENGTH) {
        return refused("the answer says its length in two ways");
    }
    if headers.get_all(header::CONTENT_LENGTH).iter().count() > 1 {
        return refused("the answer says its length twice");
    }
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    if codings.next().is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"chunked"))
        || codings.next().is_some()
    {
        return refused("the answer is sent in another way than in chunks");
    }
    let plain = |value: &HeaderValue| value.as_bytes().is_empty() || value.as_bytes().eq_ignore_ascii_case(b"identity");
    if has_body && !headers.get_all(header::CONTENT_ENCODING).iter().all(plain) {
        return refused("the answer is compressed, though it was asked not to be");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::SecretString;

    fn sent(headers: &[(&str, &str)]) -> Result<HeaderMap, Error> {
        let headers: Vec<Header> = headers.iter().map(|(name, value)| Header::new(*name, *value)).collect();
        outgoing(&headers, |name| name == "x-bound")
    }

    #[test]
    fn a_guest_says_neither_who_asks_nor_where_a_request_ends() {
        for name in [
            "Authorization",
            "proxy-authorization",
            "Cookie",
            "X-Bound",
            "x-api-key",
            "X-Goog-Api-Key",
            "api-key",
            "apikey",
            "xi-api-key",
            "x-key",
            "x-auth-token",
            "x-auth-email",
            "x-access-token",
            "x-rapidapi-key",
            "x-subscription-token",
            "ocp-apim-subscription-key",
            "x-functions-key",
            "x-amz-security-token",
            "cf-access-client-secret",
            "dd-application-key",
            "modal-secret",
            "private-token",
            "x-hub-signature",
        ] {
            let with_underscores = name.replace('-', "_");
            assert!(matches!(sent(&[(&with_underscores, "x")]), Err(Error::Denied(_))), "{name}");
            assert!(matches!(sent(&[(name, "x")]), Err(Error::Denied(_))), "{name}");
        }
        for name in [
            "host",
            "Content-Length",
            "transfer-encoding",
            "te",
            "Trailer",
            "upgrade",
            "connection",
            "forwarded",
            "x-forwarded-for",
            "X-Forwarded-Host",
            "keep-alive",
            "expect",
            "content_length",
            "Transfer_Encoding",
            "x_forwarded_for",
            "",
            "a b",
            "a:",
            "a\r\nb",
            "ü",
        ] {
            assert!(matches!(sent(&[(name, "x")]), Err(Error::InvalidRequest(_))), "{name:?}");
        }
        for value in ["a\r\nb: c", "a\nb", "a\0", "\u{7f}"] {
            assert!(matches!(sent(&[("a", value)]), Err(Error::InvalidRequest(_))), "{value:?}");
        }
        assert!(matches!(sent(&[("a", "b"); MAX_HEADERS + 1]), Err(Error::InvalidRequest(_))));
        assert!(matches!(sent(&[("a", &"b".repeat(MAX_BYTES))]), Err(Error::InvalidRequest(_))));
    }

    #[test]
    fn no_header_asks_for_more_than_the_rule_that_was_looked_at() {
        for name in
            ["X-HTTP-Method-Override", "x-http-method", "X-Original-URL", "X-Rewrite-URL", "x_rewrite_url", "X-Host"]
        {
            assert!(matches!(sent(&[(name, "/admin")]), Err(Error::Denied(_))), "{name}");
        }
    }

    #[test]
    fn other_headers_are_sent_and_compression_is_never_asked_for() {
        let map =
            sent(&[("Accept", "text/event-stream"), ("x-a", "1"), ("x-a", "2"), ("Accept-Encoding", "gzip")]).unwrap();
        for name in ["idempotency-key", "x-idempotency-key", "anthropic-version", "openai-organization", "x-max-tokens"]
        {
            assert_eq!(sent(&[(name, "a")]).unwrap()[name], "a");
        }
        assert_eq!(map["accept"], "text/event-stream");
        assert_eq!(map.get_all("x-a").iter().count(), 2);
        assert_eq!(map.get_all("accept-encoding").iter().collect::<Vec<_>>(), ["identity"]);
        assert_eq!(map["user-agent"], USER_AGENT);
        assert_eq!(sent(&[("user-agent", "mine/1")]).unwrap()["user-agent"], "mine/1");
    }

    #[test]
    fn an_answer_shows_neither_sessions_nor_secrets() {
        let secrets = Secrets::new([SecretString::from("sk-0123456789")].iter()).unwrap();
        let mut map = HeaderMap::new();
        for (name, value) in [
            ("set-cookie", "a=b"),
            ("www-authenticate", "Basic"),
            ("proxy-authenticate", "Basic"),
            ("connection", "close"),
            ("x-echo", "Bearer sk-0123456789"),
            ("location", "https://a.example/?key=sk%2D0123456789"),
            ("x-request-id", "r1"),
        ] {
            map.append(name, HeaderValue::from_static(value));
        }
        map.append("x-sk-0123456789", HeaderValue::from_static("1"));
        assert_eq!(incoming(&map, &secrets), [Header::new("x-request-id", "r1")]);
    }

    #[test]
    fn an_answer_that_can_be_read_in_two_ways_is_refused() {
        let check = |headers: &[(&'static str, &'static str)]| {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.append(*name, HeaderValue::from_static(value));
            }
            let packed = map.contains_key("content-encoding");
            assert_eq!(check_framing(&map, false).is_ok(), check_framing(&map, true).is_ok() || packed);
            check_framing(&map, true)
        };
        check(&[("content-length", "3")]).unwrap();
        check(&[("transfer-encoding", "chunked"), ("content-encoding", "identity")]).unwrap();
        for headers in [
            &[("content-length", "3"), ("transfer-encoding", "chunked")][..],
            &[("content-length", "3"), ("content-length", "3")],
            &[("content-encoding", "gzip")],
            &[("content-encoding", "identity"), ("content-encoding", "br")],
            &[("transfer-encoding", "gzip, chunked")],
            &[("transfer-encoding", "gzip"), ("transfer-encoding", "chunked")],
            &[("transfer-encoding", "chunked, chunked")],
            &[("transfer-encoding", "xchunked")],
        ] {
            assert!(matches!(check(headers), Err(Error::Protocol(_))), "{headers:?}");
        }
    }
}
