//! What every capability shares: media, options, usage, warnings and failures.

use std::{mem, time::Duration};

use palisade_core::{
    Content, Dimensions, Error, ErrorKind, Image, Media, PicoUsd, Submitted, Unit, Usage, UsageItem, Warning,
    text::{MAX_NAME, MAX_SENTENCE, escape},
};

use crate::{Blob, Imports, Invocation, bindings::palisade::provider::types as wit};

/// Media of more bytes than this go to a guest as a blob, so that it need not hold them as a whole.
const MAX_INLINE_BYTES: usize = 1 << 20;

pub(crate) fn call_options(invocation: &Invocation<'_>) -> wit::CallOptions {
    let options = invocation.options;
    wit::CallOptions {
        model: options.model.as_str().to_owned(),
        idempotency_key: options.idempotency_key.clone(),
        deadline_ms: invocation.deadline_ms,
        provider_options: options
            .provider_options
            .iter()
            .map(|(key, value)| wit::OptionKv { key: key.clone(), json: value.to_string() })
            .collect(),
        strict: options.strict,
    }
}

pub(crate) fn dimensions(size: Dimensions) -> wit::Dimensions {
    match size {
        Dimensions::Auto => wit::Dimensions::Auto,
        Dimensions::Pixels(width, height) => wit::Dimensions::Pixels((width, height)),
        Dimensions::Aspect(width, height) => wit::Dimensions::Aspect((width, height)),
    }
}

/// Media of this field of the request, for a guest; the request is left without their bytes. Large ones become a blob, which
/// counts against its memory.
pub(crate) fn media_for_guest<T: Imports>(field: &str, media: &mut Media, state: &mut T) -> Result<wit::Media, Error> {
    let length = media.data.len() as u64;
    let media_type = media.media_type.clone();
    if media.data.len() <= MAX_INLINE_BYTES {
        let data = mem::take(&mut media.data);
        return Ok(wit::Media::Inline(wit::InlineMedia { media_type, data }));
    }
    let too_large = |limit| {
        let reason = format!("{length} bytes, and the provider has {limit} bytes of memory");
        Error::new(ErrorKind::LimitExceeded, format!("{field}: {reason}")).with_field(field)
    };
    state.charge_memory(length, length).map_err(too_large)?;
    let data = mem::take(&mut media.data);
    state.resources().push(Blob::new(media_type, data)).map(wit::Media::Stored).map_err(|_full| {
        state.release_memory(length);
        Error::new(ErrorKind::LimitExceeded, format!("{field}: more than the provider may hold"))
    })
}

/// Media of a list of the request.
pub(crate) fn media_list<T: Imports>(
    field: &str,
    media: &mut [Media],
    state: &mut T,
) -> Result<Vec<wit::Media>, Error> {
    let each = media.iter_mut().enumerate();
    each.map(|(index, media)| media_for_guest(&format!("{field}[{index}]"), media, state)).collect()
}

/// Texts and media of a list of the request.
pub(crate) fn contents<T: Imports>(
    field: &str,
    items: &mut [Content],
    state: &mut T,
) -> Result<Vec<wit::Content>, Error> {
    let content = |(index, content): (usize, &mut Content)| match content {
        Content::Text(text) => Ok(wit::Content::Text(text.clone())),
        Content::Media(media) => media_for_guest(&format!("{field}[{index}]"), media, state).map(wit::Content::Media),
    };
    items.iter_mut().enumerate().map(content).collect()
}

/// A picture that a guest made.
pub(crate) fn image<T: Imports>(image: wit::Image, state: &mut T) -> Result<Image, Error> {
    Ok(Image {
        content: media_from_guest(image.content, state)?,
        width: image.width,
        height: image.height,
        seed: image.seed,
        revised_prompt: image.revised_prompt,
    })
}

/// Media from a guest; a blob is taken out of its hands.
pub(crate) fn media_from_guest<T: Imports>(media: wit::Media, state: &mut T) -> Result<Media, Error> {
    let (media_type, data) = match media {
        wit::Media::Inline(wit::InlineMedia { media_type, data }) => (media_type, data),
        wit::Media::Stored(blob) => {
            let gone = |_| Error::new(ErrorKind::BadOutput, "the provider returned a blob that it does not have");
            let blob = state.resources().delete(blob).map_err(gone)?;
            state.hand_over_memory(blob.data.len() as u64);
            (blob.media_type, blob.data)
        }
    };
    Ok(Media { media_type, data })
}

pub(crate) fn usage(usage: wit::Usage) -> Usage {
    let item = |item: wit::UsageItem| UsageItem { unit: Unit::from(item.unit), quantity: item.quantity };
    let items = usage.items.into_iter().map(item).collect();
    Usage { items, reported_cost: usage.reported_pico_usd.map(PicoUsd) }
}

pub(crate) fn warnings(warnings: Vec<wit::Warning>) -> Vec<Warning> {
    let warning = |warning| match warning {
        wit::Warning::IgnoredParameter(name) => Warning::IgnoredParameter { name },
        wit::Warning::AdjustedParameter((name, value)) => Warning::AdjustedParameter { name, value },
        wit::Warning::Note(text) => Warning::Note { text },
    };
    warnings.into_iter().map(warning).collect()
}

/// A failure that a guest returned. Its texts are quoted and cut; only its kind decides.
pub(crate) fn failure(failure: wit::Failure) -> Error {
    let message = escape(&failure.message, MAX_SENTENCE);
    let plain = |kind| Error::new(kind, message.clone());
    // What the kind leaves out, the message may say.
    let because = |kind, reason: &str| {
        if reason.is_empty() { plain(kind) } else { Error::new(kind, escape(reason, MAX_SENTENCE)) }
    };
    let in_field = |kind, bad: &wit::BadInput| {
        let (field, reason) = (escape(&bad.field, MAX_NAME), escape(&bad.reason, MAX_SENTENCE));
        Error::new(kind, format!("{field}: {reason}")).with_field(field)
    };
    let milliseconds = |wait: Option<u32>| wait.map(|wait| Duration::from_millis(wait.into()));
    let error = match failure.kind {
        wit::FailureKind::InvalidInput(bad) => in_field(ErrorKind::InvalidInput, &bad),
        wit::FailureKind::LimitExceeded(bad) => in_field(ErrorKind::LimitExceeded, &bad),
        wit::FailureKind::Unsupported(names) => {
            let names: Vec<_> = names.iter().take(20).map(|name| escape(name, MAX_NAME)).collect();
            Error::new(ErrorKind::Unsupported, format!("not supported here: {}", names.join(", ")))
        }
        wit::FailureKind::ContentPolicy(category) => match category {
            Some(category) => {
                Error::new(ErrorKind::ContentPolicy, format!("{message} ({})", escape(&category, MAX_NAME)))
            }
            None => plain(ErrorKind::ContentPolicy),
        },
        wit::FailureKind::Auth => plain(ErrorKind::Auth),
        wit::FailureKind::InsufficientCredit => plain(ErrorKind::InsufficientCredit),
        wit::FailureKind::ModelNotFound => plain(ErrorKind::ModelNotFound),
        wit::FailureKind::RateLimited(limit) => {
            plain(ErrorKind::RateLimited).with_retry_after(milliseconds(limit.retry_after_ms))
        }
        wit::FailureKind::Overloaded(wait) => plain(ErrorKind::Overloaded).with_retry_after(milliseconds(wait)),
        wit::FailureKind::Timeout => plain(ErrorKind::UpstreamTimeout),
        wit::FailureKind::Upstream(status) => {
            Error::new(ErrorKind::Upstream, format!("{message} (the upstream answered with status {status})"))
        }
        wit::FailureKind::BadOutput(reason) => because(ErrorKind::BadOutput, &reason),
        wit::FailureKind::Cancelled => plain(ErrorKind::Cancelled),
        wit::FailureKind::Internal(reason) => because(ErrorKind::ProviderFailed, &reason),
    };
    let submitted = match failure.submitted {
        wit::Submitted::No => Submitted::No,
        wit::Submitted::Yes => Submitted::Yes,
        wit::Submitted::Unknown => Submitted::Unknown,
    };
    error.with_upstream(submitted, failure.upstream_id.map(|id| escape(&id, MAX_NAME)))
}
