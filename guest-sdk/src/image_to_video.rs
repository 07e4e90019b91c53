//! The capability `image-to-video`: films from a picture. The work is a job: see [`jobs`](crate::jobs).

pub use bindings::exports::palisade::provider::image_to_video::Request;

use crate::capability::capability;
use crate::unlisted::{Parameters, Unlisted};
use crate::{Adapter, CallOptions, Exported, Provider, Result};

capability!("image-to-video", ImageToVideo);

/// Implemented by a provider of this capability, beside [`Jobs`](crate::Jobs).
pub trait ImageToVideo {
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
/// As [`ImageToVideo::submit`]; and `unsupported` for such a parameter when the caller is strict.
pub fn submit<P: Provider + ImageToVideo>(request: Request, options: &CallOptions) -> Result<Vec<u8>> {
    let unlisted = Unlisted::of::<P>(&request, options)?;
    P::submit(request, options).map(|token| unlisted.keep_in(token))
}

impl<P: Exported + ImageToVideo> bindings::exports::palisade::provider::image_to_video::Guest for Adapter<P> {
    fn submit(request: Request, options: CallOptions) -> Result<Vec<u8>> {
        crate::adapter::enter();
        submit::<P>(request, &options)
    }
}

impl Parameters for Request {
    fn parameters(&self) -> Vec<(&'static str, bool)> {
        vec![
            ("last-frame", self.last_frame.is_some()),
            ("references", !self.references.is_empty()),
            ("resolution", self.resolution.is_some()),
            ("seconds", self.seconds.is_some()),
            ("fps", self.fps.is_some()),
            ("audio", self.audio.is_some()),
            ("seed", self.seed.is_some()),
        ]
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
