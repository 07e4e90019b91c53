//! Vectors, kept in SQLite and searched in memory.
//!
//! ```text
//! upsert, delete ─► SQLite: one transaction ─► the namespace in memory, where it is there and was up to date
//! query          ─► is it in memory, and of the revision that SQLite names? else read it ─► search
//! ```
//!
//! Below 10 000 points every one is looked at, which takes a millisecond and misses nothing. From there on the graph of HNSW leads
//! to the nearest. It is made from what SQLite has, in the background, after a start and as points come: what it does not have yet
//! is looked at one by one, so that a query finds what was written before it. Under a filter more candidates are looked at, and
//! all points where those were too few: a query never gives fewer than there are.
//!
//! The graph is [`fast_hnsw`]'s. Left: `hnsw_rs`, which took twice the time to make a graph and four times that of a query at the same recall, ends the
//! process on a wrong option, and brings a logger and a pool of threads; `hnswlib-rs`, which no stable compiler builds; `instant-distance`, which
//! makes a graph at once and takes no point more. `cargo bench -p palisade-stores` measures this one beside a look at every point.
//!
//! Vectors without any order, which is as hard as it gets, are found less often by a graph, whoever makes it: raise `ef`, or ask for `exact`.
//!
//! None forgets points: an empty slot is passed over until a third are empty, and then the graph is made anew.

mod metric;
mod points;
mod shelf;
mod shelves;

use std::sync::Arc;

use palisade_core::{
    Capability, Error, Request, Response, Result,
    vector_store::{self as core, Answer, Condition, Match, Operation, Query},
};
use serde::{Deserialize, Deserializer, de};

pub use self::metric::Metric;
use self::{
    points::{Change, Shape},
    shelf::{Near, Search, Slot},
    shelves::{Shared, Shelves},
};
use crate::{
    clock::Clock,
    database::{Database, Schema, blocking, while_waited_for},
    place::Place,
    spaces::{self, Answering, Quota},
    store::{Kind, Store, other_kind},
    units,
};

/// Keeps vectors, and finds those that are near.
pub type VectorStore = Store<Vectors>;

/// What there is to decide about vectors.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct VectorOptions {
    /// What says how near two vectors are. Their cosine by default.
    pub metric: Metric,
    /// Whether an index leads to the nearest where there are many. On by default; off, and for the metric `dot`, every point is
    /// looked at. Vectors of one length are in the same order by their cosine, which has an index.
    pub hnsw: bool,
    /// From how many points on. 10 000 by default.
    pub hnsw_from: u32,
    /// Neighbours that a point has in the index, 2 to 32. 16 by default; more find more, and take more memory and time.
    #[serde(deserialize_with = "neighbours")]
    pub m: u32,
    /// Points that a query looks at in the index. 128 by default; more find more, and take longer.
    pub ef: u32,
    /// Most bytes of namespaces that are in memory at one time; one is, however large. 1 GiB by default.
    #[serde(deserialize_with = "units::bytes::deserialize")]
    pub memory: u64,
    /// Most bytes that a namespace may hold: those of the ids, vectors and payloads, and 64 for each. 1 GiB by default.
    #[serde(deserialize_with = "units::bytes::deserialize")]
    pub quota: u64,
    /// Most namespaces that hold something. 1000 by default.
    pub namespaces: u32,
}

impl VectorOptions {
    /// Most neighbours of a point: the library has room for twice as many.
    pub const MAX_M: u32 = 32;
}

impl Default for VectorOptions {
    fn default() -> Self {
        Self {
            metric: Metric::Cosine,
            hnsw: true,
            hnsw_from: 10_000,
            m: 16,
            ef: 128,
            memory: 1 << 30,
            quota: 1 << 30,
            namespaces: 1000,
        }
    }
}

fn neighbours<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let most = VectorOptions::MAX_M;
    match u32::deserialize(deserializer)? {
        neighbours if (2..=most).contains(&neighbours) => Ok(neighbours),
        other => Err(de::Error::custom(format!("{other} is not between 2 and {most}"))),
    }
}

const ID: i32 = 0x5056_4501;

/// A database of vectors, and those that are in memory.
pub struct Vectors {
    database: Database,
    shelves: Arc<Shelves>,
    options: Arc<VectorOptions>,
    /// One reads a namespace at a time.
    loading: tokio::sync::Mutex<()>,
}

impl Kind for Vectors {
    type Options = VectorOptions;

    const CAPABILITY: Capability = Capability::VectorStore;
    const MODEL: &'static str = "hnsw";
    const SUMMARY: &'static str = "Keeps vectors, and finds those that are near";
    const OPERATIONS: &'static [&'static str] = &["upsert", "query", "get", "delete", "delete-matching", "count"];

    fn open(place: &Place, options: &Self::Options, _: &Clock) -> Result<Self> {
        let database = Database::open(place, &Schema { id: ID, version: 1, tables: points::tables() })?;
        let shelves = Arc::new(Shelves::new(options.memory));
        Ok(Self { database, shelves, options: Arc::new(options.clone()), loading: tokio::sync::Mutex::default() })
    }

    async fn serve(&self, request: Arc<Request>) -> Result<Response> {
        let Request::VectorStore(asked) = &*request else { return Err(other_kind(&request)) };
        let (namespace, answering) = (asked.namespace.clone(), Answering::to(asked));
        let answer = match &asked.operation {
            Operation::Upsert { points } => {
                let count = points.len() as u64;
                self.change(request).await?;
                Answer::Upserted(count)
            }
            Operation::Delete { .. } | Operation::DeleteMatching { .. } => Answer::Deleted(self.change(request).await?),
            Operation::Query(query) => Answer::Matches(self.query(&namespace, query.clone(), answering).await?),
            Operation::Get { ids } => {
                let ids = ids.clone();
                let points = self.database.read(move |connection| points::get(connection, &namespace, &ids, answering));
                Answer::Points(points.await?)
            }
            Operation::Count { filter } => Answer::Counted(self.count(&namespace, filter.clone()).await?),
        };
        Ok(Response::VectorStore(core::Response::new(answer)))
    }

    async fn check(&self) -> Result<()> {
        self.database.check().await
    }
}

impl Vectors {
    /// Changes the database, and then what is in memory. Gives how many points were concerned.
    async fn change(&self, request: Arc<Request>) -> Result<u64> {
        let quota = Quota { bytes: self.options.quota, namespaces: self.options.namespaces };
        let (shelves, asked) = (Arc::clone(&self.shelves), Arc::clone(&request));
        let work = move |connection: &rusqlite::Connection| {
            let Request::VectorStore(asked) = &*request else { return Err(other_kind(&request)) };
            let namespace = &asked.namespace;
            match &asked.operation {
                Operation::Upsert { points } => points::upsert(connection, namespace, points, quota).map(Some),
                Operation::Delete { ids } => points::delete(connection, namespace, ids),
                Operation::DeleteMatching { filter } => points::delete_matching(connection, namespace, filter),
                _ => Err(other_kind(&request)),
            }
        };
        // In the order in which the database took them.
        let note = move |change: Option<Change>| {
            let change = change?;
            if let Some(shelf) = shelves.get(change.space) {
                if apply(&shelf, &asked, &change) {
                    shelves::index(&shelf);
                } else {
                    shelves.forget(change.space);
                }
            }
            Some(change.rows.len() as u64)
        };
        Ok(self.database.write_and(work, note).await?.unwrap_or(0))
    }

    async fn query(&self, namespace: &str, query: Query, answering: Answering) -> Result<Vec<Match>> {
        let Some((shape, shelf)) = self.shelf(namespace).await? else { return Ok(Vec::new()) };
        if query.vector.len() != shape.dimensions {
            let (given, there) = (query.vector.len(), shape.dimensions);
            let reason = format!("it has {given} dimensions, and those that are there have {there}");
            return Err(Error::invalid_input("vector", reason));
        }
        let with_vectors = query.with_vectors;
        let near = while_waited_for(move |waiting| {
            let Query { vector, top_k, filter, .. } = &query;
            let (count, exact) = (*top_k as usize, query.exact);
            let search = Search { vector, count, filter, exact, with_vectors, answering };
            shelves::read(&shelf).search(&search, waiting)
        });
        let near = near.await?;
        let rows: Vec<i64> = near.iter().map(|near| near.row).collect();
        let vectors = if with_vectors {
            self.database.read(move |connection| points::vectors(connection, &rows)).await?
        } else {
            Vec::new()
        };
        let found = |(index, near): (usize, Near)| {
            let vector = vectors.get(index).cloned().flatten();
            // One that was deleted since it was found.
            let is_gone = with_vectors && vector.is_none();
            (!is_gone).then_some(Match { id: near.id, score: near.score, payload: near.payload, vector })
        };
        Ok(near.into_iter().enumerate().filter_map(found).collect())
    }

    async fn count(&self, namespace: &str, filter: Vec<Condition>) -> Result<u64> {
        if filter.is_empty() {
            let namespace = namespace.to_owned();
            let held = self.database.read(move |connection| match spaces::find(connection, &namespace)? {
                Some(space) => spaces::held(connection, space).map(|(_, items)| items),
                None => Ok(0),
            });
            return held.await;
        }
        let Some((_, shelf)) = self.shelf(namespace).await? else { return Ok(0) };
        while_waited_for(move |waiting| Ok(shelves::read(&shelf).count(&filter, waiting))).await
    }

    /// The namespace in memory, as the database has it; none where it has no points.
    async fn shelf(&self, namespace: &str) -> Result<Option<(Shape, Shared)>> {
        if let Some(found) = self.loaded(namespace).await? {
            return Ok(found);
        }
        let _turn = self.loading.lock().await;
        // Somebody may have read it while this one waited.
        if let Some(found) = self.loaded(namespace).await? {
            return Ok(found);
        }
        let (name, options) = (namespace.to_owned(), Arc::clone(&self.options));
        let read = self.database.read(move |connection| {
            let shape = points::shape(connection, &name)?;
            Ok(shape.zip(points::load(connection, &name, &options)?))
        });
        let Some((shape, (space, shelf))) = read.await? else { return Ok(None) };
        let shelf = self.shelves.put(space, shelf);
        shelves::index(&shelf);
        Ok(Some((shape, shelf)))
    }

    /// The namespace where it has no points, or is in memory and up to date; none where it is to be read.
    async fn loaded(&self, namespace: &str) -> Result<Option<Option<(Shape, Shared)>>> {
        let name = namespace.to_owned();
        let shape = self.database.read(move |connection| points::shape(connection, &name)).await?;
        let Some(shape) = shape else { return Ok(Some(None)) };
        let shelf = self.shelves.get(shape.space);
        // A later one is what was written since.
        Ok(shelf.filter(|shelf| shelves::read(shelf).revision >= shape.revision).map(|shelf| Some((shape, shelf))))
    }
}

impl VectorStore {
    /// Puts the points of a namespace that wait for it into the index now, rather than in the background.
    ///
    /// # Errors
    ///
    /// As [`ask`](Store::ask).
    pub async fn index_now(&self, namespace: &str) -> Result<()> {
        let Some((_, shelf)) = self.opened().await?.shelf(namespace).await? else { return Ok(()) };
        blocking(move || {
            let mut shelf = shelves::write(&shelf);
            while shelf.is_behind() {
                shelf.index_next();
            }
            Ok(())
        })
        .await
    }
}

/// Makes a change in memory; not where it was not made to what is there.
fn apply(shelf: &Shared, request: &Request, change: &Change) -> bool {
    let Request::VectorStore(asked) = request else { return false };
    let mut shelf = shelves::write(shelf);
    if change.before.is_none_or(|before| before.revision != shelf.revision) {
        return false;
    }
    match &asked.operation {
        Operation::Upsert { points } => {
            for (row, point) in change.rows.iter().zip(points) {
                let slot = Slot { row: *row, id: point.id.clone(), payload: point.payload.clone() };
                shelf.put(slot, &point.vector);
            }
        }
        _ => change.rows.iter().for_each(|row| shelf.remove(*row)),
    }
    shelf.revision = change.revision;
    shelf.tidy();
    true
}

#[cfg(test)]
#[path = "vectors_tests.rs"]
mod tests;
