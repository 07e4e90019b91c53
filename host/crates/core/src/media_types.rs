//! The types of the media that a request has a provider read.

use std::collections::BTreeSet;

use crate::{Content, Media, Request, chat};

impl Request {
    /// The types of the media that it has a provider read, each once.
    #[must_use]
    pub fn media_types(&self) -> BTreeSet<String> {
        match self {
            Self::TextToImage(request) => types(request.references.iter().chain(&request.mask)),
            Self::ImageEdit(request) => types(request.images.iter().chain(&request.mask)),
            Self::ImageUpscale(request) => types([&request.image]),
            Self::ImageToText(request) => types([&request.image]),
            Self::SpeechToText(request) => types([&request.audio]),
            Self::Chat(request) => {
                types(request.messages.iter().flat_map(|message| &message.parts).filter_map(of_part))
            }
            Self::Embedding(request) => types(request.items.iter().filter_map(of_content)),
            Self::Moderation(request) => types(request.items.iter().filter_map(of_content)),
            Self::TextToVideo(request) => types(request.media()),
            Self::ImageToVideo(request) => types(request.media()),
            Self::Custom(request) => types(&request.media),
            Self::Rerank(_) | Self::TextToSpeech(_) => BTreeSet::new(),
        }
    }
}

fn types<'a>(media: impl IntoIterator<Item = &'a Media>) -> BTreeSet<String> {
    media.into_iter().map(|media| media.media_type.clone()).collect()
}

fn of_part(part: &chat::Part) -> Option<&Media> {
    match part {
        chat::Part::Media(media) => Some(media),
        _ => None,
    }
}

fn of_content(content: &Content) -> Option<&Media> {
    match content {
        Content::Media(media) => Some(media),
        Content::Text(_) => None,
    }
}
