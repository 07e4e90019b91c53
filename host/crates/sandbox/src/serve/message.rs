//! What goes between a host and the worker of a provider. The first message of each side carries the version.

use std::{
    collections::BTreeMap,
    io::{self, Read},
    sync::Arc,
    time::Duration,
};

use palisade_core::{CallOptions, CallReport, CancelResult, Capability, Catalogue, JobToken, Request, Response, Scope};
use serde::{Deserialize, Serialize};

use super::{
    failure::Failure,
    figures::Figures,
    frame::{self, Kind},
    job::Whereabouts,
    question::{Granted, Reply},
};
use crate::{Allocation, Confinement, Reuse};

/// Changes whenever a message does.
pub(super) const VERSION: u32 = 5;

/// A message from the host, as a worker reads it.
#[derive(Debug)]
pub(super) enum ToWorker {
    Start(Start),
    Load(Box<Load>),
    Call(u64, Box<Order>),
    Taken(u64),
    Reply(u64, Reply),
    Cancel(u64),
}

impl ToWorker {
    /// Reads the next one; none at the end.
    pub(super) fn read(input: &mut impl Read) -> io::Result<Option<Self>> {
        let Some((head, body)) = frame::read(input)? else { return Ok(None) };
        Ok(Some(match head.kind {
            Kind::Start => Self::Start(frame::parse(&body)?),
            Kind::Load => Self::Load(Box::new(frame::parse(&body)?)),
            Kind::Call => Self::Call(head.call, Box::new(frame::parse(&body)?)),
            Kind::Taken => Self::Taken(head.call),
            Kind::Reply => Self::Reply(head.call, frame::parse(&body)?),
            Kind::Cancel => Self::Cancel(head.call),
            Kind::Ready
            | Kind::Loaded
            | Kind::Progress
            | Kind::Piece
            | Kind::Ask
            | Kind::More
            | Kind::Forget
            | Kind::Done
            | Kind::Gone => {
                return Err(io::Error::other("the host speaks like a worker"));
            }
        }))
    }
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
    /// Whether its calls may be given a way out.
    pub(super) reaches_out: bool,
    /// Whether instances are kept.
    pub(super) reuse: Option<Reuse>,
    /// What the guest said of itself, where a worker before this one has asked: no instance is kept whose answer is not
    /// in keeping with it.
    pub(super) catalogue: Option<Catalogue>,
}

/// Whether the component is linked.
pub(super) type Loaded = Result<(), Failure>;

/// A call, as a worker is told of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) work: Work,
    /// What its guest may ask the host for.
    pub(super) granted: Granted,
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
        /// How long it may take.
        time: Time,
        /// Whether the response is wanted in pieces.
        in_pieces: bool,
    },
    /// To submit work that is a job.
    Submit {
        /// What to do.
        #[serde(with = "shared")]
        request: Arc<Request>,
        /// How.
        options: CallOptions,
        /// How long that may take.
        time: Time,
    },
    /// Where a job is.
    Poll(Job, Time),
    /// To stop a job.
    Cancel(Job, Time),
}

impl Work {
    /// Notes how much of its time has gone.
    pub(super) fn spend(&mut self, elapsed: Duration) {
        match self {
            Self::Describe | Self::Check => {}
            Self::Serve { time, .. } | Self::Submit { time, .. } | Self::Poll(_, time) | Self::Cancel(_, time) => {
                time.spent = elapsed;
            }
        }
    }
}

/// The time of a call.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Time {
    /// How long it may take.
    pub(super) timeout: Duration,
    /// How much of that has gone.
    pub(super) spent: Duration,
}

impl Time {
    /// All of this.
    pub(super) fn of(timeout: Duration) -> Self {
        Self { timeout, spent: Duration::ZERO }
    }
}

/// A job to ask after, or to stop.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) capability: Capability,
    pub(super) token: JobToken,
    pub(super) scope: Scope,
}

/// How a call ended.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Ending {
    pub(super) result: Result<Product, Failure>,
    pub(super) report: CallReport,
}

/// What a call gives.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Product {
    /// What the provider says of itself. Reading it is work, which is done only where it was asked for.
    Catalogue(#[serde(with = "serde_bytes")] Vec<u8>),
    /// That it could work now.
    Health,
    /// What was asked for.
    Response(Response),
    /// What was asked for is what the pieces were.
    InPieces,
    /// What finds a job again.
    Token(JobToken),
    /// Where a job is.
    Whereabouts(Whereabouts),
    /// What became of an attempt to stop a job.
    Stopped(CancelResult),
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
