//! What a file is, by its first bytes; and the short names of media types.

use std::path::Path;

use palisade::{Content, Media};

/// The media type of what is neither text nor known.
pub(crate) const UNKNOWN: &str = "application/octet-stream";

const SVG: &str = "image/svg+xml";

/// Within so many bytes a drawing has begun, whatever is said of it before.
const PROLOGUE: usize = 1024;

/// Short names of media types; the first name of a type is the extension of its files.
const NAMES: &[(&str, &str)] = &[
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("webp", "image/webp"),
    ("gif", "image/gif"),
    ("svg", SVG),
    ("wav", "audio/wav"),
    ("mp3", "audio/mpeg"),
    ("ogg", "audio/ogg"),
    ("flac", "audio/flac"),
    ("mp4", "video/mp4"),
    ("webm", "video/webm"),
    ("mov", "video/quicktime"),
    ("txt", "text/plain"),
    ("json", "application/json"),
];

/// Reads a media type, or a short name of one.
pub(crate) fn parse(text: &str) -> Result<String, String> {
    if text.contains('/') {
        return Ok(text.to_owned());
    }
    let named = NAMES.iter().find(|(name, _)| text.eq_ignore_ascii_case(name));
    named.map(|(_, media_type)| (*media_type).to_owned()).ok_or_else(|| {
        let known: Vec<_> = NAMES.iter().map(|(name, _)| *name).collect();
        format!("write a media type such as image/png, or one of {}", known.join(", "))
    })
}

/// The media type of pictures, sounds and films with the extension of this name; none when it says nothing.
pub(crate) fn of_name(path: &Path) -> Option<String> {
    let extension = path.extension()?.to_str()?;
    let media_type = parse(extension).ok()?;
    ["image/", "audio/", "video/"].iter().any(|kind| media_type.starts_with(kind)).then_some(media_type)
}

/// The usual extension of a media type; none when it is not known.
pub(crate) fn extension(media_type: &str) -> Option<&'static str> {
    NAMES.iter().find(|(_, known)| *known == media_type).map(|(name, _)| *name)
}

/// Text without the line break at its end, or media.
pub(crate) fn content(data: Vec<u8>) -> Content {
    match text(&data) {
        Some(text) => Content::Text(text.to_owned()),
        None => Content::Media(media(data)),
    }
}

/// Media, even where it is text.
pub(crate) fn media(data: Vec<u8>) -> Media {
    let media_type = if text(&data).is_some() { "text/plain" } else { sniff(&data) };
    Media { media_type: media_type.to_owned(), data }
}

/// Text comes first, because words may begin like a file of some kind: `BM25` like a bitmap.
fn text(data: &[u8]) -> Option<&str> {
    // A document may be all text inside, and is none to read; nor is a drawing.
    if data.starts_with(b"%PDF-") || data.contains(&0) || is_drawing(data) {
        return None;
    }
    let text = std::str::from_utf8(data).ok()?;
    Some(text.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']))
}

fn is_drawing(data: &[u8]) -> bool {
    let data = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data).trim_ascii_start();
    let head = data.get(..PROLOGUE).unwrap_or(data);
    data.starts_with(b"<svg") || data.starts_with(b"<?xml") && head.windows(4).any(|part| part == b"<svg")
}

fn sniff(data: &[u8]) -> &'static str {
    if is_drawing(data) {
        return SVG;
    }
    match infer::get(data).map(|kind| kind.mime_type()) {
        Some("audio/x-wav") => "audio/wav",
        Some("audio/x-flac") => "audio/flac",
        Some(media_type) => media_type,
        None => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_first_bytes() {
        let cases: &[(&[u8], &str)] = &[
            (b"\x89PNG\r\n\x1a\n\0\0", "image/png"),
            (b"\xff\xd8\xff\xe0\0", "image/jpeg"),
            (b"GIF89a\x01\0\x01\0", "image/gif"),
            (b"RIFF\x04\0\0\0WEBPVP8 ", "image/webp"),
            (b"RIFF\x04\0\0\0WAVEfmt ", "audio/wav"),
            (b"ID3\x04\0\0\0\0\0\0", "audio/mpeg"),
            (b"\xff\xfb\x90\x00", "audio/mpeg"),
            (b"OggS\0\x02\0\0\0\0", "audio/ogg"),
            (b"fLaC\0\0\0\x22", "audio/flac"),
            (b"%PDF-1.7\n", "application/pdf"),
            (b"\xff\xfe\0", UNKNOWN),
            (b"BM25 ranks documents", "text/plain"),
            (b"\n<svg width='9'></svg>\n", SVG),
            (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a fox -->\n<svg></svg>", SVG),
            (b"<?xml version='1.0'?><rss></rss>", "text/plain"),
            (b"`<svg>` is a drawing", "text/plain"),
            ("grün\n".as_bytes(), "text/plain"),
        ];
        for (data, expected) in cases {
            assert_eq!(media(data.to_vec()).media_type, *expected);
        }
        assert_eq!(content("\u{feff}grün\r\n".into()), Content::from("grün"));
    }

    #[test]
    fn a_short_name_is_a_media_type() {
        assert_eq!(parse("mp3").as_deref(), Ok("audio/mpeg"));
        assert_eq!(parse("PNG").as_deref(), Ok("image/png"));
        assert_eq!(parse("image/avif").as_deref(), Ok("image/avif"));
        assert!(parse("tiff-ish").unwrap_err().contains("webp"));
        assert_eq!(
            [extension("image/jpeg"), extension("audio/mpeg"), extension("a/b")],
            [Some("jpg"), Some("mp3"), None]
        );
    }
}
