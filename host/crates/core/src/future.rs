//! Futures behind a trait.

use std::{future::Future, pin::Pin};

/// A future on the heap, so that [`Provider`](crate::Provider) can be a trait object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
