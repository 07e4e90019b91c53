//! Looks in the background whether somebody has become slow.

use std::{
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use palisade_routing::Slow;

use crate::route::Router;

/// How often. One look at all endpoints takes about as long as one call.
const EVERY: Duration = Duration::from_secs(5);

/// Looks until the host is gone.
pub(crate) fn watch(router: &Arc<Router>) {
    tokio::spawn(keep_looking(Arc::downgrade(router)));
}

async fn keep_looking(router: Weak<Router>) {
    loop {
        tokio::time::sleep(EVERY).await;
        let Some(router) = router.upgrade() else { return };
        for Slow { endpoint, times, change } in router.supervisor.snapshot().index.watch_pace(Instant::now()) {
            let (provider, model) = (&endpoint.provider, &endpoint.model.id);
            tracing::warn!(%provider, %model, times, "an endpoint has become slow, and is left alone for a while");
            router.events().emit_slow(&endpoint, change, times);
        }
    }
}
