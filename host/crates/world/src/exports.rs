//! What a guest offers: which interfaces it exports, found once, and the calls of them.

use std::fmt;

use palisade_core::{CancelResult, Capability, Catalogue, Error, ErrorKind, JobState, JobToken, Response, custom};
use wasmtime::{Store, component::InstancePre};

use crate::{
    bindings::{
        exports::palisade::provider::{catalog, health},
        palisade::provider::types::Failure,
    },
    convert,
    imports::Imports,
    interfaces::{Guest, Interfaces},
    invocation::Invocation,
    jobs::JobInterfaces,
    package::{Answer, PACKAGE, VERSION, find, wrong_interface},
};

/// Most pages of a catalogue.
const MAX_PAGES: usize = 256;
/// Most bytes of all pages together: pages are kept until the last one has come.
const MAX_CATALOGUE_BYTES: usize = 8 << 20;

/// The interfaces that a component exports, with the places of their functions.
pub struct Exports {
    catalog: catalog::GuestIndices,
    health: health::GuestIndices,
    interfaces: Interfaces,
    jobs: JobInterfaces,
}

impl Exports {
    /// Finds what the component exports.
    ///
    /// # Errors
    ///
    /// `wrong-world` when it is no provider, or serves no capability of this version; `wrong-interface` when an
    /// interface lacks a function.
    pub fn find<T: 'static>(pre: &InstancePre<T>) -> Result<Self, Error> {
        let component = pre.component();
        let exports = Self {
            catalog: find(component, "catalog", || catalog::GuestIndices::new(pre))?
                .ok_or_else(|| missing("catalog"))?,
            health: find(component, "health", || health::GuestIndices::new(pre))?.ok_or_else(|| missing("health"))?,
            interfaces: Interfaces::find(pre)?,
            jobs: JobInterfaces::find(pre)?,
        };
        if exports.capabilities().is_empty() {
            return Err(no_capability());
        }
        Ok(exports)
    }

    /// The capabilities that the component serves.
    #[must_use]
    pub fn capabilities(&self) -> Vec<Capability> {
        let mut capabilities = self.interfaces.capabilities();
        capabilities.extend(self.jobs.capabilities());
        capabilities.sort_unstable();
        capabilities.dedup();
        capabilities
    }

    /// Those of them whose work is jobs.
    #[must_use]
    pub fn jobs(&self) -> Vec<Capability> {
        self.jobs.capabilities()
    }

    /// Checks that the types of every interface are those of the bindings.
    ///
    /// # Errors
    ///
    /// `wrong-interface`.
    pub fn check_types<T>(&self, store: &mut Store<T>, guest: &Guest) -> Result<(), Error> {
        let wrong = |name: &'static str| move |error: wasmtime::Error| wrong_interface(name, &error);
        self.catalog.load(&mut *store, &guest.instance).map_err(wrong("catalog"))?;
        self.health.load(&mut *store, &guest.instance).map_err(wrong("health"))?;
        self.interfaces.check_types(store, guest)?;
        self.jobs.check_types(store, guest)
    }

    /// Asks for the description and all pages of models, and checks them.
    ///
    /// # Errors
    ///
    /// The engine's error when the guest did not return; `invalid-catalogue` for what it returned.
    pub async fn catalogue<T: Imports>(&self, store: &mut Store<T>, guest: &Guest) -> Answer<Catalogue> {
        let catalog = self.catalog.load(&mut *store, &guest.instance)?;
        let description = convert::description(catalog.call_describe(&mut *store).await?);
        let mut models = Vec::new();
        let mut bytes = 0_usize;
        let mut cursor = None;
        for _ in 0..MAX_PAGES {
            let (page, next) = match catalog.call_models(&mut *store, cursor.as_deref()).await? {
                Ok(answer) => answer,
                Err(failure) => return Ok(Err(no_models(failure))),
            };
            if models.len() + page.len() > Catalogue::MAX_MODELS {
                return Ok(Err(too_many(models.len() + page.len(), "models", Catalogue::MAX_MODELS)));
            }
            bytes = page.iter().map(convert::model_bytes).fold(bytes, usize::saturating_add);
            if bytes > MAX_CATALOGUE_BYTES {
                return Ok(Err(too_many(bytes, "bytes of models", MAX_CATALOGUE_BYTES)));
            }
            for model in page {
                match convert::model(model) {
                    Ok(model) => models.push(model),
                    Err(reason) => return Ok(Err(Error::new(ErrorKind::InvalidCatalogue, reason))),
                }
            }
            cursor = next;
            if cursor.is_none() {
                let tasks = match self.tasks(store, guest).await? {
                    Ok(tasks) => tasks,
                    Err(reason) => return Ok(Err(Error::new(ErrorKind::InvalidCatalogue, reason))),
                };
                let exported = self.capabilities();
                let catalogue = Catalogue::new(description, models).with_tasks(tasks);
                return Ok(catalogue.validate(&exported).map(|()| catalogue));
            }
        }
        Ok(Err(too_many(MAX_PAGES + 1, "pages of models", MAX_PAGES)))
    }

    /// Asks for the tasks, where there is `custom`; or gives the sentence that says what is wrong with them.
    async fn tasks<T: Imports>(
        &self,
        store: &mut Store<T>,
        guest: &Guest,
    ) -> wasmtime::Result<Result<Vec<custom::Task>, String>> {
        let Some(indices) = &self.interfaces.custom else {
            return Ok(Ok(Vec::new()));
        };
        let tasks = indices.load(&mut *store, &guest.instance)?.call_tasks(&mut *store).await?;
        if tasks.len() > Catalogue::MAX_TASKS {
            return Ok(Err(format!("{} tasks, and at most {} are taken", tasks.len(), Catalogue::MAX_TASKS)));
        }
        Ok(tasks.into_iter().map(convert::custom::task).collect())
    }

    /// Asks whether the provider could work now.
    ///
    /// # Errors
    ///
    /// The engine's error when the guest did not return; the failure that it returned.
    pub async fn check_health<T: Imports>(&self, store: &mut Store<T>, guest: &Guest) -> Answer<()> {
        let health = self.health.load(&mut *store, &guest.instance)?;
        Ok(health.call_check(&mut *store).await?.map_err(convert::failure))
    }

    /// Serves a call.
    ///
    /// # Errors
    ///
    /// The engine's error when the guest did not return; the failure that it returned; `bad-output`.
    pub async fn invoke<T: Imports>(
        &self,
        store: &mut Store<T>,
        guest: &mut Guest,
        invocation: Invocation<'_>,
    ) -> Answer<Response> {
        self.interfaces.invoke(store, guest, invocation).await
    }

    /// Submits work that is a job, once, and gives what finds it again.
    ///
    /// # Errors
    ///
    /// As [`invoke`](Self::invoke).
    pub async fn submit<T: Imports>(
        &self,
        store: &mut Store<T>,
        guest: &Guest,
        invocation: Invocation<'_>,
    ) -> Answer<JobToken> {
        self.jobs.submit(store, guest, invocation).await
    }

    /// Asks once where a job is.
    ///
    /// # Errors
    ///
    /// As [`invoke`](Self::invoke). A job that has failed is no error here.
    pub async fn poll<T: Imports>(
        &self,
        store: &mut Store<T>,
        guest: &Guest,
        capability: Capability,
        token: &JobToken,
    ) -> Answer<JobState> {
        self.jobs.poll(store, guest, capability, token).await
    }

    /// Asks that a job be stopped.
    ///
    /// # Errors
    ///
    /// As [`invoke`](Self::invoke).
    pub async fn cancel<T: Imports>(
        &self,
        store: &mut Store<T>,
        guest: &Guest,
        capability: Capability,
        token: &JobToken,
    ) -> Answer<CancelResult> {
        self.jobs.cancel(store, guest, capability, token).await
    }
}

impl fmt::Debug for Exports {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Exports").field(&self.capabilities()).finish()
    }
}

fn missing(name: &str) -> Error {
    Error::new(ErrorKind::WrongWorld, format!("the component does not export {PACKAGE}/{name}@{VERSION}"))
}

fn no_capability() -> Error {
    let known: Vec<_> = Capability::of_components().map(Capability::name).collect();
    let message = format!("the component exports no capability that this version serves: {}", known.join(", "));
    Error::new(ErrorKind::WrongWorld, message)
}

/// `models` has nothing to fail at: whatever it says, there is no catalogue.
fn no_models(failure: Failure) -> Error {
    let failure = convert::failure(failure);
    Error::new(ErrorKind::InvalidCatalogue, format!("models: it failed: {failure}"))
}

fn too_many(count: usize, what: &str, max: usize) -> Error {
    Error::new(ErrorKind::InvalidCatalogue, format!("{count} {what}, and at most {max} are taken"))
}
