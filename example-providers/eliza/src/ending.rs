//! Where an answer ends, and the pieces in which it is given.

use crate::words::count;

/// An answer as the caller wants it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    /// Its words, each with the space before it.
    pub(crate) pieces: Vec<String>,
    /// Whether words were left out because there are too many.
    pub(crate) too_long: bool,
}

/// Ends an answer before the first of the stop texts, and after so many words.
pub(crate) fn end(answer: &str, stop: &[String], max_words: Option<u32>) -> Ending {
    // An empty text would stop every answer before it begins.
    let stops = stop.iter().filter(|text| !text.is_empty()).filter_map(|text| answer.find(text.as_str()));
    let kept = stops.min().and_then(|place| answer.get(..place)).unwrap_or(answer);
    let max_words = max_words.and_then(|words| usize::try_from(words).ok()).unwrap_or(usize::MAX);
    Ending { pieces: pieces(kept).into_iter().take(max_words).collect(), too_long: count(kept) > max_words }
}

/// Cuts before each space; an answer of the script has one between words.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        pieces.push(if pieces.is_empty() { word.to_owned() } else { format!(" {word}") });
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(stop: &[&str], max_words: Option<u32>, pieces: &[&str], too_long: bool) {
        let stop: Vec<String> = stop.iter().map(ToString::to_string).collect();
        let pieces = pieces.iter().map(ToString::to_string).collect();
        assert_eq!(end("Please go on now.", &stop, max_words), Ending { pieces, too_long });
    }

    #[test]
    fn words_come_with_the_space_before_them() {
        check(&[], None, &["Please", " go", " on", " now."], false);
        check(&[], Some(4), &["Please", " go", " on", " now."], false);
    }

    #[test]
    fn the_limit_counts_words() {
        check(&[], Some(2), &["Please", " go"], true);
        check(&[], Some(0), &[], true);
    }

    #[test]
    fn the_first_stop_text_ends_it() {
        check(&["now", "o on", ""], None, &["Please", " g"], false);
        check(&["Please"], None, &[], false);
        check(&["elsewhere"], None, &["Please", " go", " on", " now."], false);
        check(&["on"], Some(1), &["Please"], true);
        check(&[" on"], Some(2), &["Please", " go"], false);
    }
}
