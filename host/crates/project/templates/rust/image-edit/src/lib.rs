//! Washes a drawing in the colour that the prompt names.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

use palisade_guest::image_edit::{Request, Response};
use palisade_guest::{CallOptions, Description, Failure, Image, ImageEdit, Media, Model, Provider, Result};

const SVG: &str = "image/svg+xml";

/// The provider.
pub struct MyProvider;

impl Provider for MyProvider {
    fn describe() -> Description {
        let summary = "Washes a drawing in the colour that the prompt names.";
        Description::new("my-provider").summary(summary).model(Model::new("wash").free().input(SVG).output(SVG))
    }
}

impl ImageEdit for MyProvider {
    fn edit(request: Request, _: &CallOptions) -> Result<Response> {
        let color = request.prompt.trim();
        if !color.chars().all(|letter| letter.is_ascii_lowercase()) {
            return Err(Failure::invalid_input("prompt", "must be the name of a colour"));
        }
        let drawing = request.images.first().map(Media::read_all).transpose()?.unwrap_or_default();
        let drawing = String::from_utf8(drawing).unwrap_or_default();
        let Some((inside, end)) = drawing.rsplit_once("</svg>") else {
            return Err(Failure::invalid_input("images[0]", "must be an SVG file"));
        };
        let wash = format!(r#"<rect width="100%" height="100%" fill="{color}" opacity="0.4"/>"#);
        let content = Media::new(SVG, format!("{inside}{wash}</svg>{end}").into_bytes())?;
        Ok(Response::new([Image { content, width: None, height: None, seed: None, revised_prompt: None }]))
    }
}

palisade_guest::export!(MyProvider: image_edit);

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(prompt: &str, drawing: &str) -> Result<String> {
        let request = Request::new(prompt, [Media::new(SVG, drawing.as_bytes().to_vec())?]);
        let response = MyProvider::edit(request, &CallOptions::new("wash"))?;
        String::from_utf8(response.images[0].content.read_all()?).map_err(Failure::internal)
    }

    #[test]
    fn the_wash_is_over_all_of_it() {
        let drawing = edited("tomato", "<svg><circle r='9'/></svg>\n").unwrap();
        assert!(drawing.starts_with("<svg><circle r='9'/><rect ") && drawing.ends_with("/></svg>\n"), "{drawing}");
        assert!(drawing.contains("tomato"));
    }

    #[test]
    fn what_is_no_colour_or_no_drawing_is_refused() {
        assert!(edited("\"/>", "<svg></svg>").is_err() && edited("tomato", "GIF89a").is_err());
    }
}
