//! What this provider can do.

use serde::{Deserialize, Serialize};

/// A capability, as its interface is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Capability {
    TextToImage,
    TextToVideo,
    ImageToVideo,
}
