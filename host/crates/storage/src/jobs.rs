//! The jobs that this process works on, so that a second call joins the first.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use palisade_core::{Error, Result};
use tokio::sync::watch;

use crate::{
    failure::Failure,
    outcome::{Finished, Uncertain},
    request::{Key, RequestHash},
};

/// All of them. Each key is worked on by one call at a time.
#[derive(Debug, Default)]
pub(crate) struct Jobs(Mutex<HashMap<Key, Arc<Job>>>);

/// A job that somebody works on.
#[derive(Debug)]
pub(crate) struct Job {
    request: RequestHash,
    phase: watch::Sender<Phase>,
}

#[derive(Debug, Clone)]
enum Phase {
    /// What is known of it is being looked up.
    LookedUp,
    /// It is done.
    Running,
    Ended(End),
}

/// How the work on a job ended.
#[derive(Debug, Clone)]
pub(crate) enum End {
    /// Nobody has it: what is written says whether anybody may begin again, or ask after it.
    Free,
    Finished(Finished),
    Uncertain(Uncertain),
}

/// What a call finds that wants to work on a job.
#[derive(Debug)]
pub(crate) enum Claim {
    /// Nobody else does.
    Taken(Arc<Job>),
    /// Another call does.
    Joined(Arc<Job>),
    /// Another call works on another request of this key.
    Other(Arc<Job>),
}

impl Jobs {
    /// Takes the job if nobody has it.
    pub(crate) fn claim(&self, key: Key, request: RequestHash) -> Claim {
        match self.lock().entry(key) {
            Entry::Vacant(place) => {
                let job = Arc::new(Job { request, phase: watch::Sender::new(Phase::LookedUp) });
                Claim::Taken(place.insert(job).clone())
            }
            Entry::Occupied(job) if job.get().request == request => Claim::Joined(job.get().clone()),
            Entry::Occupied(job) => Claim::Other(job.get().clone()),
        }
    }

    /// Gives a job up, and tells who has joined.
    pub(crate) fn end(&self, key: Key, end: End) {
        let job = self.lock().remove(&key);
        if let Some(job) = job {
            job.phase.send_replace(Phase::Ended(end));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Arc<Job>>> {
        // It is never left half-done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Job {
    /// Nothing is known of it, and the work begins.
    pub(crate) fn begin(&self) {
        self.phase.send_replace(Phase::Running);
    }

    /// Waits until it is known whether there is work to do. Says whether there is.
    pub(crate) async fn begins(&self) -> Result<bool> {
        Ok(matches!(self.wait_for(|phase| !matches!(phase, Phase::LookedUp)).await?, Phase::Running))
    }

    /// Waits for the end of it.
    pub(crate) async fn ended(&self) -> Result<End> {
        match self.wait_for(|phase| matches!(phase, Phase::Ended(_))).await? {
            Phase::Ended(end) => Ok(end),
            Phase::LookedUp | Phase::Running => Ok(End::Free),
        }
    }

    async fn wait_for(&self, wanted: impl FnMut(&Phase) -> bool) -> Result<Phase> {
        let mut phases = self.phase.subscribe();
        let phase = phases.wait_for(wanted).await.map_err(|_| Error::from(Failure::Closed))?;
        Ok(phase.clone())
    }
}
