//! Who listens to a worker, tells it what there is to tell, and sees to its end.

#[cfg(unix)]
use std::os::unix::process::ExitStatusExt as _;
use std::{
    io,
    pin::pin,
    process::ExitStatus,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader},
    process::{Child, ChildStderr, ChildStdin, ChildStdout},
    sync::oneshot,
    time::timeout,
};

use super::{
    answer::Asked,
    ear::Heard,
    frame::{self, Head, Kind},
    table::{Judgement, Table},
};
use crate::{
    lock::lock,
    reason::{last_words, reason},
};

/// How long a message may be on its way, beside the time for its length.
const ON_ITS_WAY: Duration = Duration::from_secs(5);
/// What is counted of the time of a worker at once.
const STEP: Duration = Duration::from_millis(100);
/// Bytes in a second that a worker reads and writes at the least.
const PACE: u32 = 16 << 20;
/// How long a worker may take to die when it has closed a pipe.
pub(super) const DYING: Duration = Duration::from_secs(1);
/// Bytes that are read of a worker at one time: what a pipe holds.
const AT_A_TIME: usize = 64 << 10;
/// Most bytes that are kept of what a worker says when it dies.
pub(super) const MAX_LAST_WORDS: usize = 4096;
/// Most bytes that a worker may say on stderr in its life. Reading them is work, and it says nothing there while all is well.
const MAX_WORDS: usize = 256 << 10;

/// The pipes to a worker.
pub(super) struct Pipes {
    pub(super) input: ChildStdin,
    pub(super) output: ChildStdout,
    pub(super) errors: ChildStderr,
}

/// Who looks after the process until it has ended, and is waited for.
pub(super) struct Keeper {
    child: Child,
    table: Arc<Table>,
    last_words: Mutex<Vec<u8>>,
}

/// How the host's part of it ended.
#[derive(Debug)]
enum End {
    /// Nobody needs the worker any more.
    Unneeded,
    /// It closed a pipe.
    Closed,
    /// It did what it may not, and was ended.
    Broken(String),
}

impl Keeper {
    pub(super) fn new(child: Child, table: Arc<Table>) -> Self {
        Self { child, table, last_words: Mutex::default() }
    }

    /// Goes on until the process has ended, and nothing is left of it; or until nobody needs it, and then ends it.
    pub(super) async fn keep(mut self, pipes: Pipes, unneeded: oneshot::Receiver<()>) {
        let Pipes { mut input, output, mut errors } = pipes;
        let end = tokio::select! {
            end = hear(BufReader::with_capacity(AT_A_TIME, output), &self.table, ON_ITS_WAY) => end,
            end = say(&mut input, &self.table, ON_ITS_WAY) => end,
            end = drain(&mut errors, &self.last_words) => end,
            _dropped = unneeded => End::Unneeded,
        };
        // Whoever comes now gets another worker, and need not wait for the end of this one.
        self.table.close();
        let died_by_itself = match end {
            End::Closed => timeout(DYING, self.child.wait()).await.ok().and_then(io::Result::ok),
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
            End::Closed if died_by_itself.is_none() => "it closed a pipe, and was ended".to_owned(),
            End::Closed => {
                // What it said last may still be on its way.
                let _cut = timeout(DYING, drain(&mut errors, &self.last_words)).await;
                self.cause(status)
            }
        };
        tracing::debug!(process = ?status, why, "a worker has ended");
        self.table.end(why.into());
    }

    /// What a worker died of, by itself or by somebody else's hand.
    fn cause(&self, status: Option<ExitStatus>) -> String {
        let said = last_words(&lock(&self.last_words));
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

/// Listens until the worker says nothing more, or what it may not say.
async fn hear(mut output: impl AsyncRead + Unpin, table: &Table, on_its_way: Duration) -> End {
    loop {
        let head = tokio::select! {
            // Only who says nothing is late: that a call is let go of may be told behind what is read for a while.
            biased;
            head = frame::receive_head(&mut output) => head,
            () = silent_too_long(table) => return End::Broken("it did not let go of a call in time".to_owned()),
        };
        let heard = match head {
            Ok(Some(head)) => hear_body(&mut output, table, head, on_its_way).await,
            Ok(None) => return End::Closed,
            Err(error) => Err(error),
        };
        match heard {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return End::Closed,
            Err(error) => return End::Broken(reason(error.to_string())),
        }
    }
}

/// Waits until the worker holds on to a call for too long, and after that says nothing for a while: a host that did not run
/// for a time has to look first for what came meanwhile.
async fn silent_too_long(table: &Table) {
    table.overdue().await;
    tokio::time::sleep(STEP).await;
}

/// Hears the rest of a message. What it says of itself is judged before.
async fn hear_body(
    output: &mut (impl AsyncRead + Unpin),
    table: &Table,
    head: Head,
    on_its_way: Duration,
) -> io::Result<()> {
    let time = time_for(on_its_way, head.length as usize);
    let slow = || io::Error::other("it does not go on with what it says");
    let room = match table.judge(&head).map_err(io::Error::other)? {
        Judgement::Read(room) => room,
        Judgement::Skip => return within(time, frame::skip_body(output, head.length)).await.ok_or_else(slow)?,
    };
    let body = within(time, frame::receive_body(output, head.length, room)).await.ok_or_else(slow)??;
    let heard = match head.kind {
        Kind::Progress => Heard::Progress(frame::parse_within(body, room).await?),
        Kind::Piece => Heard::Piece(frame::parse_within(body, room).await?),
        Kind::Ask => {
            Heard::Asked(Asked::Question(Box::new(frame::parse_within(body, room).await?), head.length.into()))
        }
        Kind::More => Heard::Asked(Asked::More(frame::parse_within(body, room).await?)),
        Kind::Forget => Heard::Asked(Asked::Forget(frame::parse_within(body, room).await?)),
        _ => Heard::End(Box::new(frame::parse_within(body, room).await?)),
    };
    table.hear(head.call, heard);
    Ok(())
}

/// Writes what there is to say, as long as the worker reads each message within its time.
async fn say(input: &mut (impl AsyncWrite + Unpin), table: &Table, on_its_way: Duration) -> End {
    loop {
        let frame = table.next().await;
        match within(time_for(on_its_way, frame.bytes().len()), input.write_all(frame.bytes())).await {
            Some(Ok(())) => table.told(&frame),
            Some(Err(_closed)) => return End::Closed,
            None => return End::Broken("it does not read what it is told".to_owned()),
        }
    }
}

/// How long so many bytes may be on their way.
fn time_for(least: Duration, bytes: usize) -> Duration {
    least + Duration::from_secs(1).mul_f64(bytes as f64 / f64::from(PACE))
}

/// Waits for this, so long at the most; none when that was too short. A time in which the host itself did not run counts as
/// one step.
async fn within<T>(time: Duration, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let mut left = time;
    while !left.is_zero() {
        let step = left.min(STEP);
        if let Ok(done) = timeout(step, &mut work).await {
            return Some(done);
        }
        left -= step;
    }
    None
}

/// Keeps the end of what a worker says on stderr.
async fn drain(errors: &mut (impl AsyncRead + Unpin), words: &Mutex<Vec<u8>>) -> End {
    let mut buffer = [0; MAX_LAST_WORDS];
    let mut heard = 0;
    while let Ok(count @ 1..) = errors.read(&mut buffer).await {
        {
            let mut words = lock(words);
            words.extend_from_slice(buffer.get(..count).unwrap_or_default());
            let excess = words.len().saturating_sub(MAX_LAST_WORDS);
            words.drain(..excess);
        }
        heard += count;
        if heard > MAX_WORDS {
            return End::Broken("it goes on talking on stderr".to_owned());
        }
    }
    End::Closed
}

#[cfg(test)]
#[path = "keeper_tests.rs"]
mod tests;
