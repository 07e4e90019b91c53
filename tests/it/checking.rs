//! What the conformance kit finds in components: each fault of a hostile one. The [examples](crate::conformance) have none.

use std::{fs, sync::LazyLock, time::Duration};

use palisade::{Capability, ErrorKind, Limits, Preset};
use palisade_conformance::{Checker, Code, Report, Settings, Severity, Verdict};

use crate::support::{cache, compiler, hostile_bytes, providers};

pub(crate) fn checker() -> &'static Checker {
    static CHECKER: LazyLock<Checker> = LazyLock::new(|| Checker::open(compiler(), cache().open().unwrap()).unwrap());
    &CHECKER
}

/// Few calls of one instance: who leaks shows it soon.
pub(crate) fn few_calls() -> Settings {
    Settings { calls: 20, patience: Duration::from_secs(5), ..Settings::default() }
}

async fn behaving(behaviour: &str, only: Capability) -> Report {
    // Who computes without an end is stopped soon.
    let limits = Limits { fuel: 100_000_000, ..Limits::preset(Preset::Tight) };
    let config = [("behaviour".to_owned(), behaviour.to_owned())].into();
    let settings = Settings { config, only: Some(only), limits, ..few_calls() };
    checker().check("hostile.wasm", hostile_bytes(), &settings).await.unwrap()
}

fn has(report: &Report, code: Code, severity: Severity) -> bool {
    report.findings().any(|finding| (finding.code, finding.severity) == (code, severity))
}

/// A line for each finding, for who has to read why a test fails.
pub(crate) fn told(report: &Report) -> String {
    let line = |finding: &palisade_conformance::Finding| format!("\n{}: {}", finding.code.as_str(), finding.found);
    report.findings().filter(|finding| finding.severity == Severity::Error).map(line).collect()
}

#[tokio::test]
async fn who_behaves_well_has_no_errors() {
    for only in [Capability::TextToImage, Capability::Moderation, Capability::TextToVideo] {
        let report = behaving("well-behaved", only).await;
        assert_eq!(report.count(Severity::Error), 0, "{only}:{}", told(&report));
    }
}

#[tokio::test]
async fn who_needs_what_only_an_operator_grants_is_checked_as_far_as_that_goes() {
    for (behaviour, expected) in [("needs-a-store", "it needs a store: "), ("needs-room", "it needs room for values: ")]
    {
        let report = behaving(behaviour, Capability::Chat).await;
        assert_eq!(report.count(Severity::Error), 0, "{behaviour}:{}", told(&report));
        assert!(
            report.checks.iter().any(|check| check.left_out.as_ref().is_some_and(|why| why.starts_with(expected))),
            "{behaviour}"
        );
    }
}

#[tokio::test]
async fn each_fault_is_found_with_its_code() {
    use Capability::{Chat, Embedding, Moderation, Rerank, TextToImage, TextToSpeech, TextToVideo};
    use ErrorKind::{BadOutput, CpuLimit, FuelExhausted, InvalidCatalogue, MemoryLimit, Trap};
    let cases = [
        ("trap", TextToImage, Code::Error(Trap)),
        ("spin", TextToImage, Code::Error(FuelExhausted)),
        ("eat-memory-politely", TextToImage, Code::SeedWithoutEffect),
        ("many-blobs", TextToImage, Code::Error(MemoryLimit)),
        ("no-images", TextToImage, Code::Error(BadOutput)),
        ("unseeded", TextToImage, Code::SeedDiffers),
        ("leaks", TextToImage, Code::MemoryGrows),
        ("crashes-later", TextToImage, Code::FailsWhenReused),
        ("endless-text", Chat, Code::StreamWithoutEnd),
        ("no-finish", Chat, Code::StreamWithoutFinish),
        ("trap-in-next", Chat, Code::Error(Trap)),
        ("refuses-to-reply", Chat, Code::ValidRefused),
        ("fails-midway", Chat, Code::ValidFails),
        // It echoes what it is asked, and looks at nothing else.
        ("well-behaved", Chat, Code::UnsupportedAccepted),
        ("well-behaved", Chat, Code::BadInputAccepted),
        ("well-behaved", Rerank, Code::Error(BadOutput)),
        ("sound-without-end", TextToSpeech, Code::StreamWithoutFinish),
        ("endless-sound", TextToSpeech, Code::StreamWithoutEnd),
        ("ragged-vectors", Embedding, Code::Error(BadOutput)),
        ("ascending-scores", Rerank, Code::Error(BadOutput)),
        ("contradicts-itself", Moderation, Code::Error(BadOutput)),
        ("film-without-end", TextToVideo, Code::JobWithoutEnd),
        ("film-in-instance", TextToVideo, Code::TokenNeedsInstance),
        ("film-once", TextToVideo, Code::JobDiffers),
        ("film-of-another-type", TextToVideo, Code::WrongMediaType),
        ("same-token", TextToVideo, Code::SameToken),
        ("any-token", TextToVideo, Code::UnknownTokenAccepted),
        ("cancels-nothing", TextToVideo, Code::CancelUntrue),
        ("trap-in-poll", TextToVideo, Code::Error(Trap)),
        ("long-token", TextToVideo, Code::Error(BadOutput)),
        ("no-film", TextToVideo, Code::Error(BadOutput)),
        ("unhealthy", TextToImage, Code::Unhealthy),
        ("trap-in-describe", TextToImage, Code::Error(Trap)),
        ("spin-in-describe", TextToImage, Code::Error(FuelExhausted)),
        ("claims-what-it-lacks", TextToImage, Code::Error(InvalidCatalogue)),
    ];
    for (behaviour, only, code) in cases {
        let report = behaving(behaviour, only).await;
        let found = |code: Code| has(&report, code, code.severity());
        // A machine that is busy may notice the time first.
        let is_found = found(code) || code == Code::Error(FuelExhausted) && found(Code::Error(CpuLimit));
        assert!(is_found, "{behaviour}: {}:{}", code.as_str(), told(&report));
        let expected = match (code.severity(), code) {
            (_, Code::Error(InvalidCatalogue)) => Some(Verdict::Refused),
            (Severity::Error, _) => Some(Verdict::Fails),
            (Severity::Warning | Severity::Note, _) => None,
        };
        assert!(expected.is_none_or(|expected| report.verdict == expected), "{behaviour}: {:?}", report.verdict);
    }
}

#[tokio::test]
async fn every_model_is_asked_and_one_that_is_named_is_checked_in_full() {
    let check = async |model: Option<&str>| {
        let config = [("behaviour".to_owned(), "many-models".to_owned())].into();
        let model = model.map(|model| model.parse().unwrap());
        let settings = Settings { config, model, only: Some(Capability::TextToImage), ..few_calls() };
        checker().check("hostile.wasm", hostile_bytes(), &settings).await.unwrap()
    };
    let in_full = |report: &Report| {
        let valid = report.checks.iter().filter(|check| check.name == "valid requests" && check.cases > 1);
        valid.map(|check| check.model.as_ref().unwrap().to_string()).collect::<Vec<_>>()
    };
    let report = check(None).await;
    assert_eq!(in_full(&report), ["m0", "m1", "m2"]);
    let others = report.checks.iter().find(|check| check.name == "other models").unwrap();
    assert_eq!(others.cases, 3);
    assert_eq!(others.findings[0].code, Code::ValidFails);
    assert!(others.findings[0].found.starts_with("model `m5`: "), "{others:?}");
    assert!(others.left_out.as_ref().unwrap().contains("--model ID"), "{others:?}");

    let report = check(Some("m5")).await;
    assert_eq!((in_full(&report), report.verdict), (vec!["m5".to_owned()], Verdict::Fails));
    assert_eq!(check(Some("m1")).await.verdict, Verdict::PassesAsFarAsChecked);
    let report = check(Some("m6")).await;
    let unknown = report.checks.iter().find(|check| check.name == "models").unwrap();
    assert_eq!(unknown.left_out.as_deref(), Some("it has no model `m6`; it has: m0, m1, m2, m3, m4, m5"));
}

#[tokio::test]
async fn what_is_no_provider_is_refused_with_the_code_of_the_gate() {
    let empty = wat::parse_str("(component)").unwrap();
    let imports = wat::parse_str(r#"(component (import "evil:files/all" (instance)))"#).unwrap();
    let cases = [
        (b"no component".to_vec(), ErrorKind::NotAComponent),
        (empty, ErrorKind::WrongWorld),
        (imports, ErrorKind::UngrantedImport),
    ];
    for (bytes, kind) in cases {
        let report = checker().check("x.wasm", bytes, &few_calls()).await.unwrap();
        assert_eq!(report.verdict, Verdict::Refused);
        assert!(has(&report, Code::Error(kind), Severity::Error), "{kind:?}:{}", told(&report));
    }
}

#[tokio::test]
async fn the_same_component_and_seed_give_the_same_report() {
    let bytes = fs::read(providers().join("hash-embed.wasm")).unwrap();
    let report = async |seed| {
        let mut report = checker().check("x", bytes.clone(), &Settings { seed, ..few_calls() }).await.unwrap();
        for usage in &mut report.resources {
            for used in [&mut usage.median, &mut usage.worst] {
                (used.wall_time, used.guest_time) = Default::default();
            }
        }
        report.suggested_limits.clear();
        serde_json::to_value(&report).unwrap()
    };
    assert_eq!(report(1).await, report(1).await);
    assert_ne!(report(1).await["resources"], report(2).await["resources"]);
}

#[tokio::test]
async fn a_request_of_the_author_has_to_be_served() {
    let bytes = fs::read(providers().join("pixels.wasm")).unwrap();
    let picture = crate::support::hollow_png(100_000, 100_000);
    let request = palisade::image_edit::Request::new("grayscale", picture).into();
    let settings = Settings { requests: vec![request], only: Some(Capability::ImageEdit), ..few_calls() };
    let report = checker().check("pixels.wasm", bytes, &settings).await.unwrap();
    let own = report.checks.iter().find(|check| check.name == "your requests").unwrap();
    assert_eq!(own.findings[0].code, Code::ValidRefused, "{own:?}");
    assert_eq!(report.verdict, Verdict::Fails);
}
