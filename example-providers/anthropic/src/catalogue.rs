//! What is said of each model.

use palisade_guest::catalog::Model;

use crate::chat::{DOCUMENT, PICTURES};
use crate::known::Known;
use crate::settings;

/// Values of the parameter that says how hard a model tries.
const EFFORTS: [&str; 5] = ["low", "medium", "high", "xhigh", "max"];

/// The catalogue's entry of the model of this name. Prices are the operator's to say: see `prices.toml`.
pub(crate) fn model(name: &String) -> Model {
    // Prices of Anthropic are of no concern to others who serve its models.
    let model_ref = if settings::upstream().is_vendor() { format!("anthropic/{name}") } else { name.clone() };
    let known = Known::of(name);
    let most = known.and_then(|known| i32::try_from(known.output).ok()).unwrap_or(i32::MAX);
    let mut model = Model::new(Model::id_of(name))
        .model_ref(model_ref)
        .capability("chat")
        .flag("tools")
        .flag("response-schema")
        .int("max-output-tokens", 1..=most)
        .int("stop", 1..=i32::MAX)
        .input("text/plain")
        .input(DOCUMENT);
    model = PICTURES.iter().fold(model, |model, picture| model.input(*picture));
    model = match known {
        Some(known) if known.adapts() => model.choice("reasoning-effort", &EFFORTS),
        _ => model.float("temperature", 0.0..=1.0).float("top-p", 0.0..=1.0),
    };
    let tokens = known.map(|known| (known.context, known.output)).unzip();
    (model.context_tokens, model.max_output_tokens) = tokens;
    model
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knows(name: &str, parameter: &str) -> bool {
        model(&name.to_owned()).params.iter().any(|param| param.name == parameter)
    }

    #[test]
    fn what_a_model_knows_goes_by_its_name() {
        for name in ["claude-opus-5-5", "claude-sonnet-5-5"] {
            assert!(knows(name, "reasoning-effort") && !knows(name, "temperature"), "{name}");
        }
        for name in ["claude-haiku-4-5", "unheard-of"] {
            assert!(!knows(name, "reasoning-effort") && knows(name, "temperature"), "{name}");
        }
        assert!(knows("claude-opus-5-5", "tools") && !knows("claude-opus-5-5", "seed"));
    }

    #[test]
    fn limits_are_those_that_are_known() {
        let tokens = |name: &str| {
            let model = model(&name.to_owned());
            (model.context_tokens, model.max_output_tokens)
        };
        assert_eq!(tokens("claude-haiku-4-5-20251001"), (Some(200_000), Some(64_000)));
        assert_eq!(tokens("unheard-of"), (None, None));
    }

    #[test]
    fn only_the_vendor_has_the_prices_of_the_vendor() {
        let model_ref = || model(&"claude-opus-5-5".to_owned()).model_ref;
        assert_eq!(model_ref().as_deref(), Some("anthropic/claude-opus-5-5"));
        palisade_guest::config::set_in_test("base_url", "http://127.0.0.1:4000/v1");
        assert_eq!(model_ref().as_deref(), Some("claude-opus-5-5"));
    }
}
