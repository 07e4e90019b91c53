//! What a call reaches beyond its sandbox, and whether that was missing: only who lacked it may blame it.

use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use palisade_core::{
    BoxFuture, ErrorKind, KeyValue, KeyValueStore,
    http::{Body, Client, Error, Outlet, Request, Response},
    lending::{Answer, Lender, LentStore, Operation, Refusal, Stores},
};

/// What a guest asked for, and there is not in a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// An upstream, or a credential for one.
    Upstream,
    /// A store that an operator would have lent it.
    Store,
    /// Room for values of its own.
    Room,
}

impl fmt::Display for Missing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Upstream => "an upstream",
            Self::Store => "a store",
            Self::Room => "room for values",
        })
    }
}

/// Whether a guest asked for something beyond its sandbox, and what of it was not there first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lack(Arc<Noted>);

#[derive(Debug, Default)]
struct Noted {
    lacked: OnceLock<Missing>,
    asked: AtomicBool,
}

impl Lack {
    pub(crate) fn missing(&self) -> Option<Missing> {
        self.0.lacked.get().copied()
    }

    /// Whether an upstream was asked for anything, there or not.
    pub(crate) fn was_asked(&self) -> bool {
        self.0.asked.load(Ordering::Relaxed)
    }

    /// Notes what was asked for elsewhere as well.
    pub(crate) fn merge(&self, other: &Self) {
        if let Some(missing) = other.missing() {
            self.note(missing);
        }
        self.0.asked.fetch_or(other.was_asked(), Ordering::Relaxed);
    }

    /// Notes that it was not there.
    pub(crate) fn note(&self, missing: Missing) {
        let _was_another = self.0.lacked.set(missing);
    }

    /// No room for values, and who asks for it is known.
    pub(crate) fn key_value(&self) -> KeyValue {
        KeyValue::new(Nothing(self.clone()))
    }

    /// No store, and who asks for one is known.
    pub(crate) fn stores(&self) -> Stores {
        Stores::new(Nothing(self.clone()))
    }
}

/// A way out that leads where another one leads, or nowhere.
struct Door {
    behind: Outlet,
    lack: Lack,
}

/// The same way out, watched.
pub(crate) fn watched(behind: &Outlet) -> (Outlet, Lack) {
    let lack = Lack::default();
    (Outlet::new(Door { behind: behind.clone(), lack: lack.clone() }), lack)
}

impl Client for Door {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Error>> {
        Box::pin(async move {
            self.lack.0.asked.store(true, Ordering::Relaxed);
            let answer = match self.behind.client() {
                Some(client) => client.send(request).await,
                None => Err(Error::Denied("no upstream is granted in a check".to_owned())),
            };
            match answer {
                Ok(Response { status, headers, body }) => {
                    if does_not_serve(status) {
                        self.lack.note(Missing::Upstream);
                    }
                    let body = Box::new(Watched { body, lack: self.lack.clone() });
                    Ok(Response { status, headers, body })
                }
                Err(error) => {
                    self.lack.note(Missing::Upstream);
                    Err(error)
                }
            }
        })
    }

    fn has_credential(&self, name: &str) -> Option<bool> {
        let has = self.behind.client().and_then(|client| client.has_credential(name));
        if has != Some(true) {
            self.lack.note(Missing::Upstream);
        }
        has
    }

    fn credentials(&self) -> Vec<(String, bool)> {
        self.behind.client().map(Client::credentials).unwrap_or_default()
    }
}

/// Whether an upstream that answers so would not have served any request: the account, the pace, or itself is why.
fn does_not_serve(status: u16) -> bool {
    matches!(status, 401 | 402 | 403 | 408 | 429) || status >= 500
}

/// A body that may break off.
struct Watched {
    body: Box<dyn Body>,
    lack: Lack,
}

impl Body for Watched {
    fn read(&mut self, max: usize) -> BoxFuture<'_, Result<Bytes, Error>> {
        Box::pin(async move {
            let piece = self.body.read(max).await;
            if piece.is_err() {
                self.lack.note(Missing::Upstream);
            }
            piece
        })
    }
}

/// Where nothing is kept.
struct Nothing(Lack);

impl Nothing {
    fn no_room<T: Send + 'static>(&self) -> BoxFuture<'_, palisade_core::Result<T>> {
        self.0.note(Missing::Room);
        Box::pin(async { Err(palisade_core::Error::new(ErrorKind::Io, "no room for values is granted in a check")) })
    }
}

impl KeyValueStore for Nothing {
    fn get(&self, _: String) -> BoxFuture<'_, palisade_core::Result<Option<Vec<u8>>>> {
        self.no_room()
    }

    fn set(&self, _: String, _: Vec<u8>) -> BoxFuture<'_, palisade_core::Result<()>> {
        self.no_room()
    }

    fn delete(&self, _: String) -> BoxFuture<'_, palisade_core::Result<()>> {
        self.no_room()
    }

    fn keys(&self, _: String, _: Option<String>) -> BoxFuture<'_, palisade_core::Result<Vec<String>>> {
        self.no_room()
    }

    fn quota(&self) -> u64 {
        0
    }
}

impl Lender for Nothing {
    fn lent(&self) -> Vec<LentStore> {
        Vec::new()
    }

    fn ask(&self, _: String, _: Operation, _: u64) -> BoxFuture<'_, Result<Answer, Refusal>> {
        self.0.note(Missing::Store);
        Box::pin(async { Err(Refusal::Denied("no store is lent in a check".to_owned())) })
    }
}
