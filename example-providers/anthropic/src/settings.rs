//! Where the API is and which models are on offer, as the operator says.

use palisade_guest::catalog::Model;
use palisade_guest::upstream::Upstream;
use palisade_guest::{CallOptions, Failure, Result, config};

use crate::known;

/// The name of the key in the configuration of the operator.
pub(crate) const CREDENTIAL: &str = "api-key";

const VENDOR: &str = "https://api.anthropic.com/v1";

/// Where the API is.
pub(crate) fn upstream() -> Upstream {
    Upstream::new(VENDOR, CREDENTIAL)
}

/// The names of the models on offer: those that the operator lists, or else those that are known.
pub(crate) fn models() -> Result<Vec<String>> {
    let Some(json) = config::get("models") else { return Ok(known::names().map(str::to_owned).collect()) };
    let wrong = |reason: String| Failure::internal(format!("setting \"models\": {reason}"));
    let names: Vec<String> = serde_json::from_str(&json).map_err(|error| wrong(error.to_string()))?;
    for (index, name) in names.iter().enumerate() {
        let id = Model::id_of(name);
        if id.is_empty() {
            return Err(wrong(format!("{name:?} is no name of a model")));
        }
        if let Some(other) = names.iter().take(index).find(|other| Model::id_of(other) == id) {
            return Err(wrong(format!("{name:?} and {other:?} have the same id {id:?}")));
        }
    }
    if names.is_empty() { Err(wrong("there are none".to_owned())) } else { Ok(names) }
}

/// The name of the model whose id a call names.
pub(crate) fn model(options: &CallOptions) -> Result<String> {
    models()?.into_iter().find(|name| Model::id_of(name) == options.model).ok_or_else(|| options.unknown_model())
}

#[cfg(test)]
mod tests {
    use palisade_guest::FailureKind;

    use super::*;

    #[test]
    fn the_models_are_those_of_the_operator_or_those_that_are_known() {
        assert_eq!(model(&CallOptions::new("claude-opus-5-5")).unwrap(), "claude-opus-5-5");
        config::set_in_test("models", r#"["anthropic/claude-sonnet-5.5"]"#);
        let id = "anthropic-claude-sonnet-5.5";
        assert_eq!(model(&CallOptions::new(id)).unwrap(), "anthropic/claude-sonnet-5.5");
        assert_eq!(model(&CallOptions::new("claude-opus-5-5")).unwrap_err().kind, FailureKind::ModelNotFound);
    }

    #[test]
    fn what_is_wrong_with_the_list_is_said() {
        for (json, reason) in [
            (r#"["a:b", "a/b"]"#, "the same id \"a-b\""),
            (r#"["/"]"#, "\"/\" is no name"),
            ("[]", "there are none"),
            (r#"{"chat": ["a"]}"#, "invalid type"),
        ] {
            config::set_in_test("models", json);
            assert!(models().unwrap_err().message.contains(reason), "{json}");
        }
    }
}
