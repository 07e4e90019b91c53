//! The capability `text-to-video`: films from a description. The work is a job: see [`jobs`](crate::jobs).

pub use bindings::exports::palisade::provider::text_to_video::Request;

use crate::capability::capability;
use crate::{Adapter, CallOptions, Exported, Result};

capability!("text-to-video", TextToVideo);

/// Implemented by a provider of this capability, beside [`Jobs`](crate::Jobs).
pub trait TextToVideo {
    /// Submits the work, once, and gives the token that finds it again: see [`jobs::token`](crate::jobs::token).
    ///
    /// # Errors
    /// When nothing was submitted, or that is not known; see [`FailureKind`](crate::FailureKind) for the kinds.
    fn submit(request: Request, options: &CallOptions) -> Result<Vec<u8>>;
}

impl<P: Exported + TextToVideo> bindings::exports::palisade::provider::text_to_video::Guest for Adapter<P> {
    fn submit(request: Request, options: CallOptions) -> Result<Vec<u8>> {
        crate::adapter::enter();
        P::submit(request, &options)
    }
}

impl Request {
    /// A request for one film of any size and length. For tests.
    pub fn new(prompt: impl Into<String>) -> Self {
        Self {
            prompt: prompt.into(),
            first_frame: None,
            last_frame: None,
            references: Vec::new(),
            size: crate::Dimensions::Auto,
            resolution: None,
            seconds: None,
            fps: None,
            audio: None,
            n: 1,
            seed: None,
        }
    }
}
