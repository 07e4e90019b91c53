//! Asks a worker what confines it, and nothing else.

use std::{io, path::Path, time::Duration};

use palisade_core::{Error, ErrorKind, Result};
use tokio::io::AsyncReadExt as _;

use super::{
    confine::{Bounds, Memory, Unsealed},
    confinement::Confinement,
    program::{Job, command, not_started},
};
use crate::reason::last_words;

/// How long a worker may take to answer. It computes next to nothing.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Most bytes of its answer.
const MAX_ANSWER: u64 = 64 << 10;
/// Memory of a worker that only answers.
const MEMORY: u64 = 64 << 20;

/// What confines a worker of this program on this machine.
///
/// # Errors
///
/// `no-compiler` when the program does not start or is no worker; `host-busy` when the machine has too little of something.
pub(crate) async fn probe(program: &Path) -> Result<Confinement> {
    let name = program.display();
    let failed = |what: String| Error::new(ErrorKind::NoCompiler, format!("the worker `{name}` {what}"));
    let mut child = command(program, Job::Probe).spawn().map_err(|error| not_started(program, error))?;
    let (Some(output), Some(errors)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(failed("has no output".to_owned()));
    };
    let answer = async {
        let (mut answer, mut said) = (Vec::new(), Vec::new());
        let (mut output, mut errors) = (output.take(MAX_ANSWER), errors.take(MAX_ANSWER));
        tokio::try_join!(output.read_to_end(&mut answer), errors.read_to_end(&mut said))?;
        io::Result::Ok((answer, said, child.wait().await?))
    };
    let answer = tokio::time::timeout(TIMEOUT, answer).await.map_err(|_| failed("does not answer".to_owned()))?;
    let (answer, said, status) = answer.map_err(|error| failed("cannot be heard".to_owned()).with_source(error))?;
    if !status.success() {
        let said = last_words(&said);
        return Err(failed(format!("ended with {status}; it said: {said}")));
    }
    serde_json::from_slice(&answer).map_err(|error| failed("answers nonsense".to_owned()).with_source(error))
}

/// The worker's side: confines itself, and says how that went.
pub(crate) fn answer(mut output: impl io::Write) -> io::Result<()> {
    let confinement = confine_like_a_worker()?;
    serde_json::to_writer(&mut output, &confinement)?;
    output.flush()
}

/// Confines this process as a worker is confined, for good: for tests that then try to break out.
///
/// # Errors
///
/// Fails where a process cannot have limits.
#[doc(hidden)]
pub fn confine_like_a_worker() -> io::Result<Confinement> {
    begin()?.seal()
}

/// The same without the filter of system calls, so that it shows what stands behind that.
///
/// # Errors
///
/// Fails where a process cannot have limits.
#[doc(hidden)]
pub fn confine_but_for_system_calls() -> io::Result<()> {
    begin()?.seal_without_filter().map(drop)
}

fn begin() -> io::Result<Unsealed> {
    Unsealed::begin(&Bounds { memory: Memory::Mapped(MEMORY), cpu_seconds: Some(TIMEOUT.as_secs()) })
}
