//! What is said of each service.

use palisade_guest::catalog::{Model, ParamSpec, Range};
use palisade_guest::picture::MEDIA_TYPES;

use crate::make::STYLES;
use crate::order::{MAX_PROMPT, MAX_SEED, media_type};
use crate::service::{Service, Use};
use crate::upscale::FACTOR;
use crate::upstream;

/// The seeds that name a picture: 0 stands for any.
#[expect(clippy::cast_precision_loss, reason = "it is exact below 2^53")]
const SEEDS: Range = Range { min: 1.0, max: MAX_SEED as f64, step: None };

/// The shortest and the longest side of pictures of about a megapixel, in the shapes that there are.
const SIDES: (i32, i32) = (640, 1536);

/// The catalogue's entry of a service. Prices are the operator's to say: see `prices.toml`.
pub(crate) fn model(service: &Service) -> Model {
    let mut model = Model::new(service.id);
    // Prices of Stability AI are of no concern to others who speak as it does.
    if upstream::upstream().is_vendor() {
        model = model.model_ref(format!("stability/{}", service.id));
    }
    model = service.formats.iter().fold(model, |model, format| model.output(media_type(format)));
    if service.makes {
        // They become the nearest of the shapes that there are.
        model = model.capability("text-to-image").int("width", SIDES.0..=SIDES.1).int("height", SIDES.0..=SIDES.1);
    }
    if service.edits() {
        model = model.capability("image-edit");
    }
    if service.enlarges() {
        let factor = f64::from(FACTOR);
        return reads(model.capability("image-upscale").float("factor", factor..=factor));
    }
    model = model.int("n", 1..=1).param("seed", ParamSpec::IntRange(SEEDS));
    if service.has_negative_prompt {
        model = model.text("negative-prompt", MAX_PROMPT);
    }
    if service.has_styles {
        model = model.choice("style-preset", &STYLES);
    }
    match service.uses {
        Use::None => model,
        Use::Start => reads(model.float("strength", 0.0..=1.0)),
        Use::Masked => reads(model.flag("mask")),
        Use::Searched | Use::Enlarged => reads(model.text("search-prompt", MAX_PROMPT)),
    }
}

fn reads(model: Model) -> Model {
    MEDIA_TYPES.iter().fold(model, |model, media_type| model.input(*media_type))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::SERVICES;

    fn of(id: &str) -> Model {
        model(SERVICES.iter().find(|service| service.id == id).unwrap())
    }

    fn knows(id: &str, parameter: &str) -> bool {
        of(id).params.iter().any(|param| param.name == parameter)
    }

    #[test]
    fn what_a_service_serves_and_knows_is_said() {
        assert_eq!(of("core").capabilities, ["text-to-image"]);
        assert_eq!(of("ultra").capabilities, ["text-to-image", "image-edit"]);
        assert_eq!(of("fast-upscale").capabilities, ["image-upscale"]);
        assert!(knows("core", "style-preset") && !knows("core", "strength") && !knows("inpaint", "width"));
        assert!(knows("inpaint", "mask") && !knows("ultra", "mask"));
        assert!(!knows("sd3.5-large-turbo", "negative-prompt") && knows("sd3.5-medium", "negative-prompt"));
        assert!(of("core").input_types.is_empty() && of("inpaint").input_types.contains(&"image/webp".to_owned()));
        assert_eq!(of("sd3.5-large").output_types, ["image/png", "image/jpeg"]);
    }

    #[test]
    fn only_the_vendor_has_the_prices_of_the_vendor() {
        assert_eq!(of("core").model_ref.as_deref(), Some("stability/core"));
        palisade_guest::config::set_in_test("base_url", "http://127.0.0.1:4000");
        assert_eq!(of("core").model_ref, None);
    }
}
