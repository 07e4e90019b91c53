//! What a provider may use, and who decided it. Every limit belongs to one call, but for those of loading it and of its
//! calls together.

mod preset;
mod source;
mod table;
mod value;

use std::time::Duration;

pub use preset::Preset;
pub use source::{EffectiveLimits, LimitSource, LimitSources};
pub use table::{InvalidLimit, Limit, LimitGroup, Limits};
pub use value::LimitValue;

/// Stack of a guest, in bytes. It is no limit of a provider: the engine has one setting for all of them. Generous for
/// interpreters compiled to WebAssembly.
pub const GUEST_STACK_BYTES: usize = 512 << 10;

/// What asking a provider for its catalogue may use at the most, whatever the operator allows its calls.
const CATALOGUE_FUEL: u64 = 2_000_000_000;
const CATALOGUE_TIMEOUT: Duration = Duration::from_secs(10);
const CATALOGUE_RESULT_BYTES: u64 = 8 << 20;

impl Limits {
    /// The same limits, cut down for asking a provider to describe itself.
    #[must_use]
    pub fn for_catalogue(&self) -> Self {
        Self {
            fuel: self.fuel.min(CATALOGUE_FUEL),
            timeout: self.timeout.min(CATALOGUE_TIMEOUT),
            result_bytes: self.result_bytes.min(CATALOGUE_RESULT_BYTES),
            ..self.clone()
        }
    }
}
