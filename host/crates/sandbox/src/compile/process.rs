//! A process that compiles, as the host sees it: started, fed, and killed when it takes too long.

#[cfg(unix)]
use std::os::unix::process::ExitStatusExt as _;
use std::{path::Path, process::ExitStatus};

use palisade_core::{Error, ErrorKind, Limits, Result, text::escape};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    process::Child,
};

use super::{
    MAX_REASON,
    order::{COMPILED, Order, REFUSED},
};
use crate::{
    Allocation,
    refusal::Refusal,
    worker::{Job, command},
};

/// Most bytes that are read of what a compiler says when it dies.
const MAX_LAST_WORDS: u64 = 4096;

/// How a compiler ended.
struct End {
    /// The first byte of its answer, which says what the rest is.
    kind: Option<u8>,
    payload: Vec<u8>,
    last_words: Vec<u8>,
    status: ExitStatus,
}

/// Compiles a component in a process of its own.
pub(super) async fn compile(
    program: &Path,
    component: &[u8],
    allocation: Allocation,
    limits: &Limits,
) -> Result<Vec<u8>> {
    let mut child = command(program, Job::Compile).spawn().map_err(|error| {
        let message = format!("the compiler `{}` does not start", program.display());
        Error::new(ErrorKind::NoCompiler, message).with_source(error)
    })?;
    let order = Order {
        memory_bytes: limits.compile_memory_bytes,
        cpu_seconds: limits.compile_cpu_time.as_secs_f64().ceil().max(1.0) as u64,
        allocation,
    };
    let end = tokio::time::timeout(limits.compile_timeout, converse(&mut child, &order, component)).await;
    let end = match end {
        Ok(end) => {
            end.map_err(|error| Error::new(ErrorKind::Internal, "the compiler cannot be talked to").with_source(error))?
        }
        // Dropping the child kills it.
        Err(_elapsed) => return Err(costs(format!("more than {:?}", limits.compile_timeout))),
    };
    outcome(end, limits)
}

/// Sends the component, and reads the answer at the same time: neither side may wait for the other.
async fn converse(child: &mut Child, order: &Order, component: &[u8]) -> std::io::Result<End> {
    let missing = || std::io::Error::other("a pipe is missing");
    let mut input = child.stdin.take().ok_or_else(missing)?;
    let mut output = child.stdout.take().ok_or_else(missing)?;
    let errors = child.stderr.take().ok_or_else(missing)?;
    let order_bytes = order.to_bytes()?;
    let send = async {
        // A compiler that dies early closes the pipe; how it died says more.
        let _broken = async {
            input.write_all(&order_bytes).await?;
            input.write_all(component).await?;
            input.shutdown().await
        }
        .await;
        drop(input);
    };
    let receive = async {
        // One that dies first answers nothing.
        let kind = output.read_u8().await.ok();
        // What does not fit into the memory of the child is not its answer.
        (kind, read(output, order.memory_bytes).await)
    };
    let ((kind, payload), last_words, ()) = tokio::join!(receive, read(errors, MAX_LAST_WORDS), send);
    Ok(End { kind, payload: payload?, last_words: last_words?, status: child.wait().await? })
}

async fn read(input: impl AsyncRead + Unpin, limit: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(limit).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

fn outcome(end: End, limits: &Limits) -> Result<Vec<u8>> {
    let End { kind, payload, last_words, status } = end;
    if !status.success() {
        return Err(death(status, &last_words, limits));
    }
    match kind {
        Some(COMPILED) => Ok(payload),
        Some(REFUSED) => {
            let refusal: Refusal = serde_json::from_slice(&payload).map_err(|error| {
                Error::new(ErrorKind::Internal, "the compiler's answer is garbled").with_source(error)
            })?;
            Err(refusal.into())
        }
        _ => {
            let message = "the compiler answered nothing: its `main` has to call `palisade::init()` first";
            Err(Error::new(ErrorKind::NoCompiler, message))
        }
    }
}

/// What a compiler died of. Out of memory it aborts; out of stack or with a defect it may crash in any way.
#[cfg(unix)]
fn death(status: ExitStatus, last_words: &[u8], limits: &Limits) -> Error {
    use rustix::process::Signal;

    let said = escape(String::from_utf8_lossy(last_words).trim(), MAX_REASON);
    match status.signal() {
        Some(signal) if signal == Signal::XCPU.as_raw() => {
            costs(format!("more than {:?} of processor time", limits.compile_cpu_time))
        }
        Some(_) if said.contains("memory allocation of") => {
            costs(format!("more than {} bytes of memory", limits.compile_memory_bytes))
        }
        Some(signal) => costs(format!("the compiler its life: it died of signal {signal}; it said: {said}")),
        None => failed(status, &said),
    }
}

#[cfg(not(unix))]
fn death(status: ExitStatus, last_words: &[u8], _limits: &Limits) -> Error {
    failed(status, &escape(String::from_utf8_lossy(last_words).trim(), MAX_REASON))
}

fn failed(status: ExitStatus, said: &str) -> Error {
    Error::new(ErrorKind::NoCompiler, format!("the compiler ended with {status}; it said: {said}"))
}

fn costs(what: String) -> Error {
    Error::new(ErrorKind::CompileLimit, format!("compiling the component costs {what}"))
}
