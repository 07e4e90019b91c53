//! What a provider reaches: what is granted, asked for and approved.
//!
//! ```text
//! Allow (address, credential by its source) ───────┐
//! Description (hosts, names of credentials) ───────┼─► Reach: what is in force ─► Outlet, for each call
//! Permissions (what was approved; none means all) ─┘
//! ```
//!
//! What a provider does not ask for in its catalogue is not in force, whatever is granted; nor is what it asks for more than
//! when it was approved.

use std::sync::Arc;

use arc_swap::ArcSwap;
use palisade_core::{
    Error, ProviderId, Result, Scope,
    catalogue::Description,
    http::{Outlet, Traffic},
};
use palisade_egress::{Egress, Grant, Grants};

use crate::{
    allow::{Allow, AllowStatus},
    permissions::Permissions,
};

/// What a provider can reach.
#[derive(Debug)]
pub(crate) struct Reach {
    egress: Egress,
    provider: ProviderId,
    asked: Permissions,
    granted: Vec<(Grant, AllowStatus)>,
    in_force: ArcSwap<InForce>,
}

/// What is in force, until more is approved.
#[derive(Debug)]
struct InForce {
    /// What was approved; none where all is that is asked for.
    approved: Option<Permissions>,
    grants: Arc<Grants>,
    status: Vec<AllowStatus>,
    awaits: Permissions,
}

impl Reach {
    /// What is granted, asked for and approved; none where nothing was granted. Where nobody keeps what was approved, all is.
    ///
    /// # Errors
    ///
    /// `config` for a grant that is wrong, or a credential that the provider does not ask for; `io` where a secret cannot be read.
    pub(crate) async fn new(
        egress: &Egress,
        provider: &ProviderId,
        allowed: &[Allow],
        description: &Description,
        approved: Option<Permissions>,
    ) -> Result<Option<Self>> {
        if allowed.is_empty() {
            return Ok(None);
        }
        let mut granted = Vec::new();
        for allow in allowed {
            let (grant, told) = allow.clone().grant(description).await?;
            // What is wrong is told also where it is not in force.
            let checked = Grants::new(provider.clone(), [grant.clone()]);
            checked.map_err(|error| Error::new(error.kind(), format!("`allow`: {}", error.message())))?;
            if !told.is_asked_for {
                tracing::warn!(%provider, url = grant.url, "the provider does not ask for what it is granted");
            }
            granted.push((grant, told));
        }
        let asked = Permissions::asked_for(description);
        let in_force = ArcSwap::from_pointee(InForce::new(provider, &asked, &granted, approved)?);
        Ok(Some(Self { egress: egress.clone(), provider: provider.clone(), asked, granted, in_force }))
    }

    /// The way out of a call. What leaves by it is counted in `traffic`.
    pub(crate) fn outlet(&self, scope: &Scope, traffic: &Arc<Traffic>) -> Outlet {
        let grants = Arc::clone(&self.in_force.load().grants);
        Outlet::new(self.egress.client(grants, scope.clone(), Arc::clone(traffic)))
    }

    /// Each grant, and whether it is in force.
    pub(crate) fn status(&self) -> Vec<AllowStatus> {
        self.in_force.load().status.clone()
    }

    /// What it asks for.
    pub(crate) fn asked(&self) -> &Permissions {
        &self.asked
    }

    /// What is granted and asked for, and not in force before it is approved.
    pub(crate) fn awaits(&self) -> Permissions {
        self.in_force.load().awaits.clone()
    }

    /// Puts in force what was approved, for calls from now on. Gives what waited for that.
    ///
    /// # Errors
    ///
    /// None that [`new`](Self::new) has not given.
    pub(crate) fn approve(&self, approved: &Permissions) -> Result<Permissions> {
        let before = self.in_force.load();
        // What is approved without anybody who keeps it is all there is.
        if before.approved.as_ref().is_none_or(|known| known == approved) {
            return Ok(Permissions::default());
        }
        let now = InForce::new(&self.provider, &self.asked, &self.granted, Some(approved.clone()))?;
        let let_in = before.awaits.beyond(&now.awaits);
        self.in_force.store(Arc::new(now));
        Ok(let_in)
    }
}

impl InForce {
    fn new(
        provider: &ProviderId,
        asked: &Permissions,
        granted: &[(Grant, AllowStatus)],
        approved: Option<Permissions>,
    ) -> Result<Self> {
        let (mut grants, mut status, mut awaits) = (Vec::new(), Vec::new(), Permissions::default());
        let known = approved.as_ref().unwrap_or(asked);
        for (grant, told) in granted {
            let mut grant = grant.clone();
            let is_approved = !told.is_asked_for || known.hosts.iter().any(|host| grant.is_for(host));
            status.push(AllowStatus { is_approved, ..told.clone() });
            if !told.is_asked_for {
                continue;
            }
            let refused = |credential: &palisade_egress::Credential| !known.credentials.contains(credential.name());
            if let Some(credential) = grant.credential.take_if(|credential| refused(credential)) {
                awaits.credentials.insert(credential.name().to_owned());
            }
            if is_approved {
                grants.push(grant);
            } else {
                awaits.hosts.extend(asked.hosts.iter().filter(|host| grant.is_for(host)).cloned());
            }
        }
        Ok(Self { approved, grants: Arc::new(Grants::new(provider.clone(), grants)?), status, awaits })
    }
}

#[cfg(test)]
mod tests {
    use palisade_core::{ErrorKind, http::Method};
    use palisade_egress::{Network, Place, Settings};

    use super::*;
    use crate::{allow::Lend, secret::Secret};

    fn description(hosts: &[&str], credentials: &[&str]) -> Description {
        let owned = |list: &[&str]| list.iter().map(|item| (*item).to_owned()).collect();
        Description { hosts: owned(hosts), credential_names: owned(credentials), ..Description::default() }
    }

    fn lending(name: Option<&str>) -> Allow {
        let (name, place) = (name.map(str::to_owned), Place::Header("authorization".to_owned()));
        let secret = Secret::Value("sk-0123456789".into());
        let lend = Lend { name, secret, place, format: "Bearer {}".to_owned() };
        Allow { credential: Some(lend), ..Allow::new("https://api.example.com/v1/*") }
    }

    async fn reach(allow: &[Allow], asks: &Description, approved: Option<Permissions>) -> Result<Reach> {
        let egress = Egress::new(Settings::default(), Network::default()).unwrap();
        Reach::new(&egress, &"p".parse().unwrap(), allow, asks, approved).await.map(Option::unwrap)
    }

    async fn all(allow: Allow, asks: &Description) -> Result<Reach> {
        reach(&[allow], asks, None).await
    }

    /// Why a request there is refused.
    async fn refusal(reach: &Reach, url: &str, credential: Option<&str>) -> String {
        let outlet = reach.outlet(&Scope::new("a"), &Arc::default());
        let mut request = palisade_core::http::Request::new(Method::Get, url);
        request.credential = credential.map(str::to_owned);
        outlet.client().unwrap().send(request).await.unwrap_err().to_string()
    }

    fn has(reach: &Reach, credential: &str) -> Option<bool> {
        reach.outlet(&Scope::new("a"), &Arc::default()).client().unwrap().has_credential(credential)
    }

    #[tokio::test]
    async fn what_is_granted_is_cut_by_what_is_asked_for() {
        let asks = description(&["API.example.com"], &["api-key"]);
        let status = all(lending(None), &asks).await.unwrap().status().remove(0);
        let expected = AllowStatus {
            url: "https://api.example.com/v1/*".to_owned(),
            methods: vec![],
            credential: Some("api-key".to_owned()),
            is_set: Some(true),
            is_asked_for: true,
            is_approved: true,
        };
        assert_eq!(status, expected);
        let elsewhere = all(lending(None), &description(&["example.com"], &["api-key"])).await.unwrap();
        assert!(!elsewhere.status()[0].is_asked_for);
        let refused = refusal(&elsewhere, "https://api.example.com/v1/models", None).await;
        assert!(refused.contains("was not granted"), "{refused}");
        assert_eq!(has(&elsewhere, "api-key"), None);
    }

    #[tokio::test]
    async fn what_is_asked_for_more_is_in_force_when_it_is_approved() {
        let before = description(&["api.example.com"], &["api-key"]);
        let now = description(&["api.example.com", "other.example.com", "third.example.com"], &["api-key"]);
        let granted = [lending(None), Allow::new("https://other.example.com/*")];
        let reach = reach(&granted, &now, Some(Permissions::asked_for(&before))).await.unwrap();
        let awaits = |reach: &Reach| (reach.awaits(), reach.status().iter().map(|status| status.is_approved).collect());
        // What nobody grants waits for nothing.
        let other = Permissions::asked_for(&description(&["other.example.com"], &[]));
        assert_eq!(awaits(&reach), (other.clone(), vec![true, false]));
        assert_eq!(has(&reach, "api-key"), Some(true));
        let refused = refusal(&reach, "https://other.example.com/", None).await;
        assert!(refused.contains("was not granted"), "{refused}");

        assert_eq!(reach.approve(&Permissions::asked_for(&before)).unwrap(), Permissions::default());
        assert_eq!(reach.approve(&Permissions::asked_for(&now)).unwrap(), other);
        assert_eq!(awaits(&reach), (Permissions::default(), vec![true, true]));
        // Only now is it looked at closer.
        let refused = refusal(&reach, "https://other.example.com/", Some("api-key")).await;
        assert!(refused.contains("`api-key` was not granted there"), "{refused}");
    }

    #[tokio::test]
    async fn a_credential_under_a_new_name_is_not_lent_before_it_is_approved() {
        let (before, now) =
            (description(&["api.example.com"], &["key"]), description(&["api.example.com"], &["admin"]));
        let reach = reach(&[lending(None)], &now, Some(Permissions::asked_for(&before))).await.unwrap();
        assert_eq!(reach.awaits(), Permissions::asked_for(&description(&[], &["admin"])));
        assert_eq!((has(&reach, "admin"), reach.status()[0].is_approved), (None, true));
        let refused = refusal(&reach, "https://api.example.com/v1/models", Some("admin")).await;
        assert!(refused.contains("`admin` was not granted"), "{refused}");
        reach.approve(reach.asked()).unwrap();
        assert_eq!((has(&reach, "admin"), reach.awaits().is_empty()), (Some(true), true));
    }

    #[tokio::test]
    async fn a_credential_has_the_name_that_the_provider_gives_it() {
        let two = description(&["api.example.com"], &["first", "second"]);
        let name = async |name| Ok::<_, Error>(all(lending(name), &two).await?.status().remove(0).credential);
        assert_eq!(name(Some("second")).await.unwrap().as_deref(), Some("second"));
        for (allow, asks, expected) in [
            (lending(None), &two, "`name` first or second"),
            (lending(Some("third")), &two, "name one of first, second"),
            (lending(None), &description(&["api.example.com"], &[]), "asks for no credential"),
            (Allow::new("https://*"), &two, "a bare `*` would grant everything"),
        ] {
            let error = all(allow, asks).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.message().contains(expected), "{expected:?} is not in {error}");
        }
    }

    #[tokio::test]
    async fn a_secret_is_shown_nowhere() {
        let reach = all(lending(None), &description(&["api.example.com"], &["api-key"])).await.unwrap();
        for shown in [format!("{reach:?}"), format!("{:?}", lending(None))] {
            assert!(!shown.contains("0123"), "{shown}");
        }
    }
}
