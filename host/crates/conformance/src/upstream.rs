//! Where the requests of a component go while it is checked.

use palisade_core::http::Outlet;

use crate::{Recorder, Recordings};

/// Where the requests of a component go while it is checked.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum Upstream {
    /// Nowhere: each is denied.
    #[default]
    None,
    /// They are answered from what was recorded, and nothing leaves.
    Recorded(Recordings),
    /// To real upstreams, and what they answer is written down.
    Recording(Recorder),
}

impl Upstream {
    /// The way out of one call, of a component that asks for these credentials.
    pub(crate) fn outlet(&self, credentials: &[String]) -> Outlet {
        match self {
            Self::None => Outlet::default(),
            Self::Recorded(recordings) => recordings.outlet(credentials),
            Self::Recording(recorder) => recorder.outlet(),
        }
    }
}
