//! The host of the process, for whoever wants one that need not be handed about.

use std::path::{Path, PathBuf};

use palisade_core::{Error, ErrorKind, Result};
use tokio::sync::OnceCell;

use crate::host::Host;

/// What names the configuration.
const VARIABLE: &str = "PALISADE_CONFIG";
/// The configuration where nothing names one.
const FILE: &str = "palisade.toml";

static HOST: OnceCell<Host> = OnceCell::const_new();

/// The host of this process. The first time it is opened: with the configuration that the environment variable `PALISADE_CONFIG` names, else
/// with `palisade.toml` of the current folder, else without any provider. Its tasks run on the runtime of whoever is first.
///
/// Convenient in a program that has one host; a library had better be given one.
///
/// # Errors
///
/// As [`Host::open`]; the next one who asks tries again.
pub async fn host() -> Result<Host> {
    let open = async || match configuration() {
        Some(path) => Host::open(path).await,
        None => Host::builder().build().await,
    };
    HOST.get_or_try_init(open).await.cloned()
}

/// Makes this the host of the process.
///
/// # Errors
///
/// `already-exists` when there is one already.
pub fn set_host(host: Host) -> Result<()> {
    let taken =
        |_| Error::new(ErrorKind::AlreadyExists, "this process has a host already: set it before anybody asks for it");
    HOST.set(host).map_err(taken)
}

fn configuration() -> Option<PathBuf> {
    let named = std::env::var_os(VARIABLE).filter(|named| !named.is_empty()).map(PathBuf::from);
    named.or_else(|| Path::new(FILE).is_file().then(|| PathBuf::from(FILE)))
}
