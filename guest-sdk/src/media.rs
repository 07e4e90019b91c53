//! Bytes with a type, wherever they are.

use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::blobs::{Reader, Writer};
use crate::{Content, InlineMedia, Media, Result};

/// What is larger goes to the host as a blob: what is inline counts against smaller limits.
const INLINE_MAX: usize = 1 << 20;

impl Media {
    /// An encoded file of this media type. In the sandbox, more than 1 MiB is handed over as a blob.
    ///
    /// # Errors
    /// `internal` when the host cannot keep the bytes.
    pub fn new(media_type: impl Into<String>, data: Vec<u8>) -> Result<Self> {
        let media_type = media_type.into();
        if cfg!(target_arch = "wasm32") && data.len() > INLINE_MAX {
            let mut writer = Writer::new(&media_type);
            writer.write_all(&data)?;
            return writer.finish();
        }
        Ok(Self::Inline(InlineMedia { media_type, data }))
    }

    /// The media type, for example `image/png`.
    #[must_use]
    pub fn media_type(&self) -> String {
        match self {
            Self::Inline(inline) => inline.media_type.clone(),
            Self::Stored(blob) => blob.info().media_type,
        }
    }

    /// All the bytes.
    ///
    /// # Errors
    /// `internal` when the host cannot read the blob.
    pub fn read_all(&self) -> Result<Vec<u8>> {
        match self {
            Self::Inline(inline) => Ok(inline.data.clone()),
            Self::Stored(blob) => {
                let mut data = Vec::new();
                Reader::new(blob).read_to_end(&mut data)?;
                Ok(data)
            }
        }
    }

    /// All the bytes in base64, as JSON holds them.
    ///
    /// # Errors
    /// `internal` when the host cannot read the blob.
    pub fn to_base64(&self) -> Result<String> {
        self.read_all().map(|bytes| STANDARD.encode(bytes))
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Media> for Content {
    fn from(media: Media) -> Self {
        Self::Media(media)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_media_is_read_back() {
        let media = Media::new("text/plain", b"hello".to_vec()).unwrap();
        assert_eq!(media.media_type(), "text/plain");
        assert_eq!(media.read_all().unwrap(), b"hello");
        assert_eq!(media.to_base64().unwrap(), "aGVsbG8=");
    }
}
