//! Words that are read or said as others.

use crate::words::Word;

/// Stands for the end of the text in what is replaced.
const END: &str = "$";

/// Replaces words by others, the longest that fit first.
#[derive(Debug, Default)]
pub(crate) struct Substitutions(Vec<(Vec<String>, Vec<Word>)>);

impl Substitutions {
    /// Adds `what is replaced = what replaces it`; none when a side is missing.
    pub(crate) fn add(&mut self, rule: &str) -> Option<()> {
        let (from, to) = rule.split_once(" = ")?;
        let from: Vec<String> = from.split_whitespace().map(str::to_owned).collect();
        let shorter = |(other, _): &(Vec<String>, _)| other.len() < from.len();
        let place = self.0.iter().position(shorter).unwrap_or(self.0.len());
        self.0.insert(place, (from, to.split_whitespace().map(Word::new).collect()));
        Some(())
    }

    /// Replaces in one pass, so that what was put in is left alone.
    pub(crate) fn apply(&self, mut words: &[Word]) -> Vec<Word> {
        let mut done = Vec::with_capacity(words.len());
        while let Some((word, rest)) = words.split_first() {
            let found = self.0.iter().find_map(|(from, to)| Some((after(from, words)?, to)));
            if let Some((after, to)) = found {
                done.extend_from_slice(to);
                words = after;
            } else {
                done.push(word.clone());
                words = rest;
            }
        }
        done
    }
}

/// What is left of the words after these.
fn after<'a>(from: &[String], mut words: &'a [Word]) -> Option<&'a [Word]> {
    for wanted in from {
        if wanted == END {
            return words.is_empty().then_some(words);
        }
        let (word, rest) = words.split_first()?;
        words = (word.key == *wanted).then_some(rest)?;
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_fits_and_nothing_is_replaced_twice() {
        let mut rules = Substitutions::default();
        for rule in ["i = you", "you = I", "i am = you are", "you $ = me"] {
            rules.add(rule).unwrap();
        }
        assert_eq!(rules.add("nothing"), None);
        let said: Vec<Word> = "I am as you know when I see you".split(' ').map(Word::new).collect();
        let texts: Vec<String> = rules.apply(&said).into_iter().map(|word| word.text).collect();
        assert_eq!(texts.join(" "), "you are as I know when you see me");
    }
}
