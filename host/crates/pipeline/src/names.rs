//! Names that are not known, with those that are.

use palisade::text::{escape, nearest};

/// Longest name that is repeated, in characters.
const SHOWN: usize = 64;

/// `` `promt`; did you mean `prompt`? known: … ``
pub(crate) fn unknown<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let shown = escape(name, SHOWN);
    if known.is_empty() {
        return format!("`{shown}`; there is none");
    }
    let guess =
        nearest(name, known.iter().copied()).map_or_else(String::new, |name| format!("did you mean `{name}`? "));
    format!("`{shown}`; {guess}known: {}", known.join(", "))
}

/// `known: image, images`
pub(crate) fn known<'a>(known: impl IntoIterator<Item = &'a str>) -> String {
    format!("known: {}", known.into_iter().collect::<Vec<_>>().join(", "))
}
