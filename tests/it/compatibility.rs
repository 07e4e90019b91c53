//! Components of earlier releases: every host loads them, finds nothing wrong with them, and gets the answers that were recorded.
//!
//! `cargo xtask keep` records answers with these tests too: `PALISADE_KEEP` names the version.

mod answers;
mod versions;

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use palisade::{ErrorKind, Host, Polling, Registration, Request};
use palisade_conformance::{Checker, Settings, Severity, Verdict};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::answers::{Answer, answer};
use crate::support::{builder, cache, compiler, components};

/// What all components of a release have answered.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recorded {
    /// By component: what it was asked, and what it answered.
    components: BTreeMap<String, Vec<(Request, Answer)>>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("compatibility")
}

/// The folders of all releases, in the order of their names.
fn releases() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut releases: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    releases.sort();
    assert!(!releases.is_empty(), "no release is kept");
    releases
}

/// As it stands in the file: whatever is the same there is the same.
fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

/// What a later host has to keep to of an answer: of a failure its kind, whoever finds words for it.
fn promised(answer: &impl Serialize) -> Value {
    fn without_words(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::Object(failed)) = fields.get_mut("failed") {
                    failed.remove("message");
                }
                fields.values_mut().for_each(without_words);
            }
            Value::Array(items) => items.iter_mut().for_each(without_words),
            _ => {}
        }
    }
    let mut answer = json(answer);
    without_words(&mut answer);
    answer
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

async fn host(component: &Path) -> Host {
    let often = Duration::from_millis(1);
    let registration =
        Registration::path(component).config("greeting", "hello").polling(Polling { first: often, longest: often });
    let host = builder().build().await.unwrap();
    host.register("kept", registration).await.unwrap_or_else(|error| panic!("{}: {error}", component.display()));
    host
}

async fn ask(component: &Path, requests: &[Request]) -> Vec<(Request, Answer)> {
    let host = host(component).await;
    let provider = host.get("kept").unwrap();
    let mut answers = Vec::new();
    for request in requests {
        answers.push((request.clone(), answer(&provider, request).await));
    }
    answers
}

/// Asks the components of a release what there is to ask, and writes down what they answer.
async fn record(release: &Path) {
    let requests: BTreeMap<String, Vec<Request>> =
        serde_json::from_slice(&fs::read(folder().join("requests.json")).unwrap()).unwrap();
    let mut recorded = Recorded { components: BTreeMap::new() };
    for component in components(release) {
        let name = name(&component);
        let requests = requests.get(&name).unwrap_or_else(|| panic!("requests.json has none for `{name}`"));
        recorded.components.insert(name, ask(&component, requests).await);
    }
    let text = serde_json::to_string_pretty(&recorded).unwrap();
    fs::write(release.join("answers.json"), text + "\n").unwrap();
}

#[tokio::test]
async fn components_of_earlier_releases_answer_as_they_did() {
    if let Some(version) = env::var_os("PALISADE_KEEP") {
        record(&folder().join(version)).await;
    }
    for release in releases() {
        let text = fs::read(release.join("answers.json")).unwrap();
        let recorded: Recorded = serde_json::from_slice(&text).unwrap();
        let kept: Vec<_> = components(&release).iter().map(|path| name(path)).collect();
        assert_eq!(kept, recorded.components.keys().cloned().collect::<Vec<_>>(), "{}", release.display());
        for (name, answers) in recorded.components {
            let component = release.join(format!("{name}.wasm"));
            let requests: Vec<_> = answers.iter().map(|(request, _)| request.clone()).collect();
            for (now, then) in ask(&component, &requests).await.iter().zip(&answers) {
                assert_eq!(promised(now), promised(then), "{} answers otherwise than it did", component.display());
            }
        }
    }
}

#[tokio::test]
async fn components_of_earlier_releases_are_not_found_wanting() {
    let checker = Checker::open(compiler(), cache().open().unwrap()).unwrap();
    for component in releases().iter().flat_map(|release| components(release)) {
        let settings = Settings { calls: 10, patience: Duration::from_secs(2), ..Settings::default() };
        let report = checker.check_file(&component, &settings).await.unwrap();
        let errors = report.findings().filter(|finding| finding.severity == Severity::Error);
        let errors: Vec<_> = errors.map(|finding| format!("{}: {}", finding.code.as_str(), finding.found)).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", component.display());
        assert!(matches!(report.verdict, Verdict::Passes | Verdict::PassesAsFarAsChecked), "{}", component.display());
        assert!(report.resources.iter().any(|usage| usage.calls > 10), "{}", component.display());
    }
}

#[tokio::test]
async fn every_capability_is_spoken_by_a_component_of_each_release() {
    for release in releases() {
        let mut spoken = Vec::new();
        for component in components(&release) {
            assert!(fs::metadata(&component).unwrap().len() <= 200_000, "{} is large", component.display());
            spoken.extend(palisade_sandbox::exported_capabilities(&fs::read(component).unwrap()).unwrap());
        }
        // Those that a release did not have have a later version of the package.
        let missing: Vec<_> = palisade::Capability::of_components().filter(|own| !spoken.contains(own)).collect();
        assert!(missing.is_empty() || !release.ends_with("0.1.0"), "{missing:?}");
    }
}

/// What `cargo xtask keep` writes down of a release is what was written down of it then.
#[tokio::test]
async fn a_release_is_recorded_as_it_was() {
    let release = folder().join("0.1.0");
    let again = tempfile::tempdir().unwrap();
    for component in components(&release) {
        fs::copy(&component, again.path().join(component.file_name().unwrap())).unwrap();
    }
    record(again.path()).await;
    let recorded = |folder: &Path| -> Recorded {
        serde_json::from_slice(&fs::read(folder.join("answers.json")).unwrap()).unwrap()
    };
    assert_eq!(promised(&recorded(again.path())), promised(&recorded(&release)));
}

/// What would be a broken promise is noticed: an answer that is another one.
#[tokio::test]
async fn an_answer_that_differs_is_noticed() {
    let release = folder().join("0.1.0");
    let recorded: Recorded = serde_json::from_slice(&fs::read(release.join("answers.json")).unwrap()).unwrap();
    let (request, then) = &recorded.components["keepsake-texts"][0];
    let other: palisade::chat::Request = "Quite another question".into();
    let then = json(then);
    let now = ask(&release.join("keepsake-texts.wasm"), &[request.clone(), other.into()]).await;
    assert_eq!(json(&now[0].1), then);
    assert_ne!(json(&now[1].1), then);
    let error = palisade::Error::new(ErrorKind::Trap, "x");
    assert_ne!(json(&Answer::failed(&error)), then);
}
