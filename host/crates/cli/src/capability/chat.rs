//! `palisade run chat`

use std::{io::Write as _, path::PathBuf};

use clap::Args;
use futures_util::StreamExt as _;
use indicatif::ProgressBar;
use palisade::{
    CallSettings, Content, Error, FindProvider, Result,
    chat::{Event, FinishReason, Message, Part, Request, Response, Role},
};

use super::{Capability, Present, Served};
use crate::{
    format,
    inputs::{Inputs, non_empty},
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The question; `-` reads it from stdin.
    prompt: Option<String>,
    /// The rules of the conversation.
    #[arg(long, value_name = "TEXT")]
    system: Option<String>,
    /// Randomness, 0 to 2.
    #[arg(long)]
    temperature: Option<f32>,
    /// Share of the probability mass that is sampled from, 0 to 1.
    #[arg(long)]
    top_p: Option<f32>,
    /// Most tokens to answer with.
    #[arg(long, value_name = "COUNT")]
    max_tokens: Option<u32>,
    /// A text that ends the answer.
    #[arg(long, value_name = "TEXT")]
    stop: Vec<String>,
    /// The same seed gives the same result.
    #[arg(long)]
    seed: Option<u64>,
    /// A JSON Schema that the answer must follow.
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
}

impl Capability for Arguments {
    type Operation = Request;

    const INPUT: &'static str = "A text, a picture or another file that belongs to the question";

    fn request(self, inputs: &mut Inputs) -> Result<Request> {
        let mut parts = Vec::new();
        if let Some(prompt) = self.prompt {
            parts.push(Part::Text(inputs.argument(prompt)?));
        }
        parts.extend(inputs.contents().into_iter().map(|content| match content {
            Content::Text(text) => Part::Text(text),
            Content::Media(media) => Part::Media(media),
        }));
        let question = non_empty(parts).map(|parts| vec![Message { role: Role::User, parts }]);
        let question = inputs.needed(
            question,
            |ordinary: Request| ordinary.messages,
            "prompt",
            "write it behind the capability, or name a file with --input; a whole conversation goes with --request",
        )?;
        let schema = self.schema.map(|path| inputs.text_file(&path)).transpose()?;
        let schema = schema.map(|schema| serde_json::from_str(&schema)).transpose();
        Ok(Request {
            messages: self.system.map(Message::system).into_iter().chain(question).collect(),
            temperature: self.temperature,
            top_p: self.top_p,
            max_output_tokens: self.max_tokens,
            stop: self.stop,
            seed: self.seed,
            response_schema: schema.map_err(|error| Error::invalid_input("schema", error))?,
            ..Request::default()
        })
    }

    async fn serve(
        search: FindProvider,
        request: Request,
        settings: CallSettings,
        live: Option<&ProgressBar>,
    ) -> anyhow::Result<Served<Request>> {
        let Some(bar) = live else {
            return Ok(Served { completion: search.call(request, settings).await?, shown: false });
        };
        let mut stream = search.stream(request, settings)?;
        let mut screen = Screen::default();
        while let Some(event) = stream.next().await {
            // An error begins on a line of its own.
            let event = event.inspect_err(|_| drop(screen.end()))?;
            if let Event::Text(text) = event {
                bar.finish_and_clear();
                screen.show(&text)?;
            }
        }
        screen.end()?;
        let completion = stream.finish().await?;
        format::print(calls(&completion.response))?;
        Ok(Served { completion, shown: true })
    }
}

impl Present<Request> for Response {
    fn text(&self, _request: &Request) -> Option<String> {
        let calls = calls(self);
        let separator = if self.text.is_empty() || self.text.ends_with('\n') || calls.is_empty() { "" } else { "\n" };
        Some(format!("{}{separator}{calls}", self.text))
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let ended = match &self.finish_reason {
            FinishReason::Stop | FinishReason::ToolCalls => return Vec::new(),
            FinishReason::Length => "length".to_owned(),
            FinishReason::ContentPolicy(None) => "content-policy".to_owned(),
            FinishReason::ContentPolicy(Some(reason)) => {
                format!("content-policy ({})", palisade::text::escape(reason, 80))
            }
            FinishReason::Other(reason) => palisade::text::escape(reason, 80),
        };
        vec![("ended", ended)]
    }
}

/// The tools that the model asks for, a line of JSON each.
fn calls(response: &Response) -> String {
    let lines = response.tool_calls.iter().filter_map(|call| serde_json::to_string(call).ok());
    lines.map(|line| palisade::text::escape_json(&line) + "\n").collect()
}

/// Text that comes piece by piece.
#[derive(Default)]
struct Screen {
    in_line: bool,
}

impl Screen {
    fn show(&mut self, text: &str) -> std::io::Result<()> {
        let text = format::plain(text);
        let Some(last) = text.chars().next_back() else {
            return Ok(());
        };
        self.in_line = last != '\n';
        write(&text)
    }

    fn end(&mut self) -> std::io::Result<()> {
        if std::mem::take(&mut self.in_line) { write("\n") } else { Ok(()) }
    }
}

fn write(text: &str) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade::chat::ToolCall;
    use serde_json::json;

    #[test]
    fn tools_follow_the_text_a_line_each() {
        let call = ToolCall { id: "1".to_owned(), name: "weather".to_owned(), arguments: json!({"at": "\u{9b}"}) };
        let line = r#"{"id":"1","name":"weather","arguments":{"at":"\u009b"}}"#;
        let request = Request::new("rain?");
        for (text, expected) in [("", ""), ("wait", "wait\n"), ("wait\n", "wait\n")] {
            let response = Response { tool_calls: vec![call.clone()], ..Response::text(text) };
            assert_eq!(response.text(&request), Some(format!("{expected}{line}\n")));
        }
        assert_eq!(Response::text("rain").text(&request).as_deref(), Some("rain"));
    }
}
