//! Finding the best provider: criteria, then `.await`.

use std::{
    fmt,
    future::IntoFuture,
    sync::Arc,
    time::{Duration, Instant},
};

use palisade_core::{
    BoxFuture, Capability, Error, ErrorKind, EventSink, ModelId, Moment, Operation, PicoUsd, ProviderId, Request,
    Result, Streaming, catalogue::Estimate,
};
use palisade_routing::{Decision, Feature, Need, Preference, Weights};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{
    call::{CallSettings, Completion},
    decide,
    decision_record::DecisionRecord,
    fallback::Fallback,
    handle::ProviderHandle,
    route::{Route, Router},
    stream::CallStream,
};

/// A search for the best provider. Add criteria, then await it, or ask it to [`explain`](Self::explain).
#[derive(Clone)]
#[must_use = "a search does nothing until it is awaited"]
pub struct FindProvider {
    pub(crate) router: Arc<Router>,
    need: Need,
    fallback: Fallback,
}

impl FindProvider {
    pub(crate) fn new(router: Arc<Router>, capability: Capability) -> Self {
        let seed = uuid::Uuid::new_v4().as_u64_pair().0;
        // Who asks for the best gets the best: who has many requests spreads them.
        let typical = Need::new(&Request::typical(capability));
        // Nobody knows what kind of media will come.
        let need = Need { seed, spread: false, media_types: Default::default(), ..typical };
        Self { router, need, fallback: Fallback::default() }
    }

    /// What to care about. Balanced by default.
    pub fn prefer(mut self, preference: Preference) -> Self {
        self.need.preference = preference;
        self.need.weights = preference.into();
        self
    }

    /// What time, quality and trouble are worth, in dollars; instead of a preference's.
    pub fn weigh(mut self, weights: Weights) -> Self {
        self.need.weights = weights;
        self
    }

    /// The most that the request may cost. A provider without a price is out.
    pub fn max_price(mut self, price: PicoUsd) -> Self {
        self.need.max_price = Some(price);
        self
    }

    /// Only providers that cost nothing.
    pub fn free(self) -> Self {
        self.max_price(PicoUsd::ZERO)
    }

    /// Only providers that are expected to take no longer. One of which nobody knows how long it takes passes.
    pub fn within(mut self, time: Duration) -> Self {
        self.need.max_seconds = Some(time.as_secs_f64());
        self
    }

    /// Not this one, in any of the ways of [`model`](Self::model). Several calls add up.
    pub fn exclude(mut self, name: impl Into<String>) -> Self {
        self.need.excluded.push(name.into());
        self
    }

    /// Only where it is served in this region, as catalogues name them. Several calls add up: any of them will do.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.need.regions.insert(region.into());
        self
    }

    /// Prefers the same provider for all requests with this key, such as those of a conversation, to others that are nearly as
    /// good: what it has cached of the ones before is worth something.
    pub fn affinity(mut self, key: impl AsRef<[u8]>) -> Self {
        let hash = Sha256::digest(key.as_ref());
        let number = hash.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte));
        self.need.affinity = Some(number);
        self
    }

    /// Gives a share to everybody who is nearly as good as the best, where the choice is
    /// [balanced](Preference::Balanced): for who has many requests.
    pub fn spread(mut self) -> Self {
        self.need.spread = true;
        self
    }

    /// Lets the request go, once in fifty times, to somebody of whom little is known, at no more than twice the cost: so the
    /// host learns.
    pub fn explore(mut self) -> Self {
        self.need.explore = true;
        self
    }

    /// Only providers with this feature.
    pub fn require(mut self, feature: Feature) -> Self {
        self.need.features.push(feature);
        self
    }

    /// Only this model: `model`, `provider`, `provider/model`, or the name that it has across providers.
    pub fn model(mut self, name: impl Into<String>) -> Self {
        self.need.model = Some(name.into());
        self
    }

    /// Only providers that know this option of their own, and take this value.
    pub fn option(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.need.options.insert(name.into(), value.into());
        self
    }

    /// Only providers that know every parameter of the request.
    pub fn strict(mut self) -> Self {
        self.need.strict = true;
        self
    }

    /// The request that is to be served: its size, its parameters and its cost count. A typical one by default.
    pub fn for_request(mut self, request: &Request) -> Self {
        self.need.capability = request.capability();
        self.need.workload = request.workload();
        self.need.at = Moment::now();
        self.need.parameters = request.parameters();
        self.need.media_types = request.media_types();
        self
    }

    /// Decides where chance does: the same seed and the same figures give the same choice. A new one for each search by
    /// default.
    pub fn seed(mut self, seed: u64) -> Self {
        self.need.seed = seed;
        self
    }

    /// How far a request is carried when the one who was to serve it fails: up to three attempts by default.
    pub fn fallback(mut self, fallback: Fallback) -> Self {
        self.fallback = fallback;
        self
    }

    /// Has the best provider serve a request, and the next best when that one fails, by the [`fallback`](Self::fallback). The
    /// timeout of the settings is for all attempts together; without one there is time for two.
    ///
    /// Work that is paid for and may be under way is never done a second time: where an attempt was cut off after its
    /// request had left, its error is the answer, with [`submitted`](Error::submitted).
    ///
    /// ```no_run
    /// use palisade::{CallSettings, Capability, Host, Preference};
    ///
    /// # async fn example(host: Host) -> palisade::Result<()> {
    /// let request = palisade::text_to_image::Request::new("a red fox in fresh snow");
    /// let search = host.find_best_provider(Capability::TextToImage).prefer(Preference::Cheapest);
    /// let made = search.call(request, CallSettings::default()).await?;
    /// for attempt in &made.failed_attempts {
    ///     println!("before {}: {attempt}", made.provider);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `no-provider`, with everybody and their reasons, when nobody fits; `ambiguous-store` where several keep such things and none is
    /// [named](Self::model): of a store, nobody else is asked when it fails; else the error of the last attempt, with all
    /// [`attempts`](Error::attempts).
    pub async fn call<O: Operation>(self, request: O, settings: CallSettings) -> Result<Completion<O::Response>> {
        self.route::<O>(request, settings)?.run::<O>(EventSink::default()).await
    }

    /// Has the best provider serve a request whose response comes piece by piece. Nothing runs before the stream is polled.
    ///
    /// As [`call`](Self::call), but nobody else is asked once a piece was given: two halves of different answers are none.
    ///
    /// # Errors
    ///
    /// `invalid-input`. What else goes wrong is told by the stream.
    pub fn stream<O: Streaming + 'static>(self, request: O, settings: CallSettings) -> Result<CallStream<O>> {
        let in_flight = Arc::clone(&self.router.in_flight);
        let route = self.route::<O>(request, settings)?;
        let over = Box::pin(in_flight.over(route.timeout()));
        let call = |events| -> BoxFuture<'static, _> { Box::pin(route.run::<O>(events)) };
        Ok(CallStream::new(call, over))
    }

    pub(crate) fn route<O: Operation>(self, request: O, settings: CallSettings) -> Result<Route> {
        let request = request.into();
        request.validate()?;
        let mut search = self.for_request(&request);
        search.need.options.extend(settings.options.clone());
        search.need.strict |= settings.strict;
        let fallback = if search.need.capability.is_store() {
            decide::one_store(&search.router.supervisor.snapshot(), &search.need)?;
            // Nobody else has what it keeps.
            Fallback::none()
        } else {
            search.fallback
        };
        Ok(Route::new(search.router, search.need, fallback, Arc::new(request), settings))
    }

    /// The decision, without running anything.
    ///
    /// # Errors
    ///
    /// `no-provider`, with everybody and their reasons; `ambiguous-store` where several keep such things and none is named.
    pub fn explain(&self) -> Result<Decision> {
        decide::one_store(&self.router.supervisor.snapshot(), &self.need)?;
        self.record().explain()
    }

    /// What the decision is made from, without running anything: to be kept, and explained at any time.
    #[must_use]
    pub fn record(&self) -> DecisionRecord {
        decide::record(&self.router.supervisor.snapshot(), self.need.clone())
    }

    /// Who would be asked now, without saying why and without running anything: what each attempt of a [`call`](Self::call)
    /// begins with. None when nobody fits.
    #[must_use]
    pub fn choose(&self) -> Option<(ProviderId, ModelId)> {
        let choice = self.router.supervisor.snapshot().index.choose(&self.need, Instant::now(), &[])?;
        Some((choice.endpoint.provider.clone(), choice.endpoint.model.id.clone()))
    }

    /// What the request is expected to cost by who would serve it, from the least to the most. Nothing runs.
    ///
    /// # Errors
    ///
    /// `no-provider`, with everybody and their reasons.
    pub fn estimate(&self) -> Result<Estimate> {
        Ok(self.explain()?.chosen().estimate.clone())
    }

    fn find(self) -> Result<ProviderHandle> {
        let snapshot = self.router.supervisor.snapshot();
        let chosen = decide::choose(&snapshot, self.need)?;
        let gone = || Error::new(ErrorKind::Internal, "the chosen provider is not in the snapshot");
        let entry = snapshot.entries.get(&chosen.endpoint.provider).ok_or_else(gone)?;
        Ok(ProviderHandle::chosen(entry.service()?, chosen))
    }
}

impl fmt::Debug for FindProvider {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("FindProvider").field("need", &self.need).finish_non_exhaustive()
    }
}

impl IntoFuture for FindProvider {
    type Output = Result<ProviderHandle>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.find() })
    }
}
