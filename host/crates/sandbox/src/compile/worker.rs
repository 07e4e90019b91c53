//! The process that compiles: this program again, asked to do nothing else.

use std::{
    io::{self, Read as _, Write as _},
    process,
    sync::{Arc, Barrier, mpsc},
    thread,
};

use wasmtime::Engine;

use super::order::{COMPILED, Order, READY, REFUSED};
use crate::{
    engine::strict_profile,
    refusal::Refusal,
    worker::{Bounds, Memory, Unsealed},
};

/// Stack of the thread that listens.
const LISTENER_STACK: usize = 64 << 10;
/// Most address space that the thread takes, with what the system's allocator reserves for it.
const LISTENER_BYTES: u64 = 256 << 20;

/// Compiles what comes in. Before anything of the component is read, it gives up for good what compiling does not need.
pub(crate) fn serve() -> io::Result<()> {
    let order = Order::read(&mut io::stdin().lock())?;
    let bounds = |bytes| Bounds { memory: Memory::Mapped(bytes), cpu_seconds: Some(order.cpu_seconds) };
    let mut unsealed = Unsealed::begin(&bounds(order.memory_bytes.saturating_add(LISTENER_BYTES)))?;
    let (sender, received) = mpsc::channel();
    let (step, bytes) = (Arc::new(Barrier::new(2)), order.component_bytes);
    let listener = {
        let step = Arc::clone(&step);
        move || listen(&step, bytes, &sender)
    };
    thread::Builder::new().name("palisade-in".to_owned()).stack_size(LISTENER_STACK).spawn(listener)?;
    step.wait();
    unsealed.limit_again(&bounds(order.memory_bytes))?;
    // A kernel that lacks a piece keeps nobody from compiling: `palisade doctor` tells the operator.
    let _confinement = unsealed.seal()?;
    say(&[READY])?;
    step.wait();
    let component = received.recv().map_err(io::Error::other)?;

    let engine =
        Engine::new(&strict_profile(order.allocation)).map_err(|error| io::Error::other(format!("{error:#}")))?;
    let (kind, payload) = match super::compile(&engine, &component) {
        Ok(code) => (COMPILED, code),
        Err(error) => (REFUSED, serde_json::to_vec(&Refusal::from(&error))?),
    };
    say(&[kind])?;
    say(&payload)
}

/// Takes the component in, and then waits for the end of the input: the host has died or given up, and what goes on here is
/// for nobody.
fn listen(step: &Barrier, bytes: u64, sender: &mpsc::Sender<Vec<u8>>) {
    // This thread is there, and then everything is given up.
    step.wait();
    step.wait();
    let mut input = io::stdin().lock();
    let mut component = Vec::new();
    let read = input.by_ref().take(bytes).read_to_end(&mut component);
    if read.is_ok_and(|read| read as u64 == bytes) && sender.send(component).is_ok() {
        // Nothing more comes but the end.
        let _ended = io::copy(&mut input, &mut io::sink());
    }
    process::exit(1);
}

fn say(bytes: &[u8]) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(bytes)?;
    output.flush()
}
