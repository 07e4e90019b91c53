//! What the engine's errors mean.

use palisade_core::{Error, ErrorKind, Limits, http};
use wasmtime::{PoolConcurrencyLimitError, Trap, component::ResourceTableError};
use wasmtime_wasi::I32Exit;

use crate::{limiter::Exceeded, reason::reason, state::State};

/// The error of a guest that did not return.
pub(crate) fn guest_error(error: &wasmtime::Error, state: &State, limits: &Limits) -> Error {
    let trap = error.downcast_ref::<Trap>();
    match trap {
        Some(Trap::OutOfFuel) => {
            let message = format!("the provider used up its fuel of {}", limits.fuel);
            return Error::new(ErrorKind::FuelExhausted, message);
        }
        Some(Trap::Interrupt) => return state.clock.error(limits),
        _ => {}
    }
    // A guest that is refused memory usually traps next, and a trap says less than the refusal.
    if let Some(exceeded) = state.limiter.exceeded() {
        return match exceeded {
            Exceeded::Memory => Error::new(
                ErrorKind::MemoryLimit,
                format!("the provider wanted more than its {} bytes of memory", limits.memory_bytes),
            ),
            Exceeded::TableElements => Error::new(
                ErrorKind::ResourceLimit,
                format!("the provider wanted a table of more than {} elements", limits.table_elements),
            ),
            Exceeded::RandomBytes => Error::new(
                ErrorKind::ResourceLimit,
                format!("the provider wanted more than {} random bytes", limits.random_bytes),
            ),
            Exceeded::HostCalls => Error::new(
                ErrorKind::HostCallLimit,
                format!("the provider called host functions more than {} times", limits.host_calls),
            ),
        };
    }
    if let Some(trap) = trap {
        return Error::new(ErrorKind::Trap, format!("the provider crashed: {trap}{}", said(state)));
    }
    if let Some(http::Error::Leak) = error.downcast_ref() {
        return leaked();
    }
    if let Some(I32Exit(status)) = error.downcast_ref() {
        return Error::new(ErrorKind::Trap, format!("the provider exited with status {status}{}", said(state)));
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return Error::new(ErrorKind::HostBusy, "all sandboxes of this host are in use");
    }
    if let Some(ResourceTableError::Full) = error.downcast_ref() {
        return Error::new(
            ErrorKind::ResourceLimit,
            format!("the provider holds more than {} handles", limits.handles),
        );
    }
    // The engine has no types for these.
    let reason = reason(error.root_cause().to_string());
    if reason.contains("fuel allocated for hostcalls") {
        let message = format!("the provider handed over more than {} bytes at a time", limits.result_bytes);
        return Error::new(ErrorKind::ResultTooLarge, message);
    }
    const LIMITS: [&str; 3] = ["resource limit exceeded", "handle limit exceeded", "resource table has no free keys"];
    if LIMITS.iter().any(|limit| reason.contains(limit)) {
        return Error::new(ErrorKind::ResourceLimit, reason);
    }
    Error::new(ErrorKind::BadOutput, format!("the provider answered what cannot be read: {reason}"))
}

/// The error of a guest that wanted to send a secret.
pub(crate) fn leaked() -> Error {
    Error::new(ErrorKind::Leak, "the provider tried to send a secret of the operator's; nothing has left")
}

fn said(state: &State) -> String {
    state.last_error().map(|line| format!("; it said: {line}")).unwrap_or_default()
}
