//! What an operator lets a provider reach, and which credentials it is lent.
//!
//! ```text
//! Allow (address, credential by its source) ─┐
//! Description (hosts, names of credentials) ─┴─► Reach: what is granted and asked for ─► Outlet, for each call
//! ```
//!
//! What a provider does not ask for in its catalogue is not in force, whatever is granted.

use std::{fmt, io, net::SocketAddr, path::PathBuf, sync::Arc};

use palisade_core::{
    Error, ErrorKind, ProviderId, Result, Scope,
    catalogue::Description,
    http::{Method, Outlet, Traffic},
};
use palisade_egress::{Credential, Egress, Grant, Grants, Place, Rate};
use secrecy::SecretString;
use serde::Serialize;

/// Most bytes of a file that holds a secret.
const MAX_FILE_BYTES: u64 = 64 << 10;

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

/// Where a secret comes from. Read when the provider is loaded.
#[derive(Clone)]
pub enum Secret {
    /// It is this.
    Value(SecretString),
    /// This variable of the environment. Where it is not set, the credential has no value, and requests that name it are refused.
    Environment(String),
    /// The text of this file, without the line break at its end.
    File(PathBuf),
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(_) => formatter.write_str("Value(..)"),
            Self::Environment(name) => write!(formatter, "Environment({name})"),
            Self::File(path) => write!(formatter, "File({})", path.display()),
        }
    }
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
}

/// What a provider can reach.
#[derive(Debug, Clone)]
pub(crate) struct Reach {
    egress: Egress,
    grants: Arc<Grants>,
    pub(crate) status: Vec<AllowStatus>,
}

impl Reach {
    /// What is granted and asked for; none where nothing was granted.
    ///
    /// # Errors
    ///
    /// `config` for a grant that is wrong, or a credential that the provider does not ask for; `io` where a secret cannot be read.
    pub(crate) async fn new(
        egress: &Egress,
        provider: &ProviderId,
        allowed: &[Allow],
        description: &Description,
    ) -> Result<Option<Self>> {
        if allowed.is_empty() {
            return Ok(None);
        }
        let (mut grants, mut status) = (Vec::new(), Vec::new());
        for allow in allowed {
            let (grant, told) = grant(allow, description).await?;
            // What is wrong is told also where it is not in force.
            let checked = Grants::new(provider.clone(), [grant.clone()]);
            checked.map_err(|error| Error::new(error.kind(), format!("`allow`: {}", error.message())))?;
            if told.is_asked_for {
                grants.push(grant);
            } else {
                tracing::warn!(%provider, url = allow.url, "the provider does not ask for what it is granted");
            }
            status.push(told);
        }
        Ok(Some(Self { egress: egress.clone(), grants: Arc::new(Grants::new(provider.clone(), grants)?), status }))
    }

    /// The way out of a call. What leaves by it is counted in `traffic`.
    pub(crate) fn outlet(&self, scope: &Scope, traffic: &Arc<Traffic>) -> Outlet {
        Outlet::new(self.egress.client(Arc::clone(&self.grants), scope.clone(), Arc::clone(traffic)))
    }
}

async fn grant(allow: &Allow, description: &Description) -> Result<(Grant, AllowStatus)> {
    let Allow { url, methods, credential, rate, allow_private } = allow.clone();
    let credential = match credential {
        Some(lend) => Some(lent(lend, description).await?),
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
    };
    Ok((grant, status))
}

async fn lent(lend: Lend, description: &Description) -> Result<Credential> {
    let asked = &description.credential_names;
    let wrong = |what: String| Err(Error::new(ErrorKind::Config, format!("`allow`: {what}")));
    let name = match (lend.name, asked.as_slice()) {
        (Some(name), _) if asked.contains(&name) => name,
        (None, [only]) => only.clone(),
        (_, []) => return wrong("the provider asks for no credential: take it away".to_owned()),
        (Some(_), _) => {
            return wrong(format!("the provider does not ask for this credential: name one of {}", asked.join(", ")));
        }
        (None, _) => {
            return wrong(format!(
                "the provider asks for several credentials: give it the `name` {}",
                asked.join(" or ")
            ));
        }
    };
    Credential::new(name, lend.place, &lend.format, read(lend.secret).await?)
}

/// The secret itself; none where nobody has set it.
async fn read(secret: Secret) -> Result<Option<SecretString>> {
    match secret {
        Secret::Value(value) => Ok(Some(value)),
        Secret::Environment(name) => {
            Ok(std::env::var(name).ok().filter(|value| !value.is_empty()).map(SecretString::from))
        }
        Secret::File(path) => {
            let failed = |error: io::Error| {
                let message = format!("cannot read the secret in `{}`", path.display());
                Error::new(ErrorKind::Io, message).with_source(error)
            };
            let length = tokio::fs::metadata(&path).await.map_err(failed)?.len();
            if length > MAX_FILE_BYTES {
                return Err(failed(io::Error::other(format!("it has {length} bytes, and a secret has fewer"))));
            }
            let text = tokio::fs::read_to_string(&path).await.map_err(failed)?;
            let text = zeroize::Zeroizing::new(text);
            Ok(Some(SecretString::from(text.trim_end_matches(['\r', '\n']))))
        }
    }
}

#[cfg(test)]
mod tests {
    use palisade_egress::{Network, Settings};

    use super::*;

    fn description(hosts: &[&str], credentials: &[&str]) -> Description {
        let owned = |list: &[&str]| list.iter().map(|item| (*item).to_owned()).collect();
        Description { hosts: owned(hosts), credential_names: owned(credentials), ..Description::default() }
    }

    fn lending(name: Option<&str>, secret: Secret) -> Allow {
        let (name, place) = (name.map(str::to_owned), Place::Header("authorization".to_owned()));
        let lend = Lend { name, secret, place, format: "Bearer {}".to_owned() };
        Allow { credential: Some(lend), ..Allow::new("https://api.example.com/v1/*") }
    }

    fn value() -> Secret {
        Secret::Value("sk-0123456789".into())
    }

    async fn reach(allow: Allow, description: &Description) -> Result<Reach> {
        let egress = Egress::new(Settings::default(), Network::default()).unwrap();
        Reach::new(&egress, &"p".parse().unwrap(), &[allow], description).await.map(Option::unwrap)
    }

    #[tokio::test]
    async fn what_is_granted_is_cut_by_what_is_asked_for() {
        let asks = description(&["API.example.com"], &["api-key"]);
        let status = reach(lending(None, value()), &asks).await.unwrap().status.remove(0);
        let expected = AllowStatus {
            url: "https://api.example.com/v1/*".to_owned(),
            methods: vec![],
            credential: Some("api-key".to_owned()),
            is_set: Some(true),
            is_asked_for: true,
        };
        assert_eq!(status, expected);
        let elsewhere = reach(lending(None, value()), &description(&["example.com"], &["api-key"])).await.unwrap();
        assert!(!elsewhere.status[0].is_asked_for);
        let client = elsewhere.outlet(&Scope::new("a"), &Arc::default());
        let request = palisade_core::http::Request::new(Method::Get, "https://api.example.com/v1/models");
        let refused = client.client().unwrap().send(request).await.unwrap_err();
        assert!(refused.to_string().contains("was not granted"), "{refused}");
        assert_eq!(client.client().unwrap().has_credential("api-key"), None);
    }

    #[tokio::test]
    async fn a_credential_has_the_name_that_the_provider_gives_it() {
        let two = description(&["api.example.com"], &["first", "second"]);
        let name = async |name| Ok::<_, Error>(reach(lending(name, value()), &two).await?.status.remove(0).credential);
        assert_eq!(name(Some("second")).await.unwrap().as_deref(), Some("second"));
        for (allow, asks, expected) in [
            (lending(None, value()), &two, "`name` first or second"),
            (lending(Some("third"), value()), &two, "name one of first, second"),
            (lending(None, value()), &description(&["api.example.com"], &[]), "asks for no credential"),
            (Allow::new("https://*"), &two, "a bare `*` would grant everything"),
        ] {
            let error = reach(allow, asks).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.message().contains(expected), "{expected:?} is not in {error}");
        }
    }

    #[tokio::test]
    async fn a_secret_is_read_from_where_it_is_and_shown_nowhere() {
        let asks = description(&["api.example.com"], &["api-key"]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let is_set = async |secret| reach(lending(None, secret), &asks).await.map(|reach| reach.status[0].is_set);
        assert_eq!(
            is_set(Secret::Environment("PALISADE_TEST_NOBODY_SETS_THIS".to_owned())).await.unwrap(),
            Some(false)
        );
        assert_eq!(is_set(Secret::File(path.clone())).await.unwrap_err().kind(), ErrorKind::Io);
        std::fs::write(&path, "sk-0123456789\r\n").unwrap();
        assert_eq!(is_set(Secret::File(path.clone())).await.unwrap(), Some(true));
        std::fs::write(&path, vec![b'x'; 1 << 20]).unwrap();
        assert!(is_set(Secret::File(path)).await.is_err());
        let reach = reach(lending(None, value()), &asks).await.unwrap();
        for shown in [format!("{reach:?}"), format!("{:?}", lending(None, value()))] {
            assert!(!shown.contains("0123"), "{shown}");
        }
    }
}
