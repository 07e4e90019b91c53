//! Numbers and tables for people.

use std::{io::Write as _, time::Duration};

use bytesize::ByteSize;
use comfy_table::{Table, presets};
use palisade::{PicoUsd, Sourced, catalogue::Price};
use serde::Serialize;

/// A table with these columns.
pub(crate) fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_header(header.to_vec());
    table
}

/// A table of names and values, without a header.
pub(crate) fn facts() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table
}

/// Prints lines to stdout.
pub(crate) fn print(text: impl std::fmt::Display) -> std::io::Result<()> {
    std::io::stdout().lock().write_all(rows(text).as_bytes())
}

/// Lines without white space at their ends: columns are padded to the right, which nobody sees and every snapshot would
/// hold.
pub(crate) fn rows(text: impl std::fmt::Display) -> String {
    text.to_string().lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

/// Prints a value as JSON to stdout.
pub(crate) fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    Ok(print(json(value)?)?)
}

/// A value as JSON that may be shown: it may hold what a guest said.
pub(crate) fn json(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(palisade::text::escape_json(&serde_json::to_string_pretty(value)?))
}

/// Prints a text of a guest to stdout, with a line break at its end.
pub(crate) fn print_text(text: &str) -> std::io::Result<()> {
    let mut text = plain(text);
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    std::io::stdout().lock().write_all(text.as_bytes())
}

/// A text of a guest without what could act on a terminal: what is neither a line break nor a tab, and what changes the
/// direction of the text behind it, becomes `\u{..}`. What joins letters or emoji stays.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\t' => plain.push(character),
            // The first half of a line break.
            '\r' => {}
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => plain.extend(character.escape_unicode()),
            _ if character.is_control() => plain.extend(character.escape_unicode()),
            _ => plain.push(character),
        }
    }
    plain
}

/// `free`, `unknown`, or an amount.
pub(crate) fn cost(cost: Option<PicoUsd>) -> String {
    match cost {
        None => "unknown".to_owned(),
        Some(PicoUsd::ZERO) => "free".to_owned(),
        Some(cost) => cost.to_string(),
    }
}

/// `free`, `unknown`, or every price.
pub(crate) fn prices(prices: Option<&[Price]>) -> String {
    match prices {
        None => "unknown".to_owned(),
        Some([]) => "free".to_owned(),
        Some(prices) => prices.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}

/// A figure with whose word it is, or a dash.
pub(crate) fn sourced<T>(figure: &Sourced<Option<T>>, show: impl FnOnce(&T) -> String) -> String {
    figure.value.as_ref().map_or_else(|| "-".to_owned(), |value| format!("{} ({})", show(value), figure.source))
}

/// A word, as JSON has it.
pub(crate) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => "-".to_owned(),
    }
}

/// A number of bytes.
pub(crate) fn bytes(bytes: u64) -> String {
    ByteSize::b(bytes).display().iec().to_string()
}

/// A large count: `1.2 G`.
pub(crate) fn count(count: u64) -> String {
    let (divisor, suffix) = match count {
        0..1_000 => return count.to_string(),
        1_000..1_000_000 => (1e3, "k"),
        1_000_000..1_000_000_000 => (1e6, "M"),
        _ => (1e9, "G"),
    };
    format!("{:.1} {suffix}", count as f64 / divisor)
}

/// A time with a sensible unit.
pub(crate) fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        1.0.. => format!("{seconds:.2} s"),
        0.001.. => format!("{:.1} ms", seconds * 1e3),
        _ => format!("{:.1} µs", seconds * 1e6),
    }
}

/// Words, or a dash.
pub(crate) fn list<T: std::fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    join(items, ", ")
}

/// Words below each other, or a dash.
pub(crate) fn lines<T: std::fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    join(items, "\n")
}

fn join<T: std::fmt::Display>(items: impl IntoIterator<Item = T>, separator: &str) -> String {
    let items: Vec<_> = items.into_iter().map(|item| item.to_string()).collect();
    if items.is_empty() { "-".to_owned() } else { items.join(separator) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_not_printed() {
        assert_eq!(plain("a\u{1b}[31m\u{9b}\u{202e}\r\n\tb"), "a\\u{1b}[31m\\u{9b}\\u{202e}\n\tb");
        assert_eq!(plain("grün 👩\u{200d}🚀"), "grün 👩\u{200d}🚀");
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([count(999), count(1_234), count(5_000_000_000)], ["999", "1.2 k", "5.0 G"]);
        assert_eq!(bytes(64 << 20), "64.0 MiB");
        let times = [1_500_000_000, 1_500_000, 1_500].map(|nanos| time(Duration::from_nanos(nanos)));
        assert_eq!(times, ["1.50 s", "1.5 ms", "1.5 µs"]);
        assert_eq!(
            [cost(None), cost(Some(PicoUsd::ZERO)), cost(Some(PicoUsd(1)))],
            ["unknown", "free", "$0.000000000001"]
        );
    }
}
