//! The providers of vendors in the sandbox, by the way out, against servers that answer as the vendors do: what holds for each of
//! them. What they make of the vendor's own answers is told below.

#[path = "vendors/anthropic.rs"]
mod anthropic;
#[path = "vendors/openai.rs"]
mod openai;
#[path = "vendors/stability.rs"]
mod stability;

use std::{collections::BTreeSet, fs, net::SocketAddr, path::Path, time::Duration};

use palisade::{
    Allow, Capability, Error, ErrorKind, Host, Lend, Limits, Place, PriceFeed, Provenance, ProviderHandle,
    Registration, Result, Secret, Submitted,
};
use palisade_vendors::{Anthropic, Behaviour, Failure, Misbehaving, OpenAi, Stability, Vendor};

use super::PLACE;
use crate::support::{builder, providers, within};

/// A provider of the examples, and how it is let through to its vendor.
struct Setup {
    component: &'static str,
    /// Where the API begins.
    path: &'static str,
    models: Option<&'static str>,
    /// The header that shows the key, and how.
    header: (&'static str, &'static str),
    key: &'static str,
    /// What it is asked for where any answer will do.
    capability: Capability,
}

const OPENAI: Setup = Setup {
    component: "openai-compatible",
    path: "/v1",
    models: Some(
        r#"{ "chat": ["gpt-4o-mini"], "embedding": ["text-embedding-3-small"], "text-to-image": ["dall-e-3"],
        "text-to-speech": ["tts-1"] }"#,
    ),
    header: ("authorization", "Bearer {}"),
    key: OpenAi::KEY,
    capability: Capability::Chat,
};

const ANTHROPIC: Setup = Setup {
    component: "anthropic",
    path: "/v1",
    models: None,
    header: ("x-api-key", "{}"),
    key: Anthropic::KEY,
    capability: Capability::Chat,
};

const STABILITY: Setup = Setup {
    component: "stability",
    path: "",
    models: None,
    header: ("authorization", "Bearer {}"),
    key: Stability::KEY,
    capability: Capability::TextToImage,
};

const ALL: [&Setup; 3] = [&OPENAI, &ANTHROPIC, &STABILITY];

impl Setup {
    /// The provider, let through to this server with the key.
    fn registration(&self, address: SocketAddr) -> Registration {
        let (header, format) = self.header;
        let place = Place::Header(header.to_owned());
        let lend = Lend { name: None, secret: Secret::Value(self.key.into()), place, format: format.to_owned() };
        let base_url = format!("http://{address}{}", self.path);
        let allow =
            Allow { credential: Some(lend), allow_private: vec![address], ..Allow::new(format!("{base_url}/*")) };
        let path = providers().join(format!("{}.wasm", self.component));
        let registration = Registration::path(path).config("base_url", base_url).allow(allow).isolation(PLACE);
        self.models.into_iter().fold(registration, |registration, models| registration.config("models", models))
    }

    /// A host with this provider alone.
    async fn host(&self, address: SocketAddr) -> Host {
        self.host_with(self.registration(address)).await
    }

    async fn host_with(&self, registration: Registration) -> Host {
        let host = builder().build().await.unwrap();
        host.register(self.component, registration).await.unwrap();
        host
    }

    fn of(&self, host: &Host) -> ProviderHandle {
        host.get(self.component).unwrap()
    }

    /// Asks for anything.
    async fn ask(&self, host: &Host) -> Result<()> {
        match self.capability {
            Capability::TextToImage => self.of(host).text_to_image("a fox").await.map(drop),
            _ => self.of(host).chat("hello").await.map(drop),
        }
    }

    /// Fails where the key is to be seen by whoever may look: in the error, the state of the provider, or what has happened.
    fn assert_hidden(&self, host: &Host, error: &Error) {
        let status = host.status(self.component).unwrap();
        let shown = format!("{error:?} {error} {status:?} {}", serde_json::to_string(&status).unwrap());
        assert!(!shown.contains(self.key), "{shown}");
    }

    /// Has the vendor refuse a request in each way, and looks at what its provider makes of it.
    async fn assert_refusals_are_understood<V: Vendor>(&self) {
        let vendor = V::start().await;
        for (failure, kind) in [
            (Failure::Invalid, ErrorKind::InvalidInput),
            (Failure::Unauthorized, ErrorKind::Auth),
            (Failure::NoCredit, ErrorKind::InsufficientCredit),
            (Failure::Forbidden, ErrorKind::Auth),
            (Failure::NotFound, ErrorKind::ModelNotFound),
            (Failure::TooLarge, ErrorKind::LimitExceeded),
            (Failure::RateLimited { retry_after: None }, ErrorKind::RateLimited),
            (Failure::RateLimited { retry_after: Some(7) }, ErrorKind::RateLimited),
            (Failure::Internal, ErrorKind::Upstream),
            (Failure::Unavailable, ErrorKind::Overloaded),
            (Failure::Overloaded, ErrorKind::Overloaded),
            (Failure::Policy, ErrorKind::ContentPolicy),
        ] {
            let host = self.host(vendor.address).await;
            vendor.fail_next(failure);
            let error = self.ask(&host).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{} and {failure:?}: {error}", self.component);
            assert_eq!(
                error.submitted(),
                Submitted::Yes,
                "{} and {failure:?}: the vendor has answered",
                self.component
            );
            if let Failure::RateLimited { retry_after } = failure {
                assert_eq!(error.retry_after().map(|wait| wait.as_secs()), retry_after.map(u64::from));
            }
            self.assert_hidden(&host, &error);
            // It is none that keeps it from serving what comes next.
            self.ask(&host).await.unwrap();
        }
        assert!(vendor.requests().iter().all(|request| {
            let (header, format) = self.header;
            request.header(header) == Some(&format.replace("{}", self.key))
        }));
    }
}

#[tokio::test]
async fn what_a_vendor_refuses_is_the_kind_of_failure_that_it_is() {
    OPENAI.assert_refusals_are_understood::<OpenAi>().await;
    ANTHROPIC.assert_refusals_are_understood::<Anthropic>().await;
    STABILITY.assert_refusals_are_understood::<Stability>().await;
}

#[tokio::test]
async fn a_server_that_misbehaves_ends_in_a_failure_that_says_what_has_left() {
    for setup in ALL {
        for (behaviour, kind, submitted) in [
            (Behaviour::HangUp, ErrorKind::BadOutput, Submitted::Unknown),
            (Behaviour::NotHttp, ErrorKind::BadOutput, Submitted::Unknown),
            (Behaviour::EndlessHeaders, ErrorKind::BadOutput, Submitted::Unknown),
            (Behaviour::ConflictingLengths, ErrorKind::BadOutput, Submitted::Unknown),
            (Behaviour::Redirect, ErrorKind::Upstream, Submitted::Yes),
            (Behaviour::TooMany, ErrorKind::RateLimited, Submitted::Yes),
            (Behaviour::CutBody, ErrorKind::BadOutput, Submitted::Yes),
            (Behaviour::Echo, ErrorKind::BadOutput, Submitted::Yes),
        ] {
            let server = Misbehaving::start(behaviour).await;
            let host = setup.host(server.address).await;
            let error = within(Duration::from_secs(3), setup.ask(&host)).await.unwrap_err();
            let case = format!("{} and {behaviour:?}: {error}", setup.component);
            assert_eq!((error.kind(), error.submitted()), (kind, submitted), "{case}");
            setup.assert_hidden(&host, &error);
        }
    }
}

#[tokio::test]
async fn a_vendor_that_says_nothing_ends_with_the_call() {
    for setup in ALL {
        let server = Misbehaving::start(Behaviour::Mute).await;
        let limits = Limits { timeout: Duration::from_millis(300), ..Limits::default() };
        let host = setup.host_with(setup.registration(server.address).limits(limits)).await;
        let error = within(Duration::from_secs(2), setup.ask(&host)).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Deadline | ErrorKind::UpstreamTimeout), "{error}");
        assert_eq!(error.submitted(), Submitted::Unknown, "{}: {error}", setup.component);
    }
}

#[tokio::test]
async fn a_vendor_that_is_gone_has_got_nothing() {
    for setup in ALL {
        let vendor = OpenAi::start().await;
        let address = vendor.address;
        vendor.stop().await;
        let host = setup.host(address).await;
        let error = setup.ask(&host).await.unwrap_err();
        assert_eq!((error.kind(), error.submitted()), (ErrorKind::ProviderFailed, Submitted::No), "{error}");
        assert!(setup.of(&host).check().await.is_err(), "{}", setup.component);
    }
}

#[tokio::test]
async fn a_check_asks_the_vendor_and_pays_nothing() {
    async fn assert_free<V: Vendor>(setup: &Setup) {
        let vendor = V::start().await;
        let host = setup.host(vendor.address).await;
        setup.of(&host).check().await.unwrap();
        let requests = vendor.requests();
        assert!(requests.len() == 1 && requests[0].method == "GET", "{requests:?}");
        vendor.fail_next(Failure::Unauthorized);
        assert_eq!(setup.of(&host).check().await.unwrap_err().kind(), ErrorKind::Auth);
    }
    assert_free::<OpenAi>(&OPENAI).await;
    assert_free::<Anthropic>(&ANTHROPIC).await;
    assert_free::<Stability>(&STABILITY).await;
}

#[tokio::test]
async fn the_vendors_own_server_is_not_asked_without_a_key() {
    for setup in ALL {
        let path = providers().join(format!("{}.wasm", setup.component));
        let host = setup.host_with(Registration::path(path)).await;
        let error = setup.ask(&host).await.unwrap_err();
        assert_eq!((error.kind(), error.submitted()), (ErrorKind::Auth, Submitted::No), "{error}");
    }
}

#[tokio::test]
async fn the_examples_of_prices_are_read_and_name_models_that_are_served() {
    for setup in ALL {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../example-providers").join(setup.component);
        let list = fs::read_to_string(folder.join("prices.toml")).unwrap();
        let names: BTreeSet<&str> =
            list.lines().filter(|line| line.contains("models.")).filter_map(|line| line.split('"').nth(1)).collect();
        let host = builder().prices(PriceFeed::parse(&list).unwrap()).build().await.unwrap();
        let path = providers().join(format!("{}.wasm", setup.component));
        host.register(setup.component, Registration::path(path)).await.unwrap();
        let models = host.status(setup.component).unwrap().models;
        let priced = models.iter().filter(|model| model.prices.source == Provenance::Feed).count();
        assert_eq!(priced, names.len(), "{}: {names:?}", setup.component);
    }
}
