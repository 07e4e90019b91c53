//! Hosts that keep to what their operator decides while they run.

use std::{
    collections::BTreeMap,
    sync::{Arc, Weak},
    time::{Duration, SystemTime},
};

use palisade_core::ProviderId;

use crate::{
    decisions::{Decided, Decisions, Quarantine},
    permissions::Permissions,
    route::Router,
    standing::Standing,
};

/// How often a host looks whether anything was decided.
const EVERY: Duration = Duration::from_secs(1);

/// Keeps to the decisions until the host is gone. Returns when those that were there before are in force.
pub(crate) async fn watch(decisions: Decisions, router: &Arc<Router>) {
    let mut watch = Watch { decisions, seen: None, quarantined: BTreeMap::new(), approved: BTreeMap::new() };
    watch.look(router).await;
    let router = Arc::downgrade(router);
    tokio::spawn(watch.keep_looking(router));
}

struct Watch {
    decisions: Decisions,
    /// When the file was changed that was read last.
    seen: Option<SystemTime>,
    /// Those that this has put there.
    quarantined: BTreeMap<ProviderId, Quarantine>,
    approved: BTreeMap<ProviderId, Permissions>,
}

impl Watch {
    async fn keep_looking(mut self, router: Weak<Router>) {
        loop {
            tokio::time::sleep(EVERY).await;
            let Some(router) = router.upgrade() else { return };
            self.look(&router).await;
        }
    }

    async fn look(&mut self, router: &Router) {
        self.read(router).await;
        // Each time: who was being loaded when something was approved may not know of it.
        let snapshot = router.supervisor.snapshot();
        for (id, approved) in &self.approved {
            if let Some(Ok(service)) = snapshot.entries.get(id).map(|entry| entry.service()) {
                service.approve(approved);
            }
        }
    }

    async fn read(&mut self, router: &Router) {
        let (decisions, seen) = (self.decisions.clone(), self.seen);
        let read = move || {
            let changed = decisions.changed_at();
            (changed != seen).then(|| (changed, decisions.read()))
        };
        let Ok(Some((changed, decided))) = tokio::task::spawn_blocking(read).await else { return };
        self.seen = changed;
        let Decided { quarantined, approved } = match decided {
            Ok(decided) => decided,
            Err(error) => {
                tracing::warn!(%error, "what was decided about providers cannot be read: what was in force stays");
                return;
            }
        };
        for (id, quarantine) in &quarantined {
            if self.quarantined.get(id) != Some(quarantine) {
                stand(router, id, Standing::from(quarantine.clone())).await;
            }
        }
        for id in self.quarantined.keys().filter(|id| !quarantined.contains_key(*id)) {
            stand(router, id, Standing::Live).await;
        }
        self.quarantined = quarantined;
        self.approved = approved;
    }
}

async fn stand(router: &Router, id: &ProviderId, standing: Standing) {
    if let Err(error) = router.supervisor.stand(id.clone(), standing).await {
        tracing::warn!(provider = %id, %error, "what was decided about a provider has no effect");
    }
}
