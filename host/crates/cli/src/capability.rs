//! What ties a capability to its options, its request and its result: a module for each.

pub(crate) mod chat;
pub(crate) mod custom;
pub(crate) mod embedding;
mod films;
pub(crate) mod image_edit;
pub(crate) mod image_to_text;
pub(crate) mod image_to_video;
pub(crate) mod image_upscale;
pub(crate) mod key_value_store;
pub(crate) mod moderation;
pub(crate) mod object_store;
mod pictures;
pub(crate) mod queue;
pub(crate) mod rerank;
pub(crate) mod speech_to_text;
pub(crate) mod sql;
mod stored;
pub(crate) mod text_to_image;
pub(crate) mod text_to_speech;
pub(crate) mod text_to_video;
pub(crate) mod vector_store;

use std::fmt;

use clap::Args;
use indicatif::ProgressBar;
use palisade::{CallSettings, Completion, FindProvider, Operation, Result, Usage, Warning};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    inputs::Inputs,
    output::{Output, json_without},
};

/// The options of a capability, and what becomes of them.
pub(crate) trait Capability: Args + fmt::Debug {
    /// The request.
    type Operation: DeserializeOwned + Operation<Response: Present<Self::Operation>> + 'static;

    /// What `--input` is for, as its help says it.
    const INPUT: &'static str;
    /// The groups of arguments that `--request` stands instead of: the name of each struct with arguments.
    const GROUPS: &'static [&'static str] = &["Arguments"];
    /// Whether the result is a file, rather than text.
    const MAKES_FILES: bool = false;

    /// The request that they describe.
    fn request(self, inputs: &mut Inputs) -> Result<Self::Operation>;

    /// Serves the request. With the bar of a live call, what comes piece by piece is written to stdout as it comes.
    async fn serve(
        search: FindProvider,
        request: Self::Operation,
        settings: CallSettings,
        _live: Option<&ProgressBar>,
    ) -> anyhow::Result<Served<Self::Operation>> {
        Ok(Served { completion: search.call(request, settings).await?, shown: false })
    }
}

/// A request that was served.
pub(crate) struct Served<O: Operation> {
    pub(crate) completion: Completion<O::Response>,
    /// Whether stdout has the result already.
    pub(crate) shown: bool,
}

/// How a response to the request `O` is presented.
pub(crate) trait Present<O>: Told + Serialize {
    /// The media type of the text.
    const TEXT_TYPE: &'static str = "text/plain";

    /// The result as text, as the provider said it; none where it is files alone.
    fn text(&self, _request: &O) -> Option<String> {
        None
    }

    /// The files that were made.
    fn outputs(&self) -> Vec<Output<'_>> {
        Vec::new()
    }

    /// What else there is to say in a word or two.
    fn facts(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// The response without usage and warnings, with its media as `files` describe them, in the order of the outputs.
    fn json(&self, _files: &[Value]) -> serde_json::Result<Value> {
        json_without(self, &["usage", "warnings"])
    }
}

/// What every response holds.
pub(crate) trait Told {
    fn usage(&self) -> &Usage;
    fn warnings(&self) -> &[Warning];
}
