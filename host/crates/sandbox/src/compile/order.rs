//! What goes between the host and the process that compiles for it.
//!
//! ```text
//! host  ─► length (u32, little-endian) ─► Order as JSON ─► the component ─► nothing, for as long as it wants an answer
//! child ─► 2, once it is confined ─► 0 ─► the code, to the end   |   1 ─► Refusal as JSON
//! ```
//!
//! What happens before the 2 is not about the component. A child whose input ends is wanted no longer, and ends.
//!
//! Both ends are the same program or at least the same version: the code says itself which engine it is for.

use std::io::{Error, ErrorKind, Read, Result};

use serde::{Deserialize, Serialize};

use crate::Allocation;

/// The first byte of an answer.
pub(super) const COMPILED: u8 = 0;
/// The same of an answer that is a [`Refusal`](crate::refusal::Refusal).
pub(super) const REFUSED: u8 = 1;
/// What comes before an answer: the child is confined, and begins with the component.
pub(super) const READY: u8 = 2;
/// Most bytes of an order.
const MAX_ORDER: u32 = 4096;

/// What a component may cost to compile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Order {
    /// Bytes of memory, beyond those of the program itself.
    pub(super) memory_bytes: u64,
    /// Processor time, in seconds.
    pub(super) cpu_seconds: u64,
    /// Which memory the code is for.
    pub(super) allocation: Allocation,
    /// The size of the component.
    pub(super) component_bytes: u64,
}

impl Order {
    /// The order with its length before it.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>> {
        let json = serde_json::to_vec(self)?;
        let length = u32::try_from(json.len()).map_err(Error::other)?;
        Ok([&length.to_le_bytes()[..], &json].concat())
    }

    /// Reads an order, and not more.
    pub(super) fn read(mut input: impl Read) -> Result<Self> {
        let mut length = [0; 4];
        input.read_exact(&mut length)?;
        let length = u32::from_le_bytes(length);
        if length > MAX_ORDER {
            return Err(Error::new(ErrorKind::InvalidData, "this is no order to compile"));
        }
        let mut json = Vec::new();
        input.take(length.into()).read_to_end(&mut json)?;
        Ok(serde_json::from_slice(&json)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_arrives_as_it_was_sent_and_leaves_the_rest() {
        let order =
            Order { memory_bytes: 1 << 30, cpu_seconds: 60, allocation: Allocation::Pooled, component_bytes: 4 };
        let mut bytes = order.to_bytes().unwrap();
        bytes.extend(b"\0asm");
        let mut input = bytes.as_slice();
        assert_eq!(Order::read(&mut input).unwrap(), order);
        assert_eq!(input, b"\0asm");
    }

    #[test]
    fn what_is_no_order_is_refused() {
        for bytes in [&b""[..], b"\xff\xff\xff\xff{}", b"\x02\0\0\0{}", b"\x09\0\0\0{\"memory\""] {
            assert!(Order::read(bytes).is_err(), "{bytes:?}");
        }
    }
}
