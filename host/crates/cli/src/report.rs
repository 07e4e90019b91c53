//! What there is to tell of a call that succeeded.

use std::path::PathBuf;

use palisade::{Completion, Decision, FailedAttempt, Media, Operation};
use serde_json::{Map, Value, json};

use crate::{
    capability::{Present, Told as _},
    explanation, format,
    output::Output,
};

pub(crate) struct Report<'a, O: Operation> {
    pub(crate) decision: &'a Decision,
    pub(crate) completion: &'a Completion<O::Response>,
    pub(crate) files: Vec<File>,
}

/// A file that was written, or bytes that went to stdout.
pub(crate) struct File {
    path: Option<PathBuf>,
    media_type: String,
    bytes: usize,
    details: Map<String, Value>,
}

impl File {
    pub(crate) fn new(output: &Output<'_>, path: Option<&PathBuf>) -> Self {
        let Media { media_type, data } = output.media;
        Self { path: path.cloned(), media_type: media_type.clone(), bytes: data.len(), details: output.details() }
    }

    fn as_json(&self) -> Value {
        json!({ "path": self.path, "media_type": self.media_type, "bytes": self.bytes })
    }

    fn with_details(&self) -> Value {
        let mut value = self.as_json();
        if let Some(object) = value.as_object_mut() {
            object.extend(self.details.clone());
        }
        value
    }
}

impl<O: Operation<Response: Present<O>>> Report<'_, O> {
    pub(crate) fn paths(&self) -> impl Iterator<Item = String> {
        self.files.iter().filter_map(|file| Some(file.path.as_ref()?.display().to_string()))
    }

    /// All of it, as tables.
    pub(crate) fn tables(&self, explain: bool) -> String {
        let completion = self.completion;
        let resources = &completion.report.resources;
        let mut text = String::new();
        if explain {
            text += &explanation::tables(self.decision);
        }
        let mut facts = format::facts();
        facts.add_row(["provider", &format!("{}/{}", completion.provider, completion.model)]);
        match completion.failed_attempts.as_slice() {
            [] => facts.add_row(["why", &self.decision.reason()]),
            failed => {
                failed.iter().fold(&mut facts, |facts, attempt| facts.add_row(["failed", &failed_first(attempt)]))
            }
        };
        facts.add_row(["cost", &format::cost(completion.cost)]);
        facts.add_row(["time", &{
            let (wall, guest) = (format::time(resources.wall_time), format::time(resources.guest_time));
            format!("{wall}, of which the provider ran {guest}")
        }]);
        facts.add_row(["fuel", &resources.fuel.map_or_else(|| "-".to_owned(), format::count)]);
        facts.add_row(["memory", &format::bytes(resources.peak_memory_bytes)]);
        facts.add_row(["host calls", &resources.host_calls.to_string()]);
        facts.add_row(["bytes", &{
            let (bytes_in, bytes_out) = (format::bytes(resources.bytes_in), format::bytes(resources.bytes_out));
            format!("{bytes_in} in, {bytes_out} out")
        }]);
        for (name, fact) in completion.response.facts() {
            facts.add_row([name, &fact]);
        }
        for output in completion.response.outputs() {
            facts.add_row(["made", &output.fact()]);
        }
        for warning in self.warnings() {
            facts.add_row(["warning", &warning]);
        }
        text + &format::rows(facts)
    }

    /// The most of it in a line, and a line for each warning.
    pub(crate) fn line(&self) -> String {
        let completion = self.completion;
        let resources = &completion.report.resources;
        let fuel = resources.fuel.map(|fuel| format!("{} fuel", format::count(fuel)));
        let facts = completion.response.facts();
        let facts = facts.iter().map(|(name, fact)| format!("{name} {fact}"));
        let parts: Vec<_> = [
            format!("{}/{}", completion.provider, completion.model),
            format::cost(completion.cost),
            format::time(resources.wall_time),
        ]
        .into_iter()
        .chain(fuel)
        .chain([format::bytes(resources.peak_memory_bytes)])
        .chain(facts)
        .collect();
        let mut text = parts.join(" · ");
        text.push('\n');
        for attempt in &completion.failed_attempts {
            text += &format!("failed: {}\n", failed_first(attempt));
        }
        for warning in self.warnings() {
            text += &format!("warning: {warning}\n");
        }
        text
    }

    pub(crate) fn as_json(&self) -> serde_json::Result<Value> {
        let Completion { response, provider, model, cost, report, failed_attempts, is_repeated } = self.completion;
        let files: Vec<_> = self.files.iter().map(File::as_json).collect();
        Ok(json!({
            "provider": provider,
            "model": model,
            "cost_usd": cost,
            "usage": response.usage(),
            "resources": report.resources,
            "warnings": response.warnings(),
            "log": report.log,
            "log_lines_dropped": report.log_lines_dropped,
            "outputs": self.files.iter().map(File::with_details).collect::<Vec<_>>(),
            "response": response.json(&files)?,
            "decision": self.decision,
            "failed_attempts": failed_attempts,
            "is_repeated": is_repeated,
        }))
    }

    fn warnings(&self) -> impl Iterator<Item = String> {
        self.completion.response.warnings().iter().map(|warning| palisade::text::escape(&warning.to_string(), 1000))
    }
}

/// Who was asked before, and how that went.
fn failed_first(attempt: &FailedAttempt) -> String {
    palisade::text::escape(&attempt.to_string(), 1000)
}
