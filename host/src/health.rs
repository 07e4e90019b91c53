//! Checks of a provider in the background, where its operator wants them.
//!
//! ```text
//! interval ± a tenth ─► a place is free? ─► Provider::check ─► well: who is left alone is tried
//!                                                           └─► not well: left alone until the next check
//! ```
//!
//! A check is free of charge, and never in the way of a request: it takes no place that one waits for.

use std::{
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use crate::{events::HostEvent, health_report::HealthReport, service::Service};

/// Checks a provider at this interval, for as long as it is there. On the runtime that this is called in.
pub(crate) fn keep_checking(service: &Arc<Service>, interval: Duration) {
    tokio::spawn(check_again_and_again(Arc::downgrade(service), interval));
}

async fn check_again_and_again(service: Weak<Service>, interval: Duration) {
    loop {
        tokio::time::sleep(interval.mul_f64(0.9 + 0.2 * noise())).await;
        let Some(service) = service.upgrade() else { return };
        if service.life.in_flight.is_open() && !service.admission.is_full() {
            check(&service, interval).await;
        }
    }
}

/// Checks a provider now, and has its endpoints tried, or left alone until the next check.
async fn check(service: &Service, interval: Duration) {
    let start = Instant::now();
    let result = service.check().await;
    let now = Instant::now();
    for endpoint in &service.endpoints {
        let change = match result {
            Ok(()) => endpoint.live.is_found_well(now),
            Err(_) => endpoint.live.is_found_unwell(now, interval.saturating_mul(2)),
        };
        if let Some(change) = change {
            service.watch.events.emit_change(endpoint, change);
        }
    }
    service.note_health(HealthReport::of(&result, now - start));
}

impl Service {
    /// Keeps what a check has found, and tells when it is something else than before.
    fn note_health(&self, report: HealthReport) {
        let (is_well, message) = (report.is_well, report.message.clone());
        let before = self.watch.health.swap(Some(Arc::new(report)));
        if before.is_none_or(|before| before.is_well != is_well) {
            let provider = self.id.clone();
            self.watch.events.emit(|| HostEvent::ProviderHealth { provider, is_well, message });
        }
    }
}

/// Anything from 0 to 1: many that were registered together are not to be checked together.
fn noise() -> f64 {
    f64::from((uuid::Uuid::new_v4().as_u64_pair().0 >> 32) as u32) / f64::from(u32::MAX)
}
