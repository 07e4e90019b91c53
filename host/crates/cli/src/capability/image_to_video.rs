//! `palisade run image-to-video`

use clap::Args;
use palisade::{
    Result,
    image_to_video::{Request, Response},
};
use serde_json::Value;

use super::{
    Capability, Present,
    films::{self, Films},
};
use crate::{inputs::Inputs, output::Output};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What happens in it; `-` reads it from stdin.
    prompt: Option<String>,
    #[command(flatten)]
    films: Films,
}

impl Capability for Arguments {
    type Operation = Request;

    const INPUT: &'static str = "The picture that it begins with; a text is the prompt";
    const GROUPS: &'static [&'static str] = &["Arguments", "Films"];
    const MAKES_FILES: bool = true;

    fn request(self, inputs: &mut Inputs) -> Result<Request> {
        let Films { size, resolution, seconds, fps, audio, seed, n } = self.films;
        let prompt = inputs.prompt(self.prompt)?;
        let first_frame = inputs.needed_picture(|ordinary: Request| ordinary.first_frame)?;
        Ok(Request { prompt, size, resolution, seconds, fps, audio, n, seed, ..Request::new(first_frame) })
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
