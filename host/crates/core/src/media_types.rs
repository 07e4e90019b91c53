//! The types of the media that a request has a provider read.

use std::collections::BTreeSet;

use crate::{Capability, Content, Error, ErrorKind, Media, Request, Result, catalogue::Model, chat};

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
            // What is kept is not read.
            Self::VectorStore(_) | Self::KeyValueStore(_) | Self::ObjectStore(_) | Self::Queue(_) | Self::Sql(_) => {
                BTreeSet::new()
            }
            Self::Rerank(_) | Self::TextToSpeech(_) => BTreeSet::new(),
        }
    }
}

impl Model {
    /// Whether it takes media of this type for a capability: those that it lists, or of a family that it lists, such as `image/*`.
    ///
    /// One that lists none takes what the capability is about, such as a picture to enlarge: of what type, only it knows. Where texts are what
    /// it is about, media are taken by those alone who say so. What a [custom](Capability::Custom) task takes is for the task to say.
    #[must_use]
    pub fn takes(&self, media_type: &str, capability: Capability) -> bool {
        let listed = &self.input_types;
        capability == Capability::Custom
            || (listed.is_empty() && is_about_media(capability))
            || listed.iter().any(|own| is_of_type(media_type, own))
    }

    /// Checks that it takes the media of a request.
    ///
    /// # Errors
    ///
    /// `unsupported`, with what it takes.
    pub fn check_media(&self, request: &Request) -> Result<()> {
        let capability = request.capability();
        let Some(refused) = request.media_types().into_iter().find(|asked| !self.takes(asked, capability)) else {
            return Ok(());
        };
        let (id, refused) = (&self.id, crate::text::escape(&refused, 80));
        let taken = match &*self.input_types {
            [] => "nothing but text".to_owned(),
            listed => listed.join(", "),
        };
        let message = format!("the model `{id}` does not take {refused}; it takes {taken}");
        Err(Error::new(ErrorKind::Unsupported, message))
    }
}

/// Whether its requests have media by their nature.
fn is_about_media(capability: Capability) -> bool {
    match capability {
        Capability::ImageEdit
        | Capability::ImageUpscale
        | Capability::ImageToText
        | Capability::SpeechToText
        | Capability::ImageToVideo
        | Capability::Custom => true,
        Capability::TextToImage
        | Capability::Chat
        | Capability::Embedding
        | Capability::Rerank
        | Capability::Moderation
        | Capability::TextToSpeech
        | Capability::TextToVideo
        | Capability::VectorStore
        | Capability::KeyValueStore
        | Capability::ObjectStore
        | Capability::Queue
        | Capability::Sql => false,
    }
}

/// Whether a media type is this one, or one of these: `image/*`.
fn is_of_type(asked: &str, own: &str) -> bool {
    match own.strip_suffix('*') {
        Some("*/") => true,
        Some(family) if family.ends_with('/') => {
            asked.get(..family.len()).is_some_and(|start| start.eq_ignore_ascii_case(family))
        }
        _ => asked.eq_ignore_ascii_case(own),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn model(listed: &[&str]) -> Model {
        let mut model = Model::new("m".parse().unwrap(), &[Capability::Chat]);
        model.input_types = listed.iter().map(|&own| own.to_owned()).collect();
        model
    }

    #[test]
    fn what_is_listed_is_taken_and_nothing_else() {
        let chat = Capability::Chat;
        let takes = |listed: &[&str], asked| model(listed).takes(asked, chat);
        assert!(
            takes(&["image/png"], "image/PNG") && takes(&["image/*"], "image/webp") && takes(&["*/*"], "audio/wav")
        );
        assert!(
            !takes(&["image/png"], "image/jpeg") && !takes(&["image/*"], "imagery/png") && !takes(&[], "image/png")
        );
        assert!(!takes(&["image*"], "image/png") && !takes(&["*"], "image/png"));
    }

    #[test]
    fn who_lists_nothing_takes_what_the_capability_is_about() {
        assert!(model(&[]).takes("image/png", Capability::ImageUpscale));
        assert!(!model(&["image/jpeg"]).takes("image/png", Capability::ImageUpscale));
        assert!(model(&["image/jpeg"]).takes("audio/wav", Capability::Custom), "its tasks say what they take");
    }

    #[test]
    fn a_request_is_refused_with_what_is_taken() {
        let picture = Media { media_type: "image/\u{1b}[31mpng".to_owned(), data: vec![1] };
        let parts = vec![chat::Part::Media(picture)];
        let request = chat::Request::of([chat::Message { role: chat::Role::User, parts }]).into();
        let error = model(&["audio/*", "image/webp"]).check_media(&request).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert_eq!(error.message(), "the model `m` does not take image/\\u{1b}[31mpng; it takes audio/*, image/webp");
        let error = model(&[]).check_media(&request).unwrap_err();
        assert!(error.message().ends_with("it takes nothing but text"), "{error}");
        model(&[]).check_media(&chat::Request::new("hello").into()).unwrap();
    }
}
