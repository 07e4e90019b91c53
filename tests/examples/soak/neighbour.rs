//! The neighbour: a provider that behaves well, is called steadily, and should notice nothing.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result};
use hdrhistogram::Histogram;
use palisade::ProviderHandle;
use tokio::{
    task::JoinHandle,
    time::{Instant, MissedTickBehavior, interval},
};

/// How often it is called.
const PACE: Duration = Duration::from_millis(5);
/// The longest call that is told from longer ones, in microseconds: a minute.
const LONGEST: u64 = 60_000_000;
/// Digits to which times are kept.
const DIGITS: u8 = 3;

/// What its calls took: from when they began, and from when they were due. A thread that is busy with others begins late,
/// and who waits for an answer doesn't care why.
#[derive(Debug, Clone)]
pub(crate) struct Times {
    pub(crate) begun: Taken,
    pub(crate) due: Taken,
}

/// How long things took.
#[derive(Debug, Clone)]
pub(crate) struct Taken(Histogram<u64>);

/// Calls it until it is stopped, or a call fails.
pub(crate) struct Neighbour {
    times: Arc<Mutex<Times>>,
    caller: JoinHandle<Result<()>>,
}

impl Times {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { begun: Taken::new()?, due: Taken::new()? })
    }

    pub(crate) fn add(&mut self, more: &Self) -> Result<()> {
        self.begun.0.add(&more.begun.0)?;
        Ok(self.due.0.add(&more.due.0)?)
    }

    pub(crate) fn calls(&self) -> u64 {
        self.begun.0.len()
    }
}

impl Taken {
    fn new() -> Result<Self> {
        Ok(Self(Histogram::new_with_bounds(1, LONGEST, DIGITS)?))
    }

    fn record(&mut self, took: Duration) {
        self.0.saturating_record(u64::try_from(took.as_micros()).unwrap_or(LONGEST));
    }

    /// Milliseconds within which this share of them ended.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        self.0.value_at_quantile(share) as f64 / 1000.0
    }
}

impl Neighbour {
    pub(crate) fn start(provider: ProviderHandle) -> Result<Self> {
        let times = Arc::new(Mutex::new(Times::new()?));
        Ok(Self { caller: tokio::spawn(keep_calling(provider, Arc::clone(&times))), times })
    }

    /// What its calls took since this was asked last.
    pub(crate) fn take(&self) -> Result<Times> {
        let empty = Times::new()?;
        Ok(std::mem::replace(&mut *self.times.lock().unwrap_or_else(PoisonError::into_inner), empty))
    }

    /// Whether a call has failed, after which there are no more.
    pub(crate) fn has_failed(&self) -> bool {
        self.caller.is_finished()
    }

    /// Ends the calls.
    ///
    /// # Errors
    ///
    /// When one of them failed.
    pub(crate) async fn stop(self) -> Result<()> {
        if self.has_failed() {
            return self.caller.await?.context("a call of the neighbour failed");
        }
        self.caller.abort();
        Ok(())
    }
}

async fn keep_calling(provider: ProviderHandle, times: Arc<Mutex<Times>>) -> Result<()> {
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let due = pace.tick().await;
        let begun = Instant::now();
        provider.text_to_image("a fox").await?;
        let mut times = times.lock().unwrap_or_else(PoisonError::into_inner);
        times.begun.record(begun.elapsed());
        times.due.record(due.elapsed());
    }
}
