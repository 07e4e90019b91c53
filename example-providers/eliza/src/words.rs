//! What is said, as clauses of words.

/// Nobody wants more words than this echoed.
const MAX_CLAUSE: usize = 40;

/// A word of a clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// As it was written.
    pub(crate) text: String,
    /// In lower case, to compare.
    pub(crate) key: String,
}

impl Word {
    /// A word as somebody wrote it.
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), key: text.to_lowercase() }
    }
}

/// Splits at punctuation and at "but", and drops what is empty. As in 1966, a clause is answered alone.
pub(crate) fn clauses(text: &str) -> Vec<Vec<Word>> {
    let text = text.replace('’', "'");
    // Who shouts is answered in a normal voice.
    let shouted = !text.chars().any(char::is_lowercase);
    let text = if shouted { text.to_lowercase() } else { text };
    text.split(ends_clause).flat_map(|part| split_at_but(words(part))).filter(|clause| !clause.is_empty()).collect()
}

/// Number of words, which is what ELIZA has for tokens.
pub(crate) fn count(text: &str) -> usize {
    text.split_whitespace().count()
}

fn ends_clause(character: char) -> bool {
    matches!(character, '.' | ',' | ';' | ':' | '!' | '?' | '(' | ')' | '\n' | '—' | '…')
}

fn words(part: &str) -> Vec<Word> {
    let kept = |character: char| character.is_alphanumeric() || matches!(character, '\'' | '-');
    let words = part.split(|character| !kept(character)).map(|word| word.trim_matches(['\'', '-']));
    let mut words: Vec<Word> = words.filter(|word| !word.is_empty()).map(Word::new).collect();
    // The capital of a sentence would look odd in the middle of an answer.
    if let Some(first) = words.first_mut() {
        first.text.clone_from(&first.key);
    }
    words
}

fn split_at_but(words: Vec<Word>) -> Vec<Vec<Word>> {
    words.split(|word| word.key == "but").map(|clause| clause.iter().take(MAX_CLAUSE).cloned().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let join = |clause: Vec<Word>| clause.into_iter().map(|word| word.text).collect::<Vec<_>>().join(" ");
        assert_eq!(clauses(text).into_iter().map(join).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn clauses_end_at_punctuation_and_but() {
        check("Well, I like Paris but it’s far. (Too far!)", &["well", "i like Paris", "it's far", "too far"]);
        check("?! ... but - '", &[]);
        check("HELP ME", &["help me"]);
    }

    #[test]
    fn endless_clauses_are_cut() {
        assert_eq!(clauses(&"word ".repeat(1000))[0].len(), MAX_CLAUSE);
    }
}
