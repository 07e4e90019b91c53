//! A provider that draws a landscape whose light, land and weather come from the words of the prompt.
//!
//! `mood` reads the prompt, `sky` and `land` give the colour of each pixel, `life` puts trees, birds and a fox in
//! front of it, on the `scene`, and `paint` brings them together.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

mod color;
mod fox;
mod land;
mod life;
mod mood;
mod noise;
mod paint;
mod scene;
mod sky;

use palisade_guest::catalog::Model;
use palisade_guest::text_to_image::{Canvas, Request, Response};
use palisade_guest::{CallOptions, Description, Provider, Result, TextToImage};

const CANVAS: Canvas = Canvas::new(1024, 1024).sides(1, 4096).max_pixels(16_000_000).images(8).seeded();

/// The provider.
#[derive(Debug)]
pub struct Sketch;

impl Provider for Sketch {
    fn describe() -> Description {
        Description::new("sketch")
            .summary("Draws a landscape from the mood of the prompt.")
            .model(Model::new("sketch").free().canvas(&CANVAS))
    }
}

impl TextToImage for Sketch {
    fn generate(request: Request, options: &CallOptions) -> Result<Response> {
        CANVAS
            .order(&request, options)?
            .paint(|order, seed| paint::landscape(&request.prompt, seed, order.width, order.height))
    }
}

palisade_guest::export!(Sketch: text_to_image);

#[cfg(test)]
mod tests {
    use palisade_guest::{Dimensions, FailureKind};

    use super::*;

    fn files(prompt: &str, seed: Option<u64>, n: u32, size: (u32, u32)) -> Vec<Vec<u8>> {
        let mut request = Request::new(prompt);
        request.seed = seed;
        request.n = n;
        request.size = Dimensions::Pixels(size);
        let response = Sketch::generate(request, &CallOptions::new("sketch")).unwrap();
        response.images.iter().map(|image| image.content.read_all().unwrap()).collect()
    }

    #[test]
    fn any_size_is_honoured() {
        for size in [(1, 1), (1, 300), (300, 1), (64, 48), (200, 300)] {
            let file = files("a red fox in fresh snow at night", None, 1, size).remove(0);
            let reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
            assert_eq!((reader.info().width, reader.info().height), size);
        }
    }

    #[test]
    fn a_seed_makes_the_same_picture_again() {
        let pair = files("the sea", Some(1), 2, (64, 64));
        assert_ne!(pair[0], pair[1]);
        assert_eq!(pair, files("the sea", Some(1), 2, (64, 64)));
        assert_eq!(pair[1], files("the sea", Some(2), 1, (64, 64))[0]);
    }

    #[test]
    fn words_change_the_picture() {
        let pictures: Vec<_> = ["the sea at night", "a forest at dawn", "a desert", "snow"]
            .map(|prompt| files(prompt, Some(1), 1, (64, 64)).remove(0))
            .into();
        for (index, picture) in pictures.iter().enumerate() {
            assert!(!pictures[index + 1..].contains(picture));
        }
    }

    #[test]
    fn an_empty_prompt_is_refused() {
        let failure = Sketch::generate(Request::new(" "), &CallOptions::new("sketch")).unwrap_err();
        let FailureKind::InvalidInput(bad) = failure.kind else { panic!("{failure:?}") };
        assert_eq!(bad.field, "prompt");
    }
}
