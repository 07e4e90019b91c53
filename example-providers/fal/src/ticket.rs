//! What finds a job again.

use palisade_guest::jobs::{self, Remarks};
use palisade_guest::{Failure, Result, Submitted};
use serde::{Deserialize, Serialize};

use crate::capability::Capability;

/// A job in the queue. It names no address: those are made anew from where the queue is, so that nobody can lead them elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ticket {
    /// The path of the model.
    pub(crate) model: String,
    /// What the queue calls the job.
    pub(crate) request: String,
    pub(crate) capability: Capability,
    /// How long the film was asked to be, or is when it is not said; for what was used where the queue does not say that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seconds: Option<u32>,
    /// What the caller is told in the end.
    #[serde(default, skip_serializing_if = "Remarks::is_empty")]
    pub(crate) remarks: Remarks,
}

impl Ticket {
    pub(crate) fn read(token: &[u8]) -> Result<Self> {
        jobs::read(token)
    }

    pub(crate) fn token(&self) -> Result<Vec<u8>> {
        jobs::token(self).map_err(|failure| self.own(failure))
    }

    /// The failure of a job that was submitted.
    pub(crate) fn own(&self, failure: Failure) -> Failure {
        failure.submitted(Submitted::Yes).upstream_id(self.request.clone())
    }
}

/// Whether this may be what the queue calls a job. It becomes a part of addresses.
pub(crate) fn is_request(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ticket;

    #[test]
    fn a_token_holds_what_finds_the_job_and_no_more() {
        let ticket = ticket(Capability::TextToImage);
        let token = ticket.token().unwrap();
        let expected = r#"{"model":"fal-ai/flux/dev","request":"r-1","capability":"text-to-image"}"#;
        assert_eq!(std::str::from_utf8(&token).unwrap(), expected);
        assert_eq!(Ticket::read(&token).unwrap(), ticket);
        assert!(Ticket::read(b"{}").is_err());
    }

    #[test]
    fn an_id_cannot_lead_elsewhere() {
        assert!(is_request("764cabcf-b745-4b3e-ae38-1200304cf45b"));
        for id in ["", "a/b", "..", "a?b", "a%2fb", &"x".repeat(65)] {
            assert!(!is_request(id), "{id}");
        }
    }
}
