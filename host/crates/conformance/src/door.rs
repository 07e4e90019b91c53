//! The way out of a call, and whether the guest tried it: only who did may blame an upstream.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use palisade_core::{
    BoxFuture,
    http::{Client, Error, Outlet, Request, Response},
};

/// Whether a guest asked for anything beyond its sandbox.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tried(Arc<AtomicBool>);

impl Tried {
    pub(crate) fn happened(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A way out that leads where another one leads, or nowhere.
struct Door {
    behind: Outlet,
    tried: Tried,
}

/// The same way out, watched.
pub(crate) fn watched(behind: &Outlet) -> (Outlet, Tried) {
    let tried = Tried::default();
    (Outlet::new(Door { behind: behind.clone(), tried: tried.clone() }), tried)
}

impl Client for Door {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Error>> {
        self.tried.0.store(true, Ordering::Relaxed);
        match self.behind.client() {
            Some(client) => client.send(request),
            None => Box::pin(async { Err(Error::Denied("no upstream is granted in a check".to_owned())) }),
        }
    }

    fn has_credential(&self, name: &str) -> Option<bool> {
        self.tried.0.store(true, Ordering::Relaxed);
        self.behind.client()?.has_credential(name)
    }
    fn credentials(&self) -> Vec<(String, bool)> {
        self.behind.client().map(Client::credentials).unwrap_or_default()
    }
}
