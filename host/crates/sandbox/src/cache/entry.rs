//! An entry: its name, and its bytes with what authenticates them.

use std::{fmt, str::FromStr};

use palisade_core::Digest;

/// What an entry begins with, the version of its format last.
const MAGIC: &[u8; 9] = b"PALISADE\x01";
/// Bytes of a MAC.
const MAC_BYTES: usize = 32;
/// Bytes before the payload.
pub(super) const HEADER_BYTES: usize = MAGIC.len() + MAC_BYTES;

/// What an entry holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Code,
    Refused,
}

/// The name of an entry: all that its content depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) digest: Digest,
    pub(super) engine: String,
    pub(super) kind: Kind,
}

impl Kind {
    pub(super) fn of(refused: bool) -> Self {
        if refused { Self::Refused } else { Self::Code }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Refused => "refused",
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}.{}", self.digest.to_hex(), self.engine, self.kind.extension())
    }
}

impl FromStr for Name {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (name, extension) = text.rsplit_once('.').ok_or(())?;
        let (digest, engine) = name.split_once('-').ok_or(())?;
        let kind = [Kind::Code, Kind::Refused].into_iter().find(|kind| kind.extension() == extension).ok_or(())?;
        let is_hash = !engine.is_empty() && engine.bytes().all(|byte| byte.is_ascii_hexdigit());
        let digest = Digest::from_hex(digest).filter(|_| is_hash).ok_or(())?;
        Ok(Self { digest, engine: engine.to_owned(), kind })
    }
}

/// The first bytes of an entry with this payload.
pub(super) fn header(key: &[u8; 32], name: &Name, payload: &[u8]) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    let (magic, mac) = header.split_at_mut(MAGIC.len());
    magic.copy_from_slice(MAGIC);
    mac.copy_from_slice(authenticate(key, name, payload).as_bytes());
    header
}

/// Whether an entry with this header and this payload was written under this name with this key.
pub(super) fn is_authentic(key: &[u8; 32], name: &Name, header: &[u8; HEADER_BYTES], payload: &[u8]) -> bool {
    let mac = header.strip_prefix(MAGIC).and_then(|mac| blake3::Hash::from_slice(mac).ok());
    // Hashes of this crate are compared in constant time.
    mac.is_some_and(|mac| mac == authenticate(key, name, payload))
}

fn authenticate(key: &[u8; 32], name: &Name, payload: &[u8]) -> blake3::Hash {
    let name = name.to_string();
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(MAGIC).update(&(name.len() as u64).to_le_bytes()).update(name.as_bytes()).update(payload);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8; 32] = &[7; 32];

    fn name(byte: u8, kind: Kind) -> Name {
        Name { digest: Digest::from_sha256([byte; 32]), engine: "0123abcd".to_owned(), kind }
    }

    fn reads(key: &[u8; 32], name: &Name, header: &[u8; HEADER_BYTES]) -> bool {
        is_authentic(key, name, header, b"code")
    }

    #[test]
    fn a_name_reads_back() {
        for name in [name(1, Kind::Code), name(2, Kind::Refused)] {
            assert_eq!(name.to_string().parse(), Ok(name));
        }
        for text in ["key", "a-b.code", ".code", "lock", "../../etc/passwd", &"0".repeat(64), "0-0.code"] {
            assert_eq!(text.parse::<Name>(), Err(()), "{text}");
        }
    }

    #[test]
    fn an_entry_is_read_under_its_own_name_and_key_only() {
        let own = name(1, Kind::Code);
        let header = header(KEY, &own, b"code");
        assert!(reads(KEY, &own, &header));
        assert!(!reads(&[8; 32], &own, &header));
        for other in [name(2, Kind::Code), name(1, Kind::Refused), Name { engine: "0".to_owned(), ..own.clone() }] {
            assert!(!reads(KEY, &other, &header));
        }
    }

    #[test]
    fn no_changed_byte_and_no_cut_goes_unseen() {
        let own = name(1, Kind::Code);
        let whole = header(KEY, &own, b"code");
        for place in 0..whole.len() {
            let mut changed = whole;
            changed[place] ^= 1;
            assert!(!reads(KEY, &own, &changed), "byte {place}");
        }
        for payload in [&b""[..], b"cod", b"codf", b"code ", b" code"] {
            assert!(!is_authentic(KEY, &own, &whole, payload), "{payload:?}");
        }
    }
}
