//! Results in rows.

use anyhow::Result;
use comfy_table::{CellAlignment, Table, TableStyle, presets};

use crate::{
    results::{Comparison, Results},
    scenario::{DEAD, PARTIAL},
    summary::Summary,
};

/// A table with these columns, the first to the left and the others to the right.
fn table<const COLUMNS: usize>(
    style: TableStyle,
    header: [&str; COLUMNS],
    rows: impl IntoIterator<Item = [String; COLUMNS]>,
) -> String {
    let mut table = Table::new();
    table.load_style(style).set_header(header).add_rows(rows);
    table.column_iter_mut().skip(1).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    let rows = table.to_string();
    let mut text: String = rows.lines().flat_map(|line| [line.trim_end(), "\n"]).collect();
    if style == presets::ASCII_MARKDOWN {
        // Its rule says nothing of alignment.
        let rule: Vec<_> = (0..COLUMNS).map(|column| if column == 0 { "---" } else { "--:" }).collect();
        let rule = format!("| {} |", rule.join(" | "));
        text = text.lines().enumerate().flat_map(|(line, row)| [if line == 1 { &rule } else { row }, "\n"]).collect();
    }
    text
}

fn percent(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

fn seconds(seconds: Option<f64>) -> String {
    seconds.map_or_else(|| "never".to_owned(), |seconds| format!("{seconds:.0}"))
}

/// The table of the design: what is wasted on a dead endpoint and on one that fails two times in five.
pub(crate) fn wasted(results: &Results, style: TableStyle) -> Result<String> {
    let (dead, partial) = (results.scenario(DEAD)?, results.scenario(PARTIAL)?);
    let rows = dead.policies.iter().zip(&partial.policies).map(|(dead, partial)| {
        [
            dead.policy.to_owned(),
            percent(dead.wasted),
            percent(partial.wasted),
            seconds(dead.recovery),
            seconds(partial.recovery),
        ]
    });
    let header = ["policy", "wasted, dead, %", "wasted, 40 %, %", "back, dead, s", "back, 40 %, s"];
    Ok(table(style, header, rows))
}

/// Everything that was measured in one scenario.
pub(crate) fn scenario(comparison: &Comparison, style: TableStyle) -> String {
    let ends = comparison.policies.iter().any(|summary| summary.later.is_some());
    let time = |seconds: f64| if seconds > 0.0 { format!("{seconds:.2}") } else { "-".to_owned() };
    let row = |summary: &Summary| {
        [
            summary.policy.to_owned(),
            percent(summary.wasted),
            percent(summary.of_fair_share),
            format!("{:.2}", summary.calls),
            percent(summary.served),
            time(summary.p50),
            time(summary.p99),
            if ends { seconds(summary.recovery) } else { "-".to_owned() },
            summary.later.map_or_else(|| "-".to_owned(), percent),
        ]
    };
    let header = [
        "policy",
        "wasted, %",
        "of fair share, %",
        "calls",
        "served, %",
        "p50, s",
        "p99, s",
        "back, s",
        "after 30 s, %",
    ];
    table(style, header, comparison.policies.iter().map(row))
}

/// The outage of a primary.
pub(crate) fn outage(results: &Results, style: TableStyle) -> String {
    let rows = results.outage.iter().map(|outage| {
        [
            outage.policy.to_owned(),
            format!("{:.1}", outage.calls),
            outage.most_calls.to_string(),
            percent(outage.served),
            format!("{:.1}", outage.requests_until_back),
            outage.most_requests_until_back.to_string(),
        ]
    });
    let header = ["policy", "calls of it", "most", "served, %", "requests until back", "most"];
    table(style, header, rows)
}

/// All tables, for a terminal.
pub(crate) fn for_terminal(results: &Results) -> String {
    let style = presets::UTF8_HORIZONTAL_ONLY;
    let mut text = String::new();
    for comparison in &results.scenarios {
        text.push_str(&format!("{}\n{}\n", comparison.title, scenario(comparison, style)));
    }
    text.push_str(&format!("The primary is dead for 15 requests\n{}", outage(results, style)));
    text
}
