//! Counts of words and lines.

/// Counts words as they come in pieces: what stands between white space and has a letter or a digit.
#[derive(Debug, Default)]
pub(crate) struct WordCounter {
    /// Words so far.
    pub(crate) count: usize,
    /// Whether the word that the last piece ended in was counted.
    counted: bool,
}

impl WordCounter {
    /// Adds a piece; a word may go on in the next.
    pub(crate) fn add(&mut self, piece: &str) {
        for character in piece.chars() {
            if character.is_whitespace() {
                self.counted = false;
            } else if !self.counted && character.is_alphanumeric() {
                self.count += 1;
                self.counted = true;
            }
        }
    }

    /// Ends the word.
    pub(crate) fn end_word(&mut self) {
        self.counted = false;
    }
}

/// Numbers the lines of a text, for places that come in order.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    text: &'a [u8],
    place: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    /// Begins at the first line, which is 1.
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text: text.as_bytes(), place: 0, line: 1 }
    }

    /// The line of a place that is not before the last one. A line ends with LF, CR or both.
    pub(crate) fn at(&mut self, place: usize) -> usize {
        let passed = self.text.get(self.place..place).unwrap_or_default();
        let next = passed.iter().skip(1).chain(self.text.get(place));
        let pairs = passed.iter().zip(next.map(Some).chain([None]));
        self.line += pairs.filter(|&(&byte, next)| byte == b'\n' || (byte == b'\r' && next != Some(&b'\n'))).count();
        self.place = self.place.max(place);
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_on_across_pieces() {
        let mut counter = WordCounter::default();
        for piece in ["one tw", "o — ", "three", "!", " \u{a0}4 & "] {
            counter.add(piece);
        }
        assert_eq!(counter.count, 4);
        counter.add("a");
        counter.end_word();
        counter.add("b");
        assert_eq!(counter.count, 6);
    }

    #[test]
    fn lines_end_in_three_ways() {
        let mut lines = Lines::new("a\nb\r\nc\rd\n");
        assert_eq!([0, 1, 2, 3, 4, 5, 7, 9].map(|place| lines.at(place)), [1, 1, 2, 2, 2, 3, 4, 5]);
        assert_eq!(lines.at(100), 5);
    }
}
