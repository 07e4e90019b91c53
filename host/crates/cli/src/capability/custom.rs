//! `palisade run custom`

use std::path::PathBuf;

use clap::Args;
use palisade::{
    Error, Result,
    custom::{Request, Response},
};
use serde_json::{Value, json};

use super::{Capability, Present};
use crate::{inputs::Inputs, output::Output};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The task: `palisade inspect` lists those of a provider.
    task: Option<String>,
    /// The input as JSON; `-` reads it from stdin. [default: {}]
    #[arg(value_name = "JSON")]
    value: Option<String>,
    /// A file of any type that belongs to the input.
    #[arg(long, value_name = "FILE")]
    media: Vec<PathBuf>,
}

impl Capability for Arguments {
    type Operation = Request;

    const INPUT: &'static str = "A file with the input as JSON";

    fn request(self, inputs: &mut Inputs) -> Result<Request> {
        let json = inputs.prompt(self.value)?;
        let input = json.as_deref().map_or_else(|| Ok(json!({})), serde_json::from_str);
        Ok(Request {
            task: inputs.needed(
                self.task,
                |ordinary: Request| ordinary.task,
                "task",
                "write it behind the capability; `palisade inspect` lists the tasks of a provider",
            )?,
            input: input.map_err(|error| Error::invalid_input("input", format!("it is no JSON: {error}")))?,
            media: self.media.iter().map(|path| inputs.media_file(path)).collect::<Result<_>>()?,
        })
    }
}

impl Present<Request> for Response {
    const TEXT_TYPE: &'static str = "application/json";

    fn text(&self, _request: &Request) -> Option<String> {
        Some(palisade::text::escape_json(&format!("{:#}\n", self.output)))
    }

    fn outputs(&self) -> Vec<Output<'_>> {
        self.media.iter().map(Output::media).collect()
    }

    fn json(&self, files: &[Value]) -> serde_json::Result<Value> {
        Ok(json!({ "output": self.output, "media": files }))
    }
}
