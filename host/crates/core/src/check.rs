//! What requests and responses of several capabilities are held to.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    Content, Dimensions, Error, ErrorKind, Image, Media, Quantity, Result, Unit, Usage, Workload, text::escape,
};

/// Longest text of a request, in bytes: more than any model reads at once, and little enough to copy into a sandbox.
pub const MAX_TEXT_BYTES: usize = 1 << 20;
/// Most bytes of all texts of a request together.
pub const MAX_TEXTS_BYTES: usize = 16 << 20;
/// Most items, documents or messages of a request.
pub const MAX_ITEMS: usize = 100_000;
/// Most pictures of a request, in or out.
pub const MAX_IMAGES: u32 = 64;
/// Longest media type and longest name, in bytes.
const MAX_NAME_BYTES: usize = 256;

/// A text that must say something.
pub(crate) fn required_text(field: &str, text: &str, purpose: &str) -> Result<()> {
    if text.trim().is_empty() {
        return Err(Error::invalid_input(field, format!("it is empty: {purpose}")));
    }
    text_length(field, text)
}

/// A text that may be long.
pub(crate) fn text_length(field: &str, text: &str) -> Result<()> {
    within(field, text.len(), MAX_TEXT_BYTES, "bytes")
}

/// A name, a tag or a word.
pub(crate) fn name(field: &str, text: Option<&String>) -> Result<()> {
    within(field, text.map_or(0, String::len), MAX_NAME_BYTES, "bytes")
}

/// So many of something.
pub(crate) fn within(field: &str, count: usize, max: usize, what: &str) -> Result<()> {
    if count <= max {
        return Ok(());
    }
    Err(Error::invalid_input(field, format!("it has {count} {what}, and at most {max} are taken")))
}

/// A list that must hold something.
pub(crate) fn required_items(field: &str, count: usize, what: &str) -> Result<()> {
    if count == 0 {
        return Err(Error::invalid_input(field, format!("it is empty: give at least one {what}")));
    }
    within(field, count, MAX_ITEMS, "entries")
}

/// Media that a provider is to read.
pub(crate) fn media(field: &str, media: &Media) -> Result<()> {
    if media.data.is_empty() {
        return Err(Error::invalid_input(field, "it is an empty file"));
    }
    media_type(field, &media.media_type)
}

/// What says of bytes what they are.
pub(crate) fn media_type(field: &str, media_type: &str) -> Result<()> {
    let well_formed = media_type.len() <= MAX_NAME_BYTES
        && media_type.split_once('/').is_some_and(|(kind, subtype)| !kind.is_empty() && !subtype.is_empty())
        && media_type.bytes().all(|byte| byte.is_ascii_graphic());
    if !well_formed {
        let media_type = escape(media_type, 80);
        return Err(Error::invalid_input(
            field,
            format!("`{media_type}` is no media type: write for example image/png"),
        ));
    }
    Ok(())
}

/// A list of texts and media, none of them empty as a list, all of them together within the limits.
pub(crate) fn contents(field: &str, items: &[Content]) -> Result<()> {
    required_items(field, items.len(), "text")?;
    for (index, item) in items.iter().enumerate() {
        match item {
            Content::Text(text) => text_length(&format!("{field}[{index}]"), text)?,
            Content::Media(item) => media(&format!("{field}[{index}]"), item)?,
        }
    }
    all_texts(field, items.iter().map(|item| if let Content::Text(text) = item { text.len() } else { 0 }))
}

/// Bytes of the texts and media of a list.
pub(crate) fn contents_in_bytes(items: &[Content]) -> u64 {
    items.iter().map(Content::size_in_bytes).sum()
}

/// What reading the texts of a list is expected to use.
pub(crate) fn reading(items: &[Content]) -> Workload {
    let characters = items.iter().map(Content::characters).sum();
    let tokens = text_tokens(characters, contents_in_bytes(items));
    workload([tokens, Quantity::exactly(Unit::Character, characters as f64)])
}

/// The texts of a list together, by their lengths.
pub(crate) fn all_texts(field: &str, lengths: impl Iterator<Item = usize>) -> Result<()> {
    within(field, lengths.sum(), MAX_TEXTS_BYTES, "bytes of text")
}

/// A size in pixels or an aspect.
pub(crate) fn dimensions(field: &str, size: Dimensions) -> Result<()> {
    match size {
        Dimensions::Pixels(0, _) | Dimensions::Pixels(_, 0) | Dimensions::Aspect(0, _) | Dimensions::Aspect(_, 0) => {
            Err(Error::invalid_input(field, format!("{size} has a side of 0")))
        }
        _ => Ok(()),
    }
}

/// A number that lies in a range.
pub(crate) fn range(field: &str, number: Option<f32>, min: f32, max: f32) -> Result<()> {
    match number {
        Some(number) if !(min..=max).contains(&number) => {
            Err(Error::invalid_input(field, format!("{number} is not between {min} and {max}")))
        }
        _ => Ok(()),
    }
}

/// The parameters that are set, under their names in a catalogue.
pub(crate) fn parameters<const N: usize>(named: [(&'static str, Option<Value>); N]) -> BTreeMap<&'static str, Value> {
    named.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// An optional value as a parameter.
pub(crate) fn set<T: Clone + Into<Value>>(value: &Option<T>) -> Option<Value> {
    value.clone().map(Into::into)
}

/// An optional number as a parameter, as people write it: an `f32` as it is would be 1.2000000476837158.
pub(crate) fn set_number(value: Option<f32>) -> Option<Value> {
    value.map(number)
}

/// A number as people write it.
pub(crate) fn number(value: f32) -> Value {
    value.to_string().parse::<f64>().map_or(Value::Null, Value::from)
}

/// The size as the parameters `width` and `height`.
pub(crate) fn pixels(size: Dimensions) -> [(&'static str, Option<Value>); 2] {
    let Dimensions::Pixels(width, height) = size else {
        return [("width", None), ("height", None)];
    };
    [("width", Some(width.into())), ("height", Some(height.into()))]
}

/// What a call is expected to use: the call itself, and so much of each unit.
pub(crate) fn workload<const N: usize>(quantities: [Quantity; N]) -> Workload {
    let items = [Quantity::exactly(Unit::Request, 1.0)].into_iter().chain(quantities);
    Workload { items: items.collect() }
}

/// The tokens that so many characters are taken to have: a token has seldom more than six characters, and never less than a byte.
pub(crate) fn text_tokens(characters: usize, bytes: u64) -> Quantity {
    Quantity::between(Unit::InputToken, characters as f64 / 6.0, tokens(characters), bytes as f64)
}

/// The tokens of an answer: as many as the request allows, or the model.
pub(crate) fn answer_tokens(usual: u32, most: Option<u32>) -> Quantity {
    let high = most.map_or(f64::INFINITY, f64::from);
    Quantity::between(Unit::OutputToken, 1.0, f64::from(most.unwrap_or(usual).min(usual)), high)
}

/// The pixels of so many pictures of a size that the provider chooses, in millions: from 256 x 256 to 4096 x 4096 each.
pub(crate) fn megapixels(pictures: f64, usual: f64) -> Quantity {
    Quantity::between(Unit::Megapixel, 0.065, pictures * usual, pictures * 16.8)
}

/// Bytes that JSON of so many bytes takes at most when it is read: an object of one member is 7 bytes of JSON, and hundreds
/// in memory.
pub const JSON_GROWTH: u64 = 80;

/// Tokens that a text of so many characters is taken to have: four characters each, as is usual for English.
fn tokens(characters: usize) -> f64 {
    (characters as f64 / 4.0).ceil()
}

/// What a provider returned makes no sense.
pub(crate) fn bad_output(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::BadOutput, message)
}

/// Pictures that a provider made.
pub(crate) fn made_images<'a>(images: impl IntoIterator<Item = &'a Image>, asked: u32) -> Result<()> {
    let mut made = 0_u32;
    for image in images {
        made += 1;
        let media_type = escape(&image.content.media_type, 80);
        if !media_type.starts_with("image/") {
            return Err(bad_output(format!("the provider returned `{media_type}` where a picture was asked for")));
        }
        if image.content.data.is_empty() {
            return Err(bad_output("the provider returned an empty picture"));
        }
    }
    if made == 0 || made > asked {
        return Err(bad_output(format!("the provider returned {made} pictures where {asked} were asked for")));
    }
    Ok(())
}

/// A list that goes with one of the request, entry by entry.
pub(crate) fn same_length(what: &str, returned: usize, asked: usize) -> Result<()> {
    if returned == asked {
        return Ok(());
    }
    Err(bad_output(format!("the provider returned {returned} {what} for {asked} items")))
}

/// A number from 0 to 1.
pub(crate) fn share(what: &str, number: f64) -> Result<()> {
    if (0.0..=1.0).contains(&number) {
        return Ok(());
    }
    Err(bad_output(format!("the provider returned a {what} of {number}, which is not between 0 and 1")))
}

/// What a provider says that it used.
pub(crate) fn usage(usage: &Usage) -> Result<()> {
    if usage.items.iter().all(|item| item.quantity.is_finite() && item.quantity >= 0.0) {
        return Ok(());
    }
    Err(bad_output("the provider returned a usage that is not a number, or negative"))
}
