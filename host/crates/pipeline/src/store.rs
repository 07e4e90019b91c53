//! What is kept on disk: results by what they were made from, and runs that have not ended.
//!
//! ```text
//! results/<hash of the request and of who may serve it>     what a step has made
//! runs/<hash of the pipeline and its inputs>                the id of a run that goes on where it was interrupted
//! ```
//!
//! Files are written under another name and renamed when they are whole. One that is damaged counts as none.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use palisade::{Digest, Error, ErrorKind, ModelId, PicoUsd, ProviderId, Request, Response, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

/// What the files of this version begin with.
const MAGIC: &[u8] = b"palisade-step-1\n";
/// Bytes of a hash.
const HASH: usize = 32;

/// The folder.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    results: PathBuf,
    runs: PathBuf,
}

/// What a step has made, and who.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) response: Response,
    pub(crate) provider: ProviderId,
    pub(crate) model: ModelId,
    pub(crate) cost: Option<PicoUsd>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RunRecord {
    version: u32,
    run: String,
}

/// The hash of something.
///
/// # Errors
///
/// `internal` when it cannot be written down.
pub(crate) fn hash(value: &impl Serialize) -> Result<String> {
    let bytes = serde_json::to_vec(value)
        .map_err(|error| Error::new(ErrorKind::Internal, "cannot write down a request").with_source(error))?;
    Ok(Digest::from_sha256(Sha256::digest(bytes).into()).to_hex())
}

impl Store {
    /// Opens the folder, which is made when there is none.
    ///
    /// # Errors
    ///
    /// `io` when it cannot be made.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let store = Self { results: folder.join("results"), runs: folder.join("runs") };
        for folder in [&store.results, &store.runs] {
            std::fs::create_dir_all(folder).map_err(|error| failed("make", folder, error))?;
        }
        Ok(store)
    }

    /// The id of the run of this hash that has not ended; a new one where there is none, or where it is to be forgotten.
    ///
    /// # Errors
    ///
    /// `io` when it cannot be written.
    pub(crate) fn begin(&self, hash: &str, is_fresh: bool) -> Result<String> {
        let path = self.runs.join(hash);
        if !is_fresh && let Some(run) = read_run(&path) {
            return Ok(run);
        }
        let record = RunRecord { version: 1, run: uuid::Uuid::new_v4().simple().to_string() };
        let json = serde_json::to_vec(&record)
            .map_err(|error| Error::new(ErrorKind::Internal, "cannot write down a run").with_source(error))?;
        write(&path, &[&json])?;
        Ok(record.run)
    }

    /// The run of this hash has ended.
    pub(crate) fn end(&self, hash: &str) {
        if let Err(error) = std::fs::remove_file(self.runs.join(hash)) {
            tracing::warn!(%error, "a run that has ended is not forgotten");
        }
    }

    /// What was kept for a request; none where nothing was, or where it is damaged.
    pub(crate) async fn read(&self, key: &str, request: &Request) -> Option<Kept> {
        let path = self.results.join(key);
        let read = tokio::task::spawn_blocking(move || read(&path)).await;
        let kept = read.ok().flatten()?;
        kept.response.validate(request).is_ok().then_some(kept)
    }

    /// Keeps what was made.
    ///
    /// # Errors
    ///
    /// `io` when it cannot be written.
    pub(crate) async fn write(&self, key: &str, kept: Kept) -> Result<()> {
        let path = self.results.join(key);
        let internal =
            |error: &dyn std::error::Error| Error::new(ErrorKind::Internal, format!("cannot keep a result: {error}"));
        let written = tokio::task::spawn_blocking(move || {
            let mut bytes = Vec::new();
            ciborium::into_writer(&kept, &mut bytes).map_err(|error| internal(&error))?;
            write(&path, &[MAGIC, &Sha256::digest(&bytes), &bytes])
        });
        written.await.map_err(|error| internal(&error))?
    }
}

fn read_run(path: &Path) -> Option<String> {
    let RunRecord { version, run } = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    (version == 1).then_some(run)
}

fn read(path: &Path) -> Option<Kept> {
    let bytes = std::fs::read(path).ok()?;
    let (hash, bytes) = bytes.strip_prefix(MAGIC)?.split_at_checked(HASH)?;
    if Sha256::digest(bytes).as_slice() != hash {
        return None;
    }
    ciborium::from_reader(bytes).ok()
}

fn write(path: &Path, parts: &[&[u8]]) -> Result<()> {
    let written = || {
        let mut file = NamedTempFile::new_in(path.parent().unwrap_or(Path::new("")))?;
        for part in parts {
            file.write_all(part)?;
        }
        // A crash must not leave a name without its bytes.
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    written().map_err(|error: std::io::Error| failed("write", path, error))
}

fn failed(what: &str, path: &Path, error: std::io::Error) -> Error {
    let path = palisade::text::escape(&path.display().to_string(), 1000);
    Error::new(ErrorKind::Io, format!("cannot {what} `{path}`")).with_source(error)
}

#[cfg(test)]
mod tests {
    use palisade::{Capability, chat};

    use super::*;

    fn kept(text: &str) -> Kept {
        let response = chat::Response::text(text).into();
        Kept { response, provider: "p".parse().unwrap(), model: "m".parse().unwrap(), cost: None }
    }

    fn text(kept: Option<Kept>) -> Option<String> {
        match kept?.response {
            Response::Chat(response) => Some(response.text),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn what_is_damaged_is_not_there_and_is_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let request = Request::typical(Capability::Chat);
        assert!(store.read("a", &request).await.is_none());
        store.write("a", kept("one")).await.unwrap();
        assert_eq!(text(store.read("a", &request).await).as_deref(), Some("one"));
        assert!(
            store.read("a", &Request::typical(Capability::Embedding)).await.is_none(),
            "it is of another capability"
        );
        let path = folder.path().join("results/a");
        let whole = std::fs::read(&path).unwrap();
        for damage in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[damage] ^= 1;
            std::fs::write(&path, &bytes).unwrap();
            assert!(store.read("a", &request).await.is_none(), "byte {damage}");
            std::fs::write(&path, &whole[..damage]).unwrap();
            assert!(store.read("a", &request).await.is_none(), "{damage} bytes");
        }
        store.write("a", kept("two")).await.unwrap();
        assert_eq!(text(store.read("a", &request).await).as_deref(), Some("two"));
        assert_eq!(std::fs::read_dir(folder.path().join("results")).unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn a_run_is_the_same_until_it_has_ended() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let first = store.begin("a", false).unwrap();
        assert_eq!(store.begin("a", false).unwrap(), first);
        assert_ne!(store.begin("b", false).unwrap(), first);
        let fresh = store.begin("a", true).unwrap();
        assert_ne!(fresh, first);
        store.end("a");
        assert_ne!(store.begin("a", false).unwrap(), fresh);
        std::fs::write(folder.path().join("runs/a"), "{").unwrap();
        store.begin("a", false).unwrap();
    }
}
