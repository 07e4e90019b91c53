//! Calls in workers that ask and do not listen.

use futures_util::FutureExt as _;
use palisade_core::{
    BoxFuture, Capability, key_value_store,
    lending::{self, Lender, LentStore, Refusal, Stores},
};

use super::{
    super::{
        answer::Asked,
        question::{AT_ONE_TIME, Question},
        table::{Table, UNREAD},
    },
    *,
};

const VALUE: usize = 1 << 20;

/// A store of large values.
struct Large;

impl Lender for Large {
    fn lent(&self) -> Vec<LentStore> {
        vec![LentStore { name: "large".to_owned(), kind: Capability::KeyValueStore, read_only: true }]
    }

    fn ask(&self, _: String, _: lending::Operation, _: u64) -> BoxFuture<'_, Result<lending::Answer, Refusal>> {
        let value = key_value_store::Value { value: vec![7; VALUE], version: 1, expires_in_ms: None };
        Box::pin(async { Ok(key_value_store::Answer::Values(vec![Some(value)]).into()) })
    }
}

fn question() -> Asked {
    let operation = lending::Operation::from(key_value_store::Request::get(["k"]).operation);
    let operation = frame::to_bytes(&operation).unwrap();
    let max_bytes = 2 * VALUE as u64;
    Asked::Question(Box::new(Question::Store { name: "large".to_owned(), operation, max_bytes }), 0)
}

/// Lengths of the replies that the worker reads, all of them.
fn read_all(table: &Table) -> Vec<u64> {
    let mut lengths = Vec::new();
    while let Some(frame) = table.next().now_or_never() {
        table.told(&frame);
        if frame.kind == frame::Kind::Reply {
            lengths.push(frame.length());
        }
    }
    lengths
}

#[tokio::test]
async fn a_worker_that_does_not_read_is_answered_no_more_than_it_may_be_behind() {
    let limits = Limits::default();
    let table = Table::default();
    let mut talk = Talk::of(&limits, 1000, Reached { stores: Stores::new(Large), ..Reached::default() });
    let begin = Frame::new(frame::Kind::Call, 0, &"request").unwrap();
    let entry = table.open(begin, talk.allowance).unwrap();
    let ear = Arc::clone(&entry.ear);
    let conversation = Conversation::of(&table, entry);
    assert!(read_all(&table).is_empty());
    for _ in 0..AT_ONE_TIME {
        ear.hear(Heard::Asked(question()));
    }
    let mut conversing = Box::pin(talk.converse(&conversation));
    let mut answered = 0;
    while answered < AT_ONE_TIME {
        // However long it goes on.
        for _ in 0..4 * AT_ONE_TIME {
            assert!(conversing.as_mut().now_or_never().is_none());
            tokio::task::yield_now().await;
        }
        let lengths = read_all(&table);
        assert!(lengths.iter().sum::<u64>() <= UNREAD + 2 * VALUE as u64, "{lengths:?}");
        assert!(!lengths.is_empty());
        answered += lengths.len();
    }
}
