//! Work that takes longer than a call: it is submitted once, and asked after until it is done, also after a restart.
//!
//! ```text
//! Provider::submit ─► JobToken (noted before anything else happens) ─► Provider::poll ─► Queued | Running ─► poll again
//!                                                                                  └─► Succeeded | Failed | Cancelled | Expired
//! ```

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    Capability, Error, ErrorKind, Image, KeyValue, Media, Request, Response, Result, Scope, Usage, Video, Warning,
    check::bad_output, http::Outlet, image_to_video, lending::Stores, text_to_image, text_to_video,
};

/// What a provider needs to find a job again. The host keeps it; it means something to the provider alone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobToken(#[serde(with = "serde_bytes")] Vec<u8>);

impl JobToken {
    /// Most bytes of a token.
    pub const MAX_BYTES: usize = 4096;

    /// Takes a token that a provider gave.
    ///
    /// # Errors
    ///
    /// `bad-output` when it is longer than [`MAX_BYTES`](Self::MAX_BYTES).
    pub fn new(bytes: Vec<u8>) -> Result<Self> {
        if bytes.len() > Self::MAX_BYTES {
            let (length, most) = (bytes.len(), Self::MAX_BYTES);
            return Err(bad_output(format!(
                "the provider gave a token of {length} bytes, and at most {most} are kept"
            )));
        }
        Ok(Self(bytes))
    }

    /// The bytes, as the provider gave them.
    #[must_use]
    pub fn bytes(&self) -> &Vec<u8> {
        &self.0
    }
}

/// Not shown: it is the provider's, and may say more than it should.
impl fmt::Debug for JobToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "JobToken({} bytes)", self.0.len())
    }
}

/// A job to ask after, or to cancel.
#[derive(Debug, Clone)]
pub struct JobCall {
    /// What was asked for.
    pub capability: Capability,
    /// Which job.
    pub token: JobToken,
    /// How long the answer may take. The provider's own limit holds as well.
    pub timeout: Option<Duration>,
    /// For whom it was submitted.
    pub scope: Scope,
    /// The way to upstreams, as far as it was granted.
    pub outlet: Outlet,
    /// What the provider keeps between its calls, as far as room was granted.
    pub key_value: KeyValue,
    /// The stores that it was lent.
    pub stores: Stores,
}

/// How far a job is, as its provider says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobProgress {
    /// Thousandths of the work done, 0 to 1000; none when it is not known.
    pub permille: Option<u32>,
    /// How many are before it; none when it is not known.
    pub queue_position: Option<u32>,
    /// How long it is likely to take; none when it is not known.
    pub remaining: Option<Duration>,
    /// What it looks like so far; none when there is nothing to see.
    pub preview: Option<Media>,
}

/// Where a job is.
#[derive(Debug)]
pub enum JobState {
    /// It waits.
    Queued(JobProgress),
    /// It runs.
    Running(JobProgress),
    /// It is done.
    Succeeded(Box<Response>),
    /// It failed.
    Failed(Error),
    /// It was cancelled; what is billed all the same, when that is known.
    Cancelled(Option<Usage>),
    /// The upstream does not know it any more.
    Expired,
}

impl JobState {
    /// Its name, as people and events read it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Queued(_) => "queued",
            Self::Running(_) => "running",
            Self::Succeeded(_) => "succeeded",
            Self::Failed(_) => "failed",
            Self::Cancelled(_) => "cancelled",
            Self::Expired => "expired",
        }
    }
}

/// What became of an attempt to cancel a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CancelResult {
    /// It stops.
    Cancelled,
    /// It is done already.
    TooLate,
    /// The upstream cannot cancel.
    Unsupported,
}

/// One picture or film that a job made.
#[derive(Debug, Clone, PartialEq)]
pub struct JobOutput {
    /// The encoded file.
    pub content: Media,
    /// Width in pixels, as the provider says.
    pub width: Option<u32>,
    /// Height in pixels, as the provider says.
    pub height: Option<u32>,
    /// Length in seconds, of a film, as the provider says.
    pub seconds: Option<f32>,
    /// The seed that makes it again.
    pub seed: Option<u64>,
    /// The prompt that was used, when it is not the caller's.
    pub revised_prompt: Option<String>,
}

/// What a job made.
#[derive(Debug, Clone, PartialEq)]
pub struct JobOutcome {
    /// The results.
    pub outputs: Vec<JobOutput>,
    /// What it used.
    pub usage: Usage,
    /// What the caller should know.
    pub warnings: Vec<Warning>,
}

impl JobOutcome {
    /// The response to a request of this capability.
    ///
    /// # Errors
    ///
    /// `unsupported` when no work of the capability is a job.
    pub fn into_response(self, capability: Capability) -> Result<Response> {
        let Self { outputs, usage, warnings } = self;
        Ok(match capability {
            Capability::TextToImage => {
                let images = outputs.into_iter().map(Image::from).collect();
                text_to_image::Response { images, usage, warnings }.into()
            }
            Capability::TextToVideo => {
                let videos = outputs.into_iter().map(Video::from).collect();
                text_to_video::Response { videos, usage, warnings }.into()
            }
            Capability::ImageToVideo => {
                let videos = outputs.into_iter().map(Video::from).collect();
                image_to_video::Response { videos, usage, warnings }.into()
            }
            other => return Err(Error::new(ErrorKind::Unsupported, format!("no work of {other} is a job"))),
        })
    }
}

impl Request {
    /// The same without the bytes of its media: what is kept of it until its job is done.
    #[must_use]
    pub fn without_media(&self) -> Self {
        let mut bare = self.clone();
        let forget = |media: &mut Media| media.data = Vec::new();
        match &mut bare {
            Self::TextToImage(request) => request.references.iter_mut().chain(&mut request.mask).for_each(forget),
            Self::TextToVideo(request) => {
                let frames = request.first_frame.iter_mut().chain(&mut request.last_frame);
                request.references.iter_mut().chain(frames).for_each(forget);
            }
            Self::ImageToVideo(request) => {
                forget(&mut request.first_frame);
                request.references.iter_mut().chain(&mut request.last_frame).for_each(forget);
            }
            // Their work is never a job.
            _ => {}
        }
        bare
    }
}

impl From<JobOutput> for Image {
    fn from(output: JobOutput) -> Self {
        let JobOutput { content, width, height, seconds: _, seed, revised_prompt } = output;
        Self { content, width, height, seed, revised_prompt }
    }
}

impl From<JobOutput> for Video {
    fn from(output: JobOutput) -> Self {
        let JobOutput { content, width, height, seconds, seed, revised_prompt } = output;
        Self { content, width, height, seconds, seed, revised_prompt }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_bounded_and_does_not_show() {
        let token = JobToken::new(vec![b's'; JobToken::MAX_BYTES]).unwrap();
        assert_eq!(format!("{token:?}"), "JobToken(4096 bytes)");
        let error = JobToken::new(vec![0; JobToken::MAX_BYTES + 1]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadOutput);
    }

    #[test]
    fn an_outcome_is_the_response_that_was_asked_for() {
        let outcome = || JobOutcome {
            outputs: vec![JobOutput {
                content: Media { media_type: "video/mp4".to_owned(), data: vec![1] },
                width: Some(640),
                height: Some(360),
                seconds: Some(5.0),
                seed: Some(7),
                revised_prompt: Some("a fox".to_owned()),
            }],
            usage: Usage::default(),
            warnings: Vec::new(),
        };
        for capability in [Capability::TextToImage, Capability::TextToVideo, Capability::ImageToVideo] {
            assert_eq!(outcome().into_response(capability).unwrap().capability(), capability);
        }
        assert_eq!(outcome().into_response(Capability::Chat).unwrap_err().kind(), ErrorKind::Unsupported);
        let Ok(Response::TextToVideo(response)) = outcome().into_response(Capability::TextToVideo) else {
            panic!("a film was asked for")
        };
        assert_eq!((response.videos[0].seconds, response.videos[0].seed), (Some(5.0), Some(7)));
    }
}
