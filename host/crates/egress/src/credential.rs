//! A secret that the operator lends to a provider, and where in a request it goes. The provider names it and never sees it.

use palisade_core::{Error, ErrorKind, Result, text};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// Shorter secrets appear in texts by chance, so that nobody could look for them.
const MIN_SECRET_BYTES: usize = 8;
/// Longest secret, in bytes.
const MAX_SECRET_BYTES: usize = 8 << 10;
/// Longest name of a credential, a header or a parameter, in bytes.
const MAX_NAME_BYTES: usize = 64;
/// What stands for the secret in a format.
const BLANK: &str = "{}";
/// Everything but what never has to be encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where in a request a credential goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Into the header of this name.
    Header(String),
    /// Into the query, as the parameter of this name.
    Query(String),
}

/// A secret and where it goes. Shown by `Debug` without the secret; there is no other way to show it.
#[derive(Debug, Clone)]
pub struct Credential {
    name: String,
    place: Place,
    before: String,
    after: String,
    secret: Option<SecretString>,
}

impl Credential {
    /// The credential of this name. In `format`, such as `Bearer {}`, `{}` stands for the secret; without a secret the
    /// credential is known, and every request that names it is refused.
    ///
    /// # Errors
    ///
    /// `config` when it cannot be sent that way, or when the secret is too short to be looked for.
    pub fn new(name: impl Into<String>, place: Place, format: &str, secret: Option<SecretString>) -> Result<Self> {
        let name = name.into();
        let wrong = |reason: String| {
            let name = text::escape(&name, MAX_NAME_BYTES);
            Error::new(ErrorKind::Config, format!("credential `{name}`: {reason}"))
        };
        if name.is_empty() || name.len() > MAX_NAME_BYTES {
            return Err(wrong(format!("give it a name of 1 to {MAX_NAME_BYTES} bytes")));
        }
        let place = checked(place).map_err(wrong)?;
        let Some((before, after)) = format.split_once(BLANK).filter(|(_, after)| !after.contains(BLANK)) else {
            return Err(wrong("write `{}` once in its format, where the secret goes, such as `Bearer {}`".to_owned()));
        };
        if !is_visible(before) || !is_visible(after) {
            return Err(wrong("its format may only hold visible characters of ASCII, and spaces".to_owned()));
        }
        if let Some(secret) = &secret {
            let secret = secret.expose_secret();
            if !(MIN_SECRET_BYTES..=MAX_SECRET_BYTES).contains(&secret.len()) {
                return Err(wrong(format!(
                    "its secret is not between {MIN_SECRET_BYTES} and {MAX_SECRET_BYTES} bytes long: a shorter one cannot be \
                     told from other text"
                )));
            }
            if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(wrong(
                    "its secret holds a space, a line break or what is no ASCII: check that it was copied whole"
                        .to_owned(),
                ));
            }
        }
        let (before, after) = (before.to_owned(), after.to_owned());
        Ok(Self { name, place, before, after, secret })
    }

    /// What a provider calls it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether there is a value to send.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.secret.is_some()
    }

    /// Whether it is the same secret, and goes to the same place in the same form.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let secrets = [self, other].map(|one| one.secret.as_ref().map(ExposeSecret::expose_secret));
        let forms = [self, other].map(|one| (&one.place, &one.before, &one.after));
        secrets[0] == secrets[1] && forms[0] == forms[1]
    }

    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    pub(crate) fn secret(&self) -> Option<&SecretString> {
        self.secret.as_ref()
    }

    /// What goes into a header; none where there is no secret.
    pub(crate) fn header_value(&self) -> Option<Zeroizing<Vec<u8>>> {
        let secret = self.secret.as_ref()?.expose_secret();
        // Room for all of it at once: growing would leave copies behind.
        let mut value = Zeroizing::new(Vec::with_capacity(self.before.len() + secret.len() + self.after.len()));
        for part in [&self.before, secret, &self.after] {
            value.extend_from_slice(part.as_bytes());
        }
        Some(value)
    }

    /// What goes into a query, as `name=value`, encoded; none where there is no secret or where it goes elsewhere.
    pub(crate) fn query_pair(&self, parameter: &str) -> Option<Zeroizing<String>> {
        let secret = self.secret.as_ref()?.expose_secret();
        let parts = [parameter, "=", &self.before, secret, &self.after];
        let mut pair = Zeroizing::new(String::with_capacity(3 * parts.iter().map(|part| part.len()).sum::<usize>()));
        for (index, part) in parts.into_iter().enumerate() {
            match index {
                1 => pair.push_str(part),
                _ => pair.extend(utf8_percent_encode(part, ENCODED)),
            }
        }
        Some(pair)
    }
}

fn checked(place: Place) -> Result<Place, String> {
    match place {
        Place::Header(name) => {
            let name = name.to_ascii_lowercase();
            if name.len() > MAX_NAME_BYTES || http::HeaderName::from_bytes(name.as_bytes()).is_err() {
                return Err(format!("`{}` is no name of a header", text::escape(&name, MAX_NAME_BYTES)));
            }
            if crate::header::belongs_to_connection(&name) {
                return Err(format!("the header `{name}` is one that the connection needs: name another"));
            }
            Ok(Place::Header(name))
        }
        Place::Query(name) => {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
            if name.is_empty() || name.len() > MAX_NAME_BYTES || !name.bytes().all(plain) {
                return Err(format!("`{}` is no name of a parameter", text::escape(&name, MAX_NAME_BYTES)));
            }
            Ok(Place::Query(name))
        }
    }
}

fn is_visible(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(format: &str, secret: &str) -> Result<Credential> {
        Credential::new("main", Place::Header("Authorization".into()), format, Some(secret.into()))
    }

    #[test]
    fn a_secret_goes_where_its_format_says() {
        let credential = header("Bearer {}", "sk-0123456789").unwrap();
        assert_eq!(*credential.place(), Place::Header("authorization".into()));
        assert_eq!(credential.header_value().unwrap().as_slice(), b"Bearer sk-0123456789");
        let query = Credential::new("main", Place::Query("key".into()), "{}", Some("a+b/c=d&e".into())).unwrap();
        assert_eq!(*query.query_pair("key").unwrap(), "key=a%2Bb%2Fc%3Dd%26e");
        let unset = Credential::new("main", Place::Query("key".into()), "{}", None).unwrap();
        assert!(!unset.is_set() && unset.query_pair("key").is_none() && unset.header_value().is_none());
    }

    #[test]
    fn what_could_not_be_sent_safely_is_refused_without_showing_it() {
        for (format, secret) in [
            ("Bearer", "sk-0123456789"),
            ("{} {}", "sk-0123456789"),
            ("Bearer\r\n{}", "sk-0123456789"),
            ("{}", "sk-0123"),
            ("{}", "sk-01234 56789"),
            ("{}", "sk-0123456789\n"),
            ("{}", "sk-0123456789ü"),
        ] {
            let error = header(format, secret).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(!format!("{error:?}").contains("0123"), "{error:?}");
        }
        for place in [
            Place::Header("host".into()),
            Place::Header("Content-Length".into()),
            Place::Header("a b".into()),
            Place::Header(String::new()),
            Place::Query("a&b".into()),
            Place::Query(String::new()),
        ] {
            assert!(Credential::new("main", place.clone(), "{}", None).is_err(), "{place:?}");
        }
    }

    #[test]
    fn nothing_shows_a_secret() {
        let shown = format!("{:?}", header("Bearer {}", "sk-0123456789").unwrap());
        assert!(!shown.contains("0123"), "{shown}");
    }
}
