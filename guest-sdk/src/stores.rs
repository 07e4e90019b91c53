//! The stores that the operator has lent to this provider, each by its name: vectors, values, files, messages, tables.
//!
//! ```no_run
//! use palisade_guest::{Result, stores};
//!
//! fn remember(text: &str, vector: Vec<f32>) -> Result<Vec<String>> {
//!     let memory = stores::vectors("memory");
//!     let near = memory.query(stores::Search::nearest(vector.clone(), 3))?;
//!     memory.upsert([stores::Point::new(text, vector)])?;
//!     Ok(near.into_iter().map(|found| found.id).collect())
//! }
//! ```
//!
//! They exist in the sandbox only: natively each is [denied](StoreError::Denied). A function of a provider is tested without one where it
//! takes what it has read, and gives what is to be written.

mod databases;
mod key_value_stores;
mod object_stores;
mod queues;
mod vector_stores;

pub use self::{
    databases::{Database, Rows, Statement, Value},
    key_value_stores::{Condition, Entry, Kept, KeyValueStore},
    object_stores::{Condition as ObjectCondition, Description, Object, ObjectStore, Range},
    queues::{Counts, Message, NewMessage, Queue},
    vector_stores::{Found, Point, Search, VectorStore},
};
pub use crate::bindings::palisade::provider::stores::{LentStore, StoreError};
use crate::{Failure, FailureKind};

/// Asks the host, where there is one.
macro_rules! ask {
    ($interface:ident :: $function:ident ( $($argument:expr),* $(,)? )) => {{
        #[cfg(target_arch = "wasm32")]
        {
            $crate::bindings::palisade::provider::$interface::$function($($argument),*)
        }
        #[cfg(not(target_arch = "wasm32"))]
        {
            let _ = ($(&$argument,)*);
            Err($crate::stores::native())
        }
    }};
}
use ask;

/// The stores that are lent to this provider, by name, in ascending order. Natively none.
#[must_use]
pub fn lent() -> Vec<LentStore> {
    #[cfg(target_arch = "wasm32")]
    return crate::bindings::palisade::provider::stores::lent();
    #[cfg(not(target_arch = "wasm32"))]
    Vec::new()
}

/// The store of vectors that is lent by this name.
#[must_use]
pub fn vectors(name: &str) -> VectorStore<'_> {
    VectorStore { name }
}

/// The store of values that is lent by this name.
#[must_use]
pub fn values(name: &str) -> KeyValueStore<'_> {
    KeyValueStore { name }
}

/// The store of files that is lent by this name.
#[must_use]
pub fn objects(name: &str) -> ObjectStore<'_> {
    ObjectStore { name }
}

/// The queue that is lent by this name.
#[must_use]
pub fn queue(name: &str) -> Queue<'_> {
    Queue { name }
}

/// The database that is lent by this name.
#[must_use]
pub fn database(name: &str) -> Database<'_> {
    Database { name }
}

/// What a refusal is to the caller of the provider, who is not to blame for it.
impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::TooLarge(what) => Self::limit_exceeded("store", what),
            StoreError::Unavailable(what) => Self::new(FailureKind::Overloaded(None), what),
            StoreError::Denied(what) | StoreError::Invalid(what) | StoreError::Io(what) => Self::internal(what),
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn native() -> StoreError {
    StoreError::Denied("stores exist in the sandbox only".to_owned())
}

fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Vec<String> {
    texts.into_iter().map(Into::into).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn natively_every_store_is_denied() {
        assert!(lent().is_empty());
        let error = values("sessions").get(["a"]).unwrap_err();
        assert!(matches!(&error, StoreError::Denied(what) if what.contains("in the sandbox only")));
        assert!(matches!(Failure::from(error).kind, FailureKind::Internal(_)));
        assert!(vectors("memory").query(Search::nearest([1.0], 3)).is_err());
        assert!(objects("pictures").delete(["fox.png"]).is_err());
        assert!(queue("work").count().is_err());
        assert!(database("notes").query(Statement::new("select 1"), None).is_err());
    }

    #[test]
    fn a_caller_learns_whether_to_come_again() {
        let failure = |error: StoreError| Failure::from(error).kind;
        assert!(matches!(failure(StoreError::TooLarge("it is full".to_owned())), FailureKind::LimitExceeded(_)));
        assert!(matches!(failure(StoreError::Unavailable("busy".to_owned())), FailureKind::Overloaded(None)));
    }
}
