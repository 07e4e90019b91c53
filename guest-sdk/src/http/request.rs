//! What is sent, built step by step.

use serde::Serialize;

use super::{Body, Form, Header, HttpError, Method, Request, Response};
use crate::{Failure, Result};

impl Request {
    /// Does this with an absolute `https` address, without headers, body and credential.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self { method, url: url.into(), headers: Vec::new(), body: Body::Empty, credential: None, first_byte_ms: None }
    }

    /// Reads this address.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::Get, url)
    }

    /// Submits to this address.
    pub fn post(url: impl Into<String>) -> Self {
        Self::new(Method::Post, url)
    }

    /// Deletes this address.
    pub fn delete(url: impl Into<String>) -> Self {
        Self::new(Method::Delete, url)
    }

    /// Has the host attach the credential of this name, as the operator said how.
    #[must_use]
    pub fn credential(mut self, name: impl Into<String>) -> Self {
        self.credential = Some(name.into());
        self
    }

    /// Adds a header line.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push(Header { name: name.into(), value: value.into() });
        self
    }

    /// Sends these bytes as this media type.
    #[must_use]
    pub fn body(self, media_type: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self { body: Body::Bytes(bytes), ..self.header("content-type", media_type) }
    }

    /// Sends this as JSON.
    ///
    /// # Errors
    /// `internal` when it has no form in JSON.
    pub fn json(self, value: &(impl Serialize + ?Sized)) -> Result<Self> {
        Ok(self.body("application/json", serde_json::to_vec(value).map_err(Failure::internal)?))
    }

    /// Sends this form.
    #[must_use]
    pub fn form(self, form: Form) -> Self {
        let (media_type, bytes) = form.into_body();
        self.body(media_type, bytes)
    }

    /// Gives up when the first byte of the answer has not come after so many milliseconds, rather than at the end of
    /// the call.
    #[must_use]
    pub fn first_byte_ms(mut self, milliseconds: u32) -> Self {
        self.first_byte_ms = Some(milliseconds);
        self
    }

    /// Sends it and waits for the headers of the answer. A status that is no success is an answer too.
    ///
    /// # Errors
    /// When there is no answer. As a [`Failure`], the error says whether the request may have left.
    pub fn send(self) -> Result<Response, HttpError> {
        super::send(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_built_step_by_step() {
        let request = Request::post("https://api.example.com/")
            .credential("api-key")
            .header("x-version", "2")
            .first_byte_ms(100)
            .json(&["a"])
            .unwrap();
        let header = |name: &str, value: &str| Header { name: name.into(), value: value.into() };
        let expected = Request {
            method: Method::Post,
            url: "https://api.example.com/".into(),
            headers: vec![header("x-version", "2"), header("content-type", "application/json")],
            body: Body::Bytes(b"[\"a\"]".to_vec()),
            credential: Some("api-key".into()),
            first_byte_ms: Some(100),
        };
        assert_eq!(request, expected);
    }
}
