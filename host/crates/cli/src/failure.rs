//! How an error is told, and what the process exits with.

use std::{io::Write as _, process::ExitCode};

use palisade::{Error, ErrorClass};
use serde_json::{Value, json};

/// Tells the error and gives the exit code of its class. The codes are documented in the help.
pub(crate) fn report(error: &anyhow::Error, json: bool) -> ExitCode {
    // Whoever closed the pipe has what they wanted.
    if error.chain().any(is_broken_pipe) {
        return ExitCode::SUCCESS;
    }
    let known = error.downcast_ref::<Error>();
    // Nothing is left to be told when stderr or stdout cannot be written.
    let _unwritable = if json {
        writeln!(std::io::stdout(), "{:#}", as_json(error, known))
    } else {
        write!(std::io::stderr(), "{}", as_text(error, known))
    };
    ExitCode::from(known.map_or(1, |error| exit_code(error.kind().class())))
}

fn exit_code(class: ErrorClass) -> u8 {
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
    for rejection in known.rejected() {
        text += &format!("  {rejection}\n");
    }
    text + &format!("  remedy: {}\n", known.kind().remedy())
}

fn as_json(error: &anyhow::Error, known: Option<&Error>) -> Value {
    let causes: Vec<_> = error.chain().skip(1).map(ToString::to_string).collect();
    let body = match known {
        Some(known) => json!({
            "code": known.kind(),
            "message": known.message(),
            "remedy": known.kind().remedy(),
            "provider": known.provider(),
            "field": known.field(),
            "rejected": known.rejected(),
            "report": known.report(),
            "causes": causes,
        }),
        None => json!({ "code": "failed", "message": error.to_string(), "causes": causes }),
    };
    json!({ "error": body })
}
