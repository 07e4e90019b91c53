//! Texts in the form in which they are compared.
//!
//! The words stand between spaces, and letters that repeat stand once, beside how often they do: so that `fuuuck` and
//! `fuck` look alike, while `as` and `ass`, which look alike too, can still be told apart.

use crate::character::{Role, fold, letter};

/// As many single letters in a row are a word that was spaced out.
const SPACED_OUT: usize = 3;

/// No more than this stands between the letters of such a word.
const MAX_GAP: usize = 2;

/// Stands between the text and what else it might say. No word has it.
const BREAK: u8 = b'|';

/// A text as it is compared.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Skeleton {
    /// The words, with a space before and after each.
    pub(crate) bytes: Vec<u8>,
    /// For each byte, how often its character stands in a row, up to 255.
    pub(crate) runs: Vec<u8>,
    /// Whether a 1 stands for a letter, which may be i or l.
    pub(crate) ambiguous: bool,
}

impl Skeleton {
    /// The form of this text, where 1 is used for the letter `one`.
    pub(crate) fn of(text: &str, one: char) -> Self {
        let skeleton = Self {
            bytes: Vec::with_capacity(text.len() + 2),
            runs: Vec::with_capacity(text.len() + 2),
            ambiguous: false,
        };
        let mut reader = Reader { skeleton, one, word: Vec::new(), gap: 0, singles: Vec::new(), also: Vec::new() };
        reader.push(b' ');
        for character in text.chars() {
            fold(character, |role| reader.read(role));
        }
        reader.finish()
    }

    /// How many bytes the text itself takes, without what else it might say.
    pub(crate) fn text_length(&self) -> usize {
        self.bytes.iter().position(|&byte| byte == BREAK).unwrap_or(self.bytes.len())
    }

    /// Whether these runs are meant by those at this place: as many, or stretched, which takes three letters.
    pub(crate) fn runs_mean(&self, place: usize, meant: &[u8]) -> bool {
        let runs = self.runs.get(place..).and_then(|runs| runs.get(..meant.len()));
        runs.is_some_and(|runs| runs.iter().zip(meant).all(|(run, meant)| run == meant || (*run >= 3 && run >= meant)))
    }
}

struct Reader {
    skeleton: Skeleton,
    one: char,
    /// The word so far.
    word: Vec<char>,
    /// Characters since the last word.
    gap: usize,
    /// Words of one letter that came last.
    singles: Vec<char>,
    /// Words that the text might say as well.
    also: Vec<Vec<char>>,
}

impl Reader {
    fn read(&mut self, role: Role) {
        match role {
            Role::Word(character) => {
                if self.word.is_empty() && self.gap > MAX_GAP {
                    self.end_singles();
                }
                self.gap = 0;
                self.word.push(character);
            }
            Role::Nothing => {}
            Role::Gap => {
                self.end_word();
                self.gap = self.gap.saturating_add(1);
            }
        }
    }

    fn finish(mut self) -> Skeleton {
        self.end_word();
        self.end_singles();
        for word in std::mem::take(&mut self.also) {
            self.push(BREAK);
            self.push(b' ');
            self.write(&word);
        }
        self.skeleton
    }

    fn end_word(&mut self) {
        if let &[single] = self.word.as_slice() {
            self.singles.push(single);
        } else if !self.word.is_empty() {
            self.end_singles();
            let word = std::mem::take(&mut self.word);
            self.write(&word);
            // Its memory is used for the next word.
            self.word = word;
        }
        self.word.clear();
    }

    /// Joins single letters, or writes them as they are when they are too few.
    fn end_singles(&mut self) {
        let singles = std::mem::take(&mut self.singles);
        if singles.len() < SPACED_OUT {
            singles.iter().for_each(|single| self.write(std::slice::from_ref(single)));
            return;
        }
        // "A" and "I" are words too: "you are a b a d ..." is spaced out from the second letter on.
        if let Some((&'a' | &'i', rest)) = singles.split_first()
            && rest.len() >= SPACED_OUT
        {
            self.also.push(rest.to_vec());
        }
        self.write(&singles);
    }

    /// Adds a word. Digits and signs stand for letters where there is a letter beside them; "455" is a number.
    fn write(&mut self, word: &[char]) {
        let disguised = word.iter().any(|character| character.is_alphabetic());
        let mut last = None;
        for &character in word {
            let letter = if disguised { letter(character, self.one) } else { character };
            self.skeleton.ambiguous |= disguised && character == '1';
            if last == Some(letter) {
                self.repeat(letter);
            } else if let Ok(byte) = u8::try_from(letter)
                && byte.is_ascii()
            {
                self.push(byte);
            } else {
                letter.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| self.push(byte));
            }
            last = Some(letter);
        }
        self.push(b' ');
    }

    /// Counts the last letter once more.
    fn repeat(&mut self, letter: char) {
        for run in self.skeleton.runs.iter_mut().rev().take(letter.len_utf8()) {
            *run = run.saturating_add(1);
        }
    }

    fn push(&mut self, byte: u8) {
        self.skeleton.bytes.push(byte);
        self.skeleton.runs.push(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words with the number of each letter that stands in a row: `fu3ck`.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let skeleton = Skeleton::of(text, 'i');
        let characters = std::str::from_utf8(&skeleton.bytes).unwrap().char_indices();
        let shown: String = characters
            .map(|(place, character)| match skeleton.runs[place] {
                1 => character.to_string(),
                run => format!("{character}{run}"),
            })
            .collect();
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn letters_that_repeat_are_counted() {
        check("Fuuuck, as ASS!", " fu3ck as as2 ");
        check("", " ");
        check("日日本", " 日2本 ");
    }

    #[test]
    fn digits_beside_letters_are_letters() {
        check("@55h0l3 b1tch", " as2hole bitch ");
        check("455 $5 100%", " 452 $5 102 ");
    }

    #[test]
    fn one_is_two_letters() {
        assert!(Skeleton::of("k1ll", 'i').ambiguous && !Skeleton::of("11 kill", 'i').ambiguous);
        assert_eq!(Skeleton::of("ho1e", 'l').bytes, b" hole ");
    }

    #[test]
    fn what_is_spaced_out_is_joined() {
        check("f.u.c-k it", " fuck it ");
        check("f u u u c k", " fu3ck ");
        check("such a b i t c h", " such abitch | bitch ");
        check("i b and a c", " i b and a c ");
        check("a    b    c", " a b c ");
    }

    #[test]
    fn stretching_takes_three() {
        let means = |text: &str, term: &str| Skeleton::of(text, 'i').runs_mean(0, &Skeleton::of(term, 'i').runs);
        assert!(means("ass", "ass") && means("asss", "ass") && means("aaass", "ass"));
        assert!(!means("as", "ass") && !means("aass", "ass") && !means("tool", "tol"));
        assert!(!means("a", "as"), "shorter than the term");
    }
}
