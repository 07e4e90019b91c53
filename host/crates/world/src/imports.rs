//! What a guest may call: the generated host traits, carried out on whatever the store's state is.

use std::{collections::BTreeMap, marker::PhantomData, sync::Arc, time::Instant};

use palisade_core::{KeyValue, LogLevel, Progress, http::Outlet, lending::Stores, text};
use wasmtime::{
    Result,
    component::{HasData, Linker, Resource, ResourceTable},
};

use crate::{
    Account, Blob, BlobWriter, LeakAlarm,
    bindings::palisade::provider::{
        blobs, config, credentials, databases, http, key_value, key_value_stores, log, object_stores, progress, queues,
        stores, types, vector_stores,
    },
};

/// Most characters of a media type.
const MAX_MEDIA_TYPE: usize = 200;
/// Most characters of the name of a credential.
const MAX_CREDENTIAL: usize = 64;
/// Most characters of a progress message.
const MAX_PROGRESS_MESSAGE: usize = 200;

/// Which piece of a response is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventPlace {
    /// The first one, with all that has to happen before it.
    First,
    /// One of those after it.
    Later,
}

/// What the imports need of the state of a store.
pub trait Imports: Send + 'static {
    /// Notes that a host function is called, which costs fuel.
    fn enter_host(&mut self);

    /// Notes that the next piece of the response is asked for.
    fn expect_event(&mut self, place: EventPlace);

    /// Notes that it has come.
    fn event_came(&mut self);

    /// Takes a message for the operator.
    fn log(&mut self, level: LogLevel, message: &str);

    /// The settings that the operator gave.
    fn config(&self) -> &BTreeMap<String, String>;

    /// Passes on how far the call is.
    fn report_progress(&mut self, progress: Progress);

    /// The host resources of this call.
    fn resources(&mut self) -> &mut ResourceTable;

    /// Charges bytes that the host keeps to the memory of the call: `wanted` where there is room, else as much as is good
    /// to take, and never less than `needed`. Gives what was charged.
    ///
    /// # Errors
    ///
    /// Gives the memory limit in bytes when there is no room for `needed`.
    fn charge_memory(&mut self, wanted: u64, needed: u64) -> Result<u64, u64>;

    /// Gives back what was charged.
    fn release_memory(&mut self, bytes: u64);

    /// Notes that the caller gets what was charged: it counts until the call has ended.
    fn hand_over_memory(&mut self, bytes: u64);

    /// The memory of this call, for what keeps bytes where the state is not at hand.
    fn account(&self) -> Arc<Account>;

    /// What ends this call, for what finds a secret where the state is not at hand.
    fn leak_alarm(&self) -> LeakAlarm;

    /// The way to upstreams.
    fn outlet(&self) -> Outlet;

    /// What the provider keeps between its calls.
    fn key_value(&self) -> KeyValue;

    /// The stores that the provider was lent.
    fn stores(&self) -> Stores;

    /// When the call has to have ended.
    fn deadline(&self) -> Instant;
}

/// Links the interfaces of `palisade:provider` that a guest may import.
///
/// # Errors
///
/// Fails when one is linked already.
pub fn add_to_linker<T: Imports>(linker: &mut Linker<T>) -> Result<()> {
    types::add_to_linker::<T, State<T>>(linker, view)?;
    blobs::add_to_linker::<T, State<T>>(linker, view)?;
    log::add_to_linker::<T, State<T>>(linker, view)?;
    config::add_to_linker::<T, State<T>>(linker, view)?;
    progress::add_to_linker::<T, State<T>>(linker, view)?;
    credentials::add_to_linker::<T, State<T>>(linker, view)?;
    http::add_to_linker::<T, State<T>>(linker, view)?;
    key_value::add_to_linker::<T, State<T>>(linker, view)?;
    stores::add_to_linker::<T, State<T>>(linker, view)?;
    vector_stores::add_to_linker::<T, State<T>>(linker, view)?;
    key_value_stores::add_to_linker::<T, State<T>>(linker, view)?;
    object_stores::add_to_linker::<T, State<T>>(linker, view)?;
    queues::add_to_linker::<T, State<T>>(linker, view)?;
    databases::add_to_linker::<T, State<T>>(linker, view)
}

pub(crate) struct State<T>(PhantomData<T>);

impl<T: Imports> HasData for State<T> {
    type Data<'a> = View<'a, T>;
}

/// What the host functions of a call are carried out on.
pub(crate) struct View<'a, T>(pub(crate) &'a mut T);

/// Every call of a host function begins here.
pub(crate) fn view<T: Imports>(state: &mut T) -> View<'_, T> {
    state.enter_host();
    View(state)
}

impl<T: Imports> types::Host for View<'_, T> {}

impl<T: Imports> log::Host for View<'_, T> {
    fn log(&mut self, level: log::Level, message: String) -> Result<()> {
        let level = match level {
            log::Level::Trace => LogLevel::Trace,
            log::Level::Debug => LogLevel::Debug,
            log::Level::Info => LogLevel::Info,
            log::Level::Warn => LogLevel::Warn,
            log::Level::Error => LogLevel::Error,
        };
        self.0.log(level, &message);
        Ok(())
    }
}

impl<T: Imports> config::Host for View<'_, T> {
    fn get(&mut self, key: String) -> Result<Option<String>> {
        Ok(self.0.config().get(&key).cloned())
    }

    fn keys(&mut self) -> Result<Vec<String>> {
        Ok(self.0.config().keys().cloned().collect())
    }
}

impl<T: Imports> progress::Host for View<'_, T> {
    fn report(&mut self, update: progress::Update) -> Result<()> {
        self.0.report_progress(Progress {
            permille: update.permille.map(|permille| permille.min(1000)),
            message: update.message.map(|message| text::escape(&message, MAX_PROGRESS_MESSAGE)),
            preview: None,
        });
        Ok(())
    }
}

impl<T: Imports> credentials::Host for View<'_, T> {
    fn has(&mut self, name: String) -> Result<Result<bool, credentials::CredentialError>> {
        let granted = self.0.outlet().client().and_then(|client| client.has_credential(&name));
        Ok(granted.ok_or_else(|| {
            let what = format!("the credential `{}` was not granted", text::escape(&name, MAX_CREDENTIAL));
            credentials::CredentialError::Denied(what)
        }))
    }
}

impl<T: Imports> blobs::HostBlob for View<'_, T> {
    fn info(&mut self, blob: Resource<Blob>) -> Result<blobs::BlobInfo> {
        let blob = self.0.resources().get(&blob)?;
        Ok(blobs::BlobInfo {
            media_type: blob.media_type.clone(),
            size: Some(blob.data.len() as u64),
            sha256: Some(blob.sha256().to_vec()),
        })
    }

    fn read(&mut self, blob: Resource<Blob>, offset: u64, max: u32) -> Result<Result<Vec<u8>, blobs::BlobError>> {
        Ok(Ok(self.0.resources().get(&blob)?.read(offset, max).to_vec()))
    }

    fn drop(&mut self, blob: Resource<Blob>) -> Result<()> {
        let blob = self.0.resources().delete(blob)?;
        self.0.release_memory(blob.data.len() as u64);
        Ok(())
    }
}

impl<T: Imports> blobs::HostBlobWriter for View<'_, T> {
    fn new(&mut self, media_type: String) -> Result<Resource<BlobWriter>> {
        // Cut, because it is not charged to the guest's memory.
        let media_type = text::escape(&media_type, MAX_MEDIA_TYPE);
        Ok(self.0.resources().push(BlobWriter::new(media_type))?)
    }

    fn write(&mut self, writer: Resource<BlobWriter>, chunk: Vec<u8>) -> Result<Result<(), blobs::BlobError>> {
        let [doubled, exact] = self.0.resources().get(&writer)?.growth(chunk.len());
        let growth = match self.0.charge_memory(doubled, exact) {
            Ok(growth) => growth,
            Err(limit) => return Ok(Err(blobs::BlobError::TooLarge(limit))),
        };
        self.0.resources().get_mut(&writer)?.append(&chunk, growth);
        Ok(Ok(()))
    }

    fn finish(&mut self, writer: Resource<BlobWriter>) -> Result<Result<Resource<Blob>, blobs::BlobError>> {
        let writer = self.0.resources().delete(writer)?;
        let reserved = writer.reserved();
        let blob = writer.finish();
        self.0.release_memory(reserved.saturating_sub(blob.data.len() as u64));
        Ok(Ok(self.0.resources().push(blob)?))
    }

    fn drop(&mut self, writer: Resource<BlobWriter>) -> Result<()> {
        let writer = self.0.resources().delete(writer)?;
        self.0.release_memory(writer.reserved());
        Ok(())
    }
}
