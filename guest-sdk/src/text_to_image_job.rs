//! The capability `text-to-image`, where pictures take longer than a call. The work is a job: see [`jobs`](crate::jobs).

pub use bindings::exports::palisade::provider::text_to_image_job::Request;

use crate::capability::capability;
use crate::unlisted::Unlisted;
use crate::{Adapter, CallOptions, Exported, Provider, Result};

capability!("text-to-image-job", TextToImageJob);

/// Implemented by a provider of this capability, beside [`Jobs`](crate::Jobs).
pub trait TextToImageJob {
    /// Submits the work, once, and gives the token that finds it again: see [`jobs::token`](crate::jobs::token).
    ///
    /// # Errors
    /// When nothing was submitted, or that is not known; see [`FailureKind`](crate::FailureKind) for the kinds.
    fn submit(request: Request, options: &CallOptions) -> Result<Vec<u8>>;
}

/// What the host gets: the token of a provider, with what its outcome will warn of, each parameter that the model does not list.
/// For tests, with [`jobs::poll`](crate::jobs::poll); within a component the SDK calls it.
///
/// # Errors
/// As [`TextToImageJob::submit`]; and `unsupported` for such a parameter when the caller is strict.
pub fn submit<P: Provider + TextToImageJob>(request: Request, options: &CallOptions) -> Result<Vec<u8>> {
    let unlisted = Unlisted::of::<P>(&request, options)?;
    P::submit(request, options).map(|token| unlisted.keep_in(token))
}

impl<P: Exported + TextToImageJob> bindings::exports::palisade::provider::text_to_image_job::Guest for Adapter<P> {
    fn submit(request: Request, options: CallOptions) -> Result<Vec<u8>> {
        crate::adapter::enter();
        submit::<P>(request, &options)
    }
}
