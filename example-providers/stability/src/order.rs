//! What the forms of several services have in common.

use palisade_guest::http::Form;
use palisade_guest::{CallOptions, Failure, Media, Result, Warnings};

use crate::service::Service;

/// Most characters of a prompt.
pub(crate) const MAX_PROMPT: u32 = 10_000;

/// The largest seed.
pub(crate) const MAX_SEED: u64 = 4_294_967_294;

/// What is said of a picture, whatever becomes of it.
pub(crate) struct Order<'a> {
    pub(crate) prompt: &'a str,
    pub(crate) negative_prompt: Option<&'a str>,
    pub(crate) count: u32,
    pub(crate) quality: Option<&'a str>,
    pub(crate) seed: Option<u64>,
    pub(crate) output_format: Option<&'a str>,
}

impl Order<'_> {
    /// The form with all of it that the service takes.
    pub(crate) fn form(&self, service: &Service, options: &CallOptions, warnings: &mut Warnings) -> Result<Form> {
        let too_long = |text: &str| text.chars().nth(MAX_PROMPT as usize).is_some();
        for (field, text) in [("prompt", Some(self.prompt)), ("negative-prompt", self.negative_prompt)] {
            if text.is_some_and(too_long) {
                return Err(Failure::limit_exceeded(field, format!("at most {MAX_PROMPT} characters are read")));
            }
        }
        if self.count > 1 {
            warnings.adjusted("n", "1")?;
        }
        if self.quality.is_some() {
            warnings.ignored("quality")?;
        }
        let mut form = Form::new().text("prompt", self.prompt).text_if("model", service.model);
        match self.negative_prompt {
            Some(_) if !service.has_negative_prompt => warnings.ignored("negative-prompt")?,
            negative_prompt => form = form.text_if("negative_prompt", negative_prompt),
        }
        if let Some(seed) = self.seed {
            form = form.text("seed", near_seed(seed, warnings)?.to_string());
        }
        if service.has_styles {
            form = form.text_if("style_preset", options.get::<String>("style-preset")?);
        }
        Ok(form.text_if("output_format", format(service, self.output_format, warnings)?))
    }
}

/// The word for a format that the service writes; none where it chooses.
pub(crate) fn format(service: &Service, wanted: Option<&str>, warnings: &mut Warnings) -> Result<Option<&'static str>> {
    let Some(wanted) = wanted else { return Ok(None) };
    let written = service.formats.iter().find(|format| media_type(format) == wanted);
    if written.is_none() {
        warnings
            .replaced("output-format", service.formats.first().map(|usual| media_type(usual)).unwrap_or_default())?;
    }
    Ok(written.copied())
}

/// The media type of a format.
pub(crate) fn media_type(format: &str) -> String {
    format!("image/{format}")
}

/// The one picture that a service takes.
pub(crate) fn only(images: &[Media]) -> Result<&Media> {
    match images {
        [image] => Ok(image),
        _ => Err(Failure::limit_exceeded("images", "one picture at a time is changed")),
    }
}

/// A seed that names one picture, which 0 doesn't.
fn near_seed(seed: u64, warnings: &mut Warnings) -> Result<u64> {
    if (1..=MAX_SEED).contains(&seed) {
        return Ok(seed);
    }
    let near = (seed % MAX_SEED).max(1);
    warnings.adjusted("seed", near.to_string())?;
    Ok(near)
}
