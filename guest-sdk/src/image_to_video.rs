//! The capability `image-to-video`: films from a picture. The work is a job: see [`jobs`](crate::jobs).

pub use bindings::exports::palisade::provider::image_to_video::Request;

use crate::capability::capability;
use crate::{Adapter, CallOptions, Exported, Result};

capability!("image-to-video", ImageToVideo);

/// Implemented by a provider of this capability, beside [`Jobs`](crate::Jobs).
pub trait ImageToVideo {
    /// Submits the work, once, and gives the token that finds it again: see [`jobs::token`](crate::jobs::token).
    ///
    /// # Errors
    /// When nothing was submitted, or that is not known; see [`FailureKind`](crate::FailureKind) for the kinds.
    fn submit(request: Request, options: &CallOptions) -> Result<Vec<u8>>;
}

impl<P: Exported + ImageToVideo> bindings::exports::palisade::provider::image_to_video::Guest for Adapter<P> {
    fn submit(request: Request, options: CallOptions) -> Result<Vec<u8>> {
        crate::adapter::enter();
        P::submit(request, &options)
    }
}

impl Request {
    /// A request for one film of any size and length that begins with this picture. For tests.
    #[must_use]
    pub fn new(first_frame: crate::Media) -> Self {
        Self {
            prompt: None,
            first_frame,
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
