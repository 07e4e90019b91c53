//! Checks a component as its author would have it checked: against the rules, and against what it says of itself.
//!
//! ```text
//! bytes ─► names of imports and exports ─► Loader: gate, compile, describe ─► Component
//!   catalogue ─► is it the same twice, what does it cost, is it of use
//!   catalogue ─► suite: a Case for what it says, for its edges, and for what it does not say
//!     Case ─► one call ─► Answer (response | error, pieces, what it used) ─► judge ─► Finding
//!     where its work is a job: submit ─► token ─► poll, each time of another instance ─► Answer
//!   a good Case ─► again with its seed, again in one instance, as a job that is cancelled ─► Finding
//!   Findings by what was checked ─► Check;  what was used ─► Usage ─► SuggestedLimit
//! ─► Report { component, digest, interfaces, imports, checks, resources, suggested_limits, verdict }
//! ```
//!
//! Requests of the component go to an [`Upstream`]: nowhere, to [`Recordings`], or out by the way that a host gives, past a
//! [`Recorder`]. This crate opens no connection.
//!
//! What a case is made from is the request types of `palisade-core` and the catalogue, with a seed: the same component and
//! settings give the same cases. What could not be checked is in the report as well.

mod catalogue;
mod checker;
mod code;
mod door;
mod exchange;
mod imports;
mod job;
mod job_rules;
mod judge;
mod material;
mod parameters;
mod recorder;
mod recordings;
mod repeated;
mod report;
mod resources;
mod run;
mod settings;
mod suite;
mod upstream;

pub use checker::Checker;
pub use code::{Code, Severity};
pub use recorder::{Recorded, Recorder};
pub use recordings::Recordings;
pub use report::{Check, Finding, Import, Interface, Outcome, Report, SuggestedLimit, Usage, Verdict};
pub use settings::Settings;
pub use upstream::Upstream;
