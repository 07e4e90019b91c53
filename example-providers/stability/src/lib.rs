//! A provider of the image services of Stability AI: a form goes out, and a picture comes back.
//!
//! `service` lists what is on offer, and `catalogue` describes it. `make` makes and changes pictures, and `upscale` enlarges
//! them; `order` has what their forms have in common, `upstream` sends them and takes the picture, and `refusal` makes
//! failures of what the API says no to.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

mod catalogue;
mod make;
mod order;
mod refusal;
mod service;
#[cfg(test)]
mod testing;
mod upscale;
mod upstream;

use palisade_guest::catalog::Cancellation;
use palisade_guest::{Description, Models, Provider, Result};

/// The provider.
#[derive(Debug)]
pub struct Stability;

impl Provider for Stability {
    fn describe() -> Description {
        let description = Description::new("stability")
            .summary("Has pictures made, changed and enlarged by Stability AI.")
            .credential(upstream::CREDENTIAL)
            .config_schema(include_str!("config.schema.json"))
            .cancellation(Cancellation::Billed);
        match upstream::upstream().host() {
            Some(host) => description.host(host),
            None => description,
        }
    }

    fn models(_: Option<&str>) -> Result<Models> {
        Ok(Models { models: service::SERVICES.iter().map(catalogue::model).collect(), next: None })
    }

    fn check_health() -> Result<()> {
        upstream::check()
    }
}

palisade_guest::export!(Stability: text_to_image, image_edit, image_upscale);

#[cfg(test)]
mod tests {
    use palisade_guest::FailureKind;
    use palisade_guest::http::Answer;
    use serde_json::json;

    use super::*;
    use crate::testing::stability;

    #[test]
    fn it_describes_itself_with_nothing_granted() {
        let info = Stability::describe().info;
        assert_eq!((info.hosts, info.credential_names), (vec!["api.stability.ai".into()], vec!["api-key".into()]));
        assert!(serde_json::from_str::<serde_json::Value>(&info.config_schema.unwrap()).is_ok());
    }

    #[test]
    fn health_is_whether_there_is_credit_left() {
        assert_eq!(Stability::check_health().unwrap_err().kind, FailureKind::Auth, "known before anything is sent");
        let check = |answer: Answer| {
            stability("v1/user/balance", answer);
            Stability::check_health().map_err(|failure| failure.kind)
        };
        assert_eq!(check(Answer::json(200, &json!({"credits": 0.64}))), Ok(()));
        assert_eq!(check(Answer::json(200, &json!({"credits": 0}))), Err(FailureKind::InsufficientCredit));
        assert_eq!(check(Answer::json(200, &json!({}))), Ok(()), "it is there, and does not say");
        assert_eq!(check(Answer::json(401, &json!({"name": "unauthorized"}))), Err(FailureKind::Auth));
    }
}
