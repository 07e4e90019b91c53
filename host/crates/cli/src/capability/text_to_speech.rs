//! `palisade run text-to-speech`

use std::io::Write as _;

use clap::Args;
use futures_util::StreamExt as _;
use indicatif::ProgressBar;
use palisade::{
    CallSettings, FindProvider, Result,
    text_to_speech::{Event, Request, Response},
};
use serde_json::{Value, json};

use super::{Capability, Present, Served};
use crate::{inputs::Inputs, media_type, output::Output};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What is to be spoken; `-` reads it from stdin.
    text: Option<String>,
    /// A voice that the model offers.
    #[arg(long)]
    voice: Option<String>,
    /// Speed: 1 is ordinary, 4 the most.
    #[arg(long)]
    speed: Option<f32>,
    /// Language of the text as a BCP 47 tag, for example `en`.
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    /// How to say it.
    #[arg(long, value_name = "TEXT")]
    instructions: Option<String>,
    /// The media type: for example wav, mp3, ogg or audio/flac.
    #[arg(long, value_name = "TYPE", value_parser = media_type::parse)]
    format: Option<String>,
    /// The same seed gives the same result.
    #[arg(long)]
    seed: Option<u64>,
}

impl Capability for Arguments {
    type Operation = Request;

    const INPUT: &'static str = "A file with the text";
    const MAKES_FILES: bool = true;

    fn request(self, inputs: &mut Inputs) -> Result<Request> {
        let text = inputs.prompt(self.text)?;
        Ok(Request {
            text: inputs.needed(
                text,
                |ordinary: Request| ordinary.text,
                "text",
                "write it behind the capability, or name a file with --input",
            )?,
            voice: self.voice,
            speed: self.speed,
            language: self.language,
            instructions: self.instructions,
            output_format: inputs.format(self.format),
            seed: self.seed,
        })
    }

    async fn serve(
        search: FindProvider,
        request: Request,
        settings: CallSettings,
        live: Option<&ProgressBar>,
    ) -> anyhow::Result<Served<Request>> {
        if live.is_none() {
            return Ok(Served { completion: search.call(request, settings).await?, shown: false });
        }
        let mut stream = search.stream(request, settings)?;
        while let Some(event) = stream.next().await {
            if let Event::Audio(data) = event? {
                let mut stdout = std::io::stdout().lock();
                stdout.write_all(&data)?;
                stdout.flush()?;
            }
        }
        Ok(Served { completion: stream.finish().await?, shown: true })
    }
}

impl Present<Request> for Response {
    fn outputs(&self) -> Vec<Output<'_>> {
        vec![Output::media(&self.audio)]
    }

    fn json(&self, files: &[Value]) -> serde_json::Result<Value> {
        Ok(json!({ "audio": files.first() }))
    }
}
