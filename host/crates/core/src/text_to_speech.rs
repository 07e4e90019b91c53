//! A text, spoken: whole or as it comes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Collect, Error, Media, Quantity, Result, Unit, Usage, Warning, Workload,
    check::{self, bad_output, set},
    clean,
    text::escape,
};

/// Characters that are spoken in a second.
const CHARACTERS_A_SECOND: f64 = 15.0;

/// What to say.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Request {
    /// The text. Never empty.
    pub text: String,
    /// A voice that the model offers.
    pub voice: Option<String>,
    /// Speed, 1 being ordinary, above 0 and at most 4.
    pub speed: Option<f32>,
    /// Language of the text as a BCP 47 tag.
    pub language: Option<String>,
    /// How to say it.
    pub instructions: Option<String>,
    /// Wanted media type, for example `audio/mpeg`.
    pub output_format: Option<String>,
    /// The same seed, request and version of a provider give the same sound.
    pub seed: Option<u64>,
}

impl Request {
    /// This text, with everything else left to the provider.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    pub(crate) fn typical() -> Self {
        Self::new("Foxes live in woods.")
    }

    pub(crate) fn validate(&self) -> Result<()> {
        check::required_text("text", &self.text, "say what is to be spoken")?;
        check::text_length("instructions", self.instructions.as_deref().unwrap_or_default())?;
        check::name("voice", self.voice.as_ref())?;
        check::name("language", self.language.as_ref())?;
        check::name("output-format", self.output_format.as_ref())?;
        match self.speed {
            Some(speed) if !(speed > 0.0 && speed <= 4.0) => {
                Err(Error::invalid_input("speed", format!("{speed} is not above 0 and at most 4")))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn size_in_bytes(&self) -> u64 {
        (self.text.len() + self.instructions.as_ref().map_or(0, String::len)) as u64
    }

    pub(crate) fn parameters(&self) -> BTreeMap<&'static str, Value> {
        check::parameters([
            ("voice", set(&self.voice)),
            ("speed", check::set_number(self.speed)),
            ("language", set(&self.language)),
            ("instructions", self.instructions.is_some().then(|| true.into())),
            ("output-format", set(&self.output_format)),
            ("seed", set(&self.seed)),
        ])
    }

    pub(crate) fn workload(&self) -> Workload {
        let characters = self.text.chars().count() as f64;
        let speed = f64::from(self.speed.unwrap_or(1.0));
        let seconds = |a_second: f64| characters / a_second / speed;
        check::workload([
            Quantity::exactly(Unit::Character, characters),
            Quantity::between(Unit::AudioSecond, seconds(30.0), seconds(CHARACTERS_A_SECOND), seconds(3.0)),
        ])
    }
}

impl From<&str> for Request {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Request {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// The end of a sound.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Finish {
    /// What it used.
    pub usage: Usage,
    /// What the caller should know.
    pub warnings: Vec<Warning>,
}

/// A piece of a sound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// The media type of the file, for example `audio/wav`: exactly one, and first.
    MediaType(String),
    /// More of the file.
    Audio(#[serde(with = "crate::media::bytes")] Vec<u8>),
    /// The end: exactly one, and last.
    Finish(Finish),
}

impl Event {
    pub(crate) fn size_in_bytes(&self) -> u64 {
        match self {
            Self::MediaType(text) => text.len() as u64,
            Self::Audio(data) => data.len() as u64,
            Self::Finish(_) => 0,
        }
    }

    pub(crate) fn clean(&mut self) -> Result<()> {
        match self {
            Self::MediaType(text) => clean::name(text),
            Self::Audio(_) => {}
            Self::Finish(finish) => clean::remarks(&mut finish.usage, &mut finish.warnings)?,
        }
        Ok(())
    }

    pub(crate) fn memory_in_bytes(&self) -> u64 {
        // The file grows by doubling.
        self.size_in_bytes().saturating_mul(2)
    }

    pub(crate) fn is_last(&self) -> bool {
        matches!(self, Self::Finish(_))
    }
}

/// A whole sound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// The file.
    pub audio: Media,
    /// What it used.
    pub usage: Usage,
    /// What the caller should know.
    pub warnings: Vec<Warning>,
}

impl Response {
    pub(crate) fn validate(&self, _request: &Request) -> Result<()> {
        check_media_type(&self.audio.media_type)?;
        if self.audio.data.is_empty() {
            return Err(bad_output("the provider returned an empty sound"));
        }
        Ok(())
    }

    pub(crate) fn clean(&mut self) -> Result<()> {
        clean::media([&mut self.audio]);
        clean::remarks(&mut self.usage, &mut self.warnings)
    }

    pub(crate) fn size_in_bytes(&self) -> u64 {
        self.audio.data.len() as u64
    }

    /// The events that give this response.
    pub(crate) fn into_events(self) -> Vec<Event> {
        vec![
            Event::MediaType(self.audio.media_type),
            Event::Audio(self.audio.data),
            Event::Finish(Finish { usage: self.usage, warnings: self.warnings }),
        ]
    }
}

fn check_media_type(media_type: &str) -> Result<()> {
    if media_type.starts_with("audio/") {
        return Ok(());
    }
    let media_type = escape(media_type, 80);
    Err(bad_output(format!("the provider returned `{media_type}` where a sound was asked for")))
}

/// A sound that is put together from its events.
#[derive(Debug, Default)]
pub struct Collector {
    media_type: Option<String>,
    data: Vec<u8>,
    finish: Option<Finish>,
}

impl Collect for Collector {
    type Event = Event;
    type Response = Response;

    fn push(&mut self, event: &Event) -> Result<()> {
        match event {
            _ if self.finish.is_some() => return Err(bad_output("the provider goes on after the end of its sound")),
            Event::MediaType(media_type) => {
                check_media_type(media_type)?;
                if self.media_type.replace(media_type.clone()).is_some() {
                    return Err(bad_output("the provider says twice what its sound is"));
                }
            }
            _ if self.media_type.is_none() => return Err(bad_output("the provider does not say what its sound is")),
            Event::Audio(data) => self.data.extend_from_slice(data),
            Event::Finish(finish) => self.finish = Some(finish.clone()),
        }
        Ok(())
    }

    fn finish(self) -> Result<Response> {
        let (Some(media_type), Some(finish)) = (self.media_type, self.finish) else {
            return Err(bad_output("the provider ended its sound without `finish`"));
        };
        let audio = Media { media_type, data: self.data };
        Ok(Response { audio, usage: finish.usage, warnings: finish.warnings })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_is_the_sum_of_its_events_and_gives_them_again() {
        let collect = |events: &[Event]| {
            let mut collector = Collector::default();
            events.iter().try_for_each(|event| collector.push(event))?;
            collector.finish()
        };
        let start = || Event::MediaType("audio/wav".to_owned());
        let (audio, end) = (|| Event::Audio(vec![1, 2]), || Event::Finish(Finish::default()));
        let sound = collect(&[start(), audio(), audio(), end()]).unwrap();
        assert_eq!(sound.audio.data, [1, 2, 1, 2]);
        sound.validate(&Request::new("x")).unwrap();
        assert_eq!(collect(&sound.clone().into_events()).unwrap(), sound);
        assert!(collect(&[start(), audio()]).is_err());
        assert!(collect(&[start(), end(), audio()]).is_err());
        assert!(collect(&[start(), start(), end()]).is_err());
        assert!(collect(&[audio(), start(), end()]).is_err());
        assert!(collect(&[Event::MediaType("text/html".to_owned())]).is_err());
        assert!(collect(&[start(), end()]).unwrap().validate(&Request::new("x")).is_err(), "it is empty");
    }

    #[test]
    fn a_number_is_in_the_catalogue_as_people_write_it() {
        let request = Request { speed: Some(1.2), ..Request::new("x") };
        assert_eq!(request.parameters()["speed"], serde_json::json!(1.2));
    }

    #[test]
    fn a_speed_is_above_zero_and_at_most_four() {
        for speed in [0.0, -1.0, 4.5, f32::NAN] {
            let request = Request { speed: Some(speed), ..Request::new("x") };
            assert_eq!(request.validate().unwrap_err().field(), Some("speed"));
        }
        assert_eq!(Request::new(" ").validate().unwrap_err().field(), Some("text"));
    }
}
