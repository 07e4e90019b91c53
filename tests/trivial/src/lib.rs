//! A provider for measuring. The prompt says what a picture of it is:
//!
//! - a number: so many zeros, and one for what is none of these. It answers at once, so that a call costs what calling costs;
//! - `back`: the first reference, as it came;
//! - the name of a [kernel](kernels) and a number: what so many rounds of it give.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]
#![allow(clippy::indexing_slicing, reason = "a kernel is written as one writes it")]

pub mod kernels;

use palisade_guest::catalog::Model;
use palisade_guest::text_to_image::{Image, Request, Response};
use palisade_guest::{CallOptions, Description, InlineMedia, Media, Provider, Result, TextToImage};

/// The provider.
#[derive(Debug)]
pub struct Trivial;

impl Provider for Trivial {
    fn describe() -> Description {
        Description::new("trivial").summary("Answers at once.").model(Model::new("zeros").free())
    }
}

impl TextToImage for Trivial {
    fn generate(request: Request, _: &CallOptions) -> Result<Response> {
        let kernel = request.prompt.split_once(' ').and_then(|(name, rounds)| kernels::run(name, rounds.parse().ok()?));
        let data = match (kernel, request.references.first()) {
            (Some(result), _) => result.to_le_bytes().to_vec(),
            (None, Some(reference)) => reference.read_all()?,
            (None, None) => vec![0; request.prompt.parse().unwrap_or(1)],
        };
        // Whatever its size, in one piece: a blob would be another way.
        let content = Media::Inline(InlineMedia { media_type: "image/x-raw".to_owned(), data });
        Ok(Response::new([Image { content, width: None, height: None, seed: None, revised_prompt: None }]))
    }
}

palisade_guest::export!(Trivial: text_to_image);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prompt_is_the_number_of_bytes() {
        for (prompt, bytes) in [("a fox", 1), ("1000", 1000)] {
            let made = Trivial::generate(Request::new(prompt), &CallOptions::new("zeros")).unwrap();
            assert_eq!(made.images[0].content.read_all().unwrap().len(), bytes);
        }
    }
}
