//! What all vendors keep: what they were asked, what they are to refuse, and the files that their answers point to.

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use axum::{
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};

use crate::{failure::Failure, request::Request};

/// What a vendor keeps for as long as it runs.
#[derive(Debug)]
pub struct Site {
    pub(crate) address: SocketAddr,
    pub(crate) key: String,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    requests: Vec<Request>,
    failures: VecDeque<Failure>,
    files: HashMap<String, File>,
    forgets_files: bool,
}

/// A file that an answer may point to.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) media_type: &'static str,
    pub(crate) extension: &'static str,
    pub(crate) bytes: Vec<u8>,
}

impl Site {
    pub(crate) fn new(address: SocketAddr, key: String) -> Self {
        Self { address, key, state: Mutex::default() }
    }

    pub(crate) fn record(&self, request: Request) {
        self.state().requests.push(request);
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.state().requests.clone()
    }

    pub(crate) fn fail_next(&self, failure: Failure) {
        self.state().failures.push_back(failure);
    }

    pub(crate) fn next_failure(&self) -> Option<Failure> {
        self.state().failures.pop_front()
    }

    /// Keeps a file, and returns its address. The same file has the same address.
    pub(crate) fn keep(&self, file: File) -> String {
        let name = format!("{:08x}.{}", crc32fast::hash(&file.bytes), file.extension);
        let url = format!("http://{}/files/{name}", self.address);
        self.state().files.insert(name, file);
        url
    }

    pub(crate) fn forget_files(&self) {
        self.state().forgets_files = true;
    }

    /// Answers with a file. Who knows its address needs no credential, as with the vendors.
    pub(crate) fn file(&self, name: &str) -> Response {
        let state = self.state();
        match state.files.get(name).filter(|_| !state.forgets_files).cloned() {
            Some(file) => file.into_response(),
            None => (StatusCode::NOT_FOUND, "there is no such file").into_response(),
        }
    }

    /// What is kept is whole between any two statements.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl File {
    pub(crate) fn into_response(self) -> Response {
        ([(CONTENT_TYPE, self.media_type)], self.bytes).into_response()
    }
}
