//! Messages until somebody is done with them, in SQLite.
//!
//! ```text
//!              receive                    acknowledge
//!   waiting ───────────────► leased ──────────────────────► gone
//!      ▲  ▲                  │   │ extend ↺
//!      │  └── release ───────┘   │
//!      └── the lease is over ────┤
//!      ▲                         └─ it was taken too often ─► dead ─┐
//!      └──────────────────────── redrive ───────────────────────────┘
//! ```
//!
//! Who comes too late with a receipt is heard as long as nobody else took the message meanwhile, so that what was done is not
//! done again. A dead letter still is in the queue: it counts, and another one with its key is not added.

use std::sync::Arc;

use palisade_core::{
    Capability, Request, Response, Result,
    queue::{self as core, Answer, Counts, Message, NewMessage, Operation},
};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Deserialize;

use crate::{
    clock::{Clock, later},
    database::{Database, Schema},
    failure,
    place::Place,
    spaces::{self, Answering, Quota},
    store::{Kind, Store, other_kind},
    units,
};

/// Keeps messages until somebody is done with them.
pub type Queue = Store<Messages>;

/// What there is to decide about queues.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct QueueOptions {
    /// How many times a message is given out before it is a dead letter. 5 by default.
    pub max_attempts: std::num::NonZeroU32,
    /// Most messages of a namespace, dead letters included. A million by default.
    pub messages: u32,
    /// Most bytes that a namespace may hold: those of the messages and their keys, and 64 for each. 1 GiB by default.
    #[serde(deserialize_with = "units::bytes::deserialize")]
    pub quota: u64,
    /// Most namespaces that hold something. 1000 by default.
    pub namespaces: u32,
}

impl Default for QueueOptions {
    fn default() -> Self {
        const FIVE: std::num::NonZeroU32 = std::num::NonZeroU32::MIN.saturating_add(4);
        Self { max_attempts: FIVE, messages: 1_000_000, quota: 1 << 30, namespaces: 1000 }
    }
}

const ID: i32 = 0x5051_5501;
/// What a message takes beside its body, where only so many bytes are wanted.
const MESSAGE: u64 = 128;

/// A database of messages.
pub struct Messages {
    database: Database,
    rules: Rules,
    clock: Clock,
}

#[derive(Clone, Copy)]
struct Rules {
    quota: Quota,
    max_attempts: u32,
    messages: u32,
}

impl Kind for Messages {
    type Options = QueueOptions;

    const CAPABILITY: Capability = Capability::Queue;
    const MODEL: &'static str = "sqlite";
    const SUMMARY: &'static str = "Keeps messages until somebody is done with them";
    const OPERATIONS: &'static [&'static str] =
        &["send", "receive", "acknowledge", "release", "extend", "count", "dead-letters", "redrive", "purge"];

    fn open(place: &Place, options: &Self::Options, clock: &Clock) -> Result<Self> {
        // `ready` is when it can be taken: of one that is leased, when the lease is over.
        let tables = format!(
            "create table messages (
                 id integer primary key autoincrement, space integer not null, body blob not null, key text,
                 ready integer not null, attempts integer not null default 0, receipt integer,
                 dead integer not null default 0, size integer not null
             ) strict;
             create index turns on messages (space, dead, ready, id);
             create index attempted on messages (space, attempts) where dead = 0 and attempts > 0;
             create unique index keys on messages (space, key) where key is not null;
             {}",
            spaces::tables("messages")
        );
        let database = Database::open(place, &Schema { id: ID, version: 1, tables })?;
        let quota = Quota { bytes: options.quota, namespaces: options.namespaces };
        let rules = Rules { quota, max_attempts: options.max_attempts.get(), messages: options.messages };
        Ok(Self { database, rules, clock: clock.clone() })
    }

    async fn serve(&self, request: Arc<Request>) -> Result<Response> {
        let (now, rules) = (self.clock.now(), self.rules);
        let answer = self.database.write(move |connection| {
            let Request::Queue(asked) = &*request else { return Err(other_kind(&request)) };
            if let Operation::Send { messages } = &asked.operation {
                return send(connection, &asked.namespace, messages, now, rules);
            }
            let Some(space) = spaces::find(connection, &asked.namespace)? else {
                return Ok(of_none(&asked.operation));
            };
            let queue = Space { connection, space, now, answering: Answering::to(asked) };
            queue.bury(rules.max_attempts)?;
            queue.check_room(&asked.operation)?;
            let answer = queue.operate(&asked.operation).map_err(failure::database)?;
            spaces::forget_empty(connection)?;
            Ok(answer)
        });
        Ok(Response::Queue(core::Response::new(answer.await?)))
    }

    async fn check(&self) -> Result<()> {
        self.database.check().await
    }
}

/// What an operation gives in a namespace that is not there.
fn of_none(operation: &Operation) -> Answer {
    match operation {
        Operation::Send { .. } => Answer::Sent(Vec::new()),
        Operation::Receive { .. } | Operation::DeadLetters { .. } => Answer::Received(Vec::new()),
        Operation::Acknowledge { receipts }
        | Operation::Release { receipts, .. }
        | Operation::Extend { receipts, .. } => Answer::Settled(vec![false; receipts.len()]),
        Operation::Count => Answer::Counted(Counts::default()),
        Operation::Redrive | Operation::Purge => Answer::Moved(0),
    }
}

fn send(connection: &Connection, name: &str, messages: &[NewMessage], now: i64, rules: Rules) -> Result<Answer> {
    let space = spaces::find_or_make(connection, name, rules.quota)?;
    let mut ids = Vec::with_capacity(messages.len());
    for message in messages {
        let there = match &message.deduplication_key {
            Some(key) => with_key(connection, space, key).map_err(failure::database)?,
            None => None,
        };
        let id = match there {
            Some(id) => id,
            None => add(connection, space, message, now).map_err(failure::database)?,
        };
        ids.push(id.to_string());
    }
    let (bytes, items) = spaces::held(connection, space)?;
    if bytes > rules.quota.bytes {
        return Err(spaces::over(name, bytes, rules.quota));
    }
    if items > u64::from(rules.messages) {
        let most = rules.messages;
        let message = format!("send: the queue `{name}` would have {items} messages, and it may have {most}");
        return Err(failure::too_much(message));
    }
    Ok(Answer::Sent(ids))
}

fn with_key(connection: &Connection, space: i64, key: &str) -> rusqlite::Result<Option<i64>> {
    let mut statement = connection.prepare_cached("select id from messages where space = ?1 and key = ?2")?;
    statement.query_one(params![space, key], |row| row.get(0)).optional()
}

fn add(connection: &Connection, space: i64, message: &NewMessage, now: i64) -> rusqlite::Result<i64> {
    let key = message.deduplication_key.as_deref();
    let size = (message.body.len() + key.map_or(0, str::len)) as u64 + spaces::OVERHEAD;
    let ready = later(now, message.delay_ms);
    connection
        .prepare_cached("insert into messages (space, body, key, ready, size) values (?1, ?2, ?3, ?4, ?5)")?
        .insert(params![space, message.body, key, ready, size.cast_signed()])
}

/// What was never taken is in no way of it, however much of it there is.
const BURY: &str = "update messages indexed by attempted set dead = 1
                    where space = ?1 and dead = 0 and attempts > 0 and attempts >= ?3 and ready <= ?2";

/// A queue, at a moment.
struct Space<'a> {
    connection: &'a Connection,
    space: i64,
    now: i64,
    answering: Answering,
}

/// What a receipt stands for: a message, and one time that it was taken.
struct Receipt {
    id: i64,
    number: i64,
}

impl Receipt {
    fn read(text: &str) -> Option<Self> {
        let (id, number) = text.split_once('-')?;
        Some(Self { id: id.parse().ok()?, number: number.parse().ok()? })
    }
}

impl Space<'_> {
    /// Those that were taken too often, and did not come back, are dead letters.
    fn bury(&self, max_attempts: u32) -> Result<()> {
        let buried = self
            .connection
            .prepare_cached(BURY)
            .and_then(|mut statement| statement.execute(params![self.space, self.now, max_attempts]));
        buried.map_err(failure::database).map(drop)
    }

    /// Refuses to take a message for which there is no room.
    fn check_room(&self, operation: &Operation) -> Result<()> {
        let Operation::Receive { .. } = operation else { return Ok(()) };
        let sql = "select length(body) from messages where space = ?1 and dead = 0 and ready <= ?2
                   order by ready, id limit 1";
        let first: rusqlite::Result<Option<i64>> = self
            .connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_one(params![self.space, self.now], |row| row.get(0)).optional());
        let (mut answering, left) = (self.answering, self.answering.left());
        match first.map_err(failure::database)?.map(i64::unsigned_abs) {
            Some(bytes) if !answering.fits(bytes + MESSAGE) => {
                let message = format!("receive: the next message has {bytes} bytes, and there is room for {left}");
                Err(failure::too_much(message))
            }
            _ => Ok(()),
        }
    }

    fn operate(&self, operation: &Operation) -> rusqlite::Result<Answer> {
        let each = |receipts: &[String], settle: &dyn Fn(Receipt) -> rusqlite::Result<usize>| {
            let settle = |text: &String| Receipt::read(text).map_or(Ok(false), |receipt| Ok(settle(receipt)? > 0));
            receipts.iter().map(settle).collect::<rusqlite::Result<_>>().map(Answer::Settled)
        };
        match operation {
            Operation::Send { .. } => Ok(Answer::Sent(Vec::new())),
            Operation::Receive { limit, lease_ms } => self.receive(*limit, *lease_ms),
            Operation::Acknowledge { receipts } => each(receipts, &|receipt| {
                let sql = "delete from messages where id = ?1 and space = ?2 and receipt = ?3";
                self.connection.prepare_cached(sql)?.execute(params![receipt.id, self.space, receipt.number])
            }),
            Operation::Release { receipts, delay_ms } => each(receipts, &|receipt| {
                let sql = "update messages set ready = ?4, receipt = null
                           where id = ?1 and space = ?2 and receipt = ?3 and dead = 0";
                let ready = later(self.now, *delay_ms);
                self.connection.prepare_cached(sql)?.execute(params![receipt.id, self.space, receipt.number, ready])
            }),
            Operation::Extend { receipts, lease_ms } => each(receipts, &|receipt| {
                let sql = "update messages set ready = ?4
                           where id = ?1 and space = ?2 and receipt = ?3 and dead = 0";
                let ready = later(self.now, *lease_ms);
                self.connection.prepare_cached(sql)?.execute(params![receipt.id, self.space, receipt.number, ready])
            }),
            Operation::Count => self.count().map(Answer::Counted),
            Operation::DeadLetters { limit } => self.dead_letters(*limit),
            Operation::Redrive => {
                let sql = "update messages set dead = 0, attempts = 0, receipt = null, ready = ?2
                           where space = ?1 and dead = 1";
                let redriven = self.connection.execute(sql, params![self.space, self.now])?;
                Ok(Answer::Moved(redriven as u64))
            }
            Operation::Purge => {
                let purged = self.connection.execute("delete from messages where space = ?1", [self.space])?;
                Ok(Answer::Moved(purged as u64))
            }
        }
    }

    fn receive(&self, limit: u32, lease_ms: u64) -> rusqlite::Result<Answer> {
        let sql = "select id, length(body), attempts from messages where space = ?1 and dead = 0 and ready <= ?2
                   order by ready, id limit ?3";
        let mut messages = self.read(sql, params![self.space, self.now, limit])?;
        let until = later(self.now, lease_ms);
        let mut take = self
            .connection
            .prepare_cached("update messages set ready = ?2, attempts = attempts + 1, receipt = ?3 where id = ?1")?;
        let mut number = self.connection.prepare_cached("update counter set last = last + 1 returning last")?;
        for message in &mut messages {
            let number: i64 = number.query_one([], |row| row.get(0))?;
            message.attempts = message.attempts.saturating_add(1);
            message.receipt = format!("{}-{number}", message.id);
            take.execute(params![message.id, until, number])?;
        }
        Ok(Answer::Received(messages))
    }

    fn dead_letters(&self, limit: u32) -> rusqlite::Result<Answer> {
        let sql = "select id, length(body), attempts from messages where space = ?1 and dead = 1 and ready <= ?2
                   order by ready, id limit ?3";
        self.read(sql, params![self.space, i64::MAX, limit]).map(Answer::Received)
    }

    /// Reads messages, no more than fit into an answer: of others not the body.
    fn read(&self, sql: &str, parameters: impl rusqlite::Params) -> rusqlite::Result<Vec<Message>> {
        let mut body = self.connection.prepare_cached("select body from messages where id = ?1")?;
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(parameters)?;
        let (mut answering, mut messages) = (self.answering, Vec::new());
        while let Some(row) = rows.next()? {
            if !answering.fits(row.get::<_, i64>(1)?.unsigned_abs() + MESSAGE) {
                break;
            }
            let (id, attempts): (i64, _) = (row.get(0)?, row.get(2)?);
            let body = body.query_one([id], |row| row.get(0))?;
            messages.push(Message { id: id.to_string(), body, receipt: String::new(), attempts });
        }
        Ok(messages)
    }

    fn count(&self) -> rusqlite::Result<Counts> {
        let sql = "select
                       count(*) filter (where dead = 0 and ready <= ?2),
                       count(*) filter (where dead = 0 and ready > ?2 and receipt is null),
                       count(*) filter (where dead = 0 and ready > ?2 and receipt is not null),
                       count(*) filter (where dead = 1)
                   from messages where space = ?1";
        self.connection.prepare_cached(sql)?.query_one(params![self.space, self.now], |row| {
            let count = |index| row.get::<_, i64>(index).map(i64::unsigned_abs);
            Ok(Counts { ready: count(0)?, delayed: count(1)?, leased: count(2)?, dead: count(3)? })
        })
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
