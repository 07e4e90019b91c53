//! The capability `image-edit`: pictures changed as described.

pub use bindings::exports::palisade::provider::image_edit::{Request, Response};

use crate::capability::{capability, reports};
use crate::unlisted::Parameters;
use crate::{CallOptions, Dimensions, Image, Media, Result, Usage};

capability!("image-edit", ImageEdit, image_edit::edit);
reports!(Response);

/// Implemented by a provider of this capability.
pub trait ImageEdit {
    /// Changes the pictures.
    ///
    /// # Errors
    /// When no picture can be made; see [`FailureKind`](crate::FailureKind) for the kinds.
    fn edit(request: Request, options: &CallOptions) -> Result<Response>;
}

impl Request {
    /// A request for one result of any size that changes all of the pictures. For tests.
    pub fn new(prompt: impl Into<String>, images: impl IntoIterator<Item = Media>) -> Self {
        Self {
            prompt: prompt.into(),
            images: images.into_iter().collect(),
            mask: None,
            negative_prompt: None,
            n: 1,
            size: Dimensions::Auto,
            quality: None,
            seed: None,
            output_format: None,
        }
    }
}

impl Parameters for Request {
    fn parameters(&self) -> Vec<(&'static str, bool)> {
        vec![
            ("negative-prompt", self.negative_prompt.is_some()),
            ("quality", self.quality.is_some()),
            ("seed", self.seed.is_some()),
            ("mask", self.mask.is_some()),
        ]
    }
}

impl Response {
    /// These pictures. Unless set, an `image` was used for each of them.
    pub fn new(images: impl IntoIterator<Item = Image>) -> Self {
        let images: Vec<Image> = images.into_iter().collect();
        let usage = Usage::images(u32::try_from(images.len()).unwrap_or(u32::MAX));
        Self { images, usage, warnings: Vec::new() }
    }
}
