//! A provider that speaks the protocol of OpenAI, with whoever serves it: OpenAI, Ollama, vLLM, llama.cpp, LocalAI, ...
//!
//! `settings` says where the server is and what it serves, `known` what is known of models by their names, and
//! `catalogue` describes them. `upstream` sends requests and makes failures of refusals, and `usage` reads what was
//! used. Each capability is a file; `data_url` and `picture` have what several of them need of media.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

mod catalogue;
mod chat;
mod data_url;
mod embedding;
mod image;
mod image_to_text;
mod known;
mod moderation;
mod picture;
mod refusal;
mod settings;
mod speech;
#[cfg(test)]
mod testing;
mod transcription;
mod upstream;
mod usage;

use palisade_guest::catalog::Cancellation;
use palisade_guest::{Description, Models, Provider, Result};

/// The provider.
#[derive(Debug)]
pub struct OpenAiCompatible;

impl Provider for OpenAiCompatible {
    fn describe() -> Description {
        let description = Description::new("openai-compatible")
            .summary("Passes requests on to a server that speaks the protocol of OpenAI.")
            .credential(settings::CREDENTIAL)
            .config_schema(include_str!("config.schema.json"))
            .cancellation(Cancellation::Billed);
        match settings::upstream().host() {
            Some(host) => description.host(host),
            None => description,
        }
    }

    fn models(_: Option<&str>) -> Result<Models> {
        let models = settings::models()?.iter().map(catalogue::model).collect();
        Ok(Models { models, next: None })
    }

    fn check_health() -> Result<()> {
        upstream::check()
    }
}

palisade_guest::export!(
    OpenAiCompatible: chat, embedding, moderation, text_to_image, image_edit, image_to_text, text_to_speech,
    speech_to_text
);

#[cfg(test)]
mod tests {
    use palisade_guest::http::{Answer, HttpError};
    use palisade_guest::{FailureKind, config, credentials};

    use super::*;
    use crate::testing::upstream;

    #[test]
    fn it_describes_itself_with_nothing_granted() {
        let info = OpenAiCompatible::describe().info;
        assert_eq!(info.hosts, ["api.openai.com"]);
        assert_eq!(info.credential_names, ["api-key"]);
        assert!(serde_json::from_str::<serde_json::Value>(&info.config_schema.unwrap()).is_ok());
        assert!(OpenAiCompatible::models(None).unwrap().models.len() > 5);
    }

    #[test]
    fn the_example_of_prices_names_models_that_are_served() {
        let refs: Vec<_> =
            OpenAiCompatible::models(None).unwrap().models.into_iter().map(|model| model.model_ref).collect();
        let mut priced = include_str!("../prices.toml").lines().filter_map(|line| line.strip_prefix("[models.\""));
        let name = |line: &str| line.split('"').next().map(str::to_owned);
        assert!(priced.clone().count() > 5 && priced.all(|line| refs.contains(&name(line))));
    }

    #[test]
    fn the_host_is_that_of_the_operator() {
        config::set_in_test("base_url", "http://[::1]:8080/v1/");
        assert_eq!(OpenAiCompatible::describe().info.hosts, ["[::1]"]);
    }

    #[test]
    fn health_is_asked_for_free_of_charge() {
        let sent = upstream("models", Answer::new(200));
        assert!(OpenAiCompatible::check_health().is_ok());
        assert!(sent.borrow()[0].body.is_empty());
        upstream("models", Answer::new(404));
        assert!(OpenAiCompatible::check_health().is_ok(), "not every server lists its models");
        upstream("models", Answer::new(401));
        assert!(OpenAiCompatible::check_health().is_err());
        palisade_guest::http::set_in_test(|_| Err(HttpError::Connect("refused".into())));
        assert!(OpenAiCompatible::check_health().is_err());
        credentials::set_in_test("api-key", false);
        let failure = OpenAiCompatible::check_health().unwrap_err();
        assert_eq!(failure.kind, FailureKind::Auth, "known before anything is sent");
    }
}
