//! Bytes that the host keeps, so that a provider never holds more than a chunk of them.
//!
//! Blobs exist in the sandbox only: natively a [`Writer`] takes all it is given and [`finish`](Writer::finish) fails, and
//! [`import_url`] reads what `http::set_in_test` answers.

use std::io::{self, Read, Seek, SeekFrom, Write};

pub use crate::bindings::palisade::provider::blobs::{Blob, BlobError, BlobInfo};
use crate::{Failure, Media, Result};

/// The most that the host gives at a time.
const CHUNK: usize = 1 << 20;

/// Two handles are equal when they are the same handle; contents are not compared.
impl PartialEq for Blob {
    fn eq(&self, other: &Self) -> bool {
        self.handle() == other.handle()
    }
}

/// Writes a blob piece by piece.
#[derive(Debug)]
pub struct Writer {
    #[cfg(target_arch = "wasm32")]
    inner: crate::bindings::palisade::provider::blobs::BlobWriter,
}

impl Writer {
    /// Starts a blob of this media type.
    #[must_use]
    pub fn new(media_type: &str) -> Self {
        #[cfg(not(target_arch = "wasm32"))]
        let _ = media_type;
        Self {
            #[cfg(target_arch = "wasm32")]
            inner: crate::bindings::palisade::provider::blobs::BlobWriter::new(media_type),
        }
    }

    /// Ends the writing.
    ///
    /// # Errors
    /// `internal` when the host could not keep the bytes.
    pub fn finish(self) -> Result<Media> {
        #[cfg(target_arch = "wasm32")]
        return Ok(Media::Stored(crate::bindings::palisade::provider::blobs::BlobWriter::finish(self.inner)?));
        #[cfg(not(target_arch = "wasm32"))]
        Err(native())
    }
}

impl Write for Writer {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let chunk = buffer.get(..CHUNK).unwrap_or(buffer);
        #[cfg(target_arch = "wasm32")]
        self.inner.write(chunk).map_err(io::Error::other)?;
        Ok(chunk.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads a blob from anywhere in it.
#[derive(Debug)]
pub struct Reader<'a> {
    blob: &'a Blob,
    position: u64,
}

impl<'a> Reader<'a> {
    /// Begins at the start of the blob.
    #[must_use]
    pub fn new(blob: &'a Blob) -> Self {
        Self { blob, position: 0 }
    }
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = u32::try_from(buffer.len().min(CHUNK)).unwrap_or(u32::MAX);
        let chunk = self.blob.read(self.position, wanted).map_err(io::Error::other)?;
        let read = chunk.as_slice().read(buffer)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for Reader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
            SeekFrom::End(offset) => {
                let size = self.blob.info().size.ok_or(io::ErrorKind::Unsupported)?;
                size.checked_add_signed(offset)
            }
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

/// Has the host download `url`, of at most so many bytes, under the provider's egress policy.
///
/// # Errors
/// Why it could not: `not-found` and `expired` where the upstream says so. As a [`Failure`] it is `internal`.
pub fn import_url(url: &str, max_bytes: u64) -> Result<Media, BlobError> {
    #[cfg(target_arch = "wasm32")]
    return Ok(Media::Stored(crate::bindings::palisade::provider::blobs::import_url(url, max_bytes)?));
    #[cfg(not(target_arch = "wasm32"))]
    {
        fn failed(failure: impl Into<Failure>) -> BlobError {
            BlobError::Io(failure.into().message)
        }
        let response = crate::http::Request::get(url).send().map_err(failed)?;
        match response.status() {
            404 => return Err(BlobError::NotFound),
            410 => return Err(BlobError::Expired),
            _ => {}
        }
        let response = response.accept().map_err(failed)?;
        let media_type = response.media_type();
        response.store(&media_type, max_bytes).map_err(failed)
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn native() -> Failure {
    Failure::internal("blobs exist in the sandbox only")
}

impl From<BlobError> for Failure {
    fn from(error: BlobError) -> Self {
        Self::internal(match error {
            BlobError::TooLarge(limit) => format!("the host keeps at most {limit} bytes here"),
            BlobError::Denied(what) => format!("the host denied {what}"),
            BlobError::Expired => "it was there, and is gone".to_owned(),
            BlobError::NotFound => "there is nothing of that name, or at that address".to_owned(),
            BlobError::Io(what) => what,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_native_writer_takes_bytes_and_refuses_to_finish() {
        let mut writer = Writer::new("image/png");
        writer.write_all(&vec![0; CHUNK + 1]).unwrap();
        assert_eq!(writer.finish().unwrap_err().message, "blobs exist in the sandbox only");
    }
}
