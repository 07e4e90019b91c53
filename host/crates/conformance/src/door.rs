//! The way out of a call, and whether an upstream was missing: only who lacked one may blame it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use bytes::Bytes;
use palisade_core::{
    BoxFuture,
    http::{Body, Client, Error, Outlet, Request, Response},
};

/// Whether a guest asked for something beyond its sandbox, and whether that was not there: an upstream, or a credential.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lack(Arc<Noted>);

#[derive(Debug, Default)]
struct Noted {
    lacked: AtomicBool,
    asked: AtomicBool,
}

impl Lack {
    pub(crate) fn happened(&self) -> bool {
        self.0.lacked.load(Ordering::Relaxed)
    }

    /// Whether an upstream was asked for anything, there or not.
    pub(crate) fn was_asked(&self) -> bool {
        self.0.asked.load(Ordering::Relaxed)
    }

    /// Notes what was asked for elsewhere as well.
    pub(crate) fn merge(&self, other: &Self) {
        self.0.lacked.fetch_or(other.happened(), Ordering::Relaxed);
        self.0.asked.fetch_or(other.was_asked(), Ordering::Relaxed);
    }

    /// Notes that it was not there.
    pub(crate) fn note(&self) {
        self.0.lacked.store(true, Ordering::Relaxed);
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
                        self.lack.note();
                    }
                    let body = Box::new(Watched { body, lack: self.lack.clone() });
                    Ok(Response { status, headers, body })
                }
                Err(error) => {
                    self.lack.note();
                    Err(error)
                }
            }
        })
    }

    fn has_credential(&self, name: &str) -> Option<bool> {
        let has = self.behind.client().and_then(|client| client.has_credential(name));
        if has != Some(true) {
            self.lack.note();
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
                self.lack.note();
            }
            piece
        })
    }
}
