//! The process that compiles: this program again, asked to do nothing else.

use std::io::{self, Read as _, Write as _};

use wasmtime::Engine;

use super::order::{COMPILED, Order, REFUSED};
use crate::{
    engine::strict_profile,
    refusal::Refusal,
    worker::{Bounds, Memory, Unsealed},
};

/// Compiles what comes in. Before anything of the component is read, it gives up for good what compiling does not need.
pub(crate) fn serve() -> io::Result<()> {
    let mut input = io::stdin().lock();
    let order = Order::read(&mut input)?;
    let bounds = Bounds { memory: Memory::Mapped(order.memory_bytes), cpu_seconds: Some(order.cpu_seconds) };
    // A kernel that lacks a piece keeps nobody from compiling: `palisade doctor` tells the operator.
    let _confinement = Unsealed::begin(&bounds)?.seal()?;
    let mut component = Vec::new();
    input.read_to_end(&mut component)?;
    let (status, payload) = match Engine::new(&strict_profile(order.allocation)) {
        Ok(engine) => match super::compile(&engine, &component) {
            Ok(code) => (COMPILED, code),
            Err(error) => (REFUSED, serde_json::to_vec(&Refusal::from(&error))?),
        },
        Err(error) => return Err(io::Error::other(format!("{error:#}"))),
    };
    let mut output = io::stdout().lock();
    output.write_all(&[status])?;
    output.write_all(&payload)?;
    output.flush()
}
