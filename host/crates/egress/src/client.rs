//! The path of a request: each step in its place, and none left out.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use hyper::body::{Body as _, Incoming};
use palisade_core::{
    BoxFuture, Scope,
    http::{self, Error, Method, Request, Response, Traffic},
};
use rustls::ClientConfig;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use crate::{
    allowance::Allowance,
    answer::{Answer, Open},
    connect::{self, Connect},
    grants::Grants,
    header, inject, leak,
    meter::Transport,
    moment::after,
    parameter,
    pool::{Pool, Use},
    rate::{Buckets, Payer},
    resolve::{self, Resolve},
    room::Room,
    rule::Rule,
    settings::Settings,
    sockets::Sockets,
    target::{Scheme, Target},
    tls,
    upload::Upload,
    wire::{self, Failed, Wire, WireRequest},
};

/// What all calls of a host share.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) network: (Arc<dyn Resolve>, Arc<dyn Connect>),
    pub(crate) tls: Arc<ClientConfig>,
    pub(crate) sockets: Sockets,
    pub(crate) pool: Arc<Pool>,
    pub(crate) buckets: Buckets,
    /// For bodies of requests, of all calls.
    pub(crate) room: Room,
}

/// What one call of one provider may send.
pub struct Client {
    shared: Arc<Shared>,
    grants: Arc<Grants>,
    scope: Scope,
    traffic: Arc<Traffic>,
    requests: AtomicU64,
    places: Arc<Semaphore>,
    /// For bodies of requests, of this call.
    room: Room,
    allowance: Arc<Allowance>,
    /// Whether it tried to send a secret, so that it sends nothing more.
    has_leaked: AtomicBool,
}

impl http::Client for Client {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Error>> {
        Box::pin(async move {
            let answer = self.pass(request).await;
            if let Err(Error::Denied(_) | Error::InvalidRequest(_) | Error::Leak) = &answer {
                self.traffic.refused();
            }
            if let Err(Error::Leak) = &answer {
                self.has_leaked.store(true, Ordering::Relaxed);
            }
            answer
        })
    }

    fn has_credential(&self, name: &str) -> Option<bool> {
        self.grants.has_credential(name)
    }

    fn credentials(&self) -> Vec<(String, bool)> {
        self.grants.names_of_credentials()
    }
}

impl Client {
    pub(crate) fn new(shared: Arc<Shared>, grants: Arc<Grants>, scope: Scope, traffic: Arc<Traffic>) -> Self {
        let places = Arc::new(Semaphore::new(shared.settings.concurrent_per_call.min(Semaphore::MAX_PERMITS)));
        let room = Room::new(shared.settings.request_bytes_per_call);
        let allowance = Arc::new(Allowance::new(shared.settings.bytes_per_call));
        let (requests, has_leaked) = (AtomicU64::new(0), AtomicBool::new(false));
        Self { shared, grants, scope, traffic, requests, places, room, allowance, has_leaked }
    }

    /// The one way out. The steps are those of the design, in its order.
    async fn pass(&self, request: Request) -> Result<Response, Error> {
        let settings = &self.shared.settings;
        if self.has_leaked.load(Ordering::Relaxed) {
            return Err(Error::Leak);
        }
        let deadline = deadline(settings, &request);
        let place = self.take_place()?;
        let target = Target::parse(&request.url)?;
        let (rule, credential) = self.grants.rule_for(&target, request.method, request.credential.as_deref())?;
        check_body(&request, settings.request_bytes)?;
        self.check_parameters(&target)?;
        self.take_from_rate(rule)?;
        let headers = header::outgoing(&request.headers, |name| self.grants.binds_header(name))?;
        let until = deadline.min(after(settings.connect));
        let held = Room::hold(&self.room, &self.shared.room, request.body.len(), until).await?;
        self.take_from_allowance(&request)?;
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
        let body = Upload::new(request.body, Some(held));
        let sent = inject::wire_request(request.method, &target, headers, body, credential)?;
        let (wire, answer) = self.exchange(sent, &used_for, &target, first_byte, deadline).await?;
        self.answer(wire, answer, used_for, place, deadline)
    }

    /// One of the places for requests of a call.
    fn take_place(&self) -> Result<OwnedSemaphorePermit, Error> {
        let Settings { requests_per_call, concurrent_per_call, .. } = self.shared.settings;
        if self.requests.fetch_add(1, Ordering::Relaxed) >= requests_per_call {
            return Err(Error::InvalidRequest(format!(
                "a call may send {requests_per_call} requests, and has sent them"
            )));
        }
        self.places.clone().try_acquire_owned().map_err(|_| {
            Error::InvalidRequest(format!(
                "a call may have {concurrent_per_call} requests at one time: read an answer to its end, or drop it"
            ))
        })
    }

    /// Refuses a parameter that the host sets, since it would be there twice, and one by which others say who asks.
    fn check_parameters(&self, target: &Target) -> Result<(), Error> {
        if parameter::names(target).any(|name| self.grants.binds_parameter(&name) || parameter::is_credential(&name)) {
            return Err(Error::Denied("a parameter says who asks: name a credential instead".to_owned()));
        }
        Ok(())
    }

    fn take_from_allowance(&self, request: &Request) -> Result<(), Error> {
        let headers: usize = request.headers.iter().map(|header| header.name.len() + header.value.len()).sum();
        if self.allowance.take((request.url.len() + headers + request.body.len()) as u64) {
            return Ok(());
        }
        let most = self.shared.settings.bytes_per_call;
        Err(Error::InvalidRequest(format!("a call may send and receive {most} bytes, and has")))
    }

    fn take_from_rate(&self, rule: &Rule) -> Result<(), Error> {
        let Some(rate) = rule.rate() else { return Ok(()) };
        let (scope, provider) = (self.scope.clone(), self.grants.provider().clone());
        self.shared.buckets.take(Payer { scope, provider, host: rule.host().clone(), rate }, Instant::now())
    }

    /// Sends a request on a connection that is kept, or on a new one, and waits for the headers of the answer. What only reads is
    /// sent a second time where a kept connection has ended without a word: it was closed while the request was under way.
    async fn exchange(
        &self,
        mut request: WireRequest,
        used_for: &Use,
        target: &Target,
        first_byte: Duration,
        deadline: Instant,
    ) -> Result<(Wire, hyper::Response<Incoming>), Error> {
        let mut may_be_kept = true;
        loop {
            // A connection that is kept would take the request before anybody looks at the time.
            if Instant::now() >= deadline {
                return Err(Error::Timeout);
            }
            let kept = if may_be_kept { self.shared.pool.take(used_for) } else { None };
            let is_new = kept.is_none();
            let again = if is_new { None } else { wire::again(&request) };
            let mut wire = match kept {
                Some(wire) => wire,
                None => self.connect(used_for, target, deadline).await?,
            };
            match wire.send(request, self.traffic.clone(), first_byte, deadline).await {
                Ok(answer) => return Ok((wire, answer)),
                Err(Failed::Unsent(back)) if !is_new => request = *back,
                Err(Failed::Unsent(_)) => {
                    return Err(Error::Connect("the upstream closed the connection at once".to_owned()));
                }
                Err(Failed::Sent(error)) => match again.filter(|_| error != Error::Timeout && !wire.has_heard()) {
                    Some(again) => (request, may_be_kept) = (again, false),
                    None => return Err(error),
                },
            }
        }
    }

    async fn connect(&self, used_for: &Use, target: &Target, deadline: Instant) -> Result<Wire, Error> {
        let settings = &self.shared.settings;
        let until = deadline.min(after(settings.connect));
        if self.shared.sockets.are_all_taken() {
            self.shared.pool.make_room();
        }
        let socket = self.shared.sockets.take(until).await?;
        let stream = connect::to_first(&*self.shared.network.1, &used_for.places, until).await?;
        let transport = match target.scheme {
            Scheme::Http => Transport::Plain(stream),
            Scheme::Https => {
                let until = deadline.min(after(settings.handshake));
                Transport::Encrypted(Box::new(tls::encrypt(&self.shared.tls, &target.host, stream, until).await?))
            }
        };
        Wire::open(transport, socket, settings).await
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
        header::check_framing(&head.headers, !incoming.is_end_stream())?;
        let open = Open { wire, incoming, pool: self.shared.pool.clone(), used_for, _place: place };
        let body = Answer::new(open, &self.allowance, self.grants.secrets(), &self.shared.settings, deadline);
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
        return Err(Error::RequestTooLarge(limit));
    }
    if matches!(request.method, Method::Get | Method::Head) && !request.body.is_empty() {
        return Err(Error::InvalidRequest(format!("{} has no body: send it with POST", request.method)));
    }
    Ok(())
}
