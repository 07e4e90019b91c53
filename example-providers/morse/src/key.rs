//! Text to sound.

use crate::code;

/// Samples a second of the sound.
pub(crate) const RATE: u32 = 8000;

/// Seconds that a dot takes at 20 words a minute, a word being PARIS.
pub(crate) const DOT: f64 = 0.06;

/// Samples over which a tone swells and fades, lest it click.
const EDGE: usize = 40;

/// Units of silence after an element, a character and a word. A unit is as long as a dot.
const GAPS: [usize; 3] = [1, 3, 7];

/// Loud, with room for whoever mixes it with something.
const AMPLITUDE: f64 = 0.6 * i16::MAX as f64;

/// A character to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    code: &'static str,
    ends_word: bool,
}

impl Letter {
    /// Length in units, with the silence after it.
    fn units(self) -> usize {
        let marks: usize = self.code.chars().map(|mark| if mark == '-' { 3 } else { 1 }).sum();
        let [between, letter, word] = GAPS;
        marks + between * (self.code.len() - 1) + if self.ends_word { word } else { letter }
    }
}

/// The characters of a text that have a code, and those that have none, each once.
pub(crate) fn letters(text: &str) -> (Vec<Letter>, Vec<char>) {
    let (mut letters, mut without) = (Vec::new(), Vec::new());
    for word in text.split_whitespace() {
        let begin = letters.len();
        for character in word.chars() {
            match code::encode(character) {
                Some(code) => letters.push(Letter { code, ends_word: false }),
                None if without.contains(&character) => {}
                None => without.push(character),
            }
        }
        if let Some(last) = letters.get_mut(begin..).and_then(<[Letter]>::last_mut) {
            last.ends_word = true;
        }
    }
    (letters, without)
}

/// Makes the sound of letters, 16 bits little-endian a sample.
#[derive(Debug)]
pub(crate) struct Keyer {
    unit: usize,
    dot: Vec<u8>,
    dash: Vec<u8>,
}

impl Keyer {
    /// At so many times 20 words a minute, with a tone of so many hertz.
    pub(crate) fn new(speed: f64, tone: f64) -> Self {
        let unit = ((DOT / speed * f64::from(RATE)).round() as usize).max(EDGE + 1);
        Self { unit, dot: mark(unit, tone), dash: mark(3 * unit, tone) }
    }

    /// Samples that the letters take.
    pub(crate) fn samples(&self, letters: &[Letter]) -> usize {
        letters.iter().map(|letter| letter.units()).sum::<usize>() * self.unit
    }

    /// A letter and the silence after it.
    pub(crate) fn sound(&self, letter: Letter) -> Vec<u8> {
        let [between, after_letter, after_word] = GAPS;
        let mut bytes = Vec::with_capacity(letter.units() * self.unit * 2);
        let mut marks = letter.code.chars().peekable();
        while let Some(mark) = marks.next() {
            bytes.extend(if mark == '-' { &self.dash } else { &self.dot });
            let gap = match marks.peek() {
                Some(_) => between,
                None if letter.ends_word => after_word,
                None => after_letter,
            };
            // The tone has taken the first bit of the silence to fade.
            bytes.resize(bytes.len() + 2 * (gap * self.unit - EDGE), 0);
        }
        bytes
    }
}

/// A tone that is at half its strength for exactly so many samples, since that is where a listener draws the line.
fn mark(samples: usize, tone: f64) -> Vec<u8> {
    use std::f64::consts::{PI, TAU};
    let all = samples + EDGE;
    (0..all)
        .flat_map(|index| {
            let inside = index.min(all - 1 - index).min(EDGE) as f64 / EDGE as f64;
            let swell = (1.0 - (PI * inside).cos()) / 2.0;
            let sample = AMPLITUDE * swell * (TAU * tone * index as f64 / f64::from(RATE)).sin();
            (sample.round() as i16).to_le_bytes()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_times_paris_takes_a_minute() {
        let (letters, without) = letters(&"Paris ".repeat(20));
        assert!(without.is_empty());
        assert_eq!(Keyer::new(1.0, 600.0).samples(&letters), 60 * RATE as usize);
        assert_eq!(Keyer::new(2.0, 600.0).samples(&letters), 30 * RATE as usize);
    }

    #[test]
    fn a_letter_takes_what_was_computed() {
        for (speed, tone) in [(0.25, 440.0), (1.0, 600.0), (3.3, 880.0), (4.0, 600.0)] {
            let keyer = Keyer::new(speed, tone);
            for letter in letters("e T\nQ-").0 {
                assert_eq!(keyer.sound(letter).len(), 2 * keyer.samples(&[letter]), "{letter:?} at {speed}");
            }
        }
    }

    #[test]
    fn the_last_letter_of_a_word_is_followed_by_more_silence() {
        let (letters, without) = letters(" ab%\u{3000}%c ");
        assert_eq!(letters.iter().map(|letter| letter.ends_word).collect::<Vec<_>>(), [false, true, true]);
        assert_eq!(without, ['%']);
        assert_eq!(letters.iter().map(|letter| letter.units()).collect::<Vec<_>>(), [8, 16, 18]);
    }

    #[test]
    fn tones_begin_and_end_softly() {
        let tone = mark(480, 600.0);
        let samples: Vec<i16> = tone.chunks_exact(2).map(|bytes| i16::from_le_bytes([bytes[0], bytes[1]])).collect();
        assert_eq!(samples.len(), 520);
        let step = samples.windows(2).map(|pair| pair[0].abs_diff(pair[1])).max().unwrap();
        assert!(samples[0] == 0 && samples[519].abs() < 100 && step < 10_000, "{step}");
        assert!(*samples.iter().max().unwrap() > 19_000);
    }
}
