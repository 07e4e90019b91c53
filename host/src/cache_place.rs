//! Where compiled code is kept.

use std::{env, path::PathBuf};

use etcetera::BaseStrategy as _;
use palisade_core::{Error, ErrorKind, Result};
use palisade_sandbox::Cache;

/// The variable that names the folder of the cache.
const VARIABLE: &str = "PALISADE_CACHE";

/// Where compiled code is kept, so that the next start does not compile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CachePlace {
    /// The folder that the environment variable `PALISADE_CACHE` names, else `palisade` in this user's folder for
    /// caches. Where there is none that can be used, nothing is kept, and a warning says so.
    User {
        /// Most bytes that are kept there.
        max_bytes: u64,
    },
    /// This folder. At most so many bytes are kept there.
    Folder {
        /// The folder, which is made when there is none.
        path: PathBuf,
        /// Most bytes that are kept there; [`Cache::DEFAULT_BYTES`] is a good choice.
        max_bytes: u64,
    },
    /// Nowhere: every start compiles.
    Nowhere,
}

impl Default for CachePlace {
    fn default() -> Self {
        Self::User { max_bytes: Cache::DEFAULT_BYTES }
    }
}

impl CachePlace {
    /// Opens the cache; none when nothing is kept.
    ///
    /// # Errors
    ///
    /// `io` when the folder cannot be used that was named.
    pub fn open(&self) -> Result<Option<Cache>> {
        match self {
            Self::Nowhere => Ok(None),
            Self::Folder { path, max_bytes } => Cache::open(path, *max_bytes).map(Some),
            Self::User { max_bytes } => {
                let opened = user(*max_bytes);
                Ok(opened.inspect_err(|error| tracing::warn!(%error, "compiled code is not kept")).ok())
            }
        }
    }

    /// The same for who wants to see it, and not to do without.
    ///
    /// # Errors
    ///
    /// `io` when there is no folder that can be used.
    pub fn require(&self) -> Result<Cache> {
        match self {
            Self::User { max_bytes } => user(*max_bytes),
            place => place.open()?.ok_or_else(|| Error::new(ErrorKind::Io, "compiled code is kept nowhere")),
        }
    }
}

fn user(max_bytes: u64) -> Result<Cache> {
    let folder = match env::var_os(VARIABLE) {
        Some(folder) => PathBuf::from(folder),
        None => etcetera::choose_base_strategy()
            .map_err(|error| Error::new(ErrorKind::Io, "this user has no folder for caches").with_source(error))?
            .cache_dir()
            .join("palisade"),
    };
    Cache::open(folder, max_bytes)
}
