//! What the SDKs of languages that are compiled make of stores that are lent: each kind does its work, and says what it did not do.

use std::path::Path;

use palisade::{ErrorKind, Host, Registration, StoreLoan, stores};
use serde_json::{Value, json};

use super::{
    component,
    projects::{of_go, succeeds},
    task,
};
use crate::support::{builder, languages};

/// Those whose SDK knows stores.
const LENT: [&str; 3] = ["sampler-c", "sampler-go", "sampler-zig"];

/// What is lent, each store by the name under which it is registered, and of which kind it is.
const STORES: [(&str, &str); 5] = [
    ("memory", "vector-store"),
    ("notes", "sql"),
    ("pictures", "object-store"),
    ("sessions", "key-value-store"),
    ("work", "queue"),
];

/// A host with one of the samplers and a store of each kind, of which that for values has little room.
async fn host_of(sampler: &str, folder: &Path) -> Host {
    let host = builder().build().await.unwrap();
    let small = stores::KeyValueOptions { quota: 64 << 10, ..Default::default() };
    let registrations = [
        Registration::native(stores::VectorStore::in_memory()),
        Registration::native(stores::Sql::in_memory()),
        Registration::native(stores::ObjectStore::open(folder.join("objects"))),
        Registration::store(stores::Settings::KeyValueStore(small), None),
        Registration::native(stores::Queue::in_memory()),
    ];
    let mut lent = Registration::path(component(sampler));
    for ((name, _), registration) in STORES.into_iter().zip(registrations) {
        host.register(name, registration).await.unwrap();
        lent = lent.lend(name.parse().unwrap(), StoreLoan::new(name.parse().unwrap()));
    }
    host.register(sampler, lent).await.unwrap();
    host
}

/// What the samplers tell of each kind.
fn told() -> [(&'static str, Value); 6] {
    let vectors = json!([
        2,
        ["fox", true, true],
        ["oak", {"kind": "plant"}, [0, 1]],
        [{"kind": "animal"}, 1, null],
        1, 1, 1, 0,
    ]);
    let objects = json!([
        7,
        true,
        true,
        ["red fox", "text/plain", 7],
        "fox",
        null,
        3 << 20,
        ["video/mp4", 3 << 20],
        ["text/plain", null],
        ["copy", "large"],
        1,
    ]);
    let columns = ["id", "text", "x", "b", "n", "i"];
    let database = json!([[0, 1], columns, [1, "red fox", 0.5, 3, null, -7], [false, true], "invalid"]);
    let lent: Vec<_> = STORES.iter().map(|(name, kind)| json!([name, kind, false])).collect();
    [
        ("values", json!([true, true, true, true, 2, -1, ["b", "user/7", "visits"], ["user/7"], 1])),
        ("vectors", vectors),
        ("objects", objects),
        ("queue", json!([true, ["draw", "write"], 1, [true, true, false, true], [1, 1, 0, 0]])),
        ("database", database),
        ("lent", json!(lent)),
    ]
}

#[tokio::test]
async fn each_kind_of_store_does_its_work_for_what_is_compiled() {
    for sampler in LENT {
        let folder = tempfile::tempdir().unwrap();
        let host = host_of(sampler, folder.path()).await;
        let provider = host.get(sampler).unwrap();
        for (kind, expected) in told() {
            let made = task(&provider, "stores", json!(kind)).await.unwrap();
            assert_eq!(made, expected, "{sampler}: {kind}");
        }
    }
}

#[tokio::test]
async fn what_a_store_did_not_do_is_known_to_the_provider_and_else_a_failure_of_the_call() {
    for sampler in LENT {
        let folder = tempfile::tempdir().unwrap();
        let host = host_of(sampler, folder.path()).await;
        let provider = host.get(sampler).unwrap();
        assert_eq!(task(&provider, "stores", json!("refused")).await.unwrap(), json!("denied"), "{sampler}");
        let error = task(&provider, "stores", json!("uncaught")).await.unwrap_err();
        let denied = "the store `nobody` is not lent to this provider";
        assert!(error.kind() == ErrorKind::ProviderFailed && error.to_string().contains(denied), "{sampler}: {error}");
        let error = task(&provider, "stores", json!("fill")).await.unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::LimitExceeded, Some("store")), "{sampler}: {error}");
        host.unregister("sessions").await.unwrap();
        let error = task(&provider, "stores", json!("values")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Overloaded, "{sampler}: {error}");
    }
}

#[test]
fn outside_of_a_component_every_store_is_denied() {
    let built = languages().join("../guest/projects");
    succeeds(of_go("go").arg("test").current_dir(built.join("sampler-go")), "sampler-go");
}
