//! Words in the form under which they are compared.

use std::fmt;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_segmentation::UnicodeSegmentation as _;

/// Snowball's algorithms by the name of the language.
const ALGORITHMS: [(&str, Algorithm); 18] = [
    ("arabic", Algorithm::Arabic),
    ("danish", Algorithm::Danish),
    ("dutch", Algorithm::Dutch),
    ("english", Algorithm::English),
    ("finnish", Algorithm::Finnish),
    ("french", Algorithm::French),
    ("german", Algorithm::German),
    ("greek", Algorithm::Greek),
    ("hungarian", Algorithm::Hungarian),
    ("italian", Algorithm::Italian),
    ("norwegian", Algorithm::Norwegian),
    ("portuguese", Algorithm::Portuguese),
    ("romanian", Algorithm::Romanian),
    ("russian", Algorithm::Russian),
    ("spanish", Algorithm::Spanish),
    ("swedish", Algorithm::Swedish),
    ("tamil", Algorithm::Tamil),
    ("turkish", Algorithm::Turkish),
];

/// Words are compared as they are.
const NONE: &str = "none";

/// Longer than any word of these languages. The algorithms copy a word for each change, which takes too long for what an
/// attacker makes.
const MAX_STEMMED_BYTES: usize = 128;

/// What forms of a word count as the same.
pub(crate) struct Language(Option<Stemmer>);

impl Language {
    /// The language of this name; none when it is not known.
    pub(crate) fn named(name: &str) -> Option<Self> {
        if name == NONE {
            return Some(Self(None));
        }
        let (_, algorithm) = ALGORITHMS.into_iter().find(|&(known, _)| known == name)?;
        Some(Self(Some(Stemmer::create(algorithm))))
    }

    /// All names.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        std::iter::once(NONE).chain(ALGORITHMS.map(|(name, _)| name))
    }

    /// The words of a text, in small letters and without their endings.
    pub(crate) fn words(&self, text: &str) -> impl Iterator<Item = String> {
        text.unicode_words().map(|word| {
            let word = word.to_lowercase();
            match &self.0 {
                Some(stemmer) if word.len() <= MAX_STEMMED_BYTES => stemmer.stem(&word).into_owned(),
                _ => word,
            }
        })
    }
}

impl Default for Language {
    fn default() -> Self {
        Self(Some(Stemmer::create(Algorithm::English)))
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Language").field("stems", &self.0.is_some()).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(language: &str, text: &str) -> Vec<String> {
        Language::named(language).unwrap().words(text).collect()
    }

    #[test]
    fn words_lose_case_punctuation_and_endings() {
        assert_eq!(words("none", "Running, the FOX's runs!"), ["running", "the", "fox's", "runs"]);
        assert_eq!(words("english", "Running, the FOX's runs!"), ["run", "the", "fox", "run"]);
        assert_eq!(words("german", "Häuser"), ["haus"]);
    }

    #[test]
    fn what_is_no_word_stays_as_it_is() {
        let long = "y".repeat(100_000);
        assert_eq!(words("english", &long), [long]);
    }

    #[test]
    fn no_language_is_unknown_to_itself() {
        assert!(Language::names().all(|name| Language::named(name).is_some()));
        assert!(Language::named("klingon").is_none());
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in "[a-zß-ğα-ω\u{430}-\u{451}\u{620}-\u{652}\u{b85}-\u{bcd}' ]{0,60}|\\PC{0,40}") {
            for name in Language::names() {
                let count = words(name, &text).len();
                prop_assert_eq!(count, words("none", &text).len(), "{}", name);
            }
        }
    }
}
