//! A provider that fails, slows down, lies and breaks off as it is told, to test what a program does then.
//!
//! ```text
//! number of the call ─► script ─► Act ─► what the call does
//! ```
//!
//! ```
//! use palisade_chaos::{Act, Chaos};
//! use palisade_core::{ErrorKind, Submitted};
//!
//! // Serves twice, is overloaded for three calls, and serves from then on.
//! let chaos = Chaos::new(|call| match call {
//!     2..5 => Act::fail(ErrorKind::Overloaded, Submitted::No),
//!     _ => Act::Serve,
//! });
//! let calls = chaos.calls();
//! assert_eq!(calls.count(), 0);
//! ```

mod answer;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use palisade_core::{
    BoxFuture, Call, CallReport, Capability, Catalogue, Error, ErrorKind, EventSink, Outcome, PicoUsd, Provider,
    Result, Submitted, Unit,
    catalogue::{Description, FailureBilling, Model, Price},
    chat,
};

/// What a call does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Serves the request.
    Serve,
    /// Serves it after a while.
    ServeAfter(Duration),
    /// Fails.
    Fail {
        /// With this error.
        kind: ErrorKind,
        /// Whether the request had left for an upstream, as it says.
        submitted: Submitted,
        /// How long it wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// Never ends.
    Hang,
    /// Panics.
    Panic,
    /// Answers what nobody asked for: nothing at all, as if it were a result.
    Lie,
    /// Gives so many pieces of a response that comes in pieces, and fails then.
    BreakOff {
        /// Pieces before it fails.
        pieces: usize,
    },
}

impl Act {
    /// Fails with this error.
    #[must_use]
    pub const fn fail(kind: ErrorKind, submitted: Submitted) -> Self {
        Self::Fail { kind, submitted, retry_after: None }
    }

    /// Ends as it says, whatever is asked for.
    async fn end(self) -> Result<()> {
        match self {
            Self::Serve | Self::Lie | Self::BreakOff { .. } => Ok(()),
            Self::ServeAfter(time) => {
                tokio::time::sleep(time).await;
                Ok(())
            }
            Self::Fail { kind, submitted, retry_after } => {
                let error = Error::new(kind, "the script says that it fails");
                Err(error.with_upstream(submitted, None).with_retry_after(retry_after))
            }
            Self::Hang => std::future::pending().await,
            #[expect(clippy::panic, reason = "it is what is asked for")]
            Self::Panic => panic!("the script says that it panics"),
        }
    }

    /// Is asked too much, and says how long to wait.
    #[must_use]
    pub const fn throttle(retry_after: Option<Duration>) -> Self {
        Self::Fail { kind: ErrorKind::RateLimited, submitted: Submitted::No, retry_after }
    }
}

/// The provider. It serves `chat`, `text-to-image` and `embedding` with its one model, `chaos`, free of charge.
pub struct Chaos {
    script: Box<Script>,
    /// What becomes of making it ready.
    start: Box<Script>,
    /// What becomes of a check.
    check: Box<Script>,
    catalogue: Catalogue,
    calls: Calls,
}

type Script = dyn Fn(u64) -> Act + Send + Sync;

/// The calls that a provider has had, by the order in which they came.
#[derive(Debug, Clone, Default)]
pub struct Calls(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    begun: AtomicU64,
    ended: AtomicU64,
    initialized: AtomicU64,
    disposed: AtomicU64,
    checked: AtomicU64,
}

impl Calls {
    /// How many have begun.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.begun.load(Ordering::SeqCst)
    }

    /// How many have ended by themselves: what is missing was dropped, or is under way.
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.0.ended.load(Ordering::SeqCst)
    }

    /// How many times it was to be made ready.
    #[must_use]
    pub fn initialized(&self) -> u64 {
        self.0.initialized.load(Ordering::SeqCst)
    }

    /// How many times it has given back what it holds.
    #[must_use]
    pub fn disposed(&self) -> u64 {
        self.0.disposed.load(Ordering::SeqCst)
    }
}

const CAPABILITIES: [Capability; 3] = [Capability::Chat, Capability::TextToImage, Capability::Embedding];

impl Chaos {
    /// A provider whose calls do what `script` says, which is given their numbers from 0.
    pub fn new(script: impl Fn(u64) -> Act + Send + Sync + 'static) -> Self {
        let description = Description {
            claimed_id: "chaos".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            summary: "Fails, slows down, lies and breaks off as it is told".to_owned(),
            bills_on_failure: FailureBilling::Never,
            ..Description::default()
        };
        // A name that is an id by its letters alone.
        let models = "chaos".parse().map(|id| Model::new(id, &CAPABILITIES)).into_iter();
        let models = models.map(|model| Model { prices: Some(Vec::new()), ..model }).collect();
        let catalogue = Catalogue::new(description, models);
        let (start, check) = (Box::new(|_| Act::Serve), Box::new(|_| Act::Serve));
        Self { script: Box::new(script), start, check, catalogue, calls: Calls::default() }
    }

    /// A provider whose calls all do the same.
    pub fn always(act: Act) -> Self {
        Self::new(move |_| act.clone())
    }

    /// Does this each time it is made ready, which is given its number from 0. By default it is ready at once.
    #[must_use]
    pub fn starting(mut self, start: impl Fn(u64) -> Act + Send + Sync + 'static) -> Self {
        self.start = Box::new(start);
        self
    }

    /// Does this each time it is checked, which is given its number from 0. By default it is well.
    #[must_use]
    pub fn checked(mut self, check: impl Fn(u64) -> Act + Send + Sync + 'static) -> Self {
        self.check = Box::new(check);
        self
    }

    /// Takes this for each request, and says this of failed ones.
    #[must_use]
    pub fn billing(self, price: PicoUsd, bills_on_failure: FailureBilling) -> Self {
        self.change(|catalogue| {
            catalogue.description.bills_on_failure = bills_on_failure;
            for model in &mut catalogue.models {
                model.prices = Some(vec![Price::new(Unit::Request, price)]);
            }
        })
    }

    /// With something else in its catalogue.
    #[must_use]
    pub fn change(mut self, change: impl FnOnce(&mut Catalogue)) -> Self {
        change(&mut self.catalogue);
        self
    }

    /// Counts its calls, also when the provider was handed over.
    #[must_use]
    pub fn calls(&self) -> Calls {
        self.calls.clone()
    }

    async fn act(&self, act: Act, call: Call) -> Result<Outcome> {
        match act {
            Act::Lie => return Ok(outcome(answer::lie())),
            Act::BreakOff { pieces } => {
                let pieces = answer::pieces().into_iter().take(pieces);
                send(&call.events, pieces).await;
                return Err(Error::new(ErrorKind::Upstream, "the script says that it breaks off"));
            }
            act => act.end().await?,
        }
        if call.request.capability() == Capability::Chat && call.events.is_listened_to() {
            send(&call.events, answer::pieces()).await;
        }
        Ok(outcome(answer::to(&call.request)?))
    }
}

async fn send(events: &EventSink, pieces: impl IntoIterator<Item = chat::Event>) {
    for piece in pieces {
        events.send(piece).await;
    }
}

fn outcome(response: palisade_core::Response) -> Outcome {
    Outcome { response, report: CallReport::default() }
}

impl Provider for Chaos {
    fn capabilities(&self) -> &[Capability] {
        &CAPABILITIES
    }

    fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    fn initialize(&self) -> BoxFuture<'_, Result<()>> {
        let number = self.calls.0.initialized.fetch_add(1, Ordering::SeqCst);
        Box::pin((self.start)(number).end())
    }

    fn check(&self, _: palisade_core::http::Outlet) -> BoxFuture<'_, Result<()>> {
        let number = self.calls.0.checked.fetch_add(1, Ordering::SeqCst);
        Box::pin((self.check)(number).end())
    }

    fn dispose(&self) -> BoxFuture<'_, ()> {
        self.calls.0.disposed.fetch_add(1, Ordering::SeqCst);
        Box::pin(async {})
    }

    fn call(&self, call: Call) -> BoxFuture<'_, Result<Outcome>> {
        let number = self.calls.0.begun.fetch_add(1, Ordering::SeqCst);
        let act = (self.script)(number);
        Box::pin(async move {
            let result = self.act(act, call).await;
            self.calls.0.ended.fetch_add(1, Ordering::SeqCst);
            result
        })
    }
}

#[cfg(test)]
mod tests {
    use palisade_core::Request;

    use super::*;

    #[tokio::test]
    async fn it_answers_what_it_serves_and_its_catalogue_holds() {
        let chaos = Chaos::always(Act::Serve);
        chaos.catalogue().validate(chaos.capabilities()).unwrap();
        for capability in CAPABILITIES {
            let request = Arc::new(Request::typical(capability));
            let outcome = chaos.act(Act::Serve, call(&request)).await.unwrap();
            chaos.catalogue().check_response(&request, &outcome.response).unwrap();
            let lie = chaos.act(Act::Lie, call(&request)).await.unwrap();
            chaos.catalogue().check_response(&request, &lie.response).unwrap_err();
        }
    }

    fn call(request: &Arc<Request>) -> Call {
        Call {
            outlet: Default::default(),
            key_value: Default::default(),
            stores: Default::default(),
            request: Arc::clone(request),
            options: palisade_core::CallOptions {
                model: "chaos".parse().unwrap(),
                idempotency_key: "key".to_owned(),
                timeout: None,
                provider_options: Default::default(),
                strict: false,
                scope: Default::default(),
            },
            progress: Default::default(),
            events: EventSink::default(),
        }
    }
}
