//! A native provider, held to what the sandbox holds a component to: a deadline, checks on both sides, and a panic that
//! ends one call.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt as _;
use palisade_core::{
    BoxFuture, Call, CallReport, CancelResult, Capability, Catalogue, Error, ErrorKind, JobCall, JobState, JobToken,
    Outcome, Provider, Result, http::Outlet,
};
use tokio::time::Instant;

pub(crate) struct Native {
    provider: Arc<dyn Provider>,
    timeout: Duration,
}

impl Native {
    pub(crate) fn new(provider: Arc<dyn Provider>, timeout: Duration) -> Self {
        Self { provider, timeout }
    }

    /// The time that a call may take.
    fn within(&self, timeout: Option<Duration>) -> Duration {
        timeout.map_or(self.timeout, |timeout| timeout.min(self.timeout))
    }
}

impl Provider for Native {
    fn capabilities(&self) -> &[Capability] {
        self.provider.capabilities()
    }

    fn catalogue(&self) -> &Catalogue {
        self.provider.catalogue()
    }

    fn call(&self, call: Call) -> BoxFuture<'_, Result<Outcome>> {
        Box::pin(async move {
            self.provider.catalogue().check_request(&call.request)?;
            let request = Arc::clone(&call.request);
            let start = Instant::now();
            let timeout = self.within(call.options.timeout);
            let mut outcome = bounded(timeout, async { self.provider.call(call).await }).await?;
            self.provider.catalogue().check_response(&request, &outcome.response)?;
            outcome.report.resources.wall_time = start.elapsed();
            outcome.report.resources.bytes_in = request.size_in_bytes();
            outcome.report.resources.bytes_out = outcome.response.size_in_bytes();
            Ok(outcome)
        })
    }

    fn jobs(&self) -> &[Capability] {
        self.provider.jobs()
    }

    fn submit(&self, call: Call) -> BoxFuture<'_, Result<(JobToken, CallReport)>> {
        Box::pin(async move {
            self.provider.catalogue().check_request(&call.request)?;
            let timeout = self.within(call.options.timeout);
            bounded(timeout, async { self.provider.submit(call).await }).await
        })
    }

    fn poll(&self, job: JobCall) -> BoxFuture<'_, Result<(JobState, CallReport)>> {
        Box::pin(async move {
            let timeout = self.within(job.timeout);
            bounded(timeout, async { self.provider.poll(job).await }).await
        })
    }

    fn cancel(&self, job: JobCall) -> BoxFuture<'_, Result<CancelResult>> {
        Box::pin(async move {
            let timeout = self.within(job.timeout);
            bounded(timeout, async { self.provider.cancel(job).await }).await
        })
    }

    fn reaches_out(&self) -> bool {
        self.provider.reaches_out()
    }

    fn initialize(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async {
            let ready = AssertUnwindSafe(async { self.provider.initialize().await }).catch_unwind();
            ready.await.unwrap_or_else(|_panic| Err(panicked()))
        })
    }

    fn dispose(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            // There is nothing more to be had from it.
            let _panic = AssertUnwindSafe(async { self.provider.dispose().await }).catch_unwind().await;
        })
    }

    fn check(&self, outlet: Outlet) -> BoxFuture<'_, Result<()>> {
        Box::pin(bounded(self.timeout, async { self.provider.check(outlet).await }))
    }
}

fn panicked() -> Error {
    Error::new(ErrorKind::Trap, "the provider panicked")
}

async fn bounded<T>(timeout: Duration, work: impl Future<Output = Result<T>>) -> Result<T> {
    match tokio::time::timeout(timeout, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(result)) => result,
        Ok(Err(_panic)) => Err(panicked()),
        Err(_elapsed) => Err(Error::new(ErrorKind::Deadline, format!("the provider took longer than {timeout:?}"))),
    }
}
