//! The vendor providers in the sandbox, by the way out, against servers that answer as the vendors do.

use futures_util::StreamExt as _;
use palisade::{
    Allow, CallSettings, Capability, ErrorKind, Host, Lend, Place, Registration, Secret, chat, chat::Event, embedding,
    text_to_image, text_to_speech,
};
use palisade_vendors::{OpenAi, Running, Vendor as _};

use crate::support::{builder, providers};

/// A host whose one provider is let through to this server, with the vendor's key.
async fn host_of(vendor: &Running<OpenAi>) -> Host {
    let host = builder().build().await.unwrap();
    let models = r#"{ "chat": ["gpt-4o-mini"], "embedding": ["text-embedding-3-small"], "text-to-image": ["dall-e-3"],
        "text-to-speech": ["tts-1"] }"#;
    let place = Place::Header("authorization".to_owned());
    let lend = Lend { name: None, secret: Secret::Value(OpenAi::KEY.into()), place, format: "Bearer {}".to_owned() };
    let allow = Allow {
        credential: Some(lend),
        allow_private: vec![vendor.address],
        ..Allow::new(format!("http://{}/v1/*", vendor.address))
    };
    let registration = Registration::path(providers().join("openai-compatible.wasm"))
        .config("base_url", format!("http://{}/v1", vendor.address))
        .config("models", models)
        .allow(allow);
    host.register("openai", registration).await.unwrap();
    host
}

#[tokio::test]
async fn a_chat_streams_from_a_server_of_openais_protocol() {
    let vendor = OpenAi::start().await;
    let host = host_of(&vendor).await;
    let mut answer = host.get("openai").unwrap().chat_stream("Where do foxes live?").unwrap();
    let (mut pieces, mut finish) = (Vec::new(), None);
    while let Some(event) = answer.next().await {
        match event.unwrap() {
            Event::Text(text) => pieces.push(text),
            Event::Finish(end) => finish = Some(end),
            _ => {}
        }
    }
    assert!(pieces.len() > 1, "{pieces:?}");
    let usage = finish.unwrap().usage;
    assert!(usage.items.iter().any(|item| item.quantity > 0.0), "{usage:?}");
    assert!(vendor.requests().iter().all(|request| request.path.starts_with("/v1/")));
}

#[tokio::test]
async fn pictures_vectors_and_sounds_come_through() {
    let vendor = OpenAi::start().await;
    let host = host_of(&vendor).await;
    let provider = host.get("openai").unwrap();
    let drawn = provider.text_to_image(text_to_image::Request::new("a red fox")).await.unwrap();
    assert!(drawn.response.images[0].content.data.starts_with(b"\x89PNG"));
    let found = provider.embedding(embedding::Request::new(["a", "b"])).await.unwrap();
    assert_eq!(found.response.vectors.len(), 2);
    let spoken = provider.text_to_speech(text_to_speech::Request::new("Hello.")).await.unwrap();
    assert!(!spoken.response.audio.data.is_empty());
}

#[tokio::test]
async fn a_check_asks_the_upstream() {
    let vendor = OpenAi::start().await;
    let host = host_of(&vendor).await;
    host.get("openai").unwrap().check().await.unwrap();
    assert_eq!(vendor.requests().len(), 1);
    vendor.stop().await;
    assert!(host.get("openai").unwrap().check().await.is_err());
}

#[tokio::test]
async fn what_an_upstream_refuses_is_the_kind_of_failure_that_it_is() {
    let vendor = OpenAi::start().await;
    let host = host_of(&vendor).await;
    for (word, kind) in [
        ("fail:rate-limited:2", ErrorKind::RateLimited),
        ("fail:policy", ErrorKind::ContentPolicy),
        ("fail:unavailable", ErrorKind::Overloaded),
    ] {
        let error = host.get("openai").unwrap().chat(word).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{word}: {error}");
        assert!(!format!("{error:?}").contains(OpenAi::KEY), "{error:?}");
    }
    let limited = host.get("openai").unwrap().chat("fail:rate-limited:2").await.unwrap_err();
    assert_eq!(limited.retry_after().map(|wait| wait.as_secs()), Some(2));
    let search = host.find_best_provider(Capability::Chat);
    let error = search.call(chat::Request::new("hello"), CallSettings::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoProvider, "it has said how long to wait: {error}");
}
