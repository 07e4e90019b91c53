//! Code 128: any text, in three sets of characters.

use std::sync::LazyLock;

use super::bars::{Bars, Symbol, distance, nearest, total};

/// Widths of all code words, six digits each. The last is the stop, which ends with one more bar, two modules wide.
const WORDS: &str = "\
    212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 \
    112232 122132 122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 \
    311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 \
    112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 \
    313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 \
    314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 \
    122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 \
    124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 \
    114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 233111";

/// The same as numbers.
static PATTERNS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    WORDS.split(' ').map(|word| word.bytes().map(|digit| digit.wrapping_sub(b'0')).collect()).collect()
});

const SHIFT: u8 = 98;
const TO_C: u8 = 99;
const TO_B: u8 = 100;
const TO_A: u8 = 101;
const FUNCTION_1: u8 = 102;
const START_A: u8 = 103;
const START_B: u8 = 104;
const START_C: u8 = 105;
const STOP: usize = 106;

/// As far as a pattern may be off: there are many of them, and they are alike.
const MOST: f32 = 0.25;

/// Modules of white before and after that are enough, though more is printed.
const QUIET: f32 = 5.0;

/// The sets of characters.
#[derive(Clone, Copy, PartialEq)]
enum Set {
    /// Capitals and control characters.
    A,
    /// Capitals and small letters.
    B,
    /// Pairs of digits.
    C,
}

/// Reads the code that begins here.
pub(super) fn read(bars: &Bars<'_>) -> Option<Symbol> {
    // Most bars begin nothing. All starts begin with the same, so that not all words need be compared to know.
    let start = bars.widths.get(..6)?;
    let module = total(start) / 11.0;
    if !bars.is_quiet_before(QUIET * module) {
        return None;
    }
    distance(bars.widths.get(..3)?, &[2, 1, 1]).filter(|&off| off <= 2.0 * MOST)?;
    let mut words = Vec::new();
    for widths in bars.widths.chunks_exact(6) {
        // Each word is as wide as the others.
        if (total(widths) / module - 11.0).abs() > 2.0 {
            return None;
        }
        let word = nearest(widths, PATTERNS.iter().map(Vec::as_slice), MOST)?;
        if word == STOP {
            let count = (words.len() + 1) * 6 + 1;
            let last = total(bars.widths.get(count - 1..count)?) / module;
            let ends = (1.0..3.5).contains(&last) && bars.is_quiet_after(count, QUIET * module);
            return ends.then(|| text(&words)).flatten().map(|text| Symbol { kind: "code-128", text, widths: count });
        }
        words.push(u8::try_from(word).ok()?);
        if words.len() == 1 && word < START_A.into() {
            return None;
        }
    }
    None
}

/// What the words say, when their checksum, the last of them, is right.
fn text(words: &[u8]) -> Option<String> {
    let (check, words) = words.split_last()?;
    let (start, data) = words.split_first()?;
    let sum: u32 = (1..).zip(data).map(|(place, &word)| place * u32::from(word)).sum();
    if (u32::from(*start) + sum) % 103 != u32::from(*check) || data.is_empty() {
        return None;
    }
    let mut set = match *start {
        START_A => Set::A,
        START_B => Set::B,
        START_C => Set::C,
        _ => return None,
    };
    let mut text = String::new();
    let mut shifted = None;
    for (place, &word) in data.iter().enumerate() {
        let now = shifted.take().unwrap_or(set);
        match (now, word) {
            (Set::C, 0..=99) => text.push_str(&format!("{word:02}")),
            (Set::A, 64..=95) => text.push(char::from(word - 64)),
            (Set::A | Set::B, 0..=95) => text.push(char::from(word + b' ')),
            (Set::A, SHIFT) => shifted = Some(Set::B),
            (Set::B, SHIFT) => shifted = Some(Set::A),
            (Set::A | Set::B, TO_C) => set = Set::C,
            (Set::A | Set::C, TO_B) => set = Set::B,
            (Set::B | Set::C, TO_A) => set = Set::A,
            // At the beginning it says that this is GS1; later, it ends a field.
            (_, FUNCTION_1) if place == 0 => {}
            (_, FUNCTION_1) => text.push('\u{1d}'),
            // The other functions are for machines that nobody has, and a start in the middle is an error.
            _ => return None,
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(mut words: Vec<u8>) -> Option<String> {
        let sum: u32 = (1..).zip(&words[1..]).map(|(place, &word): (u32, _)| place * u32::from(word)).sum();
        words.push(((u32::from(words[0]) + sum) % 103) as u8);
        text(&words)
    }

    #[test]
    fn there_is_a_pattern_for_every_word() {
        let words: Vec<_> = WORDS.split(' ').collect();
        assert_eq!(words.len(), STOP + 1);
        for word in words {
            assert_eq!(word.len(), 6);
            assert_eq!(word.bytes().map(|digit| digit - b'0').sum::<u8>(), 11);
        }
    }

    #[test]
    fn sets_change() {
        assert_eq!(checked(vec![START_B, 33, 65, TO_C, 12, 7, TO_A, 33, 65]).unwrap(), "Aa1207A\u{1}");
        assert_eq!(checked(vec![START_A, SHIFT, 65, 33]).unwrap(), "aA", "a shift is for one");
        assert_eq!(checked(vec![START_C, FUNCTION_1, 1, FUNCTION_1, 2]).unwrap(), "01\u{1d}02");
    }

    #[test]
    fn what_makes_no_sense_is_not_read() {
        assert_eq!(checked(vec![START_B]), None, "empty");
        assert_eq!(checked(vec![START_B, 33, START_A]), None);
        assert_eq!(text(&[START_B, 33, 35]), None, "the checksum is wrong");
        assert_eq!(text(&[]), None);
    }
}
