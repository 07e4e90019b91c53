//! A vendor that runs: it accepts connections, records what it is asked, and lets in who has the credential.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    Extension, Router,
    body::{Body, to_bytes},
    extract::{DefaultBodyLimit, Path, Request as Incoming, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
    routing::get,
};
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};

use super::{Listen, Vendor};
use crate::{accept::Accepting, failure::Failure, request::Request, site::Site};

/// The longest body that a vendor reads.
const BODY: usize = 64 << 20;

/// A vendor that runs. Dropping it closes its port and all connections.
#[derive(Debug)]
pub struct Running<V> {
    /// Where it listens.
    pub address: SocketAddr,
    pub(crate) vendor: Arc<V>,
    site: Arc<Site>,
    accepting: Accepting,
}

impl<V: Vendor> Running<V> {
    pub(crate) async fn start(vendor: V, listen: Listen) -> io::Result<Self> {
        let accepting = Accepting::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, listen.port))).await?;
        let address = accepting.address();
        let site = Arc::new(Site::new(address, listen.key.unwrap_or_else(|| V::KEY.to_owned())));
        let vendor = Arc::new(vendor);
        let pages = Router::new()
            .merge(vendor.clone().pages(site.clone()))
            .fallback(async || V::refusal(Failure::NotFound))
            .layer(from_fn_with_state(site.clone(), let_in::<V>));
        let files = Router::new().route("/files/{name}", get(file)).with_state(site.clone());
        let all =
            files.merge(pages).layer(DefaultBodyLimit::disable()).layer(from_fn_with_state(site.clone(), record::<V>));
        let accepting = accepting.serve(move |stream| {
            let service = TowerToHyperService::new(all.clone());
            async move {
                // A client that goes away is nothing that anybody has to be told.
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            }
        });
        Ok(Self { address, vendor, site, accepting })
    }

    /// Returns the address of a page, such as `/v1/models`.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Returns what it was asked so far, refused requests too.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.site.requests()
    }

    /// Lets the next request fail that shows the credential; called twice, the next two.
    pub fn fail_next(&self, failure: Failure) {
        self.site.fail_next(failure);
    }

    /// Forgets the files that its answers point to, as vendors do after some days: also those of answers to come.
    pub fn expire_files(&self) {
        self.site.forget_files();
    }

    /// Returns how many connections there were.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.accepting.connections()
    }

    /// Ends it, and waits until its port is free for another.
    pub async fn stop(self) {
        self.accepting.stop().await;
    }
}

async fn file(State(site): State<Arc<Site>>, Path(name): Path<String>) -> Response {
    site.file(&name)
}

/// Reads the whole request, and keeps what it says.
async fn record<V: Vendor>(State(site): State<Arc<Site>>, incoming: Incoming, next: Next) -> Response {
    let (head, body) = incoming.into_parts();
    let Ok(body) = to_bytes(body, BODY).await else { return V::refusal(Failure::TooLarge) };
    let headers = head.headers.iter();
    site.record(Request {
        method: head.method.to_string(),
        path: head.uri.to_string(),
        headers: headers
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        body: body.to_vec(),
    });
    let mut incoming = Incoming::from_parts(head, Body::from(body.clone()));
    incoming.extensions_mut().insert(body);
    next.run(incoming).await
}

/// Demands the credential, and fails where that is asked for.
async fn let_in<V: Vendor>(
    State(site): State<Arc<Site>>,
    Extension(body): Extension<axum::body::Bytes>,
    mut incoming: Incoming,
    next: Next,
) -> Response {
    if V::credential(incoming.headers()) != Some(&site.key) {
        return V::refusal(Failure::Unauthorized);
    }
    match site.next_failure().or_else(|| Failure::asked_for(&body)) {
        Some(failure) if failure.comes_later() => {
            incoming.extensions_mut().insert(failure);
        }
        Some(failure) => return V::refusal(failure),
        None => {}
    }
    next.run(incoming).await
}
