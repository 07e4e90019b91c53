//! Who gets what an address names.

use palisade_core::{BoxFuture, Result};

/// Gets what an address names, for references such as `https://example.com/base.json`. This crate has no client: a host that grants
/// addresses lends its way out.
pub trait Fetch: Send + Sync {
    /// The bytes behind an address, of which there are no more than this.
    ///
    /// # Errors
    ///
    /// Why there are none: an address that was not granted, an answer that is no success, too much of it.
    fn fetch<'a>(&'a self, url: &'a str, max_bytes: usize) -> BoxFuture<'a, Result<Vec<u8>>>;
}
