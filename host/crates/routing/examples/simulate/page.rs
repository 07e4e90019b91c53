//! The page of the documentation, with its pictures.

use anyhow::{Result, anyhow};
use comfy_table::presets;

use crate::{
    chart::{Frame, Line, draw},
    policy::{Gate, POLICIES, Pick, Rule},
    results::{Comparison, Results},
    scenario::{CALM, DEAD, END, PARTIAL, TROUBLE},
    summary::STEP,
    tables,
};

/// The text of the page; `{{name}}` stands for what is generated.
const TEMPLATE: &str = include_str!("page.md");

/// All files, by their paths below the root of the workspace.
pub(crate) fn files(results: &Results) -> Result<Vec<(&'static str, String)>> {
    Ok(vec![
        ("docs/simulation.md", page(results)?),
        (
            "docs/images/simulation-dead.svg",
            share("Traffic on an endpoint that is dead from 30 s to 90 s", results.scenario(DEAD)?)?,
        ),
        (
            "docs/images/simulation-partial.svg",
            share("Traffic on an endpoint that fails for 40 % from 30 s to 90 s", results.scenario(PARTIAL)?)?,
        ),
        ("docs/images/simulation-recovery.svg", recovery(results.scenario(DEAD)?)?),
    ])
}

fn page(results: &Results) -> Result<String> {
    let style = presets::ASCII_MARKDOWN;
    let mut scenarios = String::new();
    for comparison in &results.scenarios {
        scenarios.push_str(&format!("### {}\n\n{}\n", comparison.title, tables::scenario(comparison, style)));
    }
    let parts = [
        ("seeds", results.seeds.to_string()),
        ("wasted", tables::wasted(results, style)?.trim_end().to_owned()),
        ("outage", tables::outage(results, style).trim_end().to_owned()),
        ("scenarios", scenarios.trim_end().to_owned()),
    ];
    let mut page = TEMPLATE.to_owned();
    for (name, text) in parts {
        let place = format!("{{{{{name}}}}}");
        if !page.contains(&place) {
            return Err(anyhow!("the page has no place for `{name}`"));
        }
        page = page.replace(&place, &text);
    }
    Ok(page)
}

/// The share of all requests whose calls went to the bad endpoint.
fn share(title: &'static str, comparison: &Comparison) -> Result<String> {
    let lines: Vec<_> = comparison
        .policies
        .iter()
        .map(|summary| {
            let percent = summary.curve.iter().map(|share| share * 100.0);
            Line { name: summary.policy, points: middles().zip(percent).collect() }
        })
        .collect();
    let frame = Frame { title, count: "% of requests", seconds: (0.0, END.as_secs_f64()), most: 50.0, mark: 20.0 };
    draw(&frame, &lines)
}

/// How those that leave an endpoint alone come back to it.
fn recovery(comparison: &Comparison) -> Result<String> {
    let end_of_trouble = (CALM + TROUBLE).as_secs_f64();
    let lines: Vec<_> = POLICIES
        .iter()
        .zip(&comparison.policies)
        .filter(|(policy, _)| leaves_alone(policy.rule))
        .map(|(policy, summary)| {
            let of_fair_share = summary.curve.iter().map(|share| share / DEAD.fair_share() * 100.0);
            let points = middles().map(|second| second - end_of_trouble).zip(of_fair_share);
            Line { name: policy.name, points: points.filter(|(second, _)| *second >= 0.0).collect() }
        })
        .collect();
    let frame = Frame {
        title: "Traffic on an endpoint that was dead, and is well again",
        count: "% of its fair share",
        seconds: (0.0, END.as_secs_f64() - end_of_trouble),
        most: 150.0,
        mark: 80.0,
    };
    draw(&frame, &lines)
}

const fn leaves_alone(rule: Rule) -> bool {
    match rule {
        Rule::Ours => true,
        Rule::Peer(Pick::PeakEwma { penalty: Some(_) }, _) => true,
        Rule::Peer(_, gate) => !matches!(gate, Gate::Open),
    }
}

/// The middle of each step of a curve, in seconds.
fn middles() -> impl Iterator<Item = f64> {
    (0..).map(|step| (step * STEP) as f64 + STEP as f64 / 2.0)
}
