//! Where a request goes: an address that a guest wrote, read once. What is connected to, checked and sent is made from
//! what was read, never from the text.

use std::net::IpAddr;

use palisade_core::http::Error;
use percent_encoding::percent_decode_str;
use url::Url;

/// Longest address, in bytes.
pub(crate) const MAX_URL_BYTES: usize = 8 << 10;
/// Longest name of a host, in bytes.
const MAX_NAME_BYTES: usize = 253;
/// Longest part of one.
const MAX_LABEL_BYTES: usize = 63;
/// How often a path may be encoded upon itself: an upstream with two proxies decodes it three times.
const MAX_DECODINGS: usize = 3;

/// The part of an address before `://`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    pub(crate) const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// A host, in the one form in which hosts are compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Host {
    /// In lower case, in ASCII, without a dot at its end.
    Name(String),
    Address(IpAddr),
}

impl Host {
    /// As it stands in an address and in the header `host`.
    pub(crate) fn to_text(&self) -> String {
        match self {
            Self::Name(name) => name.clone(),
            Self::Address(IpAddr::V4(address)) => address.to_string(),
            Self::Address(IpAddr::V6(address)) => format!("[{address}]"),
        }
    }
}

/// An address that was read and is sound. Whether anything may be sent there is another question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) scheme: Scheme,
    pub(crate) host: Host,
    pub(crate) port: u16,
    /// Begins with a slash; what is not plain in it is percent-encoded.
    pub(crate) path: String,
    /// Without the question mark.
    pub(crate) query: Option<String>,
}

impl Target {
    /// Reads an address.
    ///
    /// # Errors
    ///
    /// `InvalidRequest` with what is wrong. The text itself is not repeated: it may be long, and hold anything.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        Self::read(text).map_err(|reason| Error::InvalidRequest(format!("the address {reason}")))
    }

    /// The same with the reason alone.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        check_text(text)?;
        let url = Url::parse(text).map_err(|error| format!("cannot be read: {error}"))?;
        let scheme = match url.scheme() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return Err("is neither `https` nor `http`".to_owned()),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err("has a user or a password: name a credential instead".to_owned());
        }
        let host = match url.host() {
            None => return Err("has no host".to_owned()),
            Some(url::Host::Ipv4(address)) => Host::Address(address.into()),
            Some(url::Host::Ipv6(address)) => Host::Address(address.into()),
            Some(url::Host::Domain(name)) => Host::Name(name_of(name)?),
        };
        let port = url.port().unwrap_or(scheme.default_port());
        if port == 0 {
            return Err("has the port 0".to_owned());
        }
        let (path, query) = (url.path().to_owned(), url.query().map(str::to_owned));
        if !path.starts_with('/') {
            return Err("has a path that does not begin with a slash".to_owned());
        }
        if path.len() + query.as_ref().map_or(0, String::len) > MAX_URL_BYTES {
            return Err(format!("is longer than {MAX_URL_BYTES} bytes"));
        }
        if hides_a_step(&path) {
            return Err("has a path that leads upwards, or holds characters that no path has".to_owned());
        }
        Ok(Self { scheme, host, port, path, query })
    }

    /// Host and port as the header `host` says them: without a port that goes without saying.
    pub(crate) fn authority(&self) -> String {
        let host = self.host.to_text();
        if self.port == self.scheme.default_port() { host } else { format!("{host}:{}", self.port) }
    }

    /// Path and query, as they stand in the first line of a request.
    pub(crate) fn path_and_query(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }
}

/// Refuses what one reader of addresses mends and another takes at its word.
fn check_text(text: &str) -> Result<(), String> {
    if text.len() > MAX_URL_BYTES {
        return Err(format!("is longer than {MAX_URL_BYTES} bytes"));
    }
    if text.chars().any(|character| character.is_control() || character.is_whitespace() || character == '\\') {
        return Err("holds a control character, a space or a backslash".to_owned());
    }
    if text.contains('#') {
        return Err("has a fragment".to_owned());
    }
    let rest = text.split_once("://").map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest));
    let Some(rest) = rest.and_then(|(scheme, rest)| ["http", "https"].contains(&&*scheme).then_some(rest)) else {
        return Err("does not begin with `https://`".to_owned());
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.is_empty() {
        return Err("has no host".to_owned());
    }
    if authority.contains('@') {
        return Err("has a user or a password: name a credential instead".to_owned());
    }
    if authority.contains('%') {
        return Err("has a host with a percent sign".to_owned());
    }
    Ok(())
}

/// The canonical form of a name, which the reader of addresses has put into lower case and ASCII.
fn name_of(name: &str) -> Result<String, String> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let sound = |label: &str| {
        (1..=MAX_LABEL_BYTES).contains(&label.len())
            && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
    };
    if name.is_empty() || name.len() > MAX_NAME_BYTES || !name.split('.').all(sound) {
        return Err("has a host that is no name".to_owned());
    }
    Ok(name.to_owned())
}

/// Whether a path, decoded as often as some upstream may do it, has a segment that leads upwards, or a character that no
/// path has: it would leave the prefix that was granted.
fn hides_a_step(path: &str) -> bool {
    let mut decoded = path.as_bytes().to_vec();
    for _ in 0..=MAX_DECODINGS {
        let segments = decoded.split(|byte| matches!(byte, b'/' | b'\\'));
        // Some servers cut what follows a semicolon.
        let names = segments.map(|segment| segment.split(|byte| *byte == b';').next().unwrap_or_default());
        if names.into_iter().any(|name| matches!(name, b"." | b"..")) || decoded.iter().any(|byte| *byte < b' ') {
            return true;
        }
        let again: Vec<u8> = percent_encoding::percent_decode(&decoded).collect();
        if again == decoded {
            return false;
        }
        decoded = again;
    }
    // Encoded upon itself more often than anybody means.
    true
}

/// What a text is with its percent signs resolved, once and twice.
pub(crate) fn decoded(text: &str) -> [Vec<u8>; 2] {
    let once: Vec<u8> = percent_decode_str(text).collect();
    let twice = percent_encoding::percent_decode(&once).collect();
    [once, twice]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hosts_are_read_into_one_form() {
        let host = |text: &str| Target::read(text).unwrap().host.to_text();
        for text in ["https://API.Example.com/", "https://api.example.com./", "https://ａpi.example.com/"] {
            assert_eq!(host(text), "api.example.com", "{text}");
        }
        for text in
            ["http://0x7f.1/", "http://2130706433/", "http://0177.0.0.1/", "http://127.1/", "http://127.0.0.1./"]
        {
            assert_eq!(host(text), "127.0.0.1", "{text}");
        }
        assert_eq!(host("http://[::1]/"), "[::1]");
        assert_eq!(host("http://[0:0:0:0:0:ffff:127.0.0.1]/"), "[::ffff:127.0.0.1]");
        assert_eq!(host("https://bücher.example/"), "xn--bcher-kva.example");
    }

    #[test]
    fn an_address_that_can_be_read_in_two_ways_is_refused() {
        let long = format!("https://a.example/{}", "a".repeat(MAX_URL_BYTES));
        let grows = format!("https://a.example/{}", "ü".repeat(MAX_URL_BYTES / 3));
        let label = format!("https://{}.example/", "a".repeat(64));
        for text in [
            "",
            "https://",
            "https:///path",
            "https:a.example/",
            "https:/a.example/",
            "//a.example/",
            "/v1",
            "ftp://a.example/",
            "file:///etc/passwd",
            "data:text/plain,x",
            "https://user@a.example/",
            "https://user:password@a.example/",
            "https://@a.example/",
            "https://a.example@b.example/",
            "https://a.example%2f@b.example/",
            "https://a%2eexample/",
            "https://a.example\\@b.example/",
            "https:\\\\a.example/",
            "https://a.example/#part",
            "https://a.example:0/",
            "https://a.example:99999/",
            "https://a.example/\r\nX: y",
            "https://a.example/a b",
            " https://a.example/",
            "https://a..example/",
            "https://a.example../",
            "https://.a.example/",
            "https://a!b.example/",
            "https://[::1/",
            "https://[fe80::1%25eth0]/",
            "https://a.example/v1/%2e%2e%2fadmin",
            "https://a.example/v1/..%2fadmin",
            "https://a.example/v1/%252e%252e%252fadmin",
            "https://a.example/v1/..%5cadmin",
            "https://a.example/v1/..;/admin",
            "https://a.example/v1/%00",
            "https://a.example/v1/%0d%0aX:y",
            "https://a.example/%25252525252e",
            &long,
            &grows,
            &label,
        ] {
            assert!(matches!(Target::parse(text), Err(Error::InvalidRequest(_))), "{text:?} was read");
        }
    }

    #[test]
    fn plain_steps_are_taken_before_anything_is_checked() {
        let target = Target::read("https://a.example/v1/../admin?next=/../x").unwrap();
        assert_eq!(target.path_and_query(), "/admin?next=/../x");
        assert_eq!(Target::read("https://a.example/models/owner%2Fname").unwrap().path, "/models/owner%2Fname");
        assert_eq!(Target::read("https://a.example").unwrap().path, "/");
    }

    #[test]
    fn an_authority_says_a_port_only_where_it_has_to() {
        for (text, expected) in [
            ("https://a.example:443/", "a.example"),
            ("https://a.example:8443/", "a.example:8443"),
            ("http://a.example:80/", "a.example"),
            ("http://a.example:443/", "a.example:443"),
            ("https://[2606::1]:8443/", "[2606::1]:8443"),
        ] {
            assert_eq!(Target::read(text).unwrap().authority(), expected);
        }
    }

    proptest! {
        #[test]
        fn what_was_read_reads_back_the_same(text in "https?://[a-zA-Z0-9.:@%\\[\\]_-]{1,30}(/[ -~]{0,40})?") {
            if let Ok(target) = Target::read(&text) {
                let again = format!("{}://{}{}", target.scheme.as_str(), target.authority(), target.path_and_query());
                prop_assert_eq!(Target::read(&again).unwrap(), target);
            }
        }

        #[test]
        fn nothing_read_holds_what_ends_a_line(text in "https://a\\.example/\\PC{0,60}") {
            if let Ok(target) = Target::read(&text) {
                prop_assert!(target.path_and_query().bytes().all(|byte| byte.is_ascii_graphic()));
            }
        }
    }
}
