//! What the operator grants: an address, and what may be done there. Nothing is granted that no rule names.

use std::{net::SocketAddr, num::NonZero, time::Duration};

use palisade_core::{Error, ErrorKind, Result, http::Method, text};

use crate::{
    address,
    credential::Credential,
    name,
    target::{Host, Scheme, Target},
};

/// Most characters of an address that an error repeats.
const MAX_SHOWN: usize = 200;

/// Longest time over which requests are counted. What holds for longer is a budget.
const LONGEST_RATE: Duration = Duration::from_secs(24 * 60 * 60);

/// A grant, as an operator writes it.
///
/// | `url` | grants |
/// |---|---|
/// | `https://api.example.com/v1/*` | all below `/v1/` |
/// | `https://api.example.com/v1/chat` | this path alone, with any query |
/// | `https://*.example.com/*` | all of each host one label below: `a.example.com`, and not `a.b.example.com` |
/// | `https://api.example.com:8443/*` | this port; without one, that of the scheme |
/// | `http://127.0.0.1:11434/v1/*` | with `allow_private = ["127.0.0.1:11434"]`: a server of one's own |
#[derive(Debug, Clone)]
pub struct Grant {
    /// The addresses.
    pub url: String,
    /// What may be done there; empty for everything.
    pub methods: Vec<Method>,
    /// What is attached when the provider names it.
    pub credential: Option<Credential>,
    /// How many requests there may be.
    pub rate: Option<Rate>,
    /// Where the host is, when it is a server of the operator's own: requests go to these addresses and nowhere else,
    /// whatever a resolver would say, and need not be encrypted.
    pub allow_private: Vec<SocketAddr>,
}

impl Grant {
    /// Everything at these addresses, without a credential.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), methods: Vec::new(), credential: None, rate: None, allow_private: Vec::new() }
    }
}

impl Grant {
    /// Whether it is about the host that a provider asks for: `api.example.com`, `*.example.com` or `127.0.0.1:8080`, in any case.
    #[must_use]
    pub fn is_for(&self, asked: &str) -> bool {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or_default();
        let host = authority
            .rsplit_once(':')
            .filter(|(_, port)| port.parse::<u16>().is_ok())
            .map_or(authority, |(host, _)| host);
        [authority, host].iter().any(|own| own.eq_ignore_ascii_case(asked))
    }
}

/// So many requests in so much time, and as many at once. Of each provider, scope and host by itself; the hosts of a `*` count
/// as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    /// How many.
    pub requests: NonZero<u32>,
    /// In this time, of at most a day.
    pub per: Duration,
}

/// A grant that was checked.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    scheme: Scheme,
    host: HostRule,
    port: u16,
    path: PathRule,
    grant: Grant,
}

/// Which hosts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum HostRule {
    Exact(Host),
    /// Exactly one label, and then this.
    OneLabelBelow(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum PathRule {
    Exact(String),
    /// What begins so; ends with a slash.
    Below(String),
}

impl Rule {
    /// Checks a grant.
    ///
    /// # Errors
    ///
    /// `config` with what to write instead.
    pub(crate) fn new(grant: Grant) -> Result<Self> {
        let shown = text::escape(&grant.url, MAX_SHOWN);
        Self::read(grant).map_err(|reason| Error::new(ErrorKind::Config, format!("url `{shown}`: {reason}")))
    }

    fn read(grant: Grant) -> Result<Self, String> {
        if matches!(grant.url.rsplit("://").next(), Some("*" | "*/" | "*/*")) {
            return Err("a bare `*` would grant everything: name each host".to_owned());
        }
        let (below, text) = match grant.url.strip_suffix('*') {
            Some(text) if text.ends_with('/') => (true, text),
            Some(_) => return Err("a `*` at the end stands after a slash, as in `/v1/*`".to_owned()),
            None => (false, grant.url.as_str()),
        };
        let (one_label, text) = match text.split_once("://*.") {
            Some((scheme, rest)) => (true, format!("{scheme}://{rest}")),
            None => (false, text.to_owned()),
        };
        if text.contains('*') {
            return Err(
                "a `*` stands for the first label of a host, as in `https://*.example.com/*`, or for the rest of a \
                        path; name each host"
                    .to_owned(),
            );
        }
        let target = Target::read(&text).map_err(|reason| format!("it {reason}"))?;
        if text.split_once("://").is_some_and(|(_, rest)| !rest.contains('/')) {
            return Err("it names no path: end it with `/*` to grant all of them".to_owned());
        }
        if target.query.is_some() {
            return Err("it has a query: a path is granted with any query".to_owned());
        }
        let path = if below { PathRule::Below(target.path) } else { PathRule::Exact(target.path) };
        let host = match (one_label, target.host) {
            (false, host) => HostRule::Exact(host),
            (true, Host::Name(name)) if name.contains('.') => HostRule::OneLabelBelow(name),
            (true, _) => return Err("after `*.` there have to be two labels or more, as in `*.example.com`".to_owned()),
        };
        let rule = Self { scheme: target.scheme, host, port: target.port, path, grant };
        rule.check_place()?;
        rule.check_private()?;
        if rule.grant.rate.is_some_and(|rate| rate.per.is_zero() || rate.per > LONGEST_RATE) {
            return Err("the time of a rate is neither zero nor longer than a day".to_owned());
        }
        Ok(rule)
    }

    /// Refuses a grant of what is never reached that way.
    fn check_place(&self) -> Result<(), String> {
        const REMEDY: &str = "name its sockets in `allow_private`, such as `allow_private = [\"127.0.0.1:8080\"]`";
        let own = !self.grant.allow_private.is_empty();
        match &self.host {
            HostRule::Exact(Host::Name(name)) | HostRule::OneLabelBelow(name) => match name::kind(name) {
                name::Kind::Metadata => return Err("it names where a cloud keeps credentials of machines".to_owned()),
                name::Kind::Local if !own => return Err(format!("it names a host of a local network: {REMEDY}")),
                _ => {}
            },
            HostRule::Exact(Host::Address(address)) if !own && !address::is_global(*address) => {
                return Err(format!("its address is not public: {REMEDY}"));
            }
            HostRule::Exact(Host::Address(_)) => {}
        }
        if self.scheme == Scheme::Http && !own {
            return Err(format!(
                "only a server of your own may be reached without encryption: write `https`, or {REMEDY}"
            ));
        }
        Ok(())
    }

    fn check_private(&self) -> Result<(), String> {
        for place in &self.grant.allow_private {
            if address::is_global(place.ip()) {
                return Err(format!("`{place}` of `allow_private` is public: leave it out"));
            }
            if !address::may_be_private_server(place.ip()) {
                return Err(format!(
                    "`{place}` of `allow_private` is neither of this machine nor of a private network, or is where a cloud \
                     keeps credentials: name a server of your own"
                ));
            }
            if place.port() != self.port {
                return Err(format!(
                    "`{place}` of `allow_private` has another port than the address: write {}",
                    self.port
                ));
            }
            if let HostRule::Exact(Host::Address(address)) = &self.host
                && *address != place.ip()
            {
                return Err(format!("`{place}` of `allow_private` is another address: name the same one twice"));
            }
        }
        Ok(())
    }

    /// Whether this is an address of the host that the rule is about.
    pub(crate) fn is_about(&self, target: &Target) -> bool {
        let host = match (&self.host, &target.host) {
            (HostRule::Exact(rule), host) => rule == host,
            (HostRule::OneLabelBelow(parent), Host::Name(name)) => {
                name.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest == parent)
            }
            (HostRule::OneLabelBelow(_), Host::Address(_)) => false,
        };
        host && self.scheme == target.scheme && self.port == target.port
    }

    pub(crate) fn allows_path(&self, path: &str) -> bool {
        match &self.path {
            PathRule::Exact(exact) => path == exact,
            PathRule::Below(prefix) => path.starts_with(prefix.as_str()),
        }
    }

    pub(crate) fn allows_method(&self, method: Method) -> bool {
        self.grant.methods.is_empty() || self.grant.methods.contains(&method)
    }

    pub(crate) fn credential(&self) -> Option<&Credential> {
        self.grant.credential.as_ref()
    }

    pub(crate) fn rate(&self) -> Option<Rate> {
        self.grant.rate
    }

    pub(crate) fn host(&self) -> &HostRule {
        &self.host
    }

    /// Where the host is, when the operator has said so; empty for a host of the public internet.
    pub(crate) fn own_places(&self) -> &[SocketAddr] {
        &self.grant.allow_private
    }
}

#[cfg(test)]
#[path = "rule_tests.rs"]
mod tests;
