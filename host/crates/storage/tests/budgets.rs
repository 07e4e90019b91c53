//! What was spent of budgets is what routing counts, over restarts.

use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use anyhow::{Result, bail};
use palisade_core::{Capability, ModelId, PicoUsd, ProviderId, Request, Scope, text_to_image};
use palisade_routing::{Budget, Budgets, Period, Refused, Reservation};
use palisade_storage::{Begin, Lease, Options, RequestHash, Storage};

/// A host that has just started.
struct Host {
    storage: Storage,
    budgets: Budgets,
    provider: ProviderId,
    model: ModelId,
}

impl Host {
    async fn start(folder: &Path) -> Result<Self> {
        let storage = Storage::open(folder.join("host.redb"), Options::default()).await?;
        let budget = |name: &str, capability, period| Budget {
            name: name.to_owned(),
            scope: None,
            capability,
            provider: None,
            limit: PicoUsd(1000),
            period,
        };
        let budgets = vec![
            budget("once", None, Period::FOREVER),
            // From 1970 to 2242, so that it doesn't end while the test runs.
            budget("pictures", Some(Capability::TextToImage), Period::every(Duration::from_secs(1 << 33))),
        ];
        let budgets = Budgets::new(budgets)?;
        budgets.restore(&storage.spent().await?, SystemTime::now());
        Ok(Self { storage, budgets, provider: "fal".parse()?, model: "flux".parse()? })
    }

    fn reserve(&self, high: u64) -> Result<Reservation, Refused> {
        let (scope, now) = (Scope::default(), SystemTime::now());
        self.budgets.reserve(&scope, Capability::TextToImage, &self.provider, Some(PicoUsd(high)), now)
    }

    /// Does everything up to the moment at which the provider is asked.
    async fn attempt(&self, key: &str, high: u64) -> Result<(Lease, Reservation)> {
        let request = RequestHash::of(&Request::from(text_to_image::Request::new(key)), &())?;
        let begin = self.storage.ledger().begin(&Scope::default(), key, request).await?;
        let Begin::New(mut lease) = begin else { bail!("{key}: {begin:?}") };
        let mut reservation = self.reserve(high)?;
        lease.attempt(&self.provider, &self.model, reservation.spent()).await?;
        reservation.submitted();
        Ok((lease, reservation))
    }

    fn spent(&self) -> Vec<u64> {
        self.budgets.spent().iter().map(|spent| spent.amount.0).collect()
    }
}

#[tokio::test]
async fn a_restart_finds_what_was_spent_and_what_may_have_been() {
    let folder = tempfile::tempdir().unwrap();
    let host = Host::start(folder.path()).await.unwrap();
    let (lease, reservation) = host.attempt("settled", 400).await.unwrap();
    lease.finished("a picture".into(), Some(PicoUsd(150))).await.unwrap();
    reservation.settle(Some(PicoUsd(150)));
    let (lease, reservation) = host.attempt("not billed", 300).await.unwrap();
    lease.failed_unbilled().await.unwrap();
    reservation.release();
    let (_lease, _reservation) = host.attempt("under way", 500).await.unwrap();
    assert_eq!(host.spent(), [650, 650]);
    host.storage.close().await.unwrap();

    let host = Host::start(folder.path()).await.unwrap();
    assert_eq!(host.spent(), [650, 650]);
    let refused = host.reserve(351).unwrap_err();
    assert_eq!((refused.budget.as_str(), refused.spent), ("once", PicoUsd(650)));
    host.reserve(350).unwrap().settle(None);
    assert_eq!(host.spent(), [1000, 1000]);
}
