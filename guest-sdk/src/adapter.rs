//! Between the functions that the host calls and the traits that an author implements.

use std::marker::PhantomData;

use crate::Result;
use crate::bindings::exports::palisade::provider::{catalog, health};
use crate::provider::Provider;

/// A provider that [`export!`](crate::export!) has exported; the macro implements it.
pub trait Exported: Provider {
    /// Version of the crate that the provider is in.
    const VERSION: &'static str;
    /// Names of the exported interfaces.
    const CAPABILITIES: &'static [&'static str];
}

/// Implements what the generator asks for in the terms of [`Provider`] and the traits of the capabilities.
#[derive(Debug)]
pub struct Adapter<P>(PhantomData<P>);

impl<P: Exported> catalog::Guest for Adapter<P> {
    fn describe() -> catalog::ProviderInfo {
        enter();
        let mut info = P::describe().info;
        if info.version.is_empty() {
            P::VERSION.clone_into(&mut info.version);
        }
        info
    }

    fn models(cursor: Option<String>) -> Result<(Vec<catalog::Model>, Option<String>)> {
        enter();
        let mut page = P::models(cursor.as_deref())?;
        for model in &mut page.models {
            if model.capabilities.is_empty() {
                model.capabilities = served_by(P::CAPABILITIES);
            }
        }
        Ok((page.models, page.next))
    }
}

impl<P: Exported> health::Guest for Adapter<P> {
    fn check() -> Result<()> {
        enter();
        P::check_health()
    }
}

/// The interface that serves no capability of its own.
const JOBS: &str = "jobs";

/// The capabilities that interfaces serve, each once: `text-to-image-job` serves `text-to-image`, and `jobs` none.
fn served_by(interfaces: &[&str]) -> Vec<String> {
    let served = interfaces.iter().filter(|&&name| name != JOBS);
    let mut served: Vec<_> = served.map(|name| name.strip_suffix("-job").unwrap_or(name).to_owned()).collect();
    served.sort_unstable();
    served.dedup();
    served
}

/// Every exported function begins with this; a stream is only had from one that did. A panic becomes a bare trap in
/// WebAssembly, so its message is sent to the host's log first.
pub(crate) fn enter() {
    #[cfg(target_arch = "wasm32")]
    {
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(|| std::panic::set_hook(Box::new(|panic| crate::log::error(panic))));
    }
}

#[cfg(test)]
mod tests {
    use super::catalog::Guest as _;
    use super::*;
    use crate::catalog::Model;
    use crate::provider::{Description, Models};
    use crate::text_to_image::{Request, Response};
    use crate::{CallOptions, Failure, TextToImage};

    struct Two;

    impl Provider for Two {
        fn describe() -> Description {
            Description::new("two").model("plain").model(Model::new("fancy").capability("text-to-image").free())
        }
    }
    impl TextToImage for Two {
        fn generate(_: Request, _: &CallOptions) -> Result<Response> {
            Err(Failure::internal("not today"))
        }
    }
    crate::export!(Two: text_to_image);

    #[test]
    fn the_version_is_that_of_the_crate_unless_said() {
        assert_eq!(Adapter::<Two>::describe().version, env!("CARGO_PKG_VERSION"));
    }

    #[test]
    fn models_serve_what_is_exported_unless_said() {
        let (models, next) = Adapter::<Two>::models(None).unwrap();
        assert_eq!(next, None);
        assert_eq!(models.iter().map(|model| model.id.as_str()).collect::<Vec<_>>(), ["plain", "fancy"]);
        assert!(models.iter().all(|model| model.capabilities == ["text-to-image"]));
        assert_eq!(models[0].prices, None, "unknown is not free");
        assert_eq!(models[1].prices, Some(vec![]));
    }

    struct Paged;

    impl Provider for Paged {
        fn describe() -> Description {
            Description::new("paged").version("7.0.0")
        }
        fn models(cursor: Option<&str>) -> Result<Models> {
            Ok(match cursor {
                None => Models { models: vec!["first".into()], next: Some("2".into()) },
                Some(_) => Models { models: vec!["second".into()], next: None },
            })
        }
    }
    impl TextToImage for Paged {
        fn generate(_: Request, _: &CallOptions) -> Result<Response> {
            Err(Failure::internal("not today"))
        }
    }
    crate::export!(Paged: text_to_image);

    #[test]
    fn an_interface_whose_work_is_jobs_serves_its_capability() {
        let served = served_by(&["jobs", "text-to-video", "text-to-image-job", "text-to-image"]);
        assert_eq!(served, ["text-to-image", "text-to-video"]);
    }

    #[test]
    fn pages_are_passed_on() {
        assert_eq!(Adapter::<Paged>::describe().version, "7.0.0");
        assert_eq!(Adapter::<Paged>::models(None).unwrap().1.as_deref(), Some("2"));
        assert_eq!(Adapter::<Paged>::models(Some("2".into())).unwrap().0[0].id, "second");
    }
}
