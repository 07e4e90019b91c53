//! A provider of the models of Anthropic, by the messages API.
//!
//! `settings` says where the API is and which models are on offer, `known` what is known of them by their names, and
//! `catalogue` describes them. `chat` passes conversations on, and `refusal` makes failures of what the API says no to.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

mod catalogue;
mod chat;
mod known;
mod refusal;
mod settings;
mod upstream;

use palisade_guest::catalog::Cancellation;
use palisade_guest::{Description, Models, Provider, Result};

/// The provider.
#[derive(Debug)]
pub struct Anthropic;

impl Provider for Anthropic {
    fn describe() -> Description {
        let description = Description::new("anthropic")
            .summary("Passes conversations on to the models of Anthropic.")
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

palisade_guest::export!(Anthropic: chat);

#[cfg(test)]
mod tests {
    use palisade_guest::http::{Answer, answer_in_test};
    use palisade_guest::{FailureKind, credentials};

    use super::*;

    #[test]
    fn it_describes_itself_with_nothing_granted() {
        let info = Anthropic::describe().info;
        assert_eq!((info.hosts, info.credential_names), (vec!["api.anthropic.com".into()], vec!["api-key".into()]));
        assert!(serde_json::from_str::<serde_json::Value>(&info.config_schema.unwrap()).is_ok());
        assert!(Anthropic::models(None).unwrap().models.len() > 3);
    }

    #[test]
    fn health_is_asked_for_free_of_charge() {
        const URL: &str = "https://api.anthropic.com/v1/models";
        assert_eq!(Anthropic::check_health().unwrap_err().kind, FailureKind::Auth, "known before anything is sent");
        credentials::set_in_test("api-key", true);
        let sent = answer_in_test(URL, [Answer::new(200)]);
        Anthropic::check_health().unwrap();
        assert_eq!(
            (sent.borrow()[0].header("anthropic-version"), sent.borrow()[0].text()),
            (Some("2023-06-01"), String::new())
        );
        answer_in_test(URL, [Answer::new(401)]);
        assert_eq!(Anthropic::check_health().unwrap_err().kind, FailureKind::Auth);
    }
}
