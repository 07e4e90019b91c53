//! Stores that are lent to components: each kind does its work through the sandbox, and nothing crosses.

use std::path::Path;

use palisade::{
    Capability, Config, ContextSettings, ErrorKind, Host, Limits, Registration, Scope, StoreLoan, key_value_store,
    key_value_store::Answer as Values, queue, stores,
};

use super::{PLACE, keeping::ask};
use crate::support::{behaving, builder};

fn vectors() -> Registration {
    Registration::native(stores::VectorStore::in_memory())
}

pub(crate) fn values() -> Registration {
    Registration::native(stores::KeyValueStore::in_memory())
}

pub(crate) fn loan(store: &str) -> StoreLoan {
    StoreLoan::new(store.parse().unwrap())
}

/// One that asks what it is lent: each store by the name under which it is registered.
fn asking(names: &[&str]) -> Registration {
    let asking = behaving("stores").isolation(PLACE);
    names.iter().fold(asking, |asking, name| asking.lend(name.parse().unwrap(), loan(name)))
}

pub(crate) async fn host_of<const N: usize>(registrations: [(&str, Registration); N]) -> Host {
    let host = builder().build().await.unwrap();
    for (id, registration) in registrations {
        host.register(id, registration).await.unwrap();
    }
    host
}

/// Has a provider do this, for the scope `a`.
pub(crate) async fn told(host: &Host, provider: &str, prompt: &str) -> String {
    ask(host, provider, "a", prompt).await
}

async fn all_kinds(folder: &Path) -> Host {
    let names = ["memory", "sessions", "pictures", "work", "notes"];
    let objects = Registration::native(stores::ObjectStore::open(folder.join("objects")));
    host_of([
        ("memory", vectors()),
        ("sessions", values()),
        ("pictures", objects),
        ("work", Registration::native(stores::Queue::in_memory())),
        ("notes", Registration::native(stores::Sql::in_memory())),
        ("p", asking(&names)),
    ])
    .await
}

#[tokio::test]
async fn a_component_asks_each_kind_of_store() {
    let folder = tempfile::tempdir().unwrap();
    let host = all_kinds(folder.path()).await;
    let lent = "memory vector-store false, notes sql false, pictures object-store false, sessions key-value-store false, work queue false";
    let conversation = [
        ("lent", lent),
        ("vectors memory upsert fox 1 0", "1"),
        ("vectors memory upsert oak 0 1", "1"),
        (
            "vectors memory query - 1 0",
            "fox 1.00 {\"name\":\"fox\"} Some([1.0, 0.0]); oak 0.00 {\"name\":\"oak\"} Some([0.0, 1.0])",
        ),
        (
            "vectors memory query [{\"field\":\"name\",\"is\":{\"equal\":\"oak\"}}] 1 0",
            "oak 0.00 {\"name\":\"oak\"} Some([0.0, 1.0])",
        ),
        ("vectors memory get fox none", "{\"name\":\"fox\"} -"),
        ("vectors memory delete fox none", "1"),
        ("vectors memory delete-matching []", "1"),
        ("vectors memory count", "0"),
        ("values sessions set user/7 red", "kept"),
        ("values sessions new user/7 blue", "[None]"),
        ("values sessions get user/7 none", "red -"),
        ("values sessions increment visits 2", "2"),
        ("values sessions increment visits -3", "-1"),
        ("values sessions keys user/", "user/7"),
        ("values sessions delete user/7 none", "1"),
        ("objects pictures put a/fox.txt fox", "3 bytes"),
        ("objects pictures new a/fox.txt oak", "false"),
        ("objects pictures get a/fox.txt", "fox of 3 text/plain"),
        ("objects pictures part a/fox.txt 1 1", "o of 3 text/plain"),
        ("objects pictures get none", "-"),
        ("objects pictures describe a/fox.txt none", "text/plain -"),
        ("objects pictures fill large 3145728", "Some(3145728)"),
        ("objects pictures get large", "3145728 bytes of 3145728 application/octet-stream"),
        ("objects pictures objects", "a/fox.txt large"),
        ("objects pictures delete large", "1"),
        ("queue work send draw", "1"),
        ("queue work send write", "1"),
        ("queue work work", "draw write [true, true, true]"),
        ("queue work count", "1 0 0 0"),
        ("database notes execute create table n (id integer primary key, text text, x real, b blob)", "[0]"),
        ("database notes execute insert into n (text, x, b) values (?1, 0.5, x'0102')", "[1]"),
        ("database notes query select * from n", "id text x b: 1 red fox 0.5 2 bytes"),
        ("database notes query select null", "null: null"),
    ];
    for (prompt, expected) in conversation {
        assert_eq!(told(&host, "p", prompt).await, expected, "{prompt}");
    }
}

#[tokio::test]
async fn each_provider_and_each_scope_has_a_place_of_its_own() {
    let twice = asking(&["sessions"]).lend("cache".parse().unwrap(), loan("sessions"));
    let host = host_of([("sessions", values()), ("p", twice), ("q", asking(&["sessions"]))]).await;
    assert_eq!(ask(&host, "p", "a", "values sessions set k of-a").await, "kept");
    assert_eq!(ask(&host, "p", "b", "values sessions get k").await, "-");
    assert_eq!(ask(&host, "p", "b", "values sessions set k of-b").await, "kept");
    assert_eq!(ask(&host, "q", "a", "values sessions get k").await, "-");
    assert_eq!(ask(&host, "p", "a", "values cache get k").await, "-", "by another name it is another place");
    assert_eq!(ask(&host, "p", "a", "values sessions get k").await, "of-a");
    // The application's own data is elsewhere too.
    let keys = host.find_best_provider(Capability::KeyValueStore).await.unwrap();
    let listed = keys.key_value_store(key_value_store::Request::list("")).await.unwrap();
    assert_eq!(listed.response.answer, Values::Keys(vec![]));
}

#[tokio::test]
async fn a_place_is_shared_where_its_operator_says_so_and_read_where_he_says_that() {
    let (shared, name) = ("library".parse::<palisade::Namespace>().unwrap(), || "books".parse().unwrap());
    let writes = asking(&[]).lend(name(), loan("sessions").within(shared.clone()));
    let reads = asking(&[]).lend(name(), loan("sessions").within(shared).read_only());
    let host = host_of([("sessions", values()), ("writer", writes), ("reader", reads)]).await;
    assert_eq!(ask(&host, "writer", "a", "values books set k shared").await, "kept");
    assert_eq!(ask(&host, "reader", "b", "values books get k").await, "shared");
    assert_eq!(ask(&host, "reader", "b", "lent").await, "books key-value-store true");
    let denied = "denied: the store `books` is lent to be read, and";
    for (prompt, operation) in [("set k v", "set"), ("delete k", "delete"), ("increment n 1", "increment")] {
        let answer = ask(&host, "reader", "b", &format!("values books {prompt}")).await;
        assert_eq!(answer, format!("{denied} `{operation}` changes it"));
    }
    assert_eq!(ask(&host, "writer", "a", "values books get k").await, "shared");
}

#[tokio::test]
async fn what_is_not_lent_is_denied() {
    let mut lent = asking(&["sessions"]).lend("gone".parse().unwrap(), loan("nobody"));
    lent = lent.lend("queue".parse().unwrap(), loan("sessions")).lend("chat".parse().unwrap(), loan("none"));
    let host = host_of([("sessions", values()), ("p", lent), ("none", asking(&[]))]).await;
    let cases = [
        ("none", "values sessions get k", "denied: the store `sessions` is not lent to this provider"),
        ("none", "lent", ""),
        ("p", "values other get k", "denied: the store `other` is not lent to this provider"),
        ("p", "values own-0 get k", "denied: the store `own-0` is not lent to this provider"),
        ("p", "queue queue count", "denied: `queue` is a key-value-store, and this is asked of a queue"),
        ("p", "values chat get k", "denied: what is lent as `chat` is no store"),
        ("p", "values gone get k", "unavailable: the store `gone` is not there now"),
        ("p", "lent", "queue key-value-store false, sessions key-value-store false"),
    ];
    for (provider, prompt, expected) in cases {
        assert_eq!(told(&host, provider, prompt).await, expected, "{provider}: {prompt}");
    }
}

#[tokio::test]
async fn what_no_store_can_do_is_said_and_what_is_too_much_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let host = all_kinds(folder.path()).await;
    let invalid = [
        ("values sessions none", "limit: 0 of them"),
        ("values sessions get ", "keys[0]: it is empty"),
        ("values sessions many 100001", "keys: "),
        ("vectors memory upsert fox", "points[0].vector: "),
        ("vectors memory plain fox nothing", "points[0].payload: it is not a JSON object"),
        ("vectors memory query {} 1", "filter: it is not a JSON list of conditions"),
        ("objects pictures put ../fox fox", "key: it is no path"),
        ("database notes query delete from n", "statement.sql: "),
        ("database notes query attach 'x' as y", "statement.sql: "),
    ];
    for (prompt, expected) in invalid {
        let answer = told(&host, "p", prompt).await;
        assert!(answer.starts_with(&format!("invalid: {expected}")), "{prompt}: {answer}");
    }
    assert_eq!(told(&host, "p", "values sessions many 10000").await, "10000 values");

    let options = stores::KeyValueOptions { quota: 64 << 10, ..Default::default() };
    let small = Registration::store(stores::Settings::KeyValueStore(options), None);
    host.register("small", small).await.unwrap();
    host.register("r", asking(&["small"])).await.unwrap();
    assert_eq!(told(&host, "r", "values small fill k 60000").await, "kept");
    let full = told(&host, "r", "values small fill l 60000").await;
    assert!(full.starts_with("too-large: ") && full.contains("64.0 KiB") && !full.contains("own-"), "{full}");
    assert_eq!(told(&host, "r", "values small size k").await, "60000 bytes");
    assert_eq!(told(&host, "r", "values small size l").await, "0 bytes");
}

#[tokio::test]
async fn what_is_read_counts_against_the_memory_of_the_component() {
    let memory = 32 << 20;
    let folder = tempfile::tempdir().unwrap();
    let objects = || Registration::native(stores::ObjectStore::open(folder.path().join("objects")));
    let shared = || loan("pictures").within("all".parse().unwrap());
    let limits = Limits { memory_bytes: memory, ..Limits::default() };
    let small = behaving("stores").isolation(PLACE).limits(limits).lend("pictures".parse().unwrap(), shared());
    let large = behaving("stores").isolation(PLACE).lend("pictures".parse().unwrap(), shared());
    let host = host_of([("pictures", objects()), ("small", small), ("large", large)]).await;
    assert_eq!(told(&host, "large", &format!("objects pictures fill film {memory}")).await, format!("Some({memory})"));
    let refused = told(&host, "small", "objects pictures get film").await;
    let expected = format!("too-large: read the object: it would be {memory} bytes, and there is room for ");
    assert!(refused.starts_with(&expected), "{refused}");
    // The provider goes on.
    assert_eq!(told(&host, "small", "objects pictures put note fox").await, "3 bytes");
    assert_eq!(told(&host, "small", "objects pictures get note").await, "fox of 3 text/plain");
}

#[tokio::test]
async fn what_is_asked_is_a_call_of_the_store_like_any_other() {
    let host = host_of([("sessions", values()), ("p", asking(&["sessions"]))]).await;
    assert_eq!(told(&host, "p", "values sessions set k v").await, "kept");
    let calls = host.status("sessions").unwrap().calls;
    assert_eq!((calls.served, calls.failed), (1, 0));
    host.quarantine("sessions", "it is looked after").await.unwrap();
    let answer = told(&host, "p", "values sessions get k").await;
    assert!(answer.starts_with("unavailable: ") || answer.starts_with("io: "), "{answer}");
    host.release("sessions").await.unwrap();
    assert_eq!(told(&host, "p", "values sessions get k").await, "v");
    host.unregister("sessions").await.unwrap();
    assert_eq!(told(&host, "p", "values sessions get k").await, "unavailable: the store `sessions` is not there now");
    // Whoever comes under its name is asked from the next call on.
    host.register("sessions", values()).await.unwrap();
    assert_eq!(told(&host, "p", "values sessions get k").await, "-");
}

#[tokio::test]
async fn contexts_that_name_one_file_do_not_meet_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let component = folder.path().join("asking.wasm");
    std::fs::write(&component, crate::support::hostile_bytes()).unwrap();
    let provider = |context: &str| {
        format!(
            "[{context}providers.sessions]\nstore = \"key-value-store\"\nfile = \"sessions.db\"\n\
             [{context}providers.p]\ncomponent = \"asking.wasm\"\nconfig = {{ behaviour = \"stores\" }}\n\
             stores.sessions = {{ provider = \"sessions\" }}\n\
             stores.books = {{ provider = \"sessions\", namespace = \"library\", read-only = true }}\n"
        )
    };
    let text = provider("") + &provider("contexts.acme.");
    let host = builder().config(Config::parse(&text, folder.path()).unwrap()).build().await.unwrap();
    let acme = host.context("acme").unwrap();
    let asked = |prompt: &str| palisade::chat::Request::new(prompt);
    let settings = || palisade::CallSettings { scope: Scope::new("a"), ..Default::default() };
    assert_eq!(told(&host, "p", "values sessions set k of-default").await, "kept");
    let handle = acme.get("p").unwrap();
    let text = handle.call(asked("values sessions get k"), settings()).await.unwrap().response.text;
    assert_eq!(text, "-");
    assert_eq!(told(&host, "p", "lent").await, "books key-value-store true, sessions key-value-store false");
    assert_eq!(host.status("p").unwrap().lent.len(), 2);
    assert!(acme.status("sessions").unwrap().lent.is_empty());
    // One that is not of the context is not lent in it.
    let other = ContextSettings::default();
    let third = host.create_context("third", other).await.unwrap();
    third.register("p", asking(&["sessions"])).await.unwrap();
    let text = third.get("p").unwrap().call(asked("values sessions get k"), settings()).await.unwrap().response.text;
    assert_eq!(text, "unavailable: the store `sessions` is not there now");
}

#[tokio::test]
async fn what_is_lent_is_checked_where_it_is_written() {
    let read = |stores: &str| {
        let text = format!("[providers.p]\ncomponent = \"p.wasm\"\n[providers.p.stores]\n{stores}");
        Config::parse(&text, Path::new("")).map(|_| ()).unwrap_err()
    };
    for (stores, expected) in [
        ("Memory = { provider = \"v\" }", "`Memory` is not an id"),
        ("memory = { provider = \"V\" }", "`V` is not an id"),
        ("memory = { provider = \"v\", namespace = \"../x\" }", "is not an id"),
        ("memory = { store = \"v\" }", "unknown field `store`"),
    ] {
        let error = read(stores);
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains(expected), "{stores}: {error}");
    }
    let config = Config::parse(include_str!("../fixtures/lending.toml"), Path::new("")).unwrap();
    assert_eq!(config.ids().map(|id| id.as_str()).collect::<Vec<_>>(), ["assistant", "sessions", "vectors"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("palisade.toml");
    std::fs::write(folder.path().join("p.wasm"), b"").unwrap();
    let text = "[providers.vectors]\nstore = \"vector-store\"\n[providers.p]\ncomponent = \"p.wasm\"\n\
                [providers.p.stores]\na = { provider = \"vectors\" }\nb = { provider = \"vektors\" }\nc = { provider = \"p\" }\n";
    std::fs::write(&file, text).unwrap();
    let problems = Config::check(&file).await.unwrap();
    let told: Vec<_> = problems.iter().map(|problem| (problem.line, problem.to_string())).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].0 == Some(7) && told[0].1.contains("did you mean `vectors`?"), "{told:?}");
    assert!(told[1].0 == Some(8) && told[1].1.contains("`p` is no store"), "{told:?}");
}

#[tokio::test]
async fn a_message_for_which_there_is_no_room_is_not_taken() {
    let limits = Limits { memory_bytes: 16 << 20, ..Limits::default() };
    let shared = |store: &str| loan(store).within("all".parse().unwrap());
    let lent = behaving("stores").isolation(PLACE).limits(limits).lend("work".parse().unwrap(), shared("work"));
    let host = host_of([("work", Registration::native(stores::Queue::in_memory())), ("p", lent)]).await;
    let queue = host.find_best_provider(Capability::Queue).await.unwrap();
    let send = |bytes| queue::Request::send([queue::NewMessage::new(vec![b'x'; bytes])]).within("all");
    queue.queue(send(3)).await.unwrap();
    queue.queue(send(15 << 20)).await.unwrap();
    assert_eq!(told(&host, "p", "queue work work").await, "xxx [true, true]", "as many as there is room for");
    for _ in 0..10 {
        let refused = told(&host, "p", "queue work work").await;
        assert!(refused.starts_with("too-large: receive: the next message has 15728640 bytes"), "{refused}");
    }
    // It is no dead letter, and nobody has it.
    assert_eq!(told(&host, "p", "queue work count").await, "1 0 0 0");
}
