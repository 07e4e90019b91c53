//! The capability `image-upscale`: pictures made larger.

pub use bindings::exports::palisade::provider::image_upscale::{Request, Response, Scale};

use crate::capability::{capability, reports};
use crate::unlisted::Parameters;
use crate::{CallOptions, Image, Media, Result, Usage};

capability!("image-upscale", ImageUpscale, image_upscale::upscale);
reports!(Response);

/// Implemented by a provider of this capability.
pub trait ImageUpscale {
    /// Enlarges the picture.
    ///
    /// # Errors
    /// When it cannot be enlarged; see [`FailureKind`](crate::FailureKind) for the kinds.
    fn upscale(request: Request, options: &CallOptions) -> Result<Response>;
}

impl Request {
    /// A request to make this picture twice as wide and as high. For tests.
    #[must_use]
    pub fn new(image: Media) -> Self {
        Self { image, scale: Scale::Factor(2.0), prompt: None, seed: None, output_format: None }
    }
}

impl Parameters for Request {
    fn parameters(&self) -> Vec<(&'static str, bool)> {
        vec![("prompt", self.prompt.is_some()), ("seed", self.seed.is_some())]
    }
}

impl Response {
    /// This picture. Unless set, one `image` was used.
    #[must_use]
    pub fn new(image: Image) -> Self {
        Self { image, usage: Usage::images(1), warnings: Vec::new() }
    }
}
