//! What a text is made of: words, and pieces of words that a typo or another ending leaves alike.

use twox_hash::XxHash3_64;
use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation as _;

/// A kind of feature. The vectors of a text are the same in all versions, so what is here must not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Whole words.
    Words,
    /// Runs of so many characters within a word, whose begin and end count as a character each.
    Pieces(usize),
}

impl Kind {
    /// All kinds with what one feature of theirs counts. A word of five letters has twelve pieces, so that together they
    /// count about as much as the word.
    pub(crate) const ALL: [(Self, f64); 4] =
        [(Self::Words, 1.0), (Self::Pieces(3), 0.25), (Self::Pieces(4), 0.25), (Self::Pieces(5), 0.25)];

    /// Keeps equal texts of different kinds apart.
    const fn seed(self) -> u64 {
        match self {
            Self::Words => 0,
            Self::Pieces(length) => length as u64,
        }
    }
}

/// The text with such differences gone as people don't see, such as those of case, width and ligatures.
pub(crate) fn fold(text: &str) -> String {
    text.nfkc().collect::<String>().to_lowercase()
}

/// The hash of a whole text as if it were a word.
pub(crate) fn whole(folded: &str) -> u64 {
    hash(Kind::Words, folded.trim())
}

/// The hashes of all features of a kind, in ascending order, equal ones beside each other.
pub(crate) fn hashes(folded: &str, kind: Kind) -> Vec<u64> {
    let mut hashes = Vec::new();
    for word in folded.unicode_words() {
        match kind {
            Kind::Words => hashes.push(hash(kind, word)),
            Kind::Pieces(length) => {
                // No word has such characters in it.
                let framed = format!("<{word}>");
                let starts = framed.char_indices().map(|(start, _)| start);
                let ends = starts.clone().skip(length).chain([framed.len()]);
                let count = framed.chars().count().saturating_sub(length - 1);
                hashes.extend(
                    starts.zip(ends).take(count).filter_map(|(from, to)| Some(hash(kind, framed.get(from..to)?))),
                );
            }
        }
    }
    hashes.sort_unstable();
    hashes
}

fn hash(kind: Kind, text: &str) -> u64 {
    XxHash3_64::oneshot_with_seed(kind.seed(), text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(kind: Kind, texts: &[&str]) -> Vec<u64> {
        let mut hashes: Vec<u64> = texts.iter().map(|text| hash(kind, text)).collect();
        hashes.sort_unstable();
        hashes
    }

    #[test]
    fn words_are_folded_and_without_punctuation() {
        assert_eq!(
            hashes(&fold("The Fox, the ﬁsh!"), Kind::Words),
            sorted(Kind::Words, &["the", "fox", "the", "fish"])
        );
    }

    #[test]
    fn pieces_know_where_a_word_begins_and_ends() {
        let three = Kind::Pieces(3);
        assert_eq!(hashes("fox", three), sorted(three, &["<fo", "fox", "ox>"]));
        assert_eq!(hashes("a bär", three), sorted(three, &["<a>", "<bä", "bär", "är>"]));
        assert_eq!(hashes("fox", Kind::Pieces(5)), sorted(Kind::Pieces(5), &["<fox>"]));
        assert!(hashes("a", Kind::Pieces(5)).is_empty(), "shorter than a piece");
    }

    #[test]
    fn kinds_are_apart() {
        assert_ne!(hash(Kind::Words, "fox"), hash(Kind::Pieces(3), "fox"));
    }
}
