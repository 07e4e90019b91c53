//! Events as lines of JSON in a file, for who looks later.
//!
//! ```text
//! Events ─► task ─► events.jsonl ─► when it is full: events.jsonl.1, and a new one
//! ```

use std::{
    io,
    path::{Path, PathBuf},
};

use futures_util::FutureExt as _;
use palisade_core::{Error, ErrorKind, Result};
use tokio::{
    fs::{File, OpenOptions},
    io::AsyncWriteExt as _,
    sync::oneshot,
    task::JoinHandle,
};

use crate::{
    event_bus::Events,
    events::{EventRecord, HostEvent},
};

/// Where events are written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventLogPlace {
    /// The file. The one before it has `.1` at its end.
    pub path: PathBuf,
    /// Bytes after which a new file is begun; 16 MiB by default.
    pub max_bytes: u64,
    /// Whether `route.decided` is written too, of which there is one for each request.
    pub decisions: bool,
}

impl EventLogPlace {
    /// Size after which a new file is begun, unless another is asked for.
    pub const DEFAULT_BYTES: u64 = 16 << 20;

    /// This file, of the usual size.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), max_bytes: Self::DEFAULT_BYTES, decisions: false }
    }
}

/// The task that writes.
#[derive(Debug)]
pub(crate) struct EventLog {
    end: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl EventLog {
    /// Opens the file, and writes what happens from now on.
    pub(crate) async fn start(place: EventLogPlace, events: Events) -> Result<Self> {
        let failed = |error| {
            Error::new(ErrorKind::Io, format!("cannot write events to `{}`", place.path.display())).with_source(error)
        };
        let file = open(&place.path).await.map_err(failed)?;
        let (end, ended) = oneshot::channel();
        let writer = Writer { place, file };
        Ok(Self { end, task: tokio::spawn(writer.run(events, ended)) })
    }

    /// Writes what has happened so far, and ends.
    pub(crate) async fn end(self) {
        // It ends by itself only when it cannot write.
        let _gone = self.end.send(());
        let _panicked = self.task.await;
    }
}

struct Writer {
    place: EventLogPlace,
    file: File,
}

impl Writer {
    async fn run(mut self, mut events: Events, mut ended: oneshot::Receiver<()>) {
        loop {
            let record = tokio::select! {
                biased;
                record = events.next() => record,
                _ended = &mut ended => None,
            };
            let goes_on = record.is_some();
            // What has come meanwhile is written together.
            let more = std::iter::from_fn(|| events.next().now_or_never().flatten());
            let lines: Vec<_> = record.into_iter().chain(more).filter_map(|record| self.line(&record)).collect();
            if let Err(error) = self.write(&lines).await {
                tracing::warn!(%error, path = %self.place.path.display(), "events can no longer be written");
                return;
            }
            if !goes_on {
                return;
            }
        }
    }

    fn line(&self, record: &EventRecord) -> Option<Vec<u8>> {
        let is_wanted = self.place.decisions || !matches!(record.event, HostEvent::RouteDecided { .. });
        let mut line = serde_json::to_vec(record).ok().filter(|_| is_wanted)?;
        line.push(b'\n');
        Some(line)
    }

    /// Writes lines, as many at one time as there is room for.
    async fn write(&mut self, lines: &[Vec<u8>]) -> io::Result<()> {
        let mut rest = lines;
        while !rest.is_empty() {
            let written = self.file.metadata().await?.len();
            let room = self.place.max_bytes.saturating_sub(written);
            let mut together = Vec::new();
            while let Some((line, after)) = rest.split_first()
                && ((together.len() + line.len()) as u64 <= room || (written == 0 && together.is_empty()))
            {
                together.extend_from_slice(line);
                rest = after;
            }
            if together.is_empty() {
                self.begin_anew(written).await?;
            } else {
                self.file.write_all(&together).await?;
                self.file.flush().await?;
            }
        }
        Ok(())
    }

    async fn begin_anew(&mut self, written: u64) -> io::Result<()> {
        // Another host may write to the same file, and may have begun a new one already.
        if tokio::fs::metadata(&self.place.path).await.is_ok_and(|there| there.len() >= written) {
            let mut before = self.place.path.clone().into_os_string();
            before.push(".1");
            tokio::fs::rename(&self.place.path, before).await?;
        }
        self.file = open(&self.place.path).await?;
        Ok(())
    }
}

/// A new file is for this user alone: messages of providers may hold what their callers said. One that is there is left as it is.
async fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    options.mode(0o600);
    options.append(true).create(true).open(path).await
}
