//! The guest's stdout and stderr, which end in the log of the call.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use palisade_core::LogLevel;
use tokio::io::AsyncWrite;
use wasmtime_wasi::{
    cli::{IsTerminal, StdoutStream},
    p2::{OutputStream, Pollable, StreamError, StreamResult},
};

use crate::{lock::lock, log::Log};

/// Bytes that a guest may write at a time.
const WRITE_BYTES: usize = 64 << 10;
/// Longest line that is waited for; a longer one is logged in pieces.
const MAX_PENDING: usize = 4096;

/// A stream into the log. What is too much is dropped and counted there; the guest is never told, and never waits.
#[derive(Clone)]
pub(crate) struct Captured {
    log: Arc<Mutex<Log>>,
    level: LogLevel,
    pending: Arc<Mutex<Vec<u8>>>,
}

impl Captured {
    pub(crate) fn new(log: Arc<Mutex<Log>>, level: LogLevel) -> Self {
        Self { log, level, pending: Arc::default() }
    }

    /// Logs whole lines, and with `all` the rest as well.
    fn log_lines(&self, pending: &mut Vec<u8>, all: bool) {
        let end = pending.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
        let end = if all || pending.len() - end >= MAX_PENDING { pending.len() } else { end };
        let lines: Vec<u8> = pending.drain(..end).collect();
        if !lines.is_empty() {
            lock(&self.log).push(self.level, &String::from_utf8_lossy(&lines));
        }
    }

    /// Logs what has no newline yet.
    pub(crate) fn finish(&self) {
        let mut pending = lock(&self.pending);
        self.log_lines(&mut pending, true);
    }
}

#[async_trait]
impl Pollable for Captured {
    async fn ready(&mut self) {}
}

#[async_trait]
impl OutputStream for Captured {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        // Nobody else holds a guest to what `check_write` allows.
        if bytes.len() > WRITE_BYTES {
            return Err(StreamError::trap("more was written at a time than is allowed"));
        }
        let mut pending = lock(&self.pending);
        pending.extend_from_slice(&bytes);
        self.log_lines(&mut pending, false);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE_BYTES)
    }
}

impl IsTerminal for Captured {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Captured {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        // Only WASI 0.3 asks for this, which is not linked.
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_core::{CallReport, Limits};

    #[test]
    fn writes_become_lines() {
        let log = Arc::new(Mutex::new(Log::new(&Limits::default())));
        let mut stdout = Captured::new(Arc::clone(&log), LogLevel::Info);
        for piece in ["hel", "lo\nwor", "ld\nno newline"] {
            stdout.write(Bytes::copy_from_slice(piece.as_bytes())).unwrap();
        }
        stdout.finish();
        let mut report = CallReport::default();
        log.lock().unwrap().drain_into(&mut report);
        let lines: Vec<_> = report.log.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(lines, ["hello", "world", "no newline"]);
    }

    #[test]
    fn a_line_without_end_is_held_no_longer_than_its_limit() {
        let log = Arc::new(Mutex::new(Log::new(&Limits::default())));
        let mut stdout = Captured::new(log, LogLevel::Info);
        for start in [b'x', b'\n'] {
            for length in [1000; 100].into_iter().chain([WRITE_BYTES]) {
                let mut bytes = vec![b'x'; length];
                bytes[0] = start;
                stdout.write(Bytes::from(bytes)).unwrap();
                assert!(stdout.pending.lock().unwrap().len() < MAX_PENDING);
            }
        }
        assert!(stdout.write(Bytes::from(vec![b'x'; WRITE_BYTES + 1])).is_err());
    }
}
