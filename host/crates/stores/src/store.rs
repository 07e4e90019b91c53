//! What all stores have in common as providers: a catalogue, opening, checks and closing.

use std::{fmt, path::PathBuf, sync::Arc};

use palisade_core::{
    BoxFuture, Call, CallReport, Capability, Catalogue, Error, ErrorKind, Outcome, Provider, Request, Response, Result,
    catalogue::{Description, FailureBilling, Model, Parameter, ParameterSpec},
    http::Outlet,
    store::OPERATION,
};
use tokio::sync::Mutex;

use crate::{clock::Clock, database::blocking, place::Place};

/// A kind of stores: what it can do, and how.
pub trait Kind: Sized + Send + Sync + 'static {
    /// What there is to decide about a store of this kind.
    type Options: Clone + Default + fmt::Debug + Send + Sync + 'static;

    /// What it serves.
    const CAPABILITY: Capability;
    /// The name of its one model: what it is made with.
    const MODEL: &'static str;
    /// One sentence for people.
    const SUMMARY: &'static str;
    /// The names of all its operations.
    const OPERATIONS: &'static [&'static str];

    /// Opens it, or makes it. Blocks.
    ///
    /// # Errors
    ///
    /// `io` where the place cannot be used.
    fn open(place: &Place, options: &Self::Options, clock: &Clock) -> Result<Self>;

    /// Does what is asked for, which was validated.
    ///
    /// # Errors
    ///
    /// As a [`Provider`].
    fn serve(&self, request: Arc<Request>) -> impl Future<Output = Result<Response>> + Send;

    /// Writes and reads, to see whether that works.
    ///
    /// # Errors
    ///
    /// Says why it does not.
    fn check(&self) -> impl Future<Output = Result<()>> + Send;
}

/// A store. Nothing is opened or made before it is first used.
pub struct Store<K: Kind> {
    place: Place,
    options: K::Options,
    clock: Clock,
    catalogue: Catalogue,
    opened: Mutex<Option<Arc<K>>>,
}

impl<K: Kind> Store<K> {
    /// A store in this place: a file, or a folder for [files](crate::ObjectStore) and [tables](crate::Sql). Another process may use
    /// it at the same time.
    #[must_use]
    pub fn open(path: impl Into<PathBuf>) -> Self {
        Self::new(Place::Path(path.into()))
    }

    /// A store that ends with its provider.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::new(Place::Memory)
    }

    /// A store in a place.
    #[must_use]
    pub fn new(place: Place) -> Self {
        Self {
            place,
            options: K::Options::default(),
            clock: Clock::system(),
            catalogue: catalogue::<K>(),
            opened: Mutex::new(None),
        }
    }

    /// With other options.
    #[must_use]
    pub fn with(mut self, options: K::Options) -> Self {
        self.options = options;
        self
    }

    /// By another clock than that of the machine.
    #[must_use]
    pub fn clocked(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Does what is asked for: what the provider does, without a host.
    ///
    /// # Errors
    ///
    /// `invalid-input` for what no store can do, `unsupported` for a request of another capability, `limit-exceeded` for what is
    /// more than may be kept, `io` where the disk fails.
    pub async fn ask(&self, request: impl Into<Request>) -> Result<Response> {
        self.serve(Arc::new(request.into())).await
    }

    async fn serve(&self, request: Arc<Request>) -> Result<Response> {
        if request.capability() != K::CAPABILITY {
            return Err(other_kind(&request));
        }
        request.validate()?;
        self.opened().await?.serve(request).await
    }

    pub(crate) async fn opened(&self) -> Result<Arc<K>> {
        let mut opened = self.opened.lock().await;
        if let Some(kind) = &*opened {
            return Ok(Arc::clone(kind));
        }
        let (place, options, clock) = (self.place.clone(), self.options.clone(), self.clock.clone());
        let kind = Arc::new(blocking(move || K::open(&place, &options, &clock)).await?);
        *opened = Some(Arc::clone(&kind));
        Ok(kind)
    }
}

impl<K: Kind> Provider for Store<K> {
    fn capabilities(&self) -> &[Capability] {
        const { &[K::CAPABILITY] }
    }

    fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    fn call(&self, call: Call) -> BoxFuture<'_, Result<Outcome>> {
        Box::pin(async move {
            let response = self.serve(call.request).await?;
            Ok(Outcome { response, report: CallReport::default() })
        })
    }

    fn reaches_out(&self) -> bool {
        false
    }

    fn initialize(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { self.opened().await.map(drop) })
    }

    fn dispose(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            if let Some(kind) = self.opened.lock().await.take() {
                // Closing a database writes to its file.
                let _closed = blocking(move || {
                    drop(kind);
                    Ok(())
                })
                .await;
            }
        })
    }

    fn check(&self, _: Outlet) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { self.opened().await?.check().await })
    }
}

impl<K: Kind> fmt::Debug for Store<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Store")
            .field("place", &self.place)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// A request that is none of this kind of stores.
pub(crate) fn other_kind(request: &Request) -> Error {
    Error::new(ErrorKind::Unsupported, format!("serve {}: it is another kind of store", request.capability()))
}

fn catalogue<K: Kind>() -> Catalogue {
    let description = Description {
        claimed_id: K::CAPABILITY.name().to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        summary: K::SUMMARY.to_owned(),
        bills_on_failure: FailureBilling::Never,
        ..Description::default()
    };
    let values = K::OPERATIONS.iter().map(|&name| name.to_owned()).collect();
    let operation = Parameter { name: OPERATION.to_owned(), spec: ParameterSpec::Choice { values } };
    // A name that is an id by its letters alone.
    let model = K::MODEL.parse().map(|id| Model::new(id, &[K::CAPABILITY])).into_iter();
    let models = model.map(|model| Model { prices: Some(Vec::new()), parameters: vec![operation.clone()], ..model });
    Catalogue::new(description, models.collect())
}
