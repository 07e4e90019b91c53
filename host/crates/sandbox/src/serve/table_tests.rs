//! What a worker may say of its calls, and what waits for it.

use futures_util::FutureExt as _;
use palisade_core::{CallReport, Event, Progress, chat};

use super::{
    super::{
        message::{Ending, Product},
        question::AT_ONE_TIME,
    },
    *,
};

const ASKING: Asking = Asking { questions: 100, bytes: 1000 };
const ALLOWANCE: Allowance = Allowance { end: 1000, piece: Some(100), reports: 5, asking: ASKING };

fn begin() -> Frame {
    Frame::new(Kind::Call, 0, &"request").unwrap()
}

fn head(kind: Kind, call: u64) -> Head {
    Head { kind, call, length: 0 }
}

/// Tells the worker all that there is.
fn tell_all(table: &Table) -> Vec<(Kind, u64)> {
    let mut told = Vec::new();
    while let Some(frame) = table.next().now_or_never() {
        table.told(&frame);
        told.push((frame.kind, frame.call));
    }
    told
}

/// A call that the worker knows of.
fn known(table: &Table, allowance: Allowance) -> Entry {
    let entry = table.open(begin(), allowance).unwrap();
    assert_eq!(tell_all(table), [(Kind::Call, entry.id)]);
    entry
}

impl Table {
    /// Lets the time be over for all calls that the worker is to let go of.
    pub(in super::super) fn let_time_pass(&self) {
        let now = Instant::now();
        lock(&self.calls).known.values_mut().for_each(|call| call.until = call.until.map(|_| now));
    }
}

fn queued(table: &Table) -> usize {
    lock(&table.calls).queue.len()
}

#[test]
fn a_worker_speaks_only_of_calls_that_go_on() {
    let table = Table::default();
    let all = [Kind::Progress, Kind::Piece, Kind::Done, Kind::Gone];
    for kind in all {
        assert!(table.judge(&head(kind, 0)).is_err(), "{kind:?}");
    }
    let entry = known(&table, ALLOWANCE);
    for kind in [Kind::Gone, Kind::Ready, Kind::Loaded, Kind::Call, Kind::Cancel, Kind::Start] {
        assert!(table.judge(&head(kind, entry.id)).is_err(), "{kind:?}");
    }
    assert_eq!(table.judge(&head(Kind::Done, entry.id)), Ok(Judgement::Read(ALLOWANCE.end)));
    table.hear(entry.id, Heard::End(Box::new(Ending { result: Ok(Product::Health), report: CallReport::default() })));
    for kind in all {
        assert!(table.judge(&head(kind, entry.id)).is_err(), "it has ended: {kind:?}");
    }
    table.leave(entry.id);
    assert_eq!(queued(&table), 0, "there is nothing to let go of");
}

#[test]
fn a_worker_cannot_know_of_a_call_before_it_was_told_all_of_it() {
    let table = Table::default();
    let entry = table.open(begin(), ALLOWANCE).unwrap();
    assert!(table.judge(&head(Kind::Done, entry.id)).is_err());
    let frame = table.next().now_or_never().unwrap();
    assert!(table.judge(&head(Kind::Done, entry.id)).is_err(), "the rest of it waits");
    table.told(&frame);
    assert!(table.judge(&head(Kind::Done, entry.id)).is_ok());
}

#[test]
fn what_waits_for_a_worker_that_does_not_read_is_no_more_than_its_calls() {
    let table = Table::default();
    for _ in 0..1000 {
        let entry = table.open(begin(), ALLOWANCE).unwrap();
        assert_eq!(queued(&table), 1);
        table.leave(entry.id);
    }
    assert_eq!(queued(&table), 0);
    // Of one that it has begun to read, it is told that nobody waits.
    let entry = table.open(begin(), ALLOWANCE).unwrap();
    let _half = table.next().now_or_never().unwrap();
    table.leave(entry.id);
    assert_eq!(tell_all(&table), [(Kind::Cancel, entry.id)]);
}

#[test]
fn pieces_come_one_at_a_time_and_only_where_somebody_listens() {
    let table = Table::default();
    let entry = known(&table, ALLOWANCE);
    for _ in 0..100 {
        assert_eq!(table.judge(&head(Kind::Piece, entry.id)), Ok(Judgement::Read(100)));
        table.hear(entry.id, Heard::Piece(Event::Chat(chat::Event::Text("x".to_owned()))));
        assert!(table.judge(&head(Kind::Piece, entry.id)).is_err(), "it was not taken");
        assert!(entry.ear.next().now_or_never().is_some());
        table.taken(entry.id);
        assert!(table.judge(&head(Kind::Piece, entry.id)).is_err(), "the worker was not told yet");
        assert_eq!(tell_all(&table), [(Kind::Taken, entry.id)]);
    }
    let deaf = known(&table, Allowance { piece: None, ..ALLOWANCE });
    assert!(table.judge(&head(Kind::Piece, deaf.id)).is_err());
}

#[test]
fn a_flood_of_progress_has_an_end_and_the_last_report_is_kept() {
    let table = Table::default();
    let entry = known(&table, ALLOWANCE);
    for permille in 0..5 {
        assert_eq!(table.judge(&head(Kind::Progress, entry.id)), Ok(Judgement::Read(sizes::PROGRESS)));
        table.hear(entry.id, Heard::Progress(Progress { permille: Some(permille), message: None, preview: None }));
    }
    assert!(table.judge(&head(Kind::Progress, entry.id)).is_err());
    let Some(Some(Heard::Progress(progress))) = entry.ear.next().now_or_never() else { panic!("it is lost") };
    assert_eq!(progress.permille, Some(4));
    assert!(entry.ear.next().now_or_never().is_none(), "only one is kept");
}

#[test]
fn of_a_call_that_was_left_nothing_is_read() {
    let table = Table::default();
    for last in [Kind::Done, Kind::Gone] {
        let entry = known(&table, ALLOWANCE);
        table.leave(entry.id);
        for kind in [Kind::Progress, Kind::Piece, last] {
            assert_eq!(table.judge(&head(kind, entry.id)), Ok(Judgement::Skip), "{kind:?}");
        }
        assert!(table.judge(&head(last, entry.id)).is_err(), "it was let go of");
        tell_all(&table);
    }
    let entry = known(&table, ALLOWANCE);
    table.leave(entry.id);
    let enormous = Head { length: u32::MAX, ..head(Kind::Done, entry.id) };
    assert_eq!(table.judge(&enormous), Err(frame::TOO_LONG));
    let talkative = Head { length: 1, ..head(Kind::Gone, entry.id) };
    assert!(table.judge(&talkative).is_err());
}

#[test]
fn a_call_is_to_be_let_go_of_within_a_time_that_begins_when_the_worker_is_told() {
    let table = Table::default();
    let entry = known(&table, ALLOWANCE);
    table.leave(entry.id);
    assert!(lock(&table.calls).known.values().all(|call| call.until.is_none()), "it was not told yet");
    assert!(table.overdue().now_or_never().is_none());
    tell_all(&table);
    let until = lock(&table.calls).known[&entry.id].until.unwrap();
    assert!(until <= Instant::now() + LETTING_GO);
    table.let_time_pass();
    assert!(table.overdue().now_or_never().is_some());
}

#[test]
fn when_a_worker_ends_no_call_begins_and_those_that_go_on_end() {
    let table = Table::default();
    let entry = known(&table, ALLOWANCE);
    assert!(!table.is_closed());
    table.close();
    assert!(table.is_closed() && table.open(begin(), ALLOWANCE).is_none());
    assert!(entry.ear.next().now_or_never().is_none(), "it is not known yet why");
    table.end("it died".into());
    assert!(matches!(entry.ear.next().now_or_never(), Some(None)));
    assert_eq!(table.death().as_deref(), Some("it died"));
}

#[test]
fn as_much_is_asked_at_one_time_as_may_wait_and_replies_count_when_they_are_written() {
    let table = Table::default();
    let entry = known(&table, ALLOWANCE);
    let ask = head(Kind::Ask, entry.id);
    for _ in 0..AT_ONE_TIME {
        assert!(matches!(table.judge(&ask), Ok(Judgement::Read(_))));
    }
    assert!(table.judge(&ask).is_err() && table.judge(&head(Kind::More, entry.id)).is_err());
    table.reply(entry.id, Frame::bare(Kind::Reply, entry.id), 0);
    assert!(table.judge(&ask).is_err(), "the worker was not told yet");
    assert_eq!(tell_all(&table), [(Kind::Reply, entry.id)]);
    assert!(table.judge(&ask).is_ok());
    // Whoever has left is told nothing more.
    table.reply(entry.id, Frame::bare(Kind::Reply, entry.id), 0);
    table.leave(entry.id);
    assert_eq!(tell_all(&table), [(Kind::Cancel, entry.id)]);
}

#[test]
fn of_questions_of_a_call_that_was_left_nothing_is_read() {
    let table = Table::default();
    let entry = known(&table, ALLOWANCE);
    table.leave(entry.id);
    for kind in [Kind::Ask, Kind::More, Kind::Forget] {
        assert_eq!(table.judge(&head(kind, entry.id)), Ok(Judgement::Skip), "{kind:?}");
    }
    let enormous = Head { length: u32::MAX, ..head(Kind::Ask, entry.id) };
    assert!(table.judge(&enormous).is_err());
}

#[test]
fn a_question_may_take_what_its_own_length_says_and_not_what_another_one_might_have() {
    let table = Table::default();
    let asking = Asking { bytes: 256 << 20, ..ASKING };
    let entry = known(&table, Allowance { asking, ..ALLOWANCE });
    let mut rooms = 0;
    for _ in 0..AT_ONE_TIME {
        let ask = Head { length: 8 << 20, ..head(Kind::Ask, entry.id) };
        let Ok(Judgement::Read(room)) = table.judge(&ask) else { panic!("it is taken") };
        rooms += room;
    }
    // What is on its way, as much again for what is read from it, and the headers of each.
    assert!(rooms <= 2 * asking.bytes + (AT_ONE_TIME << 20) as u64, "{rooms}");
}

#[test]
fn of_a_call_that_has_ended_a_worker_that_does_not_read_is_told_nothing() {
    let table = Table::default();
    let entry = known(&table, ALLOWANCE);
    let other = known(&table, ALLOWANCE);
    for call in [entry.id, other.id] {
        table.judge(&head(Kind::Ask, call)).unwrap();
        table.reply(call, Frame::bare(Kind::Reply, call), 0);
    }
    table.hear(entry.id, Heard::End(Box::new(Ending { result: Ok(Product::Health), report: CallReport::default() })));
    table.leave(entry.id);
    assert_eq!(tell_all(&table), [(Kind::Reply, other.id)]);
}

#[test]
fn a_worker_that_does_not_read_gets_no_more_to_read() {
    let table = Table::default();
    let entry = known(&table, ALLOWANCE);
    let (mut replies, mut bytes) = (0, 0);
    while table.has_read(entry.id).now_or_never().is_some() {
        let reply = Frame::new(Kind::Reply, entry.id, &"x".repeat(1 << 20)).unwrap();
        (replies, bytes) = (replies + 1, bytes + reply.length());
        table.reply(entry.id, reply, 0);
        assert!(bytes <= UNREAD + (2 << 20));
    }
    assert!(bytes > UNREAD);
    let mut waiting = Box::pin(table.has_read(entry.id));
    assert!(waiting.as_mut().now_or_never().is_none());
    assert_eq!(tell_all(&table).len(), replies);
    assert!(waiting.now_or_never().is_some());
    // Who has left waits for nothing.
    table.leave(entry.id);
    assert!(table.has_read(entry.id).now_or_never().is_some());
}
