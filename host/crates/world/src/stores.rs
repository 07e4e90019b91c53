//! What a guest asks of the stores that it is lent: carried out by whoever lends them to its call.
//!
//! ```text
//! guest ─► bindings ─► core::lending::Operation ─► Lender ─► core::lending::Answer ─► bindings ─► guest
//! ```

mod databases;
mod key_value_stores;
mod object_stores;
mod queues;
mod vector_stores;

use palisade_core::{
    lending::{Lendable, LentStore, Refusal},
    store::Page,
    text::escape,
};
use wasmtime::Result;

use crate::{
    bindings::palisade::provider::stores::{self as wit, StoreError},
    imports::{Imports, View},
};

/// Most characters of the name of a store that are told.
const MAX_NAME: usize = 64;

impl<T: Imports> wit::Host for View<'_, T> {
    fn lent(&mut self) -> Result<Vec<wit::LentStore>> {
        let stores = self.0.stores();
        let lent = |LentStore { name, kind, read_only }| wit::LentStore { name, kind: kind.to_string(), read_only };
        Ok(stores.lender().map(|lender| lender.lent().into_iter().map(lent).collect()).unwrap_or_default())
    }
}

impl<T: Imports> View<'_, T> {
    /// Asks a store, and takes what is wanted of its answer.
    async fn ask<O: Lendable, A>(
        &mut self,
        store: String,
        operation: O,
        wanted: impl FnOnce(O::Answer) -> Option<A>,
    ) -> Result<A, StoreError> {
        let stores = self.0.stores();
        let Some(lender) = stores.lender() else { return Err(not_lent(&store)) };
        let room = self.0.account().room();
        let answer = lender.ask(store, operation.into(), room).await?;
        // It is copied into the memory of the guest, which has to have room for it.
        let bytes = answer.size_in_bytes();
        self.0.charge_memory(bytes, bytes).map_err(no_room)?;
        self.0.release_memory(bytes);
        O::answer(answer).and_then(wanted).ok_or_else(|| StoreError::Io("the host answered something else".to_owned()))
    }
}

fn not_lent(store: &str) -> StoreError {
    StoreError::Denied(format!("the store `{}` is not lent to this provider", escape(store, MAX_NAME)))
}

/// What does not fit into the memory of the guest.
fn no_room(limit: u64) -> StoreError {
    StoreError::TooLarge(format!("it is more than the provider has memory for, which has {limit} bytes"))
}

fn page(prefix: String, after: Option<String>, limit: Option<u32>) -> Page {
    let usual = Page::new(prefix);
    Page { after, limit: limit.unwrap_or(usual.limit), ..usual }
}

impl From<Refusal> for StoreError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Denied(what) => Self::Denied(what),
            Refusal::Invalid(why) => Self::Invalid(why),
            Refusal::TooLarge(why) => Self::TooLarge(why),
            Refusal::Unavailable(why) => Self::Unavailable(why),
            Refusal::Io(why) => Self::Io(why),
        }
    }
}
