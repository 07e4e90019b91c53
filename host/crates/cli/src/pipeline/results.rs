//! What comes out of a pipeline: files in a folder, and a table of its steps.

use std::path::{Path, PathBuf};

use palisade::{Error, ErrorKind, Media, PicoUsd, Result};
use palisade_pipeline::{Kind, Made, Report, StepReport, StepState};
use serde_json::{Value, json};

use crate::{format, output::Output, outputs::Destination};

/// An output that was written.
pub(super) struct Written {
    name: String,
    kind: Kind,
    pub(super) paths: Vec<PathBuf>,
}

impl Written {
    pub(super) fn json(&self) -> (String, Value) {
        (self.name.clone(), json!({ "type": self.kind, "files": self.paths }))
    }
}

/// Writes all outputs, each under its name: files as they are, a text as text, anything else as JSON.
pub(super) fn write_outputs(folder: &Path, report: &Report) -> Result<Vec<Written>> {
    let write = |(name, made): (&palisade_pipeline::Name, &Made)| {
        let files = if made.kind.base.is_file() { made.files() } else { vec![as_file(made)?] };
        let outputs: Vec<Output<'_>> = files.iter().map(Output::media).collect();
        let paths = Destination::Named(folder.join(name.as_str())).write(&outputs)?;
        Ok(Written { name: name.to_string(), kind: made.kind, paths })
    };
    report.outputs.iter().map(write).collect()
}

fn as_file(made: &Made) -> Result<Media> {
    let (media_type, text) = match made.text() {
        Some(text) => ("text/plain", text.to_owned()),
        None => ("application/json", serde_json::to_string_pretty(&made.value).map_err(unwritten)?),
    };
    let end = if text.ends_with('\n') { "" } else { "\n" };
    Ok(Media { media_type: media_type.to_owned(), data: format!("{text}{end}").into_bytes() })
}

fn unwritten(error: serde_json::Error) -> Error {
    Error::new(ErrorKind::Internal, "cannot write a result as JSON").with_source(error)
}

/// Writes a drawing.
pub(super) fn write_graph(path: &Path, drawing: String) -> Result<()> {
    let file = Media { media_type: "image/svg+xml".to_owned(), data: drawing.into_bytes() };
    Destination::Named(path.to_owned()).write(&[Output::media(&file)]).map(drop)
}

/// A line for each step, and what all cost together.
pub(super) fn print_steps(steps: &[StepReport], cost: Option<PicoUsd>) -> std::io::Result<()> {
    let mut lines = format::facts();
    for StepReport { step, capability, state } in steps {
        let (provider, cost, time) = match state {
            StepState::Done(done) => {
                (format!("{}/{}", done.provider, done.model), format::cost(done.cost), format::time(done.time))
            }
            StepState::Failed { code, .. } => (code.code().to_owned(), "-".to_owned(), "-".to_owned()),
            StepState::Waiting => ("-".to_owned(), "-".to_owned(), "-".to_owned()),
        };
        lines.add_row([step.as_str(), state.word(), capability.name(), &provider, &cost, &time]);
    }
    format::print(lines)?;
    format::print(format_args!("together: {}", format::cost(cost)))
}
