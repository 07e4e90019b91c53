//! `chat`.

use palisade_core::{
    Error,
    chat::{Event, Finish, FinishReason, Message, Part, Request, Role, Tool, ToolCallDelta, ToolChoice},
};

use super::shared::{media_for_guest, usage, warnings};
use crate::{Imports, bindings::exports::palisade::provider::chat as wit};

pub(crate) fn request<T: Imports>(request: &mut Request, state: &mut T) -> Result<wit::Request, Error> {
    let mut messages = Vec::with_capacity(request.messages.len());
    for (index, of) in request.messages.iter_mut().enumerate() {
        messages.push(message(&format!("messages[{index}]"), of, state)?);
    }
    Ok(wit::Request {
        messages,
        tools: request.tools.iter().map(tool).collect(),
        tool_choice: match &request.tool_choice {
            ToolChoice::Auto => wit::ToolChoice::Auto,
            ToolChoice::None => wit::ToolChoice::None,
            ToolChoice::Required => wit::ToolChoice::Required,
            ToolChoice::Named(name) => wit::ToolChoice::Named(name.clone()),
        },
        temperature: request.temperature,
        top_p: request.top_p,
        max_output_tokens: request.max_output_tokens,
        stop: request.stop.clone(),
        seed: request.seed,
        response_schema: request.response_schema.as_ref().map(ToString::to_string),
    })
}

fn message<T: Imports>(field: &str, message: &mut Message, state: &mut T) -> Result<wit::Message, Error> {
    let role = match message.role {
        Role::System => wit::Role::System,
        Role::User => wit::Role::User,
        Role::Assistant => wit::Role::Assistant,
        Role::Tool => wit::Role::Tool,
    };
    let part = |part: &mut Part| {
        Ok(match part {
            Part::Text(text) => wit::Part::Text(text.clone()),
            Part::Media(media) => wit::Part::Media(media_for_guest(field, media, state)?),
            Part::ToolCall(call) => wit::Part::ToolCall(wit::ToolCall {
                id: call.id.clone(),
                name: call.name.clone(),
                arguments: call.arguments.to_string(),
            }),
            Part::ToolResult(result) => wit::Part::ToolResult(wit::ToolResult {
                id: result.id.clone(),
                content: result.content.clone(),
                is_error: result.is_error,
            }),
        })
    };
    Ok(wit::Message { role, parts: message.parts.iter_mut().map(part).collect::<Result<_, Error>>()? })
}

fn tool(tool: &Tool) -> wit::Tool {
    wit::Tool {
        name: tool.name.clone(),
        description: tool.description.clone(),
        parameters: tool.parameters.to_string(),
    }
}

pub(crate) fn event(event: wit::Event) -> Event {
    match event {
        wit::Event::Text(text) => Event::Text(text),
        wit::Event::Reasoning(text) => Event::Reasoning(text),
        wit::Event::ToolCall(delta) => Event::ToolCall(ToolCallDelta {
            index: delta.index,
            // Not escaped, since they come back as they are: what cannot be printed is refused.
            id: delta.id,
            name: delta.name,
            arguments: delta.arguments,
        }),
        wit::Event::Finish(finish) => Event::Finish(Finish {
            reason: match finish.reason {
                wit::FinishReason::Stop => FinishReason::Stop,
                wit::FinishReason::Length => FinishReason::Length,
                wit::FinishReason::ToolCalls => FinishReason::ToolCalls,
                wit::FinishReason::ContentPolicy(category) => FinishReason::ContentPolicy(category),
                wit::FinishReason::Other(word) => FinishReason::Other(word),
            },
            usage: usage(finish.usage),
            warnings: warnings(finish.warnings),
        }),
    }
}
