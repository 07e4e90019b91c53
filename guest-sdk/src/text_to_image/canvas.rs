//! What a provider that paints by itself can do, and a request read against it.

use std::ops::RangeInclusive;

use super::{Image, Request, Response};
use crate::catalog::Model;
use crate::{CallOptions, Dimensions, Failure, Result, Warnings};

/// The sizes and numbers of pictures that a provider makes, as PNG: said once, for the catalogue and for each request.
#[derive(Clone, Copy, Debug)]
pub struct Canvas {
    default: (u32, u32),
    min_side: u32,
    max_side: u32,
    max_pixels: u64,
    max_images: u32,
    seeded: bool,
}

impl Canvas {
    /// One picture of this size unless asked otherwise; sides of 1 to 4096 pixels.
    #[must_use]
    pub const fn new(width: u32, height: u32) -> Self {
        Self {
            default: (width, height),
            min_side: 1,
            max_side: 4096,
            max_pixels: u64::MAX,
            max_images: 1,
            seeded: false,
        }
    }

    /// Sets the shortest and the longest side in pixels.
    #[must_use]
    pub const fn sides(mut self, min: u32, max: u32) -> Self {
        self.min_side = min;
        self.max_side = max;
        self
    }

    /// Sets how many pixels a picture has at most.
    #[must_use]
    pub const fn max_pixels(mut self, pixels: u64) -> Self {
        self.max_pixels = pixels;
        self
    }

    /// Sets how many pictures are made at most for one request.
    #[must_use]
    pub const fn images(mut self, max: u32) -> Self {
        self.max_images = max;
        self
    }

    /// Says that a seed changes the picture.
    #[must_use]
    pub const fn seeded(mut self) -> Self {
        self.seeded = true;
        self
    }

    /// Reads a request, with the model's tolerance for what it cannot do: the nearest and a warning, or, when the caller is
    /// strict, a failure.
    ///
    /// # Errors
    /// `invalid-input` for an empty prompt, no pictures or a size of 0; `unsupported` for references and a mask; and what
    /// [`Warnings`] gives a strict caller.
    pub fn order(&self, request: &Request, options: &CallOptions) -> Result<Order> {
        let mut warnings = options.warnings();
        if request.prompt.trim().is_empty() {
            return Err(Failure::invalid_input("prompt", "must not be empty"));
        }
        if request.n == 0 {
            return Err(Failure::invalid_input("n", "must be at least 1"));
        }
        let mut unsupported = Vec::new();
        if !request.references.is_empty() {
            unsupported.push("references");
        }
        if request.mask.is_some() {
            unsupported.push("mask");
        }
        if !unsupported.is_empty() {
            return Err(Failure::unsupported(unsupported));
        }
        for (name, given) in [
            ("negative-prompt", request.negative_prompt.is_some()),
            ("resolution", request.resolution.is_some()),
            ("quality", request.quality.is_some()),
            ("seed", request.seed.is_some() && !self.seeded),
        ] {
            if given {
                warnings.ignored(name)?;
            }
        }
        if request.output_format.as_deref().is_some_and(|format| format != "image/png") {
            warnings.replaced("output-format", "image/png")?;
        }
        if request.n > self.max_images {
            warnings.adjusted("n", self.max_images.to_string())?;
        }
        let (width, height) = self.pixels(&request.size, &mut warnings)?;
        let count = request.n.min(self.max_images);
        Ok(Order { width, height, count, seed: request.seed_or_prompt(), seeded: self.seeded, warnings })
    }

    fn pixels(&self, size: &Dimensions, warnings: &mut Warnings) -> Result<(u32, u32)> {
        match *size {
            Dimensions::Auto => Ok(self.default),
            Dimensions::Pixels((0, _) | (_, 0)) | Dimensions::Aspect((0, _) | (_, 0)) => {
                Err(Failure::invalid_input("size", "both sides must be at least 1"))
            }
            Dimensions::Pixels((width, height)) => {
                let (used_width, used_height) = self.nearest(f64::from(width), f64::from(height));
                if (used_width, used_height) != (width, height) {
                    warnings.adjusted("size", format!("{used_width}x{used_height}"))?;
                }
                Ok((used_width, used_height))
            }
            Dimensions::Aspect((width, height)) => {
                let area = f64::from(self.default.0) * f64::from(self.default.1);
                let ratio = f64::from(width) / f64::from(height);
                Ok(self.nearest((area * ratio).sqrt(), (area / ratio).sqrt()))
            }
        }
    }

    /// The size of about the same shape that is within the limits.
    fn nearest(&self, width: f64, height: f64) -> (u32, u32) {
        #[expect(clippy::cast_precision_loss, reason = "a limit of 2^52 pixels would do")]
        let shrink = (self.max_pixels as f64 / (width * height)).sqrt().min(1.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped; no picture has 2^32")]
        let side = |pixels: f64| {
            // Rounding up could go over the limit; the little more is for a product that came out a hair too small.
            let pixels = if shrink < 1.0 { (pixels * shrink + 1e-6).floor() } else { pixels.round() };
            (pixels as u32).clamp(self.min_side, self.max_side)
        };
        (side(width), side(height))
    }

    #[expect(clippy::cast_possible_wrap, reason = "no side has 2^31 pixels")]
    fn side_range(&self) -> RangeInclusive<i32> {
        self.min_side as i32..=self.max_side as i32
    }
}

impl Model {
    /// Says what a canvas can do: PNG, and the parameters `width`, `height`, and `n` and `seed` where they matter.
    #[must_use]
    pub fn canvas(self, canvas: &Canvas) -> Self {
        let mut model = self.output("image/png").int("width", canvas.side_range()).int("height", canvas.side_range());
        if canvas.max_images > 1 {
            model = model.int("n", 1..=i32::try_from(canvas.max_images).unwrap_or(i32::MAX));
        }
        if canvas.seeded { model.seed() } else { model }
    }
}

/// A request that can be carried out.
#[derive(Debug)]
pub struct Order {
    /// Width of each picture in pixels.
    pub width: u32,
    /// Height of each picture in pixels.
    pub height: u32,
    /// How many pictures.
    pub count: u32,
    /// Seed of the first picture; each further one has the next.
    pub seed: u64,
    /// Whether the seed matters.
    pub seeded: bool,
    /// What the caller should know so far.
    pub warnings: Warnings,
}

impl Order {
    /// Has each picture painted with its seed, and answers.
    ///
    /// # Errors
    /// The first failure of `paint`.
    pub fn paint(self, mut paint: impl FnMut(&Self, u64) -> Result<Image>) -> Result<Response> {
        let mut images = Vec::new();
        for index in 0..self.count {
            let seed = self.seed.wrapping_add(index.into());
            #[expect(clippy::cast_precision_loss, reason = "a share")]
            crate::progress::report(index as f32 / self.count as f32, "painting");
            let image = paint(&self, seed)?;
            images.push(if self.seeded { image.seed(seed) } else { image });
        }
        Ok(Response::new(images).warnings(self.warnings.into_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FailureKind, Media, Warning};

    const CANVAS: Canvas = Canvas::new(1200, 630).sides(64, 4096).max_pixels(16_000_000).images(8).seeded();

    fn order(change: impl FnOnce(&mut Request)) -> Result<Order> {
        let mut request = Request::new("a fox");
        change(&mut request);
        CANVAS.order(&request, &CallOptions::new("m"))
    }

    #[test]
    fn sizes_are_resolved() {
        for (size, expected) in [
            (Dimensions::Auto, (1200, 630)),
            (Dimensions::Pixels((100, 4096)), (100, 4096)),
            (Dimensions::Pixels((1, 9000)), (64, 4096)),
            (Dimensions::Pixels((4096, 4096)), (4000, 4000)),
            (Dimensions::Aspect((1, 1)), (869, 869)),
            (Dimensions::Aspect((16, 9)), (1159, 652)),
            (Dimensions::Aspect((u32::MAX, 1)), (4096, 64)),
        ] {
            let order = order(|request| request.size = size).unwrap();
            assert_eq!((order.width, order.height), expected, "{size:?}");
        }
    }

    #[test]
    fn an_adjusted_size_is_said() {
        let order = order(|request| request.size = Dimensions::Pixels((8, 100))).unwrap();
        assert_eq!(order.warnings.into_vec(), [Warning::AdjustedParameter(("size".into(), "64x100".into()))]);
    }

    #[test]
    fn bad_fields_are_named() {
        let field = |failure: Failure| match failure.kind {
            FailureKind::InvalidInput(bad) => bad.field,
            other => panic!("{other:?}"),
        };
        assert_eq!(field(order(|request| request.prompt = "  ".into()).unwrap_err()), "prompt");
        assert_eq!(field(order(|request| request.n = 0).unwrap_err()), "n");
        assert_eq!(field(order(|request| request.size = Dimensions::Pixels((0, 5))).unwrap_err()), "size");
        assert_eq!(field(order(|request| request.size = Dimensions::Aspect((5, 0))).unwrap_err()), "size");
    }

    #[test]
    fn what_cannot_be_done_is_refused_or_said() {
        let media = || Media::new("image/png", vec![]).unwrap();
        let failure = order(|request| {
            request.mask = Some(media());
            request.references = vec![media()];
        });
        assert_eq!(failure.unwrap_err().message, "not supported: references, mask");

        let mut request = Request::new("a fox");
        request.negative_prompt = Some("dogs".into());
        request.output_format = Some("image/webp".into());
        let warnings = CANVAS.order(&request, &CallOptions::new("m")).unwrap().warnings.into_vec();
        assert_eq!(warnings.len(), 2);
        let strict = CallOptions { strict: true, ..CallOptions::new("m") };
        let failure = CANVAS.order(&request, &strict).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unsupported(vec!["negative-prompt".into()]));
    }

    #[test]
    fn each_picture_has_its_seed() {
        let order = order(|request| {
            request.n = 9;
            request.seed = Some(u64::MAX);
        });
        let response = order.unwrap().paint(|_, seed| Image::png(seed.to_be_bytes().to_vec(), 1, 1)).unwrap();
        assert_eq!(response.images.len(), 8);
        assert_eq!(response.images[0].seed, Some(u64::MAX));
        assert_eq!(response.images[1].seed, Some(0));
        assert_eq!(response.usage, crate::Usage::images(8));
        assert_eq!(response.warnings, [Warning::AdjustedParameter(("n".into(), "8".into()))]);
    }
}
