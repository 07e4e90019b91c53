//! What is common to the vendors.

mod running;

use std::{io, sync::Arc};

use axum::{
    Router,
    http::HeaderMap,
    response::{IntoResponse, Response},
};

pub use self::running::Running;
use crate::{failure::Failure, site::Site};

/// A vendor, as its API is documented.
///
/// What it answers depends only on what it is asked, and where it has jobs, on what it was asked before.
pub trait Vendor: Default + Send + Sync + 'static {
    /// The credential that it demands where it is not told another.
    const KEY: &'static str;

    /// Starts it on a free port of this machine. It ends when what this returns is dropped.
    ///
    /// It is served by the runtime of whoever starts it: a test that blocks its only thread waits for ever.
    ///
    /// # Panics
    ///
    /// Where this machine has no free port.
    #[expect(clippy::expect_used, reason = "without a server there is no test, and every test would say so itself")]
    fn start() -> impl Future<Output = Running<Self>> + Send {
        async { Self::default().listen(Listen::default()).await.expect("this machine has a free port") }
    }

    /// Starts it as it is told.
    ///
    /// # Errors
    ///
    /// Where the port is taken.
    fn listen(self, listen: Listen) -> impl Future<Output = io::Result<Running<Self>>> + Send {
        Running::start(self, listen)
    }

    /// Its pages. Who comes to them has shown the credential.
    #[doc(hidden)]
    fn pages(self: Arc<Self>, site: Arc<Site>) -> Router;

    /// The credential that a request shows.
    #[doc(hidden)]
    fn credential(headers: &HeaderMap) -> Option<&str>;

    /// How it says no.
    #[doc(hidden)]
    fn refusal(failure: Failure) -> Response;
}

/// Where a vendor listens, and to whom.
#[derive(Clone, Debug, Default)]
pub struct Listen {
    /// A port of this machine; 0 for one that is free.
    pub port: u16,
    /// The credential that it demands; [`Vendor::KEY`] where there is none.
    pub key: Option<String>,
}

/// An answer that ends a request early.
#[derive(Debug)]
pub(crate) struct Refused(Box<Response>);

impl From<Response> for Refused {
    fn from(response: Response) -> Self {
        Self(Box::new(response))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        *self.0
    }
}
