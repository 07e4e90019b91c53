//! Vendor providers without their vendors: what upstreams answered is recorded, and a check is answered from it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use palisade::{Capability, Config, Scope};
use palisade_conformance::{Checker, Code, Recorder, Recordings, Report, Settings, Severity, Upstream, Verdict};
use palisade_vendors::{Anthropic, Fal, OpenAi, Running, Vendor};

use crate::support::{builder, cache, compiler, providers};

/// A provider whose vendor is recorded.
struct Recorded {
    component: &'static str,
    /// Where the vendor was when it was recorded.
    base_url: &'static str,
    models: Option<&'static str>,
    /// How the key is attached, as `palisade.toml` says it.
    credential: &'static str,
    key: &'static str,
}

const OPENAI: Recorded = Recorded {
    component: "openai-compatible",
    base_url: "http://127.0.0.1:8081/v1",
    models: Some(
        r#"{"chat": ["gpt-4o-mini"], "embedding": ["text-embedding-3-small"], "moderation": ["omni-moderation-latest"],
        "text-to-image": ["gpt-image-1"], "image-edit": ["gpt-image-1"], "image-to-text": ["gpt-4o-mini"],
        "text-to-speech": ["tts-1"], "speech-to-text": ["whisper-1"]}"#,
    ),
    credential: r#"header = "authorization", format = "Bearer {}""#,
    key: OpenAi::KEY,
};

const ANTHROPIC: Recorded = Recorded {
    component: "anthropic",
    base_url: "http://127.0.0.1:8082/v1",
    models: Some(r#"["claude-haiku-4-5"]"#),
    credential: r#"header = "x-api-key""#,
    key: Anthropic::KEY,
};

const FAL: Recorded = Recorded {
    component: "fal",
    base_url: "http://127.0.0.1:8083",
    models: Some(
        r#"{"text-to-image": ["fal-ai/flux/dev"], "text-to-video": ["fal-ai/wan-25-preview/text-to-video"],
        "image-to-video": ["fal-ai/kling-video/v2.5-turbo/pro/image-to-video"]}"#,
    ),
    credential: r#"header = "authorization", format = "Key {}""#,
    key: Fal::KEY,
};

impl Recorded {
    fn component(&self) -> PathBuf {
        providers().join(format!("{}.wasm", self.component))
    }

    fn settings(&self, base_url: &str, only: Capability, upstream: Upstream) -> Settings {
        let mut config = [("base_url".to_owned(), base_url.to_owned())].into_iter().collect::<BTreeMap<_, _>>();
        config.extend(self.models.map(|models| ("models".to_owned(), models.to_owned())));
        // The vendor here makes a film at once.
        let pause = Duration::from_millis(1);
        Settings { config, only: Some(only), calls: 10, pause, upstream, ..Settings::default() }
    }

    async fn check(&self, settings: &Settings) -> Report {
        let checker = Checker::open(compiler(), cache().open().unwrap()).unwrap();
        checker.check_file(&self.component(), settings).await.unwrap()
    }

    /// Checks it with the fixtures that come with these tests.
    async fn check_offline(&self, only: Capability) -> Report {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
        let folder = folder.join(self.component).join(only.name());
        let upstream = Upstream::Recorded(Recordings::read(&folder).unwrap());
        self.check(&self.settings(self.base_url, only, upstream)).await
    }

    /// Where a vendor is that runs.
    fn url<V: Vendor>(&self, vendor: &Running<V>) -> String {
        vendor.url(self.base_url.splitn(4, '/').nth(3).map(|path| format!("/{path}")).unwrap_or_default().as_str())
    }

    /// Checks it against a vendor that runs, by the way out of a host that lets it through, and writes that into a folder.
    async fn record<V: Vendor>(&self, vendor: &Running<V>, only: Capability, folder: &Path) -> Report {
        let base_url = self.url(vendor);
        let (component, secrets) = (self.component(), tempfile::tempdir().unwrap());
        let secret = secrets.path().join("key");
        fs::write(&secret, self.key).unwrap();
        let models = self.models.map_or_else(String::new, |models| format!(", models = '''{models}'''"));
        let text = format!(
            "[providers.it]\ncomponent = '{}'\nconfig = {{ base_url = '{base_url}'{models} }}\n\
             [[providers.it.allow]]\nurl = '{base_url}/*'\nallow-private = ['{}']\n\
             credential = {{ secret = 'file:{}', {} }}",
            component.display(),
            vendor.address,
            secret.display(),
            self.credential,
        );
        let host = builder().config(Config::parse(&text, folder).unwrap()).build().await.unwrap();
        let provider = host.get("it").unwrap();
        let scope = Scope::new("check");
        let recorder = Recorder::new(folder, move || provider.outlet(&scope)).unwrap();
        let upstream = Upstream::Recording(recorder.clone());
        let report = self.check(&self.settings(&base_url, only, upstream)).await;
        let saved = recorder.save().unwrap();
        assert!(saved.files > 10 && saved.left_out == 0, "{saved:?}");
        report
    }
}

/// What of a report speaks of one capability, for who has to read why a test fails.
fn told(report: &Report) -> String {
    let line =
        |check: &palisade_conformance::Check| format!("\n{}: {:?} {:?}", check.name, check.left_out, check.findings);
    report.checks.iter().map(line).collect()
}

/// Fails unless all of it was tried and nothing is wrong.
fn assert_all_is_served(report: &Report) {
    assert_eq!(report.count(Severity::Error), 0, "{}", told(report));
    let checks = report.checks.iter().filter(|check| check.name != "other capabilities");
    let left_out: Vec<_> = checks.filter_map(|check| check.left_out.as_ref()).collect();
    assert!(left_out.is_empty(), "{left_out:?}{}", told(report));
    assert!(matches!(report.verdict, Verdict::Passes | Verdict::PassesAsFarAsChecked), "{:?}", report.verdict);
    assert!(report.resources.iter().all(|usage| usage.calls > 10), "{:?}", report.resources);
}

#[tokio::test]
async fn a_provider_is_checked_without_its_vendor() {
    for (recorded, only) in [(OPENAI, Capability::Chat), (OPENAI, Capability::Embedding), (ANTHROPIC, Capability::Chat)]
    {
        let report = recorded.check_offline(only).await;
        assert_eq!(report.count(Severity::Error), 0, "{}", told(&report));
        // Answers to texts of a mebibyte are no files to keep here, nor the vectors of 64 texts.
        let may_be_left_out = |name: &str| {
            ["odd requests", "recordings", "other capabilities"].contains(&name)
                || only == Capability::Embedding && name == "valid requests"
        };
        let checks = report.checks.iter().filter(|check| !may_be_left_out(check.name));
        let left_out: Vec<_> = checks.filter_map(|check| check.left_out.as_ref()).collect();
        assert!(left_out.is_empty(), "{left_out:?}{}", told(&report));
        assert_eq!(report.verdict, Verdict::PassesAsFarAsChecked);
        let served = |name: &str| report.checks.iter().any(|check| check.name == name && check.cases > 0);
        assert!(served("valid requests") && served("health"), "{}", told(&report));
        assert_eq!(served("streams"), only == Capability::Chat, "{}", told(&report));
    }
}

#[tokio::test]
async fn what_was_recorded_stands_for_the_vendor_and_holds_no_key() {
    async fn check<V: Vendor>(recorded: &Recorded, only: Capability) {
        let vendor = V::start().await;
        let folder = tempfile::tempdir().unwrap();
        let live = recorded.record(&vendor, only, folder.path()).await;
        assert_all_is_served(&live);
        let base_url = recorded.url(&vendor);
        vendor.stop().await;
        for file in fs::read_dir(folder.path()).unwrap() {
            let text = fs::read_to_string(file.unwrap().path()).unwrap();
            assert!(!text.contains(recorded.key) && !text.contains("idempotency"), "{text}");
        }
        let upstream = Upstream::Recorded(Recordings::read(folder.path()).unwrap());
        let offline = recorded.check(&recorded.settings(&base_url, only, upstream)).await;
        assert_all_is_served(&offline);
        let served = |report: &Report| report.resources.iter().map(|usage| usage.calls).collect::<Vec<_>>();
        assert_eq!(served(&live), served(&offline));
    }
    check::<OpenAi>(&OPENAI, Capability::Chat).await;
    check::<OpenAi>(&OPENAI, Capability::Embedding).await;
    check::<Anthropic>(&ANTHROPIC, Capability::Chat).await;
    for only in [Capability::TextToImage, Capability::TextToVideo, Capability::ImageToVideo] {
        check::<Fal>(&FAL, only).await;
    }
}

#[tokio::test]
async fn what_is_not_recorded_is_told_and_how_to_record_it() {
    let folder = tempfile::tempdir().unwrap();
    let exchange = r#"{ "version": 1, "request": { "method": "GET", "url": "http://127.0.0.1:8082/v1/models" },
        "response": { "status": 200, "body": [] } }"#;
    fs::write(folder.path().join("1.json"), exchange).unwrap();
    let upstream = Upstream::Recorded(Recordings::read(folder.path()).unwrap());
    let report = ANTHROPIC.check(&ANTHROPIC.settings(ANTHROPIC.base_url, Capability::Chat, upstream)).await;
    assert_eq!(report.verdict, Verdict::PassesAsFarAsChecked, "{}", told(&report));
    let finding = report.findings().find(|finding| finding.code == Code::NotRecorded).unwrap();
    assert!(finding.found.starts_with("POST http://127.0.0.1:8082/v1/messages with `{"), "{}", finding.found);
    assert!(finding.change.contains("--record"), "{}", finding.change);
}
