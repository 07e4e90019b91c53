//! The capability `chat`. `body` writes the request, `answer` reads what comes back.

mod answer;
mod body;
mod schema;

use palisade_guest::chat::{Request, Response};
use palisade_guest::{CallOptions, Chat, Result};

use crate::{Anthropic, settings, upstream};

/// The pictures that models see.
pub(crate) const PICTURES: [&str; 4] = ["image/png", "image/jpeg", "image/webp", "image/gif"];

/// The documents that models read, beside plain text.
pub(crate) const DOCUMENT: &str = "application/pdf";

impl Chat for Anthropic {
    fn reply(request: Request, options: &CallOptions) -> Result<Response> {
        let model = settings::model(options)?;
        let (body, warnings) = body::of(&request, &model, options)?;
        let response = upstream::post("messages", &body)?;
        Ok(answer::read(response)?.warnings(warnings.into_vec()))
    }
}

#[cfg(test)]
mod tests;
