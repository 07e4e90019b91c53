//! How an error is told, and what the process exits with.

use std::{io::Write as _, process::ExitCode};

use palisade::{CallReport, Error, ErrorClass, Submitted};
use serde_json::{Value, json};

use crate::format;

/// Last lines of a provider's log that are shown with its failure.
const SHOWN_LOG_LINES: usize = 10;

/// Tells the error and gives the exit code of its class. The codes are documented in the help.
pub(crate) fn report(error: &anyhow::Error, json: bool) -> ExitCode {
    // Whoever closed the pipe has what they wanted.
    if error.chain().any(is_broken_pipe) {
        return ExitCode::SUCCESS;
    }
    let known = error.downcast_ref::<Error>();
    // Nothing is left to be told when stderr or stdout cannot be written.
    let _unwritable = if json {
        format::print_json(&as_json(error, known))
    } else {
        write!(std::io::stderr(), "{}", as_text(error, known)).map_err(Into::into)
    };
    ExitCode::from(known.map_or(1, |error| exit_code(error.kind().class())))
}

pub(crate) fn exit_code(class: ErrorClass) -> u8 {
    match class {
        ErrorClass::Host => 1,
        ErrorClass::Request => 2,
        ErrorClass::Routing => 3,
        ErrorClass::Component => 4,
        ErrorClass::Sandbox => 5,
        ErrorClass::Provider => 6,
    }
}

fn is_broken_pipe(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

fn as_text(error: &anyhow::Error, known: Option<&Error>) -> String {
    let code = known.map_or("failed", |error| error.kind().code());
    let mut text = format!("error[{code}]: {error}\n");
    for cause in error.chain().skip(1) {
        text += &format!("  caused by: {cause}\n");
    }
    let Some(known) = known else {
        return text;
    };
    if let Some(provider) = known.provider() {
        text += &format!("  provider: {provider}\n");
    }
    if let Some(report) = known.report() {
        let CallReport { resources, log, .. } = report;
        let (fuel, memory) = (resources.fuel.unwrap_or_default(), resources.peak_memory_bytes);
        let (fuel, memory, time) = (format::count(fuel), format::bytes(memory), format::time(resources.wall_time));
        text += &format!("  used: {fuel} of fuel, {memory}, {time}\n");
        for line in log.iter().skip(log.len().saturating_sub(SHOWN_LOG_LINES)) {
            text += &format!("  log: {}\n", line.text);
        }
    }
    if known.submitted() != Submitted::No {
        text += "  billing: the request had left, so it may be billed\n";
    }
    if let Some(id) = known.upstream_id() {
        text += &format!("  request id of the upstream: {id}\n");
    }
    // Of one attempt, everything is said above.
    for attempt in known.attempts().iter().filter(|_| known.attempts().len() > 1) {
        text += &format!("  failed: {}\n", palisade::text::escape(&attempt.to_string(), 1000));
    }
    for difference in known.differences() {
        text += &format!("  differs: {difference}\n");
    }
    for rejection in known.rejected() {
        text += &format!("  {rejection}\n");
    }
    for suggestion in known.suggestions() {
        text += &format!("  or: {}\n", palisade::text::escape(&suggestion.to_string(), 1000));
    }
    text + &format!("  remedy: {}\n", known.kind().remedy())
}

pub(crate) fn as_json(error: &anyhow::Error, known: Option<&Error>) -> Value {
    let causes: Vec<_> = error.chain().skip(1).map(ToString::to_string).collect();
    let body = match known {
        Some(known) => json!({
            "code": known.kind(),
            "message": known.message(),
            "remedy": known.kind().remedy(),
            "provider": known.provider(),
            "field": known.field(),
            "rejected": known.rejected(),
            "suggestions": known.suggestions(),
            "attempts": known.attempts(),
            "differences": known.differences(),
            "report": known.report(),
            "submitted": known.submitted(),
            "upstream_id": known.upstream_id(),
            "retry_after_seconds": known.retry_after().map(|wait| wait.as_secs_f64()),
            "causes": causes,
        }),
        None => json!({ "code": "failed", "message": error.to_string(), "causes": causes }),
    };
    json!({ "error": body })
}
