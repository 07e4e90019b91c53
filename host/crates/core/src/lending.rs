//! The stores that a provider is lent: what it asks of them, by the names that its operator chose.
//!
//! ```text
//! guest ─► Operation (of a kind; its host knows the namespace) ─► Lender::ask ─► the store ─► Answer | Refusal
//! ```
//!
//! The shape is that of `stores` and the interfaces beside it in the WIT package. Which store it is, and where in it, is not in these
//! words: a [`Lender`] is already bound to one provider and one scope, and knows what the operator granted.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    BoxFuture, Capability, key_value_store, object_store, queue, sql,
    store::{Answered, Operate},
    vector_store,
};

/// Asks stores for one provider, in one scope, as far as its operator lent them.
pub trait Lender: Send + Sync {
    /// The stores that are lent, by name, in ascending order.
    fn lent(&self) -> Vec<LentStore>;

    /// Asks the store of this name, which reads no more than so many bytes for it.
    ///
    /// # Errors
    ///
    /// Any case of [`Refusal`].
    fn ask(&self, store: String, operation: Operation, max_bytes: u64) -> BoxFuture<'_, Result<Answer, Refusal>>;
}

/// The stores of a call: those that were lent, or none.
#[derive(Clone, Default)]
pub struct Stores(Option<Arc<dyn Lender>>);

impl Stores {
    /// Those of this lender.
    pub fn new(lender: impl Lender + 'static) -> Self {
        Self(Some(Arc::new(lender)))
    }

    /// Who asks; none where nothing is lent.
    #[must_use]
    pub fn lender(&self) -> Option<&dyn Lender> {
        self.0.as_deref()
    }
}

impl fmt::Debug for Stores {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_some() { "Stores(lent)" } else { "Stores(none)" })
    }
}

/// A store that is lent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LentStore {
    /// By which it is asked.
    pub name: String,
    /// What kind it is.
    pub kind: Capability,
    /// Whether nothing can be changed in it.
    pub read_only: bool,
}

/// Why a store did not do what it was asked, as a guest may know it: each a sentence. What is denied, invalid or too large is not
/// done at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// No store of this name and kind is lent, or none to be written to.
    Denied(String),
    /// No store can do this.
    Invalid(String),
    /// There is no room for it, or it is more than is told at a time.
    TooLarge(String),
    /// The store has too much to do, took too long or is not there.
    Unavailable(String),
    /// The host could not read or write it.
    Io(String),
}

/// What a guest asks of a store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Operation {
    /// Of one of vectors.
    VectorStore(vector_store::Operation),
    /// Of one of values.
    KeyValueStore(key_value_store::Operation),
    /// Of one of files.
    ObjectStore(object_store::Operation),
    /// Of one of messages.
    Queue(queue::Operation),
    /// Of one of tables.
    Sql(sql::Operation),
}

/// What a guest is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// By one of vectors.
    VectorStore(vector_store::Answer),
    /// By one of values.
    KeyValueStore(key_value_store::Answer),
    /// By one of files.
    ObjectStore(object_store::Answer),
    /// By one of messages.
    Queue(queue::Answer),
    /// By one of tables.
    Sql(sql::Answer),
}

/// An operation of one kind of stores.
pub trait Lendable: Operate + Into<Operation> {
    /// What such a store answers; none when it is another's.
    fn answer(answer: Answer) -> Option<Self::Answer>;
}

macro_rules! lendable {
    ($($module:ident $kind:ident),+) => {
        $(
            impl From<$module::Operation> for Operation {
                fn from(operation: $module::Operation) -> Self {
                    Self::$kind(operation)
                }
            }

            impl From<$module::Answer> for Answer {
                fn from(answer: $module::Answer) -> Self {
                    Self::$kind(answer)
                }
            }

            impl Lendable for $module::Operation {
                fn answer(answer: Answer) -> Option<$module::Answer> {
                    if let Answer::$kind(answer) = answer { Some(answer) } else { None }
                }
            }
        )+

        impl Operation {
            /// Which kind of stores does it.
            #[must_use]
            pub fn kind(&self) -> Capability {
                match self {
                    $(Self::$kind(_) => Capability::$kind,)+
                }
            }

            /// What it is called, for example `get`.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$kind(operation) => operation.name(),)+
                }
            }

            /// Whether it changes what is kept.
            #[must_use]
            pub fn changes(&self) -> bool {
                match self {
                    $(Self::$kind(operation) => operation.changes(),)+
                }
            }
        }

        impl Answer {
            /// Bytes of what was read.
            #[must_use]
            pub fn size_in_bytes(&self) -> u64 {
                match self {
                    $(Self::$kind(answer) => answer.size_in_bytes(),)+
                }
            }
        }
    };
}

lendable!(
    vector_store VectorStore,
    key_value_store KeyValueStore,
    object_store ObjectStore,
    queue Queue,
    sql Sql
);

impl Operation {
    /// Whether a guest may ask for it. What becomes of messages that nobody could deal with is for who looks after the queue.
    #[must_use]
    pub fn is_lent(&self) -> bool {
        !matches!(
            self,
            Self::Queue(queue::Operation::DeadLetters { .. } | queue::Operation::Redrive | queue::Operation::Purge)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_something_is_known() {
        let ask = |operation: Operation| (operation.kind(), operation.name(), operation.changes());
        assert_eq!(ask(queue::Operation::Count.into()), (Capability::Queue, "count", false));
        let taken = queue::Operation::Receive { limit: 1, lease_ms: 1 };
        assert_eq!(ask(taken.into()), (Capability::Queue, "receive", true));
        let read = key_value_store::Request::get(["a"]).operation;
        assert_eq!(ask(read.into()), (Capability::KeyValueStore, "get", false));
        let increment = key_value_store::Operation::Increment { key: "a".to_owned(), by: 0, ttl_ms: None };
        assert_eq!(ask(increment.into()), (Capability::KeyValueStore, "increment", true));
        assert!(!ask(sql::Request::query("select 1").operation.into()).2);
        assert!(ask(sql::Request::execute([]).operation.into()).2);
    }

    #[test]
    fn what_an_operator_does_is_not_lent() {
        assert!(Operation::from(queue::Operation::Count).is_lent());
        assert!(!Operation::from(queue::Operation::Purge).is_lent());
        assert!(!Operation::from(queue::Operation::Redrive).is_lent());
    }
}
