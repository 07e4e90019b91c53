//! Messages as bytes: a length, and so much CBOR.

use std::io::{self, Read};

use serde::{Serialize, de::DeserializeOwned};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Bytes of the length.
const HEADER: usize = size_of::<u32>();
/// What anything but a text, bytes or a fraction takes in memory, at the most: the slots of a list, of a map.
const ITEM: u64 = 48;
/// What a fraction takes.
const FRACTION: u64 = 16;

/// A message with its length before it.
pub(super) fn encode(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; HEADER];
    ciborium::into_writer(message, &mut frame).map_err(io::Error::other)?;
    let length = u32::try_from(frame.len() - HEADER).map_err(|_| invalid("a message is larger than 4 GiB"))?;
    if let Some(header) = frame.first_chunk_mut() {
        *header = length.to_le_bytes();
    }
    Ok(frame)
}

/// Reads a message of somebody who is trusted; none at the end.
pub(super) fn read<M: DeserializeOwned>(input: &mut impl Read) -> io::Result<Option<M>> {
    let mut header = [0; HEADER];
    match input.read_exact(&mut header) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        result => result?,
    }
    let length = u32::from_le_bytes(header);
    let mut payload = Vec::new();
    input.take(length.into()).read_to_end(&mut payload)?;
    decode(&payload, length).map(Some)
}

/// Reads a message of somebody who is not, and which takes no more memory than so much; none at the end.
pub(super) async fn receive<M: DeserializeOwned>(
    input: &mut (impl AsyncRead + Unpin),
    limit: u64,
) -> io::Result<Option<M>> {
    let length = match input.read_u32_le().await {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        length => length?,
    };
    if u64::from(length) > limit {
        return Err(invalid("a message is longer than it may be"));
    }
    // Grown by what comes, and not by what was said to come.
    let mut payload = Vec::new();
    input.take(length.into()).read_to_end(&mut payload).await?;
    weigh(&payload, limit)?;
    decode(&payload, length).map(Some)
}

fn decode<M: DeserializeOwned>(payload: &[u8], length: u32) -> io::Result<M> {
    if payload.len() as u64 != u64::from(length) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut rest = payload;
    let message = ciborium::from_reader(&mut rest).map_err(|error| invalid(&error.to_string()))?;
    if rest.is_empty() { Ok(message) } else { Err(invalid("there is more than a message")) }
}

/// Refuses what would take more memory than this, once it is read. A byte can become a list, and a list an object.
fn weigh(mut payload: &[u8], limit: u64) -> io::Result<()> {
    let mut weight = 0_u64;
    while let Some((head, rest)) = payload.split_first() {
        payload = rest;
        let (major, info) = (head >> 5, head & 0x1f);
        let argument = match info {
            0..24 => u64::from(info),
            24..28 => {
                let size = 1_usize << (info - 24);
                let bytes = payload.split_off(..size).ok_or(io::ErrorKind::UnexpectedEof)?;
                bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
            }
            31 => 0,
            _ => return Err(invalid("a message is not CBOR")),
        };
        weight = match major {
            2 | 3 => {
                let length = usize::try_from(argument).map_err(|_| io::ErrorKind::UnexpectedEof)?;
                payload.split_off(..length).ok_or(io::ErrorKind::UnexpectedEof)?;
                weight.saturating_add(ITEM).saturating_add(argument)
            }
            7 if info >= 24 => weight.saturating_add(FRACTION),
            _ => weight.saturating_add(ITEM),
        };
        if weight > limit {
            return Err(invalid("a message takes more memory than it may"));
        }
    }
    Ok(())
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn check(bytes: &[u8], limit: u64) -> io::Result<Option<Value>> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut input = bytes;
        runtime.block_on(receive(&mut input, limit))
    }

    #[test]
    fn a_message_arrives_as_it_was_and_the_next_one_behind_it() {
        let message = json!({ "text": "hello", "numbers": [1, -2, 0.1, null, true], "deep": [[[{}]]] });
        let frames = [encode(&message).unwrap(), encode(&json!(2)).unwrap()].concat();
        let mut input = frames.as_slice();
        assert_eq!(read::<Value>(&mut input).unwrap().unwrap(), message);
        assert_eq!(read::<Value>(&mut input).unwrap().unwrap(), json!(2));
        assert!(read::<Value>(&mut input).unwrap().is_none());
        assert_eq!(check(&encode(&message).unwrap(), 4096).unwrap().unwrap(), message);
    }

    #[test]
    fn what_is_small_on_the_way_and_large_in_memory_is_refused() {
        for nothing in [Value::Null, json!([]), json!("")] {
            let nothings = encode(&vec![nothing; 100_000]).unwrap();
            assert!(nothings.len() < 200_000);
            assert!(check(&nothings, 1 << 20).is_err());
            assert!(check(&nothings, 16 << 20).is_ok());
        }
    }

    #[test]
    fn what_is_cut_off_or_too_long_or_too_deep_is_refused() {
        let frame = encode(&json!(["a text", { "key": 1 }])).unwrap();
        for length in HEADER..frame.len() {
            assert!(check(&frame[..length], 4096).is_err(), "{length}");
        }
        assert!(check(b"\xff\xff\xff\xff", 4096).is_err());
        let mut longer = frame.clone();
        longer.push(0);
        longer[0] += 1;
        assert!(check(&longer, 4096).is_err());
        let deep = [vec![0x81; 100_000], vec![0]].concat();
        let frame = [&u32::try_from(deep.len()).unwrap().to_le_bytes()[..], &deep].concat();
        assert!(check(&frame, 1 << 30).is_err(), "a list in a list in a list");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let frame = [&u32::try_from(bytes.len()).unwrap().to_le_bytes()[..], &bytes].concat();
            let _any = check(&frame, 1 << 20);
        }
    }
}
