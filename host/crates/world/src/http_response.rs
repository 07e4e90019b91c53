//! An answer of an upstream that the host keeps for a guest.

use palisade_core::http::Response;

/// An answer whose headers have come, while its guest reads it.
pub struct HttpResponse {
    pub(crate) response: Response,
    /// Bytes of its headers, which count as memory of the call.
    pub(crate) charged: u64,
}
