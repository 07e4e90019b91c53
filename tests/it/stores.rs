//! Stores of this machine, through a host: each kind does its work, keeps it, and is held to what every provider is held to.

use std::{fs, path::Path, time::Duration};

use palisade::{
    CallSettings, Capability, Config, ContextSettings, ErrorKind, Host, Limits, Media, Operation, Registration,
    Response,
    key_value_store::{self, Answer as Values, Entry},
    object_store::{self, Answer as Objects},
    queue::{self, Answer as Messages, NewMessage},
    sql::{self, Answer as Tables, Statement, Value},
    stores,
    vector_store::{self, Answer as Vectors, Condition, Point, Query},
};
use palisade_chaos::{Act, Chaos};
use palisade_pipeline::{Definition, Format, Inputs, Plan, RunSettings};

use crate::support::builder;

/// A host with the stores of the fixture, which keep what they keep below this folder.
async fn host(folder: &Path) -> Host {
    let text = include_str!("../fixtures/stores.toml");
    Host::builder().config(Config::parse(text, folder).unwrap()).build().await.unwrap()
}

async fn ask<O: Operation>(host: &Host, request: O) -> O::Response {
    host.find_best_provider(O::CAPABILITY).call(request, CallSettings::default()).await.unwrap().response
}

async fn refused<O: Operation>(host: &Host, request: O) -> palisade::Error {
    host.find_best_provider(O::CAPABILITY).call(request, CallSettings::default()).await.err().unwrap()
}

fn picture() -> Media {
    Media { media_type: "image/png".to_owned(), data: b"a picture".to_vec() }
}

fn statement(sql: &str) -> Statement {
    Statement::new::<Value>(sql, [])
}

async fn count_of(host: &Host, sql: &str) -> Value {
    let Tables::Rows(found) = ask(host, sql::Request::query(sql)).await.answer else { panic!("no rows") };
    found.rows[0][0].clone()
}

#[tokio::test]
async fn what_is_kept_outlives_the_host() {
    let folder = tempfile::tempdir().unwrap();
    let before = host(folder.path()).await;
    ask(&before, key_value_store::Request::set([Entry::new("user/7", "fox")])).await;
    ask(&before, object_store::Request::put("a/fox.png", picture())).await;
    ask(&before, queue::Request::send([NewMessage::new("draw")])).await;
    let tables = ["create table calls (id integer primary key, cost real)", "insert into calls (cost) values (0.04)"];
    ask(&before, sql::Request::execute(tables.map(statement))).await;
    let points =
        [Point::new("fox", [1.0, 0.0]).with("kind", "animal"), Point::new("oak", [0.0, 1.0]).with("kind", "tree")];
    ask(&before, vector_store::Request::upsert(points)).await;
    before.shutdown(Duration::from_secs(10)).await;

    let after = host(folder.path()).await;
    let Values::Values(values) = ask(&after, key_value_store::Request::get(["user/7", "none"])).await.answer else {
        panic!()
    };
    let values: Vec<_> = values.into_iter().map(|value| value.map(|value| value.value)).collect();
    assert_eq!(values, [Some(b"fox".to_vec()), None]);
    let Objects::Object(Some(object)) = ask(&after, object_store::Request::get("a/fox.png")).await.answer else {
        panic!()
    };
    assert_eq!((object.content, object.description.bytes), (picture(), 9));
    let Messages::Received(messages) = ask(&after, queue::Request::receive(5)).await.answer else { panic!() };
    assert_eq!(messages.iter().map(|message| &message.body[..]).collect::<Vec<_>>(), [b"draw"]);
    assert_eq!(count_of(&after, "select cost from calls").await, Value::Real(0.04));
    let query = Query { filter: vec![Condition::equal("kind", "tree")], ..Query::new([1.0, 0.0], 5) };
    let found = ask(&after, vector_store::Request::new(vector_store::Operation::Query(query))).await;
    let Vectors::Matches(matches) = found.answer else { panic!() };
    assert_eq!(matches.iter().map(|found| &found.id[..]).collect::<Vec<_>>(), ["oak"]);
    for id in after.names() {
        after.get(&id).unwrap().check().await.unwrap();
    }
}

#[tokio::test]
async fn namespaces_and_contexts_share_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let host = host(folder.path()).await;
    let acme = host.context("acme").unwrap();
    let own = stores::KeyValueStore::open(folder.path().join("acme.db"));
    acme.register("sessions", Registration::native(own)).await.unwrap();
    let set = |value: &str| key_value_store::Request::set([Entry::new("k", value)]);
    let get = || key_value_store::Request::get(["k"]);
    ask(&host, set("default")).await;
    ask(&host, set("other").within("other")).await;
    acme.call(set("acme")).await.unwrap();
    let read = |response: key_value_store::Response| match response.answer {
        Values::Values(mut values) => values.remove(0).map(|value| String::from_utf8(value.value).unwrap()),
        other => panic!("{other:?}"),
    };
    assert_eq!(read(ask(&host, get()).await).as_deref(), Some("default"));
    assert_eq!(read(ask(&host, get().within("other")).await).as_deref(), Some("other"));
    assert_eq!(read(ask(&host, get().within("third")).await), None);
    assert_eq!(read(acme.call(get()).await.unwrap().response).as_deref(), Some("acme"));
    // An empty context has no stores of anybody else's.
    let nobody = host.create_context("globex", ContextSettings::default()).await.unwrap();
    assert_eq!(nobody.call(get()).await.unwrap_err().kind(), ErrorKind::NoProvider);
}

#[tokio::test]
async fn nobody_guesses_which_store_is_meant() {
    let host = builder().build().await.unwrap();
    for id in ["one", "two"] {
        host.register(id, Registration::native(stores::KeyValueStore::in_memory())).await.unwrap();
    }
    let get = || key_value_store::Request::get(["k"]);
    let error = refused(&host, get()).await;
    assert_eq!(error.kind(), ErrorKind::AmbiguousStore);
    assert!(error.message().ends_with("one, two"), "{error}");
    let tried = Registration::native(stores::KeyValueStore::in_memory()).staging();
    host.register("tried", tried).await.unwrap();
    let search = || host.find_best_provider(Capability::KeyValueStore);
    assert_eq!(search().await.unwrap_err().kind(), ErrorKind::AmbiguousStore);
    assert_eq!(search().explain().unwrap_err().kind(), ErrorKind::AmbiguousStore);
    // Both are made with it.
    assert_eq!(search().model("sqlite").await.unwrap_err().kind(), ErrorKind::AmbiguousStore);
    assert_eq!(search().exclude("one").await.unwrap().id().as_str(), "two");
    assert_eq!(search().model("two").await.unwrap().id().as_str(), "two");
    let settings = CallSettings::default();
    assert_eq!(search().model("two").call(get(), settings).await.unwrap().provider.as_str(), "two");
}

#[tokio::test]
async fn where_a_store_fails_nobody_else_is_asked() {
    let host = builder().build().await.unwrap();
    host.register("sessions", Registration::native(stores::KeyValueStore::open("/dev/null/nothing.db"))).await.unwrap();
    let error = refused(&host, key_value_store::Request::get(["k"])).await;
    assert_eq!((error.kind(), error.attempts().len()), (ErrorKind::Io, 1), "{error}");
    assert_eq!(host.get("sessions").unwrap().check().await.unwrap_err().kind(), ErrorKind::Io);
    // A provider of something else is tried again elsewhere, as ever.
    host.register("chat", Registration::native(Chaos::always(Act::Serve))).await.unwrap();
    assert!(host.get("chat").is_ok());
}

#[tokio::test]
async fn a_statement_that_never_ends_is_cut_and_the_next_one_served() {
    let host = builder().build().await.unwrap();
    let short = Limits { timeout: Duration::from_millis(200), ..Limits::default() };
    host.register("ledger", Registration::native(stores::Sql::in_memory()).limits(short)).await.unwrap();
    let endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n";
    assert_eq!(refused(&host, sql::Request::query(endless)).await.kind(), ErrorKind::Deadline);
    assert_eq!(count_of(&host, "select 7").await, Value::Integer(7));
    for hostile in ["attach '/etc/passwd' as p", "pragma writable_schema = 1", "select load_extension('x')"] {
        let kind = refused(&host, sql::Request::execute([statement(hostile)])).await.kind();
        assert_eq!(kind, ErrorKind::InvalidInput, "{hostile}");
    }
}

#[tokio::test]
async fn a_store_that_cannot_be_one_is_refused_where_it_is_written() {
    let refused = |text: &str| Config::parse(text, Path::new("")).unwrap_err().to_string();
    for (text, reason) in [
        ("[providers.a]\nstore = \"chat\"", "chat"),
        ("[providers.a]\nstore = \"queue\"\ncomponent = \"a.wasm\"", "leave one of them out"),
        ("[providers.a]\ncomponent = \"a.wasm\"\nfile = \"a.db\"", "a component has its settings in `config`"),
        ("[providers.a]\nstore = \"queue\"\noptions = { attempts = 3 }", "attempts"),
        ("[providers.a]\nstore = \"tables\"", "unknown variant `tables`"),
    ] {
        let told = refused(text);
        assert!(
            told.contains(reason) && told.contains("providers.a") || told.contains("unknown variant"),
            "{text}: {told}"
        );
    }
}

#[tokio::test]
async fn a_pipeline_indexes_and_finds_and_does_it_each_time() {
    let (folder, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let host = host(folder.path()).await;
    host.register("embedder", Registration::native(Chaos::always(Act::Serve))).await.unwrap();
    let text = r#"
        name = "index"
        [steps.embed]
        capability = "embedding"
        with = { items = ["a red fox"] }
        [steps.keep]
        capability = "vector-store"
        with = { namespace = "woods", operation = { upsert = { points = [{ id = "fox", vector = "${steps.embed.vector}" }] } } }
        [steps.count]
        capability = "key-value-store"
        with = { operation = { increment = { key = "runs" } } }
        [steps.find]
        capability = "vector-store"
        after = ["keep"]
        with = { namespace = "woods", operation = { query = { vector = "${steps.embed.vector}", top_k = 1 } } }
        [outputs]
        found = "${steps.find.answer.matches[0].id}"
        runs = "${steps.count.answer.number}"
    "#;
    let plan = Plan::new(Definition::parse(text, Format::Toml).unwrap()).unwrap();
    for run in ["1", "2"] {
        let report = plan.run(&host, &Inputs::default(), RunSettings::new(work.path().to_owned())).await.unwrap();
        assert!(report.failure.is_none(), "{:?}", report.failure);
        let told = |output: &str| report.outputs[output].value.to_string();
        assert_eq!((told("found").trim_matches('"'), told("runs").trim_matches('"')), ("fox", run));
    }
}

#[tokio::test]
async fn a_host_that_serves_one_kind_opens_that_one() {
    let folder = tempfile::tempdir().unwrap();
    let host = host(folder.path()).await;
    ask(&host, queue::Request::count()).await;
    let made: Vec<_> =
        fs::read_dir(folder.path().join("state")).unwrap().map(|file| file.unwrap().file_name()).collect();
    let made: Vec<_> =
        made.iter().filter_map(|name| name.to_str()).filter(|name| !name.starts_with("work.db")).collect();
    assert_eq!(made, [""; 0], "nothing is made before it is used");
    let _: Response = ask(&host, queue::Request::count()).await.into();
}
