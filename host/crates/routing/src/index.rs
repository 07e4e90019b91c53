//! All endpoints at one moment, arranged for choosing among them.
//!
//! ```text
//! endpoints ─► Index::new (when the registry changes) ─► choose: the best, for a call
//!                                                      └► explain: everybody, with scores and reasons
//! ```

use std::{sync::Arc, time::Instant};

use palisade_core::Rejection;

use crate::{Candidate, Decision, Endpoint, Need, choose};

/// All endpoints at one moment. Never changes.
#[derive(Debug, Default)]
pub struct Index {
    endpoints: Vec<Arc<Endpoint>>,
}

/// Who is chosen for a call.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The endpoint.
    pub endpoint: Arc<Endpoint>,
    /// Whether everybody who could serve the request has failed of late, and this one is tried because there is nobody else.
    pub is_last_resort: bool,
}

impl Index {
    /// Arranges these endpoints.
    pub fn new(endpoints: impl IntoIterator<Item = Arc<Endpoint>>) -> Self {
        Self { endpoints: endpoints.into_iter().collect() }
    }

    /// Chooses the best for a call, but for those who were tried before.
    #[must_use]
    pub fn choose(&self, need: &Need, now: Instant, tried: &[Arc<Endpoint>]) -> Option<Choice> {
        let is_left = |endpoint: &&Arc<Endpoint>| !tried.iter().any(|tried| Arc::ptr_eq(tried, endpoint));
        let candidates = self.endpoints.iter().filter(is_left).map(|endpoint| Candidate::at(endpoint, now));
        let decision = choose(candidates, need).ok()?;
        let chosen = decision.chosen();
        let is_chosen =
            |endpoint: &&Arc<Endpoint>| endpoint.provider == chosen.provider && endpoint.model.id == chosen.model;
        let endpoint = Arc::clone(self.endpoints.iter().find(is_chosen)?);
        Some(Choice { endpoint, is_last_resort: false })
    }

    /// Chooses with everything there is to say about it.
    ///
    /// # Errors
    ///
    /// Gives everybody with the reasons, when nobody can serve the need.
    pub fn explain(&self, need: &Need, now: Instant) -> Result<Decision, Vec<Rejection>> {
        choose(self.endpoints.iter().map(|endpoint| Candidate::at(endpoint, now)), need)
    }
}
