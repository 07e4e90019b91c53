//! `palisade run text-to-video`

use clap::Args;
use palisade::{
    Result,
    text_to_video::{Request, Response},
};
use serde_json::Value;

use super::{
    Capability, Present,
    films::{self, Films},
};
use crate::{inputs::Inputs, output::Output};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What the film shows; `-` reads it from stdin.
    prompt: Option<String>,
    #[command(flatten)]
    films: Films,
}

impl Capability for Arguments {
    type Operation = Request;

    const INPUT: &'static str = "A file that goes in: a text is the prompt, a picture is what the film begins with";
    const GROUPS: &'static [&'static str] = &["Arguments", "Films"];
    const MAKES_FILES: bool = true;

    fn request(self, inputs: &mut Inputs) -> Result<Request> {
        let Films { size, resolution, seconds, fps, audio, seed, n } = self.films;
        let prompt = inputs.prompt(self.prompt)?;
        Ok(Request {
            prompt: inputs.needed(
                prompt,
                |ordinary: Request| ordinary.prompt,
                "prompt",
                "write it behind the capability, or name a file with --input",
            )?,
            first_frame: inputs.picture()?,
            size,
            resolution,
            seconds,
            fps,
            audio,
            n,
            seed,
            ..Request::default()
        })
    }
}

impl Present<Request> for Response {
    fn outputs(&self) -> Vec<Output<'_>> {
        films::outputs(&self.videos)
    }

    fn json(&self, files: &[Value]) -> serde_json::Result<Value> {
        Ok(films::json(&self.videos, files))
    }
}
