//! A provider to call, and what a call gives.

use std::{fmt, slice, sync::Arc, time::Instant};

use palisade_core::{
    BoxFuture, Capability, EventSink, ModelId, Operation, ProviderId, Request, Result, Scope, Streaming,
    catalogue::Estimate, http::Outlet,
};
use palisade_routing::{Decision, Endpoint, Need};
use palisade_storage::Lease;

use crate::{
    accounts::{self, Accounts, Claim},
    call::{CallSettings, Completion},
    decide::Chosen,
    decision_record::DecisionRecord,
    resume::{self, Resumed},
    service::{self, Bought, Service},
    stream::CallStream,
};

/// A provider, bound to one of its models when it was chosen. Cheap to clone. It stays callable when the provider is
/// unregistered meanwhile.
#[derive(Clone)]
pub struct ProviderHandle {
    service: Arc<Service>,
    /// The model that was chosen, and why.
    chosen: Option<Arc<Chosen>>,
}

impl ProviderHandle {
    pub(crate) fn chosen(service: &Arc<Service>, chosen: Chosen) -> Self {
        Self { service: Arc::clone(service), chosen: Some(Arc::new(chosen)) }
    }

    pub(crate) fn of(service: &Arc<Service>) -> Self {
        Self { service: Arc::clone(service), chosen: None }
    }

    /// The name under which the provider is registered.
    #[must_use]
    pub fn id(&self) -> &ProviderId {
        &self.service.id
    }

    /// The models that it is called with: the chosen one, or all when it was got by its id. A call takes the first that
    /// serves its capability.
    pub fn models(&self) -> impl Iterator<Item = &ModelId> {
        self.endpoints().iter().map(|endpoint| &endpoint.model.id)
    }

    /// What it can do.
    #[must_use]
    pub fn capabilities(&self) -> &[Capability] {
        self.service.provider.capabilities()
    }

    /// Why it was chosen, by what was known then; none when it was got by its id. Worked out when it is first asked for.
    #[must_use]
    pub fn decision(&self) -> Option<&Decision> {
        self.chosen.as_ref()?.decision()
    }

    /// What it was chosen by: to be kept, and explained at any time. None when it was got by its id.
    #[must_use]
    pub fn record(&self) -> Option<&DecisionRecord> {
        self.chosen.as_ref().map(|chosen| &chosen.record)
    }

    /// Whether it could serve a call now. Free of charge; it takes the place of a call meanwhile.
    ///
    /// # Errors
    ///
    /// Says why it could not: of its own, or because too many calls of it are under way.
    pub async fn check(&self) -> Result<()> {
        self.service.check().await
    }

    /// The way out of a call of it, in a scope: what is granted, asked for and approved, with the credentials where they belong,
    /// and nothing else. For a program that makes the call itself, as one that records what upstreams answer. None of a provider to
    /// which nothing is granted.
    #[must_use]
    pub fn outlet(&self, scope: &Scope) -> Outlet {
        self.service.reach.as_ref().map(|reach| reach.outlet(scope, &Arc::default())).unwrap_or_default()
    }

    /// What a request is expected to cost here by the prices, whoever states them, from the least to the most. Nothing runs.
    ///
    /// # Errors
    ///
    /// `unsupported` when the provider does not serve the capability.
    pub fn estimate(&self, request: &Request) -> Result<Estimate> {
        Ok(self.endpoint(request.capability())?.estimate(&Need::new(request)))
    }

    /// Serves a request of any capability.
    ///
    /// Whoever no longer wants it drops it. A call that has begun and is kept without being polled holds its place, and its
    /// sandbox, for as long, whatever its deadline; a [`stream`](Self::stream) holds them until its deadline at the most.
    ///
    /// # Errors
    ///
    /// Any kind of the classes `Request`, `Sandbox` and `Provider`. An error carries a report when something ran.
    pub async fn call<O: Operation>(&self, request: O, settings: CallSettings) -> Result<Completion<O::Response>> {
        let request = Arc::new(request.into());
        self.check_request(O::CAPABILITY, &request)?;
        self.serve::<O>(request, settings, EventSink::default(), false).await
    }

    /// The same as a part of a call that is under way: it may begin as long as that one goes on.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub(crate) async fn call_part<O: Operation>(
        &self,
        request: O,
        settings: CallSettings,
    ) -> Result<Completion<O::Response>> {
        let request = Arc::new(request.into());
        self.check_request(O::CAPABILITY, &request)?;
        self.serve::<O>(request, settings, EventSink::default(), true).await
    }

    /// Serves a request whose response comes piece by piece. Nothing runs before the stream is polled.
    ///
    /// ```no_run
    /// use futures_util::StreamExt as _;
    /// use palisade::chat::Event;
    ///
    /// # async fn example(provider: palisade::ProviderHandle) -> palisade::Result<()> {
    /// let mut answer = provider.chat_stream("Where do foxes live?")?;
    /// while let Some(event) = answer.next().await {
    ///     if let Event::Text(text) = event? {
    ///         print!("{text}");
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `invalid-input`; `unsupported` when the provider does not serve the capability. What else goes wrong is told by
    /// the stream.
    pub fn stream<O: Streaming + 'static>(&self, request: O, settings: CallSettings) -> Result<CallStream<O>> {
        let request = Arc::new(request.into());
        self.check_request(O::CAPABILITY, &request)?;
        let handle = self.clone();
        let over = Box::pin(self.service.admission.over(settings.timeout));
        let call = |events| -> BoxFuture<'static, _> {
            Box::pin(async move { handle.serve::<O>(request, settings, events, false).await })
        };
        Ok(CallStream::new(call, over))
    }

    async fn serve<O: Operation>(
        &self,
        request: Arc<Request>,
        settings: CallSettings,
        events: EventSink,
        is_part: bool,
    ) -> Result<Completion<O::Response>> {
        let endpoint = self.endpoint(O::CAPABILITY)?;
        let accounts = &*self.service.accounts;
        let decides = (self.id(), &endpoint.model.id);
        let mut lease = match accounts.claim::<O>(&request, &settings, &decides, None).await? {
            Some(Claim::Kept(completion)) => return Ok(completion),
            // On the heap, like all that few calls need.
            Some(Claim::Submitted(lease)) => return Box::pin(self.resume::<O>(lease, &settings)).await,
            Some(Claim::New(lease)) => Some(lease),
            None => None,
        };
        let mut settings = settings;
        if lease.is_none() && self.service.works_by_job(O::CAPABILITY) {
            // It outlives the call, and has to be found again.
            settings.idempotency_key = Some(uuid::Uuid::new_v4().to_string());
            if let Some(Claim::New(new)) = accounts.claim::<O>(&request, &settings, &decides, None).await? {
                lease = Some(new);
            }
        }
        // Where it makes no difference, nobody asks what it costs.
        let may_matter = accounts.asks_for_costs(lease.as_ref());
        let high = may_matter.then(|| service::high(endpoint, &request)).flatten();
        let bought = Bought::reserve(accounts, endpoint, O::CAPABILITY, &settings.scope, high, lease.as_mut())?;
        let bought = Bought { is_part, ..bought };
        let now = Instant::now();
        let begun = endpoint.live.begin(now).with_workload(&request.workload(), now);
        let served = self.service.attempt(endpoint, begun, request, settings, events, bought).await;
        let completed = served.and_then(|served| self.service.complete::<O>(endpoint, served));
        if let Some(kept) = Accounts::end::<O>(lease, &completed) {
            kept.await;
        }
        completed
    }

    /// Asks after a job that was submitted before, until it has ended.
    async fn resume<O: Operation>(&self, lease: Lease, settings: &CallSettings) -> Result<Completion<O::Response>> {
        let until = service::job_deadline(settings.timeout);
        match resume::resume(&self.service, lease, until, &settings.progress).await {
            Resumed::Ended(result) => {
                accounts::typed::<O>(result?).ok_or_else(|| self.service.unsupported(O::CAPABILITY))
            }
            Resumed::GoesOn(_, error) => Err(error),
        }
    }

    fn check_request(&self, capability: Capability, request: &Request) -> Result<()> {
        let model = &self.endpoint(capability)?.model;
        self.service.check_request(capability, request)?;
        // Whoever is routed was chosen for the files that it has.
        model.check_media(request).map_err(|error| self.service.own(error))
    }

    fn endpoint(&self, capability: Capability) -> Result<&Endpoint> {
        let serves = |endpoint: &&Arc<Endpoint>| endpoint.model.capabilities.contains(&capability);
        self.endpoints().iter().find(serves).map(Arc::as_ref).ok_or_else(|| self.service.unsupported(capability))
    }

    /// The chosen model, or all when it was got by its id.
    fn endpoints(&self) -> &[Arc<Endpoint>] {
        self.chosen.as_ref().map_or(&self.service.endpoints, |chosen| slice::from_ref(&chosen.endpoint))
    }
}

impl fmt::Debug for ProviderHandle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let models: Vec<_> = self.models().collect();
        formatter.debug_struct("ProviderHandle").field("id", self.id()).field("models", &models).finish_non_exhaustive()
    }
}
