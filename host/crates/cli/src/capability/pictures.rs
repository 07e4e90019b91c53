//! What capabilities that make pictures have in common.

use clap::Args;
use palisade::{Dimensions, Image};
use serde_json::{Value, json};

use crate::{media_type, output::Output};

/// How pictures are to be.
#[derive(Debug, Args)]
pub(super) struct Pictures {
    /// The size: 1024x768, 16:9 or auto.
    #[arg(long, value_name = "WxH", default_value = "auto")]
    pub(super) size: Dimensions,
    /// The same seed gives the same result.
    #[arg(long)]
    pub(super) seed: Option<u64>,
    /// How many results.
    #[arg(short, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) n: u32,
    /// The media type: for example png, jpeg, webp or image/avif.
    #[arg(long, value_name = "TYPE", value_parser = media_type::parse)]
    pub(super) format: Option<String>,
    /// A quality that the model offers.
    #[arg(long)]
    pub(super) quality: Option<String>,
}

pub(super) fn outputs<'a>(images: impl IntoIterator<Item = &'a Image>) -> Vec<Output<'a>> {
    images.into_iter().map(Output::picture).collect()
}

/// Pictures whose contents are files.
pub(super) fn json<'a>(images: impl IntoIterator<Item = &'a Image>, files: &[Value]) -> Vec<Value> {
    let picture = |(image, file): (&Image, &Value)| {
        json!({
            "content": file,
            "width": image.width,
            "height": image.height,
            "seed": image.seed,
            "revised_prompt": image.revised_prompt,
        })
    };
    images.into_iter().zip(files).map(picture).collect()
}
