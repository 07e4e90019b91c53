//! A small HTTP client. The host lets a request out only where the operator has granted its address, and attaches the
//! credential that it names. Redirects are not followed.
//!
//! ```no_run
//! use palisade_guest::{Result, http};
//!
//! fn ask(question: &serde_json::Value) -> Result<serde_json::Value> {
//!     let request = http::Request::post("https://api.example.com/v1/answer").credential("api-key").json(question)?;
//!     request.send()?.accept()?.json()
//! }
//! ```
//!
//! [`Request`] is what is sent, with a [`Form`] where an upstream wants files; [`Response`] is what comes back, as a
//! whole or in pieces. [`Response::accept`] makes a [`Refusal`] of a status that is no success, and that becomes a
//! [`Failure`](crate::Failure) by itself, as an [`HttpError`] does: what it says of the kind and of what has been
//! submitted is true of most upstreams.
//!
//! The network exists in the sandbox only. Natively `send` fails, but in tests, where `set_in_test` answers:
//!
//! ```
//! # #[cfg(not(target_arch = "wasm32"))] {
//! use palisade_guest::http::{self, Answer};
//!
//! http::set_in_test(|request| {
//!     assert_eq!(request.url, "https://api.example.com/v1/answer");
//!     Ok(Answer::new(200).piece(*b"{\"answer\":").piece(*b" 42}"))
//! });
//! let response = http::Request::get("https://api.example.com/v1/answer").send().unwrap();
//! assert_eq!(response.json::<serde_json::Value>().unwrap()["answer"], 42);
//! # }
//! ```

#[cfg(not(target_arch = "wasm32"))]
mod canned;
mod error;
mod form;
mod refusal;
mod request;
mod response;
mod wait;

pub use crate::bindings::palisade::provider::http::{Body, Header, HttpError, Method, Request};
#[cfg(not(target_arch = "wasm32"))]
pub use canned::{Answer, Sent, answer_in_test, set_in_test};
pub use form::Form;
pub use refusal::Refusal;
pub use response::{Pieces, Response};

/// Sends a request and waits for the headers of the answer. A status that is no success is an answer too.
///
/// # Errors
/// When there is no answer; [`HttpError`] says why, and whether the request may have left. Natively `denied`, unless
/// `set_in_test` answers.
pub fn send(request: Request) -> Result<Response, HttpError> {
    #[cfg(target_arch = "wasm32")]
    let source = crate::bindings::palisade::provider::http::send(request)?;
    #[cfg(not(target_arch = "wasm32"))]
    let source = canned::send(&request)?;
    Ok(Response::new(source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_sent_natively() {
        assert!(matches!(send(Request::get("https://example.com/")), Err(HttpError::Denied(_))));
    }
}
