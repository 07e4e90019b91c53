//! What is answered where a request is served: little, and always the same.

use palisade_core::{
    Collect as _, Error, ErrorKind, Media, Request, Response, Result, Unit, Usage, UsageItem,
    chat::{self, Event, Finish, FinishReason},
    embedding,
    text_to_image::{self, Image},
};

/// Words of an answer.
const WORDS: [&str; 3] = ["All ", "is ", "well."];

/// The response to a request.
pub(crate) fn to(request: &Request) -> Result<Response> {
    let usage = Usage { items: vec![UsageItem { unit: Unit::Request, quantity: 1.0 }], reported_cost: None };
    Ok(match request {
        Request::Chat(_) => {
            let mut collector = chat::Collector::default();
            pieces().iter().try_for_each(|piece| collector.push(piece))?;
            let response = collector.finish()?;
            chat::Response { usage, ..response }.into()
        }
        Request::TextToImage(_) => {
            let content = Media { media_type: "image/png".to_owned(), data: vec![0] };
            let image = Image { content, width: None, height: None, seed: None, revised_prompt: None };
            text_to_image::Response { images: vec![image], usage, warnings: Vec::new() }.into()
        }
        Request::Embedding(request) => {
            let vectors = request.items.iter().map(|_| vec![1.0, 0.0]).collect();
            embedding::Response { vectors, usage, warnings: Vec::new() }.into()
        }
        _ => return Err(Error::new(ErrorKind::Unsupported, "chaos does not serve this")),
    })
}

/// An answer to a conversation, piece by piece.
pub(crate) fn pieces() -> Vec<Event> {
    let usage = Usage { items: vec![UsageItem { unit: Unit::Request, quantity: 1.0 }], reported_cost: None };
    let finish = Finish { reason: FinishReason::Stop, usage, warnings: Vec::new() };
    WORDS.map(|word| Event::Text(word.to_owned())).into_iter().chain([Event::Finish(finish)]).collect()
}

/// A response that answers nothing.
pub(crate) fn lie() -> Response {
    text_to_image::Response { images: Vec::new(), usage: Usage::default(), warnings: Vec::new() }.into()
}
