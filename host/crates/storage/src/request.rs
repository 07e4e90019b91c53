//! What a request is, whatever it is called: a hash of everything that decides its result.

use std::{fmt, io};

use ciborium::Value;
use palisade_core::{Error, ErrorKind, ProviderId, Request, Result, Scope};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// Told apart from other hashes, and from those of versions that hash otherwise.
const REQUEST: &str = "palisade request 1";
const KEY: &str = "palisade key 1";
const VALUES: &str = "palisade values 1";

/// The SHA-256 of a request and of what else decides its result.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestHash([u8; 32]);

impl RequestHash {
    /// Of this request, with `decides`: the options that make another result of the same request, such as the model that is
    /// named. The same values give the same hash in every process, in whatever order a map is held.
    ///
    /// Takes time for a request with large media: some milliseconds for each megabyte.
    ///
    /// # Errors
    ///
    /// `invalid-input` when a value cannot be written down.
    pub fn of(request: &Request, decides: &impl Serialize) -> Result<Self> {
        hash(&(REQUEST, request, decides)).map(Self)
    }

    pub(crate) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for RequestHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RequestHash(")?;
        self.0.iter().take(4).try_for_each(|byte| write!(formatter, "{byte:02x}"))?;
        formatter.write_str("..)")
    }
}

/// What a job is known by: the scope of the caller and its idempotency key, of which only the hash is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key([u8; 32]);

impl Key {
    pub(crate) fn new(scope: &Scope, idempotency_key: &str) -> Result<Self> {
        hash(&(KEY, scope, idempotency_key)).map(Self)
    }

    /// Whose values are kept together.
    pub(crate) fn of_values(provider: &ProviderId, scope: &Scope) -> Result<Self> {
        hash(&(VALUES, provider, scope)).map(Self)
    }

    pub(crate) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

fn hash(value: &impl Serialize) -> Result<[u8; 32]> {
    let failed = |error: &dyn fmt::Display| {
        Error::new(ErrorKind::InvalidInput, format!("hash the request: {error}; leave out what has no value"))
    };
    let mut value = Value::serialized(value).map_err(|error| failed(&error))?;
    sort(&mut value).map_err(|error| failed(&error))?;
    let mut hasher = Hasher(Sha256::new());
    ciborium::into_writer(&value, &mut hasher).map_err(|error| failed(&error))?;
    Ok(hasher.0.finalize().into())
}

/// Orders the entries of every map: how a map of JSON is held depends on what the program is built with.
fn sort(value: &mut Value) -> Result<(), ciborium::ser::Error<io::Error>> {
    match value {
        Value::Array(values) => values.iter_mut().try_for_each(sort),
        Value::Map(entries) => {
            let mut keyed = Vec::with_capacity(entries.len());
            for (key, mut value) in std::mem::take(entries) {
                sort(&mut value)?;
                let mut encoded = Vec::new();
                ciborium::into_writer(&key, &mut encoded)?;
                keyed.push((encoded, (key, value)));
            }
            keyed.sort_by(|(left, _), (right, _)| left.cmp(right));
            entries.extend(keyed.into_iter().map(|(_, entry)| entry));
            Ok(())
        }
        Value::Tag(_, value) => sort(value),
        _ => Ok(()),
    }
}

struct Hasher(Sha256);

impl io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use palisade_core::{Media, custom, text_to_image};
    use serde_json::json;

    use super::*;

    fn fox() -> text_to_image::Request {
        text_to_image::Request::new("a red fox")
    }

    #[test]
    fn everything_that_decides_the_result_is_in_the_hash() {
        let reference = |data: &[u8]| Media { media_type: "image/png".to_owned(), data: data.to_vec() };
        let requests: [Request; 6] = [
            fox().into(),
            text_to_image::Request { seed: Some(1), ..fox() }.into(),
            text_to_image::Request { n: 2, ..fox() }.into(),
            text_to_image::Request { references: vec![reference(b"1")], ..fox() }.into(),
            text_to_image::Request { references: vec![reference(b"2")], ..fox() }.into(),
            palisade_core::chat::Request::new("a red fox").into(),
        ];
        let hashes = requests.iter().flat_map(|request| {
            [None, Some("flux"), Some("sdxl")].map(|model| RequestHash::of(request, &model).unwrap())
        });
        let hashes: std::collections::HashSet<_> = hashes.collect();
        assert_eq!(hashes.len(), 18);
        assert_eq!(RequestHash::of(&fox().into(), &()).unwrap(), RequestHash::of(&fox().into(), &()).unwrap());
    }

    #[test]
    fn it_is_the_same_in_every_process_and_build() {
        let request = Request::from(custom::Request::new("echo", json!({"b": [1, {"d": null, "c": 2.5}], "a": "x"})));
        let options = BTreeMap::from([("model", "flux")]);
        let hash = RequestHash::of(&request, &options).unwrap();
        assert_eq!(format!("{hash:?}"), "RequestHash(352a6570..)");
    }

    #[test]
    fn the_order_of_a_map_is_nothing() {
        let map = |keys: [&str; 2]| {
            let entries = keys.map(|key| (Value::from(key), Value::from(1)));
            let mut value = Value::Map(vec![(Value::from("outer"), Value::Array(vec![Value::Map(entries.to_vec())]))]);
            sort(&mut value).unwrap();
            value
        };
        assert_eq!(map(["a", "b"]), map(["b", "a"]));
    }

    #[test]
    fn a_key_belongs_to_its_scope() {
        let scopes = [Scope::default(), Scope::new(""), Scope::new("a"), Scope::new("ab")];
        let keys = scopes.iter().flat_map(|scope| ["c", "bc"].map(|key| Key::new(scope, key).unwrap()));
        assert_eq!(keys.collect::<std::collections::HashSet<_>>().len(), 8);
    }
}
