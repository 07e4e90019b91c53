//! Numbers and tables for people.

use std::{io::Write as _, time::Duration};

use bytesize::ByteSize;
use comfy_table::{Table, presets};
use palisade::{PicoUsd, catalogue::Price};
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
    let text = text.to_string();
    let mut stdout = std::io::stdout().lock();
    // Columns are padded to the right, which nobody sees and every snapshot would hold.
    text.lines().try_for_each(|line| writeln!(stdout, "{}", line.trim_end()))
}

/// Prints a value as JSON to stdout.
pub(crate) fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    // It may hold what a guest said.
    print(palisade::text::escape_json(&serde_json::to_string_pretty(value)?))?;
    Ok(())
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
    let items: Vec<_> = items.into_iter().map(|item| item.to_string()).collect();
    if items.is_empty() { "-".to_owned() } else { items.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

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
