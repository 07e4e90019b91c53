//! What a provider reaches, keeps and submits, from a worker: the tests of the same in this process, one by one.

#![expect(clippy::duplicate_mod, reason = "each is made here and there")]

use palisade::Isolation;

const PLACE: Isolation = Isolation::Process;

#[path = "canary.rs"]
mod canary;
#[path = "fal.rs"]
mod fal;
#[path = "keeping.rs"]
mod keeping;
#[path = "lending.rs"]
mod lending;
#[path = "lending_room.rs"]
mod lending_room;
#[path = "reaching.rs"]
mod reaching;
#[path = "vendors.rs"]
mod vendors;
#[path = "wasi_http.rs"]
mod wasi_http;
