//! What the example providers are asked for.

use anyhow::{Context as _, Result, ensure};
use palisade::{
    Capability, Dimensions, Feature, Host, Media, custom, embedding, image_edit, image_to_text, moderation, rerank,
    speech_to_text, text_to_image,
};
use serde_json::json;

/// Kinds of work.
pub(crate) const KINDS: usize = 9;

/// Has providers do one kind of work, and fails unless it was done.
pub(crate) async fn work(host: &Host, kind: usize) -> Result<()> {
    match kind {
        0 => {
            let answer = host.get("eliza")?.chat_stream("I am a fox")?.finish().await?;
            ensure!(!answer.response.text.is_empty(), "eliza said nothing");
        }
        1 => {
            let made = host.get("hash-embed")?.embedding(embedding::Request::new(["a fox", "a wolf"])).await?;
            ensure!(made.response.vectors.len() == 2, "there are not two vectors");
        }
        2 => {
            let request = rerank::Request::new("when does the library open", ["It opens at nine.", "Dogs run."]);
            let made = host.get("bm25")?.rerank(request).await?;
            ensure!(made.response.ranking.len() == 2, "not both are ranked");
        }
        3 => {
            let request = moderation::Request::new(["buy followers", "a fox"]);
            let made = host.get("wordlist")?.moderation(request).await?;
            ensure!(made.response.verdicts.len() == 2, "there are not two verdicts");
        }
        4 => {
            let morse = host.get("morse")?;
            let sound = morse.text_to_speech("SOS").await?.response.audio;
            let heard = morse.speech_to_text(speech_to_text::Request::new(sound)).await?;
            ensure!(heard.response.text == "SOS", "{:?} was heard", heard.response.text);
        }
        5 => {
            let request = custom::Request::new("outline", json!({"markdown": "# A fox"}));
            host.get("outline")?.custom(request).await?;
        }
        6 => {
            let code = picture(host, "qr", "https://example.org", 200).await?;
            let read = host.get("barcode")?.image_to_text(image_to_text::Request::new(code)).await?;
            ensure!(read.response.text == "https://example.org", "{:?} was read", read.response.text);
        }
        7 => drop(picture(host, "card", "a red fox", 320).await?),
        _ => {
            let fox = picture(host, "sketch", "a red fox", 64).await?;
            host.get("pixels")?.image_edit(image_edit::Request::new("rotate 90", fox)).await?;
        }
    }
    Ok(())
}

/// A square picture by the provider that has this tag or this name.
async fn picture(host: &Host, name: &str, prompt: &str, side: u32) -> Result<Media> {
    let painter = match name {
        "qr" => {
            let tag = Feature::Named(name.to_owned());
            host.find_best_provider(Capability::TextToImage).require(tag).await?
        }
        name => host.get(name)?,
    };
    let request =
        text_to_image::Request { size: Dimensions::Pixels(side, side), ..text_to_image::Request::new(prompt) };
    let image = painter.text_to_image(request).await?.response.images.pop();
    Ok(image.context("there is no picture")?.content)
}
