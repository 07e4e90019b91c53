//! Of no kind of store more is told than was asked for.

use palisade_core::{
    ErrorKind, Media, Operation,
    key_value_store::{self, Entry},
    object_store, queue, sql,
    store::{Answered as _, Operate, Request, Response},
    vector_store::{self, Point},
};
use serde_json::{Value, json};

use crate::{
    KeyValueStore, Kind, ObjectStore, Queue, Sql, Store, VectorStore,
    test_support::{ask, refused},
};

/// Asks the same with more and more room. Gives with how much of it there is an answer.
async fn least_room<K, O>(store: &Store<K>, operation: O) -> u64
where
    K: Kind,
    O: Operate + Clone,
    Request<O>: Operation<Response = Response<O::Answer>>,
{
    let request = Request::new(operation);
    let whole = ask(store, request.clone()).await.answer.size_in_bytes();
    assert!(whole > 0);
    for room in [0, 1, whole / 2, whole - 1] {
        let (kind, message) = refused(store, request.clone().telling_at_most(room)).await;
        assert_eq!(kind, ErrorKind::LimitExceeded, "{message}");
    }
    let mut room = whole;
    while store.ask(request.clone().telling_at_most(room)).await.is_err() {
        room += 1;
    }
    let answer = ask(store, request.telling_at_most(room)).await.answer;
    assert_eq!(answer.size_in_bytes(), whole);
    room
}

#[tokio::test]
async fn values_and_their_keys() {
    let store = KeyValueStore::in_memory();
    ask(&store, key_value_store::Request::set([Entry::new("a", "fox"), Entry::new("bee", vec![0; 100])])).await;
    let get = key_value_store::Request::get(["a", "none", "bee"]).operation;
    assert_eq!(least_room(&store, get).await, 103);
    assert_eq!(least_room(&store, key_value_store::Request::list("").operation).await, 4);
}

#[tokio::test]
async fn objects_and_what_is_known_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let store = ObjectStore::open(folder.path().join("objects"));
    for key in ["a/fox.txt", "a/oak.txt"] {
        let content = Media { media_type: "text/plain".to_owned(), data: vec![0; 100] };
        ask(&store, object_store::Request::put(key, content)).await;
    }
    least_room(&store, object_store::Request::get("a/fox.txt").operation).await;
    least_room(&store, object_store::Request::describe(["a/fox.txt", "none", "a/oak.txt"]).operation).await;
    least_room(&store, object_store::Request::list("a/").operation).await;
}

#[tokio::test]
async fn rows_with_the_names_of_their_columns() {
    let store = Sql::in_memory();
    let fill = ["create table t (name text, data blob)", "insert into t values ('fox', zeroblob(100)), ('oak', null)"];
    ask(&store, sql::Request::execute(fill.map(|sql| sql::Statement::new::<sql::Value>(sql, [])))).await;
    least_room(&store, sql::Request::query("select * from t").operation).await;
    let long = format!("select 1 as {}", "x".repeat(1000));
    assert!(least_room(&store, sql::Request::query(long).operation).await > 1000);
    // Those of no rows too.
    let none = format!("select 1 as {} where 0", "x".repeat(1000));
    assert_eq!(least_room(&store, sql::Request::query(none).operation).await, 1000);
}

#[tokio::test]
async fn points_by_what_they_weigh_in_memory() {
    let store = VectorStore::in_memory();
    let mut nested = json!({});
    for _ in 0..50 {
        nested = json!({ "a": nested });
    }
    let Value::Object(payload) = nested else { panic!("{nested}") };
    let weight = vector_store::payload_in_bytes(&payload) as u64;
    assert!(weight > 50 * Value::Object(payload.clone()).to_string().len() as u64);
    let point = Point { payload, ..Point::new("fox", [1.0; 100]) };
    ask(&store, vector_store::Request::upsert([point, Point::new("oak", [0.5; 100])])).await;
    let get = vector_store::Request::get(["fox", "none", "oak"]).operation;
    assert_eq!(least_room(&store, get).await, weight + 800 + 6);
    for with_vectors in [false, true] {
        let query = vector_store::Query { with_vectors, ..vector_store::Query::new([1.0; 100], 2) };
        assert!(least_room(&store, vector_store::Operation::Query(query)).await >= weight);
    }
}

#[tokio::test]
async fn as_many_messages_as_there_is_room_for() {
    let queue = Queue::in_memory();
    let bodies = [3, 100, 1000].map(|bytes| queue::NewMessage::new(vec![b'x'; bytes]));
    ask(&queue, queue::Request::send(bodies)).await;
    let receive = |room| queue::Request::receive(10).telling_at_most(room);
    let (kind, message) = refused(&queue, receive(100)).await;
    assert_eq!(kind, ErrorKind::LimitExceeded);
    assert_eq!(message, "receive: the next message has 3 bytes, and there is room for 100");
    let taken = ask(&queue, receive(500)).await.answer;
    assert_eq!(taken.size_in_bytes(), 103);
    refused(&queue, receive(1000)).await;
    assert_eq!(ask(&queue, receive(2000)).await.answer.size_in_bytes(), 1000);
}

#[tokio::test]
async fn what_a_change_tells_is_told() {
    let store = KeyValueStore::in_memory();
    let set = key_value_store::Request::set([Entry::new("a", "fox")]).telling_at_most(0);
    assert_eq!(ask(&store, set).await.answer, key_value_store::Answer::Written(vec![Some(1)]));
}
