//! Looks through a request for secrets, before the host adds the one that belongs there.

use palisade_core::http::{Error, Request};

use crate::{
    secrets::Secrets,
    target::{Target, decoded},
};

/// How keys of well-known vendors begin, and how many characters follow at least.
const VENDOR_KEYS: &[(&str, usize)] = &[
    ("AIza", 35),
    ("AKIA", 16),
    ("ghp_", 36),
    ("github_pat_", 40),
    ("glpat-", 20),
    ("hf_", 30),
    ("r8_", 30),
    ("sk-", 32),
    ("sk_live_", 16),
    ("xoxb-", 24),
    ("xoxp-", 24),
];

/// Refuses a request that holds a secret of the operator's, and one whose address or headers hold what looks like a key. A
/// body may: it is what a user wrote.
///
/// # Errors
///
/// `Leak` for a secret of the operator's, `Denied` for what looks like a key.
pub(crate) async fn check(request: &Request, target: &Target, secrets: &Secrets) -> Result<(), Error> {
    let lines = request.headers.iter().flat_map(|header| [header.name.as_str(), header.value.as_str()]);
    // The address as it was written and as it was read: of a host, characters are left out that nobody sees.
    let read = [target.host.to_text(), target.path_and_query()];
    for text in lines.chain([request.url.as_str()]).chain(read.iter().map(String::as_str)) {
        let [once, twice] = decoded(text);
        let forms = [text.as_bytes(), &once, &twice];
        if forms.into_iter().any(has_vendor_key) {
            return Err(Error::Denied(
                "the address or a header holds what looks like a key of a vendor: name a credential instead".to_owned(),
            ));
        }
        if forms.into_iter().any(|form| secrets.are_in(form)) {
            return Err(Error::Leak);
        }
    }
    if secrets.are_in_many(&request.body).await { Err(Error::Leak) } else { Ok(()) }
}

fn has_vendor_key(text: &[u8]) -> bool {
    let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let is_key = |word: &[u8]| {
        let begins = |(start, least): &(&str, usize)| {
            word.strip_prefix(start.as_bytes()).is_some_and(|rest| rest.len() >= *least)
        };
        VENDOR_KEYS.iter().any(begins)
    };
    text.split(|byte| !in_word(byte)).any(is_key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_core::http::{Header, Method};
    use secrecy::SecretString;

    const SECRET: &str = "very secret token";

    async fn check_with(change: impl FnOnce(&mut Request)) -> bool {
        let secrets = Secrets::new([SecretString::from(SECRET)].iter()).unwrap();
        let mut request = Request::new(Method::Post, "https://a.example/");
        change(&mut request);
        check(&request, &Target::parse(&request.url).unwrap(), &secrets).await.is_ok()
    }

    #[tokio::test]
    async fn a_secret_goes_out_nowhere() {
        assert!(check_with(|_| ()).await);
        assert!(!check_with(|request| request.url += "?a=very%20secret%20token").await);
        assert!(!check_with(|request| request.url += "?a=very%2520secret%2520token").await);
        assert!(!check_with(|request| request.url += "?a=766572792073656372657420746f6b656e").await);
        assert!(!check_with(|request| request.headers.push(Header::new("a", SECRET))).await);
        assert!(!check_with(|request| request.headers.push(Header::new("a", "VERY%20SECRET%20TOKEN"))).await);
        assert!(!check_with(|request| request.body = format!("{{\"a\": {SECRET:?}}}").into()).await);
        assert!(!check_with(|request| request.body = "dmVyeSBzZWNyZXQgdG9rZW4=".into()).await);
        assert!(!check_with(|request| request.body = "nekot terces yrev".into()).await);
    }

    #[tokio::test]
    async fn a_secret_is_found_in_a_host_as_it_is_read() {
        let secrets = Secrets::new([SecretString::from("0123456789ab")].iter()).unwrap();
        for url in ["https://0123\u{ad}456789ab.example.com/", "https://０１２３456789ab.example.com/"] {
            let target = Target::parse(url).unwrap();
            assert_eq!(target.host.to_text(), "0123456789ab.example.com");
            assert!(check(&Request::new(Method::Get, url), &target, &secrets).await.is_err(), "{url}");
        }
    }

    #[tokio::test]
    async fn what_looks_like_a_key_goes_out_in_a_body_alone() {
        let key = format!("sk-{}", "a1".repeat(20));
        assert!(!check_with(|request| request.url += &format!("?key={key}")).await);
        assert!(!check_with(|request| request.url += &format!("?key={}", key.replace("sk", "%73k"))).await);
        assert!(!check_with(|request| request.headers.push(Header::new("x-token", format!("Token {key}")))).await);
        assert!(check_with(|request| request.body = key.clone().into()).await);
        assert!(check_with(|request| request.url += &format!("ta{key}")).await);
        assert!(check_with(|request| request.url += "sk-short").await);
    }
}
