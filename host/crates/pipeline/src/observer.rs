//! How far a run is, for who wants to hear of it.

use std::{fmt, sync::Arc};

use palisade::Progress;

use crate::{name::Name, report::StepState};

/// Who wants to hear how far a run is. It must not block.
#[derive(Clone, Default)]
pub struct Observer(Option<Arc<Listen>>);

type Listen = dyn Fn(&Name, StepEvent) + Send + Sync;

/// Something that happens to a step.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum StepEvent {
    /// It begins.
    Begun,
    /// Its provider says how far it is.
    Progress(Progress),
    /// It has failed, and is done again.
    Again,
    /// It has ended, or failed.
    Ended(StepState),
}

impl Observer {
    /// Calls `listen` for each event of each step.
    pub fn new(listen: impl Fn(&Name, StepEvent) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(listen)))
    }

    pub(crate) fn tell(&self, step: &Name, event: StepEvent) {
        if let Some(listen) = &self.0 {
            listen(step, event);
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Observer").field(&self.0.is_some()).finish()
    }
}
