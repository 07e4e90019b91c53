//! Counts what leaves and what comes on a connection, for whoever has it at the time.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use palisade_core::http::Traffic;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
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
}

impl Meter {
    /// Counts for this call from now on. Nothing of its request has left.
    pub(crate) fn start(&self, traffic: Arc<Traffic>) {
        *self.traffic() = traffic;
        self.has_left.store(false, Ordering::Relaxed);
    }

    /// Whether a byte of the request may have left.
    pub(crate) fn has_left(&self) -> bool {
        self.has_left.load(Ordering::Relaxed)
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

    fn wrote(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = written {
            self.traffic().add_bytes_out(bytes as u64);
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
        let read = on_transport!(self.poll_read(context, buffer));
        self.meter.traffic().add_bytes_in(buffer.filled().len().saturating_sub(before) as u64);
        read
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
