//! What an operator lets a provider reach, and which credentials it is lent.

use std::net::SocketAddr;

use palisade_core::{Error, ErrorKind, Result, catalogue::Description, http::Method};
use palisade_egress::{Credential, Grant, Place, Rate};
use serde::Serialize;

use crate::secret::Secret;

/// Addresses that a provider may reach, and the credential that the host attaches there.
#[derive(Debug, Clone)]
pub struct Allow {
    /// The addresses: `https://api.example.com/v1/*`, a path alone, or `https://*.example.com/*` for hosts one label below.
    pub url: String,
    /// What may be done there; empty for everything.
    pub methods: Vec<Method>,
    /// What is attached when the provider names it.
    pub credential: Option<Lend>,
    /// How many requests there may be, for each scope.
    pub rate: Option<Rate>,
    /// Where the host is, when it is a server of the operator's own: requests go to these sockets and nowhere else.
    pub allow_private: Vec<SocketAddr>,
}

impl Allow {
    /// Everything at these addresses, without a credential.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), methods: Vec::new(), credential: None, rate: None, allow_private: Vec::new() }
    }
}

/// A credential that is lent to a provider: it names it, and never sees it.
#[derive(Debug, Clone)]
pub struct Lend {
    /// What the provider calls it; none where it asks for one only.
    pub name: Option<String>,
    /// Where the secret comes from.
    pub secret: Secret,
    /// Where in a request it goes.
    pub place: Place,
    /// How it stands there: `Bearer {}`.
    pub format: String,
}

/// What an operator grants, beside what the provider asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AllowStatus {
    /// The addresses.
    pub url: String,
    /// What may be done there; empty for everything.
    pub methods: Vec<&'static str>,
    /// What the provider calls the credential that is attached there.
    pub credential: Option<String>,
    /// Whether that has a value; none without a credential.
    pub is_set: Option<bool>,
    /// Whether the provider asks for this host: else it is not in force.
    pub is_asked_for: bool,
    /// Whether it was approved that it asks for this host: else it is not in force.
    pub is_approved: bool,
}

impl Allow {
    /// The grant, with its credential, and what there is to say of it while nothing waits for approval.
    ///
    /// # Errors
    ///
    /// `config` for a credential that the provider does not ask for; `io` where a secret cannot be read.
    pub(crate) async fn grant(self, description: &Description) -> Result<(Grant, AllowStatus)> {
        let Self { url, methods, credential, rate, allow_private } = self;
        let credential = match credential {
            Some(lend) => Some(lend.credential(description).await?),
            None => None,
        };
        let (name, is_set) =
            credential.as_ref().map(|credential| (credential.name().to_owned(), credential.is_set())).unzip();
        let grant = Grant { url, methods, credential, rate, allow_private };
        let status = AllowStatus {
            url: grant.url.clone(),
            methods: grant.methods.iter().map(|method| method.as_str()).collect(),
            credential: name,
            is_set,
            is_asked_for: description.hosts.iter().any(|asked| grant.is_for(asked)),
            is_approved: true,
        };
        Ok((grant, status))
    }
}

impl Lend {
    async fn credential(self, description: &Description) -> Result<Credential> {
        let asked = &description.credential_names;
        let wrong = |what: String| Err(Error::new(ErrorKind::Config, format!("`allow`: {what}")));
        let name = match (self.name, asked.as_slice()) {
            (Some(name), _) if asked.contains(&name) => name,
            (None, [only]) => only.clone(),
            (_, []) => return wrong("the provider asks for no credential: take it away".to_owned()),
            (Some(_), _) => {
                return wrong(format!(
                    "the provider does not ask for this credential: name one of {}",
                    asked.join(", ")
                ));
            }
            (None, _) => {
                return wrong(format!(
                    "the provider asks for several credentials: give it the `name` {}",
                    asked.join(" or ")
                ));
            }
        };
        Credential::new(name, self.place, &self.format, self.secret.read().await?)
    }
}
