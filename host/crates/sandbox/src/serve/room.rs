//! What a worker gets: enough for all calls of its provider, each with all that it may use, and no more.

use palisade_core::{Error, ErrorKind, Limits, Request, Result};

use super::{
    message::{Start, VERSION},
    question::{AT_ONE_TIME, PIECE},
};
use crate::{Allocation, Reuse, SandboxSettings};

/// Calls at one time beside those that are admitted: when it describes itself, and some that were cancelled and are not gone
/// yet.
const SPARE_CALLS: u32 = 2;
/// Memory of a worker beside that of its calls and its code: the program, the engine, what is on its way.
const BASE_MEMORY: u64 = 256 << 20;
/// The same for each call: stacks, tables of instances.
const CALL_MEMORY: u64 = 16 << 20;
/// The same for pieces of answers, where a call may ask for any.
const ANSWERS: u64 = 2 * (AT_ONE_TIME * PIECE) as u64;

/// What calls may reach through their host.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Reached {
    pub(crate) upstreams: bool,
    pub(crate) stores: bool,
}

/// What the worker of a provider with these limits gets, an instance of which takes so many places of a pool, and whose code
/// has so many bytes.
pub(super) fn start(
    limits: &Limits,
    reuse: Option<&Reuse>,
    places: u32,
    code_bytes: u64,
    reached: Reached,
    allocation: Allocation,
) -> Start {
    let kept = reuse.map_or(0, |reuse| reuse.instances);
    let calls = calls(limits).saturating_add(kept);
    Start {
        version: VERSION,
        memory_bytes: memory(limits, calls, code_bytes, reached),
        calls: calls.saturating_mul(places).min(SandboxSettings::MAX_CALLS),
        allocation,
    }
}

/// How many calls run at one time.
pub(super) fn calls(limits: &Limits) -> u32 {
    limits.concurrency.saturating_add(SPARE_CALLS)
}

/// Refuses a request for which its guest would have no memory, before it takes that of other calls on its way.
pub(super) fn check_request(request: &Request, limits: &Limits) -> Result<()> {
    let (bytes, memory) = (request.size_in_bytes(), limits.memory_bytes);
    if bytes <= memory {
        return Ok(());
    }
    let message = format!("the request has {bytes} bytes, and the provider has {memory} bytes of memory");
    Err(Error::new(ErrorKind::LimitExceeded, message))
}

/// Memory of a worker whose calls all use what they may: beyond that something other than the guests uses it. Of each call
/// there are its request, the two memories that a pool keeps for it, and what it sends, on its way to the host; and one request
/// more is being read.
fn memory(limits: &Limits, calls: u32, code_bytes: u64, reached: Reached) -> u64 {
    let memories = limits.memory_bytes.saturating_mul(3);
    let sent = if reached.upstreams { limits.memory_bytes.saturating_add(ANSWERS) } else { 0 };
    // One at a time: what is asked, or the answer on its way and what it is read into.
    let stored = if reached.stores { limits.memory_bytes.saturating_mul(2).saturating_add(ANSWERS) } else { 0 };
    let call = memories.saturating_add(limits.result_bytes.saturating_mul(2)).saturating_add(CALL_MEMORY);
    let call = call.saturating_add(sent).saturating_add(stored);
    let reading = limits.memory_bytes.saturating_mul(3);
    let base = code_bytes.saturating_mul(4).saturating_add(reading).saturating_add(BASE_MEMORY);
    call.saturating_mul(calls.into()).saturating_add(base)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(limits: &Limits, reuse: Option<&Reuse>, places: u32) -> Start {
        super::start(limits, reuse, places, 0, Reached::default(), Allocation::Pooled)
    }

    #[test]
    fn there_are_places_for_each_call_and_each_instance_that_is_kept() {
        let limits = Limits { concurrency: 8, ..Limits::default() };
        assert_eq!(start(&limits, None, 1).calls, 8 + SPARE_CALLS);
        assert_eq!(start(&limits, Some(&Reuse::default()), 1).calls, 8 + 4 + SPARE_CALLS);
        assert_eq!(start(&limits, Some(&Reuse::default()), 3).calls, 3 * (8 + 4 + SPARE_CALLS));
        SandboxSettings { calls: start(&limits, None, u32::MAX).calls, allocation: None }.check().unwrap();
    }

    #[test]
    fn memory_grows_with_calls_and_not_with_places() {
        let memory =
            |concurrency, places| start(&Limits { concurrency, ..Limits::default() }, None, places).memory_bytes;
        assert!(memory(8, 1) > memory(4, 1));
        assert_eq!(memory(8, 1), memory(8, 8));
        let limits = Limits::default();
        let more = |reached| super::start(&limits, None, 1, 0, reached, Allocation::Pooled).memory_bytes;
        let none = start(&limits, None, 1).memory_bytes;
        let upstreams = Reached { upstreams: true, ..Reached::default() };
        assert!(more(upstreams) > none + limits.memory_bytes, "what is sent is there twice");
        assert!(more(Reached { stores: true, ..upstreams }) > more(upstreams) + 2 * limits.memory_bytes);
    }
}
