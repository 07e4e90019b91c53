//! What goes between a host and the worker of a provider. The first message of each side carries the version.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use palisade_core::{CallOptions, CallReport, Catalogue, Event, Progress, Request, Response};
use serde::{Deserialize, Serialize};

use super::{failure::Failure, figures::Figures};
use crate::{Allocation, Confinement, Reuse};

/// Changes whenever a message does.
pub(super) const VERSION: u32 = 2;

/// From the host.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum ToWorker {
    /// The first message: what the worker may have, before it gives up the rest.
    Start(Start),
    /// The second one: what it is to serve.
    Load(Box<Load>),
    /// Begins a call.
    Call(u64, Box<Order>),
    /// Answers what a call has asked.
    Answer(u64, Reply),
    /// Ends a call that nobody waits for any more. It answers with `Done` or `Gone`.
    Cancel(u64),
}

/// From the worker.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum FromWorker {
    /// It has given up what it does not need, and lacks what this says.
    Ready(Ready),
    /// The component is linked.
    Loaded(Result<(), Failure>),
    /// A call says something, and goes on.
    Tell(u64, Note),
    /// A call asks for something, and waits for the answer.
    Ask(u64, Question),
    /// A call has ended, and this is the last of it.
    Done(u64, Box<Result<Product, Failure>>, CallReport),
    /// A call was ended because nobody waits for it, and this is the last of it.
    Gone(u64),
}

/// What a worker may have.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Start {
    /// [`VERSION`] of the host.
    pub(super) version: u32,
    /// Bytes of memory that it may write to.
    pub(super) memory_bytes: u64,
    /// Calls for which its pool has room.
    pub(super) calls: u32,
    /// Which memory the code is for.
    pub(super) allocation: Allocation,
}

/// What a worker is.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Ready {
    /// [`VERSION`] of the worker.
    pub(super) version: u32,
    /// What holds it.
    pub(super) confinement: Confinement,
}

/// What a worker serves.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Load {
    /// What the component is.
    pub(super) digest: [u8; 32],
    /// What the host's compiler made of it.
    #[serde(with = "serde_bytes")]
    pub(super) code: Vec<u8>,
    /// The settings that it may read.
    pub(super) config: BTreeMap<String, String>,
    /// What each of its calls may use.
    pub(super) limits: Figures,
    /// Whether instances are kept.
    pub(super) reuse: Option<Reuse>,
    /// What the guest said of itself, where a worker before this one has asked: no instance is kept whose answer is not
    /// in keeping with it.
    pub(super) catalogue: Option<Catalogue>,
}

/// A call to make.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    /// What is to be done.
    pub(super) work: Work,
    /// How long it may take.
    pub(super) timeout: Duration,
    /// How much of that has gone.
    pub(super) spent: Duration,
    /// Whether somebody listens to its pieces.
    pub(super) wants_events: bool,
}

/// What a guest can be asked.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Work {
    /// What it says of itself.
    Describe,
    /// Whether it could work now.
    Check,
    /// To serve a request.
    Serve {
        /// What to do.
        #[serde(with = "shared")]
        request: Arc<Request>,
        /// How.
        options: CallOptions,
    },
}

/// What a call says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Note {
    /// How far it is.
    Progress(Progress),
}

/// What a call asks of the host. What providers are granted of the world is added here.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Question {
    /// To take a piece of the response. The guest goes on when it was taken.
    Take(Event),
}

/// What the host answers.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Reply {
    /// The piece was taken.
    Taken,
}

/// What a call gives.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Product {
    /// What the provider says of itself.
    Catalogue(Catalogue),
    /// That it could work now.
    Health,
    /// What was asked for.
    Response(Response),
}

/// A request that is large, and shared.
mod shared {
    use std::sync::Arc;

    use palisade_core::Request;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(request: &Arc<Request>, serializer: S) -> Result<S::Ok, S::Error> {
        (**request).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Request>, D::Error> {
        Request::deserialize(deserializer).map(Arc::new)
    }
}
