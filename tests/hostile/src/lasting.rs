//! Films, whose work is a job: a correct one that is done as soon as it is asked after, and wrong ones.

use std::cell::{Cell, RefCell};

use palisade_guest::jobs::{CancelResult, Outcome, Output, Progress, State};
use palisade_guest::text_to_video::Request;
use palisade_guest::{Failure, InlineMedia, Media, Result, Usage};

use crate::computing;

thread_local! {
    /// Jobs that this instance knows.
    static KNOWN: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
    /// Whether this instance has handed over a film.
    static HANDED_OVER: Cell<bool> = const { Cell::new(false) };
}

/// What every token of a correct job begins with.
const MARK: &[u8] = b"film";

/// A film of one picture of one pixel, whose colour is made from the seed.
fn film(seed: u64) -> Vec<u8> {
    let [red, green, blue, ..] = seed.to_le_bytes();
    let mut gif = b"GIF89a\x01\0\x01\0\x80\0\0".to_vec();
    gif.extend([red, green, blue, 0xff, 0xff, 0xff]);
    gif.extend(b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b");
    gif
}

/// The token holds all that there is to know: how many films, and the seed.
pub(crate) fn submit(behaviour: &str, request: &Request) -> Result<Vec<u8>> {
    let seed = request.seed.unwrap_or_else(|| request.prompt.bytes().map(u64::from).sum());
    let count = u8::try_from(request.n).unwrap_or(u8::MAX);
    let token = [MARK, &[count], &seed.to_le_bytes()].concat();
    match behaviour {
        "long-token" => Ok(vec![b'x'; 5000]),
        "same-token" => Ok([MARK, &[1], &[0; 8]].concat()),
        "film-in-instance" => {
            KNOWN.with_borrow_mut(|known| known.push(token.clone()));
            Ok(token)
        }
        _ => Ok(token),
    }
}

pub(crate) fn poll(behaviour: &str, token: &[u8]) -> Result<State> {
    let unknown = || Failure::internal("the token is of no job of this provider");
    match behaviour {
        "film-without-end" => return Ok(State::Running(Progress::permille(999))),
        "trap-in-poll" => computing::trap(),
        "film-in-instance" if !KNOWN.with_borrow(|known| known.iter().any(|known| known == token)) => {
            return Err(unknown());
        }
        "film-once" if HANDED_OVER.replace(true) => return Ok(State::Running(Progress::unknown())),
        "any-token" => return Ok(done(behaviour, 1, 0)),
        _ => {}
    }
    let (count, seed) = read(token).ok_or_else(unknown)?;
    Ok(done(behaviour, count, seed))
}

pub(crate) fn cancel(behaviour: &str, token: &[u8]) -> Result<CancelResult> {
    match behaviour {
        "cancels-nothing" => Ok(CancelResult::Cancelled),
        _ if read(token).is_some() => Ok(CancelResult::TooLate),
        _ => Err(Failure::internal("the token is of no job of this provider")),
    }
}

fn read(token: &[u8]) -> Option<(u8, u64)> {
    let (count, seed) = token.strip_prefix(MARK)?.split_first()?;
    Some((*count, u64::from_le_bytes(seed.try_into().ok()?)))
}

fn done(behaviour: &str, count: u8, seed: u64) -> State {
    let media_type = if behaviour == "film-of-another-type" { "video/mp4" } else { "image/gif" };
    let count = if behaviour == "no-film" { 0 } else { count };
    let content = || InlineMedia { media_type: media_type.to_owned(), data: film(seed) };
    let outputs = (0..count).map(|_| Output::new(Media::Inline(content())));
    let outcome = Outcome::new(outputs);
    State::Succeeded(Outcome { usage: Usage::none().and("video-second", f64::from(count)), ..outcome })
}
