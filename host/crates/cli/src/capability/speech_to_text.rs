//! `palisade run speech-to-text`

use clap::{Args, ValueEnum};
use palisade::{
    Result,
    speech_to_text::{Request, Response, Segment},
};

use super::{Capability, Present};
use crate::inputs::Inputs;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Language of the speech as a BCP 47 tag, for example `en`. [default: the model finds out]
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    /// Words that are likely to come up, such as names.
    #[arg(long, value_name = "TEXT")]
    prompt: Option<String>,
    /// How finely times are wanted.
    #[arg(long, value_enum)]
    timestamps: Option<Timestamps>,
    /// Tells speakers apart.
    #[arg(long)]
    speakers: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Timestamps {
    Segment,
    Word,
}

impl Capability for Arguments {
    type Operation = Request;

    const INPUT: &'static str = "The sound, or a film with sound";

    fn request(self, inputs: &mut Inputs) -> Result<Request> {
        let audio = inputs.sound()?;
        let timestamps = self.timestamps.map(|timestamps| match timestamps {
            Timestamps::Segment => "segment".to_owned(),
            Timestamps::Word => "word".to_owned(),
        });
        Ok(Request {
            audio: inputs.needed(audio, |ordinary: Request| ordinary.audio, "audio", "name the sound with --input")?,
            language: self.language,
            prompt: self.prompt.map(|prompt| inputs.argument(prompt)).transpose()?,
            timestamps,
            speakers: self.speakers,
        })
    }
}

impl Present<Request> for Response {
    /// The text, or a line for each piece where times are known.
    fn text(&self, _request: &Request) -> Option<String> {
        if self.segments.is_empty() {
            return Some(self.text.clone());
        }
        Some(self.segments.iter().map(line).collect())
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let language = self.language.as_ref().map(|language| ("language", palisade::text::escape(language, 40)));
        let length = self.seconds.map(|seconds| ("length", format!("{seconds:.2} s")));
        language.into_iter().chain(length).collect()
    }
}

fn line(Segment { text, start, end, speaker }: &Segment) -> String {
    let speaker = speaker.as_ref().map(|speaker| format!("{speaker}: ")).unwrap_or_default();
    format!("[{start:.2} - {end:.2}] {speaker}{}\n", text.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_have_their_times() {
        let segment = Segment { text: " SOS".to_owned(), start: 0.5, end: 2.0, speaker: Some("a".to_owned()) };
        assert_eq!(line(&segment), "[0.50 - 2.00] a: SOS\n");
        assert_eq!(line(&Segment { speaker: None, ..segment }), "[0.50 - 2.00] SOS\n");
    }
}
