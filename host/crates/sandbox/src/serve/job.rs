//! Where a job is, on its way from a worker.

use std::time::Duration;

use palisade_core::{
    Capability, Error, ErrorKind, JobProgress, JobState, JobToken, Limits, Media, Response, Result, Usage,
};
use serde::{Deserialize, Serialize};

use super::{believe::not_asked, failure::Failure};

/// The longest time that a provider can name.
const MAX_REMAINING: Duration = Duration::from_millis(u32::MAX as u64);

/// Where a job is, as a worker says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Whereabouts {
    Queued(HowFar),
    Running(HowFar),
    Succeeded(Box<Response>),
    Failed(Failure),
    Cancelled(Option<Usage>),
    Expired,
}

/// How far a job is, as a worker says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct HowFar {
    permille: Option<u32>,
    queue_position: Option<u32>,
    remaining: Option<Duration>,
    preview: Option<Media>,
}

impl From<JobState> for Whereabouts {
    fn from(state: JobState) -> Self {
        match state {
            JobState::Queued(progress) => Self::Queued(progress.into()),
            JobState::Running(progress) => Self::Running(progress.into()),
            JobState::Succeeded(response) => Self::Succeeded(response),
            JobState::Failed(error) => Self::Failed(Failure::from(&error)),
            JobState::Cancelled(usage) => Self::Cancelled(usage),
            JobState::Expired => Self::Expired,
        }
    }
}

impl Whereabouts {
    /// What a guest in this process could have said of a job of this capability.
    pub(super) fn believed(self, capability: Capability, limits: &Limits) -> Result<JobState> {
        Ok(match self {
            Self::Queued(how_far) => JobState::Queued(how_far.believed(limits)?),
            Self::Running(how_far) => JobState::Running(how_far.believed(limits)?),
            Self::Succeeded(mut response) if response.capability() == capability => {
                response.clean()?;
                response.check_size(limits)?;
                JobState::Succeeded(response)
            }
            Self::Succeeded(_) => return Err(not_asked()),
            Self::Failed(failure) => JobState::Failed(failure.into_error()),
            Self::Cancelled(usage) => JobState::Cancelled(usage),
            Self::Expired => JobState::Expired,
        })
    }
}

impl From<JobProgress> for HowFar {
    fn from(progress: JobProgress) -> Self {
        let JobProgress { permille, queue_position, remaining, preview } = progress;
        Self { permille, queue_position, remaining, preview }
    }
}

impl HowFar {
    fn believed(self, limits: &Limits) -> Result<JobProgress> {
        let Self { permille, queue_position, remaining, preview } = self;
        if let Some(preview) = &preview {
            preview_fits(preview, limits)?;
        }
        let permille = permille.map(|permille| permille.min(1000));
        let remaining = remaining.map(|remaining| remaining.min(MAX_REMAINING));
        Ok(JobProgress { permille, queue_position, remaining, preview })
    }
}

/// A preview is memory of the guest that made it.
fn preview_fits(preview: &Media, limits: &Limits) -> Result<()> {
    if preview.data.len() as u64 <= limits.memory_bytes {
        return Ok(());
    }
    let message = format!("the preview of a job has {} bytes", preview.data.len());
    Err(Error::new(ErrorKind::ResultTooLarge, message))
}

/// A token that a guest in this process could have given.
pub(super) fn believed_token(token: &JobToken) -> Result<JobToken> {
    JobToken::new(token.bytes().clone())
}

#[cfg(test)]
mod tests {
    use palisade_core::{Warning, text_to_image, text_to_video};

    use super::*;

    fn believed(state: Whereabouts) -> Result<JobState> {
        let limits = Limits { memory_bytes: 100, ..Limits::default() };
        state.believed(Capability::TextToImage, &limits)
    }

    fn how_far() -> HowFar {
        let (permille, remaining) = (Some(u32::MAX), Some(Duration::MAX));
        HowFar { permille, queue_position: Some(3), remaining, preview: None }
    }

    #[test]
    fn how_far_a_job_is_stays_within_what_can_be() {
        let JobState::Running(progress) = believed(Whereabouts::Running(how_far())).unwrap() else { panic!("it runs") };
        assert_eq!((progress.permille, progress.queue_position), (Some(1000), Some(3)));
        assert_eq!(progress.remaining, Some(MAX_REMAINING));
        let preview = |length| Some(Media { media_type: "image/png".to_owned(), data: vec![0; length] });
        assert!(believed(Whereabouts::Queued(HowFar { preview: preview(100), ..how_far() })).is_ok());
        let error = believed(Whereabouts::Queued(HowFar { preview: preview(101), ..how_far() })).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ResultTooLarge);
    }

    #[test]
    fn what_a_job_made_is_what_was_asked_for_and_cannot_act() {
        let videos = text_to_video::Response { videos: vec![], usage: Usage::default(), warnings: vec![] };
        let error = believed(Whereabouts::Succeeded(Box::new(videos.into()))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadOutput);
        let warnings = vec![Warning::Note { text: "\u{1b}[31m".to_owned() }];
        let pictures = text_to_image::Response { images: vec![], usage: Usage::default(), warnings };
        let state = believed(Whereabouts::Succeeded(Box::new(pictures.into()))).unwrap();
        // Once escaped by us, once by the debug format.
        assert!(format!("{state:?}").contains(r"\\u{1b}[31m"), "{state:?}");
        let failure = Failure::from(&Error::new(ErrorKind::Config, "\u{1b}[31m"));
        let JobState::Failed(error) = believed(Whereabouts::Failed(failure)).unwrap() else { panic!("it failed") };
        assert_eq!((error.kind(), error.message().contains('\u{1b}')), (ErrorKind::BadOutput, false));
    }

    #[test]
    fn a_token_is_no_longer_than_a_guest_may_give() {
        let token = |length| -> JobToken {
            let bytes = super::super::frame::to_bytes(&serde_bytes::ByteBuf::from(vec![0; length])).unwrap();
            super::super::frame::parse(&bytes).unwrap()
        };
        assert!(believed_token(&token(JobToken::MAX_BYTES)).is_ok());
        assert!(believed_token(&token(JobToken::MAX_BYTES + 1)).is_err());
    }
}
