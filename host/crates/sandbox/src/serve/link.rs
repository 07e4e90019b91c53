//! A worker as the host sees it: started, checked, loaded, listened to, and ended.

#[cfg(unix)]
use std::os::unix::process::ExitStatusExt as _;
use std::{
    io,
    path::Path,
    process::ExitStatus,
    sync::{Arc, Mutex},
    time::Duration,
};

use palisade_core::{Error, ErrorKind, Result, text::escape};
use serde::Serialize;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::{Child, ChildStderr, ChildStdin, ChildStdout},
    sync::mpsc,
};

use super::{
    frame,
    message::{FromWorker, Load, Ready, Start, ToWorker, VERSION},
    table::{Entry, Heard, Table},
};
use crate::{
    Confinement,
    lock::lock,
    worker::{Job, command, not_started},
};

/// How long a worker may take to start, and to link what is loaded.
const STARTING: Duration = Duration::from_secs(20);
/// How long a worker may take to die when it has closed its pipe.
const DYING: Duration = Duration::from_secs(1);
/// Most bytes of a worker's first messages.
const MAX_GREETING: u64 = 64 << 10;
/// Most bytes that are kept of what a worker says when it dies.
const MAX_LAST_WORDS: usize = 4096;
/// Most characters of that which are told.
const MAX_REASON: usize = 300;

/// A worker that serves. Dropping it ends the process.
pub(super) struct Link {
    table: Arc<Table>,
    frames: mpsc::UnboundedSender<Vec<u8>>,
    pub(super) confinement: Confinement,
    pub(super) process: Option<u32>,
}

/// A call in a worker. Dropping it ends the call there.
pub(super) struct Conversation<'a> {
    link: &'a Link,
    entry: Entry,
}

impl Link {
    /// Starts a worker and has it load a component.
    pub(super) async fn start(program: &Path, start: Start, load: Load, max_message: u64) -> Result<Self> {
        let mut child = command(program, Job::Serve).spawn().map_err(|error| not_started(program, error))?;
        let missing = || Error::new(ErrorKind::Internal, "a pipe of the worker is missing");
        let mut pipes = Pipes {
            input: child.stdin.take().ok_or_else(missing)?,
            output: child.stdout.take().ok_or_else(missing)?,
            errors: child.stderr.take().ok_or_else(missing)?,
        };
        let greeting = tokio::time::timeout(STARTING, pipes.greet(start, load)).await;
        let confinement = greeting.map_err(|_| broken("it took too long to start"))??;
        let table = Arc::<Table>::default();
        let (frames, queue) = mpsc::unbounded_channel();
        let process = child.id();
        let keeper = Keeper { child, table: Arc::clone(&table), last_words: Mutex::default() };
        // It ends with the worker, and the worker with the last sender of frames.
        tokio::spawn(keeper.keep(pipes, queue, max_message));
        Ok(Self { table, frames, confinement, process })
    }

    /// Why the worker has ended, once it has.
    pub(super) fn death(&self) -> Option<Arc<str>> {
        self.table.death()
    }

    /// Begins a call.
    pub(super) fn call(&self, message: impl FnOnce(u64) -> ToWorker) -> Result<Conversation<'_>> {
        let entry = self.table.open().map_err(|why| died(&why))?;
        let conversation = Conversation { link: self, entry };
        self.say(&message(conversation.entry.id))?;
        Ok(conversation)
    }

    /// Sends a message. What waits is bounded by the calls that the provider may have at one time.
    fn say(&self, message: &ToWorker) -> Result<()> {
        let frame = frame::encode(message)
            .map_err(|error| Error::new(ErrorKind::LimitExceeded, "the request cannot be sent").with_source(error))?;
        self.frames.send(frame).map_err(|_| died("it was ended"))
    }
}

impl Conversation<'_> {
    /// Waits for what the worker says.
    pub(super) async fn hear(&mut self) -> Result<Heard> {
        match self.entry.heard.recv().await {
            Some(heard) => Ok(heard),
            None => Err(died(self.link.death().as_deref().unwrap_or("it was ended"))),
        }
    }

    /// Answers a question.
    pub(super) fn answer(&self, reply: super::message::Reply) -> Result<()> {
        self.link.say(&ToWorker::Answer(self.entry.id, reply))
    }
}

impl Drop for Conversation<'_> {
    fn drop(&mut self) {
        if self.link.table.leave(self.entry.id) {
            // A worker that has ended needs no telling.
            let _ended = self.link.say(&ToWorker::Cancel(self.entry.id));
        }
    }
}

struct Pipes {
    input: ChildStdin,
    output: ChildStdout,
    errors: ChildStderr,
}

impl Pipes {
    /// Has the worker confine itself, checks that nothing is missing, and only then says what it is to load.
    async fn greet(&mut self, start: Start, load: Load) -> Result<Confinement> {
        self.send(&ToWorker::Start(start)).await?;
        let Some(FromWorker::Ready(Ready { version, confinement })) = self.receive().await? else {
            return Err(self.silent().await);
        };
        if version != VERSION {
            return Err(broken("it is of another version of this program"));
        }
        let missing = confinement.missing();
        if !missing.is_empty() {
            let lacks = |status: &crate::PieceStatus| {
                format!("`{}`: {}", status.piece, status.reason.as_deref().unwrap_or("it was not told"))
            };
            let lacks = missing.iter().map(lacks).collect::<Vec<_>>().join("; ");
            let message = format!("this machine cannot confine a process: it lacks {}", escape(&lacks, MAX_REASON));
            return Err(Error::new(ErrorKind::IsolationUnavailable, message));
        }
        self.send(&ToWorker::Load(Box::new(load))).await?;
        match self.receive().await? {
            Some(FromWorker::Loaded(Ok(()))) => Ok(confinement),
            Some(FromWorker::Loaded(Err(failure))) => Err(failure.into_error()),
            _ => Err(self.silent().await),
        }
    }

    async fn send(&mut self, message: &impl Serialize) -> Result<()> {
        let frame = frame::encode(message).map_err(|error| broken(&error.to_string()))?;
        match self.input.write_all(&frame).await {
            Ok(()) => Ok(()),
            Err(_closed) => Err(self.silent().await),
        }
    }

    async fn receive(&mut self) -> Result<Option<FromWorker>> {
        frame::receive(&mut self.output, MAX_GREETING).await.map_err(|error| broken(&error.to_string()))
    }

    /// Why a worker says nothing.
    async fn silent(&mut self) -> Error {
        let mut words = Vec::new();
        let limit = MAX_LAST_WORDS as u64;
        // What it said is all there is to tell, and it may be nothing.
        let _cut = tokio::time::timeout(DYING, (&mut self.errors).take(limit).read_to_end(&mut words)).await;
        let said = escape(String::from_utf8_lossy(&words).trim(), MAX_REASON);
        if said.is_empty() {
            let message = "the worker answered nothing: its `main` has to call `palisade::init()` first";
            return Error::new(ErrorKind::NoCompiler, message);
        }
        broken(&format!("it ended before it began; it said: {said}"))
    }
}

/// Who looks after the process until it has ended, and is waited for.
struct Keeper {
    child: Child,
    table: Arc<Table>,
    last_words: Mutex<Vec<u8>>,
}

/// How the host's part of it ended.
enum End {
    /// Nobody needs the worker any more.
    Unneeded,
    /// It closed its pipe.
    Closed,
    /// It did what it may not, and was ended.
    Broken(String),
}

impl Keeper {
    async fn keep(mut self, pipes: Pipes, queue: mpsc::UnboundedReceiver<Vec<u8>>, max_message: u64) {
        let Pipes { input, output, errors } = pipes;
        let end = tokio::select! {
            end = hear(output, &self.table, max_message) => end,
            () = say(input, queue) => End::Unneeded,
            () = self.table.overdue() => End::Broken("it did not let go of a call in time".to_owned()),
            () = drain(errors, &self.last_words) => End::Closed,
        };
        let died_by_itself = match end {
            End::Closed => tokio::time::timeout(DYING, self.child.wait()).await.ok().and_then(io::Result::ok),
            _ => None,
        };
        let status = match died_by_itself {
            Some(status) => Some(status),
            None => {
                // It may have ended meanwhile.
                let _ended = self.child.start_kill();
                self.child.wait().await.ok()
            }
        };
        let why = match end {
            End::Unneeded => "nobody needs it any more".to_owned(),
            End::Broken(why) => why,
            End::Closed => self.cause(status),
        };
        tracing::debug!(process = ?status, why, "a worker has ended");
        self.table.end(why.into());
    }

    /// What a worker died of, by itself or by somebody else's hand.
    fn cause(&self, status: Option<ExitStatus>) -> String {
        let said = escape(String::from_utf8_lossy(&lock(&self.last_words)).trim(), MAX_REASON);
        let said = if said.is_empty() { said } else { format!("; it said: {said}") };
        format!("{}{said}", status.map_or_else(|| "its end was not seen".to_owned(), ending))
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // When the runtime ends first, the process ends with `child`.
        self.table.end("the runtime that looked after it has ended".into());
    }
}

#[cfg(unix)]
fn ending(status: ExitStatus) -> String {
    use rustix::process::Signal;

    match status.signal() {
        Some(signal) if signal == Signal::SYS.as_raw() => "it made a system call that it may not make".to_owned(),
        Some(signal) if signal == Signal::KILL.as_raw() => {
            "somebody killed it, or the machine had no memory".to_owned()
        }
        Some(signal) => format!("it died of signal {signal}"),
        None => format!("it ended with {status}"),
    }
}

#[cfg(not(unix))]
fn ending(status: ExitStatus) -> String {
    format!("it ended with {status}")
}

async fn hear(mut output: ChildStdout, table: &Table, max_message: u64) -> End {
    loop {
        match frame::receive(&mut output, max_message).await {
            Ok(Some(message)) => {
                if let Err(what) = table.hear(message) {
                    return End::Broken(what.to_owned());
                }
            }
            Ok(None) => return End::Closed,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return End::Closed,
            Err(error) => return End::Broken(escape(&error.to_string(), MAX_REASON)),
        }
    }
}

/// Writes what there is to say until nobody is left to say anything.
async fn say(mut input: ChildStdin, mut queue: mpsc::UnboundedReceiver<Vec<u8>>) {
    while let Some(frame) = queue.recv().await {
        if input.write_all(&frame).await.is_err() {
            // The other pipe tells that the worker has ended, and how.
            std::future::pending::<()>().await;
        }
    }
}

/// Keeps the end of what a worker says on stderr, where it says nothing while all is well.
async fn drain(mut errors: ChildStderr, words: &Mutex<Vec<u8>>) {
    let mut buffer = [0; 1024];
    while let Ok(count @ 1..) = errors.read(&mut buffer).await {
        let mut words = lock(words);
        words.extend_from_slice(buffer.get(..count).unwrap_or_default());
        let excess = words.len().saturating_sub(MAX_LAST_WORDS);
        words.drain(..excess);
    }
}

fn broken(why: &str) -> Error {
    Error::new(ErrorKind::Internal, format!("the worker of the provider does not work: {why}"))
}

fn died(why: &str) -> Error {
    Error::new(ErrorKind::Trap, format!("the worker of the provider has ended: {why}"))
}
