//! What a host must not forget, whatever happens to it: a database in one file, and in it the ledger of paid jobs.
//!
//! ```
//! use palisade_core::{Request, Scope, text_to_image};
//! use palisade_storage::{Begin, Options, RequestHash, Storage};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> palisade_core::Result<()> {
//! let storage = Storage::in_memory(Options::default())?;
//! let request = Request::from(text_to_image::Request::new("a red fox in fresh snow"));
//! let request = RequestHash::of(&request, &"flux")?;
//! let tenant = Scope::new("tenant-a");
//!
//! let Begin::New(mut job) = storage.ledger().begin(&tenant, "order-1", request).await? else { panic!("the key is new") };
//! job.attempt(&"fal".parse().unwrap(), &"flux".parse().unwrap(), Vec::new()).await?;
//! // Only now is anything sent.
//! job.finished("a picture".into(), None).await?;
//!
//! let Begin::Finished(job) = storage.ledger().begin(&tenant, "order-1", request).await? else { panic!("the job is done") };
//! assert_eq!(job.into_result()?, "a picture");
//! # Ok(())
//! # }
//! ```
//!
//! The database is [redb](https://www.redb.org): one file, one process, and a write is there or it is not. All writes go
//! through one thread, which writes what has come meanwhile in one transaction.

mod database;
mod failure;
mod jobs;
mod lease;
mod ledger;
mod options;
mod outcome;
mod record;
mod request;
mod spending;
mod storage;
mod store;
mod submission;
mod tables;
#[cfg(test)]
mod test_support;
mod value_tables;
mod values;
mod writer;

pub use lease::Lease;
pub use ledger::{Begin, InFlight, Ledger};
pub use options::Options;
pub use outcome::{Finished, Uncertain};
pub use request::RequestHash;
pub use storage::Storage;
pub use store::Written;
pub use submission::{JobId, Submission, SubmittedJob};
pub use values::Values;
