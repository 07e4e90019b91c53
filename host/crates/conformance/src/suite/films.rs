//! The capabilities that make films.

use palisade_core::{
    Dimensions, Media, Request,
    catalogue::{Model, ParameterSpec},
    image_to_video, text_to_video,
};
use serde_json::{Value, json};

use super::{
    Basis, Expects,
    media::{no_file, reads_pictures},
};
use crate::material::{self, odd_texts, text};

pub(super) fn text_to_video(model: &Model, seed: u64) -> Basis {
    let make = |number| text_to_video::Request {
        seconds: shortest(model),
        ..text_to_video::Request::new(format!("{} moves slowly", text(number)))
    };
    let mut basis = Basis::default();
    basis.valid(Expects::Served, "a short film", make(seed));
    let wide = text_to_video::Request { size: Dimensions::Aspect(16, 9), ..make(seed + 1) };
    basis.valid(Expects::Served, "a film of 16:9", wide);
    basis.valid(
        Expects::Served,
        "a film of the provider's own length",
        text_to_video::Request { seconds: None, ..make(seed + 2) },
    );
    for (what, prompt) in odd_texts() {
        basis.edge(what, text_to_video::Request { prompt, ..make(seed) });
    }
    for size in [Dimensions::Pixels(1, 1), Dimensions::Pixels(u32::MAX, u32::MAX), Dimensions::Aspect(1, 1000)] {
        basis.edge(format!("a size of {size}"), text_to_video::Request { size, ..make(seed) });
    }
    for seconds in [0.1, 3600.0] {
        let request = text_to_video::Request { seconds: Some(seconds), ..make(seed) };
        basis.edge(format!("a length of {seconds} s"), request);
    }
    if let Some(picture) = material::picture(64, 48, seed) {
        let first = |picture| text_to_video::Request { first_frame: Some(picture), ..make(seed) };
        if model.parameter("first-frame").is_none() {
            let what = "a picture to begin with, and the catalogue has no `first-frame`";
            basis.bad(Expects::Told, what, first(picture.clone()));
        } else if material::takes(model, "image/png") {
            for (what, broken) in material::broken(&picture) {
                basis.edge(format!("{what}, to begin with"), first(broken));
            }
            basis.valid(Expects::Answered, "a picture to begin with", first(picture.clone()));
        } else {
            basis.left_out = Some(no_file(model));
        }
        if model.parameter("references").is_none() {
            let request = text_to_video::Request { references: vec![picture], ..make(seed) };
            basis.bad(Expects::Told, "a reference, and the catalogue has no `references`", request);
        }
    }
    basis.optional = optional(seed);
    basis
}

pub(super) fn image_to_video(model: &Model, seed: u64) -> Basis {
    let mut basis = Basis::default();
    let make = |first_frame| image_to_video::Request {
        prompt: Some(format!("{} moves slowly", text(seed))),
        seconds: shortest(model),
        ..image_to_video::Request::new(first_frame)
    };
    let of = |picture: Media| Request::from(make(picture));
    let Some(picture) = reads_pictures(&mut basis, model, seed, of) else { return basis };
    let request = make(picture);
    basis.valid(Expects::Served, "a picture and what happens in it", request.clone());
    let long = image_to_video::Request { seconds: None, ..request.clone() };
    basis.valid(Expects::Served, "a film of the provider's own length", long);
    let silent = image_to_video::Request { prompt: None, ..request.clone() };
    basis.valid(Expects::Answered, "a picture alone", silent);
    for (what, prompt) in odd_texts() {
        basis.edge(what, image_to_video::Request { prompt: Some(prompt), ..request.clone() });
    }
    for size in [Dimensions::Pixels(1, 1), Dimensions::Pixels(u32::MAX, u32::MAX)] {
        basis.edge(format!("a size of {size}"), image_to_video::Request { size, ..request.clone() });
    }
    basis.optional = optional(seed);
    basis
}

/// The length that costs the least, where the model has a say in it.
fn shortest(model: &Model) -> Option<f32> {
    match &model.parameter("seconds")?.spec {
        ParameterSpec::Integer(range) | ParameterSpec::Number(range) => Some(range.min.max(0.1) as f32),
        _ => None,
    }
}

fn optional(seed: u64) -> Vec<(&'static str, Value)> {
    let last = material::picture(64, 48, seed + 1).and_then(|picture| serde_json::to_value(picture).ok());
    let mut optional = vec![
        ("resolution", json!("720p")),
        ("seconds", json!(4.0)),
        ("fps", json!(24)),
        ("audio", json!(true)),
        ("seed", json!(7)),
    ];
    optional.extend(last.map(|last| ("last-frame", last)));
    optional
}
