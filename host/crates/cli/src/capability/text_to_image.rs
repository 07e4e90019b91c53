//! `palisade run text-to-image`

use clap::Args;
use palisade::{
    Result,
    text_to_image::{Request, Response},
};
use serde_json::{Value, json};

use super::{
    Capability, Present,
    pictures::{self, Pictures},
};
use crate::{inputs::Inputs, output::Output};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What the picture shows; `-` reads it from stdin.
    prompt: Option<String>,
    #[command(flatten)]
    pictures: Pictures,
}

impl Capability for Arguments {
    type Operation = Request;

    const INPUT: &'static str = "A file that goes in: a text is the prompt, a picture is a reference";
    const GROUPS: &'static [&'static str] = &["Arguments", "Pictures"];
    const MAKES_FILES: bool = true;

    fn request(self, inputs: &mut Inputs) -> Result<Request> {
        let Pictures { size, seed, n, format, quality } = self.pictures;
        let prompt = inputs.prompt(self.prompt)?;
        Ok(Request {
            prompt: inputs.needed(
                prompt,
                |ordinary: Request| ordinary.prompt,
                "prompt",
                "write it behind the capability, or name a file with --input",
            )?,
            references: inputs.pictures()?,
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
