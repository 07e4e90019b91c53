//! One connection, and HTTP/1.1 on it.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    body::{Frame, Incoming},
    client::conn::http1::{self, SendRequest},
};
use hyper_util::rt::TokioIo;
use palisade_core::http::{Error, Traffic};

use crate::{
    meter::{Meter, Metered, Transport},
    settings::Settings,
};

/// Most bytes that a connection holds of a body that nobody reads.
const BUFFER_BYTES: usize = 64 << 10;

/// How many times the bytes of its headers may come before an answer: what was buffered of its body, and announcements such as
/// `103 Early Hints`, each with headers of its own.
const HEADS: u64 = 4;

/// A request as it goes onto a connection, with its credential.
pub(crate) type WireRequest = http::Request<Full<Bytes>>;

type Connection = http1::Connection<TokioIo<Metered>, Full<Bytes>>;

/// A connection that takes one request after the other. Dropping it closes it.
///
/// No task runs it: it runs while somebody waits for something of it. So nothing outlives a call that is cut off, and a
/// piece of a body is not handed from one task to another.
pub(crate) struct Wire {
    sender: SendRequest<Full<Bytes>>,
    /// None when it has ended.
    connection: Option<Pin<Box<Connection>>>,
    meter: Arc<Meter>,
    header_bytes: u64,
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
    pub(crate) async fn open(transport: Transport, settings: &Settings) -> Result<Self, Error> {
        let meter = Arc::new(Meter::default());
        let io = TokioIo::new(Metered::new(transport, meter.clone()));
        let mut builder = http1::Builder::new();
        builder.max_headers(settings.response_headers);
        builder.max_header_size(settings.response_header_bytes);
        builder.max_buf_size(BUFFER_BYTES.max(settings.response_header_bytes));
        let (sender, connection) =
            builder.handshake(io).await.map_err(|_| Error::Connect("the connection has ended".to_owned()))?;
        let header_bytes = settings.response_header_bytes as u64;
        Ok(Self { sender, connection: Some(Box::pin(connection)), meter, header_bytes })
    }

    /// Sends a request and waits for the headers of its answer.
    pub(crate) async fn send(
        &mut self,
        request: WireRequest,
        traffic: Arc<Traffic>,
    ) -> Result<http::Response<Incoming>, Failed> {
        self.meter.start(traffic, HEADS * self.header_bytes.max(BUFFER_BYTES as u64));
        let answer = self.sender.try_send_request(request);
        let answer = drive(&mut self.connection, answer).await.map_err(|mut error| match error.take_message() {
            Some(request) if !self.meter.has_left() => Failed::Unsent(Box::new(request)),
            _ if self.meter.head_is_too_large() => Failed::Sent(Error::TooLarge(self.header_bytes)),
            _ => Failed::Sent(failure(&error.into_error(), self.header_bytes)),
        });
        self.meter.head_came();
        answer
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
        Error::TooLarge(header_bytes)
    } else if error.is_parse() {
        because("the answer is not HTTP/1.1, or breaks its rules")
    } else if error.is_incomplete_message() {
        because("the answer broke off")
    } else {
        because("the connection broke off")
    }
}
