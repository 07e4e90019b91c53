//! What providers there are beside those that somebody registers: what is looked for, what was found, who goes before whom, and what
//! follows from that.
//!
//! ```text
//! Discovery (what is looked for) ─► sources ─► Candidate ─► rank: who goes before whom ─► plan: what to do ─► Context::refresh
//!                                                                                              └─► DiscoveryReport
//! ```
//!
//! Nothing here reads, loads or waits.

mod candidate;
mod plan;
mod rank;
mod report;
mod settings;
mod variables;
mod well_known;

pub(crate) use candidate::{Candidate, Offer, Version};
pub(crate) use plan::{Present, Step, Tried, plan};
pub(crate) use rank::{Ranked, rank};
pub(crate) use settings::{ConfigurationFile, Watch};
pub(crate) use variables::Variables;
pub(crate) use well_known::{WELL_KNOWN, WellKnown};

pub use report::{DiscoveryItem, DiscoveryReport, DiscoveryState, LeftOut};
pub use settings::Discovery;
