//! Pipelines: steps that pass on to each other what they make, checked before they run.
//!
//! ```text
//! TOML · JSON ─► Definition ──────► Plan ─────────────────────► Run ─────────────────────► Report
//! builder ───────┘ as written       checked: names, types,      on a host: as many steps   what each step has made, who,
//!                                   cycles, order               at one time as are ready   for how much; what came out
//!                                     │                           │  ▲
//!                                     ├─► Quote: who would        ▼  │ by a hash of the request and of who may serve it
//!                                     │   serve, for how much    Store: what steps have made; runs that have not ended
//!                                     └─► graph: DOT, SVG
//! ```
//!
//! A *step* is one request of one capability, and who may serve it. Each field of the request is set to something that is known, or to a
//! reference: `${inputs.topic}`, `${steps.idea.text}`, inside of a text too. What fields and what a step makes are is in one table
//! ([`fields`], [`outputs`]); by it everything is checked before anything runs, but what is inside of JSON.
//!
//! What a step has made is kept under a hash of all that it depends on. A run that is interrupted goes on from there: its steps give the same
//! hashes. Each call has an idempotency key made from the run and the step, so that work which was submitted is not submitted again.

mod assemble;
mod context;
mod definition;
mod drawing;
mod expression;
mod failure;
mod field;
mod graph;
mod inputs;
mod kind;
mod layout;
mod name;
mod names;
mod observer;
mod order;
mod plan;
mod problem;
mod quote;
mod report;
mod run;
mod search;
mod step;
mod store;
mod template;
mod time;
mod values;

pub use definition::{Definition, Format, Input, Step};
pub use failure::Failure;
pub use field::{Field, Output, fields, outputs};
pub use inputs::Inputs;
pub use kind::{Base, Kind};
pub use name::{InvalidName, Name};
pub use observer::{Observer, StepEvent};
pub use plan::Plan;
pub use problem::{Problem, Problems};
pub use quote::{Quote, StepQuote};
pub use report::{Done, Made, Report, StepReport, StepState};
pub use run::RunSettings;
