//! Where words go: the largest size at which they fit, in lines of about the same length.

use tiny_skia::Path;
use unicode_linebreak::{BreakOpportunity, linebreaks};

use crate::font::{Face, Fonts};

/// A line of a card, ready to be drawn.
pub(crate) struct Line {
    /// One em large, from the origin.
    pub(crate) outline: Path,
    pub(crate) x: f32,
    pub(crate) baseline: f32,
    /// Pixels in an em.
    pub(crate) size: f32,
}

/// All lines of a card, in pixels.
pub(crate) struct Layout {
    pub(crate) headline: Vec<Line>,
    pub(crate) text: Vec<Line>,
    pub(crate) footer: Option<Line>,
    /// Where the bar above the headline begins, and how high it is.
    pub(crate) bar: (f32, f32, f32),
    /// How much of the prompt could be set, in characters; none when all was.
    pub(crate) kept: Option<usize>,
}

/// Height of a line in ems.
const HEADLINE_LEADING: f32 = 1.14;
const TEXT_LEADING: f32 = 1.42;
/// Characters that are looked at: no card has room for more, and a word without end takes ever longer to break.
const MAX_CHARACTERS: usize = 10_000;

impl Layout {
    pub(crate) fn fit(fonts: &Fonts, prompt: &str, footer: &str, width: u32, height: u32) -> Self {
        let (width, height) = (width as f32, height as f32);
        let short = width.min(height);
        let margin = (short * 0.085).max(5.0) + (width.max(height) - short) * 0.02;
        let footer_size = (short * 0.034).max(7.0);
        let with_footer = short >= 160.0 && !footer.trim().is_empty();
        let bottom = if with_footer { margin + footer_size * 2.2 } else { margin };
        // A long line is hard to read: on a wide card the right side is left to the background.
        let measure = (width - 2.0 * margin).min(short * 1.55);
        let bar = (short * 0.012).max(1.0);
        let top = margin + bar * 5.5;
        let room = (height - top - bottom).max(short * 0.2);

        let end = prompt.char_indices().nth(MAX_CHARACTERS).map_or(prompt.len(), |(end, _)| end);
        let too_long = (end < prompt.len()).then_some(MAX_CHARACTERS);
        let (headline, text) = split(prompt.get(..end).unwrap_or(prompt));
        let smallest = (short * 0.036).max(8.0);
        let largest = (short * 0.2).max(smallest);
        let text_share = if text.is_empty() { 0.0 } else { 0.42 };
        let headline_block = Block::fit(
            &fonts.headline,
            headline,
            HEADLINE_LEADING,
            measure,
            room * (1.0 - text_share),
            smallest..largest,
        );
        let used = headline_block.height();
        let gap = headline_block.size * 0.55;
        let text_block = (!text.is_empty()).then(|| {
            let smallest = smallest * 0.85;
            let largest = (headline_block.size * 0.46).min(short * 0.06).max(smallest);
            Block::fit(&fonts.text, text, TEXT_LEADING, measure, room - used - gap, smallest..largest)
        });

        let total = used + text_block.as_ref().map_or(0.0, |block| gap + block.height());
        let start = top + ((room - total) * 0.5).max(0.0);
        let kept = match &text_block {
            _ if headline_block.cut.is_some() => headline_block.cut,
            Some(block) => block.cut.map(|cut| headline.chars().count() + cut).or(too_long),
            None => too_long,
        };
        Self {
            bar: (margin, start - bar * 4.6, bar),
            headline: headline_block.lines(&fonts.headline, margin, start),
            text: text_block.map_or(Vec::new(), |block| block.lines(&fonts.text, margin, start + used + gap)),
            footer: with_footer.then(|| fonts.text.outline(footer)).flatten().map(|outline| Line {
                outline,
                x: margin + footer_size * 1.25,
                baseline: height - margin,
                size: footer_size,
            }),
            kept,
        }
    }
}

/// The first line, and the rest; of a long single line, the first sentence, when that is short.
fn split(prompt: &str) -> (&str, &str) {
    let prompt = prompt.trim();
    let sentence = || {
        let (end, _) = prompt
            .match_indices([' '])
            .find(|&(at, _)| prompt.get(..at).is_some_and(|head| head.ends_with(['.', '!', '?', ':'])))?;
        (prompt.len() > 90 && end < 70).then(|| prompt.split_at(end))
    };
    let (headline, text) = prompt.split_once('\n').or_else(sentence).unwrap_or((prompt, ""));
    (headline.trim(), text.trim())
}

/// A text broken into lines.
struct Block {
    lines: Vec<String>,
    size: f32,
    leading: f32,
    cap_height: f32,
    cut: Option<usize>,
}

impl Block {
    fn fit(face: &Face, text: &str, leading: f32, measure: f32, room: f32, sizes: std::ops::Range<f32>) -> Self {
        let pieces = pieces(face, text, measure / sizes.start);
        let fits = |size: f32| {
            let widest = pieces.iter().map(|piece| piece.width).fold(0.0, f32::max);
            let lines = wrap(&pieces, measure / size).len();
            widest * size <= measure && lines as f32 * leading * size <= room
        };
        let (mut low, mut high) = (sizes.start, sizes.end);
        for _ in 0..14 {
            let middle = f32::midpoint(low, high);
            if fits(middle) { low = middle } else { high = middle }
        }
        let size = low;
        let measure = measure / size;
        let most = (room / (leading * size)).max(1.0) as usize;
        let mut lines = balanced(&pieces, measure);
        let mut cut = None;
        if lines.len() > most {
            lines = wrap(&pieces, measure);
            lines.truncate(most);
            cut = Some(lines.iter().map(|line| line.chars().count()).sum());
            if let Some(last) = lines.last_mut() {
                let mut kept = last.trim_end().to_owned();
                while !kept.is_empty() && face.width(&format!("{kept}…")) > measure {
                    kept.pop();
                }
                *last = format!("{}…", kept.trim_end_matches([' ', ',', '.', ';', ':']));
            }
        }
        Self { lines, size, leading, cap_height: face.cap_height, cut }
    }

    /// From the top of the capitals of the first line to the foot of the last.
    fn height(&self) -> f32 {
        ((self.lines.len().saturating_sub(1)) as f32 * self.leading + self.cap_height) * self.size
    }

    fn lines(&self, face: &Face, x: f32, top: f32) -> Vec<Line> {
        let baseline = |index: usize| top + (self.cap_height + index as f32 * self.leading) * self.size;
        let line = |(index, text): (usize, &String)| {
            let outline = face.outline(text.trim_end())?;
            // A letter's left side has some space of its own, which shows at this size.
            let bearing = outline.bounds().left() * self.size;
            Some(Line { outline, x: x - bearing, baseline: baseline(index), size: self.size })
        };
        self.lines.iter().enumerate().filter_map(line).collect()
    }
}

/// A part of the text that is never broken.
struct Piece {
    text: String,
    /// Without the space at its end, and with it; in ems.
    width: f32,
    advance: f32,
    ends_line: bool,
}

/// Cuts where a line may be broken, and what is wider than `widest` anywhere.
fn pieces(face: &Face, text: &str, widest: f32) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for (end, opportunity) in linebreaks(text) {
        let ends_line = opportunity == BreakOpportunity::Mandatory && end < text.len();
        let mut part = text.get(start..end).unwrap_or_default();
        start = end;
        while face.width(part.trim_end()) > widest {
            let mut head = 0.0;
            let cut = part.char_indices().skip(1).find(|&(at, _)| {
                head = face.width(part.get(..at).unwrap_or_default());
                head > widest * 0.96
            });
            // The last letter that still fitted, and at least one.
            let Some((cut, _)) = cut else { break };
            let cut = part.get(..cut).and_then(|head| head.char_indices().next_back()).map_or(cut, |(at, _)| at);
            let Some((first, rest)) = part.split_at_checked(cut).filter(|(first, _)| !first.is_empty()) else { break };
            pieces.push(Piece {
                text: first.to_owned(),
                width: face.width(first),
                advance: face.width(first),
                ends_line: false,
            });
            part = rest;
        }
        let line = part.trim_end_matches(['\n', '\r']);
        pieces.push(Piece {
            text: line.to_owned(),
            width: face.width(line.trim_end()),
            advance: face.width(line),
            ends_line,
        });
    }
    pieces
}

/// Fills each line as far as it goes.
fn wrap(pieces: &[Piece], measure: f32) -> Vec<String> {
    let (mut lines, mut line, mut x) = (Vec::new(), String::new(), 0.0);
    for piece in pieces {
        if !line.is_empty() && x + piece.width > measure {
            lines.push(std::mem::take(&mut line));
            x = 0.0;
        }
        line.push_str(&piece.text);
        x += piece.advance;
        if piece.ends_line {
            lines.push(std::mem::take(&mut line));
            x = 0.0;
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// As few lines as [`wrap`] gives, as short as they can be, so that no word is left alone on the last.
fn balanced(pieces: &[Piece], measure: f32) -> Vec<String> {
    let count = wrap(pieces, measure).len();
    let (mut low, mut high) = (0.0, measure);
    for _ in 0..12 {
        let middle = f32::midpoint(low, high);
        let fits = pieces.iter().all(|piece| piece.width <= middle) && wrap(pieces, middle).len() <= count;
        if fits { high = middle } else { low = middle }
    }
    wrap(pieces, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, measure: f32) -> Vec<String> {
        let fonts = Fonts::load().unwrap();
        let lines = balanced(&pieces(&fonts.text, text, measure), measure);
        lines.iter().map(|line| line.trim_end().to_owned()).collect()
    }

    #[test]
    fn lines_are_balanced() {
        assert_eq!(lines("one two three four five six", 9.0), ["one two three", "four five six"]);
    }

    #[test]
    fn breaks_of_the_text_are_kept() {
        assert_eq!(lines("one\n\ntwo", 9.0), ["one", "", "two"]);
    }

    #[test]
    fn a_word_wider_than_the_line_is_cut() {
        let lines = lines(&"x".repeat(40), 5.0);
        assert!(lines.len() > 3);
        assert_eq!(lines.concat(), "x".repeat(40));
    }

    #[test]
    fn the_first_line_is_the_headline() {
        assert_eq!(split(" Title \n\n Text\nmore "), ("Title", "Text\nmore"));
        assert_eq!(split("Title. More."), ("Title. More.", ""));
    }

    #[test]
    fn the_short_first_sentence_of_a_long_line_is_the_headline() {
        let text = "more of it, ".repeat(9);
        assert_eq!(split(&format!("Title! {text}")), ("Title!", text.trim()));
    }
}
