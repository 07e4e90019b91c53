//! Draws the prompt in large letters.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

use palisade_guest::text_to_image::{Image, Request, Response};
use palisade_guest::{CallOptions, Description, Dimensions, Model, Provider, Result, TextToImage};

/// The provider.
pub struct MyProvider;

impl Provider for MyProvider {
    fn describe() -> Description {
        let model = Model::new("letters").free().output("image/svg+xml");
        Description::new("my-provider").summary("Draws the prompt in large letters.").model(model)
    }
}

impl TextToImage for MyProvider {
    fn generate(request: Request, options: &CallOptions) -> Result<Response> {
        let mut warnings = options.warnings();
        let (width, height) = match request.size {
            Dimensions::Auto => (640, 160),
            Dimensions::Pixels(size) => size,
            Dimensions::Aspect((width, height)) => {
                let width = (160 * u64::from(width) / u64::from(height.max(1))).clamp(1, 4096) as u32;
                warnings.adjusted("size", format!("{width}x160"))?;
                (width, 160)
            }
        };
        let svg = draw(&request.prompt, width, height);
        let image = || Image::new("image/svg+xml", svg.clone().into_bytes(), width, height);
        let images: Vec<_> = (0..request.n).map(|_| image()).collect::<Result<_>>()?;
        Ok(Response::new(images).warnings(warnings.into_vec()))
    }
}

palisade_guest::export!(MyProvider: text_to_image);

/// A text in the middle of a picture of this size.
fn draw(text: &str, width: u32, height: u32) -> String {
    let plain = text.replace('&', "&amp;").replace('<', "&lt;");
    let style = format!(r#"x="50%" y="50%" text-anchor="middle" font-size="{}""#, height / 3);
    let start = format!(r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">"#);
    format!("{start}<text {style}>{plain}</text></svg>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prompt_is_drawn_and_nothing_of_it_is_markup() {
        let request = Request { n: 2, ..Request::new("<fox>") };
        let images = MyProvider::generate(request, &CallOptions::new("letters")).unwrap().images;
        assert_eq!(images.len(), 2);
        let file = String::from_utf8(images[0].content.read_all().unwrap()).unwrap();
        assert!(file.contains("&lt;fox>"), "{file}");
    }

    #[test]
    fn who_is_strict_gets_the_size_that_was_asked_for_or_none() {
        let request = Request { size: Dimensions::Aspect((16, 9)), ..Request::new("fox") };
        let strict = CallOptions { strict: true, ..CallOptions::new("letters") };
        assert!(MyProvider::generate(request, &strict).is_err());
    }
}
