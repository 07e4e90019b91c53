//! Code 39: capitals and digits, for labels in industry.

use super::bars::{Bars, Symbol, total, wide};

/// The characters with the bits of their wide bars and spaces, three of nine.
const CHARACTERS: [(char, u32); 43] = [
    ('0', 0x034),
    ('1', 0x121),
    ('2', 0x061),
    ('3', 0x160),
    ('4', 0x031),
    ('5', 0x130),
    ('6', 0x070),
    ('7', 0x025),
    ('8', 0x124),
    ('9', 0x064),
    ('A', 0x109),
    ('B', 0x049),
    ('C', 0x148),
    ('D', 0x019),
    ('E', 0x118),
    ('F', 0x058),
    ('G', 0x00D),
    ('H', 0x10C),
    ('I', 0x04C),
    ('J', 0x01C),
    ('K', 0x103),
    ('L', 0x043),
    ('M', 0x142),
    ('N', 0x013),
    ('O', 0x112),
    ('P', 0x052),
    ('Q', 0x007),
    ('R', 0x106),
    ('S', 0x046),
    ('T', 0x016),
    ('U', 0x181),
    ('V', 0x0C1),
    ('W', 0x1C0),
    ('X', 0x091),
    ('Y', 0x190),
    ('Z', 0x0D0),
    ('-', 0x085),
    ('.', 0x184),
    (' ', 0x0C4),
    ('$', 0x0A8),
    ('/', 0x0A2),
    ('+', 0x08A),
    ('%', 0x02A),
];

/// Begins and ends a code.
const ASTERISK: u32 = 0x094;

/// Reads the code that begins here.
pub(super) fn read(bars: &Bars<'_>) -> Option<Symbol> {
    let start = bars.widths.get(..9)?;
    let width = total(start);
    if !bars.is_quiet_before(width / 2.0) || character(start)? != ASTERISK {
        return None;
    }
    let mut text = String::new();
    // Each has a narrow space after it.
    for (count, widths) in (1..).zip(bars.widths.get(10..)?.chunks(10)) {
        let widths = widths.get(..9)?;
        if (total(widths) / width - 1.0).abs() > 0.3 {
            return None;
        }
        let bits = character(widths)?;
        if bits == ASTERISK {
            let end = count * 10 + 9;
            let quiet = bars.is_quiet_after(end, width / 2.0) && !text.is_empty();
            return quiet.then_some(Symbol { kind: "code-39", text, widths: end });
        }
        text.push(CHARACTERS.iter().find(|(_, own)| *own == bits)?.0);
    }
    None
}

fn character(widths: &[u32]) -> Option<u32> {
    wide(widths.iter().copied(), 3)
}
