//! What one provider was granted: its rules, its credentials, and what must not leak of them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use palisade_core::{
    Error as HostError, ErrorKind, ProviderId, Result,
    http::{Error, Method},
    text,
};

use crate::{
    credential::{Credential, Place},
    rule::{Grant, Rule},
    secrets::Secrets,
    target::Target,
};

/// Most characters of a name that an error repeats.
const MAX_SHOWN: usize = 64;

/// All that one provider was granted. Made once, when it is registered, and shared by its calls.
#[derive(Debug)]
pub struct Grants {
    provider: ProviderId,
    rules: Vec<Rule>,
    secrets: Arc<Secrets>,
}

impl Grants {
    /// Checks what an operator granted to a provider. Nothing else is granted; none at all grants nothing.
    ///
    /// # Errors
    ///
    /// `config` with what to write instead.
    pub fn new(provider: ProviderId, grants: impl IntoIterator<Item = Grant>) -> Result<Self> {
        let rules = grants.into_iter().map(Rule::new).collect::<Result<Vec<_>>>()?;
        check_names(rules.iter().filter_map(Rule::credential))?;
        let secrets = Secrets::new(rules.iter().filter_map(|rule| rule.credential()?.secret()))?;
        Ok(Self { provider, rules, secrets: Arc::new(secrets) })
    }

    pub(crate) fn provider(&self) -> &ProviderId {
        &self.provider
    }

    pub(crate) fn secrets(&self) -> &Arc<Secrets> {
        &self.secrets
    }

    fn credentials(&self) -> impl Iterator<Item = &Credential> {
        self.rules.iter().filter_map(Rule::credential)
    }

    /// Whether a credential of this name has a value; none when it was not granted.
    pub(crate) fn has_credential(&self, name: &str) -> Option<bool> {
        self.credentials().find(|credential| credential.name() == name).map(Credential::is_set)
    }

    /// The name of each credential, and whether it has a value.
    pub(crate) fn names_of_credentials(&self) -> Vec<(String, bool)> {
        let named = self.credentials().map(|credential| (credential.name().to_owned(), credential.is_set()));
        // One may be lent at several addresses, and is the same at all of them.
        named.collect::<BTreeMap<_, _>>().into_iter().collect()
    }

    /// Whether the host puts a credential into the header of this name.
    pub(crate) fn binds_header(&self, name: &str) -> bool {
        self.credentials().any(|credential| matches!(credential.place(), Place::Header(bound) if bound == name))
    }

    /// Whether the host puts a credential into the parameter of this name.
    pub(crate) fn binds_parameter(&self, name: &str) -> bool {
        let bound = |credential: &Credential| matches!(credential.place(), Place::Query(bound) if bound.eq_ignore_ascii_case(name));
        self.credentials().any(bound)
    }

    /// The rule that lets this request out, and the credential to attach, when one is named.
    ///
    /// # Errors
    ///
    /// `Denied` with what was not granted.
    pub(crate) fn rule_for(
        &self,
        target: &Target,
        method: Method,
        credential: Option<&str>,
    ) -> Result<(&Rule, Option<&Credential>), Error> {
        let denied = |what: String| Err(Error::Denied(what));
        let origin = || format!("{}://{}", target.scheme.as_str(), target.authority());
        let rules: Vec<&Rule> = self.rules.iter().filter(|rule| rule.is_about(target)).collect();
        if rules.is_empty() {
            return denied(format!("`{}` was not granted to this provider", origin()));
        }
        let rules: Vec<&Rule> = rules.into_iter().filter(|rule| rule.allows_path(&target.path)).collect();
        if rules.is_empty() {
            return denied(format!("this path was not granted at `{}`", origin()));
        }
        let mut rules = rules.into_iter().filter(|rule| rule.allows_method(method)).peekable();
        let Some(&first) = rules.peek() else {
            return denied(format!("{method} was not granted at this path of `{}`", origin()));
        };
        let Some(name) = credential else { return Ok((first, None)) };
        let named =
            rules.find_map(|rule| Some((rule, rule.credential().filter(|credential| credential.name() == name)?)));
        match named {
            Some((rule, credential)) if credential.is_set() => Ok((rule, Some(credential))),
            Some(_) => denied(format!("the credential `{}` has no value", text::escape(name, MAX_SHOWN))),
            None => denied(format!("the credential `{}` was not granted there", text::escape(name, MAX_SHOWN))),
        }
    }
}

/// Refuses two credentials of one name: which of them a provider means would depend on the order of the rules.
fn check_names<'a>(credentials: impl Iterator<Item = &'a Credential>) -> Result<()> {
    let mut named = HashMap::new();
    for credential in credentials {
        if !named.entry(credential.name()).or_insert(credential).is_same(credential) {
            let name = text::escape(credential.name(), MAX_SHOWN);
            let message =
                format!("credential `{name}`: it is granted twice, and not as the same: give each its own name");
            return Err(HostError::new(ErrorKind::Config, message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grants() -> Grants {
        let credential = |name: &str, value: Option<&str>| {
            Some(
                Credential::new(name, Place::Header("authorization".into()), "Bearer {}", value.map(Into::into))
                    .unwrap(),
            )
        };
        let grants = [
            Grant { methods: vec![Method::Get], ..Grant::new("https://api.example.com/v1/models") },
            Grant {
                credential: credential("main", Some("sk-0123456789")),
                ..Grant::new("https://api.example.com/v1/*")
            },
            Grant { credential: credential("unset", None), ..Grant::new("https://api.example.com/v1/*") },
        ];
        Grants::new("a".parse().unwrap(), grants).unwrap()
    }

    fn denied(method: Method, url: &str, credential: Option<&str>) -> String {
        match grants().rule_for(&Target::parse(url).unwrap(), method, credential) {
            Err(Error::Denied(what)) => what,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_refusal_says_what_was_not_granted() {
        let (chat, models) = ("https://api.example.com/v1/chat", "https://api.example.com/v1/models");
        assert!(denied(Method::Get, "https://evil.example/", None).contains("`https://evil.example` was not granted"));
        assert!(denied(Method::Get, "https://api.example.com/v2", None).starts_with("this path"));
        assert!(denied(Method::Get, chat, Some("other")).contains("`other` was not granted"));
        assert!(denied(Method::Get, chat, Some("unset")).contains("has no value"));
        assert!(denied(Method::Get, chat, Some("\u{1b}[31m")).contains("\\u{1b}"));
        let only = Grant { methods: vec![Method::Get], ..Grant::new("https://api.example.com/*") };
        let only = Grants::new("a".parse().unwrap(), [only]).unwrap();
        let refused = only.rule_for(&Target::parse(models).unwrap(), Method::Post, None).unwrap_err();
        assert!(matches!(refused, Error::Denied(what) if what.starts_with("POST")));
    }

    #[test]
    fn the_rule_with_the_named_credential_is_found_behind_others() {
        let grants = grants();
        let target = Target::parse("https://api.example.com/v1/models").unwrap();
        let (_, credential) = grants.rule_for(&target, Method::Get, Some("main")).unwrap();
        assert_eq!(credential.unwrap().name(), "main");
        assert!(grants.rule_for(&target, Method::Get, None).unwrap().1.is_none());
        assert_eq!([grants.has_credential("main"), grants.has_credential("unset")], [Some(true), Some(false)]);
        assert_eq!(grants.has_credential("other"), None);
        assert_eq!(grants.names_of_credentials(), [("main".to_owned(), true), ("unset".to_owned(), false)]);
        assert!(grants.binds_header("authorization") && !grants.binds_header("accept"));
    }

    #[test]
    fn a_name_means_one_credential() {
        let credential = |place: &str, format: &str, secret: Option<&str>| {
            Credential::new("main", Place::Header(place.into()), format, secret.map(Into::into)).unwrap()
        };
        let first = || credential("authorization", "Bearer {}", Some("sk-0123456789"));
        let both = |second: Credential| {
            let at = |host: &str, credential| Grant {
                credential: Some(credential),
                ..Grant::new(format!("https://{host}.example.com/*"))
            };
            Grants::new("a".parse().unwrap(), [at("a", first()), at("b", second)])
        };
        assert_eq!(both(first()).unwrap().names_of_credentials().len(), 1, "it may be lent at two addresses");
        for other in [
            credential("authorization", "Bearer {}", Some("sk-9876543210")),
            credential("authorization", "Bearer {}", None),
            credential("authorization", "Key {}", Some("sk-0123456789")),
            credential("x-a", "Bearer {}", Some("sk-0123456789")),
        ] {
            let error = both(other).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.message().contains("`main`") && !error.message().contains("0123"), "{error}");
        }
    }

    #[test]
    fn nothing_shows_a_secret() {
        let shown = format!("{:?}", grants());
        assert!(shown.contains("Secrets(..)") && !shown.contains("0123456789"), "{shown}");
    }
}
