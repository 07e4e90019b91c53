//! EAN-13, UPC-A and EAN-8: the codes of things that are sold.

use super::bars::{Bars, Symbol, distance, nearest, total};

/// Widths of the digits with odd parity; those with even parity are these backwards.
const DIGITS: [[u8; 4]; 10] = [
    [3, 2, 1, 1],
    [2, 2, 2, 1],
    [2, 1, 2, 2],
    [1, 4, 1, 1],
    [1, 1, 3, 2],
    [1, 2, 3, 1],
    [1, 1, 1, 4],
    [1, 3, 1, 2],
    [1, 2, 1, 3],
    [3, 1, 1, 2],
];

/// Which of the left six digits have even parity, by the first digit, which has no bars of its own.
const PARITIES: [u32; 10] =
    [0b000000, 0b001011, 0b001101, 0b001110, 0b010011, 0b011001, 0b011100, 0b010101, 0b010110, 0b011010];

/// As far as a pattern may be off: there are few of them.
const MOST: f32 = 0.48;

/// Modules of white before and after that are enough, though more is printed.
const QUIET: f32 = 4.0;

/// Reads the code that begins here.
pub(super) fn read(bars: &Bars<'_>) -> Option<Symbol> {
    let module = total(bars.widths.get(..3)?) / 3.0;
    // The guard is short, and so its width is only about right.
    if !bars.is_quiet_before(QUIET * module / 1.5) {
        return None;
    }
    guard(bars.widths, 0, 3)?;
    let (digits, widths) = thirteen(bars).map(|digits| (digits, 59)).or_else(|| Some((eight(bars)?, 43)))?;
    if !checks(&digits) {
        return None;
    }
    let digit = |digit: &u8| char::from(b'0' + digit);
    let (kind, digits) = match digits.as_slice() {
        // As the world writes what America did first.
        [0, rest @ ..] if widths == 59 => ("upc-a", rest),
        all if widths == 59 => ("ean-13", all),
        all => ("ean-8", all),
    };
    Some(Symbol { kind, text: digits.iter().map(digit).collect(), widths })
}

fn thirteen(bars: &Bars<'_>) -> Option<Vec<u8>> {
    let module = frame(bars, 59, 95.0)?;
    guard(bars.widths, 27, 5)?;
    guard(bars.widths, 56, 3)?;
    let (left, parity) = digits(bars.widths.get(3..27)?, module)?;
    let (right, none) = digits(bars.widths.get(32..56)?, module)?;
    let first = u8::try_from(PARITIES.iter().position(|&it| it == parity)?).ok()?;
    (none == 0).then(|| [vec![first], left, right].concat())
}

fn eight(bars: &Bars<'_>) -> Option<Vec<u8>> {
    let module = frame(bars, 43, 67.0)?;
    guard(bars.widths, 19, 5)?;
    guard(bars.widths, 40, 3)?;
    let (left, parity) = digits(bars.widths.get(3..19)?, module)?;
    let (right, none) = digits(bars.widths.get(24..40)?, module)?;
    (parity == 0 && none == 0).then(|| [left, right].concat())
}

/// Width of a module, when there is white around so many widths.
fn frame(bars: &Bars<'_>, widths: usize, modules: f32) -> Option<f32> {
    let module = total(bars.widths.get(..widths)?) / modules;
    (bars.is_quiet_before(QUIET * module) && bars.is_quiet_after(widths, QUIET * module)).then_some(module)
}

fn guard(widths: &[u32], start: usize, count: usize) -> Option<()> {
    let off = distance(widths.get(start..start + count)?, [1; 5].get(..count)?)?;
    (off <= MOST).then_some(())
}

/// The digits, and which of them have even parity, as bits.
fn digits(widths: &[u32], module: f32) -> Option<(Vec<u8>, u32)> {
    let backwards = DIGITS.map(|[one, two, three, four]| [four, three, two, one]);
    let mut digits = Vec::new();
    let mut parity = 0;
    for widths in widths.chunks_exact(4) {
        // Each digit is as wide as the others.
        if (total(widths) / module - 7.0).abs() > 1.5 {
            return None;
        }
        let patterns = DIGITS.iter().chain(&backwards).map(<[u8; 4]>::as_slice);
        let index = nearest(widths, patterns, MOST)?;
        digits.push(u8::try_from(index % 10).ok()?);
        parity = parity << 1 | u32::from(index >= 10);
    }
    Some((digits, parity))
}

/// From the right, every other digit counts three times.
fn checks(digits: &[u8]) -> bool {
    let weights = [1, 3].into_iter().cycle();
    digits.iter().rev().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum::<u32>() % 10 == 0
}
