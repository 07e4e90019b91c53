//! The capabilities of a component: the one table that ties each to its interface and the function that serves it.

use palisade_core::{Capability, Error, ErrorKind, Request, Response};
use wasmtime::{
    Store,
    component::{Instance, InstancePre},
};

use crate::{
    Invocation,
    bindings::exports::palisade::provider as wit,
    convert,
    imports::Imports,
    package::{Answer, find, wrong_interface},
    streams,
};

macro_rules! interfaces {
    (
        whole { $($whole:ident in $whole_module:ident: $call:ident;)+ }
        streamed { $($streamed:ident in $streamed_module:ident;)+ }
    ) => {
        /// The interfaces of capabilities that a component exports, with the places of their functions.
        pub(crate) struct Interfaces {
            $(pub(crate) $whole_module: Option<wit::$whole_module::GuestIndices>,)+
            $(pub(crate) $streamed_module: Option<wit::$streamed_module::GuestIndices>,)+
        }

        /// An instance, with the interfaces of it that were called: finding their functions checks their types, which takes
        /// longer than many a call.
        pub struct Guest {
            pub(crate) instance: Instance,
            $($whole_module: Option<wit::$whole_module::Guest>,)+
            $($streamed_module: Option<wit::$streamed_module::Guest>,)+
        }

        impl From<Instance> for Guest {
            fn from(instance: Instance) -> Self {
                Self { instance, $($whole_module: None,)+ $($streamed_module: None,)+ }
            }
        }

        impl Interfaces {
            /// Finds what the component exports.
            pub(crate) fn find<T: 'static>(pre: &InstancePre<T>) -> Result<Self, Error> {
                let component = pre.component();
                Ok(Self {
                    $($whole_module: find(component, Capability::$whole.name(), || {
                        wit::$whole_module::GuestIndices::new(pre)
                    })?,)+
                    $($streamed_module: find(component, Capability::$streamed.name(), || {
                        wit::$streamed_module::GuestIndices::new(pre)
                    })?,)+
                })
            }

            /// The capabilities that the component serves.
            pub(crate) fn capabilities(&self) -> Vec<Capability> {
                let exported = |capability: &Capability| match capability {
                    $(Capability::$whole => self.$whole_module.is_some(),)+
                    $(Capability::$streamed => self.$streamed_module.is_some(),)+
                    _ => false,
                };
                Capability::ALL.iter().copied().filter(exported).collect()
            }

            /// Checks that the types of every interface are those of the bindings.
            pub(crate) fn check_types<T>(&self, store: &mut Store<T>, guest: &Guest) -> Result<(), Error> {
                $(if let Some(indices) = &self.$whole_module {
                    let loaded = indices.load(&mut *store, &guest.instance);
                    loaded.map_err(|error| wrong_interface(Capability::$whole.name(), &error))?;
                })+
                $(if let Some(indices) = &self.$streamed_module {
                    let loaded = indices.load(&mut *store, &guest.instance);
                    loaded.map_err(|error| wrong_interface(Capability::$streamed.name(), &error))?;
                })+
                Ok(())
            }

            /// Serves a call.
            pub(crate) async fn invoke<T: Imports>(
                &self,
                store: &mut Store<T>,
                guest: &mut Guest,
                invocation: Invocation<'_>,
            ) -> Answer<Response> {
                let options = convert::call_options(&invocation);
                match invocation.request {
                    $(Request::$whole(request) => {
                        let Some(indices) = &self.$whole_module else {
                            return Ok(Err(not_served(Capability::$whole)));
                        };
                        let guest = match &mut guest.$whole_module {
                            Some(found) => found,
                            place => place.insert(indices.load(&mut *store, &guest.instance)?),
                        };
                        let request = match convert::$whole_module::request(request, store.data_mut()) {
                            Ok(request) => request,
                            Err(error) => return Ok(Err(error)),
                        };
                        Ok(match guest.$call(&mut *store, &request, &options).await? {
                            Ok(response) => {
                                let made = convert::$whole_module::response(response, store.data_mut());
                                made.map(Response::$whole).and_then(clean)
                            }
                            Err(failure) => Err(convert::failure(failure)),
                        })
                    })+
                    $(Request::$streamed(request) => {
                        let Some(indices) = &self.$streamed_module else {
                            return Ok(Err(not_served(Capability::$streamed)));
                        };
                        let guest = match &mut guest.$streamed_module {
                            Some(found) => found,
                            place => place.insert(indices.load(&mut *store, &guest.instance)?),
                        };
                        let request = match convert::$streamed_module::request(request, store.data_mut()) {
                            Ok(request) => request,
                            Err(error) => return Ok(Err(error)),
                        };
                        let answer = streams::$streamed_module(guest, store, &request, &options, invocation.events);
                        // On the heap: the room for it would be moved about with every other call.
                        Box::pin(answer).await
                    })+
                    request => Ok(Err(not_served(request.capability()))),
                }
            }
        }
    };
}

interfaces! {
    whole {
        TextToImage in text_to_image: call_generate;
        ImageEdit in image_edit: call_edit;
        ImageUpscale in image_upscale: call_upscale;
        Embedding in embedding: call_embed;
        Rerank in rerank: call_rerank;
        Moderation in moderation: call_moderate;
        ImageToText in image_to_text: call_read;
        SpeechToText in speech_to_text: call_transcribe;
        Custom in custom: call_run;
    }
    streamed {
        Chat in chat;
        TextToSpeech in text_to_speech;
    }
}

/// Names and lists beside the result are for people.
fn clean(mut response: Response) -> Result<Response, Error> {
    response.clean().map(|()| response)
}

fn not_served(capability: Capability) -> Error {
    Error::new(ErrorKind::Unsupported, format!("the provider does not serve {capability}"))
}
