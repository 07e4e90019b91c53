//! What a guest offers: which interfaces it exports, found once, and the calls of them.

use std::fmt;

use palisade_core::{Capability, Catalogue, Error, ErrorKind, Request, Response, text};
use wasmtime::{
    Store,
    component::{Component, Instance, InstancePre},
};

use crate::{
    bindings::{
        exports::palisade::provider::{catalog, health, text_to_image},
        palisade::provider::types::Failure,
    },
    convert,
    imports::Imports,
    invocation::Invocation,
};

/// The package whose exports the host reads.
pub const PACKAGE: &str = "palisade:provider";
/// The version of the package that the bindings are made from.
const VERSION: &str = "0.1.0";
/// Most pages of a catalogue.
const MAX_PAGES: usize = 256;
/// Most bytes of all pages together: pages are kept until the last one has come.
const MAX_CATALOGUE_BYTES: usize = 8 << 20;

/// What a call of a guest gives: the engine's error when the guest did not return; else what it returned, checked.
pub type Answer<T> = wasmtime::Result<Result<T, Error>>;

/// The interfaces that a component exports, with the places of their functions.
pub struct Exports {
    catalog: catalog::GuestIndices,
    health: health::GuestIndices,
    text_to_image: Option<text_to_image::GuestIndices>,
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
            text_to_image: find(component, Capability::TextToImage.name(), || text_to_image::GuestIndices::new(pre))?,
        };
        if exports.capabilities().is_empty() {
            return Err(no_capability());
        }
        Ok(exports)
    }

    /// The capabilities that the component serves.
    #[must_use]
    pub fn capabilities(&self) -> Vec<Capability> {
        let exported = |capability: &Capability| match capability {
            Capability::TextToImage => self.text_to_image.is_some(),
            _ => false,
        };
        Capability::ALL.iter().copied().filter(exported).collect()
    }

    /// Checks that the types of every interface are those of the bindings.
    ///
    /// # Errors
    ///
    /// `wrong-interface`.
    pub fn check_types<T>(&self, store: &mut Store<T>, instance: &Instance) -> Result<(), Error> {
        let wrong = |name: &'static str| move |error: wasmtime::Error| wrong_interface(name, &error);
        self.catalog.load(&mut *store, instance).map_err(wrong("catalog"))?;
        self.health.load(&mut *store, instance).map_err(wrong("health"))?;
        if let Some(indices) = &self.text_to_image {
            indices.load(&mut *store, instance).map_err(wrong("text-to-image"))?;
        }
        Ok(())
    }

    /// Asks for the description and all pages of models, and checks them.
    ///
    /// # Errors
    ///
    /// The engine's error when the guest did not return; `invalid-catalogue` for what it returned.
    pub async fn catalogue<T: Imports>(&self, store: &mut Store<T>, instance: &Instance) -> Answer<Catalogue> {
        let guest = self.catalog.load(&mut *store, instance)?;
        let description = convert::description(guest.call_describe(&mut *store).await?);
        let mut models = Vec::new();
        let mut bytes = 0_usize;
        let mut cursor = None;
        for _ in 0..MAX_PAGES {
            let (page, next) = match guest.call_models(&mut *store, cursor.as_deref()).await? {
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
                let catalogue = Catalogue { description, models };
                return Ok(catalogue.validate(&self.capabilities()).map(|()| catalogue));
            }
        }
        Ok(Err(too_many(MAX_PAGES + 1, "pages of models", MAX_PAGES)))
    }

    /// Asks whether the provider could work now.
    ///
    /// # Errors
    ///
    /// The engine's error when the guest did not return; the failure that it returned.
    pub async fn check_health<T: Imports>(&self, store: &mut Store<T>, instance: &Instance) -> Answer<()> {
        let guest = self.health.load(&mut *store, instance)?;
        Ok(guest.call_check(&mut *store).await?.map_err(convert::failure))
    }

    /// Serves a call.
    ///
    /// # Errors
    ///
    /// The engine's error when the guest did not return; the failure that it returned; `bad-output`.
    pub async fn invoke<T: Imports>(
        &self,
        store: &mut Store<T>,
        instance: &Instance,
        invocation: Invocation<'_>,
    ) -> Answer<Response> {
        let options = convert::call_options(&invocation);
        match (invocation.request, &self.text_to_image) {
            (Request::TextToImage(request), Some(indices)) => {
                let guest = indices.load(&mut *store, instance)?;
                let request = match convert::text_to_image_request(request, store.data_mut()) {
                    Ok(request) => request,
                    Err(error) => return Ok(Err(error)),
                };
                let answer = guest.call_generate(&mut *store, &request, &options).await?;
                Ok(match answer {
                    Ok(response) => {
                        convert::text_to_image_response(response, store.data_mut()).map(Response::TextToImage)
                    }
                    Err(failure) => Err(convert::failure(failure)),
                })
            }
            (request, _) => Ok(Err(Error::new(
                ErrorKind::Unsupported,
                format!("the provider does not serve {}", request.capability()),
            ))),
        }
    }
}

impl fmt::Debug for Exports {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Exports").field(&self.capabilities()).finish()
    }
}

/// The indices of an interface, none when the component does not export it.
fn find<I>(
    component: &Component,
    name: &'static str,
    indices: impl FnOnce() -> wasmtime::Result<I>,
) -> Result<Option<I>, Error> {
    if component.get_export_index(None, format!("{PACKAGE}/{name}@{VERSION}")).is_none() {
        return Ok(None);
    }
    indices().map(Some).map_err(|error| wrong_interface(name, &error))
}

fn wrong_interface(name: &str, error: &wasmtime::Error) -> Error {
    // The text names the guest's functions and types.
    let reason = text::escape(&format!("{error:#}"), 500);
    Error::new(ErrorKind::WrongInterface, format!("{PACKAGE}/{name}@{VERSION} has other types: {reason}"))
}

fn missing(name: &str) -> Error {
    Error::new(ErrorKind::WrongWorld, format!("the component does not export {PACKAGE}/{name}@{VERSION}"))
}

fn no_capability() -> Error {
    let known: Vec<_> = Capability::ALL.iter().map(|capability| capability.name()).collect();
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
