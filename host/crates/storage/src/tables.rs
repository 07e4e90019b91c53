//! The tables of the database, and what is done to them within one transaction.

use bytes::Bytes;
use redb::{
    ReadTransaction, ReadableDatabase as _, ReadableTable as _, ReadableTableMetadata as _, Table, TableDefinition,
    WriteTransaction,
};

use crate::{
    failure::Failure,
    options::Options,
    record::Record,
    request::Key,
    spending::{self, SpentChange},
    submission::SubmittedJob,
    value_tables::{ValueChange, ValueTables},
};

/// What the database is, and of which version. No other program writes this.
const FORMAT: TableDefinition<'_, &str, u64> = TableDefinition::new("palisade-storage");
/// The version of all that is below. Records have one of their own.
const VERSION: u64 = 1;

/// From the hash of a key to its record.
const RECORDS: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("jobs");
/// When which record may be forgotten.
const EXPIRIES: TableDefinition<'_, (u64, &[u8; 32]), ()> = TableDefinition::new("job-expiries");
/// The records of work that was submitted, and is asked after.
const SUBMITTED: TableDefinition<'_, &[u8; 32], ()> = TableDefinition::new("job-submissions");
/// The results that are kept.
const RESULTS: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("job-results");
/// When which of them was made, and how large it is.
const AGES: TableDefinition<'_, (u64, &[u8; 32]), u64> = TableDefinition::new("job-result-ages");
/// Sums, so that nobody has to add up.
const SUMS: TableDefinition<'_, &str, u64> = TableDefinition::new("sums");
/// Bytes of all results.
const RESULT_BYTES: &str = "job-result-bytes";

/// Most records that one write forgets beside its own work, so that no write takes long.
const SWEEP: usize = 16;

/// What is done to what is kept.
#[derive(Debug)]
pub(crate) enum Change {
    /// This is known of it from now on.
    Put {
        /// Which job.
        key: Key,
        /// What is known.
        record: Box<Record>,
        /// Its result.
        result: Option<Bytes>,
    },
    /// Nothing is.
    Forget(Key),
    /// A provider keeps something, or forgets it.
    Value(ValueChange),
}

/// Whether a change was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Changed {
    /// It was.
    Yes,
    /// Nothing was known of a job that was to be forgotten.
    WasUnknown,
    /// As much is kept as may be.
    HasNoRoom,
}

/// What is known of a job, with its result if that is kept.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) record: Record,
    pub(crate) result: Option<Bytes>,
}

/// Makes the tables of a new database.
pub(crate) fn create(transaction: &WriteTransaction) -> Result<(), redb::Error> {
    transaction.open_table(FORMAT)?.insert("version", VERSION)?;
    Tables::open(transaction).map(drop)
}

/// Returns whether there are no tables at all: nobody has ever written to this database.
pub(crate) fn are_missing(database: &redb::Database) -> Result<bool, redb::Error> {
    Ok(database.begin_read()?.list_tables()?.next().is_none())
}

/// Returns whether the tables are those of this version.
pub(crate) fn are_ours(database: &redb::Database) -> Result<bool, redb::Error> {
    match database.begin_read()?.open_table(FORMAT) {
        Ok(format) => Ok(format.get("version")?.is_some_and(|version| version.value() == VERSION)),
        Err(redb::TableError::TableDoesNotExist(_) | redb::TableError::TableTypeMismatch { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Looks up what is known of a job at this time.
pub(crate) fn known(transaction: &ReadTransaction, key: Key, now: u64) -> Result<Option<Known>, Failure> {
    let records = transaction.open_table(RECORDS)?;
    let Some(bytes) = records.get(key.as_bytes())? else { return Ok(None) };
    let record = Record::decode(bytes.value())?;
    if record.expires_at <= now {
        return Ok(None);
    }
    let result = transaction.open_table(RESULTS)?.get(key.as_bytes())?;
    Ok(Some(Known { record, result: result.map(|bytes| Bytes::copy_from_slice(bytes.value())) }))
}

/// The work that was submitted whose keys lie in a range, and is still known at this time.
pub(crate) fn submitted(
    transaction: &ReadTransaction,
    (first, last): (Key, Key),
    now: u64,
) -> Result<Vec<SubmittedJob>, Failure> {
    let submitted = match transaction.open_table(SUBMITTED) {
        // Written by a version that had no jobs.
        Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
        opened => opened?,
    };
    let records = transaction.open_table(RECORDS)?;
    let mut jobs = Vec::new();
    for entry in submitted.range::<&[u8; 32]>(first.as_bytes()..=last.as_bytes())? {
        let key = Key::from_bytes(*entry?.0.value());
        let Some(bytes) = records.get(key.as_bytes())? else { continue };
        let record = Record::decode(bytes.value())?;
        if record.expires_at > now {
            jobs.extend(record.into_listed(key));
        }
    }
    Ok(jobs)
}

/// The tables, open for writing.
pub(crate) struct Tables<'t> {
    records: Table<'t, &'static [u8; 32], &'static [u8]>,
    expiries: Table<'t, (u64, &'static [u8; 32]), ()>,
    submitted: Table<'t, &'static [u8; 32], ()>,
    results: Table<'t, &'static [u8; 32], &'static [u8]>,
    ages: Table<'t, (u64, &'static [u8; 32]), u64>,
    sums: Table<'t, &'static str, u64>,
    spent: spending::SpentTable<'t>,
    values: ValueTables<'t>,
}

impl<'t> Tables<'t> {
    pub(crate) fn open(transaction: &'t WriteTransaction) -> Result<Self, redb::Error> {
        Ok(Self {
            records: transaction.open_table(RECORDS)?,
            expiries: transaction.open_table(EXPIRIES)?,
            submitted: transaction.open_table(SUBMITTED)?,
            results: transaction.open_table(RESULTS)?,
            ages: transaction.open_table(AGES)?,
            sums: transaction.open_table(SUMS)?,
            spent: transaction.open_table(spending::SPENT)?,
            values: ValueTables::open(transaction)?,
        })
    }

    /// Notes what is known of a job now, or what a provider keeps.
    pub(crate) fn change(&mut self, change: &Change, options: &Options, now: u64) -> Result<Changed, Failure> {
        match change {
            Change::Value(change) => Ok(if self.values.change(change)? { Changed::Yes } else { Changed::HasNoRoom }),
            Change::Forget(key) => Ok(if self.forget(*key)?.is_some() { Changed::Yes } else { Changed::WasUnknown }),
            Change::Put { key, record, result } => {
                if self.forget(*key)?.is_none() && !self.has_room(options.records, now)? {
                    return Ok(Changed::HasNoRoom);
                }
                self.records.insert(key.as_bytes(), record.encode()?.as_slice())?;
                self.expiries.insert((record.expires_at, key.as_bytes()), ())?;
                if record.submission.is_some() {
                    self.submitted.insert(key.as_bytes(), ())?;
                }
                let small = result.as_ref().filter(|result| result.len() as u64 <= options.result_bytes);
                if let (Some(result), Some(at)) = (small, record.finished_at) {
                    self.keep_result(*key, at, result, options.results_bytes)?;
                }
                Ok(Changed::Yes)
            }
        }
    }

    /// Adds to what was spent of budgets, and takes away.
    pub(crate) fn spend(&mut self, changes: &[SpentChange], now: u64) -> Result<(), redb::Error> {
        changes.iter().try_for_each(|change| change.apply(&mut self.spent, now))
    }

    /// Forgets some of what is old.
    pub(crate) fn sweep(&mut self, now: u64) -> Result<usize, Failure> {
        let mut old = Vec::new();
        for entry in self.expiries.range(..=(now, &[u8::MAX; 32]))?.take(SWEEP) {
            old.push(Key::from_bytes(*entry?.0.value().1));
        }
        old.iter().try_for_each(|key| self.forget(*key).map(drop))?;
        Ok(old.len())
    }

    fn has_room(&mut self, most: u64, now: u64) -> Result<bool, Failure> {
        Ok(self.records.len()? < most || self.sweep(now)? > 0)
    }

    /// Forgets a job. Returns what was known.
    fn forget(&mut self, key: Key) -> Result<Option<Record>, Failure> {
        let Some(bytes) = self.records.remove(key.as_bytes())?.map(|bytes| bytes.value().to_vec()) else {
            return Ok(None);
        };
        let record = Record::decode(&bytes)?;
        self.expiries.remove((record.expires_at, key.as_bytes()))?;
        if record.submission.is_some() {
            self.submitted.remove(key.as_bytes())?;
        }
        if let Some(at) = record.finished_at {
            self.drop_result(key, at)?;
        }
        Ok(Some(record))
    }

    /// Keeps a result, in the place of the oldest ones if there is too little.
    fn keep_result(&mut self, key: Key, at: u64, result: &Bytes, most: u64) -> Result<(), Failure> {
        let size = result.len() as u64;
        if size > most {
            return Ok(());
        }
        while self.result_bytes()? + size > most {
            let oldest = self.ages.first()?.map(|(age, _)| (age.value().0, Key::from_bytes(*age.value().1)));
            let Some((at, key)) = oldest else { break };
            self.drop_result(key, at)?;
        }
        self.results.insert(key.as_bytes(), result.as_ref())?;
        self.ages.insert((at, key.as_bytes()), size)?;
        let sum = self.result_bytes()? + size;
        self.sums.insert(RESULT_BYTES, sum)?;
        Ok(())
    }

    fn drop_result(&mut self, key: Key, at: u64) -> Result<(), Failure> {
        let Some(size) = self.ages.remove((at, key.as_bytes()))?.map(|size| size.value()) else { return Ok(()) };
        self.results.remove(key.as_bytes())?;
        let sum = self.result_bytes()?.saturating_sub(size);
        self.sums.insert(RESULT_BYTES, sum)?;
        Ok(())
    }

    fn result_bytes(&self) -> Result<u64, Failure> {
        Ok(self.sums.get(RESULT_BYTES)?.map_or(0, |sum| sum.value()))
    }
}
