//! How a context loads providers, and what all contexts of a host share for that.
//!
//! ```text
//! Machine (sandbox, compiler, cache of code) ─┬─► Loading of the default context ─► its way out, its accounts, its events
//!                                             └─► Loading of another context     ─► its own of all these
//! ```
//!
//! What is shared holds code alone, by its digest: nothing that one context has said or heard.

use std::{
    collections::BTreeMap,
    fmt,
    num::NonZero,
    path::PathBuf,
    sync::{Arc, OnceLock},
    thread,
};

use palisade_core::{ContextName, Error, ErrorKind, ProviderId, Result, StoreName};
use palisade_egress::{Egress, Network, Settings};
use palisade_sandbox::{LoadEvent, LoadObserver, Loader};

use crate::{
    accounts::Accounts,
    alarm::Alarms,
    context_settings::ContextSettings,
    decisions::Decisions,
    event_bus::{AllEvents, EventBus},
    in_flight::InFlight,
    loan::{Loans, Stock, StoreLoan},
    permissions::Permissions,
    price_feed::PriceFeedPlace,
    resources_of_host::HostResources,
    standing::Standing,
};

/// What all contexts of a host share.
pub(crate) struct Machine {
    pub(crate) loader: Loader,
    /// Hears what happens in all of them.
    pub(crate) events: AllEvents,
    pub(crate) observer: ProviderObserver,
    /// For those that have no list of their own.
    pub(crate) prices: PriceFeedPlace,
    /// Of the default context. Others keep theirs beside it.
    pub(crate) decisions: Option<Decisions>,
    /// The same.
    pub(crate) storage: Option<PathBuf>,
}

/// What a context loads with, and what all its providers share.
pub(crate) struct Loading {
    pub(crate) machine: Arc<Machine>,
    pub(crate) events: EventBus,
    pub(crate) alarms: Alarms,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) prices: PriceFeedPlace,
    /// What settings of components refer to.
    pub(crate) resources: HostResources,
    /// Where it is kept what providers asked for when that was approved; none where nobody keeps it.
    pub(crate) decisions: Option<Decisions>,
    context: ContextName,
    /// What its providers are lent.
    stock: Arc<dyn Stock>,
    /// The one way out, made when somebody is first let out.
    egress: OnceLock<Egress>,
    in_flight: Arc<InFlight>,
}

impl Machine {
    /// Where a context keeps what outlives the process: in a file of its own beside that of the default one, which has its name, so that what
    /// is kept of one can be saved, moved and deleted without another.
    fn storage_of(&self, context: &ContextName) -> Option<PathBuf> {
        let file = self.storage.clone()?;
        if context.is_default() {
            return Some(file);
        }
        let mut name = file.file_stem().unwrap_or_default().to_owned();
        name.push(format!(".{context}"));
        if let Some(extension) = file.extension() {
            name.push(".");
            name.push(extension);
        }
        Some(file.with_file_name(name))
    }

    fn decisions_of(&self, context: &ContextName) -> Option<Decisions> {
        self.decisions.as_ref().map(|decisions| decisions.of_context(context))
    }
}

impl Loading {
    /// # Errors
    ///
    /// `config` where a budget makes no sense.
    pub(crate) fn new(
        machine: &Arc<Machine>,
        context: &ContextName,
        settings: ContextSettings,
        alarms: Alarms,
        stock: Arc<dyn Stock>,
    ) -> Result<Self> {
        let events = EventBus::of(Some(context.clone()).filter(|name| !name.is_default()), machine.events.clone());
        let accounts = Arc::new(Accounts::new(settings.budgets, machine.storage_of(context), events.clone())?);
        let prices = settings.prices.unwrap_or_else(|| machine.prices.clone());
        let decisions = machine.decisions_of(context);
        let resources = HostResources::new(settings.resources.0);
        let (machine, egress, in_flight) = (Arc::clone(machine), OnceLock::new(), Arc::default());
        let context = context.clone();
        Ok(Self { context, machine, events, alarms, accounts, prices, resources, decisions, stock, egress, in_flight })
    }

    /// The one way out.
    pub(crate) fn egress(&self) -> Result<&Egress> {
        match self.egress.get() {
            Some(egress) => Ok(egress),
            None => {
                let egress = Egress::new(Settings::default(), Network::default())?;
                Ok(self.egress.get_or_init(|| egress))
            }
        }
    }

    /// What a provider is lent.
    pub(crate) fn loans(&self, id: &ProviderId, loans: BTreeMap<StoreName, StoreLoan>) -> Loans {
        Loans::new(&self.context, id, loans, Arc::clone(&self.stock))
    }

    /// What a provider may ask for: what it asks for now where it is loaded for the first time, which is noted, since its
    /// operator has just written what it is granted. None where nobody keeps that.
    ///
    /// # Errors
    ///
    /// As [`Decisions::approved`].
    pub(crate) async fn approved(&self, id: &ProviderId, asked: Permissions) -> Result<Option<Permissions>> {
        let Some(decisions) = self.decisions.clone() else { return Ok(None) };
        let id = id.clone();
        blocking(move || decisions.approved_or_note(&id, &asked)).await.map(Some)
    }

    /// Whether an operator has put this provider in quarantine. What cannot be read is none.
    pub(crate) async fn quarantined(&self, id: &ProviderId) -> Option<Standing> {
        let (decisions, id) = (self.decisions.clone()?, id.clone());
        let decided = blocking(move || Ok(decisions.quarantined()?.remove(&id))).await;
        // Whoever watches the decisions says why they cannot be read.
        decided.ok().flatten().map(Standing::from)
    }

    /// Approves what a provider asks for. Gives what was not approved before; nothing where nobody keeps that.
    ///
    /// # Errors
    ///
    /// As [`Decisions::approve`].
    pub(crate) async fn approve(&self, id: &ProviderId, asked: Permissions) -> Result<Permissions> {
        let Some(decisions) = self.decisions.clone() else { return Ok(Permissions::default()) };
        let id = id.clone();
        blocking(move || decisions.approve(id, asked)).await
    }

    /// The calls of this context.
    pub(crate) fn in_flight(&self) -> Arc<InFlight> {
        Arc::clone(&self.in_flight)
    }

    /// Who wants to hear how far this provider is.
    pub(crate) fn observer(&self, id: &ProviderId) -> LoadObserver {
        self.machine.observer.of(id)
    }
}

/// Does what waits for a disk.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let failed = |error| Error::new(ErrorKind::Internal, "reading what was approved has failed").with_source(error);
    tokio::task::spawn_blocking(work).await.map_err(failed)?
}

/// How many providers are loaded at one time: compiling keeps a processor busy, and takes memory.
pub(crate) fn at_one_time() -> usize {
    thread::available_parallelism().map_or(2, NonZero::get)
}

/// Who wants to hear how far the loading of providers is. Nobody by default.
#[derive(Clone, Default)]
pub(crate) struct ProviderObserver(Option<Arc<Listener>>);

type Listener = dyn Fn(&ProviderId, LoadEvent) + Send + Sync;

impl ProviderObserver {
    pub(crate) fn new(listener: impl Fn(&ProviderId, LoadEvent) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(listener)))
    }

    fn of(&self, id: &ProviderId) -> LoadObserver {
        let Some(listener) = self.0.clone() else { return LoadObserver::default() };
        let id = id.clone();
        LoadObserver::new(move |event| listener(&id, event))
    }
}

impl fmt::Debug for ProviderObserver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_some() { "ProviderObserver(..)" } else { "ProviderObserver(none)" })
    }
}
