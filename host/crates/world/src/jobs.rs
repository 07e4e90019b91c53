//! Work that is a job: the interfaces that submit it, and the one that finds it again.
//!
//! ```text
//! core::Request ─► submit of the capability's interface ─► token, which the host keeps
//! token ─► jobs.poll | jobs.cancel, of another instance, or in another process
//! ```

use palisade_core::{CancelResult, Capability, Error, ErrorKind, JobState, JobToken, Request};
use wasmtime::{Store, component::InstancePre};

use crate::{
    Invocation,
    bindings::exports::palisade::provider as wit,
    convert,
    imports::Imports,
    interfaces::Guest,
    package::{Answer, PACKAGE, VERSION, find, wrong_interface},
};

/// The interface that finds jobs again.
const JOBS: &str = "jobs";

macro_rules! job_interfaces {
    ($($capability:ident = $name:literal in $module:ident, $convert:ident;)+) => {
        /// The interfaces of a component whose work is jobs, with the places of their functions.
        pub(crate) struct JobInterfaces {
            jobs: Option<wit::jobs::GuestIndices>,
            $($module: Option<wit::$module::GuestIndices>,)+
        }

        impl JobInterfaces {
            /// Finds what the component exports.
            pub(crate) fn find<T: 'static>(pre: &InstancePre<T>) -> Result<Self, Error> {
                let component = pre.component();
                let found = Self {
                    jobs: find(component, JOBS, || wit::jobs::GuestIndices::new(pre))?,
                    $($module: find(component, $name, || wit::$module::GuestIndices::new(pre))?,)+
                };
                match (&found.jobs, found.capabilities().first()) {
                    (None, Some(capability)) => Err(no_jobs(*capability)),
                    _ => Ok(found),
                }
            }

            /// The capabilities whose work is jobs.
            pub(crate) fn capabilities(&self) -> Vec<Capability> {
                let mut capabilities = Vec::new();
                $(if self.$module.is_some() {
                    capabilities.push(Capability::$capability);
                })+
                capabilities
            }

            /// Checks that the types of every interface are those of the bindings.
            pub(crate) fn check_types<T>(&self, store: &mut Store<T>, guest: &Guest) -> Result<(), Error> {
                if let Some(indices) = &self.jobs {
                    let loaded = indices.load(&mut *store, &guest.instance);
                    loaded.map_err(|error| wrong_interface(JOBS, &error))?;
                }
                $(if let Some(indices) = &self.$module {
                    let loaded = indices.load(&mut *store, &guest.instance);
                    loaded.map_err(|error| wrong_interface($name, &error))?;
                })+
                Ok(())
            }

            /// Submits work, once, and gives what finds it again.
            pub(crate) async fn submit<T: Imports>(
                &self,
                store: &mut Store<T>,
                guest: &Guest,
                invocation: Invocation<'_>,
            ) -> Answer<JobToken> {
                let options = convert::call_options(&invocation);
                Ok(match invocation.request {
                    $(Request::$capability(request) => {
                        let Some(indices) = &self.$module else {
                            return Ok(Err(no_job(Capability::$capability)));
                        };
                        let guest = indices.load(&mut *store, &guest.instance)?;
                        let request = match convert::$convert::request(request, store.data_mut()) {
                            Ok(request) => request,
                            Err(error) => return Ok(Err(error)),
                        };
                        let token = guest.call_submit(&mut *store, &request, &options).await?;
                        token.map_err(convert::failure).and_then(JobToken::new)
                    })+
                    request => Err(no_job(request.capability())),
                })
            }
        }
    };
}

job_interfaces! {
    TextToImage = "text-to-image-job" in text_to_image_job, text_to_image;
    TextToVideo = "text-to-video" in text_to_video, text_to_video;
    ImageToVideo = "image-to-video" in image_to_video, image_to_video;
}

impl JobInterfaces {
    /// Asks once where a job is.
    pub(crate) async fn poll<T: Imports>(
        &self,
        store: &mut Store<T>,
        guest: &Guest,
        capability: Capability,
        token: &JobToken,
    ) -> Answer<JobState> {
        let Some(indices) = &self.jobs else { return Ok(Err(no_job(capability))) };
        let jobs = indices.load(&mut *store, &guest.instance)?;
        Ok(match jobs.call_poll(&mut *store, token.bytes()).await? {
            Ok(state) => convert::jobs::state(state, capability, store.data_mut()),
            Err(failure) => Err(convert::failure(failure)),
        })
    }

    /// Asks that a job be stopped.
    pub(crate) async fn cancel<T: Imports>(
        &self,
        store: &mut Store<T>,
        guest: &Guest,
        capability: Capability,
        token: &JobToken,
    ) -> Answer<CancelResult> {
        let Some(indices) = &self.jobs else { return Ok(Err(no_job(capability))) };
        let jobs = indices.load(&mut *store, &guest.instance)?;
        let result = jobs.call_cancel(&mut *store, token.bytes()).await?;
        Ok(result.map(convert::jobs::cancel_result).map_err(convert::failure))
    }
}

fn no_job(capability: Capability) -> Error {
    Error::new(ErrorKind::Unsupported, format!("no work of {capability} is a job of this provider"))
}

fn no_jobs(capability: Capability) -> Error {
    let message = format!("its work of {capability} is a job, and it does not export {PACKAGE}/{JOBS}@{VERSION}");
    Error::new(ErrorKind::WrongWorld, message)
}
