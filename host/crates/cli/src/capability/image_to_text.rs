//! `palisade run image-to-text`

use clap::Args;
use palisade::{
    Result,
    image_to_text::{Request, Response},
};

use super::{Capability, Present};
use crate::inputs::Inputs;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A question or an instruction; `-` reads it from stdin.
    prompt: Option<String>,
    /// What is wanted: `caption`, `answer`, `ocr`, `codes` or a word of the model's own.
    #[arg(long)]
    task: Option<String>,
    /// Language of the answer as a BCP 47 tag, for example `en`.
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    /// Most tokens to answer with.
    #[arg(long, value_name = "COUNT")]
    max_tokens: Option<u32>,
}

impl Capability for Arguments {
    type Operation = Request;

    const INPUT: &'static str = "The picture; a text is the prompt";

    fn request(self, inputs: &mut Inputs) -> Result<Request> {
        let prompt = inputs.prompt(self.prompt)?;
        Ok(Request {
            image: inputs.needed_picture(|ordinary: Request| ordinary.image)?,
            prompt,
            task: self.task,
            language: self.language,
            max_output_tokens: self.max_tokens,
        })
    }
}

impl Present<Request> for Response {
    fn text(&self, _request: &Request) -> Option<String> {
        Some(self.text.clone())
    }
}
