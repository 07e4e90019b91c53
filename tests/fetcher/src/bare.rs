//! Requests by the bare interface, also those that a library would never make.

use std::cell::RefCell;

use palisade_guest::chat::{Event, FinishReason, Response};
use palisade_guest::{Failure, Result};
use wasip2::http::outgoing_handler;
use wasip2::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingBody, Method, OutgoingBody, OutgoingRequest, Scheme,
};
use wasip2::io::streams::{InputStream, StreamError};

use crate::Wanted;

/// Bytes that are written or read at a time.
const PIECE: u64 = 4096;

thread_local! {
    /// What an earlier call of this instance has begun.
    static BEGUN: RefCell<Option<(OutgoingBody, FutureIncomingResponse)>> = const { RefCell::new(None) };
}

/// The answer, each piece as it comes.
pub(crate) fn pieces(wanted: Wanted) -> Response {
    let mut open = Some(begin(&wanted).and_then(|(body, answer)| {
        OutgoingBody::finish(body, None)?;
        read(&answer)
    }));
    Response::stream(std::iter::from_fn(move || {
        let event = match open.as_ref()? {
            Err(code) => Err(Failure::internal(format!("{code:?}"))),
            Ok((_, stream)) => match stream.blocking_read(PIECE) {
                Ok(piece) => return Some(Ok(Event::text(String::from_utf8_lossy(&piece)))),
                Err(StreamError::Closed) => Ok(Event::finish(FinishReason::Stop)),
                Err(StreamError::LastOperationFailed(error)) => {
                    Err(Failure::internal(format!("{:?}", wasip2::http::types::http_error_code(&error))))
                }
            },
        };
        // The stream before the body that it is of.
        if let Some(Ok((body, stream))) = open.take() {
            drop(stream);
            drop(body);
        }
        Some(event)
    }))
}

/// Makes headers until the host stops it.
pub(crate) fn hoard_headers() -> ! {
    let mut kept = Vec::new();
    loop {
        let fields = Fields::new();
        let _full = fields.append("a", &[b'a'; 60_000]);
        kept.push(fields);
    }
}

/// Writes a body until the host takes no more of it, and says why.
pub(crate) fn hoard_body(wanted: Wanted) -> String {
    let (body, _answer) = match begin(&wanted) {
        Ok(begun) => begun,
        Err(code) => return format!("{code:?}"),
    };
    let Ok(stream) = body.write() else { return "there is no stream".to_owned() };
    loop {
        if let Err(error) = stream.blocking_write_zeroes_and_flush(PIECE) {
            return format!("{error:?}");
        }
    }
}

/// Gives up a body, and waits for the answer nevertheless.
pub(crate) fn never_finish(wanted: Wanted) -> String {
    match begin(&wanted) {
        Ok((body, answer)) => {
            drop(body);
            status(&answer)
        }
        Err(code) => format!("{code:?}"),
    }
}

/// Looks how a request fares, and never at its answer.
pub(crate) fn guess(wanted: Wanted) -> String {
    match begin(&wanted) {
        Ok((body, answer)) => {
            let _sent = OutgoingBody::finish(body, None);
            let is_over = answer.subscribe().ready();
            format!("it is {}", if is_over { "over" } else { "under way" })
        }
        Err(code) => format!("{code:?}"),
    }
}

/// Begins a request in one call, and sends it in the next.
pub(crate) fn send_later(wanted: Wanted) -> String {
    if let Some((body, answer)) = BEGUN.take() {
        let _sent = OutgoingBody::finish(body, None);
        return status(&answer);
    }
    match begin(&wanted) {
        Ok(begun) => {
            BEGUN.set(Some(begun));
            "begun".to_owned()
        }
        Err(code) => format!("{code:?}"),
    }
}

/// A request under way, with its body to be written.
fn begin(wanted: &Wanted) -> Result<(OutgoingBody, FutureIncomingResponse), ErrorCode> {
    let invalid = || ErrorCode::HttpRequestUriInvalid;
    let headers: Vec<_> =
        wanted.headers.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes())).collect();
    let request = OutgoingRequest::new(Fields::from_list(&headers).map_err(|_| invalid())?);
    let rest = wanted.url.strip_prefix("http://").ok_or_else(invalid)?;
    let (authority, path) = rest.split_once('/').ok_or_else(invalid)?;
    let method = if wanted.method == "POST" { Method::Post } else { Method::Get };
    request.set_method(&method).map_err(|()| invalid())?;
    request.set_scheme(Some(&Scheme::Http)).map_err(|()| invalid())?;
    request.set_authority(Some(authority)).map_err(|()| invalid())?;
    request.set_path_with_query(Some(&format!("/{path}"))).map_err(|()| invalid())?;
    let body = request.body().map_err(|()| invalid())?;
    Ok((body, outgoing_handler::handle(request, None)?))
}

/// Waits for an answer, and gives what it says.
fn read(answer: &FutureIncomingResponse) -> Result<(IncomingBody, InputStream), ErrorCode> {
    let lost = || ErrorCode::InternalError(Some("the host has lost the answer".to_owned()));
    answer.subscribe().block();
    let response = answer.get().ok_or_else(lost)?.map_err(|()| lost())??;
    let body = response.consume().map_err(|()| lost())?;
    let stream = body.stream().map_err(|()| lost())?;
    Ok((body, stream))
}

fn status(answer: &FutureIncomingResponse) -> String {
    answer.subscribe().block();
    match answer.get() {
        Some(Ok(Ok(response))) => response.status().to_string(),
        other => format!("{other:?}"),
    }
}
