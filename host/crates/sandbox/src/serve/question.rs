//! What a guest in a worker asks of its host, and what it is told: the words of both sides.
//!
//! ```text
//! worker                                       host
//!   Ask (request, value) ───────────────────►  by the way out of the call, by its values, by its stores
//!                        ◄─────────── Reply (status and headers; value; answer; why not)
//!   More (number) ──────────────────────────►  reads on in the answer
//!                        ◄─────────── Reply (a piece; an empty one at the end)
//!   Forget (number) ────────────────────────►  drops the request, or its answer
//! ```
//!
//! The questions of a call are numbered from 0 in the order in which they come, on both sides: no worker can make a number up.
//! Each `Ask` and each `More` gets one reply, also where it was forgotten meanwhile.

use palisade_core::{
    Error, ErrorKind, KeyValue,
    http::{self, Header, Outlet},
    lending::{self, LentStore, Stores},
};
use serde::{Deserialize, Serialize};

use super::failure::Failure;

/// Most questions of one call that wait for their reply. More than an upstream is asked at one time, so that what is too much
/// is refused by whoever knows why.
pub(super) const AT_ONE_TIME: usize = 32;
/// Most bytes of a piece of an answer.
pub(super) const PIECE: usize = 256 << 10;

/// What the host was granted for a call, as its guest may know it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Granted {
    /// The names of the credentials, and whether each has a value; none without a way out.
    pub(super) credentials: Option<Vec<(String, bool)>>,
    /// Most bytes of the values that the provider keeps; none without room.
    pub(super) quota: Option<u64>,
    /// The stores that are lent and there; none where nothing is lent.
    pub(super) stores: Option<Vec<LentStore>>,
}

impl Granted {
    pub(super) fn of(outlet: &Outlet, key_value: &KeyValue, stores: &Stores) -> Self {
        Self {
            credentials: outlet.client().map(http::Client::credentials),
            quota: key_value.store().map(|store| store.quota()),
            stores: stores.lender().map(lending::Lender::lent),
        }
    }

    /// Whether there is anything to ask.
    pub(super) fn is_anything(&self) -> bool {
        self.credentials.is_some() || self.quota.is_some() || self.stores.is_some()
    }
}

/// What a guest asks.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Question {
    /// To send a request.
    Send(http::Request),
    /// For a value.
    Get { key: String },
    /// To keep a value.
    Set {
        key: String,
        #[serde(with = "serde_bytes")]
        value: Vec<u8>,
    },
    /// To forget a value.
    Delete { key: String },
    /// For the keys that begin so, after this one.
    Keys { prefix: String, after: Option<String> },
    /// A store to do something.
    Store {
        name: String,
        /// A [`lending::Operation`], which is read when it is its turn.
        #[serde(with = "serde_bytes")]
        operation: Vec<u8>,
        /// Most bytes that it is told.
        max_bytes: u64,
    },
}

/// The reply to the question of this number, or to who wants more of its answer.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Reply {
    pub(super) number: u32,
    pub(super) told: Told,
}

/// What a guest is told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Told {
    /// The headers of an answer have come.
    Answered { status: u16, headers: Vec<Header> },
    /// More of it has come; nothing at its end.
    Piece(#[serde(with = "serde_bytes")] Vec<u8>),
    /// There is no answer, or no more of it.
    Refused(http::Error),
    /// The value.
    Value(#[serde(with = "serde_bytes")] Option<Vec<u8>>),
    /// It was done.
    Done,
    /// The keys.
    Keys(Vec<String>),
    /// There is no value, or it is not kept.
    Failed(Failure),
    /// What the store answers.
    Stored(Result<lending::Answer, lending::Refusal>),
    /// It was forgotten before there was anything to tell.
    Forgotten,
}

/// What a worker may be told of why a value is not kept: what concerns the guest, and of the rest that it failed.
pub(super) fn failed(error: &Error) -> Told {
    Told::Failed(match error.kind() {
        ErrorKind::InvalidInput | ErrorKind::LimitExceeded => Failure::from(error),
        kind => Failure::from(&Error::new(kind, "the host failed")),
    })
}
