//! `palisade run image-edit`

use std::path::PathBuf;

use clap::Args;
use palisade::{
    Result,
    image_edit::{Request, Response},
};
use serde_json::{Value, json};

use super::{
    Capability, Present,
    pictures::{self, Pictures},
};
use crate::{
    inputs::{Inputs, non_empty},
    output::Output,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What is to be different; `-` reads it from stdin.
    prompt: Option<String>,
    /// Where to change: white is changed, black is kept.
    #[arg(long, value_name = "FILE")]
    mask: Option<PathBuf>,
    #[command(flatten)]
    pictures: Pictures,
}

impl Capability for Arguments {
    type Operation = Request;

    const INPUT: &'static str = "A picture to change or combine, the main one first; a text is the prompt";
    const GROUPS: &'static [&'static str] = &["Arguments", "Pictures"];
    const MAKES_FILES: bool = true;

    fn request(self, inputs: &mut Inputs) -> Result<Request> {
        let Pictures { size, seed, n, format, quality } = self.pictures;
        let (prompt, images) = (inputs.prompt(self.prompt)?, non_empty(inputs.pictures()?));
        Ok(Request {
            prompt: inputs.needed(
                prompt,
                |ordinary: Request| ordinary.prompt,
                "prompt",
                "write it behind the capability, or name a text file with --input",
            )?,
            images: inputs.needed(
                images,
                |ordinary: Request| ordinary.images,
                "images",
                "name the picture with --input",
            )?,
            mask: self.mask.map(|path| inputs.media_file(&path)).transpose()?,
            n,
            size,
            seed,
            output_format: inputs.format(format),
            quality,
            ..Request::default()
        })
    }
}

impl Present<Request> for Response {
    fn outputs(&self) -> Vec<Output<'_>> {
        pictures::outputs(&self.images)
    }

    fn json(&self, files: &[Value]) -> serde_json::Result<Value> {
        Ok(json!({ "images": pictures::json(&self.images, files) }))
    }
}
