//! A process that compiles, as the host sees it: started, fed, and killed when it takes too long.

#[cfg(unix)]
use std::os::unix::process::ExitStatusExt as _;
use std::{io, path::Path, process::ExitStatus, time::Duration};

use palisade_core::{Error, ErrorKind, Limits, Result};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    process::Child,
    sync::oneshot,
    time::Instant,
};

use super::order::{COMPILED, Order, READY, REFUSED};
use crate::{
    Allocation, reason,
    refusal::Refusal,
    worker::{Job, command, not_started},
};

/// Most bytes that are read of what a compiler says when it dies.
const MAX_LAST_WORDS: u64 = 4096;

/// How long a compiler may take to confine itself, before it begins with the component.
const STARTING: Duration = Duration::from_secs(20);

/// How a compiler ended.
struct End {
    /// Whether it had begun with the component.
    began: bool,
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
    let mut child = command(program, Job::Compile).spawn().map_err(|error| not_started(program, error))?;
    let order = Order {
        memory_bytes: limits.compile_memory_bytes,
        cpu_seconds: limits.compile_cpu_time.as_secs_f64().ceil().max(1.0) as u64,
        allocation,
        component_bytes: component.len() as u64,
    };
    let (begins, begun) = oneshot::channel();
    // Dropping the child kills it.
    tokio::select! {
        end = converse(&mut child, &order, component, begins) => match end {
            Ok(end) => outcome(end, limits),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(silent().with_source(error)),
            Err(error) => {
                Err(Error::new(ErrorKind::Internal, "the compiler cannot be talked to").with_source(error))
            }
        },
        error = out_of_time(begun, STARTING, limits) => Err(error),
    }
}

/// Waits until a compiler has taken too long: to begin, which is no fault of the component, or after that.
async fn out_of_time(begun: oneshot::Receiver<()>, starting: Duration, limits: &Limits) -> Error {
    let latest = Instant::now() + starting;
    match tokio::time::timeout_at(latest, begun).await {
        Ok(Ok(())) => {}
        Ok(Err(_never)) => {
            // It says nothing more, and has most likely ended. A program that is no compiler may go on.
            tokio::time::sleep_until(latest).await;
            return silent();
        }
        Err(_elapsed) => return silent(),
    }
    tokio::time::sleep(limits.compile_timeout).await;
    costs(format!("more than {:?}", limits.compile_timeout))
}

/// Sends the component, and reads the answer at the same time: neither side may wait for the other.
async fn converse(child: &mut Child, order: &Order, component: &[u8], begins: oneshot::Sender<()>) -> io::Result<End> {
    let missing = || io::Error::other("a pipe is missing");
    let mut input = child.stdin.take().ok_or_else(missing)?;
    let mut output = child.stdout.take().ok_or_else(missing)?;
    let errors = child.stderr.take().ok_or_else(missing)?;
    let order_bytes = order.to_bytes()?;
    let send = async {
        // A compiler that dies early closes the pipe; how it died says more.
        let _broken = async {
            input.write_all(&order_bytes).await?;
            input.write_all(component).await?;
            input.flush().await
        }
        .await;
        io::Result::Ok(())
    };
    let receive = async {
        // One that dies first answers nothing.
        let began = match output.read_u8().await.ok() {
            Some(READY) => begins.send(()).is_ok(),
            Some(_) => return Err(io::Error::new(io::ErrorKind::InvalidData, "it says something else")),
            None => false,
        };
        let kind = output.read_u8().await.ok();
        Ok((began, kind, read(output, most_of_an_answer(order.memory_bytes)).await?))
    };
    let ((began, kind, payload), last_words, ()) = tokio::try_join!(receive, read(errors, MAX_LAST_WORDS), send)?;
    let status = child.wait().await?;
    // The end of its input would have ended it.
    drop(input);
    Ok(End { began, kind, payload, last_words, status })
}

/// Most bytes of an answer: in the memory of the child there is also what the answer was made from.
fn most_of_an_answer(memory_bytes: u64) -> u64 {
    memory_bytes / 2
}

async fn read(input: impl AsyncRead + Unpin, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(limit).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

fn outcome(end: End, limits: &Limits) -> Result<Vec<u8>> {
    let End { began, kind, payload, last_words, status } = end;
    if payload.len() as u64 >= most_of_an_answer(limits.compile_memory_bytes) {
        return Err(costs(format!("more than {} bytes of memory", limits.compile_memory_bytes)));
    }
    if !status.success() {
        return Err(death(status, began, &last_words, limits));
    }
    match kind.filter(|_| began) {
        Some(COMPILED) => Ok(payload),
        Some(REFUSED) => {
            let refusal = serde_json::from_slice(&payload).ok().and_then(Refusal::of_compiler);
            Err(refusal.unwrap_or_else(|| Error::new(ErrorKind::Internal, "the compiler's answer is garbled")))
        }
        _ => Err(silent()),
    }
}

/// What a compiler died of, and whether that is about the component. Out of memory it aborts; out of stack or with a defect
/// it crashes. Any other signal came from outside.
#[cfg(unix)]
fn death(status: ExitStatus, began: bool, last_words: &[u8], limits: &Limits) -> Error {
    use rustix::process::Signal;

    /// What a program gets for what it does itself; the last one for a system call that no compiler makes.
    const CRASHES: [Signal; 7] =
        [Signal::SEGV, Signal::BUS, Signal::ILL, Signal::ABORT, Signal::FPE, Signal::TRAP, Signal::SYS];

    /// What others send who want a program to end.
    const ORDERS: [Signal; 5] = [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT, Signal::KILL];

    let said = reason::last_words(last_words);
    let is_one_of = |signals: &[Signal], number| signals.iter().any(|signal| signal.as_raw() == number);
    match status.signal() {
        Some(number) if is_one_of(&[Signal::XCPU], number) => {
            costs(format!("more than {:?} of processor time", limits.compile_cpu_time))
        }
        Some(number) if is_one_of(&[Signal::ABORT], number) && said.contains("memory allocation of") => {
            costs(format!("more than {} bytes of memory", limits.compile_memory_bytes))
        }
        Some(number) if began && is_one_of(&CRASHES, number) => {
            costs(format!("the compiler its life: it died of signal {number}; it said: {said}"))
        }
        Some(number) if began || is_one_of(&ORDERS, number) => {
            let message = format!("the compiler was ended from outside, by signal {number}: load the component again");
            Error::new(ErrorKind::Internal, message)
        }
        _ => failed(status, &said),
    }
}

#[cfg(not(unix))]
fn death(status: ExitStatus, _began: bool, last_words: &[u8], _limits: &Limits) -> Error {
    failed(status, &reason::last_words(last_words))
}

fn failed(status: ExitStatus, said: &str) -> Error {
    Error::new(ErrorKind::NoCompiler, format!("the compiler ended with {status}; it said: {said}"))
}

/// It never said that it is a compiler, or nothing after that.
fn silent() -> Error {
    let message = "the compiler answered nothing: its `main` has to call `palisade::init()` first";
    Error::new(ErrorKind::NoCompiler, message)
}

fn costs(what: String) -> Error {
    Error::new(ErrorKind::CompileLimit, format!("compiling the component costs {what}"))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn died_of(signal: i32, began: bool, said: &str) -> Error {
        death(ExitStatus::from_raw(signal), began, said.as_bytes(), &Limits::default())
    }

    #[test]
    fn only_what_the_compiler_did_itself_is_about_the_component() {
        use rustix::process::Signal;

        let signals = |signals: &[Signal]| signals.iter().map(|signal| signal.as_raw()).collect::<Vec<_>>();
        for signal in signals(&[Signal::XCPU, Signal::SEGV, Signal::BUS, Signal::ILL, Signal::ABORT, Signal::SYS]) {
            let error = died_of(signal, true, "");
            assert_eq!(error.kind(), ErrorKind::CompileLimit, "{signal}: {error}");
        }
        for signal in signals(&[Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT, Signal::KILL, Signal::PIPE]) {
            let error = died_of(signal, true, "memory allocation of 8 bytes failed");
            assert_eq!(error.kind(), ErrorKind::Internal, "{signal}: {error}");
            assert!(error.kind().is_retryable());
        }
        let error = died_of(Signal::ABORT.as_raw(), true, "memory allocation of 8 bytes failed");
        assert!(error.message().contains("bytes of memory"), "{error}");
    }

    #[test]
    fn a_program_that_crashes_before_it_begins_is_no_compiler() {
        let error = died_of(rustix::process::Signal::SEGV.as_raw(), false, "it is another program");
        assert_eq!(error.kind(), ErrorKind::NoCompiler);
    }

    #[tokio::test]
    async fn a_program_that_closes_its_output_and_goes_on_is_not_waited_for() {
        let (begins, begun) = oneshot::channel();
        drop(begins);
        let limits = Limits::default();
        let end = out_of_time(begun, Duration::ZERO, &limits);
        let error = tokio::time::timeout(STARTING, end).await.unwrap();
        assert_eq!(error.kind(), ErrorKind::NoCompiler);
    }

    #[tokio::test]
    async fn a_program_that_says_something_else_says_nothing_about_the_component() {
        // It says its arguments, for ever.
        let compiled = compile(Path::new("/usr/bin/yes"), b"", Allocation::OnDemand, &Limits::default()).await;
        let error = compiled.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoCompiler);
        assert!(error.message().contains("`palisade::init()`"), "{error}");
    }
}
