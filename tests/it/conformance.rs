//! What every provider keeps to: what the conformance kit checks, with nothing to complain of, and beside that what only those who know
//! what the examples are for can say.

mod chat;
mod custom;
mod embedding;
mod image_edit;
mod image_to_text;
mod image_upscale;
mod moderation;
mod rerank;
mod speech;
mod text_to_image;

use std::fs;

use palisade::{CallSettings, Capability, Error, ErrorKind, Media, ProviderHandle, ProviderStatus, State};
use palisade_conformance::{Code, Outcome, Severity, Verdict};
use palisade_sandbox::exported_capabilities;

use crate::{
    checking::{checker, few_calls, told},
    support::{components, examples, providers},
};

/// Everybody who serves a capability. There is somebody for each.
fn those_who(capability: Capability) -> Vec<ProviderHandle> {
    let providers = examples().providers_for(capability);
    assert!(!providers.is_empty(), "nobody serves {capability}");
    providers
}

/// Everybody but those that do nothing without an upstream, which the configuration switches off.
fn switched_on() -> impl Iterator<Item = ProviderStatus> {
    examples().providers().into_iter().filter(|status| status.state != State::Disabled)
}

/// Whether the first model of a provider knows a parameter.
fn knows(painter: &ProviderHandle, parameter: &str) -> bool {
    let status = examples().status(painter.id().as_str()).unwrap();
    status.models[0].parameters.iter().any(|own| own.name == parameter)
}

fn settings(strict: bool) -> CallSettings {
    CallSettings { strict, ..CallSettings::default() }
}

fn assert_field(painter: &ProviderHandle, error: &Error, field: &str) {
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some(field)), "{}: {error}", painter.id());
}

/// A picture of this size that the painter of the examples made.
async fn picture(width: u32, height: u32) -> Media {
    let size = palisade::Dimensions::Pixels(width, height);
    let request =
        palisade::text_to_image::Request { size, seed: Some(1), ..palisade::text_to_image::Request::new("a fox") };
    examples().get("sketch").unwrap().text_to_image(request).await.unwrap().response.images.remove(0).content
}

#[test]
fn every_component_is_set_up_and_serves() {
    let built: Vec<_> =
        components(&providers()).iter().map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    let listed: Vec<_> = examples().names().iter().map(ToString::to_string).collect();
    assert_eq!(built, listed, "what is built is not what palisade.toml lists");
    for status in switched_on() {
        assert_eq!(status.state, State::Live, "{}", status.id);
        let description = status.description.unwrap();
        assert!(!description.summary.is_empty() && !description.version.is_empty(), "{}", status.id);
    }
}

#[test]
fn every_component_imports_and_exports_only_the_package() {
    for status in switched_on() {
        let component = status.component.unwrap();
        let ours = |name: &String| name.starts_with("palisade:provider/") && name.ends_with("@0.1.1");
        assert!(component.imports.iter().all(ours), "{}: {:?}", status.id, component.imports);
        assert!(component.exports.iter().all(ours), "{}: {:?}", status.id, component.exports);
        let path = providers().join(format!("{}.wasm", status.id));
        assert_eq!(component.size, fs::metadata(path).unwrap().len());
        assert!(component.digest.to_string().starts_with("sha256:"));
    }
}

#[test]
fn every_capability_has_a_provider() {
    // Those that are switched off count: films are made by upstreams only.
    let exported = |path| exported_capabilities(&fs::read(path).unwrap()).unwrap();
    let served: Vec<_> = components(&providers()).into_iter().flat_map(exported).collect();
    for capability in Capability::of_components() {
        assert!(served.contains(&capability), "nobody serves {capability}");
    }
}

#[tokio::test]
async fn the_kit_finds_nothing_wrong_with_any_of_them() {
    for path in components(&providers()) {
        let report = checker().check_file(&path, &few_calls()).await.unwrap();
        let name = &report.component;
        let passes = matches!(report.verdict, Verdict::Passes | Verdict::PassesAsFarAsChecked);
        assert!(passes, "{name}: {:?}{}", report.verdict, told(&report));
        let reaches_out = report.imports.iter().any(|import| import.name.starts_with("palisade:provider/http@"));
        let served: u32 = report.resources.iter().map(|usage| usage.calls).sum();
        // Of who has no upstream here, it is said.
        let left_out = report.checks.iter().any(|check| check.outcome == Outcome::NotChecked);
        assert!(if reaches_out { left_out } else { served > 1 }, "{name}: {served} calls were served");
        assert_eq!(report.suggested_limits.is_empty(), served == 0, "{name}");
        if !reaches_out {
            // The largest picture may be too much for the limits of everybody.
            let limits = [ErrorKind::FuelExhausted, ErrorKind::CpuLimit, ErrorKind::MemoryLimit].map(Code::Error);
            let findings = report.findings().filter(|finding| !limits.contains(&finding.code));
            let findings: Vec<_> = findings.filter(|finding| finding.severity >= Severity::Warning).collect();
            assert!(findings.is_empty(), "{name}: {findings:#?}");
            assert!(report.checks.iter().all(|check| check.left_out.is_none()), "{name}: {:#?}", report.checks);
        }
    }
}
