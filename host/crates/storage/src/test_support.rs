//! What the tests of this crate share.

use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Waker},
    time::{Duration, UNIX_EPOCH},
};

use palisade_core::{ModelId, PicoUsd, ProviderId, Scope, Spent};

use crate::{
    Begin, Lease, Options, RequestHash, Storage, database,
    options::{Clock, time},
};

/// A time that tests make pass.
#[derive(Clone)]
pub(crate) struct Time(Arc<AtomicU64>);

impl Time {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicU64::new(1_800_000_000_000)))
    }

    pub(crate) fn pass(&self, duration: Duration) {
        self.0.fetch_add(duration.as_millis() as u64, Ordering::Relaxed);
    }

    pub(crate) fn clock(&self) -> Clock {
        let now = self.0.clone();
        Clock::new(move || UNIX_EPOCH + Duration::from_millis(now.load(Ordering::Relaxed)))
    }
}

pub(crate) fn in_memory(options: Options) -> (Storage, Time) {
    let time = Time::new();
    (Storage::on(database::in_memory().unwrap(), options, time.clock()).unwrap(), time)
}

pub(crate) fn hash(request: u8) -> RequestHash {
    RequestHash::from_bytes([request; 32])
}

pub(crate) async fn begin(storage: &Storage, key: &str) -> Begin {
    storage.ledger().begin(&Scope::default(), key, hash(1)).await.unwrap()
}

/// A job that is free, now or when who has it has given it up.
pub(crate) async fn lease(storage: &Storage, key: &str) -> Lease {
    match joined(storage, key).await {
        Begin::New(lease) => lease,
        other => panic!("{key} is not new: {other:?}"),
    }
}

pub(crate) async fn joined(storage: &Storage, key: &str) -> Begin {
    match begin(storage, key).await {
        Begin::InFlight(other) => other.wait().await.unwrap(),
        begin => begin,
    }
}

/// A job whose attempt is noted.
pub(crate) async fn attempted(storage: &Storage, key: &str) -> Lease {
    let mut lease = lease(storage, key).await;
    lease.attempt(&fal(), &flux(), Vec::new()).await.unwrap();
    lease
}

pub(crate) fn fal() -> ProviderId {
    "fal".parse().unwrap()
}

pub(crate) fn flux() -> ModelId {
    "flux".parse().unwrap()
}

/// So much of a budget, in the window of this day.
pub(crate) fn spent(budget: &str, day: u64, amount: u64) -> Spent {
    const DAY: u64 = 24 * 60 * 60 * 1000;
    let first = 1_800_000_000_000 / DAY;
    let (from, until) = (time((first + day) * DAY), Some(time((first + day + 1) * DAY)));
    Spent { budget: budget.to_owned(), from, until, amount: PicoUsd(amount) }
}

/// Begins a future and drops it, as a caller does that goes away.
pub(crate) fn begin_and_drop(future: impl Future) {
    let ended = pin!(future).poll(&mut Context::from_waker(Waker::noop()));
    assert!(ended.is_pending());
}
