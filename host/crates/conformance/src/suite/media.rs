//! The capabilities that make or read pictures, and the one that listens.

use palisade_core::{
    Dimensions, Media, Request, catalogue::Model, image_edit, image_to_text, image_upscale, speech_to_text,
    text_to_image,
};
use serde_json::json;

use super::{Basis, Expects};
use crate::{
    material::{self, odd_texts, text},
    parameters,
};

/// The side of the pictures from which others are varied, where the model has a say in it.
const SIDE: f64 = 64.0;

pub(super) fn text_to_image(model: &Model, seed: u64) -> Basis {
    let make = |number| text_to_image::Request::new(text(number));
    let side = |name: &str| match &model.parameter(name)?.spec {
        palisade_core::catalogue::ParameterSpec::Integer(range) => {
            // Not below what it takes, and on a step.
            let steps = ((SIDE - range.min).max(0.0) / range.step.unwrap_or(1.0)).floor();
            Some((range.min + steps * range.step.unwrap_or(1.0)).min(range.max) as u32)
        }
        _ => None,
    };
    let size = side("width").zip(side("height")).map_or(Dimensions::Auto, |(w, h)| Dimensions::Pixels(w, h));
    let small = |number| text_to_image::Request { size, ..make(number) };
    let mut basis = Basis::default();
    basis.valid(Expects::Served, "a small picture", small(seed));
    basis.valid(Expects::Served, "a picture of the provider's own size", make(seed + 1));
    let wide = text_to_image::Request { size: Dimensions::Aspect(16, 9), ..make(seed + 2) };
    basis.valid(Expects::Served, "a picture of 16:9", wide);
    for (what, prompt) in odd_texts() {
        basis.edge(what, text_to_image::Request { prompt, ..small(seed) });
    }
    for size in [Dimensions::Pixels(1, 1), Dimensions::Pixels(u32::MAX, u32::MAX), Dimensions::Aspect(1, 1000)] {
        basis.edge(format!("a size of {size}"), text_to_image::Request { size, ..make(seed) });
    }
    if let Some(picture) = material::picture(16, 16, seed) {
        if model.parameter("references").is_none() {
            let request = text_to_image::Request { references: vec![picture.clone()], ..small(seed) };
            basis.bad(Expects::Told, "a reference, and the catalogue has no `references`", request);
        }
        if model.parameter("mask").is_none() {
            let request = text_to_image::Request { mask: Some(picture), ..small(seed) };
            basis.bad(Expects::Told, "a mask, and the catalogue has no `mask`", request);
        }
    }
    basis.optional = vec![
        ("negative-prompt", json!("dogs")),
        ("seed", json!(7)),
        ("quality", json!("high")),
        ("resolution", json!("2k")),
    ];
    basis
}

/// What is the same for all that read a picture: none where the model takes no file that there is here.
pub(super) fn reads_pictures(
    basis: &mut Basis,
    model: &Model,
    seed: u64,
    of: impl Fn(Media) -> Request,
) -> Option<Media> {
    let picture = material::picture(32, 24, seed).filter(|_| material::takes(model, "image/png"));
    let Some(picture) = picture else {
        basis.left_out = Some(no_file(model));
        return None;
    };
    for (what, broken) in material::broken(&picture) {
        basis.bad(Expects::Refused, what, of(broken));
    }
    if let Some(hollow) = material::hollow_picture() {
        basis.bad(Expects::Refused, "a small file of ten thousand million pixels", of(hollow));
    }
    let odd = Media { media_type: "application/x-unheard-of".to_owned(), data: b"\x01\x02\x03".to_vec() };
    basis.bad(Expects::Refused, "a file of a type that nobody has heard of", of(odd));
    for (width, height) in [(1, 1), (1, 300), (300, 1)] {
        if let Some(picture) = material::picture(width, height, seed) {
            basis.edge(format!("a picture of {width}x{height}"), of(picture));
        }
    }
    Some(picture)
}

pub(super) fn no_file(model: &Model) -> String {
    let types = model.input_types.iter().take(8).map(|own| palisade_core::text::escape(own, 40)).collect::<Vec<_>>();
    format!(
        "there is no file here of what the model takes ({}): give a request with `--request FILE`",
        types.join(", ")
    )
}

pub(super) fn image_edit(model: &Model, seed: u64) -> Basis {
    let mut basis = Basis::default();
    let of = |picture| Request::from(image_edit::Request::new("rotate 90", picture));
    let Some(picture) = reads_pictures(&mut basis, model, seed, of) else { return basis };
    // Which words it understands is the model's own.
    for prompt in ["rotate 90", "make it black and white", "make it snow"] {
        let request = image_edit::Request::new(prompt, picture.clone());
        basis.valid(Expects::Answered, format!("`{prompt}`"), request);
    }
    for (what, prompt) in odd_texts() {
        basis.edge(what, image_edit::Request::new(prompt, picture.clone()));
    }
    for size in [Dimensions::Pixels(100_000, 100_000), Dimensions::Aspect(u32::MAX, 1)] {
        basis.edge(
            format!("a size of {size}"),
            image_edit::Request { size, ..image_edit::Request::new("rotate 90", picture.clone()) },
        );
    }
    basis.optional = vec![("negative-prompt", json!("dogs")), ("seed", json!(7)), ("quality", json!("high"))];
    basis
}

pub(super) fn image_upscale(model: &Model, seed: u64) -> Basis {
    let mut basis = Basis::default();
    let of = |picture| Request::from(image_upscale::Request::new(picture));
    let Some(picture) = reads_pictures(&mut basis, model, seed, of) else { return basis };
    let factor = model.parameter("factor").map(|parameter| parameters::values(&parameter.spec).allowed);
    let request = of(picture.clone());
    // Twice, unless the catalogue knows other factors.
    let request = match factor.as_deref() {
        Some([first, .., last]) if !(first.as_f64()..=last.as_f64()).contains(&Some(2.0)) => {
            parameters::with(&request, "factor", last).unwrap_or(request)
        }
        _ => request,
    };
    basis.valid(Expects::Served, "a picture", request);
    let scale = image_upscale::Scale::Pixels(u32::MAX, u32::MAX);
    basis.edge(
        "a size of 4294967295x4294967295",
        image_upscale::Request { scale, ..image_upscale::Request::new(picture.clone()) },
    );
    let scale = image_upscale::Scale::Factor(1e9);
    basis.edge("a factor of 1000000000", image_upscale::Request { scale, ..image_upscale::Request::new(picture) });
    basis.optional = vec![("prompt", json!("a fox")), ("seed", json!(7))];
    basis
}

pub(super) fn image_to_text(model: &Model, seed: u64) -> Basis {
    let mut basis = Basis::default();
    let of = |picture| Request::from(image_to_text::Request::new(picture));
    let Some(picture) = reads_pictures(&mut basis, model, seed, of) else { return basis };
    basis.valid(Expects::Answered, "a picture of a pattern", of(picture));
    basis.optional = vec![
        ("prompt", json!("What is this?")),
        ("task", json!("caption")),
        ("language", json!("de")),
        ("max-output-tokens", json!(50)),
    ];
    basis
}

pub(super) fn speech_to_text(model: &Model) -> Basis {
    let mut basis = Basis::default();
    let heard = ["audio/wav", "audio/x-wav", "audio/wave"].iter().any(|own| material::takes(model, own));
    let Some(sound) = material::sound().filter(|_| heard) else {
        basis.left_out = Some(no_file(model));
        return basis;
    };
    for (what, broken) in material::broken(&sound) {
        basis.bad(Expects::Refused, what, speech_to_text::Request::new(broken));
    }
    basis.valid(Expects::Answered, "half a second of tones", speech_to_text::Request::new(sound));
    basis.optional = vec![
        ("language", json!("de")),
        ("prompt", json!("Palisade")),
        ("timestamps", json!("word")),
        ("speakers", json!(true)),
    ];
    basis
}
