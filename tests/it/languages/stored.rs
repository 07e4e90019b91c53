//! What the SDKs for Python and JavaScript make of stores that are lent: each kind does its work, and says what it did not do.

use std::path::Path;

use palisade::{ErrorKind, Host, Registration, StoreLoan, stores};
use serde_json::{Value, json};

use super::{component, task};
use crate::support::builder;

/// Those whose SDK knows stores.
const LENT: [&str; 2] = ["sampler-javascript", "sampler-python"];

/// Under these names the sampler is lent the stores that are registered under the same.
const NAMES: [&str; 5] = ["memory", "notes", "pictures", "sessions", "work"];

/// A host with one of the samplers and a store of each kind, of which that for values has little room.
async fn host_of(sampler: &str, folder: &Path) -> Host {
    let host = builder().build().await.unwrap();
    let small = stores::KeyValueOptions { quota: 64 << 10, ..Default::default() };
    let kinds = [
        ("memory", Registration::native(stores::VectorStore::in_memory())),
        ("notes", Registration::native(stores::Sql::in_memory())),
        ("pictures", Registration::native(stores::ObjectStore::open(folder.join("objects")))),
        ("sessions", Registration::store(stores::Settings::KeyValueStore(small), None)),
        ("work", Registration::native(stores::Queue::in_memory())),
    ];
    for (name, store) in kinds {
        host.register(name, store).await.unwrap();
    }
    let lent = NAMES.iter().fold(Registration::path(component(sampler)), |lent, name| {
        lent.lend(name.parse().unwrap(), StoreLoan::new(name.parse().unwrap()))
    });
    host.register(sampler, lent).await.unwrap();
    host
}

/// What each function of the samplers tells, of which there is one for each kind.
fn told() -> [(&'static str, Value); 5] {
    let fox = json!({"kind": "animal", "legs": 4});
    let values = json!({
        "kept": ["00626c7565", true, true],
        "refused": [null, null],
        "many": ["1", null, "2"],
        "none": null,
        "sums": [1, -2],
        "keys": [["a", "b", "user/7", "visits"], ["user/7"], ["b"]],
        "deleted": 2,
    });
    let vectors = json!({
        "written": 2,
        "nearest": [["fox", true, null]],
        "found": [["fox", fox, [1.0, 0.0]]],
        "read": ["oak", [0.0, 1.0], {}],
        "many": [null, fox],
        "counts": [2, 1],
        "deleted": [1, 1, 0],
    });
    let objects = json!({
        "put": ["a/fox.txt", 7, "text/plain", true],
        "refused": null,
        "none": [null, null],
        "written": true,
        "read": [["red fox", "fox"], "text/plain", [255, 0, 1]],
        "large": [true, 3 << 20],
        "many": [null, "text/plain"],
        "listed": [["a/fox.txt", "large"], ["a/fox.txt"]],
        "deleted": 1,
    });
    let queue = json!({
        "sent": [true, "draw", "write", 1],
        "counts": [0, 1, 2, 0],
        "extended": [true],
        "settled": [[true, false], [true]],
        "again": [["write", 2]],
        "none": [],
    });
    let database = json!({
        "changed": [1, [1, 2]],
        "refused": ["invalid", "invalid", "invalid"],
        "found": [["id", "text", "x", "b"], [1, "röd", 2.0, "0001"], false],
        "large": true,
        "values": [[1, null, 7, "7"]],
        "page": [1],
    });
    [("values", values), ("vectors", vectors), ("objects", objects), ("queue", queue), ("database", database)]
}

/// A language may say of a whole number that it is one.
fn plain(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, field)| (name, plain(field))).collect(),
        other => other,
    }
}

#[tokio::test]
async fn each_kind_of_store_does_its_work_for_scripts() {
    for sampler in LENT {
        let folder = tempfile::tempdir().unwrap();
        let host = host_of(sampler, folder.path()).await;
        let provider = host.get(sampler).unwrap();
        for (kind, expected) in told() {
            let made = task(&provider, "stores", json!(kind)).await.unwrap();
            assert_eq!(plain(made), plain(expected), "{sampler}: {kind}");
        }
        let kinds = ["vector-store", "sql", "object-store", "key-value-store", "queue"];
        let lent: Vec<_> = NAMES.iter().zip(kinds).map(|(name, kind)| json!([name, kind, false])).collect();
        assert_eq!(task(&provider, "stores", json!("lent")).await.unwrap(), json!(lent), "{sampler}");
    }
}

#[tokio::test]
async fn what_a_store_did_not_do_is_an_error_of_the_script_or_a_failure_of_the_call() {
    for sampler in LENT {
        let folder = tempfile::tempdir().unwrap();
        let host = host_of(sampler, folder.path()).await;
        let provider = host.get(sampler).unwrap();
        let denied = "the store `nobody` is not lent to this provider";
        let caught = task(&provider, "stores", json!("refused")).await.unwrap();
        assert_eq!(caught, json!(["denied", denied]), "{sampler}");
        let error = task(&provider, "stores", json!("uncaught")).await.unwrap_err();
        assert!(error.kind() == ErrorKind::ProviderFailed && error.to_string().contains(denied), "{sampler}: {error}");
        let error = task(&provider, "stores", json!("fill")).await.unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::LimitExceeded, Some("store")), "{sampler}: {error}");
        host.unregister("sessions").await.unwrap();
        let error = task(&provider, "stores", json!("values")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Overloaded, "{sampler}: {error}");
    }
}
