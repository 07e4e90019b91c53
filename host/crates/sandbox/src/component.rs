//! A provider that is a component: loaded through the gate, called in a fresh sandbox each time.

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Instant};

use palisade_core::{
    BoxFuture, Call, Capability, Catalogue, Digest, Error, ErrorKind, Limits, Outcome, ProgressSink, Provider, Result,
    text::escape,
};
use palisade_world::{Exports, Invocation};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncReadExt as _;

use crate::{Sandbox, call::Callee, gate};

/// How to load a component.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// What it may use.
    pub limits: Limits,
    /// The settings that it may read.
    pub config: BTreeMap<String, String>,
}

/// A loaded component.
pub struct Component {
    callee: Callee,
    capabilities: Vec<Capability>,
    catalogue: Catalogue,
    limits: Limits,
    digest: Digest,
    size: u64,
    imports: Vec<String>,
    exports: Vec<String>,
}

impl Sandbox {
    /// Loads the component in this file. It is not read in when it is larger than the limit.
    ///
    /// # Errors
    ///
    /// `io` when it cannot be read; else as [`load`](Self::load).
    pub async fn load_file(&self, path: &Path, options: LoadOptions) -> Result<Component> {
        let bytes = read(path, options.limits.component_bytes).await?;
        self.load(bytes, options).await
    }

    /// Loads a component: checks it, compiles it, and asks it for its catalogue with nothing
    /// granted but its own settings.
    ///
    /// # Errors
    ///
    /// Any kind of the class `Component`; of the class `Sandbox` when it hits a limit while it describes itself.
    pub async fn load(&self, bytes: Vec<u8>, options: LoadOptions) -> Result<Component> {
        let LoadOptions { limits, config } = options;
        gate::check_size(bytes.len() as u64, limits.component_bytes)?;
        gate::check_kind(&bytes)?;
        let size = bytes.len() as u64;
        let engine = self.engine.clone();
        let compile = move || {
            let digest = Digest::from_sha256(Sha256::digest(&bytes).into());
            wasmtime::component::Component::from_binary(&engine, &bytes).map(|component| (component, digest))
        };
        let (component, digest) = tokio::task::spawn_blocking(compile)
            .await
            .map_err(|error| Error::new(ErrorKind::Malformed, "the compiler panicked on it").with_source(error))?
            .map_err(|error| malformed(&error))?;

        let (imports, exports) = gate::names(&component, &self.engine);
        gate::check_imports(&imports)?;
        let pre = self.linker.instantiate_pre(&component).map_err(|error| ungranted(&error))?;
        let callee = Callee { exports: Exports::find(&pre)?, pre, config: Arc::new(config) };
        let (catalogue, report) = callee
            .run(&limits.for_catalogue(), ProgressSink::default(), async |store, instance, exports| {
                match exports.check_types(store, instance) {
                    Ok(()) => exports.catalogue(store, instance).await,
                    Err(error) => Ok(Err(error)),
                }
            })
            .await;
        Ok(Component {
            capabilities: callee.exports.capabilities(),
            catalogue: catalogue.map_err(|error| error.with_report(report))?,
            callee,
            limits,
            digest,
            size,
            imports,
            exports,
        })
    }
}

/// The bytes of the component in this file, which is not read in when it is larger than the limit.
///
/// # Errors
///
/// `io` when it cannot be read; `too-large`.
pub async fn read(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let unreadable = |error: std::io::Error| {
        Error::new(ErrorKind::Io, format!("cannot read `{}`", path.display())).with_source(error)
    };
    let file = tokio::fs::File::open(path).await.map_err(unreadable)?;
    let metadata = file.metadata().await.map_err(unreadable)?;
    gate::check_size(metadata.len(), limit)?;
    let mut bytes = Vec::new();
    // The file may grow while it is read.
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).await.map_err(unreadable)?;
    Ok(bytes)
}

fn malformed(error: &wasmtime::Error) -> Error {
    let reason = escape(&format!("{error:#}"), 300);
    // The engine has no type for what does not fit its pool.
    let kind = if reason.contains("exceeds the") { ErrorKind::ResourceLimit } else { ErrorKind::Malformed };
    Error::new(kind, format!("the component cannot be compiled: {reason}"))
}

fn ungranted(error: &wasmtime::Error) -> Error {
    let reason = escape(&format!("{error:#}"), 300);
    Error::new(ErrorKind::UngrantedImport, format!("the component imports what is not linked: {reason}"))
}

impl Component {
    /// What it is, whatever it is called.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// What it may use.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The interfaces that it imports, escaped.
    #[must_use]
    pub fn imports(&self) -> &[String] {
        &self.imports
    }

    /// The interfaces that it exports, escaped; those of other packages and versions too.
    #[must_use]
    pub fn exports(&self) -> &[String] {
        &self.exports
    }

    async fn serve(&self, call: Call) -> Result<Outcome> {
        let Call { request, options, progress, events } = call;
        self.catalogue.check_request(&request)?;
        let timeout = options.timeout.map_or(self.limits.timeout, |timeout| timeout.min(self.limits.timeout));
        let limits = Limits { timeout, ..self.limits.clone() };
        let bytes_in = request.size_in_bytes();
        let (answer, mut report) = self
            .callee
            .run(&limits, progress, async |store, instance, exports| {
                let left = store.data().deadline.saturating_duration_since(Instant::now());
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
            let (result, report) = self.callee.run(&limits, ProgressSink::default(), check).await;
            result.map_err(|error| error.with_report(report))
        })
    }
}
