//! `palisade config check`: all that is wrong with a configuration.

use std::{path::PathBuf, process::ExitCode};

use clap::Subcommand;
use palisade::{Config, ConfigProblem, ErrorKind, State};
use serde::Serialize;

use crate::{format, locate::Place};

/// What to do with a configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Tells all that is wrong with a configuration, with what may have been meant. Loads no component.
    ///
    /// Exits with 0 where nothing is wrong, else with 1.
    Check {
        /// The file; else the configuration that is meant everywhere.
        file: Option<PathBuf>,
        /// Loads the providers, too: tells those that are refused, and settings that they do not take.
        #[arg(long)]
        load: bool,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
}

impl ConfigCommand {
    /// Whether an error is to be JSON on stdout.
    pub(crate) fn wants_json(&self) -> bool {
        let Self::Check { json, .. } = self;
        *json
    }
}

/// Something that is wrong.
#[derive(Serialize)]
struct Row {
    code: ErrorKind,
    line: Option<usize>,
    path: String,
    message: String,
    expected: Option<String>,
    suggestion: Option<String>,
    through: Vec<String>,
    #[serde(skip)]
    shown: String,
}

#[derive(Serialize)]
struct Report<'a> {
    file: String,
    problems: &'a [Row],
}

pub(crate) async fn run(place: &Place, command: ConfigCommand) -> anyhow::Result<ExitCode> {
    let ConfigCommand::Check { file, load, json } = command;
    let place = place.with_file(file);
    let path = place.require_path()?;
    let mut rows: Vec<_> = Config::check(&path).await?.into_iter().map(row).collect();
    // Nobody opens what is wrong.
    if load && rows.is_empty() {
        rows = refused(&place).await?;
    }
    let file = path.display().to_string();
    if json {
        format::print_json(&Report { file, problems: &rows })?;
    } else {
        print(&file, &rows)?;
    }
    Ok(if rows.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn row(found: ConfigProblem) -> Row {
    let shown = found.to_string();
    let ConfigProblem { line, problem } = found;
    Row {
        code: problem.code,
        line,
        path: problem.path,
        message: problem.message,
        expected: problem.expected,
        suggestion: problem.suggestion,
        through: problem.through.into_vec(),
        shown,
    }
}

/// The providers that are not loaded.
async fn refused(place: &Place) -> anyhow::Result<Vec<Row>> {
    let host = place.open(None).await?;
    let refused = host.providers().into_iter().filter_map(|provider| match provider.state {
        State::Refused { code, message, remedy, .. } => {
            let path = format!("providers.{}", provider.id);
            let shown = format!("`{path}`: {message}; {remedy}");
            let (suggestion, expected, through) = (Some(remedy.to_owned()), None, Vec::new());
            Some(Row { code, line: None, path, message, expected, suggestion, through, shown })
        }
        _ => None,
    });
    let rows = refused.collect();
    host.shutdown(palisade::Host::DRAIN).await;
    Ok(rows)
}

fn print(file: &str, rows: &[Row]) -> std::io::Result<()> {
    let mut text = String::new();
    for row in rows {
        let line = row.line.map(|line| format!(":{line}")).unwrap_or_default();
        text += &format!("{file}{line}: error[{}]: {}\n", row.code.code(), format::plain(&row.shown));
    }
    text += &match rows.len() {
        0 => format!("{file}: nothing is wrong"),
        1 => "1 problem".to_owned(),
        count => format!("{count} problems"),
    };
    format::print(text)
}
