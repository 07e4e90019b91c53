//! Names of parameters that were read, as names of the program.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

/// Most names of parameters that are kept for good.
const MOST_NAMES: usize = 1000;

/// Reads the parameters of a request, whose names are those of the program. What is read names few others.
pub(crate) fn parameters<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<&'static str, Value>, D::Error> {
    let read = BTreeMap::<String, Value>::deserialize(deserializer)?;
    let known = |(name, value): (String, Value)| Some((for_good(name)?, value));
    let too_many = || de::Error::custom("it names too many parameters");
    read.into_iter().map(|parameter| known(parameter).ok_or_else(too_many)).collect()
}

/// The same name for as long as the program runs; none where there are too many.
fn for_good(name: String) -> Option<&'static str> {
    static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    // It is never left half-done.
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(name.as_str()) {
        return Some(known);
    }
    if names.len() >= MOST_NAMES {
        return None;
    }
    let kept: &'static str = name.leak();
    names.insert(kept);
    Some(kept)
}
