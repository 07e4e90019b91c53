//! A worker as the host sees it: started, checked, loaded, and called.

#[cfg(target_os = "linux")]
use std::os::fd::AsFd as _;
use std::{io, path::Path, sync::Arc, time::Duration};

use palisade_core::{Error, ErrorKind, Result};
use serde::de::DeserializeOwned;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    sync::oneshot,
    time::timeout,
};

use super::{
    answer::Answer,
    ear::Heard,
    frame::{self, Frame, Kind},
    keeper::{DYING, Keeper, MAX_LAST_WORDS, Pipes},
    message::{Load, Loaded, Ready, Start, VERSION},
    sizes,
    table::{Allowance, Entry, Table},
};
use crate::{
    Confinement,
    reason::{last_words, reason},
    worker::{Job, command, not_started},
};

/// How long a worker may take to start, and to link what is loaded.
const STARTING: Duration = Duration::from_secs(20);

/// What a pipe to a worker holds, so that not every 64 KiB of a picture wait for the other side. No more: what a user has
/// of it is 64 MiB in all programs.
#[cfg(target_os = "linux")]
const PIPE: usize = 256 << 10;

/// A worker that serves. Dropping it ends the process.
pub(super) struct Link {
    table: Arc<Table>,
    pub(super) confinement: Confinement,
    pub(super) process: Option<u32>,
    /// Closed when nobody needs the worker any more.
    _needed: oneshot::Sender<()>,
}

/// A call in a worker. Dropping it ends the call there.
pub(super) struct Conversation<'a> {
    table: &'a Table,
    entry: Entry,
}

impl Link {
    /// Starts a worker and has it load a component.
    pub(super) async fn start(program: &Path, start: Start, load: Load) -> Result<Self> {
        let mut child = command(program, Job::Serve).spawn().map_err(|error| not_started(program, error))?;
        let missing = || Error::new(ErrorKind::Internal, "a pipe of the worker is missing");
        let mut pipes = Pipes {
            input: child.stdin.take().ok_or_else(missing)?,
            output: child.stdout.take().ok_or_else(missing)?,
            errors: child.stderr.take().ok_or_else(missing)?,
        };
        #[cfg(target_os = "linux")]
        for pipe in [pipes.input.as_fd(), pipes.output.as_fd()] {
            // A user may have so much of it and not more: then the pipe stays as it is.
            let _as_it_is = rustix::pipe::fcntl_setpipe_size(pipe, PIPE);
        }
        let greeting = timeout(STARTING, pipes.greet(start, load)).await;
        let confinement = greeting.map_err(|_| broken("it took too long to start"))??;
        let table = Arc::<Table>::default();
        let (needed, unneeded) = oneshot::channel();
        let process = child.id();
        let keeper = Keeper::new(child, Arc::clone(&table));
        // It ends with the worker, and the worker with what is returned here.
        tokio::spawn(keeper.keep(pipes, unneeded));
        Ok(Self { table, confinement, process, _needed: needed })
    }

    /// Whether it takes no calls any more.
    pub(super) fn is_closed(&self) -> bool {
        self.table.is_closed()
    }

    /// Begins the call that this message describes; none when the worker takes no calls any more.
    pub(super) fn call(&self, begin: Frame, allowance: Allowance) -> Option<Conversation<'_>> {
        Some(Conversation { table: &self.table, entry: self.table.open(begin, allowance)? })
    }
}

#[cfg(test)]
impl<'a> Conversation<'a> {
    /// That of this call, with whoever reads what the table has for its worker.
    pub(super) fn of(table: &'a Table, entry: Entry) -> Self {
        Self { table, entry }
    }
}

impl Conversation<'_> {
    /// Waits for what the worker says.
    pub(super) async fn hear(&self) -> Result<Heard> {
        match self.entry.ear.next().await {
            Some(heard) => Ok(heard),
            None => Err(died(self.table.death().as_deref().unwrap_or("it was ended"))),
        }
    }

    /// Has the worker go on after a piece.
    pub(super) fn taken(&self) {
        self.table.taken(self.entry.id);
    }

    /// Waits until the worker has read what it was told.
    pub(super) async fn has_read(&self) {
        self.table.has_read(self.entry.id).await;
    }

    /// Has the worker told what its guest has asked.
    pub(super) fn reply(&self, answer: &Answer) -> Result<()> {
        let reply = Frame::new(Kind::Reply, self.entry.id, &answer.reply);
        let reply = reply.map_err(|error| broken(&error.to_string()))?;
        self.table.reply(self.entry.id, reply, answer.released);
        Ok(())
    }
}

impl Drop for Conversation<'_> {
    fn drop(&mut self) {
        self.table.leave(self.entry.id);
    }
}

impl Pipes {
    /// Has the worker confine itself, checks that nothing is missing, and only then says what it is to load.
    async fn greet(&mut self, start: Start, load: Load) -> Result<Confinement> {
        self.send(Frame::new(Kind::Start, 0, &start)).await?;
        let Some(Ready { version, confinement }) = self.receive(Kind::Ready).await? else {
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
            let message = format!("this machine cannot confine a process: it lacks {}", reason(lacks));
            return Err(Error::new(ErrorKind::IsolationUnavailable, message));
        }
        self.send(Frame::new(Kind::Load, 0, &load)).await?;
        match self.receive::<Loaded>(Kind::Loaded).await? {
            Some(Ok(())) => Ok(confinement),
            Some(Err(failure)) => Err(failure.into_error()),
            None => Err(self.silent().await),
        }
    }

    async fn send(&mut self, frame: io::Result<Frame>) -> Result<()> {
        let frame = frame.map_err(|error| broken(&error.to_string()))?;
        match self.input.write_all(frame.bytes()).await {
            Ok(()) => Ok(()),
            Err(_closed) => Err(self.silent().await),
        }
    }

    /// Reads a message of this kind; none at the end.
    async fn receive<M: DeserializeOwned + Send + 'static>(&mut self, kind: Kind) -> Result<Option<M>> {
        let wrong = |error: io::Error| broken(&reason(error.to_string()));
        let Some(head) = frame::receive_head(&mut self.output).await.map_err(wrong)? else { return Ok(None) };
        if head.kind != kind {
            return Err(broken("it said what a worker does not say first"));
        }
        match frame::receive_body(&mut self.output, head.length, sizes::GREETING).await {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(wrong(error)),
            Ok(body) => frame::parse_within(body, sizes::GREETING).await.map(Some).map_err(wrong),
        }
    }

    /// Why a worker says nothing.
    async fn silent(&mut self) -> Error {
        let mut words = Vec::new();
        let limit = MAX_LAST_WORDS as u64;
        // What it said is all there is to tell, and it may be nothing.
        let _cut = timeout(DYING, (&mut self.errors).take(limit).read_to_end(&mut words)).await;
        let said = last_words(&words);
        if said.is_empty() {
            let message = "the worker answered nothing: its `main` has to call `palisade::init()` first";
            return Error::new(ErrorKind::NoCompiler, message);
        }
        broken(&format!("it ended before it began; it said: {said}"))
    }
}

fn broken(why: &str) -> Error {
    Error::new(ErrorKind::Internal, format!("the worker of the provider does not work: {why}"))
}

fn died(why: &str) -> Error {
    Error::new(ErrorKind::Trap, format!("the worker of the provider has ended: {why}"))
}

#[cfg(test)]
mod tests {
    use std::{path::PathBuf, process};

    use palisade_core::{CallReport, Digest, Limits};

    use super::{
        super::{
            message::{Ending, Product},
            tally::Asking,
        },
        *,
    };
    use crate::{Allocation, Piece};

    const NOTHING: Asking = Asking { questions: 0, bytes: 0 };
    const ALLOWANCE: Allowance = Allowance { end: 64 << 10, piece: None, reports: 1, asking: NOTHING };

    /// A program that greets as a worker does, and then says this, whatever it hears.
    fn program(folder: &Path, says: &[u8]) -> PathBuf {
        let mut confinement = Confinement::default();
        for piece in Piece::ALL {
            confinement.note(*piece, Ok::<(), &str>(()));
        }
        let ready = Frame::new(Kind::Ready, 0, &Ready { version: VERSION, confinement }).unwrap();
        let loaded = Frame::new(Kind::Loaded, 0, &Loaded::Ok(())).unwrap();
        let (words, program) = (folder.join("words"), folder.join("program"));
        std::fs::write(&words, [ready.bytes(), loaded.bytes(), says].concat()).unwrap();
        // Written by another process: one that this process has open for writing cannot be run.
        let script = format!("#!/bin/sh\ncat '{}'\ncat > /dev/null\n", words.display());
        let write = ["-c", "printf '%s' \"$1\" > \"$2\" && chmod 700 \"$2\"", "-", &script];
        assert!(process::Command::new("sh").args(write).arg(&program).status().unwrap().success());
        program
    }

    async fn link(program: &Path) -> Result<Link> {
        let start = Start { version: VERSION, memory_bytes: 0, calls: 1, allocation: Allocation::OnDemand };
        let digest = *Digest::from_sha256([0; 32]).as_bytes();
        let limits = (&Limits::default()).into();
        let load =
            Load { digest, code: vec![], config: [].into(), limits, reaches_out: false, reuse: None, catalogue: None };
        Link::start(program, start, load).await
    }

    /// What is heard of a call of a worker that says this when it was loaded.
    async fn hears(says: &[u8]) -> Result<String> {
        let folder = tempfile::tempdir().unwrap();
        let link = link(&program(folder.path(), says)).await?;
        let begin = Frame::new(Kind::Call, 0, &"request").unwrap();
        let Some(conversation) = link.call(begin, ALLOWANCE) else { return Ok("it takes no calls".to_owned()) };
        conversation.hear().await.map(|heard| format!("{heard:?}"))
    }

    #[tokio::test]
    async fn a_worker_that_speaks_of_what_it_was_not_told_is_ended() {
        let ending = Ending { result: Ok(Product::Health), report: CallReport::default() };
        let early = Frame::new(Kind::Done, 1, &ending).unwrap();
        for says in [early.bytes(), &[255; 1 << 20], Frame::bare(Kind::Gone, 7).bytes()] {
            match hears(says).await {
                // It may have been ended before there was a call.
                Ok(heard) => assert_eq!(heard, "it takes no calls"),
                Err(error) => assert!(error.message().starts_with("the worker of the provider has ended: "), "{error}"),
            }
        }
    }

    #[tokio::test]
    async fn a_worker_that_holds_on_to_a_call_is_ended_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let link = link(&program(folder.path(), b"")).await.unwrap();
        let begin = || Frame::new(Kind::Call, 0, &"request").unwrap();
        let conversation = link.call(begin(), ALLOWANCE).unwrap();
        assert!(timeout(Duration::from_millis(10), conversation.hear()).await.is_err());
        assert!(!link.is_closed());
        drop(conversation);
        // It never lets go of the call.
        let next = link.call(begin(), ALLOWANCE).unwrap();
        let error = next.hear().await.unwrap_err();
        assert!(error.message().contains("did not let go of a call in time"), "{error}");
    }
}
