//! A provider that is a component: loaded through the gate, called in a fresh sandbox each time.

use std::time::Instant;

use palisade_core::{BoxFuture, Call, Capability, Catalogue, Digest, Limits, Outcome, ProgressSink, Provider, Result};
use palisade_world::{Exports, Invocation};

use crate::call::Callee;

/// A loaded component.
pub struct Component {
    callee: Callee,
    capabilities: Vec<Capability>,
    catalogue: Catalogue,
    limits: Limits,
    details: Details,
}

/// What there is to say of a component.
pub(crate) struct Details {
    pub(crate) digest: Digest,
    pub(crate) size: u64,
    pub(crate) imports: Vec<String>,
    pub(crate) exports: Vec<String>,
}

impl Component {
    pub(crate) fn new(callee: Callee, catalogue: Catalogue, limits: Limits, details: Details) -> Self {
        Self { capabilities: callee.exports.capabilities(), callee, catalogue, limits, details }
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

    async fn serve(&self, call: Call) -> Result<Outcome> {
        let Call { request, options, progress, events } = call;
        self.catalogue.check_request(&request)?;
        let timeout = options.timeout.map_or(self.limits.timeout, |timeout| timeout.min(self.limits.timeout));
        let limits = Limits { timeout, ..self.limits.clone() };
        let bytes_in = request.size_in_bytes();
        let (answer, mut report) = self
            .callee
            .run(&limits, progress, Some(&options.scope), async |store, instance, exports| {
                let left = store.data().clock.deadline().saturating_duration_since(Instant::now());
                let deadline_ms = u32::try_from(left.as_millis()).unwrap_or(u32::MAX).max(1);
                let invocation = Invocation { request: &request, options: &options, deadline_ms, events: &events };
                exports.invoke(store, instance, invocation).await
            })
            .await;
        report.resources.bytes_in = bytes_in;
        match answer.and_then(|response| self.catalogue.check_response(&request, &response).map(|()| response)) {
            Ok(response) => {
                report.resources.bytes_out = response.size_in_bytes();
                Ok(Outcome { response, report })
            }
            Err(error) => Err(error.with_report(report)),
        }
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

    fn check(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async {
            let limits = self.limits.for_catalogue();
            let check =
                async |store: &mut _, instance: &_, exports: &Exports| exports.check_health(store, instance).await;
            let (result, report) = self.callee.run(&limits, ProgressSink::default(), None, check).await;
            result.map_err(|error| error.with_report(report))
        })
    }
}
