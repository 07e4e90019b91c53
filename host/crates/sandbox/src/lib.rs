//! Loads providers that nobody trusts, and calls them within limits.
//!
//! ```text
//! LOAD  bytes ─► gate (size, kind, structure) ─► cache | compiler in a process of its own ─► code
//!       code ─► gate (imports) ─► exports ─► Verified ─► describe, in a sandbox ─► Component
//! CALL  Call ─► fresh store (fuel, epoch deadline, limiter) ─► instantiate ─► export ─► outcome + report ─► store dropped
//! ```
//!
//! What holds a guest, each where the others leave a gap:
//!
//! - **fuel** bounds what it computes, bulk operations and the host functions that it calls included;
//! - the **epoch deadline** stops it at a time, and makes it yield to other tasks every 10 ms until then;
//! - its **clock** sums what it computed, apart from what it waited, and knows when a piece of its response is due;
//! - the **outer timeout** ends it when it waits in a host function, where epochs don't reach;
//! - one **limiter** sums all its memories and tables and what the host keeps for it.
//!
//! One provider gets half of the engine's pool at the most, and instances that are kept make room for a call.
//!
//! Nothing is granted: WASI 0.2 is linked without files, sockets or environment, because language runtimes import it
//! even for hello; any import but that and `palisade:provider` is refused before any code of the guest runs.

mod bounded;
mod cache;
mod call;
mod classify;
mod clock;
mod code;
mod compile;
mod component;
mod engine;
mod gate;
mod init;
mod isolation;
mod limiter;
mod load_event;
mod loader;
mod lock;
mod log;
mod random;
mod reason;
mod refusal;
mod serve;
mod state;
mod stdio;
mod warm;
mod worker;

pub use cache::{Cache, CacheCheck, CacheEntry};
pub use compile::Compiler;
pub use component::{Component, Verified};
pub use engine::{Allocation, Sandbox, SandboxSettings, validate_component};
pub use gate::{
    Census, ImportStanding, Interfaces, SPOKEN_HERE, SpokenVersion, check_component, exported_capabilities, interfaces,
    spoken,
};
pub use init::init;
pub use isolation::Isolation;
pub use load_event::{LoadEvent, LoadObserver};
pub use loader::{LoadOptions, Loader, read};
pub use serve::WorkerStatus;
#[doc(hidden)]
pub use serve::confine_like_a_serving_worker;
pub use warm::Reuse;
pub use worker::{Confinement, Piece, PieceStatus};
#[doc(hidden)]
pub use worker::{confine_but_for_system_calls, confine_like_a_worker};
