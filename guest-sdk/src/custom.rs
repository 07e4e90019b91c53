//! The capability `custom`: tasks of the provider's own, with JSON and media in and out.
//!
//! ```
//! use palisade_guest::custom::{Request, Response, Task};
//! use palisade_guest::{CallOptions, Custom, Failure, Result};
//!
//! struct Sum;
//! impl Custom for Sum {
//!     fn tasks() -> Vec<Task> {
//!         let input = r#"{"type": "array", "items": {"type": "number"}}"#;
//!         vec![Task::new("sum", "Adds numbers.", input, r#"{"type": "number"}"#)]
//!     }
//!     fn run(request: Request, _: &CallOptions) -> Result<Response> {
//!         match request.task.as_str() {
//!             "sum" => Response::json(&request.input::<Vec<f64>>()?.iter().sum::<f64>()),
//!             _ => Err(Failure::invalid_input("task", "the only task is sum")),
//!         }
//!     }
//! }
//! ```

pub use bindings::exports::palisade::provider::custom::{Request, Response, Task};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::adapter::{Adapter, Exported, enter};
use crate::capability::{capability, reports};
use crate::{CallOptions, Failure, Result, Usage};

capability!("custom", Custom);
reports!(Response);

/// Implemented by a provider of this capability.
pub trait Custom {
    /// Lists the tasks, at least one. Must give the same answer each time; the host calls it with nothing granted.
    fn tasks() -> Vec<Task>;

    /// Does the task that the request names.
    ///
    /// # Errors
    /// When it cannot be done; see [`FailureKind`](crate::FailureKind) for the kinds.
    fn run(request: Request, options: &CallOptions) -> Result<Response>;
}

impl<P: Exported + Custom> bindings::exports::palisade::provider::custom::Guest for Adapter<P> {
    fn tasks() -> Vec<Task> {
        enter();
        P::tasks()
    }

    fn run(request: Request, options: CallOptions) -> Result<Response> {
        enter();
        P::run(request, &options)
    }
}

impl Task {
    /// A task with its id (`[a-z0-9][a-z0-9._-]{0,63}`), a sentence on what it does, and the JSON Schemas of its input and
    /// output (each at most 64 KiB, without references).
    pub fn new(
        id: impl Into<String>,
        summary: impl Into<String>,
        input_schema: impl Into<String>,
        output_schema: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            summary: summary.into(),
            input_schema: input_schema.into(),
            output_schema: output_schema.into(),
        }
    }
}

impl Request {
    /// A request for this task with this input, which is JSON, without media. For tests.
    pub fn new(task: impl Into<String>, input: impl Into<String>) -> Self {
        Self { task: task.into(), input: input.into(), media: Vec::new() }
    }

    /// The input as a type of the author's.
    ///
    /// # Errors
    /// `invalid-input` for `input` when it is of another type.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.input).map_err(|error| Failure::invalid_input("input", error.to_string()))
    }
}

impl Response {
    /// This output, which is JSON, without media. Unless set, one `request` was used.
    pub fn new(output: impl Into<String>) -> Self {
        Self { output: output.into(), media: Vec::new(), usage: Usage::of("request", 1), warnings: Vec::new() }
    }

    /// This output, written as JSON, without media. Unless set, one `request` was used.
    ///
    /// # Errors
    /// `internal` when it cannot be written, for example a map whose keys are no strings.
    pub fn json(output: &impl Serialize) -> Result<Self> {
        serde_json::to_string(output).map(Self::new).map_err(Failure::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FailureKind;

    #[test]
    fn input_and_output_are_typed() {
        let request = Request::new("sum", "[1, 2.5]");
        assert_eq!(request.input::<Vec<f64>>().unwrap(), [1.0, 2.5]);
        let FailureKind::InvalidInput(bad) = request.input::<String>().unwrap_err().kind else {
            panic!("another kind");
        };
        assert_eq!(bad.field, "input");
        let response = Response::json(&["a", "b"]).unwrap();
        assert_eq!(response.output, r#"["a","b"]"#);
        assert_eq!(response.usage, Usage::of("request", 1));
    }
}
