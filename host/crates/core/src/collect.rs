//! Responses put together from their pieces.

use crate::Result;

/// Puts a response together from its events.
pub trait Collect {
    /// A piece of the response.
    type Event;
    /// The whole.
    type Response;

    /// Takes the next piece.
    ///
    /// # Errors
    ///
    /// `bad-output` when it does not go with those before.
    fn push(&mut self, event: &Self::Event) -> Result<()>;

    /// Ends the response.
    ///
    /// # Errors
    ///
    /// `bad-output` when something is missing, the end above all.
    fn finish(self) -> Result<Self::Response>;
}
