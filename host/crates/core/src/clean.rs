//! What a stranger says beside the result itself: names are quoted and cut, lists are short. Whoever takes a response from
//! a guest does this, wherever the guest runs.

use crate::{
    Image, Media, Result, Unit, Usage, Warning,
    check::bad_output,
    text::{MAX_NAME, MAX_SENTENCE, tidy},
};

/// Most entries of a list beside the result.
const MAX_LIST: usize = 100;

/// A name that a guest chose.
pub(crate) fn name(text: &mut String) {
    tidy(text, MAX_NAME);
}

/// Names that a guest chose.
pub(crate) fn names<'a>(texts: impl IntoIterator<Item = &'a mut String>) {
    texts.into_iter().for_each(name);
}

/// What media from a guest say of themselves.
pub(crate) fn media<'a>(media: impl IntoIterator<Item = &'a mut Media>) {
    names(media.into_iter().map(|media| &mut media.media_type));
}

/// What pictures from a guest say of themselves.
pub(crate) fn images<'a>(images: impl IntoIterator<Item = &'a mut Image>) {
    media(images.into_iter().map(|image| &mut image.content));
}

/// What comes with every response.
///
/// # Errors
///
/// `bad-output` when a list is too long.
pub(crate) fn remarks(usage: &mut Usage, warnings: &mut [Warning]) -> Result<()> {
    bounded(usage.items.len(), "items of usage")?;
    bounded(warnings.len(), "warnings")?;
    for item in &mut usage.items {
        if let Unit::Other(unit) = &mut item.unit {
            name(unit);
        }
    }
    for warning in warnings {
        match warning {
            Warning::IgnoredParameter { name } => names([name]),
            Warning::AdjustedParameter { name, value } => names([name, value]),
            Warning::Note { text } => tidy(text, MAX_SENTENCE),
        }
    }
    Ok(())
}

fn bounded(count: usize, what: &str) -> Result<()> {
    if count <= MAX_LIST {
        return Ok(());
    }
    Err(bad_output(format!("the provider returned {count} {what}, and at most {MAX_LIST} are taken")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Response, UsageItem, chat, text_to_image};

    fn picture(bytes: usize) -> text_to_image::Response {
        let content = Media { media_type: "image/\u{1b}[31m".to_owned(), data: vec![1; bytes] };
        let image = Image { content, width: None, height: None, seed: None, revised_prompt: None };
        text_to_image::Response { images: vec![image], usage: Usage::default(), warnings: vec![] }
    }

    #[test]
    fn what_stands_beside_a_result_is_quoted_and_cut() {
        let bad = "\u{1b}[31m".repeat(1000);
        let usage =
            Usage { items: vec![UsageItem { unit: Unit::from(bad.clone()), quantity: 1.0 }], ..Usage::default() };
        let warnings = vec![
            Warning::IgnoredParameter { name: bad.clone() },
            Warning::AdjustedParameter { name: bad.clone(), value: bad.clone() },
            Warning::Note { text: bad.clone() },
        ];
        let finish_reason = chat::FinishReason::Other(bad.clone());
        let mut answer: Response =
            chat::Response { finish_reason, usage, warnings, ..chat::Response::default() }.into();
        answer.clean().unwrap();
        let said = format!("{answer:?}");
        assert!(!said.contains("\\u{1b}[31m\\u{1b}") && said.len() < 3000, "{said}");
        let once = said;
        answer.clean().unwrap();
        assert_eq!(format!("{answer:?}"), once, "nothing is left to do");

        let mut picture: Response = picture(1).into();
        picture.clean().unwrap();
        assert!(format!("{picture:?}").contains(r"image/\u{1b}[31m"), "{picture:?}");
    }

    #[test]
    fn lists_beside_a_result_are_short() {
        let note = || Warning::Note { text: String::new() };
        for (count, taken) in [(MAX_LIST, true), (MAX_LIST + 1, false)] {
            let of = |warnings| Response::from(text_to_image::Response { warnings, ..picture(1) });
            assert_eq!(of(vec![note(); count]).clean().is_ok(), taken);
            let items = vec![UsageItem { unit: Unit::Image, quantity: 1.0 }; count];
            let usage = Usage { items, ..Usage::default() };
            assert_eq!(Response::from(text_to_image::Response { usage, ..picture(1) }).clean().is_ok(), taken);
        }
    }
}
