//! A provider that runs in a worker: a second wall, for the day on which the engine has a hole.
//!
//! ```text
//! host                                    worker: no files, no network, no programs, no secrets
//!   Start ─────────────────────────────►  gives up everything
//!   checks what holds  ◄── Ready ───────
//!   Load (code, settings, limits) ─────►  links
//!   Call ──────────────────────────────►  runs the guest, under all limits of a call
//!   sends, keeps  ◄── Ask, More, Forget
//!   Reply ─────────────────────────────►
//!   progress, pieces  ◄── Progress, Piece
//!   Taken ─────────────────────────────►
//!   checks  ◄── Done ───────────────────
//! ```
//!
//! Two pipes carry messages: a head, and a body of CBOR. The host trusts nothing that comes back. From the head alone it judges
//! whether the call goes on, whether anybody asked, and whether there is room ([`table`], [`sizes`]); the body is weighed
//! before it is read ([`frame`]). A response and its pieces are held to all rules to which those of a guest here are held, and
//! figures never exceed the limits or the host's own clock ([`believe`]). What a guest asks for ([`question`]) is counted
//! ([`tally`]), and done by the host with what the call was granted ([`answer`]). A worker that breaks these rules, dies, does not read
//! or does not let go of a call in time is ended ([`keeper`]); the next call starts another one.

mod answer;
mod ask;
mod believe;
mod current;
mod ear;
mod failure;
mod figures;
mod frame;
mod guest;
mod job;
mod keeper;
mod link;
mod message;
mod question;
mod remote;
mod room;
mod sizes;
mod table;
mod tally;
mod work;

pub use current::WorkerStatus;
pub(crate) use remote::{Remote, Setup};
pub(crate) use room::Reached as WorkerReach;
#[doc(hidden)]
pub use work::confine_like_a_serving_worker;
pub(crate) use work::serve;
