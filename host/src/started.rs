//! Who wants to know that a job was submitted.

use std::sync::{Mutex, PoisonError};

use palisade_storage::JobId;
use tokio::sync::oneshot;

/// Is told once what a job is known by, when it is noted.
#[derive(Debug)]
pub(crate) struct Started(Mutex<Option<oneshot::Sender<JobId>>>);

impl Started {
    pub(crate) fn new(tell: oneshot::Sender<JobId>) -> Self {
        Self(Mutex::new(Some(tell)))
    }

    pub(crate) fn tell(&self, id: JobId) {
        let tell = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Who asked may have gone.
        let _unheard = tell.map(|tell| tell.send(id));
    }
}
