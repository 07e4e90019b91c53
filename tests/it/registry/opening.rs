//! A host from a configuration file.

use std::{fs, time::Duration};

use palisade::{Capability, Config, ErrorKind, ModelSettings, Registration, RejectReason, State};

use super::check;
use crate::support::{builder, hostile_bytes, open, providers};

#[tokio::test]
async fn a_broken_provider_is_listed_and_keeps_nobody_from_serving() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("good.wasm"), hostile_bytes()).unwrap();
    fs::write(folder.path().join("broken.wasm"), "not a component").unwrap();
    let config = r#"
        [providers.good]
        component = "good.wasm"
        quality = 0.4
        price = { image = "0.02" }
        config = { behaviour = "well-behaved" }

        [providers.evil]
        component = "good.wasm"
        config = { behaviour = "bad-id" }

        [providers.broken]
        component = "broken.wasm"

        [providers.absent]
        component = "absent.wasm"
    "#;
    let path = folder.path().join("palisade.toml");
    fs::write(&path, config).unwrap();

    let host = open(&path).await.unwrap();
    assert_eq!(super::names(&host), ["absent", "broken", "evil", "good"]);
    for (name, kind) in
        [("absent", ErrorKind::Io), ("broken", ErrorKind::NotAComponent), ("evil", ErrorKind::InvalidCatalogue)]
    {
        let State::Refused { code, message, remedy, .. } = host.status(name).unwrap().state else {
            panic!("{name} is not refused");
        };
        assert_eq!((code, remedy), (kind, kind.remedy()), "{message}");
        check(host.get(name), kind, &format!("provider `{name}` was refused when it was loaded"));
    }

    let found = host.find_best_provider(Capability::TextToImage).await.unwrap();
    let refused = |rejected: &[palisade::Rejection]| {
        rejected.iter().filter(|it| matches!(it.reasons[..], [RejectReason::Refused { .. }])).count()
    };
    assert_eq!(refused(&found.decision().unwrap().rejected().collect::<Vec<_>>()), 3);
    let made = found.text_to_image("a fox").await.unwrap();
    assert_eq!((made.provider.as_str(), made.cost), ("good", Some("0.02".parse().unwrap())));

    let error = host.find_best_provider(Capability::TextToImage).free().explain().unwrap_err();
    let reasons: Vec<_> = error.rejected().iter().map(ToString::to_string).collect();
    assert_eq!(reasons[0], "good/hostile: price-over($0.02 > $0)");
    assert!(
        reasons[2].starts_with("broken: refused(not-a-component): this is no WebAssembly component"),
        "{reasons:?}"
    );

    host.unregister("broken").await.unwrap();
    assert!(!host.has("broken"));
}

#[tokio::test]
async fn a_configuration_that_is_wrong_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("palisade.toml");
    let cases = [
        ("[providers.a]\ncomponent = \"a.wasm\"\nqualty = 1.0", "line 3"),
        ("[providers.a]\ncomponent = 7", "line 2"),
        ("[providers.\"../a\"]\ncomponent = \"a.wasm\"", "is not an id"),
        ("[providers.a]\ncomponent = \"a.wasm\"\nlimits = { fuel = \"0\" }", "line 3"),
        ("[providers.a]\ncomponent = \"a.wasm\"\n[providers.a]\n", "line 3"),
        ("\0", "line 1"),
    ];
    for (text, says) in cases {
        fs::write(&path, text).unwrap();
        let opened = open(&path).await;
        check(opened, ErrorKind::Config, says);
    }
    fs::write(&path, [0xff, 0xfe]).unwrap();
    check(open(&path).await, ErrorKind::Io, "palisade.toml");
    check(open(folder.path().join("absent.toml")).await, ErrorKind::Io, "absent.toml");
}

#[tokio::test]
async fn an_empty_configuration_opens_a_host_to_fill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("palisade.toml");
    fs::write(&path, "").unwrap();
    let host = open(&path).await.unwrap();
    assert!(host.providers().is_empty());
    check(host.find_best_provider(Capability::TextToImage).await, ErrorKind::NoProvider, "no provider of");
}

#[tokio::test]
async fn settings_of_a_model_that_is_not_there_are_refused_with_those_that_are() {
    let host = builder().build().await.unwrap();
    let misspelt = Registration::bytes(hostile_bytes()).model("hostle".parse().unwrap(), ModelSettings::default());
    let error = host.register("misspelt", misspelt).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().ends_with("it has: hostile"), "{error}");
}

#[tokio::test]
async fn two_providers_of_one_id_are_refused_before_any_is_loaded() {
    let id = || "twice".parse().unwrap();
    let builder = builder().provider(id(), hostile_bytes()).provider(id(), hostile_bytes());
    assert_eq!(builder.build().await.unwrap_err().kind(), ErrorKind::AlreadyExists);
}

#[tokio::test]
async fn a_host_for_one_capability_loads_only_those_who_serve_it() {
    let path = providers().join("palisade.toml");
    // One that is switched off is listed, so that who looks for it finds out why it does not serve.
    for (capability, expected) in [
        (Capability::Chat, &["anthropic", "eliza", "openai-compatible"][..]),
        (Capability::TextToImage, &["card", "fal", "openai-compatible", "qr", "sketch", "stability"]),
    ] {
        let host = builder().config(Config::read(&path).await.unwrap()).serving(capability).build().await.unwrap();
        assert_eq!(host.names().iter().map(AsRef::as_ref).collect::<Vec<&str>>(), expected);
        host.shutdown(Duration::ZERO).await;
    }
    // What is broken is refused, as always.
    let builder = builder().provider("broken".parse().unwrap(), Registration::bytes(*b"\0asm\x0d\0\x01\0 nonsense"));
    let host = builder.serving(Capability::Chat).build().await.unwrap();
    assert!(matches!(host.status("broken").unwrap().state, State::Refused { .. }));
}
