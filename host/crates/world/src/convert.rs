//! Generated types to the vocabulary of `palisade-core`, and back: a file for each interface.

mod catalogue;
pub(crate) mod chat;
pub(crate) mod custom;
pub(crate) mod embedding;
pub(crate) mod image_edit;
pub(crate) mod image_to_text;
pub(crate) mod image_to_video;
pub(crate) mod image_upscale;
pub(crate) mod jobs;
pub(crate) mod moderation;
pub(crate) mod rerank;
mod shared;
pub(crate) mod speech_to_text;
pub(crate) mod text_to_image;
pub(crate) mod text_to_speech;
pub(crate) mod text_to_video;

pub(crate) use catalogue::{description, model, model_bytes};
pub(crate) use shared::{call_options, failure, media_for_guest};
