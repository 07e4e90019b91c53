//! From the bytes of a component to one of which nothing has run, and everything is known that can be known so.
//!
//! ```text
//! bytes ─► size, kind, structure ─► digest ─► loaded? ─► in the cache? ─► refused before? ─► compile ─► code
//!       code ─► imports ─► exports ─► Verified ─► describe, in a sandbox ─► Component
//! ```

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::{Arc, Mutex},
    time::{Instant, SystemTime},
};

use palisade_core::{Digest, Error, ErrorKind, Limits, Result};
use palisade_world::Exports;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncReadExt as _;

use crate::{
    Cache, Census, Compiler, Isolation, LoadEvent, LoadObserver, Sandbox,
    cache::Known,
    call::Callee,
    code::{self, Code},
    component::{Details, Place, Verified},
    engine, gate,
    lock::lock,
    reason::reason,
    refusal::{Remembered, Shape},
    serve::{Remote, Setup, WorkerReach},
    warm::Reuse,
};

/// Most refusals that are remembered where there is no cache.
const MAX_REFUSALS: usize = 1024;

/// How to load a component.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// What it may use.
    pub limits: Limits,
    /// The settings that it may read.
    pub config: BTreeMap<String, String>,
    /// Whether instances are kept between calls, and for how long. They are not by default: every call gets a fresh one.
    pub reuse: Option<Reuse>,
    /// Where it runs.
    pub isolation: Isolation,
    /// Whether its calls may be given a way out.
    pub reaches_out: bool,
    /// Whether they may be lent stores.
    pub lends_stores: bool,
    /// Who wants to hear how far it is.
    pub observer: LoadObserver,
}

/// Loads components, with one compiler and one cache.
pub struct Loader {
    sandbox: &'static Sandbox,
    compiler: Compiler,
    cache: Option<Cache>,
    /// Why components were refused, so that they cost nothing the next time.
    refusals: Mutex<HashMap<Digest, Remembered>>,
}

/// What the cache has of a component.
enum Cached {
    Code {
        component: wasmtime::component::Component,
        code_bytes: u64,
    },
    /// Code for a larger sandbox than this one, which others who share the cache may have.
    TooLarge(Error),
    Refused(Remembered),
}

impl Loader {
    /// A loader. Without a cache every start compiles.
    #[must_use]
    pub fn new(sandbox: &'static Sandbox, compiler: Compiler, cache: Option<Cache>) -> Self {
        Self { sandbox, compiler, cache, refusals: Mutex::default() }
    }

    /// Verifies the component in this file. It is not read in when it is larger than the limit.
    ///
    /// # Errors
    ///
    /// `io` when it cannot be read; else as [`verify`](Self::verify).
    pub async fn verify_file(&self, path: &Path, options: LoadOptions) -> Result<Verified> {
        let bytes = read(path, options.limits.component_bytes).await?;
        self.verify(bytes, options).await
    }

    /// Checks a component, compiles it, and links it with nothing granted but its own settings. Nothing of it runs.
    ///
    /// # Errors
    ///
    /// Any kind of the class `Component`; `resource-limit` when it does not fit the sandbox; `no-compiler`;
    /// `isolation-unavailable` when it is to run in a worker, and this machine cannot confine one.
    pub async fn verify(&self, bytes: Vec<u8>, options: LoadOptions) -> Result<Verified> {
        let LoadOptions { mut limits, config, mut reuse, isolation, reaches_out, lends_stores, observer } = options;
        let size = bytes.len() as u64;
        let (bytes, digest, census) = check(bytes, &limits).await?;
        let code = self.code(bytes, digest, &limits, &observer).await?;

        let (imports, exports) = gate::names(&code.component, &self.sandbox.engine);
        gate::check_versions(&imports, &exports)?;
        gate::check_imports(&imports, reaches_out)?;
        let linked = self.sandbox.linker(reaches_out).instantiate_pre(&code.component);
        let pre = linked.map_err(|error| gate::with_differences(ungranted(&error), &code.component))?;
        let found = Exports::find(&pre).map_err(|error| gate::with_differences(error, &code.component))?;
        let types = code.component.clone();
        let places = engine::places(&code.component, census.core_instances);
        let place = match isolation {
            Isolation::InProcess => {
                self.sandbox.cut_to_share(places, &mut limits, reuse.as_mut())?;
                Place::Here(Callee::new(self.sandbox, pre, found, config, reuse, code))
            }
            Isolation::Process => Place::Worker(Remote::new(Setup {
                program: self.compiler.worker()?,
                code,
                digest,
                places,
                allocation: self.sandbox.allocation(),
                config,
                limits: limits.clone(),
                reuse,
                reached: WorkerReach { upstreams: reaches_out, stores: lends_stores },
                capabilities: found.capabilities(),
                jobs: found.jobs(),
            })),
        };
        Ok(Verified::new(place, limits, Details { digest, size, census, imports, exports, reaches_out }, types))
    }

    /// The code of a component, from the nearest place that has it.
    async fn code(
        &self,
        bytes: Vec<u8>,
        digest: Digest,
        limits: &Limits,
        observer: &LoadObserver,
    ) -> Result<Arc<Code>> {
        let slot = self.sandbox.codes.slot(digest);
        let entered = slot.enter().await;
        if let Some(code) = entered.loaded() {
            return Ok(code);
        }
        // Who shares the cache may have refused it, and this loader too.
        let kept = match self.cached(digest).await? {
            Some(Cached::Code { component, code_bytes }) => {
                lock(&self.refusals).remove(&digest);
                observer.tell(LoadEvent::FromCache { code_bytes });
                return Ok(entered.leave(component));
            }
            Some(Cached::TooLarge(error)) => return Err(error),
            Some(Cached::Refused(refusal)) => Some(refusal),
            None => None,
        };
        let own = lock(&self.refusals).get(&digest).cloned();
        let (shape, now) = (Shape::of(self.sandbox), SystemTime::now());
        if let Some(error) = [kept, own].into_iter().flatten().find_map(|refusal| refusal.error(limits, shape, now)) {
            return Err(again(&error));
        }
        match self.make(bytes, digest, limits, observer).await {
            Ok(component) => {
                lock(&self.refusals).remove(&digest);
                Ok(entered.leave(component))
            }
            Err(error) => {
                self.remember(digest, &error, limits).await;
                Err(error)
            }
        }
    }

    /// Compiles a component, loads its code, and keeps it.
    async fn make(
        &self,
        bytes: Vec<u8>,
        digest: Digest,
        limits: &Limits,
        observer: &LoadObserver,
    ) -> Result<wasmtime::component::Component> {
        let start = Instant::now();
        observer.tell(LoadEvent::Compiling { bytes: bytes.len() as u64 });
        let code = self.compiler.compile(self.sandbox, bytes, limits).await?;
        observer.tell(LoadEvent::Compiled { time: start.elapsed(), code_bytes: code.len() as u64 });
        let engine = self.sandbox.engine.clone();
        let (cache, name) = (self.cache.clone(), self.sandbox.engine_name.clone());
        let load = move || {
            let component = code::load(&engine, &code);
            if let (Some(cache), Ok(_)) = (cache, &component) {
                cache.put(digest, &name, &code);
                cache.remove_refusal(digest, &name);
            }
            component
        };
        off_the_executor(load).await?.map_err(|error| unloadable(&error))
    }

    /// What the cache knows of a component.
    async fn cached(&self, digest: Digest) -> Result<Option<Cached>> {
        let Some(cache) = self.cache.clone() else { return Ok(None) };
        let (engine, name) = (self.sandbox.engine.clone(), self.sandbox.engine_name.clone());
        off_the_executor(move || match cache.get(digest, &name)? {
            Known::Code(code) => {
                let component = match code::load(&engine, &code) {
                    Ok(component) => component,
                    Err(error) => {
                        let error = unloadable(&error);
                        if error.kind() == ErrorKind::ResourceLimit {
                            return Some(Cached::TooLarge(error));
                        }
                        cache.remove_code(digest, &name);
                        return None;
                    }
                };
                // Else it would hold again once the code is evicted.
                cache.remove_refusal(digest, &name);
                Some(Cached::Code { component, code_bytes: code.len() as u64 })
            }
            Known::Refused(refusal) => Some(Cached::Refused(refusal)),
        })
        .await
    }

    async fn remember(&self, digest: Digest, error: &Error, limits: &Limits) {
        let Some(refusal) = Remembered::of(error, limits, Shape::of(self.sandbox)) else { return };
        {
            let mut refusals = lock(&self.refusals);
            if refusals.len() >= MAX_REFUSALS {
                refusals.clear();
            }
            refusals.insert(digest, refusal.clone());
        }
        if let Some(cache) = self.cache.clone() {
            let name = self.sandbox.engine_name.clone();
            // What cannot be kept is found out again.
            let _panicked = off_the_executor(move || cache.put_refusal(digest, &name, &refusal)).await;
        }
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

/// Checks and counts what can be told without compiling, and names the very bytes that are compiled.
async fn check(bytes: Vec<u8>, limits: &Limits) -> Result<(Vec<u8>, Digest, Census)> {
    // The walk over a large file takes a moment, and a copy of the limits none.
    let limits = limits.clone();
    off_the_executor(move || {
        let census = gate::check_component(&bytes, &limits)?;
        let digest = Digest::from_sha256(Sha256::digest(&bytes).into());
        Ok((bytes, digest, census))
    })
    .await?
}

/// Does what would keep an executor from its other tasks.
async fn off_the_executor<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> Result<R> {
    let panicked = |error| Error::new(ErrorKind::Internal, "the host panicked while it loaded it").with_source(error);
    tokio::task::spawn_blocking(work).await.map_err(panicked)
}

fn again(error: &Error) -> Error {
    Error::new(error.kind(), format!("{}; it was refused before, and not tried again", error.message()))
}

/// Why code that was just compiled cannot be loaded: it does not fit the pool, for which the engine has no type, or a
/// helper of another version has compiled it for another engine.
fn unloadable(error: &wasmtime::Error) -> Error {
    let reason = reason(format!("{error:#}"));
    if reason.contains("pooling allocator") || reason.contains("exceeds the") {
        return Error::new(ErrorKind::ResourceLimit, format!("the component does not fit the sandbox: {reason}"));
    }
    Error::new(ErrorKind::NoCompiler, format!("the compiler made no code for this host: {reason}"))
}

fn ungranted(error: &wasmtime::Error) -> Error {
    let reason = reason(format!("{error:#}"));
    Error::new(ErrorKind::UngrantedImport, format!("the component imports what is not linked: {reason}"))
}
