//! The bytes of objects, in files that are written once.

use std::{ops::Range, path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use object_store::{ObjectStore, ObjectStoreExt as _, local::LocalFileSystem, memory::InMemory};
use palisade_core::{Error, ErrorKind, Request, Result, object_store::Operation};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::{place::Place, store::other_kind};

/// How old a file is that nobody knows before it is removed: it may be that of another process, which has yet to note it.
const FORGOTTEN: Duration = Duration::from_secs(24 * 60 * 60);
/// Files that are removed at one time.
const AT_A_TIME: usize = 16;
/// The folder that they are in.
const FOLDER: &str = "files";

/// Where the bytes are.
pub(super) struct Files {
    store: Arc<dyn ObjectStore>,
    folder: Option<std::path::PathBuf>,
}

impl Files {
    pub(super) fn open(place: &Place) -> Result<Self> {
        let Place::Path(folder) = place else {
            return Ok(Self { store: Arc::new(InMemory::new()), folder: None });
        };
        let folder = folder.join(FOLDER);
        let unusable = |error: Box<dyn std::error::Error + Send + Sync>| {
            let message = format!("use the folder `{}`: check that it may be read and written", folder.display());
            Error::new(ErrorKind::Io, message).with_source(error)
        };
        std::fs::create_dir_all(&folder).map_err(|error| unusable(error.into()))?;
        let store = LocalFileSystem::new_with_prefix(&folder).map_err(|error| unusable(error.into()))?;
        Ok(Self { store: Arc::new(store.with_fsync(true)), folder: Some(folder) })
    }

    /// Writes a file through to the disk, and gives its name.
    pub(super) async fn write(&self, content: Bytes) -> Result<String> {
        let name = Uuid::new_v4().simple().to_string();
        self.store.put(&path(&name), content.into()).await.map_err(failed)?;
        Ok(name)
    }

    /// Some bytes of a file; none where there is no file.
    pub(super) async fn read(&self, name: &str, range: Range<u64>) -> Result<Option<Vec<u8>>> {
        if range.is_empty() {
            return match self.store.head(&path(name)).await {
                Ok(_) => Ok(Some(Vec::new())),
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(failed(error)),
            };
        }
        match self.store.get_range(&path(name), range).await {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// Removes files that nobody knows any more. One that stays is removed when the store is opened again.
    pub(super) async fn remove(&self, names: Vec<String>) {
        let remove = |name: String| async move {
            let _stays = self.store.delete(&path(&name)).await;
        };
        stream::iter(names).for_each_concurrent(AT_A_TIME, remove).await;
    }

    /// Removes what a process that was killed has left behind.
    pub(super) fn sweep(&self, is_known: impl Fn(&str) -> Result<bool>) -> Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let unreadable = |error| Error::new(ErrorKind::Io, "read the folder of the files").with_source(error);
        for shelf in std::fs::read_dir(folder).map_err(unreadable)? {
            let shelf = shelf.map_err(unreadable)?.path();
            if !shelf.is_dir() {
                continue;
            }
            for file in std::fs::read_dir(&shelf).map_err(unreadable)? {
                let file = file.map_err(unreadable)?.path();
                let name = || Some(format!("{}{}", shelf.file_name()?.to_str()?, file.file_name()?.to_str()?));
                if is_old(&file) && !name().map_or(Ok(false), |name| is_known(&name))? {
                    // Another process may have been faster.
                    let _gone = std::fs::remove_file(&file);
                }
            }
        }
        Ok(())
    }

    /// Writes a file, reads it and removes it.
    pub(super) async fn check(&self) -> Result<()> {
        let written = Bytes::from_static(b"checked");
        let name = self.write(written.clone()).await?;
        let read = self.read(&name, 0..written.len() as u64).await;
        self.remove(vec![name]).await;
        if read?.as_deref() == Some(&*written) {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Io, "read from a file what was just written to it"))
    }
}

/// The content of what is to be put, without a copy of it, and its media type.
pub(super) fn content(request: &Arc<Request>) -> Result<(Bytes, String)> {
    struct Content(Arc<Request>);

    impl AsRef<[u8]> for Content {
        fn as_ref(&self) -> &[u8] {
            match &*self.0 {
                Request::ObjectStore(asked) => match &asked.operation {
                    Operation::Put { content, .. } => &content.data,
                    _ => &[],
                },
                _ => &[],
            }
        }
    }

    match &**request {
        Request::ObjectStore(asked) => match &asked.operation {
            Operation::Put { content, .. } => {
                Ok((Bytes::from_owner(Content(Arc::clone(request))), content.media_type.clone()))
            }
            _ => Err(other_kind(request)),
        },
        _ => Err(other_kind(request)),
    }
}

/// The tag of a content: its SHA-256.
pub(super) fn tag(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A folder for each of the first two letters, since some disks are slow with many files in one.
fn path(name: &str) -> object_store::path::Path {
    let (first, rest) = name.split_at_checked(2).unwrap_or((name, "_"));
    object_store::path::Path::from_iter([first, rest])
}

fn is_old(file: &Path) -> bool {
    let modified = std::fs::metadata(file).and_then(|metadata| metadata.modified()).ok();
    modified.and_then(|modified| modified.elapsed().ok()).is_some_and(|age| age >= FORGOTTEN)
}

fn failed(error: object_store::Error) -> Error {
    Error::new(ErrorKind::Io, "read or write a file of the store").with_source(error)
}
