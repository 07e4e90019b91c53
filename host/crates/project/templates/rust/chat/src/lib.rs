//! Greets whoever speaks to it.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

use palisade_guest::catalog::Model;
use palisade_guest::chat::{Event, FinishReason, Request, Response, ToolChoice};
use palisade_guest::{CallOptions, Chat, Description, Failure, Provider, Result, Usage};

/// The provider.
#[derive(Debug)]
pub struct MyProvider;

impl Provider for MyProvider {
    fn describe() -> Description {
        Description::new("my-provider").summary("Greets whoever speaks to it.").model(Model::new("greeter").free())
    }
}

impl Chat for MyProvider {
    fn reply(request: Request, options: &CallOptions) -> Result<Response> {
        let greeting = format!("{}!", request.prompt());
        let usage = Usage::characters(&greeting).and("request", 1);
        let events = [Event::text("Hello, "), Event::text(greeting), Event::finish(FinishReason::Stop)];
        Ok(Response::stream(events.map(Ok)).usage(usage).warnings(ignored(&request, options)?))
    }
}

palisade_guest::export!(MyProvider: chat);

/// What a request asks for that has no effect here: a warning for each, or a failure where the caller is strict.
fn ignored(request: &Request, options: &CallOptions) -> Result<Vec<palisade_guest::Warning>> {
    if matches!(request.tool_choice, ToolChoice::Required | ToolChoice::Named(_)) {
        return Err(Failure::unsupported(["tool-choice"]));
    }
    let mut warnings = options.warnings();
    for (given, parameter) in [
        (!request.tools.is_empty() && request.tool_choice != ToolChoice::None, "tools"),
        (request.temperature.is_some(), "temperature"),
        (request.top_p.is_some(), "top-p"),
        (request.max_output_tokens.is_some(), "max-output-tokens"),
        (!request.stop.is_empty(), "stop"),
        (request.seed.is_some(), "seed"),
        (request.response_schema.is_some(), "response-schema"),
    ] {
        if given {
            warnings.ignored(parameter)?;
        }
    }
    Ok(warnings.into_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_speaks_is_greeted() {
        let response = MyProvider::reply(Request::new("World"), &CallOptions::new("greeter"));
        let events: Vec<_> = response.into_iter().flatten().flatten().collect();
        assert_eq!(events[..2], [Event::text("Hello, "), Event::text("World!")]);
    }
}
