use std::collections::BTreeSet;

use palisade_core::{
    ErrorKind,
    vector_store::{Answer, Condition, Match, Operation, Point, Query, Request, Test},
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde_json::json;

use super::*;
use crate::test_support::{ask, places, refused};

async fn upsert(store: &VectorStore, points: impl IntoIterator<Item = Point>) {
    ask(store, Request::upsert(points)).await;
}

async fn matches(store: &VectorStore, query: Query) -> Vec<Match> {
    match ask(store, Request::new(Operation::Query(query))).await.answer {
        Answer::Matches(matches) => matches,
        other => panic!("{other:?}"),
    }
}

fn near(vector: impl Into<Vec<f32>>, top_k: u32) -> Query {
    Query { vector: vector.into(), top_k, filter: vec![], exact: false, with_vectors: false }
}

fn ids(matches: &[Match]) -> Vec<&str> {
    matches.iter().map(|found| found.id.as_str()).collect()
}

fn condition(field: &str, is: Test) -> Condition {
    Condition { field: field.to_owned(), is }
}

fn places_on_a_map() -> Vec<Point> {
    let point = |id: &str, x: f32, y: f32, kind: &str, height: i32| {
        Point::new(id, [x, y]).with("kind", kind).with("height", height)
    };
    vec![
        point("fox", 1.0, 0.1, "animal", 1),
        point("hen", 2.0, 1.0, "animal", 2),
        point("oak", 0.1, 3.0, "tree", 30),
        point("elm", -1.0, 2.0, "tree", 20),
    ]
}

#[tokio::test]
async fn the_nearest_are_found_nearest_first() {
    let folder = tempfile::tempdir().unwrap();
    for place in places(&folder) {
        let store = VectorStore::new(place);
        assert_eq!(matches(&store, near([1.0, 0.0], 3)).await, []);
        upsert(&store, places_on_a_map()).await;
        let found = matches(&store, near([1.0, 0.0], 3)).await;
        assert_eq!(ids(&found), ["fox", "hen", "oak"]);
        assert!((found[1].score - 2.0 / 5f32.sqrt()).abs() < 1e-6, "{found:?}");
        assert_eq!((&found[0].payload["kind"], &found[0].vector), (&json!("animal"), &None));
        // Vectors as they were written, not as they are compared.
        let query = Query { with_vectors: true, ..near([0.0, 1.0], 1) };
        assert_eq!(matches(&store, query).await[0].vector, Some(vec![0.1, 3.0]));
        let Answer::Points(points) = ask(&store, Request::get(["hen", "cow"])).await.answer else {
            panic!("no points")
        };
        assert_eq!(points, [Some(places_on_a_map().remove(1)), None]);
    }
}

#[tokio::test]
async fn each_metric_has_an_order_of_its_own() {
    let cases = [
        (Metric::Cosine, ["fox", "hen", "oak", "elm"]),
        (Metric::Dot, ["hen", "fox", "oak", "elm"]),
        (Metric::Euclidean, ["fox", "hen", "elm", "oak"]),
    ];
    for (metric, expected) in cases {
        let store = VectorStore::in_memory().with(VectorOptions { metric, ..VectorOptions::default() });
        upsert(&store, places_on_a_map()).await;
        assert_eq!(ids(&matches(&store, near([1.0, 0.0], 9)).await), expected, "{metric:?}");
    }
}

#[tokio::test]
async fn filters_choose_and_points_are_counted_and_deleted_by_them() {
    let store = VectorStore::in_memory();
    upsert(&store, places_on_a_map()).await;
    let count = async |filter: Vec<Condition>| ask(&store, Request::new(Operation::Count { filter })).await.answer;
    let trees = || vec![Condition::equal("kind", "tree")];
    let query = Query { filter: trees(), ..near([1.0, 0.0], 9) };
    assert_eq!(ids(&matches(&store, query).await), ["oak", "elm"]);
    let tall = vec![Condition::equal("kind", "tree"), condition("height", Test::Greater(json!(20)))];
    assert_eq!(count(tall).await, Answer::Counted(1));
    assert_eq!(count(vec![]).await, Answer::Counted(4));
    assert_eq!(
        ask(&store, Request::new(Operation::DeleteMatching { filter: trees() })).await.answer,
        Answer::Deleted(2)
    );
    assert_eq!(count(trees()).await, Answer::Counted(0));
    assert_eq!(ids(&matches(&store, near([0.0, 1.0], 9)).await), ["hen", "fox"]);
    assert_eq!(ask(&store, Request::delete(["hen", "cow"])).await.answer, Answer::Deleted(1));
    assert_eq!(
        ask(&store, Request::new(Operation::DeleteMatching { filter: vec![] })).await.answer,
        Answer::Deleted(1)
    );
    assert_eq!(count(vec![]).await, Answer::Counted(0));
    // Nothing is left, nor how many dimensions it had.
    upsert(&store, [Point::new("other", [1.0, 2.0, 3.0])]).await;
    assert_eq!(ids(&matches(&store, near([1.0, 0.0, 0.0], 9)).await), ["other"]);
}

#[tokio::test]
async fn points_are_replaced_and_have_one_number_of_dimensions() {
    let store = VectorStore::in_memory();
    upsert(&store, [Point::new("a", [1.0, 0.0]).with("n", 1), Point::new("b", [0.0, 1.0])]).await;
    assert_eq!(ids(&matches(&store, near([1.0, 0.0], 1)).await), ["a"]);
    upsert(&store, [Point::new("a", [-1.0, 0.0]).with("n", 2)]).await;
    let found = matches(&store, near([1.0, 0.0], 9)).await;
    assert_eq!(ids(&found), ["b", "a"]);
    assert_eq!(found[1].payload["n"], 2);
    let (kind, message) = refused(&store, Request::upsert([Point::new("c", [1.0])])).await;
    assert_eq!(kind, ErrorKind::InvalidInput);
    assert_eq!(message, "points[0].vector: it has 1 dimensions, and those that are there have 2");
    let (_, message) = refused(&store, Request::query([1.0], 1)).await;
    assert_eq!(message, "vector: it has 1 dimensions, and those that are there have 2");
}

#[tokio::test]
async fn namespaces_share_nothing() {
    let store = VectorStore::in_memory();
    upsert(&store, places_on_a_map()).await;
    let other = |request: Request| request.within("other");
    assert_eq!(ask(&store, other(Request::query([1.0], 9))).await.answer, Answer::Matches(vec![]));
    assert_eq!(ask(&store, other(Request::get(["fox"]))).await.answer, Answer::Points(vec![None]));
    assert_eq!(ask(&store, other(Request::delete(["fox"]))).await.answer, Answer::Deleted(0));
    let all = Request::new(Operation::DeleteMatching { filter: vec![] });
    assert_eq!(ask(&store, other(all)).await.answer, Answer::Deleted(0));
    ask(&store, other(Request::upsert([Point::new("fox", [1.0, 2.0, 3.0])]))).await;
    assert_eq!(ids(&matches(&store, near([1.0, 0.0], 1)).await), ["fox"]);
    assert_eq!(ask(&store, other(Request::count())).await.answer, Answer::Counted(1));
}

#[tokio::test]
async fn a_namespace_holds_what_it_may_and_others_make_room_in_memory() {
    let options = VectorOptions { quota: 4096, memory: 1, namespaces: 2, ..VectorOptions::default() };
    let store = VectorStore::in_memory().with(options);
    upsert(&store, places_on_a_map()).await;
    let (kind, message) =
        refused(&store, Request::upsert([Point::new("a", [1.0, 2.0]).with("t", "x".repeat(4096))])).await;
    assert_eq!(kind, ErrorKind::LimitExceeded);
    assert!(message.contains("it may hold 4.0 KiB"), "{message}");
    assert_eq!(ask(&store, Request::count()).await.answer, Answer::Counted(4));
    let second = |request: Request| request.within("second");
    ask(&store, second(Request::upsert([Point::new("a", [1.0])]))).await;
    let third = Request::upsert([Point::new("a", [1.0])]).within("third");
    assert_eq!(refused(&store, third).await.0, ErrorKind::LimitExceeded);
    for _ in 0..2 {
        assert_eq!(ids(&matches(&store, near([1.0, 0.0], 1)).await), ["fox"]);
        let Answer::Matches(found) = ask(&store, second(Request::query([1.0], 1))).await.answer else { panic!() };
        assert_eq!(ids(&found), ["a"]);
    }
}

#[tokio::test]
async fn points_outlive_the_store_and_what_another_writes_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vectors.db");
    let store = VectorStore::open(&path);
    upsert(&store, places_on_a_map()).await;
    drop(store);
    let store = VectorStore::open(&path);
    assert_eq!(ids(&matches(&store, near([1.0, 0.0], 2)).await), ["fox", "hen"]);
    // As another process would.
    let other = VectorStore::open(&path);
    upsert(&other, [Point::new("vixen", [1.0, 0.0])]).await;
    assert_eq!(ids(&matches(&store, near([1.0, 0.0], 2)).await), ["vixen", "fox"]);
    ask(&other, Request::delete(["vixen"])).await;
    // It was not what this one has in memory that it changes.
    upsert(&store, [Point::new("hound", [1.0, 0.05])]).await;
    assert_eq!(ids(&matches(&store, near([1.0, 0.0], 2)).await), ["hound", "fox"]);
    assert_eq!(ids(&matches(&other, near([1.0, 0.0], 2)).await), ["hound", "fox"]);
}

/// Vectors as embeddings are: around some centres, of which there are fewer than points.
struct Clusters {
    random: StdRng,
    centres: Vec<Vec<f32>>,
}

impl Clusters {
    fn new(count: usize, dimensions: usize) -> Self {
        let mut random = StdRng::seed_from_u64(7);
        let centres = (0..count).map(|_| vector(&mut random, dimensions)).collect();
        Self { random, centres }
    }

    fn next(&mut self) -> Vec<f32> {
        let centre = self.random.random_range(0..self.centres.len());
        let noise = vector(&mut self.random, self.centres[centre].len());
        self.centres[centre].iter().zip(noise).map(|(centre, noise)| centre + 0.5 * noise).collect()
    }
}

fn vector(random: &mut StdRng, dimensions: usize) -> Vec<f32> {
    (0..dimensions).map(|_| random.random_range(-1.0..1.0)).collect()
}

/// The share of the exact matches that the index leads to.
async fn recall(store: &VectorStore, queries: &[Query]) -> f64 {
    let (mut wanted, mut found) = (0, 0);
    for query in queries {
        let exact = matches(store, Query { exact: true, ..query.clone() }).await;
        let indexed = matches(store, query.clone()).await;
        assert_eq!(exact.len(), indexed.len(), "fewer than there are");
        let exact: BTreeSet<_> = ids(&exact).into_iter().map(str::to_owned).collect();
        wanted += exact.len();
        found += indexed.iter().filter(|found| exact.contains(&found.id)).count();
    }
    found as f64 / wanted as f64
}

#[tokio::test]
async fn the_index_finds_nearly_all_that_is_to_be_found() {
    const POINTS: usize = 5000;
    for metric in [Metric::Cosine, Metric::Dot, Metric::Euclidean] {
        let mut clusters = Clusters::new(50, 64);
        let store = VectorStore::in_memory().with(VectorOptions {
            metric,
            hnsw_from: 1000,
            ef: 90,
            ..VectorOptions::default()
        });
        let points: Vec<_> =
            (0..POINTS).map(|n| Point::new(n.to_string(), clusters.next()).with("rest", n % 100)).collect();
        for points in points.chunks(1000) {
            upsert(&store, points.iter().cloned()).await;
        }
        store.index_now("default").await.unwrap();
        let queries: Vec<_> = (0..50).map(|_| near(clusters.next(), 10)).collect();
        let all = recall(&store, &queries).await;
        println!("{metric:?}: recall {all}");
        assert!(all >= 0.9, "{metric:?}: recall {all}");

        // A filter that half of them pass, one that few do, and one that nobody does.
        for (filter, least) in [
            (condition("rest", Test::Less(json!(50))), 0.9),
            (condition("rest", Test::Equal(json!(7))), 1.0),
            (condition("rest", Test::Exists(false)), 1.0),
        ] {
            let filtered: Vec<_> =
                queries.iter().map(|query| Query { filter: vec![filter.clone()], ..query.clone() }).collect();
            if filter.is == Test::Exists(false) {
                assert_eq!(matches(&store, filtered[0].clone()).await, []);
                continue;
            }
            let share = recall(&store, &filtered).await;
            assert!(share >= least, "{metric:?}, {filter:?}: recall {share}");
        }

        // What comes later is found before it is in the index, and what was deleted or replaced is found no more.
        let gone: Vec<_> = (0..POINTS).step_by(5).map(|n| n.to_string()).collect();
        ask(&store, Request::delete(gone.clone())).await;
        let moved = Point::new("1", clusters.next());
        upsert(&store, [moved.clone(), Point::new("new", clusters.next())]).await;
        let found = matches(&store, near(moved.vector.clone(), 200)).await;
        assert_eq!(found.iter().filter(|found| found.id == "1").count(), 1);
        assert!(found.iter().all(|found| !gone.contains(&found.id)));
        let later = recall(&store, &queries).await;
        assert!(later >= 0.9, "{metric:?}: recall {later} after changes");

        // Until the empty slots are too many: then it is made anew.
        ask(&store, Request::delete((0..POINTS).filter(|n| n % 5 == 2).map(|n| n.to_string()))).await;
        store.index_now("default").await.unwrap();
        let anew = recall(&store, &queries).await;
        assert!(anew >= 0.9, "{metric:?}: recall {anew} made anew");
    }
}

#[tokio::test]
async fn as_many_are_found_as_there_are() {
    let mut clusters = Clusters::new(5, 8);
    let store =
        VectorStore::in_memory().with(VectorOptions { hnsw_from: 10, ef: 10, m: 2, ..VectorOptions::default() });
    upsert(&store, (0..300).map(|n| Point::new(n.to_string(), clusters.next()))).await;
    store.index_now("default").await.unwrap();
    for count in [1, 10, 100, 299, 300, 1000] {
        let found = matches(&store, near(clusters.next(), count)).await;
        assert_eq!(found.len(), 300.min(count as usize));
        let distinct: BTreeSet<_> = ids(&found).into_iter().collect();
        assert_eq!(distinct.len(), found.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_is_made_while_others_write_and_search() {
    let mut clusters = Clusters::new(20, 32);
    let store = Arc::new(VectorStore::in_memory().with(VectorOptions { hnsw_from: 100, ..VectorOptions::default() }));
    let points: Vec<_> = (0..2000).map(|n| Point::new(n.to_string(), clusters.next())).collect();
    upsert(&store, points[..100].to_vec()).await;
    let writer = {
        let (store, points) = (Arc::clone(&store), points.clone());
        tokio::spawn(async move {
            for points in points[100..].chunks(50) {
                upsert(&store, points.to_vec()).await;
            }
        })
    };
    let mut searches = 0;
    while !writer.is_finished() {
        let found = matches(&store, near(points[searches % 100].vector.clone(), 1)).await;
        assert_eq!(found[0].id, (searches % 100).to_string(), "a point is nearest to itself");
        searches += 1;
    }
    writer.await.unwrap();
    for (number, point) in points.iter().enumerate().step_by(20) {
        assert_eq!(matches(&store, near(point.vector.clone(), 1)).await[0].id, number.to_string());
    }
}
