//! One call of a component, and what came of it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use palisade_core::{
    Call, CallOptions, Error, Event, EventSink, JobToken, ModelId, ProgressSink, Provider as _, Request, ResourceUsage,
    Response, Result, Scope,
};
use palisade_sandbox::Component;
use serde_json::Value;

use crate::{
    Settings,
    door::{Lack, Missing, watched},
    suite::Case,
};

/// Who is called.
#[derive(Clone)]
pub(crate) struct Caller<'a> {
    pub(crate) component: &'a Component,
    pub(crate) model: &'a ModelId,
    pub(crate) settings: &'a Settings,
}

/// What came of a call.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) result: Result<Response>,
    pub(crate) resources: ResourceUsage,
    /// The last line that the guest logged.
    pub(crate) last_words: Option<String>,
    pub(crate) pieces: Pieces,
    /// What the guest asked for that was not there.
    pub(crate) lacked: Option<Missing>,
    /// Whether it is a job of the guest's own that goes on however often it is asked after.
    pub(crate) goes_on: bool,
}

/// What is known of the pieces of a response.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Pieces {
    /// How many came, the end not counted.
    pub(crate) count: u64,
    /// Whether the end came.
    pub(crate) ended: bool,
}

impl Caller<'_> {
    /// Calls it with a case, and listens to the pieces.
    pub(crate) async fn ask(&self, case: &Case) -> Answer {
        let pieces = Arc::new(Mutex::new(Pieces::default()));
        let seen = Arc::clone(&pieces);
        let events = EventSink::new(move |event: Event| {
            let mut pieces = seen.lock().unwrap_or_else(PoisonError::into_inner);
            if event.is_last() {
                pieces.ended = true;
            } else {
                pieces.count += 1;
            }
            Box::pin(async {})
        });
        let mut answer = self.call(&case.request, &case.options, case.strict, events).await;
        answer.pieces = *pieces.lock().unwrap_or_else(PoisonError::into_inner);
        answer
    }

    /// Calls it with a request of which nobody wants the pieces.
    pub(crate) async fn ask_for_the_whole(&self, request: &Request) -> Answer {
        self.call(request, &BTreeMap::new(), false, EventSink::default()).await
    }

    async fn call(
        &self,
        request: &Request,
        options: &BTreeMap<String, Value>,
        strict: bool,
        events: EventSink,
    ) -> Answer {
        let (call, lack) = self.made(request, options, strict, events);
        if self.component.jobs().contains(&request.capability()) {
            return self.carry_out(call, &lack).await;
        }
        let outcome = self.component.call(call).await;
        match outcome {
            Ok(outcome) => Answer {
                result: Ok(outcome.response),
                resources: outcome.report.resources,
                last_words: outcome.report.log.last().map(|line| line.text.clone()),
                pieces: Pieces::default(),
                lacked: lack.missing(),
                goes_on: false,
            },
            Err(error) => Answer::failed(error, lack.missing()),
        }
    }

    /// Submits work that is a job, and says whether anything was missing beyond the sandbox.
    pub(crate) async fn submit(&self, request: &Request) -> (Result<JobToken>, Lack) {
        let (call, lack) = self.made(request, &BTreeMap::new(), false, EventSink::default());
        (self.component.submit(call).await.map(|(token, _)| token), lack)
    }

    /// A call with a key of its own, as a host gives it.
    fn made(
        &self,
        request: &Request,
        options: &BTreeMap<String, Value>,
        strict: bool,
        events: EventSink,
    ) -> (Call, Lack) {
        static CALLS: AtomicU64 = AtomicU64::new(0);
        let credentials = &self.component.catalogue().description.credential_names;
        let (outlet, lack) = watched(&self.settings.upstream.outlet(credentials));
        let call = Call {
            request: Arc::new(request.clone()),
            options: CallOptions {
                model: self.model.clone(),
                idempotency_key: format!("check-{}", CALLS.fetch_add(1, Ordering::Relaxed)),
                timeout: None,
                provider_options: options.clone(),
                scope: Scope::default(),
                strict,
            },
            progress: ProgressSink::default(),
            outlet,
            key_value: lack.key_value(),
            stores: lack.stores(),
            events,
        };
        (call, lack)
    }
}

impl Answer {
    /// A call that failed, or was never made.
    pub(crate) fn failed(error: Error, lacked: Option<Missing>) -> Self {
        Self {
            resources: error.report().map(|report| report.resources).unwrap_or_default(),
            last_words: error.report().and_then(|report| report.log.last()).map(|line| line.text.clone()),
            pieces: Pieces::default(),
            lacked,
            goes_on: false,
            result: Err(error),
        }
    }

    /// Why it failed, with what the guest said last.
    pub(crate) fn explained(&self, error: &Error) -> String {
        let said = self.last_words.as_ref().map_or_else(String::new, |words| format!("; its log ends with `{words}`"));
        format!("`{}`: {error}{said}", error.kind().code())
    }
}
