//! Pictures, sounds and documents, and how large a picture is.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Bytes with a media type.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Media {
    /// IANA media type without parameters, for example `image/png`.
    pub media_type: String,
    /// The encoded file; in JSON as base64 with padding.
    #[serde(with = "bytes")]
    pub data: Vec<u8>,
}

/// Bytes as base64 where people may read them, as they are elsewhere.
pub(crate) mod bytes {
    use std::fmt;

    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use serde::{
        Deserializer, Serialize, Serializer,
        de::{Error, Visitor},
    };

    pub(crate) fn serialize<S: Serializer>(data: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            STANDARD.encode(data).serialize(serializer)
        } else {
            serializer.serialize_bytes(data)
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        if deserializer.is_human_readable() {
            // What is read to be tried as one thing and another says so too, whatever it was read from.
            deserializer.deserialize_any(Either)
        } else {
            deserializer.deserialize_byte_buf(Either)
        }
    }

    /// Base64, or the bytes themselves.
    struct Either;

    impl Visitor<'_> for Either {
        type Value = Vec<u8>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("base64 with padding")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Vec<u8>, E> {
            STANDARD.decode(text).map_err(|error| E::custom(format!("no base64: {error}")))
        }

        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
            Ok(bytes.to_vec())
        }

        fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
            Ok(bytes)
        }
    }
}

impl fmt::Debug for Media {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Media({}, {} bytes)", self.media_type, self.data.len())
    }
}

/// A text, or media of any type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// Plain text.
    Text(String),
    /// A picture, a sound, a document.
    Media(Media),
}

impl Content {
    /// Bytes of text or media in it.
    #[must_use]
    pub fn size_in_bytes(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::Media(media) => media.data.len() as u64,
        }
    }

    /// Characters of text in it; none in media.
    #[must_use]
    pub fn characters(&self) -> usize {
        match self {
            Self::Text(text) => text.chars().count(),
            Self::Media(_) => 0,
        }
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

/// The size of a picture or a film. In text and JSON `1024x768`, `16:9` or `auto`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Dimensions {
    /// The provider chooses.
    #[default]
    Auto,
    /// Width and height in pixels.
    Pixels(u32, u32),
    /// Width to height; the provider chooses the pixels.
    Aspect(u32, u32),
}

/// Reads `1024x768` as pixels, `16:9` as an aspect and `auto`.
impl FromStr for Dimensions {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let pair = |separator| {
            let (width, height) = text.split_once(separator)?;
            Some((width.trim().parse::<u32>().ok()?, height.trim().parse::<u32>().ok()?))
        };
        if text == "auto" {
            return Ok(Self::Auto);
        }
        pair('x')
            .map(|(width, height)| Self::Pixels(width, height))
            .or_else(|| pair(':').map(|(width, height)| Self::Aspect(width, height)))
            .ok_or_else(|| format!("`{}` is not a size: write 1024x768, 16:9 or auto", crate::text::escape(text, 40)))
    }
}

impl TryFrom<String> for Dimensions {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Dimensions> for String {
    fn from(dimensions: Dimensions) -> Self {
        dimensions.to_string()
    }
}

impl fmt::Display for Dimensions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => formatter.write_str("auto"),
            Self::Pixels(width, height) => write!(formatter, "{width}x{height}"),
            Self::Aspect(width, height) => write!(formatter, "{width}:{height}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_is_base64_in_json() {
        let media = Media { media_type: "image/png".to_owned(), data: vec![0xff, 0] };
        let json = serde_json::to_string(&media).unwrap();
        assert_eq!(json, r#"{"media_type":"image/png","data":"/wA="}"#);
        assert_eq!(serde_json::from_str::<Media>(&json).unwrap(), media);
        assert!(serde_json::from_str::<Media>(&json.replace("/wA=", "?")).is_err());
    }

    #[test]
    fn sizes_are_read_as_people_write_them() {
        assert_eq!("1024x768".parse(), Ok(Dimensions::Pixels(1024, 768)));
        assert_eq!("16:9".parse(), Ok(Dimensions::Aspect(16, 9)));
        assert_eq!("auto".parse(), Ok(Dimensions::Auto));
        for bad in ["", "1024", "x", "-1x1", "1024x", "99999999999x1", "1x2x3"] {
            assert!(bad.parse::<Dimensions>().is_err(), "{bad:?} was taken");
        }
    }
}
