//! A small provider that makes a picture, reads others and gives them back.
//!
//! Its component is kept with each release, and every later host runs it: see `tests/compatibility`. It says what it was asked, so that
//! nothing may be lost on the way.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

use std::io::Write as _;

use palisade_guest::blobs::Writer;
use palisade_guest::catalog::Model;
use palisade_guest::image_upscale::Scale;
use palisade_guest::text_to_image::Image;
use palisade_guest::{
    CallOptions, Description, Failure, ImageEdit, ImageToText, ImageUpscale, Media, Provider, Result, TextToImage,
    Warning, image_edit, image_to_text, image_upscale, text_to_image,
};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// The provider.
#[derive(Debug)]
pub struct Keepsake;

impl Provider for Keepsake {
    fn describe() -> Description {
        Description::new("keepsake-media")
            .summary("Says what it was asked.")
            .model(Model::new("keepsake").free().input("image/png").output("image/png"))
    }
}

/// The file, where it is what it says.
fn checked(field: &str, media: &Media, magic: &[u8]) -> Result<Vec<u8>> {
    let data = media.read_all()?;
    // The head of a file is no file.
    if data.starts_with(magic) && data.len() > 40 {
        Ok(data)
    } else {
        Err(Failure::invalid_input(field, "it is cut off"))
    }
}

impl ImageEdit for Keepsake {
    fn edit(request: image_edit::Request, _: &CallOptions) -> Result<image_edit::Response> {
        let mut images = Vec::new();
        for image in request.images.iter().take(1) {
            let mut image = Image::png(checked("images[0]", image, PNG)?, 1, 1)?;
            (image.width, image.height) = (None, None);
            image.revised_prompt = Some(format!("{} ({:?}, {:?})", request.prompt, request.size, request.seed));
            images.push(image);
        }
        let response = image_edit::Response::new(images);
        Ok(image_edit::Response { warnings: vec![Warning::Note("nothing was changed".to_owned())], ..response })
    }
}

impl ImageUpscale for Keepsake {
    fn upscale(request: image_upscale::Request, _: &CallOptions) -> Result<image_upscale::Response> {
        let mut image = Image::png(checked("image", &request.image, PNG)?, 1, 1)?;
        (image.width, image.height) = (None, None);
        image.revised_prompt = Some(match request.scale {
            Scale::Factor(factor) => format!("{factor} times"),
            Scale::Pixels((width, height)) => format!("{width} by {height}"),
        });
        let adjusted = Warning::AdjustedParameter(("scale".to_owned(), "1".to_owned()));
        Ok(image_upscale::Response { warnings: vec![adjusted], ..image_upscale::Response::new(image) })
    }
}

impl ImageToText for Keepsake {
    fn read(request: image_to_text::Request, _: &CallOptions) -> Result<image_to_text::Response> {
        let data = checked("image", &request.image, PNG)?;
        let image_to_text::Request { prompt, task, language, max_output_tokens, .. } = request;
        let text = format!("{} bytes, {prompt:?}, {task:?}, {language:?}, {max_output_tokens:?}", data.len());
        let finding = image_to_text::Finding {
            confidence: Some(0.5),
            region: Some(image_to_text::Region { x: 1, y: 2, width: 3, height: 4 }),
            ..image_to_text::Finding::new("text", "a region")
        };
        Ok(image_to_text::Response { findings: vec![finding], ..image_to_text::Response::new(text) })
    }
}

/// A grey pixel.
const PIXEL: &[u8] = b"\
    \x89\x50\x4e\x47\x0d\x0a\x1a\x0a\
    \x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00\x3a\x7e\x9b\x55\
    \x00\x00\x00\x0a\x49\x44\x41\x54\x78\x9c\x63\x68\x00\x00\x00\x82\x00\x81\x77\xcd\x72\xb6\
    \x00\x00\x00\x00\x49\x45\x4e\x44\xae\x42\x60\x82";

impl TextToImage for Keepsake {
    fn generate(request: text_to_image::Request, _: &CallOptions) -> Result<text_to_image::Response> {
        let data = match request.references.first() {
            Some(reference) => checked("references[0]", reference, PNG)?,
            None => PIXEL.to_vec(),
        };
        // By way of the host, however small it is.
        let mut writer = Writer::new("image/png");
        writer.write_all(&data)?;
        let asked =
            format!("{} ({:?}, {:?}, {:?})", request.prompt, request.size, request.seed, request.negative_prompt);
        let image = Image {
            content: writer.finish()?,
            width: None,
            height: None,
            seed: request.seed,
            revised_prompt: Some(asked),
        };
        let size = Warning::IgnoredParameter("size".to_owned());
        Ok(text_to_image::Response { warnings: vec![size], ..text_to_image::Response::new([image]) })
    }
}

palisade_guest::export!(Keepsake: image_edit, image_to_text, image_upscale, text_to_image);
