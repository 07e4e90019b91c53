//! A provider that typesets the prompt as a social card: the first line as headline, what follows as text below it.
//!
//! `font` shapes words, `layout` finds the size at which they fit, `background` paints what is behind them with
//! `brush`, and `paint` brings them together.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

mod background;
mod brush;
mod font;
mod layout;
mod paint;

use font::Fonts;
use layout::Layout;
use palisade_guest::catalog::Model;
use palisade_guest::text_to_image::{Canvas, Request, Response};
use palisade_guest::{CallOptions, Description, Failure, Provider, Result, TextToImage, config};

const CANVAS: Canvas = Canvas::new(1200, 630).sides(64, 4096).max_pixels(16_000_000).images(8).seeded();

/// The setting with the words at the foot of each card.
const FOOTER: &str = "footer";

/// The provider.
#[derive(Debug)]
pub struct Card;

impl Provider for Card {
    fn describe() -> Description {
        Description::new("card")
            .summary("Typesets the prompt as a social card.")
            .config_schema(r#"{"type":"object","properties":{"footer":{"type":"string","maxLength":60}}}"#)
            .model(Model::new("card").free().canvas(&CANVAS))
    }
}

impl TextToImage for Card {
    fn generate(request: Request, options: &CallOptions) -> Result<Response> {
        let mut order = CANVAS.order(&request, options)?;
        let fonts = Fonts::load()?;
        let (prompt, missing) = fonts.without_missing(&request.prompt);
        if prompt.trim().is_empty() {
            return Err(Failure::unsupported(["script of the prompt"]));
        }
        if !missing.is_empty() {
            order.warnings.note(format!("the font has no {missing}, which is left out"));
        }
        let footer = config::get(FOOTER).unwrap_or_else(|| "palisade".to_owned());
        let layout = Layout::fit(&fonts, &prompt, &footer, order.width, order.height);
        if let Some(kept) = layout.kept {
            order.warnings.adjusted("prompt", format!("its first {kept} characters"))?;
        }
        order.paint(|order, seed| paint::card(&layout, seed, order.width, order.height))
    }
}

palisade_guest::export!(Card: text_to_image);

#[cfg(test)]
mod tests {
    use palisade_guest::{Dimensions, FailureKind, Warning};

    use super::*;

    fn generate(
        prompt: &str,
        size: (u32, u32),
        change: impl FnOnce(&mut Request, &mut CallOptions),
    ) -> Result<Response> {
        let (mut request, mut options) = (Request::new(prompt), CallOptions::new("card"));
        request.size = Dimensions::Pixels(size);
        change(&mut request, &mut options);
        Card::generate(request, &options)
    }

    #[test]
    fn any_size_is_honoured() {
        for size in [(64, 64), (64, 300), (600, 64), (300, 157)] {
            let response = generate("Hello, world\nand all who live in it", size, |_, _| {}).unwrap();
            let file = response.images[0].content.read_all().unwrap();
            let reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
            assert_eq!((reader.info().width, reader.info().height), size);
        }
    }

    #[test]
    fn a_seed_makes_the_same_card_again() {
        let files = |seed, n| -> Vec<_> {
            let response = generate("Hello", (128, 64), |request, _| {
                request.seed = Some(seed);
                request.n = n;
            });
            response.unwrap().images.iter().map(|image| image.content.read_all().unwrap()).collect()
        };
        let pair = files(1, 2);
        assert_ne!(pair[0], pair[1]);
        assert_eq!(pair[1], files(2, 1)[0]);
    }

    #[test]
    fn too_long_a_prompt_is_cut_or_refused() {
        let long = "many words ".repeat(300);
        let response = generate(&long, (300, 157), |_, _| {}).unwrap();
        assert!(matches!(&response.warnings[..], [Warning::AdjustedParameter((name, _))] if name == "prompt"));
        let failure = generate(&long, (300, 157), |_, options| options.strict = true).unwrap_err();
        let FailureKind::LimitExceeded(bad) = failure.kind else { panic!("{failure:?}") };
        assert_eq!(bad.field, "prompt");
    }

    #[test]
    fn letters_that_the_font_lacks_are_said() {
        let response = generate("Hello 🦊", (128, 64), |_, _| {}).unwrap();
        assert_eq!(response.warnings, [Warning::Note("the font has no 🦊, which is left out".into())]);
        let failure = generate("雪の狐", (128, 64), |_, _| {}).unwrap_err();
        assert!(matches!(failure.kind, FailureKind::Unsupported(_)));
    }

    #[test]
    fn bad_input_is_refused() {
        let failure = generate(" ", (128, 64), |_, _| {}).unwrap_err();
        assert!(matches!(failure.kind, FailureKind::InvalidInput(bad) if bad.field == "prompt"));
        let failure = generate("Hello", (0, 64), |_, _| {}).unwrap_err();
        assert!(matches!(failure.kind, FailureKind::InvalidInput(bad) if bad.field == "size"));
    }
}
