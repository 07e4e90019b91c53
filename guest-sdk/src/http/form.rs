//! Fields and files in one body: `multipart/form-data`.

use crate::{Media, Result};

/// A form that is filled in step by step.
///
/// ```
/// use palisade_guest::http::{Form, Request};
///
/// let form = Form::new().text("language", "en").file("file", "speech.wav", "audio/wav", b"RIFF");
/// let request = Request::post("https://api.example.com/transcribe").form(form);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Form {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
struct Part {
    head: String,
    content: Vec<u8>,
}

impl Form {
    /// An empty form.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field. Several of one name are a list.
    #[must_use]
    pub fn text(mut self, name: &str, value: impl Into<String>) -> Self {
        let head = format!("Content-Disposition: form-data; name=\"{}\"\r\n", escape(name));
        self.parts.push(Part { head, content: value.into().into_bytes() });
        self
    }

    /// Adds a field where there is a value.
    #[must_use]
    pub fn text_if(self, name: &str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    /// Adds a file of this name and media type.
    #[must_use]
    pub fn file(mut self, name: &str, file_name: &str, media_type: &str, content: impl Into<Vec<u8>>) -> Self {
        let (name, file_name, media_type) = (escape(name), escape(file_name), escape(media_type));
        let disposition = format!("Content-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"");
        let head = format!("{disposition}\r\nContent-Type: {media_type}\r\n");
        self.parts.push(Part { head, content: content.into() });
        self
    }

    /// Adds media as a file with a name that ends as its type is usually written, since servers go by that.
    ///
    /// # Errors
    /// `internal` when the host cannot read the blob.
    pub fn media(self, name: &str, media: &Media) -> Result<Self> {
        let media_type = media.media_type();
        let (kind, end) = media_type.split_once('/').unwrap_or(("file", &media_type));
        let end = match end {
            "jpeg" => "jpg",
            "mpeg" => "mp3",
            "wave" | "vnd.wave" => "wav",
            "opus" => "ogg",
            other => other.strip_prefix("x-").unwrap_or(other),
        };
        let file_name = format!("{kind}.{end}");
        Ok(self.file(name, &file_name, &media_type, media.read_all()?))
    }

    /// The media type and the bytes of the body.
    #[must_use]
    pub fn into_body(self) -> (String, Vec<u8>) {
        let boundary = self.boundary();
        let length = |part: &Part| part.head.len() + part.content.len() + boundary.len() + 8;
        let mut body = Vec::with_capacity(self.parts.iter().map(length).sum::<usize>() + boundary.len() + 8);
        for part in self.parts {
            for bytes in [b"--", boundary.as_bytes(), b"\r\n", part.head.as_bytes(), b"\r\n", &part.content, b"\r\n"] {
                body.extend_from_slice(bytes);
            }
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        (format!("multipart/form-data; boundary={boundary}"), body)
    }

    /// A word that is in none of the parts. The same form always has the same, so that the same request is the same
    /// bytes.
    fn boundary(&self) -> String {
        let mut number = 0_u64;
        loop {
            let boundary = format!("palisade-part-{number}");
            let is_in = |part: &Part| contains(&part.content, boundary.as_bytes());
            if !self.parts.iter().any(is_in) {
                return boundary;
            }
            number += 1;
        }
    }
}

fn contains(content: &[u8], word: &[u8]) -> bool {
    content.windows(word.len()).any(|window| window == word)
}

/// As browsers write names, since what could end the quoted text or the line would begin another header.
fn escape(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_files_are_parts_of_one_body() {
        let form = Form::new().text("model", "whisper").text_if("language", None::<String>);
        let (media_type, body) = form.file("file", "a.wav", "audio/wav", *b"\x00\xff").into_body();
        assert_eq!(media_type, "multipart/form-data; boundary=palisade-part-0");
        let expected = b"--palisade-part-0\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper\r\n\
            --palisade-part-0\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\
            Content-Type: audio/wav\r\n\r\n\x00\xff\r\n--palisade-part-0--\r\n";
        assert_eq!(body, expected);
    }

    #[test]
    fn media_have_the_names_that_servers_expect() {
        for (media_type, name) in [
            ("image/png", "image.png"),
            ("image/jpeg", "image.jpg"),
            ("audio/mpeg", "audio.mp3"),
            ("audio/x-wav", "audio.wav"),
            ("audio/vnd.wave", "audio.wav"),
            ("audio/x-m4a", "audio.m4a"),
            ("odd", "file.odd"),
        ] {
            let form = Form::new().media("file", &Media::new(media_type, b"bytes".to_vec()).unwrap()).unwrap();
            let text = String::from_utf8(form.into_body().1).unwrap();
            assert!(text.contains(&format!("filename=\"{name}\"")) && text.contains("\r\n\r\nbytes\r\n"), "{text}");
        }
    }

    #[test]
    fn no_content_ends_its_part() {
        let (media_type, body) = Form::new().text("a", "--palisade-part-0 --palisade-part-1").into_body();
        assert_eq!(media_type, "multipart/form-data; boundary=palisade-part-2");
        assert!(body.ends_with(b"--palisade-part-2--\r\n"));
    }

    #[test]
    fn no_name_begins_another_header() {
        let (_, body) = Form::new().file("f", "a\"\r\nX: y", "t\r\n", *b"").into_body();
        let text = String::from_utf8(body).unwrap();
        assert!(text.contains("filename=\"a%22%0D%0AX: y\"\r\nContent-Type: t%0D%0A\r\n"), "{text}");
    }
}
