//! Components of other versions of the interface: those that fit are run, the others are told what to do.

use std::{env, fs};

use palisade::{CallSettings, ErrorKind, Host, Registration, Result};

use super::folder;
use crate::support::builder;

/// A talker as if it had been built with an SDK of another version: the names alone tell. All of them are as long.
fn talker(version: &str, of: &[&str]) -> Vec<u8> {
    let mut bytes = fs::read(folder().join("0.1.0/keepsake-texts.wasm")).unwrap();
    for interface in of {
        let (old, new) = ("0.1.0", version);
        assert_eq!(old.len(), new.len());
        let name = |version: &str| format!("palisade:provider/{interface}@{version}").into_bytes();
        let (old, new) = (name(old), name(new));
        let places: Vec<_> = bytes.windows(old.len()).enumerate().filter(|(_, window)| *window == old).collect();
        let places: Vec<_> = places.into_iter().map(|(at, _)| at).collect();
        assert!(!places.is_empty(), "it has no {interface}");
        for at in places {
            bytes[at..at + new.len()].copy_from_slice(&new);
        }
    }
    bytes
}

const ALL: &[&str] = &["blobs", "catalog", "chat", "embedding", "health", "log", "moderation", "rerank", "types"];

async fn register(bytes: Vec<u8>) -> Result<Host> {
    let host = builder().build().await.unwrap();
    host.register("talker", Registration::bytes(bytes)).await.map(|()| host)
}

#[tokio::test]
async fn a_later_version_that_fits_is_served() {
    let host = register(talker("0.1.7", ALL)).await.unwrap();
    let answer =
        host.get("talker").unwrap().call(palisade::chat::Request::from("Hello"), CallSettings::default()).await;
    assert!(!answer.unwrap().response.text.is_empty());
    let speaks = host.status("talker").unwrap().component.unwrap().speaks;
    assert_eq!(speaks.len(), 1);
    assert!(speaks[0].is_spoken_here && speaks[0].version == "0.1.7" && speaks[0].exports.contains(&"chat".to_owned()));
}

#[tokio::test]
async fn a_version_that_does_not_fit_is_refused_with_what_to_do() {
    let cases = [
        (
            talker("9.0.0", ALL),
            ["9.0.0 (exports catalog, chat and 4 more; imports ", "a newer host, which speaks 9.0.0"],
        ),
        (
            talker("0.2.0", &["chat", "embedding", "moderation", "rerank"]),
            ["0.2.0 (exports chat, embedding and 2 more)", "build it again with an SDK of 0.1.1"],
        ),
        (talker("0.2.0", &["log"]), ["0.2.0 (imports log)", "a newer host, which speaks 0.2.0"]),
        (talker("0.0.9", ALL), ["0.0.9 (exports catalog, chat and 4 more", "another host, which speaks 0.0.9"]),
    ];
    for (bytes, says) in cases {
        let error = register(bytes).await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::WrongVersion, "{error}");
        for says in says {
            assert!(error.message().contains(says), "{says:?} is not in {:?}", error.message());
        }
    }
}

/// A talker whose names of fields and cases are others, as if it had been built against another text of the same version.
fn renamed(names: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = fs::read(folder().join("0.1.0/keepsake-texts.wasm")).unwrap();
    for (old, new) in names {
        assert_eq!(old.len(), new.len());
        let places: Vec<_> =
            bytes.windows(old.len()).enumerate().filter(|(_, window)| *window == old.as_bytes()).collect();
        let places: Vec<_> = places.into_iter().map(|(at, _)| at).collect();
        assert!(!places.is_empty(), "it has no {old}");
        for at in places {
            bytes[at..at + new.len()].copy_from_slice(new.as_bytes());
        }
    }
    bytes
}

#[tokio::test]
async fn types_that_differ_are_told_each_with_its_place() {
    let error = register(renamed(&[("max-output-tokens", "max-output-thinks"), ("assistant", "assistent")])).await;
    let error = error.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::WrongInterface, "{error}");
    let told: Vec<_> = error.differences().iter().map(ToString::to_string).collect();
    let chat = "palisade:provider/chat@0.1.0 reply(request)";
    let models = "palisade:provider/catalog@0.1.0 models -> result.ok.0[]";
    let differ = |place: &str, what: &str, old: &str, new: &str| {
        [
            format!("{place}.{old}: expected {what}, found nothing"),
            format!("{place}.{new}: expected nothing of this name, found {what}"),
        ]
    };
    let tokens = |place: &str| differ(place, "a field", "max-output-tokens", "max-output-thinks");
    let role = differ(&format!("{chat}.messages[].role"), "a case", "assistant", "assistent");
    assert_eq!(told, [tokens(chat), role, tokens(models)].concat());
    assert!(error.message().starts_with(&told[0]), "{error}");
}

/// The components of the snapshots of the command line are what their source says.
#[test]
fn components_of_other_versions_are_made_from_their_source() {
    let folder = folder().join("../cli/versions.in");
    for name in ["newer", "half"] {
        let made = wat::parse_file(folder.join(format!("{name}.wat"))).unwrap();
        let path = folder.join(format!("{name}.wasm"));
        if env::var_os("PALISADE_KEEP").is_some() {
            fs::write(&path, &made).unwrap();
        }
        assert_eq!(fs::read(&path).unwrap(), made, "{}: run this with PALISADE_KEEP=0.1.0", path.display());
    }
}
