//! Pictures that were made: where they are in an answer, what they are, and how large.

use palisade_guest::{CallOptions, Dimensions, Failure, Image, Media, Result, Submitted, Usage, Warnings, blobs};
use serde::Deserialize;
use serde_json::Value;

use crate::{data_url, known, refusal, usage};

/// The largest picture that is fetched.
const MAX_BYTES: u64 = 64 << 20;

#[derive(Deserialize)]
pub(crate) struct Answer {
    data: Option<Vec<Made>>,
    size: Option<String>,
    usage: Option<Value>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Made {
    b64_json: Option<String>,
    url: Option<String>,
    revised_prompt: Option<String>,
}

/// What is asked for, in the words of the protocol.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Order {
    /// None where the server chooses.
    pub(crate) size: Option<(u32, u32)>,
    pub(crate) quality: Option<String>,
    pub(crate) count: u32,
    /// A word for the format, where the server is told one.
    pub(crate) format: Option<&'static str>,
    /// Whether the answer must be asked to hold the pictures, rather than an address of them.
    pub(crate) asks_for_data: bool,
}

/// What a request asks for of pictures, whether they are made or changed.
pub(crate) struct Wanted<'a> {
    pub(crate) size: Dimensions,
    pub(crate) quality: Option<&'a str>,
    pub(crate) count: u32,
    pub(crate) output_format: Option<&'a str>,
    /// What the protocol has no place for, and whether it was asked for.
    pub(crate) ignored: &'a [(&'a str, bool)],
}

impl Order {
    /// The nearest to what is wanted that a model makes.
    pub(crate) fn new(wanted: &Wanted<'_>, name: &str, options: &CallOptions) -> Result<(Self, Warnings)> {
        let mut warnings = options.warnings();
        for (parameter, _) in wanted.ignored.iter().filter(|(_, is_set)| *is_set) {
            warnings.ignored(parameter)?;
        }
        let count = wanted.count.clamp(1, known::most_pictures(name));
        if count < wanted.count {
            warnings.adjusted("n", count.to_string())?;
        }
        let quality = wanted.quality.filter(|word| known::qualities(name).contains(word));
        if quality != wanted.quality {
            warnings.ignored("quality")?;
        }
        let is_gpt_image = known::is_gpt_image(name);
        let format = match wanted.output_format {
            Some("image/png") | None => None,
            Some("image/jpeg") if is_gpt_image => Some("jpeg"),
            Some("image/webp") if is_gpt_image => Some("webp"),
            Some(_) => {
                warnings.replaced("output-format", "image/png")?;
                None
            }
        };
        let order = Self {
            size: size(wanted.size, known::sizes(name), &mut warnings)?,
            quality: quality.map(str::to_owned),
            count,
            format,
            asks_for_data: !is_gpt_image,
        };
        Ok((order, warnings))
    }

    /// The fields of the order, with their values as text.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&'static str, String)> {
        let fields = [
            ("size", self.size.map(|(width, height)| format!("{width}x{height}"))),
            ("quality", self.quality.clone()),
            ("output_format", self.format.map(str::to_owned)),
            ("response_format", self.asks_for_data.then(|| "b64_json".to_owned())),
        ];
        fields.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    /// The pictures of an answer, and what they used.
    pub(crate) fn read(&self, answer: Answer) -> Result<(Vec<Image>, Usage)> {
        if let Some(error) = answer.error {
            return Err(refusal::within(&error));
        }
        let size = answer.size.as_deref().and_then(sides).or(self.size);
        let made = answer.data.unwrap_or_default();
        if made.is_empty() {
            return Err(Failure::incomplete("no picture"));
        }
        let count = u32::try_from(made.len()).unwrap_or(u32::MAX);
        let images = made.into_iter().map(|made| image(made, size)).collect::<Result<_>>()?;
        let mut used = answer.usage.map_or_else(Usage::none, |used| usage::tokens(&used));
        used.items.extend(Usage::images(count).items);
        Ok((images, used))
    }
}

fn image(made: Made, size: Option<(u32, u32)>) -> Result<Image> {
    let content = match (made.b64_json, made.url) {
        (Some(data), _) => inline(&data)?,
        (None, Some(data)) if data.starts_with("data:") => inline(&data)?,
        // The work is done, and paid for.
        (None, Some(url)) => {
            blobs::import_url(&url, MAX_BYTES).map_err(|error| Failure::from(error).submitted(Submitted::Yes))?
        }
        (None, None) => return Err(Failure::incomplete("neither a picture nor its address")),
    };
    let (width, height) = size.unzip();
    Ok(Image { content, width, height, seed: None, revised_prompt: made.revised_prompt })
}

fn inline(data: &str) -> Result<Media> {
    let bytes = data_url::decode(data)?;
    Media::new(media_type(&bytes), bytes)
}

/// What a file is by its first bytes, since an answer doesn't say.
fn media_type(bytes: &[u8]) -> &'static str {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        [b'G', b'I', b'F', b'8', ..] => "image/gif",
        _ => "image/png",
    }
}

/// The sides of `1024x1536`.
fn sides(text: &str) -> Option<(u32, u32)> {
    let (width, height) = text.split_once('x')?;
    Some((width.parse().ok()?, height.parse().ok()?))
}

/// The size to ask for: of those that a model makes the nearest.
fn size(wanted: Dimensions, made: Option<&[(u32, u32)]>, warnings: &mut Warnings) -> Result<Option<(u32, u32)>> {
    let Some(made) = made else { return Ok(wanted.in_pixels()) };
    let nearest = wanted.nearest(made);
    if let Some((width, height)) = nearest.filter(|&sides| !wanted.fits(sides)) {
        warnings.adjusted("size", format!("{width}x{height}"))?;
    }
    Ok(nearest)
}

#[cfg(test)]
mod tests {
    use palisade_guest::{FailureKind, Warning};

    use super::*;

    #[track_caller]
    fn check(name: &str, wanted: Dimensions, expected: Option<(u32, u32)>, adjusted: bool) {
        let mut warnings = CallOptions::new("m").warnings();
        assert_eq!(size(wanted, known::sizes(name), &mut warnings).unwrap(), expected);
        assert_eq!(!warnings.into_vec().is_empty(), adjusted);
    }

    #[test]
    fn a_size_is_the_nearest_that_is_made() {
        check("gpt-image-1", Dimensions::Auto, None, false);
        check("gpt-image-1", Dimensions::Pixels((1536, 1024)), Some((1536, 1024)), false);
        check("gpt-image-1", Dimensions::Pixels((600, 400)), Some((1536, 1024)), true);
        check("gpt-image-1", Dimensions::Aspect((2, 3)), Some((1024, 1536)), false);
        check("gpt-image-1", Dimensions::Aspect((16, 9)), Some((1536, 1024)), true);
        check("dall-e-2", Dimensions::Pixels((500, 500)), Some((512, 512)), true);
        check("flux", Dimensions::Pixels((600, 400)), Some((600, 400)), false);
        check("flux", Dimensions::Aspect((16, 9)), Some((1344, 768)), false);
    }

    #[test]
    fn what_cannot_be_had_is_said_or_refused() {
        let wanted = Wanted {
            size: Dimensions::Auto,
            quality: Some("ultra"),
            count: 4,
            output_format: Some("image/webp"),
            ignored: &[("seed", true), ("resolution", false)],
        };
        let (order, warnings) = Order::new(&wanted, "dall-e-3", &CallOptions::new("m")).unwrap();
        assert_eq!(order, Order { count: 1, asks_for_data: true, ..Order::default() });
        let adjusted = |name: &str, used: &str| Warning::AdjustedParameter((name.into(), used.into()));
        let ignored = |name: &str| Warning::IgnoredParameter(name.into());
        let expected =
            [ignored("seed"), adjusted("n", "1"), ignored("quality"), adjusted("output-format", "image/png")];
        assert_eq!(warnings.into_vec(), expected);
        let strict = CallOptions { strict: true, ..CallOptions::new("m") };
        let failure = Order::new(&wanted, "dall-e-3", &strict).err().unwrap();
        assert_eq!(failure.kind, FailureKind::Unsupported(vec!["seed".into()]));
    }

    #[test]
    fn a_file_is_what_its_bytes_say() {
        assert_eq!(media_type(b"\xff\xd8\xff\xe0"), "image/jpeg");
        assert_eq!(media_type(b"RIFF\0\0\0\0WEBPVP8 "), "image/webp");
        assert_eq!(media_type(b"GIF89a"), "image/gif");
        assert_eq!(media_type(b"\x89PNG"), "image/png");
    }
}
