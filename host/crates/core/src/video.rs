//! A film that a provider made, and what all requests for films have in common.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Dimensions, Error, Media, Quantity, Result, Unit, Workload,
    check::{self, MAX_IMAGES, bad_output, set},
    text::escape,
};

/// Most films of a request.
pub const MAX_VIDEOS: u32 = 16;
/// Most seconds that a film may be asked to last: an hour.
const MAX_SECONDS: f32 = 3600.0;
/// Most pictures a second.
const MAX_FRAMES_PER_SECOND: u32 = 240;
/// Seconds of a film whose length is left to the model: at the least, as usual, and at the most.
const SHORTEST: f64 = 1.0;
const TYPICAL: f64 = 5.0;
const LONGEST: f64 = 60.0;

/// One film.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Video {
    /// The encoded film.
    pub content: Media,
    /// Width in pixels, as the provider says.
    pub width: Option<u32>,
    /// Height in pixels, as the provider says.
    pub height: Option<u32>,
    /// Length in seconds, as the provider says.
    pub seconds: Option<f32>,
    /// The seed that makes this film again.
    pub seed: Option<u64>,
    /// The prompt that was used, when it is not the caller's.
    pub revised_prompt: Option<String>,
}

/// What a request for films asks for, whatever they are made from.
pub(crate) struct Asked<'a> {
    pub(crate) prompt: &'a str,
    pub(crate) first_frame: Option<&'a Media>,
    pub(crate) last_frame: Option<&'a Media>,
    pub(crate) references: &'a [Media],
    pub(crate) size: Dimensions,
    pub(crate) resolution: &'a Option<String>,
    pub(crate) seconds: Option<f32>,
    pub(crate) fps: Option<u32>,
    pub(crate) audio: Option<bool>,
    pub(crate) n: u32,
    pub(crate) seed: Option<u64>,
}

impl<'a> Asked<'a> {
    pub(crate) fn validate(&self) -> Result<()> {
        check::text_length("prompt", self.prompt)?;
        if self.n > MAX_VIDEOS {
            return Err(Error::invalid_input("n", format!("{} films, and at most {MAX_VIDEOS} are made", self.n)));
        }
        check::dimensions("size", self.size)?;
        check::name("resolution", self.resolution.as_ref())?;
        check::range("seconds", self.seconds, 0.1, MAX_SECONDS)?;
        check::range("fps", self.fps.map(|fps| fps as f32), 1.0, MAX_FRAMES_PER_SECOND as f32)?;
        check::within("references", self.references.len(), MAX_IMAGES as usize, "pictures")?;
        for (index, reference) in self.references.iter().enumerate() {
            check::media(&format!("references[{index}]"), reference)?;
        }
        let frames = [("first-frame", self.first_frame), ("last-frame", self.last_frame)];
        frames.into_iter().try_for_each(|(field, frame)| frame.map_or(Ok(()), |frame| check::media(field, frame)))
    }

    pub(crate) fn media(&self) -> impl Iterator<Item = &'a Media> + use<'a> {
        self.references.iter().chain(self.first_frame).chain(self.last_frame)
    }

    pub(crate) fn size_in_bytes(&self) -> u64 {
        let media: usize = self.media().map(|media| media.data.len()).sum();
        (self.prompt.len() + media) as u64
    }

    pub(crate) fn parameters(&self) -> BTreeMap<&'static str, Value> {
        let [width, height] = check::pixels(self.size);
        check::parameters([
            ("n", Some(self.n.max(1).into())),
            width,
            height,
            ("resolution", set(self.resolution)),
            ("seconds", check::set_number(self.seconds)),
            ("fps", set(&self.fps)),
            ("audio", set(&self.audio)),
            ("seed", set(&self.seed)),
            ("first-frame", self.first_frame.is_some().then(|| true.into())),
            ("last-frame", self.last_frame.is_some().then(|| true.into())),
            ("references", (!self.references.is_empty()).then(|| self.references.len().into())),
        ])
    }

    pub(crate) fn workload(&self) -> Workload {
        let films = f64::from(self.n.max(1));
        let seconds = match self.seconds {
            // Fewer may be made than were asked for.
            Some(seconds) => {
                let each = f64::from(seconds);
                Quantity::between(Unit::VideoSecond, each, films * each, films * each)
            }
            None => Quantity::between(Unit::VideoSecond, SHORTEST, films * TYPICAL, films * LONGEST),
        };
        check::workload([seconds, Quantity::exactly(Unit::Character, self.prompt.chars().count() as f64)])
    }
}

/// Films that a provider made.
pub(crate) fn made(videos: &[Video], asked: u32) -> Result<()> {
    for video in videos {
        let media_type = escape(&video.content.media_type, 80);
        // A film without sound may be a picture that moves.
        if !media_type.starts_with("video/") && !media_type.starts_with("image/") {
            return Err(bad_output(format!("the provider returned `{media_type}` where a film was asked for")));
        }
        if video.content.data.is_empty() {
            return Err(bad_output("the provider returned an empty film"));
        }
    }
    if videos.is_empty() || videos.len() > asked as usize {
        let made = videos.len();
        return Err(bad_output(format!("the provider returned {made} films where {asked} were asked for")));
    }
    Ok(())
}

/// Bytes of films.
pub(crate) fn size_in_bytes(videos: &[Video]) -> u64 {
    videos.iter().map(|video| video.content.data.len() as u64).sum()
}
