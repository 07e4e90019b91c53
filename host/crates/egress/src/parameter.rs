//! The parameters of an address: which names a guest may use.

use url::form_urlencoded;

use crate::target::Target;

/// Names that say who asks, without what separates their words. Not those of addresses that were signed for everybody who has them,
/// such as `sig` and `token`: an upstream gives such addresses to a guest, which asks for a result by them.
const CREDENTIALS: &[&str] = &[
    "accesskey",
    "accesstoken",
    "apisecret",
    "apitoken",
    "appkey",
    "appsecret",
    "auth",
    "authkey",
    "authorization",
    "authtoken",
    "bearer",
    "bearertoken",
    "clientsecret",
    "key",
    "passwd",
    "password",
    "secret",
    "secretkey",
    "subscriptionkey",
    "userkey",
];

/// The names of all parameters, as any reader may find them: some take a semicolon for the end of one, in a query as well as in a
/// path, and some take `a[]` for `a`.
pub(crate) fn names(target: &Target) -> impl Iterator<Item = String> {
    let in_query = target.query.as_deref().unwrap_or_default().split(['&', ';']);
    let in_path = target.path.split('/').flat_map(|segment| segment.split(';').skip(1));
    in_query.chain(in_path).filter_map(|pair| {
        let (name, _) = form_urlencoded::parse(pair.as_bytes()).next()?;
        Some(name.split('[').next().unwrap_or_default().to_ascii_lowercase())
    })
}

/// Whether a parameter of this name, in lower case, says who asks.
pub(crate) fn is_credential(name: &str) -> bool {
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    name.ends_with("apikey") || CREDENTIALS.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_is_seen_that_some_reader_sees() {
        let names = |url: &str| names(&Target::read(url).unwrap()).collect::<Vec<_>>();
        for (url, expected) in [
            ("https://a.example/v1", &[][..]),
            ("https://a.example/v1?A=1&b=2", &["a", "b"]),
            ("https://a.example/v1?a=1;%6bey=2&&c", &["a", "key", "c"]),
            ("https://a.example/v1?key[]=1&key%5Bx%5D=2", &["key", "key"]),
            ("https://a.example/v1;key=1/x;y=2;z", &["key", "y", "z"]),
        ] {
            assert_eq!(names(url), expected, "{url}");
        }
    }

    #[test]
    fn names_that_say_who_asks_are_told_from_others() {
        for name in
            ["key", "api_key", "api-key", "apikey", "x-goog-api-key", "access_token", "client_secret", "password"]
        {
            assert!(is_credential(name), "{name}");
        }
        for name in ["page_token", "max_tokens", "keyword", "sig", "token", "x-amz-signature", "alt", "author"] {
            assert!(!is_credential(name), "{name}");
        }
    }
}
