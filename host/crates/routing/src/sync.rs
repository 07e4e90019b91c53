//! The locks and numbers that threads share in a breaker and in what is measured: those of the standard library, or, in tests with
//! the feature `shuttle`, ones with which a test decides which thread goes on at each of them.

#[cfg(all(test, feature = "shuttle"))]
pub(crate) use shuttle::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64},
};
#[cfg(not(all(test, feature = "shuttle")))]
pub(crate) use std::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64},
};
