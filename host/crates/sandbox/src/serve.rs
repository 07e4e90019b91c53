//! A provider that runs in a worker: a second wall, for the day on which the engine has a hole.
//!
//! ```text
//! host                                    worker: no files, no network, no programs, no secrets
//!   Start ─────────────────────────────►  gives up everything
//!   checks what holds  ◄── Ready ───────
//!   Load (code, settings, limits) ─────►  links
//!   Call ──────────────────────────────►  runs the guest, under all limits of a call
//!   progress, pieces  ◄── Tell, Ask ────
//!   Answer ────────────────────────────►
//!   checks  ◄── Done ───────────────────
//! ```
//!
//! Two pipes carry frames of CBOR, with one enum for each direction. The host trusts nothing that comes back: every frame is
//! weighed before it is read, every id must be of a call that goes on, responses are checked as those of any provider, and
//! figures never exceed the limits or the host's own clock. A worker that breaks these rules, dies or does not let go of a
//! call in time is ended; the next call starts another one.

mod current;
mod failure;
mod figures;
mod frame;
mod guest;
mod link;
mod message;
mod remote;
mod room;
mod table;
mod work;

pub use current::WorkerStatus;
pub(crate) use remote::{Remote, Setup};
#[doc(hidden)]
pub use work::confine_like_a_serving_worker;
pub(crate) use work::serve;
