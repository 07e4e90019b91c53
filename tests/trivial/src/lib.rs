//! A provider that answers at once, so that a call of it costs what calling costs: the picture is as many zeros as the
//! prompt says, one when the prompt is no number.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

use palisade_guest::catalog::Model;
use palisade_guest::text_to_image::{Image, Request, Response};
use palisade_guest::{CallOptions, Description, Provider, Result, TextToImage};

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
        let file = vec![0; request.prompt.parse().unwrap_or(1)];
        Ok(Response::new([Image::new("image/x-raw", file, 1, 1)?]))
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
