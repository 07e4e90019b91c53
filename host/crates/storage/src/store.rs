//! The database as the rest of the crate sees it: reads beside each other, writes one after another, never on a thread of
//! the runtime.

use std::{
    pin::Pin,
    sync::{Arc, PoisonError, RwLock},
    task::{Context, Poll},
};

use palisade_core::{Error, ErrorKind, Result};
use redb::{Database, ReadTransaction, ReadableDatabase as _};
use tokio::{sync::oneshot, task::spawn_blocking};

use crate::{
    failure::Failure,
    options::{Clock, Options},
    spending::SpentChange,
    tables::Change,
    writer::{Done, Write, Writer},
};

/// A note on its way to the disk. It is written whether or not this is waited for; whoever waits knows that it is durable.
///
/// Gives `host-busy` when as many jobs are known as may be, `io` when it could not be written, and `shutdown` when the
/// storage was closed before.
#[derive(Debug)]
#[must_use = "only waiting says whether it was written; drop it where that is nothing to you"]
pub struct Written(oneshot::Receiver<Result<(), Failure>>);

impl Future for Written {
    type Output = Result<()>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.0).poll(context).map(|told| Ok(told.unwrap_or(Err(Failure::Closed))?))
    }
}

#[derive(Debug)]
pub(crate) struct Store {
    /// None when it was closed.
    database: RwLock<Option<Arc<Database>>>,
    writer: Writer,
    pub(crate) options: Options,
    pub(crate) clock: Clock,
}

impl Store {
    pub(crate) fn start(database: Database, options: Options, clock: Clock) -> Result<Self> {
        let database = Arc::new(database);
        let writer = Writer::start(database.clone(), options.clone(), clock.clone())?;
        Ok(Self { database: RwLock::new(Some(database)), writer, options, clock })
    }

    /// Looks at what is written.
    pub(crate) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        look: impl FnOnce(&ReadTransaction) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T> {
        let store = self.clone();
        let found = blocking(move || {
            // Nothing is done to it but taking it out.
            let database = store.database.read().unwrap_or_else(PoisonError::into_inner);
            let database = database.as_ref().ok_or(Failure::Closed)?;
            look(&database.begin_read()?)
        });
        Ok(found.await??)
    }

    /// Writes. What is handed over is written even if nobody waits.
    pub(crate) fn write(&self, change: Option<Change>, spent: Vec<SpentChange>) -> Written {
        self.write_and(change, spent, || ())
    }

    /// The same, and calls `then` when it is durable or has failed, before whoever waits goes on.
    pub(crate) fn write_and(
        &self,
        change: Option<Change>,
        spent: Vec<SpentChange>,
        then: impl FnOnce() + Send + 'static,
    ) -> Written {
        let (tell, told) = oneshot::channel();
        let done = Done::new(move |outcome| {
            then();
            let _nobody_waits = tell.send(outcome);
        });
        self.writer.write(Write { change, spent, done });
        Written(told)
    }

    /// Ends the database when everything before is written.
    pub(crate) async fn close(self: &Arc<Self>) -> Result<()> {
        self.writer.close().await;
        let store = self.clone();
        blocking(move || drop(store.database.write().unwrap_or_else(PoisonError::into_inner).take())).await
    }
}

/// Does what waits for a disk where that holds nobody up.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let damaged = "use the storage: it is damaged, or the host is ending; move its file away if this comes again";
    spawn_blocking(work).await.map_err(|error| Error::new(ErrorKind::Io, damaged).with_source(error))
}
