//! What is said of each model: the parameters that it knows, and the media that it takes and gives.

use palisade_guest::catalog::{Model, ParamSpec, Range};

use crate::capability::Capability;
use crate::input::MOST_SEED;
use crate::known::{self, Films, Images, Knob, Size, Values};
use crate::settings::Served;
use crate::{image, size};

/// The pictures that models take.
const PICTURES: [&str; 3] = ["image/png", "image/jpeg", "image/webp"];

/// The sides that films are asked to have, where a model makes several.
const FILM_SIDES: (u32, u32) = (480, 1920);

/// The most of a prompt.
const MAX_PROMPT: u32 = 2500;

/// The catalogue's entry of a model. Prices are the operator's to say: see `prices.toml`.
pub(crate) fn model(served: &Served) -> Model {
    let mut model = Model::new(&served.id);
    model.model_ref = known::model_ref(&served.path).map(str::to_owned);
    match served.capability {
        Capability::TextToImage => pictures(model, &known::images(&served.path)),
        Capability::TextToVideo => {
            films(model.capability("text-to-video").input("text/plain"), &known::films(&served.path))
        }
        Capability::ImageToVideo => {
            let model = PICTURES.iter().fold(model.capability("image-to-video"), |model, kind| model.input(*kind));
            films(model.flag("prompt").flag("first-frame"), &known::films(&served.path))
        }
    }
}

fn pictures(model: Model, takes: &Images) -> Model {
    // One that names no types would be taken to read them all.
    let mut model = model.capability("text-to-image").input("text/plain");
    model = count(model, "n", image::MOST);
    if matches!(takes.size, Size::Pixels) {
        model = sides(model, size::SIDES);
    }
    if takes.negative_prompt {
        model = model.text("negative-prompt", MAX_PROMPT);
    }
    if !takes.resolutions.is_empty() {
        model = model.choice("resolution", takes.resolutions);
    }
    model = takes.formats.iter().fold(seed(model), |model, format| model.output(*format));
    model = model.choice("output-format", takes.formats);
    knobs(model, takes.options)
}

fn films(model: Model, takes: &Films) -> Model {
    let mut model = count(model, "n", 1).output("video/mp4");
    if !takes.shapes.is_empty() && !takes.resolutions.is_empty() {
        model = sides(model, FILM_SIDES);
    }
    if !takes.resolutions.is_empty() {
        model = model.choice("resolution", takes.resolutions);
    }
    if let Some((least, most)) = takes.seconds.iter().min().zip(takes.seconds.iter().max()) {
        model = model.float("seconds", f64::from(*least)..=f64::from(*most));
    }
    if takes.seed {
        model = seed(model);
    }
    if takes.audio {
        model = model.flag("audio");
    }
    if takes.last_frame.is_some() {
        model = model.flag("last-frame");
    }
    knobs(model, takes.options)
}

fn count(model: Model, name: &str, most: u32) -> Model {
    model.param(name, ParamSpec::IntRange(Range { min: 1.0, max: most.into(), step: None }))
}

fn sides(model: Model, (least, most): (u32, u32)) -> Model {
    let range = || ParamSpec::IntRange(Range { min: least.into(), max: most.into(), step: None });
    model.param("width", range()).param("height", range())
}

fn seed(model: Model) -> Model {
    #[expect(clippy::cast_precision_loss, reason = "the catalogue counts in f64")]
    let max = MOST_SEED as f64;
    model.param("seed", ParamSpec::IntRange(Range { min: 0.0, max, step: None }))
}

fn knobs(model: Model, knobs: &[Knob]) -> Model {
    knobs.iter().fold(model, |model, (name, values)| match *values {
        Values::Flag => model.flag(*name),
        Values::Int(least, most) => model.int(*name, least..=most),
        Values::Float(least, most) => model.float(*name, least..=most),
        Values::Text(most) => model.text(*name, most),
        Values::Choice(words) => model.choice(*name, words),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings;

    fn entry(id: &str) -> Model {
        let served = settings::models().unwrap().into_iter().find(|model| model.id == id).unwrap();
        model(&served)
    }

    fn names(model: &Model) -> Vec<&str> {
        model.params.iter().map(|param| param.name.as_str()).collect()
    }

    #[test]
    fn no_parameter_is_listed_twice_and_every_model_says_what_it_gives() {
        for served in settings::models().unwrap() {
            let model = model(&served);
            let unique: std::collections::BTreeSet<_> = names(&model).into_iter().collect();
            assert_eq!(unique.len(), model.params.len(), "{}", model.id);
            assert!(!model.output_types.is_empty() && !model.input_types.is_empty(), "{}", model.id);
            assert!(model.model_ref.is_some() && model.capabilities.len() == 1, "{}", model.id);
        }
    }

    #[test]
    fn what_a_model_knows_goes_by_its_path() {
        let knows = |id: &str, parameter| names(&entry(id)).contains(&parameter);
        assert!(knows("flux-dev", "width") && !knows("imagen4-preview", "width"));
        assert!(knows("qwen-image", "negative-prompt") && !knows("flux-dev", "negative-prompt"));
        assert!(knows("veo3-fast", "audio") && !knows("wan-25-preview-text-to-video", "audio"));
        assert!(knows("kling-video-v2.5-turbo-pro-image-to-video", "last-frame"));
        assert!(!knows("kling-video-v2.5-turbo-pro-text-to-video", "seed"));
        assert!(knows("flux-dev", "guidance_scale"));
    }

    #[test]
    fn a_model_of_the_operator_is_listed_with_what_most_take() {
        let paint = model(&Served::new("acme/paint", Capability::TextToImage));
        assert_eq!((paint.id.as_str(), paint.model_ref.as_ref()), ("acme-paint", None));
        assert_eq!(names(&paint), ["n", "width", "height", "seed", "output-format"]);
        let film = model(&Served::new("acme/film", Capability::TextToVideo));
        assert_eq!(names(&film), ["n", "seed"]);
    }
}
