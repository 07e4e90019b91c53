//! Running the tools of a language.

use std::{
    io::ErrorKind as IoErrorKind,
    path::Path,
    process::{Command, Stdio},
};

use palisade_core::{Error, ErrorKind, Result};

/// Of what a tool says, so many lines are told: those at the beginning, and those at the end.
const LINES_TOLD: usize = 20;

/// And of a line so many characters.
const CHARACTERS_TOLD: usize = 400;

/// Runs a tool and gives what it printed. `get` says how to get it, for who does not have it.
pub(crate) fn run(command: &mut Command, get: &str) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().map_err(|error| match error.kind() {
        IoErrorKind::NotFound => missing(format!("`{program}` is not there: {get}")),
        _ => Error::new(ErrorKind::Io, format!("cannot start `{program}`: {error}")),
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    // Some say what is wrong on the one, some on the other.
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    // Some repeat a whole command, of kilobytes.
    let cut = |line: &str| match line.char_indices().nth(CHARACTERS_TOLD) {
        Some((end, _)) => format!("{}...", line.get(..end).unwrap_or_default()),
        None => line.to_owned(),
    };
    let lines: Vec<_> = said.trim().lines().map(cut).collect();
    let told = if lines.len() <= 2 * LINES_TOLD {
        lines.join("\n")
    } else {
        let (first, last) = (lines.iter().take(LINES_TOLD), lines.iter().skip(lines.len() - LINES_TOLD));
        first.map(String::as_str).chain(["..."]).chain(last.map(String::as_str)).collect::<Vec<_>>().join("\n")
    };
    let name =
        Path::new(&program).file_name().map_or_else(|| program.clone(), |name| name.to_string_lossy().into_owned());
    Err(Error::new(ErrorKind::BuildFailed, format!("{name} failed:\n{told}")))
}

/// Something that has to be installed first.
pub(crate) fn missing(message: String) -> Error {
    Error::new(ErrorKind::MissingTool, message)
}

/// The program of a tool, which a variable of the environment may replace.
pub(crate) fn program(variable: &str, default: &str) -> Command {
    Command::new(std::env::var_os(variable).unwrap_or_else(|| default.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told_with_how_to_get_it() {
        let error = run(&mut Command::new("no-such-tool"), "dig for it").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MissingTool);
        assert_eq!(error.message(), "`no-such-tool` is not there: dig for it");
    }

    #[test]
    fn what_a_tool_says_is_told() {
        let error = run(Command::new("sh").args(["-c", "echo one; echo two >&2; exit 3"]), "").unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::BuildFailed, "sh failed:\none\ntwo"));
        let error = run(Command::new("sh").args(["-c", "seq 1 99; exit 3"]), "").unwrap_err();
        assert!(error.message().contains("\n20\n...\n80\n") && error.message().ends_with("\n99"), "{error}");
        let error = run(Command::new("sh").args(["-c", "printf '\u{f6}%.0s' $(seq 1 999); exit 3"]), "").unwrap_err();
        assert_eq!(error.message(), format!("sh failed:\n{}...", "\u{f6}".repeat(400)));
    }
}
