//! Pictures, sounds and documents, and how large a picture is.

use std::{fmt, str::FromStr};

use serde::Serialize;

/// Bytes with a media type.
#[derive(Clone, PartialEq, Eq)]
pub struct Media {
    /// IANA media type without parameters, for example `image/png`.
    pub media_type: String,
    /// The encoded file.
    pub data: Vec<u8>,
}

impl fmt::Debug for Media {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Media({}, {} bytes)", self.media_type, self.data.len())
    }
}

/// The size of a picture or a film.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
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
    fn sizes_are_read_as_people_write_them() {
        assert_eq!("1024x768".parse(), Ok(Dimensions::Pixels(1024, 768)));
        assert_eq!("16:9".parse(), Ok(Dimensions::Aspect(16, 9)));
        assert_eq!("auto".parse(), Ok(Dimensions::Auto));
        for bad in ["", "1024", "x", "-1x1", "1024x", "99999999999x1", "1x2x3"] {
            assert!(bad.parse::<Dimensions>().is_err(), "{bad:?} was taken");
        }
    }
}
