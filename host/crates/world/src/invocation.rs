//! A call on its way to a guest.

use palisade_core::{CallOptions, EventSink, Request};

/// One call, as the guest is to see it.
#[derive(Debug)]
pub struct Invocation<'a> {
    /// What to do. Its media are handed over: the request has none afterwards.
    pub request: &'a mut Request,
    /// How.
    pub options: &'a CallOptions,
    /// Milliseconds left until the host ends the call.
    pub deadline_ms: u32,
    /// Who wants the pieces of a response that comes piece by piece.
    pub events: &'a EventSink,
}
