//! `palisade run queue`

use std::time::Duration;

use clap::{Args, ValueEnum};
use palisade::{
    Result,
    queue::{Answer, NewMessage, Operation, Request, Response},
    store,
};

use super::{
    Capability, Present,
    stored::{self, Typed},
};
use crate::{format, inputs::Inputs};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    typed: Typed<Verb>,
    /// How long received messages are this one's, for example `5m`.
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration, default_value = "30s")]
    lease: Duration,
    /// How long a message waits before it can be received.
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration, default_value = "0s")]
    delay: Duration,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Verb {
    /// `MESSAGE...`: adds messages; or a file that --input names.
    Send,
    /// `[COUNT]`: takes messages.
    Receive,
    /// `RECEIPT...`: says that messages are done with.
    Acknowledge,
    /// `RECEIPT...`: gives messages back.
    Release,
    /// `RECEIPT...`: takes messages for longer.
    Extend,
    /// Tells how many there are.
    Count,
    /// Reads messages that were given out too often.
    DeadLetters,
    /// Gives those out again.
    Redrive,
    /// Forgets all messages.
    Purge,
}

impl Capability for Arguments {
    type Operation = Request;

    const INPUT: &'static str = "A file with the message";
    const GROUPS: &'static [&'static str] = &["Arguments", "Typed"];

    fn request(self, inputs: &mut Inputs) -> Result<Request> {
        let [lease_ms, delay_ms] =
            [self.lease, self.delay].map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
        self.typed.request(inputs, |verb, mut words, inputs| {
            let operation = match verb {
                Verb::Send => {
                    let bodies = words.rest().into_iter().map(|body| inputs.argument(body).map(String::into_bytes));
                    let mut bodies = bodies.collect::<Result<Vec<_>>>()?;
                    bodies.extend(inputs.file()?.map(|file| file.data));
                    let message = |body| NewMessage { delay_ms, ..NewMessage::new(body) };
                    Operation::Send { messages: bodies.into_iter().map(message).collect() }
                }
                Verb::Receive => {
                    let limit = words.number("count")?.unwrap_or(1);
                    Operation::Receive { limit, lease_ms }
                }
                Verb::Acknowledge => Operation::Acknowledge { receipts: words.rest() },
                Verb::Release => Operation::Release { receipts: words.rest(), delay_ms },
                Verb::Extend => Operation::Extend { receipts: words.rest(), lease_ms },
                Verb::Count => Operation::Count,
                Verb::DeadLetters => Operation::DeadLetters { limit: store::PAGE },
                Verb::Redrive => Operation::Redrive,
                Verb::Purge => Operation::Purge,
            };
            words.end()?;
            Ok(operation)
        })
    }
}

impl Present<Request> for Response {
    fn text(&self, _request: &Request) -> Option<String> {
        Some(match &self.answer {
            Answer::Sent(ids) => format::lines(ids),
            Answer::Received(messages) => {
                let mut table = format::table(&["receipt", "attempts", "message"]);
                for message in messages {
                    let receipt = palisade::text::escape(&message.receipt, 100);
                    table.add_row([receipt, message.attempts.to_string(), stored::short(&message.body)]);
                }
                format::rows(table)
            }
            Answer::Settled(settled) => {
                let count = settled.iter().filter(|settled| **settled).count();
                format!("{count} of {} still were this one's\n", settled.len())
            }
            Answer::Counted(counts) => {
                let mut table = format::table(&["ready", "delayed", "leased", "dead"]);
                table
                    .add_row([counts.ready, counts.delayed, counts.leased, counts.dead].map(|count| count.to_string()));
                format::rows(table)
            }
            Answer::Moved(count) => format!("{count}\n"),
        })
    }
}
