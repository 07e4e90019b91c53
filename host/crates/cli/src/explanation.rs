//! Why a provider was chosen, for people.

use palisade::{Considered, Decision, Rejection};

use crate::format;

/// The tables of a decision: everybody who was considered, with the distance to who is chosen, and everybody who was
/// not, with the reasons.
pub(crate) fn tables(decision: &Decision) -> String {
    let chosen = decision.chosen();
    let mut table = format::table(&["considered", "J", "difference", "cost", "estimate", "time", "success", "quality"]);
    for considered in decision.considered() {
        table.add_row(row(&considered, chosen));
    }
    let mut text = format::rows(&table);
    let rejected: Vec<_> = decision.rejected().collect();
    if !rejected.is_empty() {
        let mut table = format::table(&["rejected", "why"]);
        for rejection in &rejected {
            let reasons: Vec<_> = rejection.reasons.iter().map(ToString::to_string).collect();
            table.add_row([name(rejection), reasons.join("\n")]);
        }
        text += &format::rows(&table);
    }
    text
}

fn name(rejection: &Rejection) -> String {
    match &rejection.model {
        Some(model) => format!("{}/{model}", rejection.provider),
        None => rejection.provider.to_string(),
    }
}

/// In each cell a figure with whose word it is, and below it what it is worth.
fn row(considered: &Considered, chosen: &Considered) -> [String; 8] {
    let score = &considered.score;
    let difference = if (&considered.provider, &considered.model) == (&chosen.provider, &chosen.model) {
        "chosen".to_owned()
    } else {
        let dollars = signed("$", score.total - chosen.score.total, 4, "");
        format!("{dollars}\n{}", signed("", score.seconds - chosen.score.seconds, 2, " s"))
    };
    // Where one has all, there is nothing to say about it.
    let share = if considered.share > 0.0 && considered.share < 1.0 {
        format!("\n{:.0} % of calls", considered.share * 100.0)
    } else {
        String::new()
    };
    let cost = match (considered.cost, considered.estimate.expected) {
        (None, Some(claimed)) => format!("{claimed}, not believed"),
        (cost, _) => format::cost(cost),
    };
    [
        format!("{}/{}", considered.provider, considered.model),
        format!("${:.4}", score.total),
        difference + &share,
        format!("{cost} ({})\n${:.4}", considered.price_source, score.cost),
        considered.estimate.to_string(),
        format!("{:.2} s ({})\n${:.4}", score.seconds, score.seconds_source, score.time),
        format!("{:.0} %\n${:.4}", score.success * 100.0, score.risk),
        format!("{:.2} ({})\n${:.4}", score.quality, score.quality_source, score.quality_gap),
    ]
}

/// A number with its sign before the unit.
fn signed(before: &str, number: f64, decimals: usize, behind: &str) -> String {
    let sign = if number < 0.0 { '-' } else { '+' };
    format!("{sign}{before}{:.decimals$}{behind}", number.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_have_a_sign() {
        assert_eq!([signed("$", 0.005, 4, ""), signed("", -0.25, 2, " s")], ["+$0.0050", "-0.25 s"]);
    }
}
