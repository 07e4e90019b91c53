//! Enlarges a drawing.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

use palisade_guest::image_upscale::{Request, Response, Scale};
use palisade_guest::{CallOptions, Description, Failure, Image, ImageUpscale, Model, Provider, Result};

const SVG: &str = "image/svg+xml";

/// The provider.
pub struct MyProvider;

impl Provider for MyProvider {
    fn describe() -> Description {
        let model = Model::new("vector").free().input(SVG).output(SVG);
        Description::new("my-provider").summary("Enlarges a drawing.").model(model)
    }
}

impl ImageUpscale for MyProvider {
    fn upscale(request: Request, _: &CallOptions) -> Result<Response> {
        let drawing = String::from_utf8(request.image.read_all()?).unwrap_or_default();
        let Some((width, height)) = side(&drawing, "width").zip(side(&drawing, "height")) else {
            return Err(Failure::invalid_input("image", "must be an SVG file with a width and a height in pixels"));
        };
        let (to_width, to_height) = match request.scale {
            Scale::Factor(factor) => (scaled(width, factor), scaled(height, factor)),
            Scale::Pixels(size) => size,
        };
        // A drawing within a larger one grows with it.
        let start = r#"<svg xmlns="http://www.w3.org/2000/svg""#;
        let larger = format!(
            r#"{start} width="{to_width}" height="{to_height}" viewBox="0 0 {width} {height}">{drawing}</svg>"#
        );
        Ok(Response::new(Image::new(SVG, larger.into_bytes(), to_width, to_height)?))
    }
}

palisade_guest::export!(MyProvider: image_upscale);

/// The length of a side, where the drawing begins with it in pixels: `<svg ... width="64">`.
fn side(drawing: &str, name: &str) -> Option<u32> {
    let (head, _) = drawing.strip_prefix("<svg ")?.split_once('>')?;
    let (_, value) = head.split_once(&format!("{name}=\""))?;
    value.split_once('"')?.0.parse().ok()
}

fn scaled(side: u32, factor: f32) -> u32 {
    (f64::from(side) * f64::from(factor)).round() as u32
}

#[cfg(test)]
mod tests {
    use palisade_guest::Media;

    use super::*;

    fn larger(drawing: &str, scale: Scale) -> Result<Image> {
        let request = Request { scale, ..Request::new(Media::new(SVG, drawing.as_bytes().to_vec())?) };
        Ok(MyProvider::upscale(request, &CallOptions::new("vector"))?.image)
    }

    #[test]
    fn a_drawing_grows_as_asked() {
        let drawing = r#"<svg width="30" height="20"><circle r="9"/></svg>"#;
        let image = larger(drawing, Scale::Factor(2.5)).unwrap();
        assert_eq!((image.width, image.height), (Some(75), Some(50)));
        let file = String::from_utf8(image.content.read_all().unwrap()).unwrap();
        assert!(file.contains(r#"viewBox="0 0 30 20""#) && file.contains(drawing), "{file}");
        assert_eq!(larger(drawing, Scale::Pixels((90, 60))).unwrap().width, Some(90));
    }

    #[test]
    fn what_has_no_size_is_refused() {
        assert!(larger("<svg></svg>", Scale::Factor(2.0)).is_err());
    }
}
