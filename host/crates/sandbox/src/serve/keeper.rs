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
mod tests {
    use std::process::Stdio;

    use futures_util::FutureExt as _;
    use palisade_core::{CallReport, Event, Progress, chat};
    use serde::Serialize;
    use tokio::{io::duplex, process::Command};

    use super::{
        super::{
            frame::Frame,
            message::{Ending, Product},
            table::{Allowance, Entry},
        },
        *,
    };

    const ALLOWANCE: Allowance = Allowance { end: 64 << 10, piece: Some(64 << 10), reports: 100 };

    fn begin() -> Frame {
        Frame::new(Kind::Call, 0, &"request").unwrap()
    }

    /// Tells the worker all that there is.
    fn tell_all(table: &Table) {
        while let Some(frame) = table.next().now_or_never() {
            table.told(&frame);
        }
    }

    /// A call that the worker knows of.
    fn known(table: &Table) -> Entry {
        let entry = table.open(begin(), ALLOWANCE).unwrap();
        tell_all(table);
        entry
    }

    fn said(kind: Kind, call: u64, body: &impl Serialize) -> Vec<u8> {
        Frame::new(kind, call, body).unwrap().bytes().to_vec()
    }

    fn piece(call: u64, text: &str) -> Vec<u8> {
        said(Kind::Piece, call, &Event::Chat(chat::Event::Text(text.to_owned())))
    }

    fn done(call: u64, product: Product) -> Vec<u8> {
        said(Kind::Done, call, &Ending { result: Ok(product), report: CallReport::default() })
    }

    /// What comes of a worker that says this, and then nothing for ever.
    async fn end_after(table: &Table, says: &[u8]) -> String {
        let (mut worker, output) = duplex(1 << 20);
        worker.write_all(says).await.unwrap();
        match timeout(DYING, hear(output, table, ON_ITS_WAY)).await {
            Ok(end) => format!("{end:?}"),
            Err(_elapsed) => "it is listened to".to_owned(),
        }
    }

    #[tokio::test]
    async fn a_worker_that_says_what_it_may_not_is_ended_before_it_is_read() {
        let table = Table::default();
        let entry = known(&table);
        let unknown = table.open(begin(), ALLOWANCE).unwrap();
        let mut enormous = done(entry.id, Product::Health);
        enormous[9..13].copy_from_slice(&u32::MAX.to_le_bytes());
        let heavy = vec![(); 10_000];
        let report = said(Kind::Progress, entry.id, &Progress::default());
        let cases = [
            ("call that there is not", done(77, Product::Health)),
            ("call that there is not", done(unknown.id, Product::Health)),
            ("call that goes on", Frame::bare(Kind::Gone, entry.id).bytes().to_vec()),
            ("longer than it may be", enormous),
            ("more memory than it may", said(Kind::Done, entry.id, &heavy)),
            ("longer than it may be", said(Kind::Progress, entry.id, &"x".repeat(60 << 10))),
            ("does not say here", said(Kind::Ready, entry.id, &())),
            ("is none that there is", vec![255; 13]),
            ("reported too often", report.repeat(101)),
            ("before the last one was taken", [piece(entry.id, "a"), piece(entry.id, "b")].concat()),
        ];
        for (says, bytes) in cases {
            let end = end_after(&table, &bytes).await;
            assert!(end.contains(says), "{says}: {end}");
        }
        assert!(matches!(entry.ear.next().await, Some(Heard::Progress(_))));
        let Some(Heard::Piece(Event::Chat(chat::Event::Text(text)))) = entry.ear.next().await else { panic!("none") };
        assert_eq!(text, "a");
    }

    #[tokio::test]
    async fn what_nobody_wants_any_more_is_read_past() {
        let table = Table::default();
        let left = known(&table);
        table.leave(left.id);
        let entry = known(&table);
        // A call gets nothing of what was meant for one that was left, and is not read as something.
        let nonsense = said(Kind::Progress, left.id, &"nonsense");
        let says = [nonsense, piece(left.id, "a"), done(left.id, Product::Health), piece(entry.id, "b")].concat();
        let (mut worker, output) = duplex(1 << 20);
        worker.write_all(&says).await.unwrap();
        drop(worker);
        assert!(matches!(hear(output, &table, ON_ITS_WAY).await, End::Closed));
        let Some(Heard::Piece(Event::Chat(chat::Event::Text(text)))) = entry.ear.next().await else { panic!("none") };
        assert_eq!(text, "b");
    }

    #[tokio::test]
    async fn a_catalogue_is_not_read_where_none_was_asked_for() {
        let table = Table::default();
        let entry = known(&table);
        let (mut worker, output) = duplex(1 << 20);
        worker.write_all(&done(entry.id, Product::Catalogue(b"nonsense".to_vec()))).await.unwrap();
        drop(worker);
        assert!(matches!(hear(output, &table, ON_ITS_WAY).await, End::Closed));
        let Some(Heard::End(ending)) = entry.ear.next().await else { panic!("it did not end") };
        assert!(matches!(ending.result, Ok(Product::Catalogue(bytes)) if bytes == b"nonsense"));
    }

    #[tokio::test]
    async fn a_worker_that_stops_reading_is_ended() {
        let table = Table::default();
        let _entry = table.open(Frame::new(Kind::Call, 0, &"x".repeat(1000)).unwrap(), ALLOWANCE).unwrap();
        let (mut input, worker) = duplex(100);
        let end = say(&mut input, &table, Duration::from_millis(1)).await;
        assert!(format!("{end:?}").contains("does not read"), "{end:?}");
        drop(worker);

        let _entry = table.open(begin(), ALLOWANCE).unwrap();
        let (mut input, worker) = duplex(100);
        drop(worker);
        assert!(matches!(say(&mut input, &table, ON_ITS_WAY).await, End::Closed));
    }

    #[tokio::test]
    async fn a_worker_that_reads_or_writes_drop_by_drop_is_ended() {
        let table = Table::default();
        let _entry = table.open(Frame::new(Kind::Call, 0, &"x".repeat(1 << 20)).unwrap(), ALLOWANCE).unwrap();
        let (mut input, mut worker) = duplex(1);
        let drip = async {
            loop {
                worker.read_u8().await.unwrap();
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            end = say(&mut input, &table, Duration::ZERO) => assert!(matches!(end, End::Broken(_)), "{end:?}"),
            () = drip => {}
        }
        // The beginning of a message, and nothing more; of a call that goes on, and of one that was left.
        for leave in [false, true] {
            let entry = known(&table);
            let piece = piece(entry.id, "a text");
            if leave {
                table.leave(entry.id);
            }
            let (mut worker, output) = duplex(1 << 10);
            worker.write_all(&piece[..piece.len() - 1]).await.unwrap();
            let end = hear(output, &table, Duration::from_millis(1)).await;
            assert!(format!("{end:?}").contains("does not go on"), "{end:?}");
        }
        let time = time_for(ON_ITS_WAY, 512 << 20);
        assert!(time >= Duration::from_secs(32) && time <= Duration::from_secs(60), "{time:?}");
    }

    #[tokio::test]
    async fn a_worker_is_not_late_while_it_is_listened_to() {
        let table = Table::default();
        let (left, entry) = (known(&table), known(&table));
        table.leave(left.id);
        tell_all(&table);
        table.let_time_pass();
        // Its time is over, and that it has let go is behind something else.
        let gone = Frame::bare(Kind::Gone, left.id);
        let end = end_after(&table, &[piece(entry.id, "a"), gone.bytes().to_vec()].concat()).await;
        assert_eq!(end, "it is listened to");
        // Half a head is nothing.
        let left = known(&table);
        table.leave(left.id);
        tell_all(&table);
        table.let_time_pass();
        let end = end_after(&table, &Frame::bare(Kind::Gone, left.id).bytes()[..12]).await;
        assert!(end.contains("did not let go"), "{end}");
    }

    #[tokio::test]
    async fn a_worker_that_floods_stderr_is_ended() {
        let (mut worker, mut errors) = duplex(64 << 10);
        let words = Mutex::default();
        let flood = async {
            while worker.write_all(&[b'x'; 1 << 10]).await.is_ok() {}
            std::future::pending::<()>().await;
        };
        tokio::select! {
            end = drain(&mut errors, &words) => assert!(matches!(end, End::Broken(_)), "{end:?}"),
            () = flood => {}
        }
        assert_eq!(lock(&words).len(), MAX_LAST_WORDS);
    }

    /// A process with three pipes, and who keeps it.
    fn kept(script: &str) -> (Keeper, Pipes) {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.kill_on_drop(true).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let pipes = Pipes { input, output, errors: child.stderr.take().unwrap() };
        (Keeper::new(child, Arc::default()), pipes)
    }

    #[tokio::test]
    async fn a_worker_that_nobody_needs_ends_even_when_it_does_not_listen() {
        for script in ["exec cat > /dev/null", "exec 0<&-; exec tail -f /dev/null", "exec tail -f /dev/null"] {
            let (keeper, pipes) = kept(script);
            let table = Arc::clone(&keeper.table);
            let (needed, unneeded) = oneshot::channel();
            // What it will not read does not keep it.
            let _entry = table.open(Frame::new(Kind::Call, 0, &"x".repeat(1 << 20)).unwrap(), ALLOWANCE).unwrap();
            drop(needed);
            timeout(ON_ITS_WAY, keeper.keep(pipes, unneeded)).await.unwrap();
            assert!(table.death().is_some(), "{script}");
        }
    }

    #[tokio::test]
    async fn what_a_worker_says_last_is_told() {
        for _ in 0..20 {
            let (keeper, pipes) = kept("echo 'that was it' >&2; exit 3");
            let table = Arc::clone(&keeper.table);
            let (_needed, unneeded) = oneshot::channel();
            keeper.keep(pipes, unneeded).await;
            let why = table.death().unwrap();
            assert!(why.contains("exit status: 3; it said: that was it"), "{why}");
        }
    }

    #[tokio::test]
    async fn a_worker_that_closes_a_pipe_takes_no_calls_and_is_ended() {
        let (keeper, pipes) = kept("exec 1>&-; read never");
        let table = Arc::clone(&keeper.table);
        let (_needed, unneeded) = oneshot::channel();
        keeper.keep(pipes, unneeded).await;
        assert!(table.open(begin(), ALLOWANCE).is_none());
        assert_eq!(table.death().as_deref(), Some("it closed a pipe, and was ended"));
    }
}
