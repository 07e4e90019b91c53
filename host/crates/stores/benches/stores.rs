//! What the stores cost, beside SQLite alone.

#![allow(clippy::panic, clippy::unwrap_used, reason = "what the bench makes up is sound")]

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use palisade_core::{
    Request, Response, key_value_store, queue, sql,
    vector_store::{self, Condition, Operation, Point, Query},
};
use palisade_stores::{KeyValueStore, Queue, Sql, VectorOptions, VectorStore};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use rusqlite::{Connection, params};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const POINTS: usize = 10_000;
const DIMENSIONS: usize = 384;
/// Keys that are read and written.
const KEYS: usize = 1000;
const VALUE: [u8; 256] = [7; 256];

/// Another one each time: SQLite does not write what is there already.
fn value(number: usize) -> Vec<u8> {
    [&number.to_le_bytes()[..], &VALUE].concat()
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    thread(&mut criterion, &runtime);
    values(&mut criterion, &runtime);
    messages(&mut criterion, &runtime);
    tables(&mut criterion, &runtime);
    vectors(&mut criterion, &runtime);
    criterion.final_summary();
}

fn key(number: usize) -> String {
    format!("key-{:04}", number % KEYS)
}

/// The way to a thread that may wait for a disk, and back.
fn thread(criterion: &mut Criterion, runtime: &Runtime) {
    criterion.bench_function("a thread that may block, and back", |bencher| {
        bencher.iter(|| runtime.block_on(async { tokio::task::spawn_blocking(|| ()).await }));
    });
}

/// One value read and written, in a file and in memory: by the store, and by SQLite with the same settings.
fn values(criterion: &mut Criterion, runtime: &Runtime) {
    let folder = TempDir::new().unwrap();
    let mut group = criterion.benchmark_group("key-value");
    let bare = |path: Option<&str>| {
        let connection = match path {
            Some(path) => Connection::open(folder.path().join(path)).unwrap(),
            None => Connection::open_in_memory().unwrap(),
        };
        connection.execute_batch("pragma journal_mode = wal; pragma synchronous = full").unwrap();
        connection.execute_batch("create table t (key text primary key, value blob not null) strict").unwrap();
        connection
    };
    let stores = [
        ("memory", bare(None), KeyValueStore::in_memory()),
        ("file", bare(Some("bare.db")), KeyValueStore::open(folder.path().join("values.db"))),
    ];
    for (place, bare, store) in &stores {
        let mut number = 0;
        let set = |number: usize| {
            let sql = "insert into t values (?1, ?2) on conflict (key) do update set value = excluded.value";
            bare.prepare_cached(sql).unwrap().execute(params![key(number), value(number)]).unwrap()
        };
        let ask = |request: key_value_store::Request| runtime.block_on(store.ask(request)).unwrap();
        for number in 0..KEYS {
            set(number);
        }
        let entry = |number| key_value_store::Entry::new(key(number), value(number));
        ask(key_value_store::Request::set((0..KEYS).map(entry)));
        let mut next = || {
            number += 1;
            number
        };
        group.bench_function(format!("get/sqlite/{place}"), |bencher| {
            bencher.iter(|| {
                let mut statement = bare.prepare_cached("select value from t where key = ?1").unwrap();
                black_box(statement.query_one([key(next())], |row| row.get::<_, Vec<u8>>(0)).unwrap())
            });
        });
        group.bench_function(format!("get/store/{place}"), |bencher| {
            bencher.iter(|| black_box(ask(key_value_store::Request::get([key(next())]))));
        });
        group.bench_function(format!("set/sqlite/{place}"), |bencher| bencher.iter(|| set(next())));
        group.bench_function(format!("set/store/{place}"), |bencher| {
            bencher.iter(|| ask(key_value_store::Request::set([entry(next())])));
        });
    }
    group.finish();
}

/// A message sent, taken and done with.
fn messages(criterion: &mut Criterion, runtime: &Runtime) {
    let folder = TempDir::new().unwrap();
    let mut group = criterion.benchmark_group("queue");
    let queues = [("memory", Queue::in_memory()), ("file", Queue::open(folder.path().join("messages.db")))];
    for (place, queue) in &queues {
        let ask = |request: queue::Request| match runtime.block_on(queue.ask(request)).unwrap() {
            Response::Queue(response) => response.answer,
            other => unreachable!("{other:?}"),
        };
        // A thousand wait the whole time.
        ask(queue::Request::send((0..1000).map(|_| queue::NewMessage::new(VALUE))));
        group.bench_function(format!("receive+acknowledge/{place}"), |bencher| {
            bencher.iter_batched(
                || ask(queue::Request::send([queue::NewMessage::new(VALUE)])),
                |_| {
                    let queue::Answer::Received(taken) = ask(queue::Request::receive(1)) else {
                        panic!("nothing was received")
                    };
                    ask(queue::Request::acknowledge(taken.into_iter().map(|message| message.receipt)))
                },
                criterion::BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

/// A row of many, under guard and without.
fn tables(criterion: &mut Criterion, runtime: &Runtime) {
    let mut group = criterion.benchmark_group("sql");
    let fill = "insert into t with recursive n (i) as (select 1 union all select i + 1 from n limit 10000) select i, hex(i) from n";
    let (make, find) = ("create table t (id integer primary key, name text)", "select name from t where id = 7000");
    let bare = Connection::open_in_memory().unwrap();
    bare.execute_batch(&format!("{make}; {fill}")).unwrap();
    group.bench_function("row/sqlite", |bencher| {
        bencher.iter(|| black_box(bare.prepare(find).unwrap().query_one([], |row| row.get::<_, String>(0)).unwrap()));
    });
    let store = Sql::in_memory();
    let statement = |text: &str| sql::Statement::new::<sql::Value>(text, []);
    runtime.block_on(store.ask(sql::Request::execute([statement(make), statement(fill)]))).unwrap();
    group.bench_function("row/store", |bencher| {
        bencher.iter(|| black_box(runtime.block_on(store.ask(sql::Request::query(find))).unwrap()));
    });
    group.finish();
}

/// The ten nearest of ten thousand, by looking at every one and by the index.
fn vectors(criterion: &mut Criterion, runtime: &Runtime) {
    let mut random = StdRng::seed_from_u64(7);
    let mut noise = |scale: f32| -> Vec<f32> { (0..DIMENSIONS).map(|_| random.random_range(-scale..scale)).collect() };
    let centres: Vec<_> = (0..100).map(|_| noise(1.0)).collect();
    let mut around = |number: usize| -> Vec<f32> {
        let centre = centres.get(number % centres.len()).unwrap();
        centre.iter().zip(noise(0.6)).map(|(centre, noise)| centre + noise).collect()
    };
    let store = VectorStore::in_memory().with(VectorOptions { hnsw_from: 1000, ..VectorOptions::default() });
    for chunk in 0..10 {
        let points = (0..POINTS / 10).map(|number| number + chunk * POINTS / 10);
        let points = points.map(|number| Point::new(number.to_string(), around(number)).with("rest", number % 10));
        runtime.block_on(store.ask(vector_store::Request::upsert(points))).unwrap();
    }
    let queries: Vec<_> = (0..100).map(&mut around).collect();
    let mut number = 0;
    let mut query = |exact: bool, filter: Vec<Condition>| {
        number += 1;
        let vector = queries.get(number % queries.len()).unwrap().clone();
        let query = Query { vector, top_k: 10, filter, exact, with_vectors: false };
        let request: Request = vector_store::Request::new(Operation::Query(query)).into();
        black_box(runtime.block_on(store.ask(request)).unwrap())
    };
    query(false, vec![]);
    runtime.block_on(store.index_now("default")).unwrap();
    let mut group = criterion.benchmark_group("vectors");
    group.throughput(Throughput::Elements(POINTS as u64));
    let tenth = || vec![Condition::equal("rest", 3)];
    group.bench_function("exact", |bencher| bencher.iter(|| query(true, vec![])));
    group.bench_function("hnsw", |bencher| bencher.iter(|| query(false, vec![])));
    group.bench_function("exact/filter", |bencher| bencher.iter(|| query(true, tenth())));
    group.bench_function("hnsw/filter", |bencher| bencher.iter(|| query(false, tenth())));
    group.finish();
}
