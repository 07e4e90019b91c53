//! The capability `text-to-speech`: a text spoken, as a stream that the host pulls.

pub use bindings::exports::palisade::provider::text_to_speech::{Event, Finish, Request};

use bindings::exports::palisade::provider::text_to_speech::{AudioStream, Guest, GuestAudioStream};

use crate::adapter::{Adapter, Exported, enter};
use crate::capability::{capability, reports};
use crate::stream::{Events, Piece, Stream};
use crate::unlisted::{Parameters, Unlisted};
use crate::{CallOptions, Provider, Result, Usage, Warning};

capability!("text-to-speech", TextToSpeech);
reports!(Finish);

/// A whole file is handed over in pieces of this length, since what is inline counts against smaller limits.
const PIECE: usize = 1 << 20;

/// Implemented by a provider of this capability.
pub trait TextToSpeech {
    /// Starts to speak. What is wrong with the request is best refused here rather than within the stream.
    ///
    /// # Errors
    /// When the text cannot be spoken; see [`FailureKind`](crate::FailureKind) for the kinds.
    fn synthesize(request: Request, options: &CallOptions) -> Result<Response>;
}

/// A sound on its way: an iterator of its events, of which each is made when it is asked for.
#[derive(Debug)]
pub struct Response {
    media_type: String,
    events: Events<Event>,
}

impl Response {
    /// A whole file of this media type, for example `audio/wav`. Unless set, one `request` was used.
    pub fn audio(media_type: impl Into<String>, file: Vec<u8>) -> Self {
        let mut offset = 0;
        let pieces = std::iter::from_fn(move || {
            let rest = file.get(offset..)?;
            let piece = rest.get(..PIECE).unwrap_or(rest).to_vec();
            offset += piece.len();
            (!piece.is_empty()).then_some(Ok(Event::Audio(piece)))
        });
        Self::stream(media_type, pieces.chain([Ok(Event::finish(Usage::of("request", 1)))]))
    }

    /// A file of this media type in pieces. The last event must be [`Event::Finish`]: without it, the host takes the answer
    /// for a broken one. A failure ends the answer. The iterator is asked for the next event when the host asks for it,
    /// and is dropped at the end and when the host cancels.
    pub fn stream(
        media_type: impl Into<String>,
        events: impl IntoIterator<Item = Result<Event>, IntoIter: 'static>,
    ) -> Self {
        Self { media_type: media_type.into(), events: Events::new(events) }
    }

    /// Sets what was used, in place of what the finish says.
    #[must_use]
    pub fn usage(mut self, usage: Usage) -> Self {
        self.events.usage(usage);
        self
    }

    /// Adds warnings to those of the finish.
    #[must_use]
    pub fn warnings(mut self, warnings: impl IntoIterator<Item = Warning>) -> Self {
        self.events.warnings(warnings);
        self
    }

    /// IANA media type of the file.
    #[must_use]
    pub fn media_type(&self) -> &str {
        &self.media_type
    }
}

impl Iterator for Response {
    type Item = Result<Event>;

    fn next(&mut self) -> Option<Self::Item> {
        self.events.next()
    }
}

impl Request {
    /// A request to say this, with all else left to the model. For tests.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            voice: None,
            speed: None,
            language: None,
            instructions: None,
            output_format: None,
            seed: None,
        }
    }
}

impl Event {
    /// More of the encoded file.
    pub fn audio(bytes: impl Into<Vec<u8>>) -> Self {
        Self::Audio(bytes.into())
    }

    /// The end, with what was used or more.
    pub fn finish(finish: impl Into<Finish>) -> Self {
        Self::Finish(finish.into())
    }
}

impl Finish {
    /// The end, without warnings, after this was used.
    #[must_use]
    pub fn new(usage: Usage) -> Self {
        Self { usage, warnings: Vec::new() }
    }
}

impl From<Usage> for Finish {
    fn from(usage: Usage) -> Self {
        Self::new(usage)
    }
}

impl Piece for Event {
    fn end(&mut self) -> Option<(&mut Usage, &mut Vec<Warning>)> {
        match self {
            Self::Finish(finish) => Some((&mut finish.usage, &mut finish.warnings)),
            Self::Audio(_) => None,
        }
    }
}

/// What the host holds of a [`Response`].
#[doc(hidden)]
pub struct Sound {
    media_type: String,
    stream: Stream<Event>,
}

impl From<Response> for Sound {
    fn from(response: Response) -> Self {
        Self { media_type: response.media_type, stream: Stream::new(response.events) }
    }
}

impl GuestAudioStream for Sound {
    fn media_type(&self) -> String {
        self.media_type.clone()
    }

    fn next(&self) -> Result<Option<Event>> {
        self.stream.pull()
    }

    fn cancel(&self) {
        self.stream.stop();
    }
}

impl Parameters for Request {
    fn parameters(&self) -> Vec<(&'static str, bool)> {
        vec![
            ("voice", self.voice.is_some()),
            ("speed", self.speed.is_some()),
            ("language", self.language.is_some()),
            ("instructions", self.instructions.is_some()),
            ("seed", self.seed.is_some()),
        ]
    }
}

/// What the host gets: the sound of a provider, whose end warns of each parameter that the model does not list. For tests;
/// within a component the SDK calls it.
///
/// # Errors
/// As [`TextToSpeech::synthesize`]; and `unsupported` for such a parameter when the caller is strict.
pub fn synthesize<P: Provider + TextToSpeech>(request: Request, options: &CallOptions) -> Result<Response> {
    let unlisted = Unlisted::of::<P>(&request, options)?;
    let mut response = P::synthesize(request, options)?;
    response.events.unlisted(unlisted);
    Ok(response)
}

impl<P: Exported + TextToSpeech> Guest for Adapter<P> {
    type AudioStream = Sound;

    fn synthesize(request: Request, options: CallOptions) -> Result<AudioStream> {
        enter();
        synthesize::<P>(request, &options).map(|response| AudioStream::new(Sound::from(response)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_file_comes_in_pieces() {
        let file: Vec<u8> = (0..PIECE + 3).map(|index| index as u8).collect();
        let response = Response::audio("audio/wav", file.clone()).warnings([Warning::Note("flat".to_owned())]);
        assert_eq!(response.media_type(), "audio/wav");
        let events = response.collect::<Result<Vec<_>>>().unwrap();
        let [Event::Audio(first), Event::Audio(second), Event::Finish(finish)] = events.as_slice() else {
            panic!("{} events", events.len());
        };
        assert_eq!([first.as_slice(), second].concat(), file);
        assert_eq!(finish, &Finish::new(Usage::of("request", 1)).warnings([Warning::Note("flat".to_owned())]));
    }

    #[test]
    fn the_host_pulls_the_sound() {
        let events = [Ok(Event::audio(*b"RIFF")), Ok(Event::finish(Usage::characters("hi")))];
        let sound = Sound::from(Response::stream("audio/wav", events));
        assert_eq!(sound.media_type(), "audio/wav");
        assert_eq!(sound.next().unwrap(), Some(Event::audio(*b"RIFF")));
        assert_eq!(sound.next().unwrap(), Some(Event::finish(Usage::of("character", 2))));
        assert_eq!(sound.next().unwrap(), None);
    }
}
