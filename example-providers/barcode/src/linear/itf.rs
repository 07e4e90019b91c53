//! Interleaved two of five: pairs of digits, for boxes.

use super::bars::{Bars, Symbol, distance, total, wide};

/// The bits of the wide bars, or spaces, of each digit: two of five.
const DIGITS: [u32; 10] = [0b00110, 0b10001, 0b01001, 0b11000, 0b00101, 0b10100, 0b01100, 0b00011, 0b10010, 0b01010];

/// Fewer digits are too easily found where there are none: there is no checksum.
const LEAST_DIGITS: usize = 6;

/// Narrow bars of white before and after. A line that leaves the code sideways sees less than that.
const QUIET: f32 = 6.0;

/// Reads the code that begins here.
pub(super) fn read(bars: &Bars<'_>) -> Option<Symbol> {
    let start = bars.widths.get(..4)?;
    let narrow = total(start) / 4.0;
    if !bars.is_quiet_before(QUIET * narrow) || distance(start, &[1; 4])? > 0.3 {
        return None;
    }
    let mut text = String::new();
    for (pairs, widths) in (0..).zip(bars.widths.get(4..)?.chunks(10)) {
        let end = 4 + pairs * 10 + 3;
        if ends(widths, narrow) && bars.is_quiet_after(end, QUIET * narrow) {
            return (text.len() >= LEAST_DIGITS).then_some(Symbol { kind: "itf", text, widths: end });
        }
        if widths.len() < 10 {
            return None;
        }
        for first in [0, 1] {
            let bits = wide(widths.iter().copied().skip(first).step_by(2), 2)?;
            let digit = DIGITS.iter().position(|&own| own == bits)?;
            text.push(char::from_digit(u32::try_from(digit).ok()?, 10)?);
        }
    }
    None
}

/// A wide bar, a narrow space and a narrow bar.
fn ends(widths: &[u32], narrow: f32) -> bool {
    let modules = |index: usize| widths.get(index..=index).map_or(0.0, total) / narrow;
    (1.6..4.0).contains(&modules(0)) && (0.4..1.6).contains(&modules(1)) && (0.4..1.6).contains(&modules(2))
}
