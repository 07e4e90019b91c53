//! What a guest may call: the generated host traits, carried out on whatever the store's state is.

use std::{collections::BTreeMap, marker::PhantomData};

use palisade_core::{LogLevel, Progress, text};
use wasmtime::{
    Result,
    component::{HasData, Linker, Resource, ResourceTable},
};

use crate::{
    Blob, BlobWriter,
    bindings::palisade::provider::{blobs, config, credentials, http, log, progress, types},
};

/// Most characters of a media type.
const MAX_MEDIA_TYPE: usize = 200;
/// Most characters of the name of a credential.
const MAX_CREDENTIAL: usize = 64;
/// What every request is told.
const NO_ADDRESS: &str = "this provider was granted no address";
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

    /// Charges bytes that the host keeps to the memory of the call: `wanted` where there is room, else `needed`. Gives
    /// what was charged.
    ///
    /// # Errors
    ///
    /// Gives the memory limit in bytes when there is no room for `needed`.
    fn charge_memory(&mut self, wanted: u64, needed: u64) -> Result<u64, u64>;

    /// Gives back what was charged.
    fn release_memory(&mut self, bytes: u64);

    /// Notes that the caller gets what was charged: it counts until the call has ended.
    fn hand_over_memory(&mut self, bytes: u64);
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
    http::add_to_linker::<T, State<T>>(linker, view)
}

struct State<T>(PhantomData<T>);

impl<T: Imports> HasData for State<T> {
    type Data<'a> = View<'a, T>;
}

struct View<'a, T>(&'a mut T);

/// Every call of a host function begins here.
fn view<T: Imports>(state: &mut T) -> View<'_, T> {
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
        });
        Ok(())
    }
}

/// Nothing can be granted yet.
impl<T: Imports> credentials::Host for View<'_, T> {
    fn has(&mut self, name: String) -> Result<Result<bool, credentials::CredentialError>> {
        let what = format!("the credential `{}` was not granted", text::escape(&name, MAX_CREDENTIAL));
        Ok(Err(credentials::CredentialError::Denied(what)))
    }
}

/// Nothing can be granted yet.
impl<T: Imports> http::Host for View<'_, T> {
    fn send(&mut self, request: http::Request) -> Result<Result<Resource<http::Response>, http::HttpError>> {
        if let http::Body::Stored(blob) = request.body {
            blobs::HostBlob::drop(self, blob)?;
        }
        Ok(Err(http::HttpError::Denied(NO_ADDRESS.to_owned())))
    }
}

/// There are no answers where nothing is sent: whatever handle a guest names, it has not got it.
impl<T: Imports> http::HostResponse for View<'_, T> {
    fn status(&mut self, response: Resource<http::Response>) -> Result<u16> {
        self.0.resources().get(&response)?;
        Ok(0)
    }

    fn headers(&mut self, response: Resource<http::Response>) -> Result<Vec<http::Header>> {
        self.0.resources().get(&response)?;
        Ok(Vec::new())
    }

    fn read(&mut self, response: Resource<http::Response>, _max: u32) -> Result<Result<Vec<u8>, http::HttpError>> {
        self.0.resources().get(&response)?;
        Ok(Err(http::HttpError::Denied(NO_ADDRESS.to_owned())))
    }

    fn store(
        &mut self,
        response: Resource<http::Response>,
        _media_type: String,
        _max_bytes: u64,
    ) -> Result<Result<Resource<Blob>, http::HttpError>> {
        self.0.resources().get(&response)?;
        Ok(Err(http::HttpError::Denied(NO_ADDRESS.to_owned())))
    }

    fn drop(&mut self, response: Resource<http::Response>) -> Result<()> {
        self.0.resources().delete(response)?;
        Ok(())
    }
}

impl<T: Imports> blobs::Host for View<'_, T> {
    fn import_url(&mut self, _url: String, _max_bytes: u64) -> Result<Result<Resource<Blob>, blobs::BlobError>> {
        Ok(Err(blobs::BlobError::Denied(NO_ADDRESS.to_owned())))
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
