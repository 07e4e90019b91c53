//! What is written down of a job.

use palisade_core::{ModelId, ProviderId};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;

use crate::{
    failure::Failure,
    options::time,
    request::{Key, RequestHash},
    submission::{JobId, Submission, SubmittedJob},
};

/// The first byte of a record, so that a later version can read those of this one.
const VERSION: u8 = 1;

/// What is known of a job. One that has no end, and that nobody in this process works on, has an end that nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    request: ByteArray<32>,
    /// The last attempt that may be billed; none for a job that is free.
    pub(crate) attempt: Option<Attempt>,
    /// What finds it again; none for work that was not handed over as a job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) submission: Option<Submission>,
    /// When it was finished, in milliseconds since 1970.
    pub(crate) finished_at: Option<u64>,
    /// When it may be forgotten, in milliseconds since 1970.
    pub(crate) expires_at: u64,
}

/// An attempt that may be billed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) provider: ProviderId,
    pub(crate) model: ModelId,
    /// When it began, in milliseconds since 1970.
    pub(crate) at: u64,
    /// What the upstream calls it.
    pub(crate) upstream_id: Option<String>,
}

impl Record {
    pub(crate) fn new(request: RequestHash, attempt: Option<Attempt>, expires_at: u64) -> Self {
        Self { request: ByteArray::new(*request.as_bytes()), attempt, submission: None, finished_at: None, expires_at }
    }

    pub(crate) fn request(&self) -> RequestHash {
        RequestHash::from_bytes(*self.request)
    }

    /// As what it is listed, where it is work that was submitted.
    pub(crate) fn into_listed(self, key: Key) -> Option<SubmittedJob> {
        let (attempt, submission) = (self.attempt?, self.submission?);
        Some(SubmittedJob {
            id: JobId(key),
            provider: attempt.provider,
            model: attempt.model,
            at: time(attempt.at),
            finished_at: self.finished_at.map(time),
            submission,
        })
    }

    pub(crate) fn encode(&self) -> Result<Vec<u8>, Failure> {
        let mut bytes = vec![VERSION];
        ciborium::into_writer(self, &mut bytes).map_err(|_| Failure::Unreadable("a record of a job"))?;
        Ok(bytes)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Failure> {
        let body = bytes.strip_prefix(&[VERSION]);
        body.and_then(|body| ciborium::from_reader(body).ok()).ok_or(Failure::Unreadable("a record of a job"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back_and_one_of_another_version_is_refused() {
        let attempt = Attempt {
            provider: "fal".parse().unwrap(),
            model: "flux".parse().unwrap(),
            at: 7,
            upstream_id: Some("job-1".to_owned()),
        };
        let record = Record::new(RequestHash::from_bytes([3; 32]), Some(attempt), 9);
        let mut bytes = record.encode().unwrap();
        assert_eq!(Record::decode(&bytes).unwrap(), record);
        bytes[0] = 2;
        assert!(matches!(Record::decode(&bytes), Err(Failure::Unreadable(_))));
        assert!(matches!(Record::decode(&[]), Err(Failure::Unreadable(_))));
    }
}
