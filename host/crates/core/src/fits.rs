//! What a guest could have made within its limits.

use crate::{Error, ErrorKind, JSON_GROWTH, Limits, Response, Result};

impl Response {
    /// Checks that a guest with these limits could have handed it over.
    ///
    /// # Errors
    ///
    /// `result-too-large` or `memory-limit`.
    pub fn check_size(&self, limits: &Limits) -> Result<()> {
        let bytes = self.size_in_bytes();
        let (result, memory) = (limits.result_bytes, limits.memory_bytes);
        let json = self.json_in_bytes();
        let json_in_memory = json.saturating_mul(JSON_GROWTH);
        let in_memory = match self {
            // The host puts it together from its pieces, which grow by doubling.
            Self::Chat(_) | Self::TextToSpeech(_) => {
                bytes.saturating_sub(json).saturating_mul(2).saturating_add(json_in_memory)
            }
            _ => json_in_memory,
        };
        if in_memory > memory {
            return Err(too_long(memory));
        }
        let most = match self {
            // It came in pieces, each of which was handed over by itself.
            Self::Chat(_) | Self::TextToSpeech(_) => return Ok(()),
            // Media may have come in parts, and were kept for the guest meanwhile.
            Self::TextToImage(_)
            | Self::ImageEdit(_)
            | Self::ImageUpscale(_)
            | Self::TextToVideo(_)
            | Self::ImageToVideo(_)
            | Self::Custom(_) => result.saturating_add(memory),
            Self::Embedding(_)
            | Self::Rerank(_)
            | Self::Moderation(_)
            | Self::ImageToText(_)
            | Self::SpeechToText(_)
            | Self::VectorStore(_)
            | Self::KeyValueStore(_)
            | Self::ObjectStore(_)
            | Self::Queue(_)
            | Self::Sql(_) => result,
        };
        if bytes <= most {
            return Ok(());
        }
        let message = format!("the provider handed over more than {result} bytes at a time");
        Err(Error::new(ErrorKind::ResultTooLarge, message))
    }

    /// What of its size was JSON before it was read.
    fn json_in_bytes(&self) -> u64 {
        match self {
            Self::Custom(response) => response.output.to_string().len() as u64,
            Self::Chat(response) => {
                response.tool_calls.iter().map(|call| call.arguments.to_string().len() as u64).sum()
            }
            _ => 0,
        }
    }
}

/// A response that does not fit into the memory of its guest.
#[must_use]
pub fn too_long(memory_bytes: u64) -> Error {
    let message = format!("the response is more than fits into the {memory_bytes} bytes of the provider");
    Error::new(ErrorKind::MemoryLimit, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Image, Media, Usage, chat, custom, embedding, text_to_image};

    #[test]
    fn a_response_is_no_larger_than_a_guest_could_have_made_it() {
        let limits = Limits { result_bytes: 100, memory_bytes: 1000, ..Limits::default() };
        let picture = |bytes| {
            let content = Media { media_type: "image/png".to_owned(), data: vec![1; bytes] };
            let image = Image { content, width: None, height: None, seed: None, revised_prompt: None };
            text_to_image::Response { images: vec![image], usage: Usage::default(), warnings: vec![] }
        };
        let refused = |response: Response| response.check_size(&limits).err().map(|error| error.kind());
        assert_eq!(refused(picture(1100).into()), None);
        assert_eq!(refused(picture(1101).into()), Some(ErrorKind::ResultTooLarge));
        assert_eq!(refused(chat::Response::text("x".repeat(500)).into()), None);
        assert_eq!(refused(chat::Response::text("x".repeat(501)).into()), Some(ErrorKind::MemoryLimit));
        let json = |length: usize| serde_json::json!({ "x": "x".repeat(length - r#"{"x":""}"#.len()) });
        let output = |length| custom::Response {
            output: json(length),
            media: vec![],
            usage: Usage::default(),
            warnings: vec![],
        };
        assert_eq!(refused(output(12).into()), None);
        assert_eq!(refused(output(13).into()), Some(ErrorKind::MemoryLimit));
        let calls = |length| {
            let call = chat::ToolCall { id: "1".to_owned(), name: "f".to_owned(), arguments: json(length) };
            chat::Response { tool_calls: vec![call], ..chat::Response::text("x".repeat(20)) }
        };
        assert_eq!(refused(calls(12).into()), None);
        assert_eq!(refused(calls(13).into()), Some(ErrorKind::MemoryLimit));
        let vectors =
            |count| embedding::Response { vectors: vec![vec![1.0; count]], usage: Usage::default(), warnings: vec![] };
        assert_eq!(refused(vectors(25).into()), None);
        assert_eq!(refused(vectors(26).into()), Some(ErrorKind::ResultTooLarge));
    }
}
