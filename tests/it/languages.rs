//! Providers in other languages than Rust: what their SDKs make of the interface, and what that takes.

mod lent;
mod projects;
mod services;
mod sounds;
mod stored;
mod works;

use std::{path::PathBuf, sync::LazyLock, time::Duration};

use futures_util::StreamExt as _;
use palisade::{
    CallSettings, Dimensions, ErrorKind, Host, Media, ProviderHandle, Registration, State, Warning, chat, custom,
    embedding, image_edit, image_to_text,
    image_upscale::{self, Scale},
    moderation, rerank, speech_to_text, text_to_image,
};
use serde_json::{Value, json};

use crate::support::{builder, languages, on_runtime, within};

/// The providers that serve everything, one for each SDK.
const SAMPLERS: [&str; 3] = ["sampler-go", "sampler-javascript", "sampler-python"];

/// Those in languages that are compiled, which use less of the host.
const SMALL: [&str; 2] = ["sampler-c", "sampler-zig"];

/// Providers that do something, with packages of their language.
const EXAMPLES: [&str; 3] = ["adpcm", "digest", "formula"];

/// The same provider, in each language.
const HELLOS: [&str; 7] =
    ["hello-c", "hello-go", "hello-javascript", "hello-python", "hello-rust", "hello-typescript", "hello-zig"];

fn component(name: &str) -> PathBuf {
    languages().join(format!("{name}.wasm"))
}

/// A host with all of them. Compiled once, and kept in the cache of the tests.
fn host() -> &'static Host {
    static HOST: LazyLock<Host> = LazyLock::new(|| {
        on_runtime(async {
            let host = builder().build().await.unwrap();
            for name in SAMPLERS.iter().chain(&SMALL).chain(&HELLOS).chain(&EXAMPLES) {
                let registration = Registration::path(component(name)).config("footer", "set");
                host.register(name, registration).await.unwrap();
            }
            host
        })
    });
    &HOST
}

fn samplers() -> impl Iterator<Item = ProviderHandle> {
    SAMPLERS.iter().chain(&SMALL).map(|name| host().get(name).unwrap())
}

async fn task(provider: &ProviderHandle, task: &str, input: Value) -> Result<Value, palisade::Error> {
    provider.custom(custom::Request::new(task, input)).await.map(|made| made.response.output)
}

#[tokio::test]
async fn a_provider_is_described_by_its_class_or_its_definition() {
    for name in SAMPLERS.into_iter().chain(SMALL) {
        let status = host().status(name).unwrap();
        assert_eq!(status.state, State::Live);
        let description = status.description.unwrap();
        assert_eq!(
            (description.version.as_str(), description.summary.as_str()),
            ("1.2.3", "A bit of everything, for tests.")
        );
        let parameters: Vec<_> = status.models[0].parameters.iter().map(|own| own.name.as_str()).collect();
        for parameter in ["seed", "mood", "weight"] {
            assert!(parameters.contains(&parameter), "{name}: {parameters:?}");
        }
        assert_eq!(status.capabilities.len(), 13, "{name}: {:?}", status.capabilities);
        host().get(name).unwrap().check().await.unwrap();
    }
}

#[tokio::test]
async fn a_hello_costs_little_in_every_language() {
    for name in HELLOS {
        let made = within(Duration::from_secs(1), host().get(name).unwrap().chat("World")).await.unwrap();
        assert_eq!(made.response.text, "Hello, World!", "{name}");
        assert_eq!(made.response.usage.items[0].unit.to_string(), "character", "{name}");
        let used = &made.report.resources;
        assert!(used.fuel.unwrap() < 20_000_000, "{name}: {:?} of fuel", used.fuel);
        assert!(used.peak_memory_bytes < 32 << 20, "{name}: {} bytes", used.peak_memory_bytes);
        println!("{name}: {:?} of fuel, {} bytes, {:?}", used.fuel, used.peak_memory_bytes, used.wall_time);
    }
}

#[tokio::test]
async fn what_a_model_does_not_list_is_said_in_every_language_without_a_line_of_the_provider() {
    for name in HELLOS {
        let provider = host().get(name).unwrap();
        let request = || chat::Request { seed: Some(1), temperature: Some(1.0), ..chat::Request::new("World") };
        let warnings = provider.chat(request()).await.unwrap().response.warnings;
        let ignored = |name: &str| Warning::IgnoredParameter { name: name.to_owned() };
        assert_eq!(warnings, [ignored("temperature"), ignored("seed")], "{name}");
        let strict = CallSettings { strict: true, ..CallSettings::default() };
        let refused = provider.call(request(), strict).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unsupported, "{name}: {refused}");
    }
}

#[tokio::test]
async fn an_answer_comes_piece_by_piece_with_tools_and_reasoning() {
    for provider in samplers() {
        let mut stream = provider.chat_stream("fox").unwrap();
        let mut pieces = Vec::new();
        while let Some(event) = stream.next().await {
            if let chat::Event::Text(text) = event.unwrap() {
                pieces.push(text);
            }
        }
        assert_eq!(pieces, ["f", "o", "x"], "{}", provider.id());
        let made = provider.chat("fox").await.unwrap().response;
        assert_eq!((made.text.as_str(), made.reasoning.as_str()), ("fox", "letter by letter"));
        assert_eq!(made.usage.items[0].unit.to_string(), "character");

        let tool = chat::Tool { name: "weather".to_owned(), description: String::new(), parameters: json!({}) };
        let request = chat::Request { tools: vec![tool], temperature: Some(1.0), ..chat::Request::new("fox") };
        let made = provider.chat(request).await.unwrap().response;
        assert_eq!((made.tool_calls[0].name.as_str(), &made.tool_calls[0].arguments), ("weather", &json!({"a": 1})));
        // What the model does not list is said by the SDK, before what the provider says.
        let warnings: Vec<_> = made.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(warnings.len(), 3, "{warnings:?}");
        assert!(warnings[0].contains("tools") && warnings[1].contains("temperature") && warnings[2] == "careful");
    }
}

#[tokio::test]
async fn a_failure_keeps_its_kind() {
    for provider in samplers() {
        let id = provider.id();
        let refused = provider.chat("refuse").await.unwrap_err();
        assert_eq!((refused.kind(), refused.field()), (ErrorKind::InvalidInput, Some("messages[0]")), "{id}");
        let broken = provider.chat("break").await.unwrap_err();
        assert_eq!((broken.kind(), broken.retry_after()), (ErrorKind::RateLimited, Some(Duration::from_millis(1500))));
        let crashed = task(&provider, "fail", json!("x")).await.unwrap_err();
        assert_eq!(crashed.kind(), ErrorKind::ProviderFailed, "{id}: {crashed}");
        let log: Vec<_> = crashed.report().unwrap().log.iter().map(|line| line.text.as_str()).collect();
        assert!(log.iter().any(|line| line.contains("Error")), "{id}: {log:?}");
    }
}

#[tokio::test]
async fn what_comes_at_once_comes_whole() {
    for provider in samplers() {
        let made = provider.embedding(embedding::Request::new(["a", "b"])).await.unwrap().response;
        assert_eq!(made.vectors.iter().map(Vec::len).collect::<Vec<_>>(), [4, 4]);
        let request = rerank::Request { top_n: Some(1), ..rerank::Request::new("red fox", ["a dog", "a red fox"]) };
        assert_eq!(provider.rerank(request).await.unwrap().response.ranking[0].index, 1);
        let made = provider.moderation(moderation::Request::new(["good", "a bad one"])).await.unwrap().response;
        assert_eq!(made.verdicts.iter().map(|verdict| verdict.flagged).collect::<Vec<_>>(), [false, true]);
        assert_eq!(task(&provider, "double", json!(21)).await.unwrap(), json!(42));
        let sound = provider.text_to_speech("hello").await.unwrap().response.audio;
        assert_eq!((sound.media_type.as_str(), sound.data.len()), ("audio/wav", 44 + 1000));
    }
}

#[tokio::test]
async fn pictures_have_the_size_that_was_asked_for() {
    for provider in samplers() {
        let size = Dimensions::Pixels(30, 20);
        let request = text_to_image::Request { n: 2, size, seed: Some(7), ..text_to_image::Request::new("fox") };
        let made = provider.text_to_image(request).await.unwrap().response;
        assert_eq!((made.images.len(), made.images[0].width, made.images[1].seed), (2, Some(30), Some(7)));
        let request = text_to_image::Request { size: Dimensions::Aspect(16, 9), ..text_to_image::Request::new("fox") };
        let made = provider.text_to_image(request).await.unwrap().response;
        assert!(matches!(&made.warnings[..], [Warning::AdjustedParameter { .. }]), "{:?}", made.warnings);
    }
}

#[tokio::test]
async fn pictures_and_sounds_are_read_changed_and_enlarged() {
    let media = |media_type: &str, size| Media { media_type: media_type.to_owned(), data: vec![7; size] };
    for provider in samplers() {
        let id = provider.id();
        let request = image_to_text::Request {
            language: Some("en".to_owned()),
            ..image_to_text::Request::new(media("image/png", 2 << 20))
        };
        let made = provider.image_to_text(request).await.unwrap().response;
        assert_eq!(made.text, "image/png, 2097152 bytes", "{id}");
        let finding = &made.findings[0];
        assert_eq!((finding.kind.as_str(), finding.confidence), ("size", Some(0.5)), "{id}");
        assert_eq!(finding.region.map(|region| (region.x, region.height)), Some((1, 4)), "{id}");
        assert!(matches!(&made.warnings[..], [Warning::IgnoredParameter { name }] if name == "language"), "{id}");

        let request = speech_to_text::Request { speakers: true, ..speech_to_text::Request::new(media("audio/wav", 9)) };
        let made = provider.speech_to_text(request).await.unwrap().response;
        assert_eq!((made.text.as_str(), made.language.as_deref(), made.seconds), ("so far", Some("en"), Some(2.0)));
        assert_eq!((made.segments[0].speaker.as_deref(), made.segments[1].start), (Some("a"), 1.0), "{id}");
        let warnings: Vec<_> = made.warnings.iter().map(ToString::to_string).collect();
        assert!(warnings[0].contains("`speakers`") && warnings[1] == "faint", "{id}: {warnings:?}");

        let pictures = vec![media("image/png", 3), media("image/webp", 4)];
        let request = image_edit::Request {
            mask: Some(media("image/png", 1)),
            n: 2,
            images: pictures.clone(),
            ..image_edit::Request::new("redder", media("image/png", 1))
        };
        let made = provider.image_edit(request).await.unwrap().response;
        assert_eq!(made.images.iter().map(|image| image.content.clone()).collect::<Vec<_>>(), pictures, "{id}");
        assert_eq!((made.images[0].seed, made.images[1].revised_prompt.as_deref()), (Some(3), Some("REDDER")), "{id}");
        assert!(matches!(&made.warnings[..], [Warning::IgnoredParameter { name }] if name == "mask"), "{id}");

        for (scale, width) in [(Scale::Factor(3.0), 30), (Scale::Pixels(70, 90), 70)] {
            let request = image_upscale::Request { scale, ..image_upscale::Request::new(media("image/png", 3)) };
            let made = provider.image_upscale(request).await.unwrap().response;
            assert_eq!((made.image.width, made.image.content.data.len()), (Some(width), 3), "{id}");
        }
    }
}

#[tokio::test]
async fn media_go_in_and_out_whatever_their_size() {
    for provider in samplers() {
        for size in [3, 3 << 20] {
            let data: Vec<u8> = (0..size).map(|index: u32| index.to_le_bytes()[0]).collect();
            let media = Media { media_type: "application/octet-stream".to_owned(), data };
            let request = custom::Request { media: vec![media.clone()], ..custom::Request::new("echo", json!(null)) };
            let made = provider.custom(request).await.unwrap().response;
            assert!(made.media == [media], "{}: {size} bytes", provider.id());
        }
    }
}

#[tokio::test]
async fn the_host_is_at_hand() {
    for provider in samplers() {
        let id = provider.id();
        let made = provider.custom(custom::Request::new("service", json!("print"))).await.unwrap();
        let log: Vec<_> = made.report.log.iter().map(|line| line.text.as_str()).collect();
        assert!(log.contains(&"printed") && log.iter().any(|line| line.starts_with("logged")), "{id}: {log:?}");
        assert_eq!(task(&provider, "service", json!("config")).await.unwrap(), json!("set"));
        let error = task(&provider, "service", json!("key-value")).await.unwrap_err();
        assert!(error.to_string().contains("room"), "{id}: {error}");
        let (first, second) = (
            task(&provider, "service", json!("time")).await.unwrap(),
            task(&provider, "service", json!("time")).await.unwrap(),
        );
        assert!(first[0].as_f64().unwrap() > 1.7e9, "{id}: {first}");
        assert_ne!(first[2], second[2], "{id}: what is random is the same in every instance");
    }
}

#[tokio::test]
async fn a_long_text_is_summarized_within_the_default_limits() {
    let digest = host().get("digest").unwrap();
    let sentence = |index: usize| format!("Fox number {index} of the forest sleeps in den {}. ", index % 7);
    let text: String = (0..199).map(sentence).chain(["The weather was fine.".to_owned()]).collect();
    let request = custom::Request::new("summarize", json!({"text": text, "sentences": 2}));
    let made = within(Duration::from_secs(5), digest.custom(request)).await.unwrap();
    assert_eq!(made.response.output["summary"].as_array().unwrap().len(), 2);
    assert!(
        made.response.output["keywords"].as_array().unwrap().contains(&json!("forest")),
        "{}",
        made.response.output
    );
    let used = &made.report.resources;
    assert!(used.fuel.unwrap() < 16_000_000_000 && used.peak_memory_bytes < 64 << 20, "{used:?}");
    println!("200 sentences: {:?} of fuel, {} bytes, {:?}", used.fuel, used.peak_memory_bytes, used.wall_time);

    let text = "The fox ran. ".repeat(500);
    let error = task(&digest, "summarize", json!({"text": text})).await.unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::LimitExceeded, Some("text")));
}

#[tokio::test]
async fn formulas_are_typeset_and_what_is_wrong_is_refused() {
    let formula = host().get("formula").unwrap();
    let request = custom::Request::new("formula", json!({"tex": r"\sum_{i=1}^n \frac{1}{i^2}"}));
    let made = formula.custom(request).await.unwrap();
    let mathml = made.response.output["mathml"].as_str().unwrap();
    assert!(mathml.starts_with("<math") && mathml.contains("<mfrac>") && mathml.ends_with("</math>"), "{mathml}");
    let used = &made.report.resources;
    assert!(used.fuel.unwrap() < 1_000_000_000 && used.peak_memory_bytes < 64 << 20, "{used:?}");
    println!("a formula: {:?} of fuel, {} bytes, {:?}", used.fuel, used.peak_memory_bytes, used.wall_time);

    let made = task(&formula, "formulas", json!({"text": "<b> $a$ and $$b$$"})).await.unwrap();
    assert_eq!(made["count"], 2);
    assert!(made["html"].as_str().unwrap().starts_with("&lt;b&gt; <math"), "{made}");
    let error = task(&formula, "formula", json!({"tex": r"\frac{a"})).await.unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some("tex")));
}
