//! Stores on this machine: vectors, values, files, messages and tables, as native providers.
//!
//! ```
//! use palisade_core::key_value_store::{Answer, Entry, Request};
//! use palisade_stores::KeyValueStore;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> palisade_core::Result<()> {
//! let store = KeyValueStore::in_memory(); // or `open("values.db")`
//! store.ask(Request::set([Entry::new("greeting", "hello")])).await?;
//! let palisade_core::Response::KeyValueStore(read) = store.ask(Request::get(["greeting"])).await? else { panic!("another kind") };
//! assert!(matches!(&read.answer, Answer::Values(values) if values.iter().flatten().any(|value| value.value == b"hello")));
//! # Ok(())
//! # }
//! ```
//!
//! Each is a [`Provider`](palisade_core::Provider) of one capability with one model, free of charge. A host registers, routes,
//! grants and checks it like any other. The way of a request:
//!
//! ```text
//! Provider::call ─► Store: of this kind? valid? opened (the first time)
//!                     └► Kind::serve ─► Database: its turn on a lane ─► a thread for what blocks: one transaction
//!                                         └ given up or too late: the statement ends, nothing of it is kept
//! ```
//!
//! | store | made with | a place is | a namespace is |
//! |---|---|---|---|
//! | [`VectorStore`] | SQLite, HNSW in memory | a file | rows of one table |
//! | [`KeyValueStore`] | SQLite | a file | rows of one table |
//! | [`ObjectStore`] | SQLite and files | a folder | rows of one table, each with a file |
//! | [`Queue`] | SQLite | a file | rows of one table |
//! | [`Sql`] | SQLite | a folder | a file of its own |
//!
//! Namespaces share nothing, and each holds no more than its quota. What was answered is on the disk: a process that is killed
//! and a power failure lose nothing of it, and leave nothing by half. That is SQLite's, in WAL mode and with `synchronous = full`.
//! Several processes may use one place.

#[cfg(test)]
mod answering_tests;
mod clock;
mod database;
mod failure;
mod key_value;
mod objects;
mod place;
mod queue;
mod settings;
mod spaces;
mod sql;
mod store;
#[cfg(test)]
mod test_support;
mod units;
mod vectors;

pub use clock::Clock;
pub use key_value::{KeyValueOptions, KeyValueStore};
pub use objects::{ObjectOptions, ObjectStore};
pub use place::Place;
pub use queue::{Queue, QueueOptions};
pub use settings::Settings;
pub use sql::{Sql, SqlOptions};
pub use store::{Kind, Store};
pub use vectors::{Metric, VectorOptions, VectorStore};
