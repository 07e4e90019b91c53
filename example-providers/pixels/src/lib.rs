//! A provider that edits pictures as a small language of operations says, and enlarges them.
//!
//! `language` reads the prompt, `operation`, `filter` and `resample` change the pixels, `file` writes them, and `edit` and
//! `upscale` carry out requests.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

mod edit;
mod file;
mod filter;
mod language;
mod operation;
mod resample;
mod upscale;

use palisade_guest::catalog::Model;
use palisade_guest::picture::{Bounds, MEDIA_TYPES};
use palisade_guest::{CallOptions, Description, ImageEdit, ImageUpscale, Provider, Result, image_edit, image_upscale};

const MAX_SIDE: i32 = 8192;

/// The largest picture, on the way in and in between: of 32 megapixels, a copy takes 128 MB.
const BOUNDS: Bounds = Bounds::new(MAX_SIDE.unsigned_abs(), 32_000_000);

/// The provider.
#[derive(Debug)]
pub struct Pixels;

impl Provider for Pixels {
    fn describe() -> Description {
        let mut model = Model::new("pixels").free().tag("deterministic");
        for media_type in MEDIA_TYPES {
            model = model.input(media_type).output(media_type);
        }
        Description::new("pixels").summary("Edits pictures in a language of operations, and enlarges them.").model(
            model
                .int("width", 1..=MAX_SIDE)
                .int("height", 1..=MAX_SIDE)
                .choice("quality", &edit::QUALITIES.map(|(word, _)| word))
                .flag("mask")
                .float("factor", 1.0..=8.0),
        )
    }
}

impl ImageEdit for Pixels {
    fn edit(request: image_edit::Request, options: &CallOptions) -> Result<image_edit::Response> {
        edit::edit(&request, options)
    }
}

impl ImageUpscale for Pixels {
    fn upscale(request: image_upscale::Request, options: &CallOptions) -> Result<image_upscale::Response> {
        upscale::upscale(&request, options)
    }
}

palisade_guest::export!(Pixels: image_edit, image_upscale);

#[cfg(test)]
mod tests;
