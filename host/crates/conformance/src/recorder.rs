//! What upstreams answer, written down.

use std::{
    collections::BTreeMap,
    fmt, fs,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use palisade_core::{
    BoxFuture, Error, ErrorKind, Result,
    http::{self, Body, Client, Header, Outlet, Request, Response},
};

use crate::exchange::{Answered, Asked, Exchange, Key, Piece, VERSION};

/// Most bytes of an answer that is kept.
const MAX_ANSWER: usize = 16 << 20;
/// Most bytes of all answers that are kept.
const MAX_BYTES: usize = 64 << 20;
/// Pieces of an answer that are kept apart; later ones are put together.
const MAX_PIECES: usize = 4096;
/// Different answers to one request that are kept; the last one is given again.
const MAX_ANSWERS: usize = 32;
/// Most files that are written.
const MAX_FILES: usize = 4000;
/// Headers of an answer that say what it is. Others name an account, a request or a time.
const HEADERS: [&str; 7] =
    ["content-type", "content-disposition", "finish-reason", "link", "location", "retry-after", "seed"];

/// Writes down what is asked of upstreams and what they answer. Clones write to the same folder.
///
/// What it sees is what a guest sees: no credential, and no secret that its host has taken out of an answer.
#[derive(Debug, Clone)]
pub struct Recorder(Arc<Shared>);

struct Shared {
    open: Box<dyn Fn() -> Outlet + Send + Sync>,
    folder: PathBuf,
    next: AtomicU64,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    heard: Vec<Heard>,
    bytes: usize,
    left_out: u32,
}

/// An exchange, with its place among the others.
#[derive(Debug)]
struct Heard {
    number: u64,
    key: Key,
    asked: Asked,
    answered: Answered,
}

/// What was written down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recorded {
    /// Files that were written.
    pub files: usize,
    /// Answers that were too large, or too many of one request, and are in no file.
    pub left_out: u32,
}

impl Recorder {
    /// Records into a folder, which is made where it is not there, what comes by ways that `open` gives: one for each call.
    ///
    /// # Errors
    ///
    /// `io` when the folder cannot be made or read; `config` when there are recordings in it.
    pub fn new(folder: &Path, open: impl Fn() -> Outlet + Send + Sync + 'static) -> Result<Self> {
        let failed = |error| Error::new(ErrorKind::Io, format!("cannot use `{}`", folder.display())).with_source(error);
        fs::create_dir_all(folder).map_err(failed)?;
        for entry in fs::read_dir(folder).map_err(failed)? {
            if entry.map_err(failed)?.path().extension().is_some_and(|extension| extension == "json") {
                let message = format!("`{}` has recordings: name an empty folder", folder.display());
                return Err(Error::new(ErrorKind::Config, message));
            }
        }
        let (open, folder) = (Box::new(open), folder.to_owned());
        Ok(Self(Arc::new(Shared { open, folder, next: AtomicU64::default(), kept: Mutex::default() })))
    }

    /// Writes what was heard so far, a file for each exchange. Waits for the disk.
    ///
    /// # Errors
    ///
    /// `io` when a file cannot be written.
    pub fn save(&self) -> Result<Recorded> {
        let Kept { heard, left_out, .. } = std::mem::take(&mut *self.0.kept());
        let (exchanges, more) = summed_up(heard);
        for (index, exchange) in exchanges.iter().enumerate() {
            let path = self.0.folder.join(file_name(index + 1, &exchange.request));
            let failed = |what: &dyn fmt::Display| {
                Error::new(ErrorKind::Io, format!("cannot write `{}`: {what}", path.display()))
            };
            let text = serde_json::to_string_pretty(exchange).map_err(|error| failed(&error))?;
            fs::write(&path, text + "\n").map_err(|error| failed(&error))?;
        }
        Ok(Recorded { files: exchanges.len(), left_out: left_out.saturating_add(more) })
    }

    /// A way out of a call, of which all is written down.
    pub(crate) fn outlet(&self) -> Outlet {
        Outlet::new(Listener { behind: (self.0.open)(), shared: Arc::clone(&self.0) })
    }
}

impl Shared {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Recorder").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// The exchanges in their order, those alike in one, and how many are left out.
fn summed_up(mut heard: Vec<Heard>) -> (Vec<Exchange>, u32) {
    heard.sort_by_key(|heard| heard.number);
    let (mut exchanges, mut left_out) = (Vec::<Exchange>::new(), 0_u32);
    // How many answers there are to a request, and where the last one is.
    let mut known = BTreeMap::<Key, (usize, usize)>::new();
    for Heard { number: _, key, asked, answered } in heard {
        let (count, last) = known.get(&key).copied().unwrap_or((0, usize::MAX));
        let is_full = count >= MAX_ANSWERS || exchanges.len() >= MAX_FILES;
        match exchanges.get_mut(last) {
            Some(last) if is_alike(&last.response, &answered) => last.times = last.times.saturating_add(1),
            _ if is_full => left_out = left_out.saturating_add(1),
            _ => {
                known.insert(key, (count + 1, exchanges.len()));
                exchanges.push(Exchange { version: VERSION, request: asked, response: answered, times: 1 });
            }
        }
    }
    (exchanges, left_out)
}

/// Whether two answers are the same, however they were cut into pieces.
fn is_alike(one: &Answered, other: &Answered) -> bool {
    let whole = |answer: &Answered| {
        let pieces: Result<Vec<_>, _> = answer.body.iter().map(Piece::bytes).collect();
        pieces.map(|pieces| pieces.concat())
    };
    let plain = |answer: &Answered| (answer.status, answer.headers.clone(), answer.breaks_off);
    plain(one) == plain(other) && whole(one) == whole(other)
}

/// A name that tells the order, and what was asked.
fn file_name(number: usize, asked: &Asked) -> String {
    let after_host = asked.url.splitn(4, '/').nth(3).unwrap_or_default();
    let path = after_host.split(['?', '#']).next().unwrap_or_default();
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
    let path: String = path.chars().take(60).map(plain).collect();
    format!("{number:04}-{}-{}.json", asked.method.to_ascii_lowercase(), path.trim_matches('-'))
}

/// A client whose answers are written down.
struct Listener {
    behind: Outlet,
    shared: Arc<Shared>,
}

impl Client for Listener {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, http::Error>> {
        Box::pin(async move {
            let Some(client) = self.behind.client() else {
                return Err(http::Error::Denied("nothing is granted to the provider".to_owned()));
            };
            let (key, asked) = (Key::of(&request), Asked::of(&request));
            let number = self.shared.next.fetch_add(1, Ordering::Relaxed);
            let Response { status, headers, body } = client.send(request).await?;
            let says = |header: &&Header| HEADERS.contains(&header.name.as_str());
            let kept: Vec<_> = headers.iter().filter(says).cloned().collect();
            let streams = kept.iter().any(|header| header.name == "content-type" && is_stream(&header.value));
            let shared = Arc::clone(&self.shared);
            let head = Some((key, asked, status, kept));
            let tape = Tape { shared, number, head, pieces: Vec::new(), bytes: 0, streams, breaks_off: false };
            Ok(Response { status, headers, body: Box::new(Overheard { body, tape }) })
        })
    }

    fn has_credential(&self, name: &str) -> Option<bool> {
        self.behind.client()?.has_credential(name)
    }

    fn credentials(&self) -> Vec<(String, bool)> {
        self.behind.client().map(Client::credentials).unwrap_or_default()
    }
}

/// Whether the pieces of a body mean something.
fn is_stream(media_type: &str) -> bool {
    ["event-stream", "ndjson", "jsonl", "json-seq"].iter().any(|kind| media_type.contains(kind))
}

/// What was heard of an answer. It is kept when nobody reads any more.
struct Tape {
    shared: Arc<Shared>,
    number: u64,
    head: Option<(Key, Asked, u16, Vec<Header>)>,
    pieces: Vec<Vec<u8>>,
    bytes: usize,
    streams: bool,
    breaks_off: bool,
}

impl Tape {
    fn hear(&mut self, piece: &[u8]) {
        self.bytes = self.bytes.saturating_add(piece.len());
        if self.bytes > MAX_ANSWER {
            self.pieces.clear();
            return;
        }
        let apart = self.pieces.is_empty() || self.streams && self.pieces.len() < MAX_PIECES;
        match self.pieces.last_mut().filter(|_| !apart) {
            Some(last) => last.extend_from_slice(piece),
            None => self.pieces.push(piece.to_vec()),
        }
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        let Some((key, asked, status, headers)) = self.head.take() else { return };
        let mut kept = self.shared.kept();
        if self.bytes > MAX_ANSWER || kept.bytes.saturating_add(self.bytes) > MAX_BYTES {
            kept.left_out = kept.left_out.saturating_add(1);
            return;
        }
        kept.bytes += self.bytes;
        let body = self.pieces.iter().map(|piece| Piece::of(piece)).collect();
        let answered = Answered { status, headers, body, breaks_off: self.breaks_off };
        kept.heard.push(Heard { number: self.number, key, asked, answered });
    }
}

/// A body that somebody writes down.
struct Overheard {
    body: Box<dyn Body>,
    tape: Tape,
}

impl Body for Overheard {
    fn read(&mut self, max: usize) -> BoxFuture<'_, Result<Bytes, http::Error>> {
        Box::pin(async move {
            let piece = self.body.read(max).await;
            match &piece {
                Ok(piece) if piece.is_empty() => {}
                Ok(piece) => self.tape.hear(piece),
                Err(_) => self.tape.breaks_off = true,
            }
            piece
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(number: u64, url: &str, pieces: &[&str]) -> Heard {
        let asked = Asked { method: "GET".to_owned(), url: url.to_owned(), headers: Vec::new(), body: None };
        let body = pieces.iter().map(|piece| Piece::of(piece.as_bytes())).collect();
        let answered = Answered { status: 200, headers: Vec::new(), body, breaks_off: false };
        Heard { number, key: asked.key().unwrap(), asked, answered }
    }

    #[test]
    fn answers_that_are_alike_are_one_file_and_the_order_stays() {
        let all = [
            heard(4, "a", &["two"]),
            heard(1, "a", &["on", "e"]),
            heard(2, "b", &["one"]),
            heard(3, "a", &["o", "ne"]),
            heard(5, "a", &["one"]),
        ];
        let (exchanges, left_out) = summed_up(all.into());
        let told = exchanges.iter().map(|exchange| (exchange.request.url.as_str(), exchange.times));
        assert_eq!(told.collect::<Vec<_>>(), [("a", 2), ("b", 1), ("a", 1), ("a", 1)]);
        assert_eq!(left_out, 0);
        let many = (0..100).map(|number| heard(number, "a", &[&number.to_string()])).collect();
        let (exchanges, left_out) = summed_up(many);
        assert_eq!((exchanges.len(), left_out), (MAX_ANSWERS, 68));
    }

    #[test]
    fn a_file_is_called_after_what_was_asked() {
        let asked = heard(1, "https://a.example:8081/v1/chat.Completions/?q=x/y", &[]).asked;
        assert_eq!(file_name(7, &asked), "0007-get-v1-chat-completions.json");
        assert_eq!(file_name(7, &heard(1, "https://a.example", &[]).asked), "0007-get-.json");
    }

    #[test]
    fn a_folder_with_recordings_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Recorder::new(&folder.path().join("new"), Outlet::default).is_ok());
        fs::write(folder.path().join("1.json"), "{}").unwrap();
        let error = Recorder::new(folder.path(), Outlet::default).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
    }
}
