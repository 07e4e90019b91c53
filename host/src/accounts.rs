//! What calls may cost, and what was paid for already.
//!
//! ```text
//! key ─► ledger: new | another call does it: wait | done: its result again | may have been done: never again
//! estimate ─► reserve in all budgets ─► submit (noted) ─► settle what it cost | release | keep what it may have cost
//! ```
//!
//! Where the host has a file for it, what is spent and what was submitted outlives the process: noted before anything is
//! sent.

use std::{
    path::PathBuf,
    sync::OnceLock,
    time::{Duration, SystemTime},
};

use palisade_core::{
    BoxFuture, CallReport, Capability, Error, ErrorKind, KeyValue, ModelId, Operation, PicoUsd, ProviderId, Request,
    Response, Result, Scope, Spent,
};
use palisade_routing::{Budget, Budgets, Endpoint, Refused, Reservation};
use palisade_storage::{Begin, Lease, Ledger, Options, RequestHash, Storage};
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;

use crate::{
    call::{CallSettings, Completion},
    event_bus::EventBus,
    events::HostEvent,
    started::Started,
};

/// Most bytes of results that are kept for idempotency keys where there is no file for them.
const RESULTS_IN_MEMORY: u64 = 32 << 20;

/// The accounts of a host.
pub(crate) struct Accounts {
    budgets: Budgets,
    has_budgets: bool,
    /// Where it is kept what outlives the process.
    file: Option<PathBuf>,
    /// In the file where there is one, once it is open; else in memory, from the first call that has a key.
    storage: OnceLock<Storage>,
    /// Keeps two from opening the file.
    opened: OnceCell<()>,
    events: EventBus,
}

/// A call that has an idempotency key.
pub(crate) enum Claim<R> {
    /// It is to be made.
    New(Lease),
    /// Its work is under way elsewhere, and is asked after.
    Submitted(Lease),
    /// It was made before.
    Kept(Completion<R>),
}

/// What is kept of a call that was served.
#[derive(Serialize, Deserialize)]
struct Kept {
    response: Response,
    provider: ProviderId,
    model: ModelId,
    cost: Option<PicoUsd>,
}

impl Accounts {
    /// Nothing was spent, until they are [open](Self::open).
    ///
    /// # Errors
    ///
    /// `config` where a budget makes no sense.
    pub(crate) fn new(budgets: Vec<Budget>, file: Option<PathBuf>, events: EventBus) -> Result<Self> {
        let has_budgets = !budgets.is_empty();
        let (storage, opened) = (OnceLock::new(), OnceCell::new());
        Ok(Self { budgets: Budgets::new(budgets)?, has_budgets, file, storage, opened, events })
    }

    /// Goes on from what is kept in the file, if there is one. The first time counts.
    ///
    /// # Errors
    ///
    /// `io` and what else [`Storage::open`] says.
    pub(crate) async fn open(&self) -> Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let open = async || {
            let opened = Storage::open(file, Options::default()).await?;
            self.budgets.restore(&opened.spent().await?, SystemTime::now());
            self.storage.get_or_init(|| opened);
            Ok(())
        };
        self.opened.get_or_try_init(open).await.copied()
    }

    /// Whether it makes a difference what a call may cost: something is reserved for it, or its lease notes what may be billed.
    pub(crate) fn asks_for_costs(&self, lease: Option<&Lease>) -> bool {
        lease.is_some() || self.has_budgets
    }

    /// Whether what is noted outlives the process.
    pub(crate) fn has_file(&self) -> bool {
        self.file.is_some()
    }

    /// Sees whether a call with a key was made before, or is being made; a call without one is always made. Who only wants to
    /// know what its job is known by is told where another call has it.
    ///
    /// # Errors
    ///
    /// `key-conflict`, `maybe-billed`, `io`; `deadline` when another call with the key takes longer than this one may.
    pub(crate) async fn claim<O: Operation>(
        &self,
        request: &Request,
        settings: &CallSettings,
        decides: &impl Serialize,
        started: Option<&Started>,
    ) -> Result<Option<Claim<O::Response>>> {
        match &settings.idempotency_key {
            // On the heap, like all that few calls need: the room for it would be moved about with every call.
            Some(key) => Box::pin(self.claim_key::<O>(key, request, settings, decides, started)).await.map(Some),
            None => Ok(None),
        }
    }

    async fn claim_key<O: Operation>(
        &self,
        key: &str,
        request: &Request,
        settings: &CallSettings,
        decides: &impl Serialize,
        started: Option<&Started>,
    ) -> Result<Claim<O::Response>> {
        let hash = RequestHash::of(request, &(decides, &settings.options, settings.strict))?;
        let mut begun = self.storage()?.ledger().begin(&settings.scope, key, hash).await?;
        loop {
            begun = match begun {
                Begin::New(lease) => return Ok(Claim::New(lease)),
                Begin::Submitted(lease) => return Ok(Claim::Submitted(lease)),
                Begin::Finished(finished) => return read::<O>(&finished.into_result()?).map(Claim::Kept),
                Begin::Uncertain(uncertain) => return Err(uncertain.into()),
                Begin::Conflict => return Err(Begin::conflict()),
                Begin::InFlight(other) => {
                    started.inspect(|started| started.tell(other.id()));
                    let late =
                        || Error::new(ErrorKind::Deadline, "another call with this idempotency key takes longer");
                    let patience = settings.timeout.unwrap_or(Duration::MAX);
                    tokio::time::timeout(patience, other.wait()).await.map_err(|_| late())??
                }
            };
        }
    }

    /// Notes how a call with a key has ended: gives what is to be waited for, if anything is.
    pub(crate) fn end<O: Operation>(
        lease: Option<Lease>,
        result: &Result<Completion<O::Response>>,
    ) -> Option<BoxFuture<'static, ()>> {
        // One that has failed is free where nothing can be billed, and is never made again otherwise: the lease knows.
        let (lease, completion) = (lease?, result.as_ref().ok()?);
        Some(Box::pin(keep(lease, written(completion), completion.cost)))
    }

    /// Keeps what a job has made that was submitted before, and charged with this.
    pub(crate) async fn keep(lease: Lease, completion: &Completion<Response>, charged: Option<PicoUsd>) {
        keep(lease, written(completion), charged).await;
    }

    /// What was noted as spent for a job before is what it has cost in the end; where that is not known, it stays.
    pub(crate) fn correct(&self, spent: &[Spent], cost: Option<PicoUsd>) {
        if let Some(cost) = cost {
            self.budgets.correct(spent, cost, SystemTime::now());
        }
    }

    /// The ledger of what was submitted.
    pub(crate) async fn ledger(&self) -> Result<&Ledger> {
        self.open().await?;
        Ok(self.storage()?.ledger())
    }

    /// What a provider keeps between its calls, for a scope of its callers, where room was granted.
    pub(crate) fn key_value(&self, provider: &ProviderId, scope: &Scope, room: Option<u64>) -> Result<KeyValue> {
        let Some(room) = room else { return Ok(KeyValue::default()) };
        Ok(KeyValue::new(self.storage()?.values(provider, scope, room)?))
    }

    /// What the host keeps of a job that is done.
    pub(crate) fn read_result(bytes: &[u8]) -> Result<Completion<Response>> {
        read_any(bytes)
    }

    /// Reserves what a call may cost.
    ///
    /// # Errors
    ///
    /// `budget` when there is too little left, or nobody knows what the call may cost.
    pub(crate) fn reserve<'a>(
        &'a self,
        endpoint: &'a Endpoint,
        capability: Capability,
        scope: &Scope,
        high: Option<PicoUsd>,
    ) -> Result<Payment<'a>> {
        let reserved = self.budgets.reserve(scope, capability, &endpoint.provider, high, SystemTime::now());
        let reservation = reserved.map_err(|refused| self.refused(endpoint, refused))?;
        let spent = reservation.spent();
        if !spent.is_empty() {
            let amount = reservation.amount();
            let (provider, model) = (&endpoint.provider, &endpoint.model.id);
            self.events.emit(|| HostEvent::BudgetReserved { provider: provider.clone(), model: model.clone(), amount });
        }
        Ok(Payment { accounts: self, endpoint, reservation, spent, has_lease: false })
    }

    fn refused(&self, endpoint: &Endpoint, refused: Refused) -> Error {
        let provider = endpoint.provider.clone();
        let wait = refused.retry_after();
        let message = refused.to_string();
        self.events.emit(|| HostEvent::BudgetExhausted {
            budget: refused.budget,
            provider: provider.clone(),
            message: message.clone(),
        });
        Error::new(ErrorKind::Budget, message).with_provider(provider).with_retry_after(wait)
    }

    fn storage(&self) -> Result<&Storage> {
        match self.storage.get() {
            Some(storage) => Ok(storage),
            // Nothing of a provider is called before.
            None if self.file.is_some() => Err(Error::new(ErrorKind::Internal, "the storage is not open")),
            None => {
                let options = Options { results_bytes: RESULTS_IN_MEMORY, ..Options::default() };
                let memory = Storage::in_memory(options)?;
                Ok(self.storage.get_or_init(|| memory))
            }
        }
    }

    /// Waits until everything is written.
    pub(crate) async fn close(&self) {
        if let Some(storage) = self.storage.get()
            && let Err(error) = storage.close().await
        {
            tracing::warn!(%error, "what was spent may not all be kept");
        }
    }
}

/// What one attempt may cost. Dropped, it counts as spent if it was submitted.
pub(crate) struct Payment<'a> {
    accounts: &'a Accounts,
    endpoint: &'a Endpoint,
    reservation: Reservation,
    spent: Vec<Spent>,
    /// Whether a lease notes what is spent.
    has_lease: bool,
}

impl Payment<'_> {
    /// Notes that the provider is about to be called. Nothing may be sent before.
    ///
    /// # Errors
    ///
    /// `maybe-billed`, `host-busy`, `io`: then nothing may be sent.
    pub(crate) async fn submit_under(&mut self, lease: &mut Lease) -> Result<()> {
        lease.attempt(&self.endpoint.provider, &self.endpoint.model.id, self.spent.clone()).await?;
        self.has_lease = true;
        self.reservation.submitted();
        Ok(())
    }

    /// The same of a call without a key: it is enough that it is noted soon.
    pub(crate) fn submit(&mut self) {
        if let Some(storage) = self.accounts.storage.get().filter(|_| !self.spent.is_empty()) {
            drop(storage.reserve(&self.spent));
        }
        self.reservation.submitted();
    }

    /// It has cost this; where that is not known, what was reserved.
    pub(crate) fn settle(self, cost: Option<PicoUsd>) {
        let amount = cost.unwrap_or(self.reservation.amount());
        self.end(amount);
    }

    /// It has cost nothing.
    pub(crate) fn release(self) {
        self.end(PicoUsd::ZERO);
    }

    fn end(self, cost: PicoUsd) {
        let Self { accounts, endpoint, reservation, spent, has_lease } = self;
        if !spent.is_empty() {
            let reserved = reservation.amount();
            let (provider, model) = (&endpoint.provider, &endpoint.model.id);
            let settled =
                || HostEvent::BudgetSettled { provider: provider.clone(), model: model.clone(), reserved, cost };
            accounts.events.emit(settled);
            if let Some(storage) = accounts.storage.get().filter(|_| !has_lease) {
                drop(storage.settle(&spent, cost));
            }
        }
        reservation.settle(Some(cost));
    }
}

/// What was served, as it is kept.
fn written<R: Clone + Into<Response>>(completion: &Completion<R>) -> Result<Vec<u8>> {
    let kept = Kept {
        response: completion.response.clone().into(),
        provider: completion.provider.clone(),
        model: completion.model.clone(),
        cost: completion.cost,
    };
    let mut bytes = Vec::new();
    let written = ciborium::into_writer(&kept, &mut bytes);
    written.map_err(|error| Error::new(ErrorKind::Internal, format!("a result cannot be kept: {error}")))?;
    Ok(bytes)
}

/// Keeps what was served for its key.
async fn keep(lease: Lease, written: Result<Vec<u8>>, cost: Option<PicoUsd>) {
    let kept = match written {
        Ok(bytes) => lease.finished(bytes.into(), cost).await,
        Err(error) => Err(error),
    };
    if let Err(error) = kept {
        // It was served all the same; the key stays known.
        tracing::warn!(%error, "what was served is not kept for its idempotency key");
    }
}

fn read<O: Operation>(bytes: &[u8]) -> Result<Completion<O::Response>> {
    typed::<O>(read_any(bytes)?).ok_or_else(damaged)
}

fn read_any(bytes: &[u8]) -> Result<Completion<Response>> {
    let Kept { response, provider, model, cost } = ciborium::from_reader(bytes).map_err(|_| damaged())?;
    let (report, failed_attempts) = (CallReport::default(), Vec::new());
    Ok(Completion { response, provider, model, cost, report, failed_attempts, is_repeated: true })
}

/// The completion with the response of a capability; none when it is another's.
pub(crate) fn typed<O: Operation>(completion: Completion<Response>) -> Option<Completion<O::Response>> {
    let Completion { response, provider, model, cost, report, failed_attempts, is_repeated } = completion;
    let response = O::response(response)?;
    Some(Completion { response, provider, model, cost, report, failed_attempts, is_repeated })
}

fn damaged() -> Error {
    Error::new(ErrorKind::MaybeBilled, "the result that was kept for this idempotency key cannot be read")
}
