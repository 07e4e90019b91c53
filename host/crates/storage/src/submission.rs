//! Work that a provider was given, and that is asked after until it is done.

use std::{fmt, time::SystemTime};

use palisade_core::{Capability, Error, ErrorKind, JobToken, ModelId, ProviderId, Result, Scope, Spent};
use serde::{Deserialize, Serialize};

use crate::request::Key;

/// What finds submitted work again, whatever happens to the process that submitted it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// What its provider knows it by.
    pub token: JobToken,
    /// What was asked for.
    pub capability: Capability,
    /// For whom.
    pub scope: Scope,
    /// The version of the provider that gave the token.
    pub version: String,
    /// What there is to know of the request when its result comes, as the host writes it.
    #[serde(with = "serde_bytes")]
    pub request: Vec<u8>,
    /// What is noted as spent for it; nothing more when it was settled.
    pub(crate) spent: Vec<Spent>,
}

impl Submission {
    /// Work that was submitted, of which nothing is reserved.
    #[must_use]
    pub fn new(token: JobToken, capability: Capability, scope: Scope, version: String, request: Vec<u8>) -> Self {
        Self { token, capability, scope, version, request, spent: Vec::new() }
    }

    /// What is noted as spent for it, until it is settled.
    #[must_use]
    pub fn spent(&self) -> &[Spent] {
        &self.spent
    }
}

/// What submitted work is known by here: it follows from the scope and the idempotency key of its request.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct JobId(pub(crate) Key);

impl JobId {
    /// That of the work under this key of this scope.
    ///
    /// # Errors
    ///
    /// None that a key could give rise to.
    pub fn of(scope: &Scope, idempotency_key: &str) -> Result<Self> {
        Key::new(scope, idempotency_key).map(Self)
    }

    /// Bytes of it that are shown: enough to tell a million from each other.
    const SHOWN: usize = 8;
}

/// The first sixteen digits, in hexadecimal.
impl fmt::Display for JobId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = self.0.as_bytes().iter().take(Self::SHOWN);
        digits.try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for JobId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "JobId({self})")
    }
}

impl Serialize for JobId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Submitted work, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmittedJob {
    /// What it is known by.
    pub id: JobId,
    /// Who does it, or did.
    pub provider: ProviderId,
    /// With which model.
    pub model: ModelId,
    /// When it was submitted.
    pub at: SystemTime,
    /// When it was finished; none where it is under way, or has failed.
    pub finished_at: Option<SystemTime>,
    /// What finds it again.
    pub submission: Submission,
}

/// The keys that begin with so many hexadecimal digits: the first and the last.
pub(crate) fn range_of(prefix: &str) -> Result<(Key, Key)> {
    let unknown = || {
        let shown = palisade_core::text::escape(prefix, 80);
        Error::new(ErrorKind::UnknownJob, format!("`{shown}` is no id of a job: it has 4 to 64 hexadecimal digits"))
    };
    if !(4..=64).contains(&prefix.len()) {
        return Err(unknown());
    }
    let (mut first, mut last) = ([0_u8; 32], [u8::MAX; 32]);
    for (place, digit) in prefix.chars().enumerate() {
        let digit = digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()).ok_or_else(unknown)?;
        for (key, fill) in [(&mut first, 0), (&mut last, 0xf)] {
            let byte = key.get_mut(place / 2).ok_or_else(unknown)?;
            *byte = if place % 2 == 0 { digit << 4 | fill } else { *byte & 0xf0 | digit };
        }
    }
    Ok((Key::from_bytes(first), Key::from_bytes(last)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_spans_the_keys_that_begin_with_it() {
        let (first, last) = range_of("a1B2c").unwrap();
        assert_eq!(first.as_bytes()[..4], [0xa1, 0xb2, 0xc0, 0]);
        assert_eq!(last.as_bytes()[..4], [0xa1, 0xb2, 0xcf, 0xff]);
        let whole = "0123456789abcdef".repeat(4);
        let (first, last) = range_of(&whole).unwrap();
        assert_eq!(first, last);
        assert_eq!(JobId(first).to_string(), "0123456789abcdef");
        for wrong in ["", "abc", "xyzw", "grün", &format!("{whole}0")] {
            assert_eq!(range_of(wrong).unwrap_err().kind(), ErrorKind::UnknownJob, "{wrong}");
        }
    }
}

#[cfg(test)]
#[path = "submission_tests.rs"]
mod ledger_tests;
