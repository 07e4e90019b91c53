//! What was spent of budgets, as a restart finds it.
//!
//! A row for each window of a budget. Whoever writes says by how much it changes and not what it is, so that the order in
//! which two writers come is nothing.

use palisade_core::{PicoUsd, Spent};
use redb::{ReadTransaction, ReadableTable as _, Table, TableDefinition};

use crate::options::{milliseconds, time};

/// From the name of a budget and the beginning of a window to its end and the amount.
pub(crate) const SPENT: TableDefinition<'_, (&str, u64), (u64, u64)> = TableDefinition::new("spent");
pub(crate) type SpentTable<'t> = Table<'t, (&'static str, u64), (u64, u64)>;

/// The end of a window that has none.
const NEVER: u64 = u64::MAX;
/// For how long a window is kept after its end, since a call may settle in one that is over.
const KEPT: u64 = 24 * 60 * 60 * 1000;

/// By how much what was spent changes.
#[derive(Debug, Clone)]
pub(crate) struct SpentChange {
    budget: String,
    from: u64,
    until: u64,
    add: u64,
    subtract: u64,
}

impl SpentChange {
    /// So much more.
    pub(crate) fn add(spent: &Spent) -> Self {
        Self {
            budget: spent.budget.clone(),
            from: milliseconds(spent.from),
            until: spent.until.map_or(NEVER, milliseconds),
            add: spent.amount.0,
            subtract: 0,
        }
    }

    /// This instead.
    pub(crate) fn replace(spent: &Spent, amount: PicoUsd) -> Self {
        Self { add: amount.0, subtract: spent.amount.0, ..Self::add(spent) }
    }

    pub(crate) fn apply(&self, table: &mut SpentTable<'_>, now: u64) -> Result<(), redb::Error> {
        let key = (self.budget.as_str(), self.from);
        let before = table.get(key)?.map(|row| row.value().1);
        // A row that is gone was forgotten with its window.
        if before.is_none() && self.add <= self.subtract {
            return Ok(());
        }
        let amount = before.unwrap_or(0).saturating_add(self.add).saturating_sub(self.subtract);
        table.insert(key, (self.until, amount))?;
        if before.is_none() {
            self.forget_older(table, now)?;
        }
        Ok(())
    }

    fn forget_older(&self, table: &mut SpentTable<'_>, now: u64) -> Result<(), redb::Error> {
        let budget = self.budget.as_str();
        table.retain_in((budget, 0)..(budget, self.from), |_, (until, _)| until.saturating_add(KEPT) > now)?;
        Ok(())
    }
}

/// All that was spent in windows that are not over.
pub(crate) fn all(transaction: &ReadTransaction, now: u64) -> Result<Vec<Spent>, redb::Error> {
    let table = transaction.open_table(SPENT)?;
    let mut all = Vec::new();
    for row in table.iter()? {
        let (key, value) = row?;
        let ((budget, from), (until, amount)) = (key.value(), value.value());
        if until > now {
            all.push(Spent {
                budget: budget.to_owned(),
                from: time(from),
                until: (until != NEVER).then(|| time(until)),
                amount: PicoUsd(amount),
            });
        }
    }
    Ok(all)
}
