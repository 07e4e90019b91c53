//! What is known of models by their paths, from what fal says of each when this was written: what they take, and in what they
//! are billed.

use crate::capability::Capability::{self, ImageToVideo, TextToImage, TextToVideo};

/// A shape, as width to height.
pub(crate) type Shape = (u32, u32);

/// What a model for pictures takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Images {
    pub(crate) size: Size,
    /// Names of resolutions; empty where there is no choice.
    pub(crate) resolutions: &'static [&'static str],
    pub(crate) negative_prompt: bool,
    /// Media types; the first is what it gives unless told.
    pub(crate) formats: &'static [&'static str],
    pub(crate) options: &'static [Knob],
    /// What one of the bill is; none where that is not known.
    pub(crate) unit: Option<&'static str>,
}

/// How a model is told the size of a picture.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Size {
    /// Width and height in pixels, or a name for them.
    Pixels,
    /// One of these shapes.
    Shape(&'static [Shape]),
}

/// What a model for films takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Films {
    /// Empty where that is not asked for.
    pub(crate) shapes: &'static [Shape],
    /// Names of resolutions, by the shorter side; empty where there is no choice.
    pub(crate) resolutions: &'static [&'static str],
    /// Lengths in seconds, the usual one first; empty where there is no choice.
    pub(crate) seconds: &'static [u32],
    /// What follows the number of seconds.
    pub(crate) seconds_unit: &'static str,
    pub(crate) seed: bool,
    /// Whether sound is a matter of choice.
    pub(crate) audio: bool,
    /// What the picture to end with is called; none where there is none.
    pub(crate) last_frame: Option<&'static str>,
    /// Whether one of the bill is a second. Where seconds have several prices, it is a part of one.
    pub(crate) counts_seconds: bool,
    pub(crate) options: &'static [Knob],
}

/// A parameter of a model's own: its name, and the values that it takes.
pub(crate) type Knob = (&'static str, Values);

/// Values of a parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Values {
    Flag,
    Int(i32, i32),
    Float(f64, f64),
    /// A text of so many characters.
    Text(u32),
    Choice(&'static [&'static str]),
}

/// What is assumed of a model for pictures of which nothing is known: most take this.
const SOME_IMAGES: Images = Images {
    size: Size::Pixels,
    resolutions: &[],
    negative_prompt: false,
    formats: &["image/jpeg", "image/png"],
    options: &[],
    unit: None,
};

/// What is assumed of a model for films of which nothing is known: a prompt, and the picture to begin with.
const SOME_FILMS: Films = Films {
    shapes: &[],
    resolutions: &[],
    seconds: &[],
    seconds_unit: "",
    seed: true,
    audio: false,
    last_frame: None,
    counts_seconds: false,
    options: &[],
};

const STEPS: Knob = ("num_inference_steps", Values::Int(1, 50));
const FEW_STEPS: Knob = ("num_inference_steps", Values::Int(1, 12));
const GUIDANCE: Knob = ("guidance_scale", Values::Float(0.0, 20.0));
const CHECKED: Knob = ("enable_safety_checker", Values::Flag);
const TOLERANCE: Knob = ("safety_tolerance", Values::Choice(&["1", "2", "3", "4", "5", "6"]));
const AVOID: Knob = ("negative_prompt", Values::Text(2500));
const EXPANSION: Knob = ("enable_prompt_expansion", Values::Flag);

const FLUX: Images = Images { options: &[STEPS, GUIDANCE, CHECKED], unit: Some("megapixel"), ..SOME_IMAGES };
const QWEN: Images = Images { negative_prompt: true, formats: &["image/png", "image/jpeg"], ..FLUX };
const IMAGEN: Images = Images {
    size: Size::Shape(&[(1, 1), (16, 9), (9, 16), (4, 3), (3, 4)]),
    resolutions: &["1K", "2K"],
    formats: &["image/png", "image/jpeg", "image/webp"],
    options: &[TOLERANCE],
    unit: Some("image"),
    ..SOME_IMAGES
};

const WAN: Films = Films {
    shapes: &[(16, 9), (9, 16), (1, 1)],
    resolutions: &["480p", "720p", "1080p"],
    seconds: &[5, 10],
    options: &[AVOID, CHECKED, EXPANSION],
    ..SOME_FILMS
};
const KLING: Films = Films {
    shapes: &[(16, 9), (9, 16), (1, 1)],
    seconds: &[5, 10],
    seed: false,
    counts_seconds: true,
    options: &[AVOID, ("cfg_scale", Values::Float(0.0, 1.0))],
    ..SOME_FILMS
};
const VEO: Films = Films {
    shapes: &[(16, 9), (9, 16)],
    resolutions: &["720p", "1080p"],
    seconds: &[8, 4, 6],
    seconds_unit: "s",
    audio: true,
    options: &[AVOID, TOLERANCE, ("auto_fix", Values::Flag)],
    ..SOME_FILMS
};

/// Path, what it is called across providers, and what it takes.
const IMAGES: &[(&str, &str, Images)] = &[
    (
        "fal-ai/flux/schnell",
        "black-forest-labs/flux-schnell",
        Images { options: &[FEW_STEPS, GUIDANCE, CHECKED], ..FLUX },
    ),
    ("fal-ai/flux/dev", "black-forest-labs/flux-dev", FLUX),
    ("fal-ai/qwen-image", "qwen/qwen-image", QWEN),
    ("fal-ai/imagen4/preview", "google/imagen-4", IMAGEN),
];

const FILMS: &[(&str, &str, Capability, Films)] = &[
    ("fal-ai/wan-25-preview/text-to-video", "wan/wan-2.5", TextToVideo, WAN),
    // The picture decides the shape.
    ("fal-ai/wan-25-preview/image-to-video", "wan/wan-2.5", ImageToVideo, Films { shapes: &[], ..WAN }),
    ("fal-ai/kling-video/v2.5-turbo/pro/text-to-video", "kling/kling-2.5-turbo-pro", TextToVideo, KLING),
    (
        "fal-ai/kling-video/v2.5-turbo/pro/image-to-video",
        "kling/kling-2.5-turbo-pro",
        ImageToVideo,
        Films { shapes: &[], last_frame: Some("tail_image_url"), ..KLING },
    ),
    ("fal-ai/veo3/fast", "google/veo-3-fast", TextToVideo, VEO),
    ("fal-ai/veo3/fast/image-to-video", "google/veo-3-fast", ImageToVideo, VEO),
];

/// What is on offer where the operator says nothing.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, Capability)> {
    let images = IMAGES.iter().map(|(path, ..)| (*path, TextToImage));
    images.chain(FILMS.iter().map(|(path, _, capability, _)| (*path, *capability)))
}

/// What a model is called across providers; none where that is not known.
pub(crate) fn model_ref(path: &str) -> Option<&'static str> {
    let images = IMAGES.iter().map(|(path, name, _)| (*path, *name));
    let mut all = images.chain(FILMS.iter().map(|(path, name, ..)| (*path, *name)));
    all.find(|(known, _)| *known == path).map(|(_, name)| name)
}

/// What a model for pictures takes.
pub(crate) fn images(path: &str) -> Images {
    IMAGES.iter().find(|(known, ..)| *known == path).map_or(SOME_IMAGES, |(.., images)| *images)
}

/// What a model for films takes.
pub(crate) fn films(path: &str) -> Films {
    FILMS.iter().find(|(known, ..)| *known == path).map_or(SOME_FILMS, |(.., films)| *films)
}
