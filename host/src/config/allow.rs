//! `allow`: what a provider may reach, and with which credential.

use std::{net::SocketAddr, num::NonZero, path::Path};

use palisade_core::http::Method;
use palisade_egress::{Place, Rate};
use serde::Deserialize;

use crate::{
    allow::{Allow, Lend},
    keyring,
    secret::Secret,
    units::Time,
};

/// One of `allow` of a provider.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct AllowTable {
    url: String,
    #[serde(default)]
    methods: Vec<String>,
    credential: Option<CredentialTable>,
    rate: Option<RateTable>,
    #[serde(default)]
    allow_private: Vec<SocketAddr>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CredentialTable {
    name: Option<String>,
    secret: String,
    header: Option<String>,
    query: Option<String>,
    #[serde(default = "plain")]
    format: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RateTable {
    requests: NonZero<u32>,
    per: Time,
}

impl AllowTable {
    pub(super) fn allow(self, folder: &Path) -> Result<Allow, String> {
        let wrong = |reason: String| format!("allow `{}`: {reason}", palisade_core::text::escape(&self.url, 200));
        let method = |name: &String| {
            let known = || Method::ALL.map(Method::as_str).join(", ");
            Method::of(name)
                .ok_or_else(|| wrong(format!("`{}` is none of {}", palisade_core::text::escape(name, 20), known())))
        };
        let methods = self.methods.iter().map(method).collect::<Result<_, _>>()?;
        let credential = self.credential.map(|table| table.lend(folder)).transpose().map_err(wrong)?;
        let rate = self.rate.map(|RateTable { requests, per }| Rate { requests, per: per.0 });
        Ok(Allow { url: self.url, methods, credential, rate, allow_private: self.allow_private })
    }
}

impl CredentialTable {
    fn lend(self, folder: &Path) -> Result<Lend, String> {
        let secret = match self.secret.split_once(':') {
            Some(("env", name)) if !name.is_empty() => Secret::Environment(name.to_owned()),
            Some(("file", path)) if !path.is_empty() => Secret::File(folder.join(path)),
            Some(("keyring", name)) if keyring::check_name(name).is_ok() => Secret::Keyring(name.to_owned()),
            // Not repeated: it may be the secret itself.
            _ => {
                return Err(
                    "`secret` says where the secret is, and is none itself: write \"env:NAME\" for a variable, \
                            \"file:PATH\", or \"keyring:NAME\""
                        .to_owned(),
                );
            }
        };
        let place = match (self.header, self.query) {
            (Some(header), None) => Place::Header(header),
            (None, Some(parameter)) => Place::Query(parameter),
            _ => return Err("`credential` has either a `header` or a `query`, in which it is sent".to_owned()),
        };
        Ok(Lend { name: self.name, secret, place, format: self.format })
    }
}

fn plain() -> String {
    "{}".to_owned()
}

/// The message of an error about a configuration, without the line that it is about where that may hold a secret.
pub(super) fn message(error: &toml::de::Error, text: &str) -> String {
    let line = error.span().map(|span| {
        let before = text.get(..span.start).unwrap_or(text);
        (before.matches('\n').count(), span)
    });
    match line {
        Some((number, span)) => {
            let from = text.get(..span.start).and_then(|before| before.rfind('\n')).unwrap_or_default();
            let to = text.get(span.end..).and_then(|after| after.find('\n')).map_or(text.len(), |end| span.end + end);
            let about = text.get(from..to).unwrap_or_default();
            if about.contains("secret") || about.contains("credential") {
                return format!("line {}: {}", number + 1, error.message().trim_end());
            }
            error.to_string().trim_end().to_owned()
        }
        None => error.to_string().trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use palisade_core::Result;

    use super::*;
    use crate::Config;

    fn parse(allow: &str) -> Result<Allow> {
        let text = format!("[providers.a]\ncomponent = \"a\"\n[[providers.a.allow]]\n{allow}");
        Config::parse(&text, Path::new("folder")).map(|config| config.registrations[0].1.allowed[0].clone())
    }

    #[test]
    fn a_grant_is_read() {
        let allow = parse(
            "url = \"https://api.example.com/v1/*\"\nmethods = [\"POST\"]\nrate = { requests = 60, per = \"1m\" }\n\
             credential = { secret = \"file:keys/a\", header = \"authorization\", format = \"Bearer {}\" }\n",
        )
        .unwrap();
        assert_eq!((allow.url.as_str(), allow.methods), ("https://api.example.com/v1/*", vec![Method::Post]));
        assert_eq!(allow.rate.unwrap().per, std::time::Duration::from_secs(60));
        let lend = allow.credential.unwrap();
        assert!(matches!(&lend.secret, Secret::File(path) if path == Path::new("folder/keys/a")));
        assert_eq!((lend.place, lend.format.as_str()), (Place::Header("authorization".to_owned()), "Bearer {}"));
        let kept =
            parse("url = \"https://a.example/*\"\ncredential = { secret = \"keyring:a b\", header = \"a\" }").unwrap();
        assert!(matches!(&kept.credential.unwrap().secret, Secret::Keyring(name) if name == "a b"));
        let own = parse("url = \"http://127.0.0.1:8080/*\"\nallow-private = [\"127.0.0.1:8080\"]").unwrap();
        assert_eq!(own.allow_private, ["127.0.0.1:8080".parse().unwrap()]);
    }

    #[test]
    fn a_secret_in_the_file_is_refused_and_never_repeated() {
        for (credential, expected) in [
            ("{ secret = \"sk-0123456789\", header = \"a\" }", "write \"env:NAME\""),
            ("{ secret = \"keyring:\", header = \"a\" }", "write \"env:NAME\""),
            ("{ secret = \"sk:0123456789\", header = \"a\" }", "write \"env:NAME\""),
            ("{ secret = \"sk-0123456789\", hedaer = \"a\" }", "unknown field `hedaer`"),
            ("{ secret = [\"sk-0123456789\"] }", "line 5"),
            ("{ secret = \"env:A\" }", "either a `header` or a `query`"),
            ("{ secret = \"env:A\", header = \"a\", query = \"b\" }", "either a `header` or a `query`"),
        ] {
            let error = parse(&format!("url = \"https://a.example/*\"\ncredential = {credential}")).unwrap_err();
            assert!(error.message().contains(expected), "{expected:?} is not in {:?}", error.message());
            assert!(!format!("{error:?}").contains("0123"), "{error:?}");
        }
        let error = parse("url = \"https://a.example/*\"\nmethods = [\"CONNECT\"]").unwrap_err();
        assert!(error.message().contains("`CONNECT` is none of GET, HEAD"), "{error}");
    }
}
