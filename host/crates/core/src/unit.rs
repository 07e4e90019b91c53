//! What providers count and bill.

use std::{convert::Infallible, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

macro_rules! units {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// Something that is counted: for prices, quotas and usage.
        ///
        /// The list grows; a unit that this version doesn't know is kept under its name and has no price.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        #[non_exhaustive]
        pub enum Unit {
            $($(#[$doc])* $variant,)+
            /// A unit that this version doesn't know.
            Other(String),
        }

        impl Unit {
            /// The name of the unit, as in `types.usage-item` of the WIT package.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)+
                    Self::Other(name) => name,
                }
            }
        }

        impl From<String> for Unit {
            fn from(name: String) -> Self {
                match name.as_str() {
                    $($name => Self::$variant,)+
                    _ => Self::Other(name),
                }
            }
        }
    };
}

units! {
    /// A token that goes in.
    InputToken = "input-token",
    /// A token that comes out.
    OutputToken = "output-token",
    /// A token of reasoning that is not shown.
    ReasoningToken = "reasoning-token",
    /// A token that goes in and was cached.
    CachedInputToken = "cached-input-token",
    /// A token written to a cache.
    CacheWriteToken = "cache-write-token",
    /// A picture, whatever its size.
    Image = "image",
    /// 10⁶ pixels.
    Megapixel = "megapixel",
    /// A step of a sampler.
    Step = "step",
    /// A second of film.
    VideoSecond = "video-second",
    /// A second of sound.
    AudioSecond = "audio-second",
    /// A second of a machine.
    ComputeSecond = "compute-second",
    /// A character of text.
    Character = "character",
    /// A call.
    Request = "request",
}

impl FromStr for Unit {
    type Err = Infallible;

    fn from_str(name: &str) -> Result<Self, Infallible> {
        Ok(name.to_owned().into())
    }
}

impl From<Unit> for String {
    fn from(unit: Unit) -> Self {
        unit.as_str().to_owned()
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}
