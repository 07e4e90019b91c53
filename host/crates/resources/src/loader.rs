//! Reads values from files and addresses, with whatever they refer to.
//!
//! ```text
//! file ─► format ─► value ─► references to files and addresses ─► read as well, until there are none left ─► Loaded
//! ```
//!
//! What can be read is bounded and fenced in: a file that another one names is below the folder of that, an address is read by
//! a [`Fetch`] that somebody has granted, and what stands at an address names nothing of this machine.

use std::{
    collections::BTreeMap,
    fmt, fs,
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use palisade_core::{Error, ErrorKind, Result, text::escape};
use serde_json::Value;

use crate::{
    bounds::Bounds,
    document::{Base, Document, Documents, Loaded, Reason, Targets, folder_of},
    fetch::Fetch,
    format::{Format, Formats},
};

/// Reads values from files and addresses. By default files only, and those below the folder of the file that names them.
///
/// Its functions are called inside of a Tokio runtime.
#[derive(Clone, Default)]
pub struct Loader {
    formats: Formats,
    bounds: Bounds,
    fetch: Option<Arc<dyn Fetch>>,
    allows_any_file: bool,
}

impl Loader {
    /// Bounds of what is read.
    #[must_use]
    pub fn bounds(mut self, bounds: Bounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// Reads one more language.
    #[must_use]
    pub fn format(mut self, format: impl Format + 'static) -> Self {
        self.formats.add(Arc::new(format));
        self
    }

    /// Reads addresses by this. Without it, none is read.
    #[must_use]
    pub fn fetch(mut self, fetch: impl Fetch + 'static) -> Self {
        self.fetch = Some(Arc::new(fetch));
        self
    }

    /// Lets files name any file that can be read, by its full path or through `..`.
    #[must_use]
    pub fn any_file(mut self) -> Self {
        self.allows_any_file = true;
        self
    }

    /// Reads a file, and whatever it refers to. What cannot be read of that is told when the reference is followed.
    ///
    /// # Errors
    ///
    /// `io` when the file cannot be read; `config` when it is wrong or too large.
    pub async fn read(&self, path: &Path) -> Result<Loaded> {
        let path = path.to_owned();
        let (shown, loader) = (path.display().to_string(), self.clone());
        let read = blocking(move || {
            let canonical = fs::canonicalize(&path).map_err(|error| unreadable(&path, &error))?;
            loader.file(&canonical)
        });
        let document = read.await?.map_err(|(kind, reason)| {
            let what = if kind == ErrorKind::Io { reason } else { format!("`{shown}` is wrong: {reason}") };
            Error::new(kind, what)
        })?;
        self.gather(Arc::clone(&document.value), document.base.clone()).await
    }

    /// Reads whatever a value refers to that stands there.
    ///
    /// # Errors
    ///
    /// `internal` when this machine cannot; what cannot be read is told when the reference is followed.
    pub async fn gather(&self, value: Arc<Value>, base: Base) -> Result<Loaded> {
        let mut documents = Documents::default();
        let mut read: BTreeMap<String, Arc<Document>> = BTreeMap::new();
        let mut waiting: Vec<(Base, String)> =
            Targets::of(&value).documents.into_iter().map(|target| (base.clone(), target)).collect();
        while let Some((base, target)) = waiting.pop() {
            let key = (base, target);
            if documents.0.contains_key(&key) {
                continue;
            }
            let found = if read.len() < self.bounds.files {
                self.document(&key.0, &key.1, &mut read).await?
            } else {
                let reason = format!("more than {} files and addresses are referred to", self.bounds.files);
                Err((ErrorKind::Config, reason))
            };
            if let Ok(document) = &found {
                let targets = Targets::of(&document.value).documents;
                waiting.extend(targets.into_iter().map(|target| (document.base.clone(), target)));
            }
            documents.0.insert(key, found);
        }
        Ok(Loaded { value, base, documents: Arc::new(documents) })
    }

    async fn document(
        &self,
        base: &Base,
        target: &str,
        read: &mut BTreeMap<String, Arc<Document>>,
    ) -> Result<Result<Arc<Document>, Reason>> {
        let found = match target.strip_prefix("file:") {
            Some(path) => {
                let (loader, base, path) = (self.clone(), base.clone(), PathBuf::from(path));
                let place = blocking(move || loader.place(&base, &path)).await?;
                match place {
                    Ok(path) => {
                        let known = read.get(&path.display().to_string()).cloned();
                        let loader = self.clone();
                        match known {
                            Some(known) => Ok(known),
                            None => blocking(move || loader.file(&path)).await?.map(Arc::new),
                        }
                    }
                    Err(reason) => Err(reason),
                }
            }
            None => match read.get(target).cloned() {
                Some(known) => Ok(known),
                None => self.address(target).await.map(Arc::new),
            },
        };
        if let Ok(document) = &found {
            read.insert(document.label.clone(), Arc::clone(document));
        }
        Ok(found)
    }

    /// Where a file is that stands in a reference.
    fn place(&self, base: &Base, path: &Path) -> Result<PathBuf, Reason> {
        let refused =
            |reason: &str| Err((ErrorKind::Config, format!("`{}` {reason}", escape(&path.to_string_lossy(), 200))));
        let folder = match base {
            Base::Address(_) => return refused("is a file of this machine, which nothing from an address may name"),
            Base::Nowhere if path.is_relative() => return refused("is relative to no file"),
            _ if path.is_absolute() && !self.allows_any_file => {
                return refused("is a full path, and files are named below the folder of the file that names them");
            }
            Base::Nowhere => PathBuf::new(),
            Base::Folder(folder) => folder.clone(),
        };
        let place = folder.join(path);
        let canonical = fs::canonicalize(&place).map_err(|error| unreadable(&place, &error))?;
        let folder = fs::canonicalize(&folder).unwrap_or(folder);
        if !self.allows_any_file && !canonical.starts_with(&folder) {
            return refused("is not below the folder of the file that names it");
        }
        Ok(canonical)
    }

    fn file(&self, path: &Path) -> Result<Document, Reason> {
        let io = |error: std::io::Error| unreadable(path, &error);
        // What is no file, such as a pipe, could keep the reader waiting.
        if !fs::metadata(path).map_err(io)?.is_file() {
            return Err((ErrorKind::Io, format!("`{}` is no file", path.display())));
        }
        let mut bytes = Vec::new();
        fs::File::open(path)
            .map_err(io)?
            .take(self.bounds.file_bytes as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(io)?;
        let label = path.display().to_string();
        let value = self.parse(&label, bytes)?;
        Ok(Document { value: Arc::new(value), base: Base::Folder(folder_of(path)), label })
    }

    async fn address(&self, url: &str) -> Result<Document, Reason> {
        let shown = escape(url, 200);
        let Some(fetch) = &self.fetch else {
            let reason = format!("`{shown}` is an address, and none was granted to resources");
            return Err((ErrorKind::Config, reason));
        };
        let bytes = fetch.fetch(url, self.bounds.file_bytes).await;
        let bytes = bytes.map_err(|error| (error.kind(), format!("`{shown}`: {}", error.message())))?;
        let end = url.split(['?', '#']).next().unwrap_or(url).rsplit('/').next().unwrap_or_default();
        // What does not say what it is is what most addresses give.
        let name = if end.contains('.') { end } else { "address.json" };
        let value =
            self.parse(name, bytes).map_err(|(kind, reason)| (kind, format!("`{shown}` is wrong: {reason}")))?;
        Ok(Document { value: Arc::new(value), base: Base::Address(url.to_owned()), label: url.to_owned() })
    }

    fn parse(&self, name: &str, bytes: Vec<u8>) -> Result<Value, Reason> {
        let wrong = |reason: String| (ErrorKind::Config, reason);
        if bytes.len() > self.bounds.file_bytes {
            return Err(wrong(format!("it has more than {} bytes", self.bounds.file_bytes)));
        }
        let text = String::from_utf8(bytes).map_err(|_| wrong("it is no text in UTF-8".to_owned()))?;
        self.formats.parse(name, &text, &self.bounds).map_err(wrong)
    }
}

impl fmt::Debug for Loader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { formats, bounds, fetch, allows_any_file } = self;
        let mut debug = formatter.debug_struct("Loader");
        debug.field("formats", formats).field("bounds", bounds).field("fetches", &fetch.is_some());
        debug.field("allows_any_file", allows_any_file).finish()
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Reason {
    (ErrorKind::Io, format!("`{}` cannot be read: {error}", escape(&path.to_string_lossy(), 300)))
}

/// Does what waits for a disk.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let failed = |error| Error::new(ErrorKind::Internal, "reading a file has failed").with_source(error);
    tokio::task::spawn_blocking(work).await.map_err(failed)
}

#[cfg(test)]
#[path = "loader_tests.rs"]
mod tests;
