//! Tasks that no other capability covers, against schemas that the provider publishes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Error, Media, Quantity, Result, Schema, Unit, Usage, Warning, Workload,
    check::{self, MAX_IMAGES, bad_output},
    clean,
    text::escape,
};

/// A task that a provider offers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Its name, an id, unique within the provider.
    pub id: String,
    /// What it does, in a sentence.
    pub summary: String,
    /// What goes in.
    pub input: Schema,
    /// What comes out.
    pub output: Schema,
}

/// What to do.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Request {
    /// Id of the task.
    pub task: String,
    /// The input, which the schema of the task must allow.
    pub input: Value,
    /// Media that belong to the input, in the order that the task documents.
    pub media: Vec<Media>,
}

impl Request {
    /// This task with this input.
    pub fn new(task: impl Into<String>, input: impl Into<Value>) -> Self {
        Self { task: task.into(), input: input.into(), media: Vec::new() }
    }

    pub(crate) fn typical() -> Self {
        Self::default()
    }

    pub(crate) fn validate(&self) -> Result<()> {
        check::required_text("task", &self.task, "name a task of a provider")?;
        check::name("task", Some(&self.task))?;
        check::within("input", self.input.to_string().len(), check::MAX_TEXTS_BYTES, "bytes")?;
        check::within("media", self.media.len(), MAX_IMAGES as usize, "media")?;
        for (index, media) in self.media.iter().enumerate() {
            check::media(&format!("media[{index}]"), media)?;
        }
        Ok(())
    }

    /// Checks that one of these tasks takes this.
    pub(crate) fn fits(&self, tasks: &[Task]) -> Result<()> {
        let Some(task) = tasks.iter().find(|task| task.id == self.task) else {
            let known: Vec<_> = tasks.iter().map(|task| task.id.as_str()).collect();
            let reason =
                format!("`{}` is no task of the provider; it knows: {}", escape(&self.task, 64), known.join(", "));
            return Err(Error::invalid_input("task", reason));
        };
        task.input.check(&self.input).map_err(|reason| Error::invalid_input("input", reason))
    }

    pub(crate) fn size_in_bytes(&self) -> u64 {
        (self.input.to_string().len() + self.media.iter().map(|media| media.data.len()).sum::<usize>()) as u64
    }

    pub(crate) fn parameters(&self) -> BTreeMap<&'static str, Value> {
        // The host makes a parameter of the tasks of every provider, so that only one that knows the task is chosen.
        check::parameters([
            (Self::TASK, (!self.task.is_empty()).then(|| self.task.clone().into())),
            ("media", (!self.media.is_empty()).then(|| self.media.len().into())),
        ])
    }

    /// The parameter that names the task.
    pub const TASK: &str = "task";

    pub(crate) fn workload(&self) -> Workload {
        let characters = self.input.to_string().chars().count() as f64;
        check::workload([Quantity::exactly(Unit::Character, characters)])
    }
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// The output, which the schema of the task allows.
    pub output: Value,
    /// Media that belong to the output, in the order that the task documents.
    pub media: Vec<Media>,
    /// What it used.
    pub usage: Usage,
    /// What the caller should know.
    pub warnings: Vec<Warning>,
}

impl Response {
    pub(crate) fn validate(&self, _request: &Request) -> Result<()> {
        if self.media.iter().any(|media| media.data.is_empty()) {
            return Err(bad_output("the provider returned an empty file"));
        }
        Ok(())
    }

    /// Checks that the task gives this.
    pub(crate) fn fits(&self, request: &Request, tasks: &[Task]) -> Result<()> {
        let task = tasks.iter().find(|task| task.id == request.task);
        let checked = task.map_or(Ok(()), |task| task.output.check(&self.output));
        checked.map_err(|reason| bad_output(format!("the provider's output is not what its schema says: {reason}")))
    }

    pub(crate) fn clean(&mut self) -> Result<()> {
        clean::media(&mut self.media);
        clean::remarks(&mut self.usage, &mut self.warnings)
    }

    pub(crate) fn size_in_bytes(&self) -> u64 {
        (self.output.to_string().len() + self.media.iter().map(|media| media.data.len()).sum::<usize>()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn input_and_output_are_held_to_the_schemas() {
        let text = |name: &str| json!({"type": "object", "properties": {name: {"type": "string"}}, "required": [name]});
        let schema = |name| Schema::parse(&text(name).to_string()).unwrap();
        let task = Task { id: "echo".to_owned(), summary: String::new(), input: schema("in"), output: schema("out") };
        let tasks = [task];
        let request = Request::new("echo", json!({"in": "x"}));
        request.validate().unwrap();
        request.fits(&tasks).unwrap();
        let wrong = Request::new("echo", json!({"in": 1})).fits(&tasks).unwrap_err();
        assert_eq!(wrong.to_string(), "input: at `/in`: 1 is not of type \"string\"");
        let wrong = Request::new("shout", json!({})).fits(&tasks).unwrap_err();
        assert_eq!(wrong.to_string(), "task: `shout` is no task of the provider; it knows: echo");

        let response = |output| Response { output, media: vec![], usage: Usage::default(), warnings: vec![] };
        response(json!({"out": "x"})).fits(&request, &tasks).unwrap();
        assert!(response(json!({})).fits(&request, &tasks).is_err());
    }
}
