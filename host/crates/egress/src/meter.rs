//! Counts what leaves and what comes on a connection, for whoever has it at the time.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
};

use palisade_core::http::Traffic;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};
use tokio_rustls::client::TlsStream;

use crate::connect::Stream;

/// A connection as requests are written to it: plain, or with what encrypts it below.
pub(crate) enum Transport {
    Plain(Box<dyn Stream>),
    Encrypted(Box<TlsStream<Box<dyn Stream>>>),
}

/// What is counted of the request that a connection is used for.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    traffic: Mutex<Arc<Traffic>>,
    has_left: AtomicBool,
    has_come: AtomicBool,
    /// How much may come still before there is an answer.
    head_left: AtomicU64,
    /// When something of a request left last.
    left_at: Mutex<Option<Instant>>,
}

impl Meter {
    /// Counts for this call from now on. Nothing of its request has left. So many bytes may come before the headers of its
    /// answer are there, announcements of it included: they have no end otherwise.
    pub(crate) fn start(&self, traffic: Arc<Traffic>, head_bytes: u64) {
        *self.traffic() = traffic;
        *self.left_at() = None;
        self.has_left.store(false, Ordering::Relaxed);
        self.has_come.store(false, Ordering::Relaxed);
        self.head_left.store(head_bytes, Ordering::Relaxed);
    }

    /// Notes that the headers are there.
    pub(crate) fn head_came(&self) {
        self.head_left.store(u64::MAX, Ordering::Relaxed);
    }

    /// Whether too much came before they were.
    pub(crate) fn head_is_too_large(&self) -> bool {
        self.head_left.load(Ordering::Relaxed) == 0
    }

    /// Whether a byte of the request may have left.
    pub(crate) fn has_left(&self) -> bool {
        self.has_left.load(Ordering::Relaxed)
    }

    /// Whether a byte of an answer has come.
    pub(crate) fn has_come(&self) -> bool {
        self.has_come.load(Ordering::Relaxed)
    }

    /// When something of the request left last; none when nothing has.
    pub(crate) fn last_left(&self) -> Option<Instant> {
        *self.left_at()
    }

    fn left_at(&self) -> MutexGuard<'_, Option<Instant>> {
        self.left_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn traffic(&self) -> MutexGuard<'_, Arc<Traffic>> {
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Before, not after: what fails in the middle of writing may have left.
    fn writes(&self) {
        if !self.has_left.swap(true, Ordering::Relaxed) {
            self.traffic().request_leaves();
        }
    }

    fn read(&self, bytes: u64) -> io::Result<()> {
        self.traffic().add_bytes_in(bytes);
        if bytes > 0 {
            self.has_come.store(true, Ordering::Relaxed);
        }
        let left = self.head_left.load(Ordering::Relaxed).saturating_sub(bytes);
        self.head_left.store(left, Ordering::Relaxed);
        if left == 0 { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(()) }
    }

    fn wrote(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = written {
            self.traffic().add_bytes_out(bytes as u64);
            *self.left_at() = Some(Instant::now());
        }
        written
    }
}

/// A connection whose bytes are counted.
pub(crate) struct Metered {
    transport: Transport,
    meter: Arc<Meter>,
}

impl Metered {
    pub(crate) fn new(transport: Transport, meter: Arc<Meter>) -> Self {
        Self { transport, meter }
    }
}

/// Calls the same method on whatever the transport is.
macro_rules! on_transport {
    ($self:ident.$method:ident($($argument:expr),+)) => {
        match &mut $self.transport {
            Transport::Plain(stream) => Pin::new(stream).$method($($argument),+),
            Transport::Encrypted(stream) => Pin::new(stream).$method($($argument),+),
        }
    };
}

impl AsyncRead for Metered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(on_transport!(self.poll_read(context, buffer)))?;
        Poll::Ready(self.meter.read(buffer.filled().len().saturating_sub(before) as u64))
    }
}

impl AsyncWrite for Metered {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.meter.writes();
        let written = on_transport!(self.poll_write(context, bytes));
        self.meter.wrote(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.meter.writes();
        let written = on_transport!(self.poll_write_vectored(context, bytes));
        self.meter.wrote(written)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.transport {
            Transport::Plain(stream) => stream.is_write_vectored(),
            Transport::Encrypted(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_transport!(self.poll_flush(context))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_transport!(self.poll_shutdown(context))
    }
}
