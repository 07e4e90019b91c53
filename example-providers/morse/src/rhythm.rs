//! From the lengths of tones and silences to words.

use crate::code;
use crate::key::DOT;
use crate::tone::{Run, TICK};

/// What stands for dots and dashes that are no character.
pub(crate) const UNKNOWN: char = '\u{fffd}';

/// Lengths of a dot that are tried, in ticks, each so many times the one before: 5 to 100 words a minute and some more.
const SHORTEST_UNIT: f64 = 10.0;
const LONGEST_UNIT: f64 = 400.0;
const FINER: f64 = 1.02;

/// Lengths that are looked at to find the unit.
const ENOUGH: usize = 2000;

/// How much a length that is far from usual speaks against it: less than any inaccuracy, so that it decides where both of two
/// would do, as for a lone E or T.
const HABIT: f64 = 1e-4;

/// A word and its time in seconds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) start: f64,
    pub(crate) end: f64,
}

/// The words of tones and silences that come in turn.
pub(crate) fn words(runs: &[Run]) -> Vec<Word> {
    let unit = unit(runs);
    let mut words: Vec<Word> = Vec::new();
    let mut letter = String::new();
    let mut ended = true;
    for (index, run) in runs.iter().enumerate().filter(|(_, run)| run.on) {
        let (start, end) = (run.begin as f64 * TICK, run.end as f64 * TICK);
        if ended {
            words.push(Word { text: String::new(), start, end });
        }
        letter.push(if run.ticks() as f64 > 2.0 * unit { '-' } else { '.' });
        let silence = runs.get(index + 1).map_or(f64::INFINITY, |gap| gap.ticks() as f64);
        ended = silence > 5.0 * unit;
        if let Some(word) = words.last_mut() {
            word.end = end;
            if silence > 2.0 * unit {
                word.text.push(code::decode(&letter).unwrap_or(UNKNOWN));
                letter.clear();
            }
        }
    }
    words
}

/// The length of a dot in ticks: that of which all lengths are nearest to one, three or seven.
fn unit(runs: &[Run]) -> f64 {
    let lengths = |on| {
        let lengths = runs.iter().take(ENOUGH).filter(move |run| run.on == on);
        lengths.map(|run| (run.ticks() as f64).ln()).collect::<Vec<f64>>()
    };
    let (marks, gaps) = (lengths(true), lengths(false));
    let usual = (DOT / TICK).ln();
    let cost = |unit: f64| {
        // A pause may be of any length.
        let gap = |length: f64| off(length - unit, &[1.0, 3.0, 7.0]) * f64::from(length - unit < 7_f64.ln());
        mean(&marks, |length| off(length - unit, &[1.0, 3.0])) + mean(&gaps, gap) + HABIT * (unit - usual).powi(2)
    };
    let mut best = (usual, f64::INFINITY);
    let mut unit = SHORTEST_UNIT.ln();
    while unit < LONGEST_UNIT.ln() {
        let cost = cost(unit);
        if cost < best.1 {
            best = (unit, cost);
        }
        unit += FINER.ln();
    }
    best.0.exp()
}

/// How far a length, as a logarithm, is from the nearest of these, squared.
fn off(length: f64, choices: &[f64]) -> f64 {
    choices.iter().map(|choice| (length - choice.ln()).powi(2)).fold(f64::INFINITY, f64::min)
}

fn mean(lengths: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    lengths.iter().map(|&length| of(length)).sum::<f64>() / lengths.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs of a code with spaces between letters and slashes between words.
    fn runs(code: &str, unit: usize) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        let (mut at, mut gap) = (1000, 0);
        for mark in code.chars() {
            let length = match mark {
                '.' => 1,
                '-' => 3,
                ' ' => {
                    gap = 3;
                    continue;
                }
                _ => {
                    gap = 7;
                    continue;
                }
            };
            if !runs.is_empty() {
                runs.push(Run { on: false, begin: at, end: at + gap * unit });
                at += gap * unit;
            }
            runs.push(Run { on: true, begin: at, end: at + length * unit });
            at += length * unit;
            gap = 1;
        }
        runs
    }

    fn text(runs: &[Run]) -> String {
        words(runs).iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_are_read_at_any_speed() {
        for unit in [13, 15, 60, 200, 390] {
            assert_eq!(text(&runs(".- -... -.-./-.. .", unit)), "ABC DE", "{unit}");
        }
    }

    #[test]
    fn an_uneven_hand_is_read() {
        let mut shift = [0, 9, 4, 14, 6, 11, 2].into_iter().cycle();
        let mut at = 0;
        let uneven: Vec<Run> = runs(".--. .- .-. .. .../... --- ...", 50)
            .iter()
            .map(|run| {
                let begin = at;
                at += run.ticks() + shift.next().unwrap() - 7;
                Run { begin, end: at, ..*run }
            })
            .collect();
        assert_eq!(text(&uneven), "PARIS SOS");
    }

    #[test]
    fn what_could_be_either_is_taken_as_the_usual_speed() {
        assert_eq!(text(&runs(".", 60)), "E");
        assert_eq!(text(&runs("-", 60)), "T");
        assert_eq!(text(&runs("--", 60)), "M");
    }

    #[test]
    fn words_have_their_times() {
        let found = words(&runs(".-/.", 100));
        let expected = [("A", 1.0, 1.5), ("E", 2.2, 2.3)];
        assert_eq!(found.len(), 2);
        for (word, (text, start, end)) in found.iter().zip(expected) {
            assert!(
                word.text == text && (word.start - start).abs() < 1e-9 && (word.end - end).abs() < 1e-9,
                "{word:?}"
            );
        }
    }

    #[test]
    fn an_unknown_code_leaves_a_mark() {
        assert_eq!(text(&runs(".- .-.-.-.- -.", 60)), "A\u{fffd}N");
        assert_eq!(words(&[]), []);
    }
}
