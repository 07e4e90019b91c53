//! Providers that were taken out: until their last call has ended, and as long as they are remembered.
//!
//! ```text
//! taken out ─► leaving (draining) ─► gone (retired) ─► forgotten; its calls are still counted
//!                     └─► taken back: it serves again
//! ```

use std::{collections::VecDeque, sync::Arc, time::SystemTime};

use palisade_core::{Digest, ProviderId};
use serde::Serialize;

use crate::{
    entry::Entry,
    status::{CallCounts, Source, State},
};

/// Names that are remembered of those who are gone.
pub(crate) const MOST: usize = 256;

/// A provider that was taken out, as [`Context::retired`](crate::Context::retired) lists it. Serialises to JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RetiredProvider {
    /// The name under which it was registered. Another may have it by now.
    pub id: ProviderId,
    /// `draining` until its last call has ended and it has given back what it held; `retired` from then on, with when and why.
    pub state: State,
    /// Which of those it was that have had this id, from 1; 0 where it was never loaded.
    pub generation: u64,
    /// Where it came from.
    pub source: Source,
    /// SHA-256 of the component; none for a native provider, and for one that was never loaded.
    pub digest: Option<Digest>,
    /// Its calls, and those of all before it that had this id and are gone.
    pub calls: CallCounts,
}

/// Everybody who was taken out.
#[derive(Clone, Default)]
pub(crate) struct Former {
    leaving: Vec<Leaving>,
    /// One for each name, the latest last.
    gone: VecDeque<Arc<RetiredProvider>>,
    /// The calls of those that are remembered no more.
    forgotten: CallCounts,
}

#[derive(Clone)]
struct Leaving {
    entry: Arc<Entry>,
    reason: String,
}

impl Former {
    /// A provider is taken out, and may have calls under way.
    pub(crate) fn leaves(&mut self, entry: Arc<Entry>, reason: String) {
        self.leaving.push(Leaving { entry, reason });
    }

    /// Nothing is left of one who was taken out. Gives why it was; none where it was taken back, or is gone already.
    pub(crate) fn is_gone(&mut self, entry: &Arc<Entry>, now: SystemTime) -> Option<String> {
        let reason = self.stays(entry)?;
        self.remember(entry, reason.clone(), now);
        Some(reason)
    }

    /// One who was leaving is taken back. Gives why it was taken out; none where it is gone.
    pub(crate) fn stays(&mut self, entry: &Arc<Entry>) -> Option<String> {
        let place = self.leaving.iter().position(|leaving| Arc::ptr_eq(&leaving.entry, entry))?;
        Some(self.leaving.swap_remove(place).reason)
    }

    /// Remembers one who is gone, in the place of those who had its name.
    pub(crate) fn remember(&mut self, entry: &Entry, reason: String, now: SystemTime) {
        let state = State::Retired { reason, since: now };
        let mut own = retired(entry, state);
        if let Some(place) = self.gone.iter().position(|gone| gone.id == entry.id)
            && let Some(before) = self.gone.remove(place)
        {
            own.calls.add(before.calls);
        }
        if self.gone.len() >= MOST
            && let Some(oldest) = self.gone.pop_front()
        {
            self.forgotten.add(oldest.calls);
        }
        self.gone.push_back(Arc::new(own));
    }

    /// Which it was, of those that have had this name, that was taken out last; 0 where none is remembered.
    pub(crate) fn generation(&self, id: &ProviderId) -> u64 {
        let gone = self.gone.iter().filter(|gone| gone.id == *id).map(|gone| gone.generation);
        let leaving = self.leaving().filter(|entry| entry.id == *id).map(|entry| entry.generation);
        gone.chain(leaving).max().unwrap_or_default()
    }

    /// Those who are leaving.
    pub(crate) fn leaving(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.leaving.iter().map(|leaving| &leaving.entry)
    }

    /// Everybody who is remembered: those who are gone, the latest last, and then those who are leaving.
    pub(crate) fn all(&self) -> Vec<RetiredProvider> {
        let gone = self.gone.iter().map(|gone| RetiredProvider::clone(gone));
        gone.chain(self.leaving().map(|entry| retired(entry, State::Draining))).collect()
    }

    /// The calls of everybody who was taken out, remembered or not.
    pub(crate) fn calls(&self) -> CallCounts {
        let mut calls = self.forgotten;
        self.gone.iter().for_each(|gone| calls.add(gone.calls));
        self.leaving().for_each(|entry| calls.add(entry.calls()));
        calls
    }
}

fn retired(entry: &Entry, state: State) -> RetiredProvider {
    RetiredProvider {
        id: entry.id.clone(),
        state,
        generation: entry.generation,
        source: entry.source().clone(),
        digest: entry.digest(),
        calls: entry.calls(),
    }
}
