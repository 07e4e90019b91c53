use std::{sync::Arc, time::Duration};

use palisade_core::{
    ErrorKind, Provider as _,
    key_value_store::{Answer, Condition, Entry, Operation, Request, Value},
};

use super::*;
use crate::test_support::{ask, clock, ms, places, refused};

async fn get(store: &KeyValueStore, key: &str) -> Option<Value> {
    match ask(store, Request::get([key])).await.answer {
        Answer::Values(mut values) => values.remove(0),
        other => panic!("{other:?}"),
    }
}

async fn text(store: &KeyValueStore, key: &str) -> Option<String> {
    get(store, key).await.map(|value| String::from_utf8(value.value).unwrap())
}

async fn set(store: &KeyValueStore, entries: impl IntoIterator<Item = Entry>) -> Vec<Option<u64>> {
    match ask(store, Request::set(entries)).await.answer {
        Answer::Written(versions) => versions,
        other => panic!("{other:?}"),
    }
}

fn lasting(key: &str, value: &str, ttl_ms: u64) -> Entry {
    Entry { ttl_ms: Some(ttl_ms), ..Entry::new(key, value) }
}

fn if_there(key: &str, value: &str, condition: Condition) -> Entry {
    Entry { only_if: Some(condition), ..Entry::new(key, value) }
}

async fn list(store: &KeyValueStore, prefix: &str, after: Option<&str>, limit: u32) -> Vec<String> {
    let operation = Operation::List(Page { prefix: prefix.to_owned(), after: after.map(str::to_owned), limit });
    match ask(store, Request::new(operation)).await.answer {
        Answer::Keys(keys) => keys,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn values_are_kept_replaced_and_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    for place in places(&folder) {
        let store = KeyValueStore::new(place);
        assert_eq!(get(&store, "a").await, None);
        set(&store, [Entry::new("a", "one"), Entry::new("b", ""), Entry::new("zero\0", [0, 255])]).await;
        assert_eq!(text(&store, "a").await.as_deref(), Some("one"));
        assert_eq!(text(&store, "b").await.as_deref(), Some(""), "an empty value is a value");
        assert_eq!(get(&store, "zero\0").await.unwrap().value, [0, 255]);
        set(&store, [Entry::new("a", "two")]).await;
        assert_eq!(text(&store, "a").await.as_deref(), Some("two"));
        let deleted = ask(&store, Request::delete(["a", "missing", "b"])).await.answer;
        assert_eq!(deleted, Answer::Deleted(2));
        assert_eq!(get(&store, "a").await, None);
    }
}

#[tokio::test]
async fn versions_are_never_the_same_again() {
    let store = KeyValueStore::in_memory();
    let mut seen = std::collections::BTreeSet::from([0]);
    for round in 0..3 {
        let versions = set(&store, [Entry::new("a", "1"), Entry::new("b", "1")]).await;
        assert!(versions.iter().all(|version| seen.insert(version.unwrap())), "round {round}: {versions:?}");
        assert_eq!(get(&store, "a").await.unwrap().version, versions[0].unwrap());
        ask(&store, Request::increment("a", 1)).await;
        assert!(seen.insert(get(&store, "a").await.unwrap().version), "counting is a change");
        ask(&store, Request::delete(["a", "b"])).await;
    }
}

#[tokio::test]
async fn each_entry_is_written_under_its_own_condition() {
    let store = KeyValueStore::in_memory();
    let first = set(&store, [Entry::new("a", "1")]).await[0].unwrap();
    let written = set(
        &store,
        [
            if_there("a", "2", Condition::Absent),
            if_there("b", "2", Condition::Absent),
            if_there("c", "2", Condition::Version(first)),
        ],
    )
    .await;
    assert!(matches!(written[..], [None, Some(_), None]), "{written:?}");
    assert_eq!(text(&store, "a").await.as_deref(), Some("1"));
    let written = set(&store, [if_there("a", "2", Condition::Version(first))]).await;
    assert!(written[0].is_some_and(|version| version != first));
    assert_eq!(set(&store, [if_there("a", "3", Condition::Version(first))]).await, [None], "it is another one now");
}

#[tokio::test]
async fn what_has_expired_is_not_there() {
    let (store, clock) = (KeyValueStore::in_memory(), clock());
    let store = store.clocked(clock.clone());
    set(&store, [lasting("a", "1", 1000), lasting("b", "1", 2000), Entry::new("c", "1")]).await;
    clock.advance(ms(999));
    assert_eq!(get(&store, "a").await.unwrap().expires_in_ms, Some(1));
    assert_eq!(get(&store, "c").await.unwrap().expires_in_ms, None);
    clock.advance(ms(1));
    assert_eq!(get(&store, "a").await, None);
    assert_eq!(list(&store, "", None, 10).await, ["b", "c"]);
    assert_eq!(ask(&store, Request::delete(["a"])).await.answer, Answer::Deleted(0));
    // A condition sees what a reader sees.
    clock.advance(ms(1000));
    assert!(set(&store, [if_there("b", "2", Condition::Absent)]).await[0].is_some());
    assert_eq!(get(&store, "b").await.unwrap().expires_in_ms, None, "it was written to stay");
    // The longest time there is does not overflow.
    set(&store, [lasting("d", "1", u64::MAX)]).await;
    assert!(get(&store, "d").await.is_some());
}

#[tokio::test]
async fn numbers_are_counted_as_text() {
    let clock = clock();
    let store = KeyValueStore::in_memory().clocked(clock.clone());
    let add = async |key: &str, by, ttl_ms| {
        let operation = Operation::Increment { key: key.to_owned(), by, ttl_ms };
        match ask(&store, Request::new(operation)).await.answer {
            Answer::Number(sum) => sum,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(add("hits", 2, Some(1000)).await, 2);
    assert_eq!(add("hits", -5, Some(9000)).await, -3);
    assert_eq!(text(&store, "hits").await.as_deref(), Some("-3"));
    assert_eq!(get(&store, "hits").await.unwrap().expires_in_ms, Some(1000), "it was not new the second time");
    clock.advance(ms(1000));
    assert_eq!(add("hits", 1, None).await, 1, "what has expired counts for nothing");
    set(&store, [Entry::new("most", i64::MAX.to_string()), Entry::new("word", "seven")]).await;
    let (kind, message) = refused(&store, Request::increment("most", 1)).await;
    assert_eq!(kind, ErrorKind::InvalidInput);
    assert!(message.starts_with("by: the sum"), "{message}");
    let (_, message) = refused(&store, Request::increment("word", 1)).await;
    assert_eq!(message, "key: what is kept under it is no whole number");
}

#[tokio::test]
async fn keys_are_listed_in_order_page_by_page() {
    let store = KeyValueStore::in_memory();
    let keys = ["a", "user/", "user/1", "user/10", "user/2", "user0", "\u{e4}", "\u{1f98a}"];
    set(&store, keys.iter().rev().map(|key| Entry::new(*key, "1"))).await;
    assert_eq!(list(&store, "", None, 100).await, keys);
    assert_eq!(list(&store, "user/", None, 100).await, ["user/", "user/1", "user/10", "user/2"]);
    assert_eq!(list(&store, "user/", None, 2).await, ["user/", "user/1"]);
    assert_eq!(list(&store, "user/", Some("user/1"), 2).await, ["user/10", "user/2"]);
    assert_eq!(list(&store, "user/", Some("a"), 1).await, ["user/"], "a page before the first");
    assert_eq!(list(&store, "user/", Some("z"), 9).await, [""; 0]);
}

#[tokio::test]
async fn namespaces_share_nothing() {
    let store = KeyValueStore::in_memory();
    set(&store, [Entry::new("a", "mine")]).await;
    let other = |request: Request| request.within("other");
    assert_eq!(ask(&store, other(Request::get(["a"]))).await.answer, Answer::Values(vec![None]));
    assert_eq!(ask(&store, other(Request::list(""))).await.answer, Answer::Keys(vec![]));
    assert_eq!(ask(&store, other(Request::delete(["a"]))).await.answer, Answer::Deleted(0));
    ask(&store, other(Request::set([Entry::new("a", "theirs")]))).await;
    assert_eq!(text(&store, "a").await.as_deref(), Some("mine"));
}

#[tokio::test]
async fn a_namespace_holds_what_it_may_and_no_more() {
    let clock = clock();
    let options = KeyValueOptions { quota: 1000, namespaces: 2 };
    let store = KeyValueStore::in_memory().with(options).clocked(clock.clone());
    set(&store, [lasting("a", &"x".repeat(800), 10)]).await;
    let more = || Request::set([Entry::new("b", "x".repeat(800)), Entry::new("c", "")]);
    let (kind, message) = refused(&store, more()).await;
    assert_eq!(kind, ErrorKind::LimitExceeded);
    assert!(message.contains("`default` would hold 1.8 KiB, and it may hold 1000 B"), "{message}");
    assert_eq!(list(&store, "", None, 9).await, ["a"], "nothing of it was written");
    clock.advance(ms(10));
    ask(&store, more()).await;

    ask(&store, Request::increment("n", 1).within("two")).await;
    let third = || Request::increment("n", 1).within("three");
    assert_eq!(refused(&store, third()).await.0, ErrorKind::LimitExceeded);
    ask(&store, Request::delete(["n"]).within("two")).await;
    ask(&store, third()).await;
}

#[tokio::test]
async fn what_expired_makes_room_by_and_by() {
    let clock = clock();
    let store = KeyValueStore::in_memory().clocked(clock.clone());
    set(&store, (0..150).map(|number| lasting(&number.to_string(), "1", 10))).await;
    clock.advance(ms(10));
    let rows = async || {
        let kind = store.opened().await.unwrap();
        let count = |connection: &Connection| {
            connection
                .query_one("select count(*) from entries", [], |row| row.get::<_, i64>(0))
                .map_err(failure::database)
        };
        kind.database.read(count).await.unwrap()
    };
    assert_eq!(rows().await, 150);
    set(&store, [Entry::new("a", "1")]).await;
    assert_eq!(rows().await, 51);
    set(&store, [Entry::new("a", "1")]).await;
    assert_eq!(rows().await, 1);
}

#[tokio::test]
async fn what_was_kept_outlives_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("values.db");
    let store = KeyValueStore::open(&path);
    let version = set(&store, [Entry::new("a", "1")]).await[0];
    drop(store);
    let store = KeyValueStore::open(&path);
    assert_eq!(get(&store, "a").await.unwrap().version, version.unwrap());
    assert!(set(&store, [Entry::new("a", "2")]).await[0] > version);
    // Two at a time, as two processes would.
    let other = KeyValueStore::open(&path);
    set(&other, [Entry::new("b", "3")]).await;
    assert_eq!(text(&store, "b").await.as_deref(), Some("3"));
    store.check(Default::default()).await.unwrap();
    store.dispose().await;
    assert_eq!(text(&store, "b").await.as_deref(), Some("3"), "it opens again");
}

#[tokio::test]
async fn a_file_of_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("values.db");
    std::fs::write(&path, "a letter to the editor, which is no database at all").unwrap();
    let (kind, message) = refused(&KeyValueStore::open(&path), Request::get(["a"])).await;
    assert_eq!(kind, ErrorKind::Io);
    assert!(message.contains("values.db"), "{message}");

    let path = folder.path().join("messages.db");
    crate::Queue::open(&path).initialize().await.unwrap();
    let (kind, message) = refused(&KeyValueStore::open(&path), Request::get(["a"])).await;
    assert_eq!(kind, ErrorKind::Io);
    assert!(message.contains("of another kind of store"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_counts() {
    let folder = tempfile::tempdir().unwrap();
    for place in places(&folder) {
        let store = Arc::new(KeyValueStore::new(place));
        let add = |_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.ask(Request::increment("n", 1)).await.map(drop) })
        };
        for task in (0..50).map(add).collect::<Vec<_>>() {
            task.await.unwrap().unwrap();
        }
        assert_eq!(text(&store, "n").await.as_deref(), Some("50"));
    }
}

#[tokio::test]
async fn a_call_that_is_given_up_writes_nothing() {
    let store = KeyValueStore::in_memory();
    store.initialize().await.unwrap();
    // So much that it cannot be done before it is given up.
    let entries = (0..50_000).map(|number| Entry::new(number.to_string(), "x"));
    let writing = store.ask(Request::set(entries));
    assert!(tokio::time::timeout(Duration::from_millis(5), writing).await.is_err());
    assert_eq!(list(&store, "", None, 9).await, [""; 0]);
}

#[tokio::test]
async fn it_is_a_provider() {
    let store = KeyValueStore::in_memory();
    store.catalogue().validate(store.capabilities()).unwrap();
    assert!(!store.reaches_out());
    assert_eq!(store.catalogue().models[0].prices, Some(vec![]));
    let operations = &store.catalogue().models[0].parameter("operation").unwrap().spec;
    assert!(operations.accepts(&"increment".into()) && !operations.accepts(&"rename".into()));
    store.check(Default::default()).await.unwrap();
    let (kind, _) = refused(&store, palisade_core::queue::Request::count()).await;
    assert_eq!(kind, ErrorKind::Unsupported);
    let (kind, _) = refused(&store, Request::get([""])).await;
    assert_eq!(kind, ErrorKind::InvalidInput);
}
