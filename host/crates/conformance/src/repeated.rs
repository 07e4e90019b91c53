//! The same again: with a seed, in pieces, and in an instance that is kept.

use std::time::Instant;

use palisade_core::{ErrorKind, Request, Response, catalogue::Model};
use serde_json::{Value, json};

use crate::{
    Code, Settings, parameters,
    report::{Check, Finding},
    run::Caller,
    suite::{Case, Expects},
};

/// Seeds that are tried for an effect.
const SEEDS: u64 = 8;
/// A text of so many bytes is worth more than one piece.
const LONG_TEXT: usize = 200;
/// Fewest calls of one instance that say something.
const FEW_CALLS: usize = 8;
/// What an instance may keep of a call on average, in bytes: memory grows by pages of 64 KiB, now and then.
const MAX_KEPT: u64 = 4096;

/// A response without what measures it: what has to be the same again.
pub(crate) fn content(response: &Response) -> Value {
    let mut json = serde_json::to_value(response).unwrap_or_default();
    if let Some(fields) =
        json.as_object_mut().and_then(|outer| outer.values_mut().next()).and_then(Value::as_object_mut)
    {
        fields.remove("usage");
    }
    json
}

fn case(request: &Request) -> Case {
    Case::new(Expects::Served, "the same request", request.clone())
}

/// The request with a seed, where the model claims to know seeds.
fn seeded(model: &Model, plain: &Request, seed: u64) -> Option<Request> {
    model.parameter("seed")?;
    parameters::with(plain, "seed", &json!(seed))
}

/// Checks that a seed decides what is made, and nothing else does.
pub(crate) async fn check_seed(caller: &Caller<'_>, model: &Model, plain: &Request, check: &mut Check) {
    let Some(first) = seeded(model, plain, 1) else { return };
    let (one, again) = (caller.ask(&case(&first)).await, caller.ask(&case(&first)).await);
    let (Ok(one), Ok(again)) = (&one.result, &again.result) else {
        check.leave_out("the request was not served");
        return;
    };
    check.tried();
    let one = content(one);
    if one != content(again) {
        check.find(Finding::new(Code::SeedDiffers, "the same request with the seed 1 gave two different responses"));
    }
    for seed in 2..=SEEDS {
        let Some(request) = seeded(model, plain, seed) else { continue };
        let Ok(other) = caller.ask(&case(&request)).await.result else { continue };
        if without_seed(content(&other)) != without_seed(one.clone()) {
            return;
        }
    }
    let found = format!("the seeds 1 to {SEEDS} gave the same response");
    check.find(Finding::new(Code::SeedWithoutEffect, found));
}

/// What is left when the seed that a response tells is taken out.
fn without_seed(mut content: Value) -> Value {
    fn walk(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.remove("seed");
                fields.values_mut().for_each(walk);
            }
            Value::Array(list) => list.iter_mut().for_each(walk),
            _ => {}
        }
    }
    walk(&mut content);
    content
}

/// Checks that a response is the same in pieces and as a whole.
pub(crate) async fn check_stream(caller: &Caller<'_>, model: &Model, plain: &Request, check: &mut Check) {
    let request = seeded(model, plain, 1).unwrap_or_else(|| plain.clone());
    let heard = caller.ask(&case(&request)).await;
    let Ok(in_pieces) = &heard.result else {
        check.leave_out("the request was not served");
        return;
    };
    check.tried();
    if !heard.pieces.ended {
        check.find(Finding::new(Code::StreamWithoutFinish, "the response came, and no `finish`"));
    }
    let text = if let Response::Chat(response) = in_pieces { response.text.len() } else { 0 };
    if text > LONG_TEXT && heard.pieces.count < 2 {
        check.find(Finding::new(Code::StreamInOnePiece, format!("a text of {text} bytes came in one piece")));
    }
    let whole = caller.ask_for_the_whole(&request).await;
    let again = caller.ask(&case(&request)).await;
    let (Ok(whole), Ok(again)) = (&whole.result, &again.result) else {
        check.find(Finding::new(Code::StreamDiffers, "it was served in pieces, and not as a whole"));
        return;
    };
    // Where it is never the same twice, that says nothing.
    let in_pieces = content(in_pieces);
    if in_pieces == content(again) && in_pieces != content(whole) {
        check.find(Finding::new(Code::StreamDiffers, "the pieces put together are not the response as a whole"));
    }
}

/// Checks that an instance which serves many calls lets go of each.
pub(crate) async fn check_kept(
    caller: &Caller<'_>,
    model: &Model,
    plain: &Request,
    settings: &Settings,
    check: &mut Check,
) {
    let request = seeded(model, plain, 1).unwrap_or_else(|| plain.clone());
    let case = case(&request);
    let start = Instant::now();
    let (mut memory, mut fuel) = (Vec::new(), Vec::new());
    let (mut first, mut last) = (None, None);
    for number in 1..=settings.calls {
        let answer = caller.ask(&case).await;
        let error = match answer.result {
            Ok(response) => {
                check.tried();
                memory.push(answer.resources.peak_memory_bytes);
                fuel.push(answer.resources.fuel.unwrap_or_default());
                let content = content(&response);
                first.get_or_insert_with(|| content.clone());
                last = Some(content);
                if start.elapsed() < settings.patience || memory.len() < FEW_CALLS {
                    continue;
                }
                if number < settings.calls {
                    check.leave_out(format!("{number} of {} calls were made: they take long", settings.calls));
                }
                break;
            }
            Err(error) => error,
        };
        match (number, error.kind()) {
            (1, _) => check.leave_out("the request was not served"),
            (_, ErrorKind::MemoryLimit) => {
                let found = format!("call {number} of one instance was stopped: {error}");
                check.find(Finding::new(Code::MemoryGrows, found));
            }
            (_, kind) => {
                let found = format!("call {number} of one instance: `{}`: {error}", kind.code());
                check.find(Finding::new(Code::FailsWhenReused, found));
            }
        }
        return;
    }
    check.find_some(memory_grows(&memory));
    check.find_some(fuel_grows(&fuel));
    if model.parameter("seed").is_some() && first != last {
        let found = format!("call {} of one instance is answered otherwise than its first", memory.len());
        check.find(Finding::new(Code::Remembers, found));
    }
}

/// Memory that goes on growing after an instance has found its size.
fn memory_grows(peaks: &[u64]) -> Option<Finding> {
    let [early, middle, late] =
        [peaks.len() / 10, peaks.len() / 2, peaks.len().checked_sub(1)?].map(|at| peaks.get(at));
    let (early, middle, late) = (*early?, *middle?, *late?);
    let calls = (peaks.len() - peaks.len() / 2) as u64;
    let each = late.saturating_sub(middle) / calls;
    (peaks.len() >= FEW_CALLS && middle > early && each > MAX_KEPT).then(|| {
        let found = format!(
            "an instance had {early} bytes, {middle} half-way and {late} after {} calls: {each} more with every call",
            peaks.len()
        );
        Finding::new(Code::MemoryGrows, found)
    })
}

/// Fuel for the same request that goes on growing.
fn fuel_grows(used: &[u64]) -> Option<Finding> {
    let [early, middle, late] = [used.len() / 10, used.len() / 2, used.len().checked_sub(1)?].map(|at| used.get(at));
    let (early, middle, late) = (*early?, *middle?, *late?);
    (used.len() >= FEW_CALLS && middle > early && late > early + early / 2 && late > middle).then(|| {
        let found =
            format!("the same request took {early} of fuel, {middle} half-way and {late} in call {}", used.len());
        Finding::new(Code::FuelGrows, found)
    })
}

/// Whether seeds of a model could be tried.
pub(crate) fn claims_seeds(model: &Model, plain: &Request) -> bool {
    seeded(model, plain, 1).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_settles_does_not_grow() {
        let page = 64 << 10;
        let settles: Vec<u64> = (0..100).map(|call| 16 * page + call.min(20) * page).collect();
        let steps_once: Vec<u64> = (0..100).map(|call| if call < 60 { 16 * page } else { 17 * page }).collect();
        let leaks: Vec<u64> = (0..100).map(|call| 16 * page + call * 8000).collect();
        let found = [&settles, &steps_once, &leaks].map(|peaks| memory_grows(peaks).map(|finding| finding.code));
        assert_eq!(found, [None, None, Some(Code::MemoryGrows)]);
        let constant = vec![1000; 100];
        let rising: Vec<u64> = (0..100).map(|call| 1000 + call * 20).collect();
        assert_eq!([&constant, &rising].map(|used| fuel_grows(used).is_some()), [false, true]);
        assert!(memory_grows(&[]).is_none() && fuel_grows(&[1]).is_none());
    }

    #[test]
    fn a_seed_that_is_told_is_no_effect() {
        let one = json!({ "text-to-image": { "images": [{ "seed": 1, "content": "a" }] } });
        let two = json!({ "text-to-image": { "images": [{ "seed": 2, "content": "a" }] } });
        assert_eq!(without_seed(one), without_seed(two));
    }
}
