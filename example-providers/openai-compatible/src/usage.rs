//! What was used, in the units of the catalogue.

use palisade_guest::Usage;
use serde_json::Value;

/// Pico-USD of a US dollar.
const PICO: f64 = 1e12;

/// The tokens that an answer says were used. What was read from a cache is counted apart, since it costs less; what was
/// thought is among the tokens that came out, as it is billed.
pub(crate) fn tokens(usage: &Value) -> Usage {
    let input = number(usage, &["/prompt_tokens", "/input_tokens"]);
    let output = number(usage, &["/completion_tokens", "/output_tokens"]);
    let cached =
        number(usage, &["/prompt_tokens_details/cached_tokens", "/input_tokens_details/cached_tokens"]).unwrap_or(0.0);
    let mut counted = Usage::none();
    if let Some(input) = input {
        let cached = cached.min(input);
        counted = counted.and("input-token", input - cached).and("cached-input-token", cached);
    }
    if let Some(output) = output {
        counted = counted.and("output-token", output);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast from a float saturates")]
    let cost = number(usage, &["/cost"]).map(|dollars| (dollars * PICO).round() as u64);
    counted.reported_pico_usd = cost;
    counted
}

/// The first of these places that has a number, which is finite and not negative.
pub(crate) fn number(value: &Value, places: &[&str]) -> Option<f64> {
    let at = |place: &&str| value.pointer(place)?.as_f64().filter(|number| number.is_finite() && *number >= 0.0);
    places.iter().find_map(at)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cached_tokens_are_counted_apart() {
        let usage = tokens(&json!({
            "prompt_tokens": 100, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 64},
            "completion_tokens_details": {"reasoning_tokens": 5},
        }));
        let expected = Usage::of("input-token", 36).and("cached-input-token", 64).and("output-token", 7);
        assert_eq!(usage, expected);
    }

    #[test]
    fn both_names_of_tokens_are_read_and_nonsense_is_not() {
        let usage = tokens(&json!({"input_tokens": 3, "output_tokens": -1, "prompt_tokens_details": null}));
        assert_eq!(usage, Usage::of("input-token", 3).and("cached-input-token", 0));
        assert_eq!(tokens(&json!(null)), Usage::none());
    }

    #[test]
    fn what_the_server_says_that_it_cost_is_passed_on() {
        assert_eq!(tokens(&json!({"cost": 0.00014})).reported_pico_usd, Some(140_000_000));
    }
}
