//! `openai-compatible`, against OpenAI.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use palisade::{
    CallSettings, Capability, ErrorKind, Host, chat, chat::Event, embedding, text_to_image, text_to_speech,
};
use palisade_vendors::{OpenAi, Running, Vendor as _};
use tokio::{sync::Barrier, task::JoinSet};

use super::OPENAI;
use crate::support::within;

async fn host_of(vendor: &Running<OpenAi>) -> Host {
    OPENAI.host(vendor.address).await
}

#[tokio::test]
async fn a_chat_streams_from_a_server_of_openais_protocol() {
    let vendor = OpenAi::start().await;
    let host = host_of(&vendor).await;
    let mut answer = OPENAI.of(&host).chat_stream("Where do foxes live?").unwrap();
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
async fn many_chats_stream_at_one_time() {
    const STREAMS: usize = 32;
    let vendor = OpenAi::start().await;
    let provider = OPENAI.of(&host_of(&vendor).await);
    let (all_open, mut chats) = (Arc::new(Barrier::new(STREAMS)), JoinSet::new());
    for number in 0..STREAMS {
        let (provider, all_open) = (provider.clone(), Arc::clone(&all_open));
        chats.spawn(async move {
            let prompt = format!("Which fox is number {number}?");
            let mut answer = provider.chat_stream(prompt.as_str()).unwrap();
            let mut said = String::new();
            while let Some(event) = answer.next().await {
                let Event::Text(text) = event.unwrap() else { continue };
                if said.is_empty() {
                    all_open.wait().await;
                }
                said.push_str(&text);
            }
            assert_eq!(said, format!("You said: {prompt}"));
        });
    }
    within(Duration::from_secs(60), chats.join_all()).await;
}

#[tokio::test]
async fn pictures_vectors_and_sounds_come_through() {
    let vendor = OpenAi::start().await;
    let host = host_of(&vendor).await;
    let provider = OPENAI.of(&host);
    let drawn = provider.text_to_image(text_to_image::Request::new("a red fox")).await.unwrap();
    assert!(drawn.response.images[0].content.data.starts_with(b"\x89PNG"));
    let found = provider.embedding(embedding::Request::new(["a", "b"])).await.unwrap();
    assert_eq!(found.response.vectors.len(), 2);
    let spoken = provider.text_to_speech(text_to_speech::Request::new("Hello.")).await.unwrap();
    assert!(!spoken.response.audio.data.is_empty());
}

#[tokio::test]
async fn who_has_said_how_long_to_wait_is_left_alone() {
    let vendor = OpenAi::start().await;
    let host = host_of(&vendor).await;
    let limited = OPENAI.of(&host).chat("fail:rate-limited:2").await.unwrap_err();
    assert_eq!(limited.retry_after().map(|wait| wait.as_secs()), Some(2));
    let search = host.find_best_provider(Capability::Chat);
    let error = search.call(chat::Request::new("hello"), CallSettings::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoProvider, "it has said how long to wait: {error}");
}
