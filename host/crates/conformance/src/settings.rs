//! How a component is checked.

use std::{collections::BTreeMap, time::Duration};

use palisade_core::{Capability, Limits, ModelId, Request};

use crate::Upstream;

/// How a component is checked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What it may use.
    pub limits: Limits,
    /// The settings that it may read.
    pub config: BTreeMap<String, String>,
    /// Only this capability; none for all that it exports.
    pub only: Option<Capability>,
    /// Only this model, in full; none for all of them.
    pub model: Option<ModelId>,
    /// What the requests are made from.
    pub seed: u64,
    /// Calls of one instance, to see whether it keeps what it should let go of. Default 100.
    pub calls: u32,
    /// How long these calls may take together. Default 20 s.
    pub patience: Duration,
    /// How long a real upstream is left alone before it is asked after a job for the first time; later pauses are longer. Default
    /// 1 s. Without a real upstream no time passes.
    pub pause: Duration,
    /// Requests of the author's own, which the provider has to serve.
    pub requests: Vec<Request>,
    /// Where its requests go; nowhere by default.
    pub upstream: Upstream,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            config: BTreeMap::new(),
            only: None,
            model: None,
            seed: 1,
            calls: 100,
            patience: Duration::from_secs(20),
            pause: Duration::from_secs(1),
            requests: Vec::new(),
            upstream: Upstream::default(),
        }
    }
}
