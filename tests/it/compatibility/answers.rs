//! What a component answers, as it is kept.

use futures_util::StreamExt as _;
use palisade::{CallSettings, Error, ErrorKind, Event, Operation, ProviderHandle, Request, Response, Streaming};
use serde::{Deserialize, Serialize};

/// What came of a request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Answer {
    Response(Box<Response>),
    /// The pieces of a response, and all of it.
    Pieces(Vec<Event>, Box<Response>),
    Failed {
        kind: ErrorKind,
        message: String,
    },
}

impl Answer {
    pub(super) fn failed(error: &Error) -> Self {
        Self::Failed { kind: error.kind(), message: error.message().to_owned() }
    }
}

/// Asks for what is whole as a whole, and for what comes in pieces in pieces.
pub(super) async fn answer(provider: &ProviderHandle, request: &Request) -> Answer {
    match request.clone() {
        Request::Chat(request) => pieces(provider, request).await,
        Request::TextToSpeech(request) => pieces(provider, request).await,
        Request::Custom(request) => whole(provider, request).await,
        Request::Embedding(request) => whole(provider, request).await,
        Request::ImageEdit(request) => whole(provider, request).await,
        Request::ImageToText(request) => whole(provider, request).await,
        Request::ImageToVideo(request) => whole(provider, request).await,
        Request::ImageUpscale(request) => whole(provider, request).await,
        Request::Moderation(request) => whole(provider, request).await,
        Request::Rerank(request) => whole(provider, request).await,
        Request::SpeechToText(request) => whole(provider, request).await,
        Request::TextToImage(request) => whole(provider, request).await,
        Request::TextToVideo(request) => whole(provider, request).await,
        other => panic!("nobody asks for {} yet", other.capability()),
    }
}

async fn whole<O: Operation>(provider: &ProviderHandle, request: O) -> Answer {
    match provider.call(request, CallSettings::default()).await {
        Ok(completion) => Answer::Response(Box::new(completion.response.into())),
        Err(error) => Answer::failed(&error),
    }
}

async fn pieces<O: Streaming + 'static>(provider: &ProviderHandle, request: O) -> Answer {
    let mut stream = provider.stream(request, CallSettings::default()).unwrap();
    let mut pieces = Vec::new();
    while let Some(piece) = stream.next().await {
        match piece {
            Ok(piece) => pieces.push(piece.into()),
            Err(error) => return Answer::failed(&error),
        }
    }
    match stream.finish().await {
        Ok(completion) => Answer::Pieces(pieces, Box::new(completion.response.into())),
        Err(error) => Answer::failed(&error),
    }
}
