//! The path of a request: each step in its place, and none left out.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use hyper::body::Incoming;
use palisade_core::{
    BoxFuture, Scope,
    http::{self, Error, Method, Request, Response, Traffic},
};
use rustls::ClientConfig;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};

use crate::{
    answer::{Answer, Open, State},
    connect::{self, Connect},
    grants::Grants,
    header, inject, leak,
    meter::Transport,
    moment::after,
    pool::{Pool, Use},
    rate::{Buckets, Payer},
    redact::Redactor,
    resolve::{self, Resolve},
    rule::Rule,
    settings::Settings,
    target::{Scheme, Target},
    tls,
    wire::{Failed, Wire, WireRequest},
};

/// What all calls of a host share.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) network: (Arc<dyn Resolve>, Arc<dyn Connect>),
    pub(crate) tls: Arc<ClientConfig>,
    pub(crate) pool: Arc<Pool>,
    pub(crate) buckets: Buckets,
}

/// What one call of one provider may send.
pub struct Client {
    shared: Arc<Shared>,
    grants: Arc<Grants>,
    scope: Scope,
    traffic: Arc<Traffic>,
    requests: AtomicU64,
    places: Arc<Semaphore>,
}

impl http::Client for Client {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Error>> {
        Box::pin(async move {
            let answer = self.pass(request).await;
            if let Err(Error::Denied(_) | Error::InvalidRequest(_)) = &answer {
                self.traffic.refused();
            }
            answer
        })
    }

    fn has_credential(&self, name: &str) -> Option<bool> {
        self.grants.has_credential(name)
    }
}

impl Client {
    pub(crate) fn new(shared: Arc<Shared>, grants: Arc<Grants>, scope: Scope, traffic: Arc<Traffic>) -> Self {
        let places = Arc::new(Semaphore::new(shared.settings.concurrent_per_call.min(Semaphore::MAX_PERMITS)));
        Self { shared, grants, scope, traffic, requests: AtomicU64::new(0), places }
    }

    /// The one way out. The steps are those of the design, in its order.
    async fn pass(&self, request: Request) -> Result<Response, Error> {
        let settings = &self.shared.settings;
        let deadline = deadline(settings, &request);
        let place = self.take_place()?;
        let target = Target::parse(&request.url)?;
        let (rule, credential) = self.grants.rule_for(&target, request.method, request.credential.as_deref())?;
        check_body(&request, settings.request_bytes)?;
        self.check_parameters(&target)?;
        self.take_from_rate(rule)?;
        let headers = header::outgoing(&request.headers, |name| self.grants.binds_header(name))?;
        leak::check(&request, &target, self.grants.secrets()).await?;
        let until = deadline.min(after(settings.resolve));
        let places = resolve::places(rule, &target, &*self.shared.network.0, until).await?;
        let used_for = Use {
            scope: self.scope.clone(),
            provider: self.grants.provider().clone(),
            credential: credential.map(|credential| credential.name().to_owned()),
            scheme: target.scheme,
            host: target.host.clone(),
            port: target.port,
            places,
        };
        let first_byte = request.first_byte.unwrap_or(Duration::MAX).min(settings.first_byte);
        let sent = inject::wire_request(request.method, &target, headers, request.body, credential)?;
        let (wire, answer) = self.exchange(sent, &used_for, &target, first_byte, deadline).await?;
        self.answer(wire, answer, used_for, place, deadline)
    }

    /// One of the places for requests of a call.
    fn take_place(&self) -> Result<OwnedSemaphorePermit, Error> {
        let Settings { requests_per_call, concurrent_per_call, .. } = self.shared.settings;
        if self.requests.fetch_add(1, Ordering::Relaxed) >= requests_per_call {
            return Err(Error::Denied(format!("a call may send {requests_per_call} requests, and has sent them")));
        }
        self.places.clone().try_acquire_owned().map_err(|_| {
            Error::Denied(format!(
                "a call may have {concurrent_per_call} requests at one time: read an answer to its end, or drop it"
            ))
        })
    }

    /// Refuses a parameter that the host sets: it would be there twice.
    fn check_parameters(&self, target: &Target) -> Result<(), Error> {
        let query = target.query.as_deref().unwrap_or_default();
        let bound = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| self.grants.binds_parameter(name));
        match bound {
            Some(_) => Err(Error::Denied("a parameter says who asks: name a credential instead".to_owned())),
            None => Ok(()),
        }
    }

    fn take_from_rate(&self, rule: &Rule) -> Result<(), Error> {
        let Some(rate) = rule.rate() else { return Ok(()) };
        let (scope, provider) = (self.scope.clone(), self.grants.provider().clone());
        self.shared.buckets.take(Payer { scope, provider, host: rule.host().clone(), rate }, Instant::now())
    }

    /// Sends a request on a connection that is kept, or on a new one, and waits for the headers of the answer.
    async fn exchange(
        &self,
        mut request: WireRequest,
        used_for: &Use,
        target: &Target,
        first_byte: Duration,
        deadline: Instant,
    ) -> Result<(Wire, hyper::Response<Incoming>), Error> {
        loop {
            // A connection that is kept would take the request before anybody looks at the time.
            if Instant::now() >= deadline {
                return Err(Error::Timeout);
            }
            let kept = self.shared.pool.take(used_for);
            let is_new = kept.is_none();
            let mut wire = match kept {
                Some(wire) => wire,
                None => self.connect(used_for, target, deadline).await?,
            };
            let until = deadline.min(after(first_byte));
            match timeout_at(until, wire.send(request, self.traffic.clone())).await {
                Ok(Ok(answer)) => return Ok((wire, answer)),
                Ok(Err(Failed::Unsent(back))) if !is_new => request = *back,
                Ok(Err(Failed::Unsent(_))) => {
                    return Err(Error::Connect("the upstream closed the connection at once".to_owned()));
                }
                Ok(Err(Failed::Sent(error))) => return Err(error),
                Err(_) => return Err(Error::Timeout),
            }
        }
    }

    async fn connect(&self, used_for: &Use, target: &Target, deadline: Instant) -> Result<Wire, Error> {
        let settings = &self.shared.settings;
        let until = deadline.min(after(settings.connect));
        let stream = connect::to_first(&*self.shared.network.1, &used_for.places, until).await?;
        let transport = match target.scheme {
            Scheme::Http => Transport::Plain(stream),
            Scheme::Https => {
                let until = deadline.min(after(settings.handshake));
                Transport::Encrypted(Box::new(tls::encrypt(&self.shared.tls, &target.host, stream, until).await?))
            }
        };
        Wire::open(transport, settings).await
    }

    /// What a guest gets of an answer.
    fn answer(
        &self,
        wire: Wire,
        answer: hyper::Response<Incoming>,
        used_for: Use,
        place: OwnedSemaphorePermit,
        deadline: Instant,
    ) -> Result<Response, Error> {
        self.traffic.answer_came();
        let (head, incoming) = answer.into_parts();
        if head.status.is_informational() {
            return Err(Error::Protocol("the upstream changes to another protocol".to_owned()));
        }
        header::check_framing(&head.headers)?;
        let Settings { response_bytes, between_bytes, .. } = self.shared.settings;
        let pool = self.shared.pool.clone();
        let body = Answer {
            state: State::Open(Box::new(Open { wire, incoming, pool, used_for, _place: place })),
            redactor: Redactor::new(self.grants.secrets().clone()),
            ready: Bytes::new(),
            received: 0,
            limit: response_bytes,
            between_bytes,
            deadline,
        };
        let headers = header::incoming(&head.headers, self.grants.secrets());
        Ok(Response { status: head.status.as_u16(), headers, body: Box::new(body) })
    }
}

/// When all of it has to have come.
fn deadline(settings: &Settings, request: &Request) -> Instant {
    let total = after(settings.total);
    request.deadline.map_or(total, |deadline| total.min(Instant::from_std(deadline)))
}

fn check_body(request: &Request, limit: u64) -> Result<(), Error> {
    if request.body.len() as u64 > limit {
        return Err(Error::TooLarge(limit));
    }
    if matches!(request.method, Method::Get | Method::Head) && !request.body.is_empty() {
        return Err(Error::InvalidRequest(format!("{} has no body: send it with POST", request.method)));
    }
    Ok(())
}
