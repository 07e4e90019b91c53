//! One connection, and HTTP/1.1 on it.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use http::Method;
use http_body_util::BodyExt;
use hyper::{
    body::{Frame, Incoming},
    client::conn::http1::{self, SendRequest},
};
use hyper_util::rt::TokioIo;
use palisade_core::http::{Error, Traffic};
use tokio::time::{Instant, timeout_at};

use crate::{
    meter::{Meter, Metered, Transport},
    moment::after,
    settings::Settings,
    sockets::Socket,
    upload::Upload,
};

/// Most bytes that a connection holds of a body that nobody reads.
const BUFFER_BYTES: usize = 64 << 10;

/// How many times the bytes of its headers may come before an answer: what was buffered of its body, and announcements such as
/// `103 Early Hints`, each with headers of its own.
const HEADS: u64 = 4;

/// A request as it goes onto a connection, with its credential.
pub(crate) type WireRequest = http::Request<Upload>;

type Connection = http1::Connection<TokioIo<Metered>, Upload>;

/// A connection that takes one request after the other. Dropping it closes it.
///
/// No task runs it: it runs while somebody waits for something of it. So nothing outlives a call that is cut off, and a
/// piece of a body is not handed from one task to another.
pub(crate) struct Wire {
    sender: SendRequest<Upload>,
    /// None when it has ended.
    connection: Option<Pin<Box<Connection>>>,
    meter: Arc<Meter>,
    header_bytes: u64,
    /// Its place among all connections of the host.
    _socket: Socket,
}

/// Why a request was not answered.
pub(crate) enum Failed {
    /// Nothing of it has left: it can be sent on another connection.
    Unsent(Box<WireRequest>),
    /// It may have.
    Sent(Error),
}

impl Wire {
    /// Begins to speak HTTP on a connection.
    ///
    /// # Errors
    ///
    /// `Connect` when it has ended already.
    pub(crate) async fn open(transport: Transport, socket: Socket, settings: &Settings) -> Result<Self, Error> {
        let meter = Arc::new(Meter::default());
        let io = TokioIo::new(Metered::new(transport, meter.clone()));
        let mut builder = http1::Builder::new();
        builder.max_headers(settings.response_headers);
        builder.max_header_size(settings.response_header_bytes);
        builder.max_buf_size(BUFFER_BYTES.max(settings.response_header_bytes));
        let (sender, connection) =
            builder.handshake(io).await.map_err(|_| Error::Connect("the connection has ended".to_owned()))?;
        let header_bytes = settings.response_header_bytes as u64;
        Ok(Self { sender, connection: Some(Box::pin(connection)), meter, header_bytes, _socket: socket })
    }

    /// Sends a request and waits for the headers of its answer. A request is over when its answer begins: what has not left of
    /// its body by then is dropped. It takes at most `first_byte` after something of the request has left, and ends by the deadline.
    pub(crate) async fn send(
        &mut self,
        request: WireRequest,
        traffic: Arc<Traffic>,
        first_byte: Duration,
        deadline: Instant,
    ) -> Result<http::Response<Incoming>, Failed> {
        self.meter.start(traffic, HEADS * self.header_bytes.max(BUFFER_BYTES as u64));
        let outbox = request.body().outbox();
        let answer = pin!(drive(&mut self.connection, self.sender.try_send_request(request)));
        let Some(answer) = patiently(answer, &self.meter, first_byte, deadline).await else {
            return Err(Failed::Sent(Error::Timeout));
        };
        let answer = answer.map_err(|mut error| match error.take_message() {
            Some(request) if !self.meter.has_left() => Failed::Unsent(Box::new(request)),
            _ if self.meter.head_is_too_large() => Failed::Sent(Error::ResponseTooLarge(self.header_bytes)),
            _ => Failed::Sent(failure(&error.into_error(), self.header_bytes)),
        });
        self.meter.head_came();
        if !matches!(answer, Err(Failed::Unsent(_))) {
            outbox.drop_rest();
        }
        answer
    }

    /// Whether the upstream has said anything since the last request.
    pub(crate) fn has_heard(&self) -> bool {
        self.meter.has_come()
    }

    /// Waits for the next piece of a body; none at its end.
    pub(crate) async fn next(&mut self, body: &mut Incoming) -> Result<Option<Frame<Bytes>>, Error> {
        let frame = drive(&mut self.connection, body.frame()).await;
        frame.transpose().map_err(|error| failure(&error, self.header_bytes))
    }

    /// Whether it takes another request. What has come since the last one, such as its end, is looked at.
    pub(crate) fn is_free(&mut self) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        let ended = self.connection.as_mut().is_none_or(|connection| connection.as_mut().poll(&mut context).is_ready());
        if ended {
            self.connection = None;
        }
        !ended && self.sender.is_ready()
    }
}

/// The same request once more, if it is one that only reads: its second time changes nothing.
pub(crate) fn again(request: &WireRequest) -> Option<WireRequest> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return None;
    }
    let mut again = http::Request::new(Upload::new(Bytes::new(), None));
    request.method().clone_into(again.method_mut());
    request.uri().clone_into(again.uri_mut());
    request.headers().clone_into(again.headers_mut());
    Some(again)
}

/// Waits until nothing of a request has left for this time, and no longer than to the deadline. So an upload takes what it takes, as
/// long as somebody reads it.
async fn patiently<F: Future + Unpin>(
    mut answer: F,
    meter: &Meter,
    first_byte: Duration,
    deadline: Instant,
) -> Option<F::Output> {
    let mut until = deadline.min(after(first_byte));
    loop {
        if let Ok(answer) = timeout_at(until, &mut answer).await {
            return Some(answer);
        }
        let later =
            meter.last_left().and_then(|left| left.checked_add(first_byte)).map_or(until, |later| deadline.min(later));
        if later <= until {
            return None;
        }
        until = later;
    }
}

/// Waits for something of a connection, and runs the connection meanwhile.
async fn drive<F: Future>(connection: &mut Option<Pin<Box<Connection>>>, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|context| {
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(output);
        }
        let Some(running) = connection else { return Poll::Pending };
        if running.as_mut().poll(context).is_ready() {
            // How it ended, those hear who wait for something of it.
            *connection = None;
        }
        future.as_mut().poll(context)
    })
    .await
}

fn failure(error: &hyper::Error, header_bytes: u64) -> Error {
    let because = |why: &str| Error::Protocol(why.to_owned());
    if error.is_parse_too_large() {
        Error::ResponseTooLarge(header_bytes)
    } else if error.is_parse() {
        because("the answer is not HTTP/1.1, or breaks its rules")
    } else if error.is_incomplete_message() {
        because("the answer broke off")
    } else {
        because("the connection broke off")
    }
}
