//! A small HTTP client. The host lets a request out only where the operator has granted its address, and attaches the
//! credential that it names. Redirects are not followed.
//!
//! The network exists in the sandbox only: natively [`send`] fails.

pub use crate::bindings::palisade::provider::http::{Body, Header, HttpError, Method, Request, Response};

/// Sends a request and waits for the headers of the answer. A status that is no success is an answer too.
///
/// # Errors
/// When there is no answer; [`HttpError`] says why, and whether the request may have left. Natively always `denied`.
pub fn send(request: Request) -> Result<Response, HttpError> {
    #[cfg(target_arch = "wasm32")]
    return crate::bindings::palisade::provider::http::send(request);
    #[cfg(not(target_arch = "wasm32"))]
    {
        drop(request);
        Err(HttpError::Denied("the network exists in the sandbox only".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_sent_natively() {
        let request = Request {
            method: Method::Get,
            url: "https://example.com/".to_owned(),
            headers: Vec::new(),
            body: Body::Empty,
            credential: None,
            first_byte_ms: None,
        };
        assert!(matches!(send(request), Err(HttpError::Denied(_))));
    }
}
