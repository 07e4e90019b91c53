//! Messages that wait until somebody has done what they ask for.

use super::{StoreError, ask, texts};
pub use crate::bindings::palisade::provider::queues::{Counts, Message, NewMessage};

/// A queue that is lent.
#[derive(Debug, Clone, Copy)]
pub struct Queue<'a> {
    pub(super) name: &'a str,
}

impl NewMessage {
    /// A message that can be taken at once.
    pub fn new(body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), delay_ms: 0, deduplication_key: None }
    }
}

impl Queue<'_> {
    /// Adds messages, all of them in one go. Gives the id of each, that of the one that is there where it is there already.
    ///
    /// # Errors
    /// Any case of [`StoreError`].
    pub fn send(&self, messages: impl IntoIterator<Item = NewMessage>) -> Result<Vec<String>, StoreError> {
        ask!(queues::send(self.name, &messages.into_iter().collect::<Vec<_>>()))
    }

    /// Takes the messages that have waited longest, at most `limit`. Nobody else gets them for `lease_ms`, 30 000 by default.
    ///
    /// # Errors
    /// Any case of [`StoreError`].
    pub fn receive(&self, limit: u32, lease_ms: Option<u64>) -> Result<Vec<Message>, StoreError> {
        ask!(queues::receive(self.name, limit, lease_ms))
    }

    /// Says that messages are done with: they are forgotten. Gives for each receipt whether it still was this one's.
    ///
    /// # Errors
    /// Any case of [`StoreError`].
    pub fn acknowledge<R: Into<String>>(&self, receipts: impl IntoIterator<Item = R>) -> Result<Vec<bool>, StoreError> {
        ask!(queues::acknowledge(self.name, &texts(receipts)))
    }

    /// Gives messages back, for others to take after `delay_ms`. Gives for each receipt whether it still was this one's.
    ///
    /// # Errors
    /// Any case of [`StoreError`].
    pub fn release<R: Into<String>>(
        &self,
        receipts: impl IntoIterator<Item = R>,
        delay_ms: u64,
    ) -> Result<Vec<bool>, StoreError> {
        ask!(queues::release(self.name, &texts(receipts), delay_ms))
    }

    /// Takes messages for `lease_ms` from now. Gives for each receipt whether it still was this one's.
    ///
    /// # Errors
    /// Any case of [`StoreError`].
    pub fn extend<R: Into<String>>(
        &self,
        receipts: impl IntoIterator<Item = R>,
        lease_ms: u64,
    ) -> Result<Vec<bool>, StoreError> {
        ask!(queues::extend(self.name, &texts(receipts), lease_ms))
    }

    /// Tells how many there are.
    ///
    /// # Errors
    /// Any case of [`StoreError`].
    pub fn count(&self) -> Result<Counts, StoreError> {
        ask!(queues::count(self.name))
    }
}
