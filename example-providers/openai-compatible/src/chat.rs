//! The capability `chat`. `body` writes the request, `answer` reads what comes back.

mod answer;
mod body;
mod strict;

use palisade_guest::chat::{Request, Response};
use palisade_guest::{CallOptions, Chat, Result};

use crate::{OpenAiCompatible, settings, upstream};

impl Chat for OpenAiCompatible {
    fn reply(request: Request, options: &CallOptions) -> Result<Response> {
        let model = settings::model(options)?;
        let (body, warnings) = body::of(&request, &model.name, options)?;
        let response = upstream::post("chat/completions", &body)?;
        Ok(answer::read(response)?.warnings(warnings.into_vec()))
    }
}

#[cfg(test)]
mod tests;
