//! A job in the queue.

use axum::http::HeaderMap;
use serde_json::Value;

use crate::failure::Failure;

/// When jobs go on. Never by time, so that a test sees what it expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// With each poll of their state: so many find them in the queue, so many at work, and the next one completed.
    Polls {
        /// In the queue.
        queue: u32,
        /// At work.
        work: u32,
    },
    /// When the test says so.
    ByHand,
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It waits; so many are before it.
    InQueue(u32),
    /// It is worked at.
    InProgress,
    /// It has ended, well or not.
    Completed,
}

/// A job, from its submission on for as long as the server lives.
#[derive(Clone, Debug)]
pub(super) struct Job {
    /// Owner and name, without what follows them.
    pub(super) app: String,
    /// The whole name, which says what is made.
    pub(super) model: String,
    pub(super) input: Value,
    pub(super) headers: HeaderMap,
    stage: Stage,
    /// Polls until the next stage, and those for work.
    left: Option<(u32, u32)>,
    failure: Option<Failure>,
    cancelled: bool,
}

impl Default for Pace {
    fn default() -> Self {
        Self::Polls { queue: 2, work: 1 }
    }
}

impl Job {
    /// A job that waits, and may be going to fail.
    pub(super) fn new(model: &str, input: Value, headers: HeaderMap, pace: Pace, failure: Option<Failure>) -> Self {
        let app = model.splitn(3, '/').take(2).collect::<Vec<_>>().join("/");
        let (left, ahead) = match pace {
            Pace::Polls { queue, work } => (Some((queue, work)), queue.saturating_sub(1)),
            Pace::ByHand => (None, 0),
        };
        let stage = Stage::InQueue(ahead);
        Self { app, model: model.to_owned(), input, headers, stage, left, failure, cancelled: false }
    }

    pub(super) fn stage(&self) -> Stage {
        self.stage
    }

    pub(super) fn failure(&self) -> Option<Failure> {
        self.failure
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled
    }

    /// Looks how far it is, which may be what takes it further.
    pub(super) fn poll(&mut self) -> Stage {
        if let Some((queue, work)) = self.left {
            if matches!(self.stage, Stage::InQueue(_)) {
                match queue {
                    0 => self.stage = Stage::InProgress,
                    more => {
                        self.stage = Stage::InQueue(more - 1);
                        self.left = Some((more - 1, work));
                    }
                }
            }
            if self.stage == Stage::InProgress {
                match work {
                    0 => self.stage = Stage::Completed,
                    more => self.left = Some((queue, more - 1)),
                }
            }
        }
        self.stage
    }

    /// Goes one step further.
    pub(super) fn advance(&mut self) {
        self.stage = match self.stage {
            Stage::InQueue(_) => Stage::InProgress,
            Stage::InProgress | Stage::Completed => Stage::Completed,
        };
    }

    /// Ends, unless it has ended.
    pub(super) fn end(&mut self, failure: Option<Failure>) {
        if self.stage != Stage::Completed {
            self.stage = Stage::Completed;
            self.failure = failure.or(self.failure);
        }
    }

    /// Ends without a result. Says whether that was still possible.
    pub(super) fn cancel(&mut self) -> bool {
        if self.stage == Stage::Completed {
            return false;
        }
        self.stage = Stage::Completed;
        self.cancelled = true;
        true
    }
}
