//! A provider that is a component: verified by the gate, asked what it is, called in a fresh sandbox each time.

use std::time::{Duration, Instant};

use palisade_core::{
    BoxFuture, Call, CallReport, CancelResult, Capability, Catalogue, Digest, JobCall, JobState, JobToken, Limits,
    Outcome, Provider, Request, Response, Result, http::Outlet,
};

use crate::{
    Census, Isolation,
    call::Callee,
    gate,
    serve::{Remote, WorkerStatus},
};

/// A component that was checked and compiled, and of which nothing has run.
pub struct Verified {
    place: Place,
    limits: Limits,
    details: Details,
    /// What is looked at where its types are wrong.
    code: wasmtime::component::Component,
}

/// A loaded component.
pub struct Component {
    place: Place,
    capabilities: Vec<Capability>,
    jobs: Vec<Capability>,
    catalogue: Catalogue,
    limits: Limits,
    details: Details,
}

/// Where a component runs.
#[expect(clippy::large_enum_variant, reason = "there is one for each provider, which is not moved about")]
pub(crate) enum Place {
    Here(Callee),
    Worker(Remote),
}

/// What there is to say of a component.
pub(crate) struct Details {
    pub(crate) digest: Digest,
    pub(crate) size: u64,
    pub(crate) census: Census,
    pub(crate) imports: Vec<String>,
    pub(crate) exports: Vec<String>,
    /// Whether its calls may be given a way out.
    pub(crate) reaches_out: bool,
}

impl Verified {
    pub(crate) fn new(place: Place, limits: Limits, details: Details, code: wasmtime::component::Component) -> Self {
        Self { place, limits, details, code }
    }

    /// Asks the guest for its catalogue, and checks that.
    ///
    /// # Errors
    ///
    /// `invalid-catalogue`; any kind of the class `Sandbox` when it hits a limit while it describes itself.
    pub async fn describe(self) -> Result<Component> {
        let Self { place, limits, details, code } = self;
        let (capabilities, jobs, (catalogue, report)) = match &place {
            Place::Here(callee) => {
                (callee.exports.capabilities(), callee.exports.jobs(), callee.describe(&limits).await)
            }
            Place::Worker(remote) => (remote.capabilities(), remote.jobs(), remote.describe(&limits).await),
        };
        let told = |error| gate::with_differences(error, &code).with_report(report);
        let catalogue = catalogue.map_err(told)?;
        Ok(Component { place, capabilities, jobs, catalogue, limits, details })
    }
}

impl Component {
    /// Where it runs.
    #[must_use]
    pub fn isolation(&self) -> Isolation {
        match &self.place {
            Place::Here(_) => Isolation::InProcess,
            Place::Worker(_) => Isolation::Process,
        }
    }

    /// Its worker, where it has one.
    #[must_use]
    pub fn worker(&self) -> Option<WorkerStatus> {
        match &self.place {
            Place::Here(_) => None,
            Place::Worker(remote) => Some(remote.status()),
        }
    }

    /// What it is, whatever it is called.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.details.digest
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.details.size
    }

    /// What it is made of.
    #[must_use]
    pub fn census(&self) -> &Census {
        &self.details.census
    }

    /// What it may use.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The interfaces that it imports, escaped.
    #[must_use]
    pub fn imports(&self) -> &[String] {
        &self.details.imports
    }

    /// The interfaces that it exports, escaped; those of other packages and versions too.
    #[must_use]
    pub fn exports(&self) -> &[String] {
        &self.details.exports
    }

    /// Asks the guest for its catalogue once more, in a fresh instance and within these limits, and tells what that used.
    /// What it serves by stays the first one.
    ///
    /// # Errors
    ///
    /// As [`Verified::describe`].
    pub async fn describe_again(&self, limits: &Limits) -> Result<(Catalogue, CallReport)> {
        let (catalogue, report) = match &self.place {
            Place::Here(callee) => callee.describe(limits).await,
            Place::Worker(remote) => remote.describe(limits).await,
        };
        with_report(catalogue, report)
    }

    async fn serve(&self, mut call: Call) -> Result<Outcome> {
        self.catalogue.check_request(&call.request)?;
        let bytes_in = call.request.size_in_bytes();
        let limits = self.limits_within(call.options.timeout);
        let check = |request: &Request, response: &Response| self.catalogue.check_response(request, response);
        let start = Instant::now();
        let (answer, mut report) = match &self.place {
            Place::Here(callee) => callee.serve(&limits, &mut call, start, check).await,
            // On the heap: the room for it would be moved about with calls that are served here.
            Place::Worker(remote) => {
                let (answer, report) = Box::pin(remote.serve(&limits, &call, start)).await;
                (answer.and_then(|response| check(&call.request, &response).map(|()| response)), report)
            }
        };
        report.resources.bytes_in = bytes_in;
        match answer {
            Ok(response) => {
                report.resources.bytes_out = response.size_in_bytes();
                Ok(Outcome { response, report })
            }
            Err(error) => Err(error.with_report(report)),
        }
    }
}

impl Component {
    /// Its limits, with no more time than the caller gives.
    fn limits_within(&self, timeout: Option<Duration>) -> Limits {
        let timeout = timeout.map_or(self.limits.timeout, |timeout| timeout.min(self.limits.timeout));
        Limits { timeout, ..self.limits.clone() }
    }

    async fn submit_job(&self, mut call: Call) -> Result<(JobToken, CallReport)> {
        self.catalogue.check_request(&call.request)?;
        let bytes_in = call.request.size_in_bytes();
        let limits = self.limits_within(call.options.timeout);
        let start = Instant::now();
        let (token, mut report) = match &self.place {
            Place::Here(callee) => callee.submit(&limits, &mut call, start).await,
            Place::Worker(remote) => Box::pin(remote.submit(&limits, &call, start)).await,
        };
        report.resources.bytes_in = bytes_in;
        with_report(token, report)
    }
}

fn with_report<T>(result: Result<T>, report: CallReport) -> Result<(T, CallReport)> {
    match result {
        Ok(result) => Ok((result, report)),
        Err(error) => Err(error.with_report(report)),
    }
}

impl Provider for Component {
    fn capabilities(&self) -> &[Capability] {
        &self.capabilities
    }

    fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    fn call(&self, call: Call) -> BoxFuture<'_, Result<Outcome>> {
        Box::pin(self.serve(call))
    }

    fn jobs(&self) -> &[Capability] {
        &self.jobs
    }

    fn submit(&self, call: Call) -> BoxFuture<'_, Result<(JobToken, CallReport)>> {
        Box::pin(self.submit_job(call))
    }

    fn poll(&self, job: JobCall) -> BoxFuture<'_, Result<(JobState, CallReport)>> {
        Box::pin(async move {
            let limits = self.limits_within(job.timeout);
            let (state, report) = match &self.place {
                Place::Here(callee) => callee.poll(&limits, &job, Instant::now()).await,
                Place::Worker(remote) => Box::pin(remote.poll(&limits, &job)).await,
            };
            with_report(state, report)
        })
    }

    fn cancel(&self, job: JobCall) -> BoxFuture<'_, Result<CancelResult>> {
        Box::pin(async move {
            let limits = self.limits_within(job.timeout);
            let (result, report) = match &self.place {
                Place::Here(callee) => callee.cancel(&limits, &job, Instant::now()).await,
                Place::Worker(remote) => Box::pin(remote.cancel(&limits, &job)).await,
            };
            with_report(result, report).map(|(result, _)| result)
        })
    }

    /// Drops the instances that are kept, and ends its worker.
    fn dispose(&self) -> BoxFuture<'_, ()> {
        match &self.place {
            Place::Here(callee) => callee.rest(),
            Place::Worker(remote) => remote.rest(),
        }
        Box::pin(async {})
    }

    fn reaches_out(&self) -> bool {
        self.details.reaches_out
    }

    fn check(&self, outlet: Outlet) -> BoxFuture<'_, Result<()>> {
        Box::pin(async {
            let (result, report) = match &self.place {
                Place::Here(callee) => callee.check(&self.limits, outlet).await,
                Place::Worker(remote) => remote.check(&self.limits, outlet).await,
            };
            result.map_err(|error| error.with_report(report))
        })
    }
}
