//! Generated types to the vocabulary of `palisade-core`, and back.

mod catalogue;
mod shared;
mod text_to_image;

pub(crate) use catalogue::{description, model, model_bytes};
pub(crate) use shared::{call_options, failure};
pub(crate) use text_to_image::{request as text_to_image_request, response as text_to_image_response};
