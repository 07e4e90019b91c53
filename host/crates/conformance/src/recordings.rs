//! Answers of upstreams that were recorded, given again.

use std::{
    collections::{BTreeMap, VecDeque},
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use palisade_core::{
    BoxFuture, Error, ErrorKind, Result,
    http::{self, Body, Client, Header, Outlet, Request, Response},
    text::escape,
};

use crate::exchange::{Exchange, Key, VERSION};

/// Most files of a folder.
const MAX_FILES: usize = 4096;
/// Most bytes of them together.
const MAX_BYTES: u64 = 256 << 20;
/// Requests without a recording that are told; the rest is counted.
const MAX_TOLD: usize = 16;
/// Bytes of the body of one that are told.
const SHOWN: usize = 160;

/// Answers of upstreams, in the order of the names of their files. Clones give from the same ones.
#[derive(Debug, Clone)]
pub struct Recordings(Arc<Mutex<Shelf>>);

#[derive(Debug, Default)]
struct Shelf {
    answers: BTreeMap<Key, Answers>,
    /// Requests without a recording, in the order in which they were made.
    missing: Vec<(Key, String)>,
    given: u32,
}

/// All answers to one request.
#[derive(Debug, Default)]
struct Answers {
    recorded: Vec<(Arc<Recorded>, u32)>,
    given: u32,
}

#[derive(Debug)]
struct Recorded {
    status: u16,
    headers: Vec<Header>,
    body: Vec<Bytes>,
    breaks_off: bool,
}

impl Recordings {
    /// Reads every `*.json` of a folder. Waits for the disk.
    ///
    /// # Errors
    ///
    /// `io` when the folder or a file cannot be read; `config`, with the path, for a file that is no exchange, or more than
    /// 4096 files or 256 MiB, and for a folder without any.
    pub fn read(folder: &Path) -> Result<Self> {
        let mut shelf = Shelf::default();
        let mut room = MAX_BYTES;
        for path in files(folder)? {
            let wrong = |what: String| Error::new(ErrorKind::Config, format!("`{}`: {what}", path.display()));
            let length = fs::metadata(&path).map_err(|error| unreadable(&path, error))?.len();
            room =
                room.checked_sub(length).ok_or_else(|| wrong(format!("more than {MAX_BYTES} bytes of recordings")))?;
            let text = fs::read(&path).map_err(|error| unreadable(&path, error))?;
            let exchange: Exchange = serde_json::from_slice(&text)
                .map_err(|error| wrong("this is no recorded exchange".to_owned()).with_source(error))?;
            shelf.add(exchange).map_err(wrong)?;
        }
        Ok(Self(Arc::new(Mutex::new(shelf))))
    }

    /// A way out that leads to them, for who asks for these credentials.
    pub(crate) fn outlet(&self, credentials: &[String]) -> Outlet {
        Outlet::new(Replay { recordings: self.clone(), credentials: credentials.to_vec() })
    }

    /// How many answers were given, and what was asked that is not recorded: so many of them, and how many more there are.
    pub(crate) fn used(&self) -> (u32, Vec<String>, usize) {
        let shelf = self.shelf();
        let told: Vec<_> = shelf.missing.iter().take(MAX_TOLD).map(|(_, asked)| asked.clone()).collect();
        let more = shelf.missing.len() - told.len();
        (shelf.given, told, more)
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelf {
    fn add(&mut self, exchange: Exchange) -> Result<(), String> {
        let Exchange { version, request, response, times } = exchange;
        if version != VERSION {
            return Err(format!("it has version {version}, and this is read: {VERSION}"));
        }
        if !(100..600).contains(&response.status) {
            return Err(format!("{} is no status", response.status));
        }
        if times == 0 {
            return Err("`times` begins at 1".to_owned());
        }
        let body = response.body.iter().map(|piece| piece.bytes()).collect::<Result<Vec<_>, _>>()?;
        let recorded =
            Recorded { status: response.status, headers: response.headers, body, breaks_off: response.breaks_off };
        self.answers.entry(request.key()?).or_default().recorded.push((Arc::new(recorded), times));
        Ok(())
    }

    fn answer(&mut self, request: &Request) -> Option<Arc<Recorded>> {
        let key = Key::of(request);
        let Some(answer) = self.answers.get_mut(&key).and_then(Answers::next) else {
            if !self.missing.iter().any(|(known, _)| *known == key) {
                self.missing.push((key, asked(request)));
            }
            return None;
        };
        self.given = self.given.saturating_add(1);
        Some(answer)
    }
}

impl Answers {
    /// The next one, or the last one again.
    fn next(&mut self) -> Option<Arc<Recorded>> {
        let mut until = 0_u32;
        let due = self.recorded.iter().find(|(_, times)| {
            until = until.saturating_add(*times);
            self.given < until
        });
        self.given = self.given.saturating_add(1);
        due.or(self.recorded.last()).map(|(recorded, _)| Arc::clone(recorded))
    }
}

/// A request in a line.
fn asked(request: &Request) -> String {
    let Request { method, url, body, .. } = request;
    let line = format!("{method} {}", escape(url, 300));
    if body.is_empty() {
        return line;
    }
    let body = String::from_utf8_lossy(body.get(..body.len().min(4 * SHOWN)).unwrap_or_default()).into_owned();
    format!("{line} with `{}`", escape(&body, SHOWN))
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    let wrong = |what: &str| Err(Error::new(ErrorKind::Config, format!("`{}`: {what}", folder.display())));
    match files.len() {
        0 => return wrong("there is no recording, which is a file `*.json`"),
        count if count > MAX_FILES => return wrong(&format!("there are more than {MAX_FILES} recordings")),
        _ => files.sort(),
    }
    Ok(files)
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("cannot read `{}`", path.display())).with_source(error)
}

/// A client that has nothing but recordings.
struct Replay {
    recordings: Recordings,
    credentials: Vec<String>,
}

impl Client for Replay {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, http::Error>> {
        let answer = self.recordings.shelf().answer(&request);
        Box::pin(async move {
            let recorded = answer.ok_or_else(|| http::Error::Connect("nothing is recorded for this".to_owned()))?;
            let (status, headers) = (recorded.status, recorded.headers.clone());
            let pieces = recorded.body.iter().filter(|piece| !piece.is_empty()).cloned().collect();
            Ok(Response { status, headers, body: Box::new(Pieces { pieces, breaks_off: recorded.breaks_off }) })
        })
    }

    fn has_credential(&self, name: &str) -> Option<bool> {
        self.credentials.iter().any(|known| known == name).then_some(true)
    }

    fn credentials(&self) -> Vec<(String, bool)> {
        self.credentials.iter().map(|name| (name.clone(), true)).collect()
    }
}

/// A body, as it was recorded.
struct Pieces {
    pieces: VecDeque<Bytes>,
    breaks_off: bool,
}

impl Body for Pieces {
    fn read(&mut self, max: usize) -> BoxFuture<'_, Result<Bytes, http::Error>> {
        Box::pin(async move {
            match self.pieces.front_mut() {
                Some(piece) if piece.len() > max.max(1) => Ok(piece.split_to(max.max(1))),
                Some(_) => Ok(self.pieces.pop_front().unwrap_or_default()),
                None if self.breaks_off => {
                    Err(http::Error::Protocol("it broke off here when it was recorded".to_owned()))
                }
                None => Ok(Bytes::new()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use palisade_core::http::Method;
    use serde_json::{Value, json};

    use super::*;

    fn folder(files: &[(&str, Value)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, file) in files {
            fs::write(folder.path().join(name), file.to_string()).unwrap();
        }
        folder
    }

    fn exchange(body: &Value, answer: &Value, times: u32) -> Value {
        json!({ "version": 1, "times": times,
            "request": { "method": "POST", "url": "https://a.example/", "body": { "json": body } },
            "response": { "status": 200, "body": answer } })
    }

    async fn ask(outlet: &Outlet, body: &Value, max: usize) -> Result<Vec<String>, http::Error> {
        let body = Bytes::from(body.to_string());
        let request = Request { body, ..Request::new(Method::Post, "https://a.example/") };
        let mut response = outlet.client().unwrap().send(request).await?;
        let mut pieces = Vec::new();
        loop {
            let piece = response.body.read(max).await?;
            if piece.is_empty() {
                return Ok(pieces);
            }
            pieces.push(String::from_utf8(piece.to_vec()).unwrap());
        }
    }

    #[tokio::test]
    async fn answers_are_given_in_order_and_the_last_one_again() {
        let first = exchange(&json!({ "a": 1 }), &json!([{ "text": "one" }]), 2);
        let second = exchange(&json!({ "a": 1 }), &json!([{ "text": "two, " }, { "text": "long" }]), 1);
        let folder = folder(&[("2.json", second), ("1.json", first), ("notes.txt", json!("no recording"))]);
        let recordings = Recordings::read(folder.path()).unwrap();
        let outlet = recordings.outlet(&["key".to_owned()]);
        let mut given = Vec::new();
        for _ in 0..4 {
            given.push(ask(&outlet, &json!({ "a": 1.0 }), 4).await.unwrap().join("|"));
        }
        assert_eq!(given, ["one", "one", "two,| |long", "two,| |long"]);
        let error = ask(&outlet, &json!({ "a": 2 }), 4).await.unwrap_err();
        assert!(matches!(error, http::Error::Connect(_)), "{error}");
        let asked = r#"POST https://a.example/ with `{"a":2}`"#.to_owned();
        assert_eq!(recordings.used(), (4, vec![asked], 0));
        let client = outlet.client().unwrap();
        assert_eq!((client.has_credential("key"), client.has_credential("other")), (Some(true), None));
    }

    #[test]
    fn a_file_that_is_wrong_is_told_with_its_path() {
        let good = exchange(&json!(1), &json!([]), 1);
        let with = |pointer: &str, value: Value| {
            let mut file = good.clone();
            *file.pointer_mut(pointer).unwrap() = value;
            file
        };
        let cases = [
            (json!({ "version": 1 }), "no recorded exchange"),
            (with("/version", json!(2)), "version 2"),
            (with("/request/method", json!("CONNECT")), "no method"),
            (with("/request/body", json!({ "sha256": "x" })), "64 hexadecimal digits"),
            (with("/response/status", json!(7)), "7 is no status"),
            (with("/response/body", json!([{ "base64": "?" }])), "cannot be read"),
            (with("/times", json!(0)), "begins at 1"),
        ];
        for (file, expected) in cases {
            let folder = folder(&[("wrong.json", file)]);
            let error = Recordings::read(folder.path()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.message().contains("wrong.json") && error.message().contains(expected), "{error}");
        }
        assert_eq!(Recordings::read(folder(&[]).path()).unwrap_err().kind(), ErrorKind::Config);
        assert_eq!(Recordings::read(Path::new("/nowhere")).unwrap_err().kind(), ErrorKind::Io);
    }
}
