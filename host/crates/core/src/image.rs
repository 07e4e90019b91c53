//! A picture that a provider made.

use serde::{Deserialize, Serialize};

use crate::Media;

/// One picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Image {
    /// The encoded picture.
    pub content: Media,
    /// Width in pixels, as the provider says.
    pub width: Option<u32>,
    /// Height in pixels, as the provider says.
    pub height: Option<u32>,
    /// The seed that makes this picture again.
    pub seed: Option<u64>,
    /// The prompt that was used, when it is not the caller's.
    pub revised_prompt: Option<String>,
}
