//! What it says of itself, and what it does when it is asked.

use palisade_guest::catalog::{Model, ParamSpec, PriceWhen, Range};
use palisade_guest::{Description, Failure, Models, Result};

use crate::answering::CANVAS;
use crate::computing;
use crate::text::invalid_text;

/// The names of the behaviours that show when the provider is loaded, and of the one that never does.
pub(crate) const NAMES: &[&str] = &[
    "well-behaved",
    "many-models",
    "spin-in-describe",
    "spin-in-models",
    "trap-in-describe",
    "bad-id",
    "empty-host",
    "long-summary",
    "huge-summary",
    "invalid-utf8",
    "red-summary",
    "red-version",
    "red-host",
    "red-output",
    "red-tag",
    "red-choice",
    "red-unit",
    "claims-more",
    "claims-what-it-lacks",
    "failing-models",
    "no-models",
    "million-models",
    "too-many-models",
    "endless-pages",
    "fat-pages",
    "same-model-twice",
    "bad-model-id",
    "bad-status",
    "nan-range",
    "infinite-range",
    "inverted-range",
    "zero-step",
    "empty-choice",
    "bad-parameter",
    "bad-operator",
    "bad-condition",
    "deep-condition",
    "fat-condition",
    "zero-window",
    "zero-concurrency",
];

#[expect(clippy::panic, reason = "it is what one of the behaviours is")]
pub(crate) fn describe(behaviour: &str) -> Description {
    let plain = Description::new("hostile").summary("Tries what a stranger's component may try.");
    match behaviour {
        "spin-in-describe" => computing::spin(),
        "trap-in-describe" => panic!("nothing to say"),
        "bad-id" => Description::new("../evil"),
        "empty-host" => plain.host(""),
        "long-summary" => plain.summary("x".repeat(2000)),
        "huge-summary" => plain.summary("x".repeat(9 << 20)),
        "invalid-utf8" => plain.summary(invalid_text()),
        "red-summary" => plain.summary("all \u{1b}[31mred\u{202e}"),
        "red-version" => plain.version("1.0\u{7}"),
        "red-host" => plain.host("\u{1b}[2J.com"),
        "imports" => plain.host("127.0.0.1"),
        "reaches-more" => plain.host("127.0.0.1").host("localhost").credential("key").credential("token"),
        name if name.starts_with("reaches") => plain.host("127.0.0.1").credential("key"),
        _ => plain,
    }
}

pub(crate) fn models(behaviour: &str, cursor: Option<&str>) -> Result<Models> {
    let model = || Model::new("hostile").free().canvas(&CANVAS);
    let range = |min, max, step| ParamSpec::IntRange(Range { min, max, step });
    let when = |op: &str, value: &str| {
        let condition = PriceWhen { param: "n".to_owned(), op: op.to_owned(), value: value.to_owned() };
        model().price_when("image", 1, [condition])
    };
    let one = match behaviour {
        "spin-in-models" => computing::spin(),
        "failing-models" => return Err(Failure::internal("no \u{1b}[31mcatalogue")),
        "no-models" => return Ok(Models::default()),
        "million-models" => return Ok(page((0..1_000_000).map(|_| Model::new("m").capability("chat")))),
        "too-many-models" => return Ok(page((0..5000).map(|index| Model::new(format!("m{index}"))))),
        "endless-pages" => {
            let page = cursor.and_then(|cursor| cursor.parse::<u64>().ok()).unwrap_or_default();
            return Ok(Models { models: vec![Model::new(format!("m{page}"))], next: Some((page + 1).to_string()) });
        }
        "fat-pages" => {
            let page = cursor.and_then(|cursor| cursor.parse::<u64>().ok()).unwrap_or_default();
            let model = Model::new(format!("m{page}")).param("style", ParamSpec::Schema("x".repeat(3 << 20)));
            return Ok(Models { models: vec![model], next: Some((page + 1).to_string()) });
        }
        "many-models" => return Ok(page((0..6).map(|index| Model::new(format!("m{index}")).free().canvas(&CANVAS)))),
        "same-model-twice" => return Ok(page([model(), model()])),
        "bad-model-id" => Model::new("../\u{1b}[31mevil"),
        "bad-status" => model().status("\u{1b}[31mlive"),
        "nan-range" => model().param("size", range(f64::NAN, 1.0, None)),
        "infinite-range" => model().param("size", range(0.0, f64::INFINITY, None)),
        "inverted-range" => model().param("size", range(2.0, 1.0, None)),
        "zero-step" => model().param("size", range(0.0, 1.0, Some(0.0))),
        "empty-choice" => model().choice("style", &[]),
        "bad-parameter" => model().flag("\u{1b}[31mred"),
        "bad-operator" => when("~", "1"),
        "bad-condition" => when("=", "{"),
        "deep-condition" => when("=", &"[".repeat(100_000)),
        "fat-condition" => when("=", &format!("[{}0]", "0,".repeat(1000))),
        "zero-window" => model().quota("image", 1, 0),
        "zero-concurrency" => Model { max_concurrency: Some(0), ..model() },
        "claims-more" => model().capability("text-to-image").capability("mind-reading"),
        "claims-what-it-lacks" => model().capability("image-edit"),
        "red-output" => model().output("image/\u{1b}[31mred"),
        "red-tag" => model().tag("\u{1b}[31mred"),
        "red-choice" => model().choice("style", &["\u{1b}[31mred"]),
        "red-unit" => model().price("\u{1b}[31mred", 1),
        _ => model(),
    };
    Ok(page([one]))
}

fn page(models: impl IntoIterator<Item = Model>) -> Models {
    Models { models: models.into_iter().collect(), next: None }
}
