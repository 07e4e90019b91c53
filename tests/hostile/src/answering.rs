//! Answers, the right one and wrong ones.

use palisade_guest::blobs::Blob;
use palisade_guest::text_to_image::{Canvas, Image, Request, Response};
use palisade_guest::{
    CallOptions, Failure, FailureKind, InlineMedia, Media, RateLimit, Result, Submitted, Usage, Warning,
};

use crate::text::invalid_text;

pub(crate) const CANVAS: Canvas = Canvas::new(1, 1).sides(1, 1).images(8).seeded();

/// A grey pixel.
const PIXEL: &[u8] = b"\
    \x89\x50\x4e\x47\x0d\x0a\x1a\x0a\
    \x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00\x3a\x7e\x9b\x55\
    \x00\x00\x00\x0a\x49\x44\x41\x54\x78\x9c\x63\x68\x00\x00\x00\x82\x00\x81\x77\xcd\x72\xb6\
    \x00\x00\x00\x00\x49\x45\x4e\x44\xae\x42\x60\x82";

/// The names of the answers that are not right.
pub(crate) const NAMES: &[&str] = &[
    "no-images",
    "too-many-images",
    "empty-image",
    "wrong-media-type",
    "nan-usage",
    "many-warnings",
    "many-units",
    "negative-usage",
    "huge-result",
    "stored-result",
    "invalid-utf8-response",
    "stolen-blob",
    "same-blob-twice",
    "control-characters-response",
    "fails-with-control-characters",
    "fails-with-rate-limit",
    "fails-submitted",
];

/// The right answer.
pub(crate) fn well(request: &Request, options: &CallOptions) -> Result<Response> {
    CANVAS.order(request, options)?.paint(|_, _| Image::png(PIXEL.to_vec(), 1, 1))
}

/// An answer that every call gets another one of, whatever the seed.
pub(crate) fn unseeded(request: &Request, options: &CallOptions) -> Result<Response> {
    let mut response = well(request, options)?;
    for image in &mut response.images {
        image.revised_prompt = Some(format!("{} ({})", request.prompt, options.idempotency_key));
    }
    Ok(response)
}

pub(crate) fn answer(name: &str) -> Result<Response> {
    let image = || Image::png(PIXEL.to_vec(), 1, 1);
    let of = |content| Image { content, width: None, height: None, seed: None, revised_prompt: None };
    let inline = |media_type: &str, data| of(Media::Inline(InlineMedia { media_type: media_type.to_owned(), data }));
    let one = |quantity: f64| Ok(Response::new([image()?]).usage(Usage::none().and("image", quantity)));
    match name {
        "no-images" => Ok(Response::new([])),
        "too-many-images" => Ok(Response::new([image()?, image()?])),
        "empty-image" => Ok(Response::new([inline("image/png", Vec::new())])),
        "wrong-media-type" => Ok(Response::new([inline("text/\u{1b}[31mhtml", PIXEL.to_vec())])),
        "nan-usage" => one(f64::NAN),
        "many-warnings" => {
            let warnings = (0..101).map(|_| Warning::Note("again".to_owned())).collect();
            Ok(Response { warnings, ..Response::new([image()?]) })
        }
        "many-units" => {
            let usage = (0..101).fold(Usage::none(), |usage, _| usage.and("image", 1.0));
            Ok(Response::new([image()?]).usage(usage))
        }
        "negative-usage" => one(-1.0),
        "huge-result" => Ok(Response::new([inline("image/png", vec![1; 40 << 20])])),
        "stored-result" => Ok(Response::new([of(Media::new("image/png", vec![1; 40 << 20])?)])),
        "invalid-utf8-response" => Ok(Response::new([Image { revised_prompt: Some(invalid_text()), ..image()? }])),
        "stolen-blob" => Ok(Response::new([of(Media::Stored(blob(7777)))])),
        "same-blob-twice" => {
            let Media::Stored(first) = Media::new("image/png", vec![1; 2 << 20])? else {
                return Err(Failure::internal("it is inline"));
            };
            let second = blob(first.handle());
            Ok(Response::new([of(Media::Stored(first)), of(Media::Stored(second))]))
        }
        "control-characters-response" => {
            let warning = Warning::Note("all \u{1b}[31mred\u{202e}".to_owned());
            let revised_prompt = Some("a \u{1b}[31mred fox".to_owned());
            Ok(Response::new([Image { revised_prompt, ..image()? }]).warnings([warning]))
        }
        "fails-with-control-characters" => Err(Failure::internal("no \u{1b}[31mpaint\r\nleft")),
        "fails-with-rate-limit" => {
            let limit = RateLimit { retry_after_ms: Some(1500), limit_scope: "key".to_owned() };
            Err(Failure::new(FailureKind::RateLimited(limit), "too many pictures"))
        }
        _ => Err(Failure {
            submitted: Submitted::Yes,
            upstream_id: Some("job\u{7}-1".to_owned()),
            ..Failure::new(FailureKind::Upstream(503), "the painter is asleep")
        }),
    }
}

#[cfg(target_arch = "wasm32")]
#[expect(unsafe_code, reason = "only so can a handle be made up")]
fn blob(handle: u32) -> Blob {
    // SAFETY: not at all, and the host has to cope with it.
    unsafe { Blob::from_handle(handle) }
}

#[cfg(not(target_arch = "wasm32"))]
fn blob(_handle: u32) -> Blob {
    unreachable!("blobs exist in the sandbox only")
}
