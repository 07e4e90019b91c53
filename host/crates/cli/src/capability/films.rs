//! What capabilities that make films have in common.

use clap::Args;
use palisade::{Dimensions, Video};
use serde_json::{Value, json};

use crate::output::Output;

/// How films are to be.
#[derive(Debug, Args)]
pub(super) struct Films {
    /// The size: 1280x720, 16:9 or auto.
    #[arg(long, value_name = "WxH", default_value = "auto")]
    pub(super) size: Dimensions,
    /// A resolution that the model offers, for example 720p.
    #[arg(long)]
    pub(super) resolution: Option<String>,
    /// How long it is to be, in seconds.
    #[arg(long)]
    pub(super) seconds: Option<f32>,
    /// Pictures a second.
    #[arg(long)]
    pub(super) fps: Option<u32>,
    /// Whether it has sound.
    #[arg(long, value_name = "BOOL")]
    pub(super) audio: Option<bool>,
    /// The same seed gives the same result.
    #[arg(long)]
    pub(super) seed: Option<u64>,
    /// How many results.
    #[arg(short, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) n: u32,
}

pub(super) fn outputs(films: &[Video]) -> Vec<Output<'_>> {
    films.iter().map(Output::film).collect()
}

/// Films whose contents are files.
pub(super) fn json(films: &[Video], files: &[Value]) -> Value {
    let film = |(film, file): (&Video, &Value)| {
        let mut details = Output::film(film).details();
        details.insert("content".to_owned(), file.clone());
        Value::Object(details)
    };
    json!({ "videos": films.iter().zip(files).map(film).collect::<Vec<_>>() })
}
