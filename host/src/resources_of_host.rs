//! The resources of a host: what they are read from, and what refers to them.
//!
//! ```text
//! [resources] of palisade.toml ─┬─ its tables ─┐
//!                               ├─ its files ──┼─► Entry ─► Resources ─► Context::resources
//!                               └─ its allow ──► egress ─► Fetch
//! config of a provider ─► Configured ─► references resolved when it is loaded ─► what the component reads
//! ```

use std::{
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use palisade_core::{
    BoxFuture, Error, ErrorKind, ProviderId, Result, Scope,
    catalogue::Description,
    http::{self, Client as _, Method},
    text::escape,
};
use palisade_egress::{Egress, Grants};
use palisade_resources::{Base, Entry, Fetch, Loaded, Loader, Problem, ResourceKind, Resources};
use serde_json::Value;

use crate::allow::Allow;

/// What the credential of an address is called.
const CREDENTIAL: &str = "resources";

/// What a configuration says of resources.
#[derive(Debug, Clone, Default)]
pub(crate) struct ResourcesPlace {
    pub(crate) folder: PathBuf,
    /// Patterns such as `prompts/*.toml`.
    pub(crate) files: Vec<String>,
    pub(crate) any_file: bool,
    pub(crate) allowed: Vec<Allow>,
    /// The resources of the file itself.
    pub(crate) tables: Value,
}

/// Settings of a component that refer to resources.
#[derive(Debug, Clone)]
pub(crate) struct Configured {
    pub(crate) value: Arc<Value>,
    /// That of the file that they stand in.
    pub(crate) folder: Option<PathBuf>,
}

/// The resources of a host, and who reads what they refer to.
#[derive(Debug)]
pub(crate) struct HostResources {
    pub(crate) registry: Resources,
    /// Reads nothing beyond, until they are open.
    loader: OnceLock<Loader>,
    /// Nobody but the configuration says which kinds there are.
    is_own: bool,
}

impl HostResources {
    /// Reads what a configuration says of resources.
    ///
    /// # Errors
    ///
    /// `io` when a file cannot be read; `config`, `unknown-resource` and others when what it says is wrong.
    pub(crate) async fn open(&self, place: &ResourcesPlace, egress: impl FnOnce() -> Result<Egress>) -> Result<()> {
        match self.open_place(place, egress).await?.into_iter().next() {
            Some(problem) => Err(problem.into_error()),
            None => Ok(()),
        }
    }

    /// The same, with all that is wrong.
    pub(crate) async fn open_place(
        &self,
        place: &ResourcesPlace,
        egress: impl FnOnce() -> Result<Egress>,
    ) -> Result<Vec<Problem>> {
        let mut loader = Loader::default();
        if place.any_file {
            loader = loader.any_file();
        }
        if !place.allowed.is_empty() {
            loader = loader.fetch(Upstream::new(&egress()?, &place.allowed).await?);
        }
        // They are opened once.
        let _first = self.loader.set(loader);
        self.fill(place).await
    }

    /// Those of a host that reads nothing.
    pub(crate) fn new(registry: Option<Resources>) -> Self {
        let is_own = registry.is_none();
        Self { registry: registry.unwrap_or_else(Resources::strict), loader: OnceLock::new(), is_own }
    }

    fn loader(&self) -> &Loader {
        self.loader.get_or_init(Loader::default)
    }

    /// Registers what a configuration says. Gives what is wrong with it.
    async fn fill(&self, place: &ResourcesPlace) -> Result<Vec<Problem>> {
        let base = Base::Folder(present(&place.folder).to_owned());
        let own = self.loader().gather(Arc::new(place.tables.clone()), base).await?;
        let (mut entries, mut problems) = Entry::of_file(&own, "resources");
        for path in place.paths()? {
            let file = self.loader().read(&path).await?;
            let (more, wrong) = Entry::of_file(&file, &path.display().to_string());
            entries.extend(more);
            problems.extend(wrong);
        }
        for entry in entries.iter().filter(|entry| self.is_own && matches!(entry.id().kind, ResourceKind::Custom(_))) {
            self.registry.declare(entry.id().kind.clone())?;
        }
        problems.extend(self.registry.register_each(entries).into_iter().flatten());
        Ok(problems)
    }

    /// The settings of a component, with values in the place of references.
    ///
    /// # Errors
    ///
    /// What is wrong with the references, with their path.
    pub(crate) async fn settings(&self, id: &ProviderId, configured: &Configured) -> Result<Vec<(String, String)>> {
        let label = format!("providers.{id}.config");
        let value = self.registry.resolve(&self.read(configured).await?, &label)?;
        let Value::Object(members) = value else {
            let found = escape(&value.to_string(), 80);
            return Err(Error::new(ErrorKind::Config, format!("`{label}`: {found} is not taken; it takes a table")));
        };
        Ok(members.into_iter().map(|(key, value)| (key, text(value))).collect())
    }

    /// Settings with the files and addresses that they refer to.
    pub(crate) async fn read(&self, Configured { value, folder }: &Configured) -> Result<Loaded> {
        let base = folder.as_ref().map_or(Base::Nowhere, |folder| Base::Folder(present(folder).to_owned()));
        self.loader().gather(Arc::clone(value), base).await
    }
}

impl ResourcesPlace {
    /// The files that it names, in order.
    ///
    /// # Errors
    ///
    /// `config` for what is no pattern, and for one that nothing is like.
    fn paths(&self) -> Result<Vec<PathBuf>> {
        let mut paths = Vec::new();
        for pattern in &self.files {
            let wrong = |why: &str| {
                let pattern = escape(pattern, 200);
                Error::new(ErrorKind::Config, format!("`resources.files`: `{pattern}` {why}"))
            };
            let folder = glob::Pattern::escape(&self.folder.to_string_lossy());
            let whole = Path::new(&folder).join(pattern);
            let found =
                glob::glob(&whole.to_string_lossy()).map_err(|error| wrong(&format!("is no pattern: {error}")))?;
            let before = paths.len();
            paths.extend(found.filter_map(std::result::Result::ok));
            if paths.len() == before {
                return Err(wrong("names no file"));
            }
        }
        Ok(paths)
    }
}

/// Gets what stands at addresses that were granted to resources, by the way out of the host.
struct Upstream(Vec<palisade_egress::Client>);

impl Upstream {
    async fn new(egress: &Egress, allowed: &[Allow]) -> Result<Self> {
        let asks = Description { credential_names: vec![CREDENTIAL.to_owned()], ..Description::default() };
        let mut clients = Vec::new();
        for allow in allowed {
            let (grant, _) = allow.clone().grant(&asks).await?;
            let id: ProviderId = CREDENTIAL
                .parse()
                .map_err(|error: palisade_core::InvalidId| Error::new(ErrorKind::Internal, error.to_string()))?;
            let grants = Arc::new(Grants::new(id, [grant])?);
            clients.push(egress.client(grants, Scope::default(), Arc::default()));
        }
        Ok(Self(clients))
    }
}

impl Fetch for Upstream {
    fn fetch<'a>(&'a self, url: &'a str, max_bytes: usize) -> BoxFuture<'a, Result<Vec<u8>>> {
        Box::pin(async move {
            let mut refused = http::Error::Denied("nothing".to_owned());
            for client in &self.0 {
                let lent = client.has_credential(CREDENTIAL).is_some().then(|| CREDENTIAL.to_owned());
                let request = http::Request { credential: lent, ..http::Request::new(Method::Get, url) };
                match client.send(request).await {
                    Ok(response) => return body(response, max_bytes).await,
                    // Another grant may be for this address.
                    Err(error @ http::Error::Denied(_)) => refused = error,
                    Err(error) => return Err(failed(&error)),
                }
            }
            Err(failed(&refused))
        })
    }
}

async fn body(mut response: http::Response, max_bytes: usize) -> Result<Vec<u8>> {
    if response.status != 200 {
        return Err(Error::new(ErrorKind::Upstream, format!("the answer has the status {}", response.status)));
    }
    let mut bytes = Vec::new();
    loop {
        let piece = response.body.read(64 << 10).await.map_err(|error| failed(&error))?;
        if piece.is_empty() {
            return Ok(bytes);
        }
        bytes.extend_from_slice(&piece);
        if bytes.len() > max_bytes {
            return Err(Error::new(ErrorKind::Config, format!("it has more than {max_bytes} bytes")));
        }
    }
}

fn failed(error: &http::Error) -> Error {
    let kind = match error {
        http::Error::Denied(_) => ErrorKind::Auth,
        http::Error::Timeout => ErrorKind::UpstreamTimeout,
        http::Error::RateLimited(_) => ErrorKind::RateLimited,
        _ => ErrorKind::Upstream,
    };
    Error::new(kind, error.to_string())
}

/// What a component reads: a string as it is, anything else as JSON.
fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// The folder of a file that was named without one is this one.
fn present(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}
