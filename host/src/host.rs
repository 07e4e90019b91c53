//! The host: the machinery that all providers run on, and the contexts that it is divided into.

use std::{
    collections::BTreeMap,
    fmt,
    ops::Deref,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use futures_util::{StreamExt as _, future::join_all, stream};
use palisade_core::{ContextName, Error, ErrorKind, Result};

use crate::{
    context::{self, Context},
    context_settings::ContextSettings,
    event_bus::Events,
    event_log::EventLog,
    in_flight::ShutdownReport,
    loading::{Machine, at_one_time},
    registration::invalid_id,
    status::Statistics,
};

/// Runs providers. Cheap to clone: clones are the same host.
///
/// A host is its own default [`Context`], so that whoever needs one registry has it. Others are had by their [names](Self::context): of tenants,
/// say, whose providers, secrets and budgets have nothing to do with each other.
///
/// Made inside a Tokio runtime with its timer and its I/O on; [`Host::shutdown`], or dropping the last clone, ends it.
#[derive(Clone)]
pub struct Host {
    default: Context,
    others: Arc<Others>,
    /// Until it is shut down.
    log: Arc<Mutex<Option<EventLog>>>,
}

/// The contexts of a host, but for the default one.
struct Others {
    machine: Arc<Machine>,
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    contexts: BTreeMap<ContextName, Context>,
    is_closed: bool,
}

impl Deref for Host {
    type Target = Context;

    /// The default context.
    fn deref(&self) -> &Context {
        &self.default
    }
}

impl Host {
    /// How long a host, or a provider, may take to end its calls, where nothing else is said.
    pub const DRAIN: Duration = Duration::from_secs(30);

    /// A host with an empty default context.
    ///
    /// # Errors
    ///
    /// `config` where a budget makes no sense.
    pub(crate) fn new(machine: Machine, name: ContextName, settings: ContextSettings) -> Result<Self> {
        let machine = Arc::new(machine);
        let default = Context::new(&machine, name, settings)?;
        let others = Arc::new(Others { machine, known: RwLock::default() });
        Ok(Self { default, others, log: Arc::default() })
    }

    /// Has the events of all contexts written until the host is shut down.
    pub(crate) fn write_events(&self, log: EventLog) {
        *self.log.lock().unwrap_or_else(PoisonError::into_inner) = Some(log);
    }

    /// The context of this name, which is made where there is none: an empty one costs a few microseconds, and nothing of it runs. What is
    /// to be said of one before it is used is said by [`create_context`](Self::create_context).
    ///
    /// # Errors
    ///
    /// `invalid-id`; `shutdown`.
    pub fn context(&self, name: impl AsRef<str>) -> Result<Context> {
        let name = name.as_ref();
        if let Some(context) = self.context_if_exists(name) {
            return Ok(context);
        }
        let mut known = self.others.known.write().unwrap_or_else(PoisonError::into_inner);
        // Another may have been faster.
        match known.contexts.get(name) {
            Some(context) => Ok(context.clone()),
            None => self.create(&mut known, name, ContextSettings::default()),
        }
    }

    /// Makes a context with settings, and loads its providers. One that is refused does not keep the others from serving.
    ///
    /// # Errors
    ///
    /// `already-exists`, `invalid-id`; `config` where a budget makes no sense; `io` when what is kept of it cannot be read; `shutdown`.
    pub async fn create_context(&self, name: impl AsRef<str>, mut settings: ContextSettings) -> Result<Context> {
        let (providers, place) = (std::mem::take(&mut settings.providers), settings.resources.1.take());
        context::check_distinct(&providers)?;
        let context = self.add_context(name.as_ref(), settings)?;
        if let Err(error) = context.open(place.as_ref()).await {
            // Nobody gets one that has forgotten what was spent.
            self.others.known.write().unwrap_or_else(PoisonError::into_inner).contexts.remove(name.as_ref());
            return Err(error);
        }
        let loads: Vec<_> = providers.into_iter().map(|provider| context.clone().fill_in(provider, None)).collect();
        fill(loads).await?;
        context.ready().await?;
        context.discover(None).await?;
        Ok(context)
    }

    /// An empty context with settings.
    pub(crate) fn add_context(&self, name: &str, settings: ContextSettings) -> Result<Context> {
        let mut known = self.others.known.write().unwrap_or_else(PoisonError::into_inner);
        if name == self.default.name().as_str() || known.contexts.contains_key(name) {
            return Err(Error::new(ErrorKind::AlreadyExists, format!("there is a context `{name}` already")));
        }
        self.create(&mut known, name, settings)
    }

    fn create(&self, known: &mut Known, name: &str, settings: ContextSettings) -> Result<Context> {
        let name: ContextName = name.parse().map_err(invalid_id)?;
        if known.is_closed {
            return Err(Error::new(ErrorKind::Shutdown, "the host is shut down"));
        }
        let context = Context::new(&self.others.machine, name.clone(), settings)?;
        known.contexts.insert(name, context.clone());
        Ok(context)
    }

    /// The context of this name, if there is one.
    #[must_use]
    pub fn context_if_exists(&self, name: impl AsRef<str>) -> Option<Context> {
        let name = name.as_ref();
        if name == self.default.name().as_str() {
            return Some(self.default.clone());
        }
        self.known(|known| known.contexts.get(name).cloned())
    }

    /// All contexts, the default one first, the others by name.
    #[must_use]
    pub fn contexts(&self) -> Vec<Context> {
        let default = std::iter::once(self.default.clone());
        self.known(|known| default.chain(known.contexts.values().cloned()).collect())
    }

    /// Each context in numbers.
    #[must_use]
    pub fn statistics_by_context(&self) -> BTreeMap<ContextName, Statistics> {
        self.contexts().into_iter().map(|context| (context.name().clone(), context.statistics())).collect()
    }

    /// Ends a context: as [`shutdown`](Self::shutdown) does with all. Its name is free at once; what it keeps in files stays. Says whether
    /// it was there. The default one ends with its host alone.
    ///
    /// # Errors
    ///
    /// `invalid-id` for the default one.
    pub async fn remove_context(&self, name: impl AsRef<str>, limit: Duration) -> Result<Option<ShutdownReport>> {
        let name = name.as_ref();
        if name == self.default.name().as_str() {
            let message = format!("the context `{name}` is there as long as its host: clear it, or shut the host down");
            return Err(Error::new(ErrorKind::InvalidId, message));
        }
        let removed = self.others.known.write().unwrap_or_else(PoisonError::into_inner).contexts.remove(name);
        match removed {
            Some(context) => Ok(Some(context.shut_down(limit).await)),
            None => Ok(None),
        }
    }

    /// [Clears](Context::clear) all contexts.
    ///
    /// # Errors
    ///
    /// `shutdown`.
    pub async fn clear_all(&self) -> Result<()> {
        let contexts = self.contexts();
        join_all(contexts.iter().map(Context::clear)).await.into_iter().collect()
    }

    /// What happens in all contexts from now on. Each record says in which.
    #[must_use]
    pub fn all_events(&self) -> Events {
        self.others.machine.events.subscribe()
    }

    /// Takes every provider out of every context, waits until the calls under way have ended, at most for this long ([`Host::DRAIN`] is
    /// a good choice), and aborts the rest:
    /// they end with `shutdown`. No call can begin meanwhile or later. A registration that is under way ends at once: nobody
    /// could call its provider any more. Each provider gives back what it holds, if that takes no longer than what is left of the time.
    ///
    /// A stream that was left lying is aborted as well. A call that nobody polls cannot be told; nothing of it runs, and
    /// dropping it gives back what it holds.
    pub async fn shutdown(&self, limit: Duration) -> ShutdownReport {
        self.others.known.write().unwrap_or_else(PoisonError::into_inner).is_closed = true;
        let contexts = self.contexts();
        let reports = join_all(contexts.iter().map(|context| context.shut_down(limit))).await;
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(log) = log {
            log.end().await;
        }
        reports.into_iter().fold(ShutdownReport { drained: 0, aborted: 0 }, |all, report| ShutdownReport {
            drained: all.drained + report.drained,
            aborted: all.aborted + report.aborted,
        })
    }

    fn known<T>(&self, look: impl FnOnce(&Known) -> T) -> T {
        look(&self.others.known.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (contexts, providers) = (self.known(|known| known.contexts.len() + 1), self.names());
        formatter
            .debug_struct("Host")
            .field("contexts", &contexts)
            .field("providers", &providers)
            .finish_non_exhaustive()
    }
}

/// Does the loads, several at one time.
pub(crate) async fn fill(loads: Vec<impl Future<Output = Result<()>>>) -> Result<()> {
    let mut loaded = stream::iter(loads).buffered(at_one_time());
    while let Some(result) = loaded.next().await {
        result?;
    }
    Ok(())
}
