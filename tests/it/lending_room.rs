//! What stores tell a component counts against its memory, before it is read.

use palisade::{
    Capability, Host, Limits, Registration, StoreLoan, key_value_store, sql, stores,
    vector_store::{self, Point},
};

use super::{PLACE, keeping::ask};
use crate::support::{behaving, builder};

const MEMORY: u64 = 16 << 20;

/// One of little memory, that is lent these, each under its own name, in the namespace `all`.
async fn host_of<const N: usize>(limits: Limits, registrations: [(&str, Registration); N]) -> Host {
    let host = builder().build().await.unwrap();
    let mut asking = behaving("stores").isolation(PLACE).limits(limits);
    for (id, registration) in registrations {
        host.register(id, registration).await.unwrap();
        let loan = StoreLoan::new(id.parse().unwrap()).within("all".parse().unwrap());
        asking = asking.lend(id.parse().unwrap(), loan);
    }
    host.register("p", asking).await.unwrap();
    host
}

fn small() -> Limits {
    Limits { memory_bytes: MEMORY, ..Limits::default() }
}

async fn told(host: &Host, prompt: &str) -> String {
    ask(host, "p", "a", prompt).await
}

#[tokio::test]
async fn what_there_is_no_room_for_is_not_read() {
    let host = host_of(
        small(),
        [
            ("sessions", Registration::native(stores::KeyValueStore::in_memory())),
            ("memory", Registration::native(stores::VectorStore::in_memory())),
            ("notes", Registration::native(stores::Sql::in_memory())),
        ],
    )
    .await;
    let keys = ["a", "b", "c", "d"];
    let value = || vec![b'x'; MEMORY as usize / 4];
    let entries = keys.map(|key| key_value_store::Entry::new(key, value()));
    let values = host.find_best_provider(Capability::KeyValueStore).await.unwrap();
    values.key_value_store(key_value_store::Request::set(entries).within("all")).await.unwrap();
    let text = String::from_utf8(value()).unwrap();
    let points = keys.map(|key| Point::new(key, [1.0]).with("text", text.as_str()));
    let vectors = host.find_best_provider(Capability::VectorStore).await.unwrap();
    for point in points {
        vectors.vector_store(vector_store::Request::upsert([point]).within("all")).await.unwrap();
    }
    let tables = host.find_best_provider(Capability::Sql).await.unwrap();
    let table = sql::Statement::new::<sql::Value>("create table t (a)", []);
    tables.sql(sql::Request::execute([table]).within("all")).await.unwrap();

    for prompt in ["values sessions get a b c d", "vectors memory get a b c d"] {
        let refused = told(&host, prompt).await;
        assert!(refused.starts_with("too-large: answer in one go: it is more than "), "{prompt}: {refused}");
        assert!(refused.ends_with(" MiB; ask for it in parts"), "{prompt}: {refused}");
    }
    let rows =
        "with recursive n (i) as (select 1 union all select i + 1 from n where i < 20) select zeroblob(1000000) from n";
    let refused = told(&host, &format!("database notes query {rows}")).await;
    assert!(refused.starts_with("too-large: answer: the rows have more than "), "{refused}");
    // In parts it is.
    assert_eq!(told(&host, "values sessions size a").await, format!("{} bytes", MEMORY / 4));
}

#[tokio::test]
async fn what_is_said_in_json_counts_as_what_it_is_read_into_and_only_meanwhile() {
    let host = host_of(small(), [("memory", Registration::native(stores::VectorStore::in_memory()))]).await;
    let text = |bytes: usize| "x".repeat(bytes);
    let plain = |bytes| format!("vectors memory plain fox {{\"name\":\"{}\"}}", text(bytes));
    let filter = |bytes| format!("[{{\"field\":\"name\",\"is\":{{\"equal\":\"{}\"}}}}]", text(bytes));
    let asked = [
        (plain(100_000), plain(300_000), "1"),
        (format!("vectors memory query {} 1", filter(1000)), format!("vectors memory query {} 1", filter(300_000)), ""),
        (
            format!("vectors memory delete-matching {}", filter(1000)),
            format!("vectors memory delete-matching {}", filter(300_000)),
            "0",
        ),
    ];
    for (fits, does_not, expected) in asked {
        let refused = told(&host, &does_not).await;
        assert!(refused.starts_with("too-large: it is more than the provider has memory for"), "{refused}");
        // It is given back each time.
        for _ in 0..5 {
            assert_eq!(told(&host, &fits).await, expected);
        }
    }
}

#[tokio::test]
async fn what_there_is_no_handle_for_does_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let objects = Registration::native(stores::ObjectStore::open(folder.path().join("objects")));
    let limits = Limits { memory_bytes: 64 << 20, handles: 8, ..Limits::default() };
    let host = host_of(limits, [("pictures", objects)]).await;
    assert_eq!(told(&host, &format!("objects pictures fill film {}", 2 << 20)).await, format!("Some({})", 2 << 20));
    let refused = told(&host, "objects pictures hold film 40").await;
    let (kept, refused) = refused.split_once(" kept, ").unwrap();
    assert!((1..=8).contains(&kept.parse::<u32>().unwrap()), "{kept}");
    assert_eq!(refused, "content: more than the provider may hold");
}
