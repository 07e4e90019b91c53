use palisade_core::{
    ErrorKind,
    queue::{Answer, Counts, Message, NewMessage, Operation, Request},
};

use super::*;
use crate::test_support::{ask, clock, ms, places, refused};

fn keyed(body: &str, key: &str) -> NewMessage {
    NewMessage { deduplication_key: Some(key.to_owned()), ..NewMessage::new(body) }
}

async fn send(queue: &Queue, messages: impl IntoIterator<Item = NewMessage>) -> Vec<String> {
    match ask(queue, Request::send(messages)).await.answer {
        Answer::Sent(ids) => ids,
        other => panic!("{other:?}"),
    }
}

async fn messages(queue: &Queue, operation: Operation) -> Vec<Message> {
    match ask(queue, Request::new(operation)).await.answer {
        Answer::Received(messages) => messages,
        other => panic!("{other:?}"),
    }
}

async fn receive(queue: &Queue, limit: u32, lease_ms: u64) -> Vec<Message> {
    messages(queue, Operation::Receive { limit, lease_ms }).await
}

async fn settle(queue: &Queue, operation: Operation) -> Vec<bool> {
    match ask(queue, Request::new(operation)).await.answer {
        Answer::Settled(settled) => settled,
        other => panic!("{other:?}"),
    }
}

async fn acknowledge(queue: &Queue, receipt: &str) -> bool {
    settle(queue, Operation::Acknowledge { receipts: vec![receipt.to_owned()] }).await[0]
}

async fn counts(queue: &Queue) -> (u64, u64, u64, u64) {
    match ask(queue, Request::count()).await.answer {
        Answer::Counted(Counts { ready, delayed, leased, dead }) => (ready, delayed, leased, dead),
        other => panic!("{other:?}"),
    }
}

fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| str::from_utf8(&message.body).unwrap()).collect()
}

#[tokio::test]
async fn what_waited_longest_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    for place in places(&folder) {
        let clock = clock();
        let queue = Queue::new(place).clocked(clock.clone());
        let late = NewMessage { delay_ms: 10, ..NewMessage::new("late") };
        let sent = send(&queue, [late, NewMessage::new("a"), NewMessage::new("b")]).await;
        clock.advance(ms(5));
        send(&queue, [NewMessage::new("c")]).await;
        assert_eq!(counts(&queue).await, (3, 1, 0, 0));
        let first = receive(&queue, 1, 1000).await;
        assert_eq!((bodies(&first), &first[0].id, first[0].attempts), (vec!["a"], &sent[1], 1));
        assert_eq!(bodies(&receive(&queue, 9, 1000).await), ["b", "c"]);
        assert_eq!(bodies(&receive(&queue, 9, 1000).await), [""; 0], "they are somebody's");
        clock.advance(ms(5));
        assert_eq!(bodies(&receive(&queue, 9, 1000).await), ["late"]);
        assert_eq!(counts(&queue).await, (0, 0, 4, 0));
    }
}

#[tokio::test]
async fn what_does_not_come_back_is_given_to_another() {
    let clock = clock();
    let queue = Queue::in_memory().clocked(clock.clone());
    let id = send(&queue, [NewMessage::new("a")]).await.remove(0);
    let first = receive(&queue, 1, 100).await.remove(0);
    clock.advance(ms(100));
    let second = receive(&queue, 1, 100).await.remove(0);
    assert_eq!((&second.id, second.attempts), (&id, 2));
    assert_ne!(first.receipt, second.receipt);
    assert!(!acknowledge(&queue, &first.receipt).await, "it is another's now");
    assert!(acknowledge(&queue, &second.receipt).await);
    assert!(!acknowledge(&queue, &second.receipt).await, "it is gone");
    for odd in ["1", "x-y", "-", "1-2-3", "99-1"] {
        assert!(!acknowledge(&queue, odd).await, "{odd}");
    }
    // Late, and nobody else has taken it.
    send(&queue, [NewMessage::new("b")]).await;
    let late = receive(&queue, 1, 100).await.remove(0);
    clock.advance(ms(500));
    assert!(acknowledge(&queue, &late.receipt).await);
    assert_eq!(counts(&queue).await, (0, 0, 0, 0));
}

#[tokio::test]
async fn messages_are_given_back_and_held_longer() {
    let clock = clock();
    let queue = Queue::in_memory().clocked(clock.clone());
    send(&queue, [NewMessage::new("a"), NewMessage::new("b")]).await;
    let taken = receive(&queue, 2, 100).await;
    let receipts: Vec<_> = taken.iter().map(|message| message.receipt.clone()).collect();
    let back = Operation::Release { receipts: vec![receipts[0].clone(), "7-7".to_owned()], delay_ms: 50 };
    assert_eq!(settle(&queue, back.clone()).await, [true, false]);
    assert_eq!(settle(&queue, back).await, [false, false], "it is nobody's now");
    let longer = Operation::Extend { receipts: receipts.clone(), lease_ms: 1000 };
    assert_eq!(settle(&queue, longer).await, [false, true]);
    assert_eq!(counts(&queue).await, (0, 1, 1, 0));
    clock.advance(ms(999));
    assert_eq!(bodies(&receive(&queue, 9, 10).await), ["a"]);
    clock.advance(ms(1));
    assert_eq!(bodies(&receive(&queue, 9, 10).await), ["b"]);
}

#[tokio::test]
async fn what_fails_too_often_is_a_dead_letter() {
    let clock = clock();
    let options = QueueOptions { max_attempts: 2.try_into().unwrap(), ..QueueOptions::default() };
    let queue = Queue::in_memory().with(options).clocked(clock.clone());
    send(&queue, [NewMessage::new("poison"), NewMessage::new("good")]).await;
    for attempt in 1..=2 {
        let taken = receive(&queue, 1, 10).await.remove(0);
        assert_eq!((bodies(std::slice::from_ref(&taken)), taken.attempts), (vec!["poison"], attempt));
        let back = Operation::Release { receipts: vec![taken.receipt], delay_ms: 0 };
        // Behind the other one by its number, were it not for its time.
        if attempt == 1 {
            settle(&queue, back).await;
            clock.advance(ms(0));
        } else {
            assert_eq!(counts(&queue).await, (1, 0, 1, 0), "it still may succeed");
        }
    }
    clock.advance(ms(10));
    assert_eq!(counts(&queue).await, (1, 0, 0, 1));
    assert_eq!(bodies(&receive(&queue, 9, 10).await), ["good"]);
    let dead = messages(&queue, Operation::DeadLetters { limit: 9 }).await;
    assert_eq!((bodies(&dead), dead[0].attempts, dead[0].receipt.as_str()), (vec!["poison"], 2, ""));
    assert_eq!(ask(&queue, Request::new(Operation::Redrive)).await.answer, Answer::Moved(1));
    assert_eq!(receive(&queue, 1, 10).await[0].attempts, 1, "it begins anew");
    assert_eq!(ask(&queue, Request::new(Operation::Purge)).await.answer, Answer::Moved(2));
    assert_eq!(counts(&queue).await, (0, 0, 0, 0));
}

#[tokio::test]
async fn a_key_is_in_the_queue_once() {
    let clock = clock();
    let queue = Queue::in_memory().clocked(clock.clone());
    let first = send(&queue, [keyed("a", "k"), keyed("b", "k"), keyed("c", "other")]).await;
    assert_eq!(first[0], first[1]);
    assert_ne!(first[0], first[2]);
    let taken = receive(&queue, 1, 10).await.remove(0);
    assert_eq!(bodies(std::slice::from_ref(&taken)), ["a"]);
    assert_eq!(send(&queue, [keyed("d", "k")]).await[0], first[0], "somebody has it");
    assert!(acknowledge(&queue, &taken.receipt).await);
    assert_ne!(send(&queue, [keyed("d", "k")]).await[0], first[0], "it is gone, and its number is not given again");
}

#[tokio::test]
async fn namespaces_share_nothing() {
    let queue = Queue::in_memory();
    send(&queue, [keyed("a", "k")]).await;
    let other = |request: Request| request.within("other");
    assert_eq!(ask(&queue, other(Request::receive(9))).await.answer, Answer::Received(vec![]));
    assert_eq!(ask(&queue, other(Request::new(Operation::Purge))).await.answer, Answer::Moved(0));
    ask(&queue, other(Request::send([keyed("theirs", "k")]))).await;
    let taken = receive(&queue, 9, 100).await;
    assert_eq!(bodies(&taken), ["a"]);
    let theirs = other(Request::acknowledge([taken[0].receipt.clone()]));
    assert_eq!(ask(&queue, theirs).await.answer, Answer::Settled(vec![false]));
    assert!(acknowledge(&queue, &taken[0].receipt).await);
}

#[tokio::test]
async fn a_queue_holds_what_it_may_and_no_more() {
    let options = QueueOptions { messages: 2, quota: 1000, ..QueueOptions::default() };
    let queue = Queue::in_memory().with(options);
    send(&queue, [NewMessage::new("a")]).await;
    let (kind, message) = refused(&queue, Request::send([NewMessage::new("b"), NewMessage::new("c")])).await;
    assert_eq!(kind, ErrorKind::LimitExceeded);
    assert!(message.contains("would have 3 messages, and it may have 2"), "{message}");
    assert_eq!(counts(&queue).await, (1, 0, 0, 0), "none of them was added");
    let (kind, _) = refused(&queue, Request::send([NewMessage::new("x".repeat(1000))])).await;
    assert_eq!(kind, ErrorKind::LimitExceeded);
}

#[tokio::test]
async fn what_was_sent_outlives_the_queue() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("messages.db");
    let clock = clock();
    let queue = Queue::open(&path).clocked(clock.clone());
    send(&queue, [NewMessage::new("a"), NewMessage::new("b")]).await;
    let taken = receive(&queue, 1, 1000).await.remove(0);
    drop(queue);
    let queue = Queue::open(&path).clocked(clock.clone());
    assert_eq!(counts(&queue).await, (1, 0, 1, 0));
    assert!(acknowledge(&queue, &taken.receipt).await);
    assert_eq!(bodies(&receive(&queue, 9, 10).await), ["b"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_message_is_given_to_one() {
    let queue = std::sync::Arc::new(Queue::in_memory());
    send(&queue, (0..100).map(|number| NewMessage::new(number.to_string()))).await;
    let worker = |_| {
        let queue = std::sync::Arc::clone(&queue);
        tokio::spawn(async move {
            let mut mine = Vec::new();
            loop {
                let taken = receive(&queue, 3, 60_000).await;
                if taken.is_empty() {
                    return mine;
                }
                mine.extend(taken.into_iter().map(|message| message.id));
            }
        })
    };
    let mut all = Vec::new();
    for worker in (0..4).map(worker).collect::<Vec<_>>() {
        all.extend(worker.await.unwrap());
    }
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!((all.len(), count), (100, 100));
}

#[tokio::test]
async fn what_waits_is_not_looked_through_for_what_was_taken_too_often() {
    let queue = Queue::in_memory().opened().await.unwrap();
    let plan = queue.database.read(|connection| {
        let plan = connection.prepare(&format!("explain query plan {BURY}")).and_then(|mut statement| {
            let details = statement.query_map(params![1, 1, 1], |row| row.get::<_, String>(3))?;
            details.collect::<rusqlite::Result<Vec<_>>>()
        });
        plan.map_err(failure::database)
    });
    let plan = plan.await.unwrap().join("; ");
    assert!(plan.contains("USING INDEX attempted (space=? AND attempts>?)"), "{plan}");
}
