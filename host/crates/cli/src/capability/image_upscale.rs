//! `palisade run image-upscale`

use clap::Args;
use palisade::{
    Dimensions, Result,
    image_upscale::{Request, Response, Scale},
};
use serde_json::{Value, json};

use super::{Capability, Present, pictures};
use crate::{inputs::Inputs, media_type, output::Output};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What the picture shows, for models that invent details; `-` reads it from stdin.
    prompt: Option<String>,
    /// So many times as wide and as high. [default: 2]
    #[arg(long)]
    factor: Option<f32>,
    /// The size in pixels, instead of a factor.
    #[arg(long, value_name = "WxH", value_parser = pixels, conflicts_with = "factor")]
    size: Option<Scale>,
    /// The same seed gives the same result.
    #[arg(long)]
    seed: Option<u64>,
    /// The media type: for example png, jpeg, webp or image/avif.
    #[arg(long, value_name = "TYPE", value_parser = media_type::parse)]
    format: Option<String>,
}

impl Capability for Arguments {
    type Operation = Request;

    const INPUT: &'static str = "The picture; a text is the prompt";
    const MAKES_FILES: bool = true;

    fn request(self, inputs: &mut Inputs) -> Result<Request> {
        let prompt = inputs.prompt(self.prompt)?;
        Ok(Request {
            image: inputs.needed_picture(|ordinary: Request| ordinary.image)?,
            scale: self.size.or(self.factor.map(Scale::Factor)).unwrap_or_default(),
            prompt,
            seed: self.seed,
            output_format: inputs.format(self.format),
        })
    }
}

impl Present<Request> for Response {
    fn outputs(&self) -> Vec<Output<'_>> {
        pictures::outputs([&self.image])
    }

    fn json(&self, files: &[Value]) -> serde_json::Result<Value> {
        Ok(json!({ "image": pictures::json([&self.image], files).pop() }))
    }
}

fn pixels(text: &str) -> Result<Scale, String> {
    match text.parse()? {
        Dimensions::Pixels(width, height) => Ok(Scale::Pixels(width, height)),
        Dimensions::Auto | Dimensions::Aspect(..) => {
            Err("write width and height in pixels, such as 1024x768".to_owned())
        }
    }
}
