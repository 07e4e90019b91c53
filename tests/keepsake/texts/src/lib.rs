//! A small provider that answers, counts, orders and judges texts.
//!
//! Its component is kept with each release, and every later host runs it: see `tests/compatibility`. It says what it was asked, so that
//! nothing may be lost on the way.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

use palisade_guest::catalog::Model;
use palisade_guest::chat::{Event, Finish, FinishReason};
use palisade_guest::moderation::{Category, Verdict};
use palisade_guest::{
    CallOptions, Chat, Content, Description, Embedding, Failure, Moderation, Provider, Rerank, Result, Usage, chat,
    embedding, moderation, rerank,
};

/// The provider.
#[derive(Debug)]
pub struct Keepsake;

impl Provider for Keepsake {
    fn describe() -> Description {
        Description::new("keepsake-texts")
            .summary("Says what it was asked.")
            .model(Model::new("keepsake").free().input("text/plain").seed())
    }
}

impl Chat for Keepsake {
    fn reply(request: chat::Request, options: &CallOptions) -> Result<chat::Response> {
        let turns = request.messages.len();
        let said = format!(
            "{turns} messages, the last is {:?}, the seed {:?}, for {}",
            request.prompt(),
            request.seed,
            options.model
        );
        // Long ones in fewer pieces.
        let each = said.len() / 8 + 1;
        let letters: Vec<char> = said.chars().collect();
        let pieces: Vec<_> = letters.chunks(each).map(|piece| Event::text(piece.iter().collect::<String>())).collect();
        let usage = Usage::of("character", u32::try_from(letters.len()).unwrap_or(u32::MAX));
        let finish = Finish { usage, ..Finish::new(FinishReason::Stop) };
        Ok(chat::Response::stream(pieces.into_iter().chain([Event::finish(finish)]).map(Ok)))
    }
}

/// The text of an item; there is nothing here that looks at pictures.
fn text(item: &Content) -> Result<&str> {
    match item {
        Content::Text(text) => Ok(text),
        Content::Media(_) => Err(Failure::unsupported(["media"])),
    }
}

impl Embedding for Keepsake {
    fn embed(request: embedding::Request, _: &CallOptions) -> Result<embedding::Response> {
        let mut vectors = Vec::new();
        for item in &request.items {
            let bytes = text(item)?.bytes().fold(0_u16, |sum, byte| sum.wrapping_add(byte.into()));
            vectors.push((1..=4_u8).map(|part| f32::from(bytes % (u16::from(part) * 7)) / 8.0 + 1.0).collect());
        }
        Ok(embedding::Response::new(vectors))
    }
}

impl Rerank for Keepsake {
    fn rerank(request: rerank::Request, _: &CallOptions) -> Result<rerank::Response> {
        // The longest first, and of the same length the first.
        let mut order: Vec<(usize, u32)> =
            (0_u32..).zip(&request.documents).map(|(index, document)| (document.len(), index)).collect();
        order.sort_by_key(|&(length, index)| (std::cmp::Reverse(length), index));
        order.truncate(request.top_n.map_or(usize::MAX, |top_n| top_n as usize));
        let ranked = |(length, index): (usize, u32)| {
            rerank::Ranked::new(index, u32::try_from(length).unwrap_or(u32::MAX).into())
        };
        Ok(rerank::Response::new(order.into_iter().map(ranked)))
    }
}

impl Moderation for Keepsake {
    fn moderate(request: moderation::Request, _: &CallOptions) -> Result<moderation::Response> {
        let mut verdicts = Vec::new();
        for item in &request.items {
            let is_red = text(item)?.contains("red");
            let score = if is_red { 0.75 } else { 0.25 };
            verdicts.push(Verdict { flagged: is_red, categories: vec![Category::new("red", is_red, score)] });
        }
        Ok(moderation::Response::new(verdicts))
    }
}

palisade_guest::export!(Keepsake: chat, embedding, moderation, rerank);
