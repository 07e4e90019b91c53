//! What a host opens once.

use std::{path::Path, sync::Arc};

use palisade_core::{PicoUsd, ProviderId, Result, Scope, Spent};

use crate::{
    database,
    ledger::Ledger,
    options::{Clock, Options},
    spending::{self, SpentChange},
    store::{Store, Written, blocking},
    values::Values,
};

/// The host's own database. Cheap to clone; all clones are one.
///
/// Dropping it writes what was handed over, on a thread of its own; [`Storage::close`] waits for that.
#[derive(Debug, Clone)]
pub struct Storage {
    store: Arc<Store>,
    ledger: Ledger,
}

impl Storage {
    /// Opens the storage in this file, which is made if it is not there. All of it is read and checked.
    ///
    /// # Errors
    ///
    /// `io` when another host has it open, or when the file is damaged, of another program, or cannot be read and written.
    /// Such a file is left as it is.
    pub async fn open(path: impl AsRef<Path>, options: Options) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let opened = blocking({
            let path = path.clone();
            move || database::open(&path)
        });
        // A database that is damaged badly enough has the library give up.
        let opened = opened.await.map_err(|error| {
            palisade_core::Error::new(error.kind(), database::damaged(&path.display().to_string())).with_source(error)
        });
        Self::on(opened??, options, Clock::default())
    }

    /// A storage that ends with the process: for tests, and for a host without a folder.
    ///
    /// # Errors
    ///
    /// `internal` when the machine has no thread left.
    pub fn in_memory(options: Options) -> Result<Self> {
        Self::on(database::in_memory()?, options, Clock::default())
    }

    pub(crate) fn on(database: redb::Database, options: Options, clock: Clock) -> Result<Self> {
        let store = Arc::new(Store::start(database, options, clock)?);
        Ok(Self { ledger: Ledger::new(store.clone()), store })
    }

    /// The ledger of paid jobs.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// What this provider keeps between its calls for this scope: keys and values of so many bytes at most.
    ///
    /// # Errors
    ///
    /// None that an id could give rise to.
    pub fn values(&self, provider: &ProviderId, scope: &Scope, quota: u64) -> Result<Values> {
        Values::new(Arc::clone(&self.store), provider, scope, quota)
    }

    /// What was spent of budgets, in all windows that are not over.
    ///
    /// # Errors
    ///
    /// `io` when the database cannot be read, `shutdown` when it was closed.
    pub async fn spent(&self) -> Result<Vec<Spent>> {
        let now = self.store.clock.now();
        self.store.read(move |transaction| Ok(spending::all(transaction, now)?)).await
    }

    /// Notes what a call reserves that has no key, and so no [`Lease`](crate::Lease) that would. The note is handed over by
    /// the call itself: the future only waits until it is durable.
    pub fn reserve(&self, reserved: &[Spent]) -> Written {
        self.store.write(None, reserved.iter().map(SpentChange::add).collect())
    }

    /// Notes what such a call cost in the end. The note is handed over by the call itself.
    pub fn settle(&self, reserved: &[Spent], cost: PicoUsd) -> Written {
        self.store.write(None, reserved.iter().map(|spent| SpentChange::replace(spent, cost)).collect())
    }

    /// Waits until everything is written, and lets go of the file. Whoever uses the storage after that gets `shutdown`.
    ///
    /// # Errors
    ///
    /// `io` when the runtime is ending.
    pub async fn close(&self) -> Result<()> {
        self.store.close().await
    }
}
