//! The hostile corpus: the worst components that we can think of, each with how it has to end, in one table for the tests
//! that hold it to that and for the programs that measure it.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and its helpers do too"
)]

mod built;
mod bytes;
mod case;
pub mod cases;
mod guest;
mod stage;
mod usage;

pub use built::{built, numbered, target};
pub use case::{Case, End, Expected, Work};
pub use guest::Guest;
pub use stage::{Played, Stage, play_alone};
pub use usage::Usage;
