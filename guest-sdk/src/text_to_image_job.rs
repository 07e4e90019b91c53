//! The capability `text-to-image`, where pictures take longer than a call. The work is a job: see [`jobs`](crate::jobs).

pub use bindings::exports::palisade::provider::text_to_image_job::Request;

use crate::capability::capability;
use crate::{Adapter, CallOptions, Exported, Result};

capability!("text-to-image-job", TextToImageJob);

/// Implemented by a provider of this capability, beside [`Jobs`](crate::Jobs).
pub trait TextToImageJob {
    /// Submits the work, once, and gives the token that finds it again: see [`jobs::token`](crate::jobs::token).
    ///
    /// # Errors
    /// When nothing was submitted, or that is not known; see [`FailureKind`](crate::FailureKind) for the kinds.
    fn submit(request: Request, options: &CallOptions) -> Result<Vec<u8>>;
}

impl<P: Exported + TextToImageJob> bindings::exports::palisade::provider::text_to_image_job::Guest for Adapter<P> {
    fn submit(request: Request, options: CallOptions) -> Result<Vec<u8>> {
        crate::adapter::enter();
        P::submit(request, &options)
    }
}
