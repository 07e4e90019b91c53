use palisade_core::queue::{Answer, Counts, LEASE_MS, Message, NewMessage, Operation};
use wasmtime::Result;

use crate::{
    bindings::palisade::provider::{queues as wit, stores::StoreError},
    imports::{Imports, View},
};

impl<T: Imports> wit::Host for View<'_, T> {
    async fn send(&mut self, store: String, messages: Vec<wit::NewMessage>) -> Result<Result<Vec<String>, StoreError>> {
        let message =
            |wit::NewMessage { body, delay_ms, deduplication_key }| NewMessage { body, delay_ms, deduplication_key };
        let messages = messages.into_iter().map(message).collect();
        let wanted = |answer| if let Answer::Sent(ids) = answer { Some(ids) } else { None };
        Ok(self.ask(store, Operation::Send { messages }, wanted).await)
    }

    async fn receive(
        &mut self,
        store: String,
        limit: u32,
        lease_ms: Option<u64>,
    ) -> Result<Result<Vec<wit::Message>, StoreError>> {
        let message = |Message { id, body, receipt, attempts }| wit::Message { id, body, receipt, attempts };
        let wanted = |answer| match answer {
            Answer::Received(messages) => Some(messages.into_iter().map(message).collect()),
            _ => None,
        };
        let lease_ms = lease_ms.unwrap_or(LEASE_MS);
        Ok(self.ask(store, Operation::Receive { limit, lease_ms }, wanted).await)
    }

    async fn acknowledge(&mut self, store: String, receipts: Vec<String>) -> Result<Result<Vec<bool>, StoreError>> {
        Ok(self.ask(store, Operation::Acknowledge { receipts }, settled).await)
    }

    async fn release(
        &mut self,
        store: String,
        receipts: Vec<String>,
        delay_ms: u64,
    ) -> Result<Result<Vec<bool>, StoreError>> {
        Ok(self.ask(store, Operation::Release { receipts, delay_ms }, settled).await)
    }

    async fn extend(
        &mut self,
        store: String,
        receipts: Vec<String>,
        lease_ms: u64,
    ) -> Result<Result<Vec<bool>, StoreError>> {
        Ok(self.ask(store, Operation::Extend { receipts, lease_ms }, settled).await)
    }

    async fn count(&mut self, store: String) -> Result<Result<wit::Counts, StoreError>> {
        let wanted = |answer| match answer {
            Answer::Counted(Counts { ready, delayed, leased, dead }) => {
                Some(wit::Counts { ready, delayed, leased, dead })
            }
            _ => None,
        };
        Ok(self.ask(store, Operation::Count, wanted).await)
    }
}

fn settled(answer: Answer) -> Option<Vec<bool>> {
    if let Answer::Settled(settled) = answer { Some(settled) } else { None }
}
