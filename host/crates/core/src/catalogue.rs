//! What a provider says of itself and of its models.
//!
//! These are claims. They are bounded and checked by [`Catalogue::validate`], the operator may override them, and what
//! can be measured is measured.

mod estimate;
mod parameter;
mod price;
mod settings;
mod validate;

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, IgnoredAny, SeqAccess, Visitor},
};

pub use estimate::{Estimate, estimate};
pub use parameter::{Parameter, ParameterSpec, Range};
pub use price::{Comparison, Condition, Price, cost};

pub use crate::quota::Quota;
use crate::{Capability, ModelId, Request, Response, Result, custom};

/// A provider's description of itself, with its models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Catalogue {
    /// About the provider.
    pub description: Description,
    /// Its models, at least one.
    pub models: Vec<Model>,
    /// The tasks of its capability `custom`; empty without it.
    #[serde(deserialize_with = "few")]
    pub tasks: Vec<custom::Task>,
}

impl Catalogue {
    /// A provider with these models and no tasks.
    #[must_use]
    pub fn new(description: Description, models: Vec<Model>) -> Self {
        Self { description, models, tasks: Vec::new() }
    }

    /// Adds the tasks of its capability `custom`. Every model that serves it has them as its parameter `task`, so that
    /// who knows a task is found like who knows a size.
    #[must_use]
    pub fn with_tasks(mut self, tasks: Vec<custom::Task>) -> Self {
        if tasks.is_empty() {
            return self;
        }
        let values: Vec<_> = tasks.iter().map(|task| task.id.clone()).collect();
        for model in self.models.iter_mut().filter(|model| model.capabilities.contains(&Capability::Custom)) {
            model.parameters.retain(|parameter| parameter.name != custom::Request::TASK);
            let spec = ParameterSpec::Choice { values: values.clone() };
            model.parameters.push(Parameter { name: custom::Request::TASK.to_owned(), spec });
        }
        self.tasks = tasks;
        self
    }

    /// Checks what no provider can serve, and what this one cannot.
    ///
    /// # Errors
    ///
    /// `invalid-input` with the field that is wrong.
    pub fn check_request(&self, request: &Request) -> Result<()> {
        request.validate()?;
        match request {
            Request::Custom(request) => request.fits(&self.tasks),
            _ => Ok(()),
        }
    }

    /// Checks what no caller could use, and what is not what the provider said.
    ///
    /// # Errors
    ///
    /// `bad-output`.
    pub fn check_response(&self, request: &Request, response: &Response) -> Result<()> {
        response.validate(request)?;
        match (request, response) {
            (Request::Custom(request), Response::Custom(response)) => response.fits(request, &self.tasks),
            _ => Ok(()),
        }
    }
}

/// Reads no more tasks than there may be: reading the schemas of one costs far more than its bytes.
fn few<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<custom::Task>, D::Error> {
    struct Few;

    impl<'de> Visitor<'de> for Few {
        type Value = Vec<custom::Task>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(formatter, "at most {} tasks", Catalogue::MAX_TASKS)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut tasks = Vec::new();
            while tasks.len() < Catalogue::MAX_TASKS {
                match list.next_element()? {
                    Some(task) => tasks.push(task),
                    None => return Ok(tasks),
                }
            }
            match list.next_element::<IgnoredAny>()? {
                Some(_) => Err(de::Error::invalid_length(tasks.len() + 1, &self)),
                None => Ok(tasks),
            }
        }
    }

    deserializer.deserialize_seq(Few)
}

/// A provider's own words about itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// What it calls itself. The host knows it by the name under which it was registered.
    pub claimed_id: String,
    /// Its version.
    pub version: String,
    /// One sentence for people.
    pub summary: String,
    /// Names of the credentials that it asks the host to attach to its requests.
    pub credential_names: Vec<String>,
    /// Hosts that it asks to reach.
    pub hosts: Vec<String>,
    /// JSON Schema of its configuration: see [`check_config`](Self::check_config).
    pub config_schema: Option<String>,
    /// Whether a request that failed is billed.
    pub bills_on_failure: FailureBilling,
    /// Whether the same idempotency key is honoured upstream.
    pub idempotent: bool,
    /// What cancelling does.
    pub cancellation: Cancellation,
    /// Versions of this provider whose job tokens it can resume, beside its own.
    pub resumes: Vec<String>,
}

/// Whether an upstream bills a request that failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureBilling {
    /// It does not, or there is no upstream.
    Never,
    /// It does.
    Always,
    /// It may.
    #[default]
    Unknown,
}

/// What can be done about a request that has been submitted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cancellation {
    /// It cannot be cancelled.
    #[default]
    None,
    /// Cancelling stops it and the bill.
    Refunded,
    /// Cancelling stops it; it is billed all the same.
    Billed,
}

/// A model that a provider serves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Unique within the provider.
    pub id: ModelId,
    /// What the model is called across providers, for example `black-forest-labs/flux-dev`.
    pub model_ref: Option<String>,
    /// The capabilities that it serves, of those that this version knows.
    pub capabilities: Vec<Capability>,
    /// Media types that it takes beside text.
    pub input_types: Vec<String>,
    /// Media types that it gives; the first is the default.
    pub output_types: Vec<String>,
    /// The parameters that it knows; one that is missing is not supported.
    pub parameters: Vec<Parameter>,
    /// What it costs: none is unknown, an empty list is free.
    pub prices: Option<Vec<Price>>,
    /// What may be used in a time.
    pub quotas: Vec<Quota>,
    /// Calls at one time.
    pub max_concurrency: Option<u32>,
    /// Tokens in and out together.
    pub context_tokens: Option<u32>,
    /// Tokens out.
    pub max_output_tokens: Option<u32>,
    /// Where it is served.
    pub regions: Vec<String>,
    /// Free words. [`Model::EXPLICIT_ONLY`] has a meaning.
    pub tags: Vec<String>,
    /// `live`, `staging` or `deprecated`.
    pub status: String,
}

impl Model {
    /// The tag of a model that is only chosen when it is named, or when one of its other tags is required.
    pub const EXPLICIT_ONLY: &str = "explicit-only";

    /// The status of a model that may be chosen.
    pub const LIVE: &str = "live";

    /// A live model that serves these capabilities, with no parameters and an unknown price.
    #[must_use]
    pub fn new(id: ModelId, capabilities: &[Capability]) -> Self {
        Self {
            id,
            model_ref: None,
            capabilities: capabilities.to_vec(),
            input_types: Vec::new(),
            output_types: Vec::new(),
            parameters: Vec::new(),
            prices: None,
            quotas: Vec::new(),
            max_concurrency: None,
            context_tokens: None,
            max_output_tokens: None,
            regions: Vec::new(),
            tags: Vec::new(),
            status: Self::LIVE.to_owned(),
        }
    }

    /// The parameter of this name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// Whether the model carries this tag.
    #[must_use]
    pub fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|own| own == tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Schema;

    #[test]
    fn no_more_tasks_are_read_than_there_may_be() {
        let mut json = serde_json::to_value(Catalogue::new(Description::default(), vec![])).unwrap();
        let task = serde_json::json!({ "id": "a", "summary": "", "input": true, "output": true });
        for (count, taken) in [(Catalogue::MAX_TASKS, true), (Catalogue::MAX_TASKS + 1, false)] {
            json["tasks"] = vec![task.clone(); count].into();
            assert_eq!(serde_json::from_value::<Catalogue>(json.clone()).is_ok(), taken, "{count}");
        }
        // The one that is too many is not looked at.
        json["tasks"][Catalogue::MAX_TASKS] = "no task".into();
        let error = serde_json::from_value::<Catalogue>(json).unwrap_err().to_string();
        assert!(error.contains("at most 32 tasks"), "{error}");
    }

    #[test]
    fn tasks_are_a_parameter_of_the_models_that_serve_them_even_beside_many_others() {
        let schema = || Schema::parse("true").unwrap();
        let task = custom::Task { id: "echo".to_owned(), summary: String::new(), input: schema(), output: schema() };
        let flag = |index| Parameter { name: format!("p{index}"), spec: ParameterSpec::Flag };
        let mut model = Model::new("m".parse().unwrap(), &[Capability::Custom]);
        model.parameters = (0..256).map(flag).collect();
        let description = Description { claimed_id: "c".to_owned(), version: "1".to_owned(), ..Description::default() };
        let plain = Catalogue::new(description, vec![model]);

        let complete = plain.clone().with_tasks(vec![task.clone()]);
        complete.validate(&[Capability::Custom]).unwrap();
        let spec = &complete.models[0].parameter("task").unwrap().spec;
        assert!(spec.accepts(&"echo".into()) && !spec.accepts(&"shout".into()));

        let by_hand = Catalogue { tasks: vec![task], ..plain };
        let error = by_hand.validate(&[Capability::Custom]).unwrap_err();
        assert!(error.message().contains("with_tasks"), "{error}");
    }
}
