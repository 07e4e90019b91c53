//! A provider of fal: pictures and films by the models that it serves, as jobs in its queue.
//!
//! ```text
//! request ─► image | film: the input of the model ─► queue: submit ─► ticket: the token that the host keeps
//! token ─► ticket ─► queue: status, result ─► job: where it is ─► outcome: what it made | refusal: why it failed
//! ```
//!
//! `settings` says where the queue is and what is on offer, `known` what is known of models by their paths, and `catalogue`
//! describes them. `input` is filled in with what a model takes, of sizes as `size` knows them.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

mod capability;
mod catalogue;
mod film;
mod image;
mod input;
mod job;
mod known;
mod outcome;
mod queue;
mod refusal;
mod settings;
mod size;
#[cfg(test)]
mod testing;
mod ticket;

use palisade_guest::catalog::{Cancellation, FailureBilling};
use palisade_guest::{Description, Models, Provider, Result};

/// The provider.
#[derive(Debug)]
pub struct Fal;

impl Provider for Fal {
    fn describe() -> Description {
        let description = Description::new("fal")
            .summary("Makes pictures and films with the models that fal serves.")
            .credential(settings::CREDENTIAL)
            // Where the results are.
            .host("*.fal.media")
            .config_schema(include_str!("config.schema.json"))
            // What the servers fail at is free of charge; what a model refuses may not be.
            .bills_on_failure(FailureBilling::Unknown)
            // What is still in the queue is free of charge; what has begun may not be.
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
        queue::check()
    }
}

palisade_guest::export!(Fal: jobs, text_to_image_job, text_to_video, image_to_video);

#[cfg(test)]
mod tests {
    use palisade_guest::config;

    use super::*;

    #[test]
    fn it_describes_itself_with_nothing_granted() {
        let info = Fal::describe().info;
        assert_eq!(info.hosts, ["*.fal.media", "queue.fal.run"]);
        assert_eq!(info.credential_names, ["api-key"]);
        assert!(serde_json::from_str::<serde_json::Value>(&info.config_schema.unwrap()).is_ok());
        assert!(Fal::models(None).unwrap().models.len() > 5);
        config::set_in_test("base_url", "http://127.0.0.1:8080");
        assert_eq!(Fal::describe().info.hosts, ["*.fal.media", "127.0.0.1"]);
    }

    #[test]
    fn the_example_of_prices_names_models_that_are_served() {
        let served: Vec<_> = settings::models().unwrap().into_iter().map(|model| format!("fal/{}", model.id)).collect();
        let price = |line: &'static str| line.trim_start_matches('[').strip_prefix("models.\"")?.split('"').next();
        let mut priced = include_str!("../prices.toml").lines().filter_map(price);
        assert!(priced.clone().count() > 5 && priced.all(|name| served.iter().any(|model| model == name)));
    }
}
