//! A small provider of films, whose work is a job that is done when it is asked after.
//!
//! Its component is kept with each release, and every later host runs it: see `tests/compatibility`. It says what it was asked, so that
//! nothing may be lost on the way.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

use palisade_guest::catalog::Model;
use palisade_guest::jobs::{CancelResult, Outcome, Output, State};
use palisade_guest::{
    CallOptions, Description, Dimensions, Failure, ImageToVideo, InlineMedia, Jobs, Media, Provider, Result,
    TextToVideo, Usage, Warning, image_to_video, text_to_video,
};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// The provider.
#[derive(Debug)]
pub struct Keepsake;

impl Provider for Keepsake {
    fn describe() -> Description {
        Description::new("keepsake-films")
            .summary("Says what it was asked.")
            .model(Model::new("keepsake").free().input("image/png").output("image/gif"))
    }
}

/// The file, where it is what it says.
fn checked(field: &str, media: &Media, magic: &[u8]) -> Result<Vec<u8>> {
    let data = media.read_all()?;
    // The head of a file is no file.
    if data.starts_with(magic) && data.len() > 40 {
        Ok(data)
    } else {
        Err(Failure::invalid_input(field, "it is cut off"))
    }
}

/// What every token begins with. The rest is what was asked.
const MARK: &[u8] = b"film:";

/// A picture of one pixel, which is the whole film.
const GIF: &[u8] =
    b"GIF89a\x01\0\x01\0\x80\0\0\x01\x02\x03\xff\xff\xff\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b";

fn token(count: u32, size: Dimensions, seconds: Option<f32>, prompt: &str) -> Vec<u8> {
    let prompt: String = prompt.chars().take(200).collect();
    [MARK, format!("{count}:{size:?} {seconds:?} {prompt}").as_bytes()].concat()
}

fn read(token: &[u8]) -> Option<(usize, &str)> {
    let (count, asked) = std::str::from_utf8(token.strip_prefix(MARK)?).ok()?.split_once(':')?;
    Some((count.parse().ok()?, asked))
}

fn unknown() -> Failure {
    Failure::internal("the token is of no job of this provider")
}

impl TextToVideo for Keepsake {
    fn submit(request: text_to_video::Request, _: &CallOptions) -> Result<Vec<u8>> {
        Ok(token(request.n, request.size, request.seconds, &request.prompt))
    }
}

impl ImageToVideo for Keepsake {
    fn submit(request: image_to_video::Request, _: &CallOptions) -> Result<Vec<u8>> {
        let length = checked("first-frame", &request.first_frame, PNG)?.len();
        let prompt = format!("{length} bytes, {:?}", request.prompt);
        Ok(token(request.n, request.size, request.seconds, &prompt))
    }
}

impl Jobs for Keepsake {
    fn poll(token: &[u8]) -> Result<State> {
        let (count, asked) = read(token).ok_or_else(unknown)?;
        let film = || Output {
            seconds: Some(0.5),
            revised_prompt: Some(asked.to_owned()),
            ..Output::new(Media::Inline(InlineMedia { media_type: "image/gif".to_owned(), data: GIF.to_vec() }))
        };
        let outcome = Outcome::new((0..count).map(|_| film()));
        let warnings = vec![Warning::AdjustedParameter(("seconds".to_owned(), "0.5".to_owned()))];
        Ok(State::Succeeded(Outcome { usage: Usage::of("video-second", 1), warnings, ..outcome }))
    }

    fn cancel(token: &[u8]) -> Result<CancelResult> {
        read(token).map(|_| CancelResult::TooLate).ok_or_else(unknown)
    }
}

palisade_guest::export!(Keepsake: image_to_video, jobs, text_to_video);
