//! What has become of a run.

use std::{collections::BTreeMap, time::Duration};

use palisade::{Capability, ErrorKind, Media, ModelId, PicoUsd, ProviderId};
use serde::Serialize;
use serde_json::Value;

use crate::{
    failure::Failure,
    kind::{Base, Kind},
    name::Name,
};

/// What has become of a run.
#[derive(Debug)]
pub struct Report {
    /// What the run is known by. One that is interrupted goes on as the same.
    pub run: String,
    /// What has become of each step, in an order in which they can run.
    pub steps: Vec<StepReport>,
    /// What came out; nothing where the run has failed.
    pub outputs: BTreeMap<Name, Made>,
    /// Why it did not come to its end.
    pub failure: Option<Failure>,
}

/// What has become of a step.
#[derive(Debug, Clone, Serialize)]
pub struct StepReport {
    /// Which.
    pub step: Name,
    /// What it does.
    pub capability: Capability,
    /// What has become of it.
    #[serde(rename = "outcome")]
    pub state: StepState,
}

/// What has become of a step.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum StepState {
    /// It did not begin.
    Waiting,
    /// It has ended.
    Done(Done),
    /// It has failed.
    Failed {
        /// The code of its error.
        code: ErrorKind,
        /// What went wrong.
        message: String,
    },
}

/// A step that has ended.
#[derive(Debug, Clone, Serialize)]
pub struct Done {
    /// Who has served it.
    pub provider: ProviderId,
    /// With which model.
    pub model: ModelId,
    /// What it cost now; none when that is not known.
    pub cost: Option<PicoUsd>,
    /// Whether it was served before, and nothing was done now.
    pub is_kept: bool,
    /// How long it took.
    #[serde(rename = "seconds", serialize_with = "seconds")]
    pub time: Duration,
}

fn seconds<S: serde::Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}

/// Something that came out.
#[derive(Debug, Clone)]
pub struct Made {
    /// What it is.
    pub kind: Kind,
    /// It, as JSON: a file is its media type and its bytes in base64.
    pub value: Value,
}

impl Made {
    /// The files that it is; none where it is something else.
    #[must_use]
    pub fn files(&self) -> Vec<Media> {
        let values = match &self.value {
            Value::Array(values) => values.as_slice(),
            one => std::slice::from_ref(one),
        };
        let is_file = self.kind.base.is_file();
        values.iter().filter(|_| is_file).filter_map(|value| serde_json::from_value(value.clone()).ok()).collect()
    }

    /// The text that it is; none where it is something else.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.value.as_str().filter(|_| self.kind == Kind::one(Base::Text))
    }
}

impl StepState {
    /// What has become of it, in a word: `waiting`, `done`, `kept` or `failed`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Done(Done { is_kept: true, .. }) => "kept",
            Self::Done(_) => "done",
            Self::Failed { .. } => "failed",
        }
    }
}

impl Report {
    /// What all steps cost together; none when that is not known of one.
    #[must_use]
    pub fn cost(&self) -> Option<PicoUsd> {
        let costs = self.steps.iter().filter_map(|step| match &step.state {
            StepState::Done(done) => Some(done.cost),
            StepState::Waiting | StepState::Failed { .. } => None,
        });
        costs.collect::<Option<Vec<_>>>().map(|costs| costs.into_iter().sum())
    }
}
