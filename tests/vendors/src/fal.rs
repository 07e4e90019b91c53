//! Fal: a queue of jobs.
//!
//! Shapes: <https://docs.fal.ai/model-apis/model-endpoints/queue>, and the pages on errors beside it. There is no state of a job
//! that failed: it is completed, and its result is an error.

mod error;
mod job;
mod pages;
mod result;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    http::{HeaderMap, header::AUTHORIZATION},
    response::Response,
};

use self::job::Job;
pub use self::job::{Pace, Stage};
use crate::{
    failure::Failure,
    site::Site,
    vendor::{Running, Vendor},
};

/// A vendor that speaks as fal does.
///
/// A job is an `app` of any name, such as `fal-ai/flux/dev`; one with `video` in its name makes a video, and from a picture where
/// the name says so. By default it waits for two polls, is in progress for one, and is completed with the next; see [`Pace`].
///
/// It has no header that keeps a job from being submitted twice, as the vendor documents none.
#[derive(Debug, Default)]
pub struct Fal {
    pace: Pace,
    jobs: Mutex<Jobs>,
}

/// All jobs, and those that the tests look for by what came with them.
#[derive(Debug, Default)]
struct Jobs {
    order: Vec<String>,
    by_id: HashMap<String, Job>,
    counts: Counts,
}

/// How often it was asked for what, by those who have shown the credential.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// To do something; those that were refused too.
    pub submissions: usize,
    /// How far a job is.
    pub polls: usize,
    /// What a job made.
    pub results: usize,
    /// To stop a job.
    pub cancels: usize,
}

impl Fal {
    /// A vendor whose jobs go on as told.
    #[must_use]
    pub fn at(pace: Pace) -> Self {
        Self { pace, ..Self::default() }
    }

    /// What is kept is whole between any two statements.
    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a test does with the jobs.
impl Running<Fal> {
    /// Returns the ids of all jobs, in the order of their submission.
    #[must_use]
    pub fn jobs(&self) -> Vec<String> {
        self.vendor.jobs().order.clone()
    }

    /// Returns how far a job is; none where there is no such job.
    #[must_use]
    pub fn stage(&self, id: &str) -> Option<Stage> {
        Some(self.vendor.jobs().by_id.get(id)?.stage())
    }

    /// Takes a job one step further, from the queue to work, or from work to its end. Says whether there is such a job.
    pub fn advance(&self, id: &str) -> bool {
        self.vendor.jobs().by_id.get_mut(id).map(Job::advance).is_some()
    }

    /// Ends a job. Says whether there is such a job.
    pub fn complete(&self, id: &str) -> bool {
        self.vendor.jobs().by_id.get_mut(id).map(|job| job.end(None)).is_some()
    }

    /// Ends a job with an error. Says whether there is such a job.
    pub fn fail(&self, id: &str, failure: Failure) -> bool {
        self.vendor.jobs().by_id.get_mut(id).map(|job| job.end(Some(failure))).is_some()
    }

    /// Forgets a job, as the vendor does with old ones. Says whether there was such a job.
    pub fn expire(&self, id: &str) -> bool {
        self.vendor.jobs().by_id.remove(id).is_some()
    }

    /// Returns how often it was asked for what.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.vendor.jobs().counts
    }

    /// Counts the jobs that were submitted with this header, such as a key that is the same for each attempt.
    #[must_use]
    pub fn submissions(&self, header: &str, value: &str) -> usize {
        let jobs = self.vendor.jobs();
        let with = |job: &&Job| job.headers.get(header).is_some_and(|known| known == value);
        jobs.by_id.values().filter(with).count()
    }
}

impl Vendor for Fal {
    const KEY: &'static str = "01234567-89ab-cdef-0123-456789abcdef:0123456789abcdef0123456789abcdef";

    fn pages(self: Arc<Self>, site: Arc<Site>) -> Router {
        pages::all(self, site)
    }

    fn credential(headers: &HeaderMap) -> Option<&str> {
        headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Key ")
    }

    fn refusal(failure: Failure) -> Response {
        error::refusal(failure)
    }
}
