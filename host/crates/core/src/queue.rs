//! Messages that wait until somebody has done what they ask for: each is given out to one at a time, and again where that one does not come back.

use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    check::{self, bad_output},
    media::bytes,
    store::{self, Answered, Operate, bytes_of},
};

/// What to do with messages.
pub type Request = store::Request<Operation>;
/// What became of it.
pub type Response = store::Response<Answer>;

/// Milliseconds for which messages are taken where nothing else is asked for.
pub const LEASE_MS: u64 = 30_000;

/// Something to do with messages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Operation {
    /// Adds messages, all of them in one go.
    Send {
        /// Which.
        messages: Vec<NewMessage>,
    },
    /// Takes the messages that have waited longest. Nobody else gets them until the lease is over.
    Receive {
        /// How many at the most; 1 by default.
        #[serde(default = "one")]
        limit: u32,
        /// Milliseconds for which they are taken; [`LEASE_MS`] by default.
        #[serde(default = "lease")]
        lease_ms: u64,
    },
    /// Says that messages are done with: they are forgotten.
    Acknowledge {
        /// Their receipts.
        receipts: Vec<String>,
    },
    /// Gives messages back, for others to take.
    Release {
        /// Their receipts.
        receipts: Vec<String>,
        /// Milliseconds until they can be taken; 0 by default.
        #[serde(default)]
        delay_ms: u64,
    },
    /// Takes messages for longer.
    Extend {
        /// Their receipts.
        receipts: Vec<String>,
        /// Milliseconds, from now.
        lease_ms: u64,
    },
    /// Tells how many there are.
    Count,
    /// Reads the messages that were given out too often, and are given out no more.
    DeadLetters {
        /// How many at the most; 1000 by default.
        #[serde(default = "store::page")]
        limit: u32,
    },
    /// Gives those out again that were given out too often.
    Redrive,
    /// Forgets all messages.
    Purge,
}

/// A message to add.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewMessage {
    /// What it says; in JSON as base64 with padding.
    #[serde(with = "bytes")]
    pub body: Vec<u8>,
    /// Milliseconds until it can be taken; 0 by default.
    #[serde(default)]
    pub delay_ms: u64,
    /// Where a message with the same key is in the queue, this one is not added.
    #[serde(default)]
    pub deduplication_key: Option<String>,
}

impl NewMessage {
    /// A message that can be taken at once.
    pub fn new(body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..Self::default() }
    }
}

/// A message that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The same however often it is taken.
    pub id: String,
    /// What it says; in JSON as base64 with padding.
    #[serde(with = "bytes")]
    pub body: Vec<u8>,
    /// By which it is acknowledged, released and extended; another one each time it is taken. Empty for a dead letter.
    pub receipt: String,
    /// How many times it was taken, this time included.
    pub attempts: u32,
}

/// How many messages there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Those that can be taken now.
    pub ready: u64,
    /// Those that can be taken later.
    pub delayed: u64,
    /// Those that somebody has.
    pub leased: u64,
    /// Those that were given out too often.
    pub dead: u64,
}

/// What an operation gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Of `send`: the id of each, that of the one that is there where it is there already.
    Sent(Vec<String>),
    /// Of `receive` and `dead-letters`.
    Received(Vec<Message>),
    /// Of `acknowledge`, `release` and `extend`: for each whether it still was this one's.
    Settled(Vec<bool>),
    /// Of `count`.
    Counted(Counts),
    /// Of `purge` and `redrive`: how many.
    Moved(u64),
}

impl Request {
    /// Adds messages.
    pub fn send(messages: impl IntoIterator<Item = NewMessage>) -> Self {
        Self::new(Operation::Send { messages: messages.into_iter().collect() })
    }

    /// Takes so many messages for half a minute.
    #[must_use]
    pub fn receive(limit: u32) -> Self {
        Self::new(Operation::Receive { limit, lease_ms: LEASE_MS })
    }

    /// Says that messages are done with.
    pub fn acknowledge<T: Into<String>>(receipts: impl IntoIterator<Item = T>) -> Self {
        Self::new(Operation::Acknowledge { receipts: receipts.into_iter().map(Into::into).collect() })
    }

    /// Tells how many there are.
    #[must_use]
    pub fn count() -> Self {
        Self::new(Operation::Count)
    }
}

impl Operate for Operation {
    type Answer = Answer;

    fn name(&self) -> &'static str {
        match self {
            Self::Send { .. } => "send",
            Self::Receive { .. } => "receive",
            Self::Acknowledge { .. } => "acknowledge",
            Self::Release { .. } => "release",
            Self::Extend { .. } => "extend",
            Self::Count => "count",
            Self::DeadLetters { .. } => "dead-letters",
            Self::Redrive => "redrive",
            Self::Purge => "purge",
        }
    }

    fn changes(&self) -> bool {
        !matches!(self, Self::Count | Self::DeadLetters { .. })
    }

    fn typical() -> Self {
        Self::Count
    }

    fn validate(&self) -> Result<()> {
        match self {
            Self::Send { messages } => {
                check::required_items("messages", messages.len(), "message")?;
                for (index, message) in messages.iter().enumerate() {
                    store::value(&format!("messages[{index}].body"), message.body.len())?;
                    let key = &message.deduplication_key;
                    key.iter().try_for_each(|key| store::key(&format!("messages[{index}].deduplication-key"), key))?;
                }
                Ok(())
            }
            Self::Receive { limit, lease_ms, .. } => {
                store::limit("limit", *limit)?;
                some_time(*lease_ms)
            }
            Self::Acknowledge { receipts } | Self::Release { receipts, .. } => store::keys("receipts", receipts),
            Self::Extend { receipts, lease_ms } => {
                store::keys("receipts", receipts)?;
                some_time(*lease_ms)
            }
            Self::DeadLetters { limit } => store::limit("limit", *limit),
            Self::Count | Self::Redrive | Self::Purge => Ok(()),
        }
    }

    fn size_in_bytes(&self) -> u64 {
        match self {
            Self::Send { messages } => messages.iter().map(|message| message.body.len() as u64).sum(),
            Self::Acknowledge { receipts } | Self::Release { receipts, .. } | Self::Extend { receipts, .. } => {
                bytes_of(receipts)
            }
            Self::Receive { .. } | Self::Count | Self::DeadLetters { .. } | Self::Redrive | Self::Purge => 0,
        }
    }

    fn check(&self, answer: &Answer) -> Result<()> {
        let is_answer = match (self, answer) {
            (Self::Send { messages }, Answer::Sent(ids)) => ids.len() == messages.len(),
            (Self::Receive { limit, .. } | Self::DeadLetters { limit }, Answer::Received(messages)) => {
                messages.len() <= *limit as usize
            }
            (
                Self::Acknowledge { receipts } | Self::Release { receipts, .. } | Self::Extend { receipts, .. },
                Answer::Settled(settled),
            ) => settled.len() == receipts.len(),
            (Self::Count, Answer::Counted(_)) | (Self::Redrive | Self::Purge, Answer::Moved(_)) => true,
            _ => false,
        };
        if is_answer { Ok(()) } else { Err(bad_output(format!("this is no answer to `{}`", self.name()))) }
    }
}

impl Answered for Answer {
    fn size_in_bytes(&self) -> u64 {
        match self {
            Self::Sent(ids) => bytes_of(ids),
            Self::Received(messages) => messages.iter().map(|message| message.body.len() as u64).sum(),
            Self::Settled(settled) => settled.len() as u64,
            Self::Counted(_) => size_of::<Counts>() as u64,
            Self::Moved(_) => size_of::<u64>() as u64,
        }
    }
}

fn some_time(lease_ms: u64) -> Result<()> {
    if lease_ms == 0 {
        return Err(Error::invalid_input("lease-ms", "it is 0: nobody could do anything with the message meanwhile"));
    }
    Ok(())
}

fn one() -> u32 {
    1
}

fn lease() -> u64 {
    LEASE_MS
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_no_queue_can_do_is_refused() {
        let refused = |request: Request| request.validate().unwrap_err().to_string();
        Request::send([NewMessage::new("do it"), NewMessage::new("")]).validate().unwrap();
        assert_eq!(refused(Request::send([])), "messages: it is empty: give at least one message");
        assert!(refused(Request::receive(0)).starts_with("limit: 0 of them"));
        let at_once = Request::new(Operation::Receive { limit: 1, lease_ms: 0 });
        assert!(refused(at_once).starts_with("lease-ms: it is 0"));
        assert!(refused(Request::acknowledge([""])).starts_with("receipts[0]: it is empty"));
    }

    #[test]
    fn it_is_written_in_json_as_people_would() {
        let read = |operation| serde_json::from_value::<Request>(json!({"operation": operation})).unwrap();
        assert_eq!(read(json!("count")), Request::count());
        assert_eq!(read(json!({"receive": {}})), Request::receive(1));
        assert_eq!(read(json!({"send": {"messages": [{"body": "Zm94"}]}})), Request::send([NewMessage::new("fox")]));
    }
}
