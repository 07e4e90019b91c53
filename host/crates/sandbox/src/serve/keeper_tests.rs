//! Workers that lie, dawdle or die, at the end of a pipe.

use std::process::Stdio;

use futures_util::FutureExt as _;
use palisade_core::{CallReport, Event, Progress, chat};
use serde::Serialize;
use tokio::{io::duplex, process::Command};

use super::{
    super::{
        frame::Frame,
        message::{Ending, Product},
        question::Question,
        table::{Allowance, Entry},
        tally::Asking,
    },
    *,
};

const ASKING: Asking = Asking { questions: 100, bytes: 1000 };
const ALLOWANCE: Allowance = Allowance { end: 64 << 10, piece: Some(64 << 10), reports: 100, asking: ASKING };

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
    let mut enormous = done(entry.id, Product::Health);
    enormous[9..13].copy_from_slice(&u32::MAX.to_le_bytes());
    let heavy = vec![(); 10_000];
    let report = said(Kind::Progress, entry.id, &Progress::default());
    let asking = known(&table);
    let question = said(Kind::Ask, asking.id, &Question::Get { key: "k".to_owned() });
    assert_eq!(end_after(&table, &question).await, "it is listened to");
    let forget = said(Kind::Forget, asking.id, &0);
    let mute = table.open(begin(), Allowance { asking: Asking::default(), ..ALLOWANCE }).unwrap();
    tell_all(&table);
    let unknown = table.open(begin(), ALLOWANCE).unwrap();
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
        ("where nothing was granted", said(Kind::Ask, mute.id, &"what")),
        ("longer than it may be", said(Kind::More, asking.id, &"x".repeat(1000))),
        ("more than it has memory for", said(Kind::Ask, asking.id, &"x".repeat(1000))),
        ("has not asked", [forget.clone(), forget].concat()),
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
