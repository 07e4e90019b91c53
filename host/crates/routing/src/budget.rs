//! Keeps what is spent within budgets, whoever spends at the same time.
//!
//! ```text
//! reserve what a call may cost at most ─► in all budgets that it falls under, or in none
//!     ├─► settle: what it cost is spent       ├─► dropped when it was submitted: what was reserved is spent
//!     └─► release: nothing is                 └─► dropped before: nothing is
//! ```
//!
//! So the sum of what is spent and reserved never goes beyond a limit, unless a call costs more than it could. A call that
//! ends in another window than it began in counts for the one in which it began.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use palisade_core::{Capability, Error, ErrorKind, PicoUsd, ProviderId, Result, Scope, Spent};

use crate::health::in_milliseconds;

/// How often a budget begins anew: its windows follow each other from the beginning of 1970 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period(
    /// The length of a window in milliseconds.
    Option<u64>,
);

impl Period {
    /// Every full hour.
    pub const HOUR: Self = Self(Some(60 * 60 * 1000));
    /// Every midnight of UTC.
    pub const DAY: Self = Self(Some(24 * 60 * 60 * 1000));
    /// Never.
    pub const FOREVER: Self = Self(None);

    /// After each such time, in whole milliseconds. One at least, which is what a shorter one counts as.
    #[must_use]
    pub fn every(duration: Duration) -> Self {
        Self(Some(in_milliseconds(duration).max(1)))
    }

    /// Which window it is at this time.
    fn window(self, now: SystemTime) -> u64 {
        let now = in_milliseconds(now.duration_since(UNIX_EPOCH).unwrap_or_default());
        self.0.map_or(0, |length| now.checked_div(length).unwrap_or(0))
    }

    fn begin(self, window: u64) -> SystemTime {
        self.0.map_or(UNIX_EPOCH, |length| UNIX_EPOCH + Duration::from_millis(length.saturating_mul(window)))
    }

    fn end(self, window: u64) -> Option<SystemTime> {
        self.0.map(|_| self.begin(window.saturating_add(1)))
    }
}

/// The most that may be spent on some calls. What is not named is all of it: a budget that names nothing is for every call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// What it is called, here and in what is kept of it.
    pub name: String,
    /// For whom the calls are made.
    pub scope: Option<Scope>,
    /// What they are.
    pub capability: Option<Capability>,
    /// Who serves them.
    pub provider: Option<ProviderId>,
    /// The most that they may cost in one window.
    pub limit: PicoUsd,
    /// How often it begins anew.
    pub period: Period,
}

/// Why a call was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The name of the budget.
    pub budget: String,
    /// The most that may be spent in a window.
    pub limit: PicoUsd,
    /// What is spent of it.
    pub spent: PicoUsd,
    /// What calls under way may cost.
    pub reserved: PicoUsd,
    /// What this call may cost; none when that is not known.
    pub asked: Option<PicoUsd>,
    /// When the budget begins anew; none when never.
    pub resets_at: Option<SystemTime>,
    /// How long that is from now.
    pub resets_in: Option<Duration>,
}

impl Refused {
    /// How long to wait until the same call may fit; none when that is of no use.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.resets_in.filter(|_| self.asked.is_some_and(|asked| asked <= self.limit))
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { budget, limit, spent, reserved, asked, .. } = self;
        let Some(asked) = asked else {
            return write!(
                formatter,
                "budget `{budget}`: what the call may cost is not known, and nothing can be reserved for it; pin a price of \
                 the model in the configuration, or call one whose price is known"
            );
        };
        if asked > limit {
            return write!(
                formatter,
                "budget `{budget}`: the call may cost {asked}, and all of the budget is {limit}; ask for less, or raise it"
            );
        }
        write!(
            formatter,
            "budget `{budget}`: the call may cost {asked}; of {limit} {spent} is spent and {reserved} reserved; "
        )?;
        match self.resets_in {
            Some(wait) => {
                let (minutes, seconds) = (wait.as_secs() / 60, wait.as_secs() % 60);
                write!(formatter, "wait {} h {} min {seconds} s until it begins anew, ", minutes / 60, minutes % 60)?;
            }
            None => write!(formatter, "it never begins anew: ")?,
        }
        write!(formatter, "ask for less, or raise it")
    }
}

impl std::error::Error for Refused {}

/// All budgets of a host. Cheap to clone; all clones are one.
#[derive(Debug, Clone, Default)]
pub struct Budgets(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    budgets: Vec<Budget>,
    /// Which of them are for calls of which kind.
    of: HashMap<Calls, Vec<usize>>,
    /// What kinds there are, told by what they name: a lookup for each is all that a call costs.
    kinds: Vec<Kind>,
    /// One for each budget. One lock for all, since a call is checked against several at once.
    accounts: Mutex<Vec<Account>>,
}

/// What a budget names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Calls {
    scope: Option<Scope>,
    capability: Option<Capability>,
    provider: Option<ProviderId>,
}

/// Whether it names a scope, a capability and a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Kind {
    scope: bool,
    capability: bool,
    provider: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Account {
    window: u64,
    spent: u64,
    reserved: u64,
}

impl Account {
    /// Goes on to a later window. Never back: a clock that is put back would have a budget begin anew twice.
    fn advance(&mut self, window: u64) {
        if window > self.window {
            *self = Self { window, ..Self::default() };
        }
    }

    fn has_room(&self, amount: u64, limit: u64) -> bool {
        self.spent.checked_add(self.reserved).and_then(|used| used.checked_add(amount)).is_some_and(|sum| sum <= limit)
    }
}

impl Budgets {
    /// These budgets, of which nothing is spent.
    ///
    /// # Errors
    ///
    /// `config` when two have one name.
    pub fn new(budgets: Vec<Budget>) -> Result<Self> {
        let mut names = HashSet::new();
        if let Some(twice) = budgets.iter().find(|budget| !names.insert(&budget.name)) {
            let message = format!("take the budgets: two are called `{}`; give each a name of its own", twice.name);
            return Err(Error::new(ErrorKind::Config, message));
        }
        let mut of = HashMap::<_, Vec<usize>>::new();
        let mut kinds = Vec::new();
        for (index, budget) in budgets.iter().enumerate() {
            let calls =
                Calls { scope: budget.scope.clone(), capability: budget.capability, provider: budget.provider.clone() };
            let kind = Kind {
                scope: calls.scope.is_some(),
                capability: calls.capability.is_some(),
                provider: calls.provider.is_some(),
            };
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
            of.entry(calls).or_default().push(index);
        }
        let accounts = Mutex::new(vec![Account::default(); budgets.len()]);
        Ok(Self(Arc::new(Inner { budgets, of, kinds, accounts })))
    }

    /// Reserves what a call may cost at most in all budgets that it falls under, or in none.
    ///
    /// # Errors
    ///
    /// The first budget that has too little left; or any, when what the call may cost is not known.
    pub fn reserve(
        &self,
        scope: &Scope,
        capability: Capability,
        provider: &ProviderId,
        high: Option<PicoUsd>,
        now: SystemTime,
    ) -> Result<Reservation, Refused> {
        let mut held: Vec<Held> = Vec::new();
        for kind in &self.0.kinds {
            let calls = Calls {
                scope: kind.scope.then(|| scope.clone()),
                capability: kind.capability.then_some(capability),
                provider: kind.provider.then(|| provider.clone()),
            };
            held.extend(self.0.of.get(&calls).into_iter().flatten().map(|&budget| Held { budget, window: 0 }));
        }
        let amount = high.unwrap_or_default();
        if !held.is_empty() {
            let mut accounts = self.0.lock();
            for held in &mut held {
                let (Some(budget), Some(account)) = (self.0.budgets.get(held.budget), accounts.get_mut(held.budget))
                else {
                    continue;
                };
                account.advance(budget.period.window(now));
                held.window = account.window;
                if high.is_none() || !account.has_room(amount.0, budget.limit.0) {
                    return Err(refused(budget, *account, high, now));
                }
            }
            for held in &held {
                if let Some(account) = accounts.get_mut(held.budget) {
                    account.reserved += amount.0;
                }
            }
        }
        Ok(Reservation { budgets: self.clone(), held, amount, submitted: false })
    }

    /// What is spent of each budget in its window, calls under way included at what they may cost: what a restart needs.
    #[must_use]
    pub fn spent(&self) -> Vec<Spent> {
        let accounts = self.0.lock();
        let budgets = self.0.budgets.iter().zip(accounts.iter());
        budgets
            .map(|(budget, account)| row(budget, account.window, account.spent.saturating_add(account.reserved)))
            .collect()
    }

    /// Begins with what was spent before a restart. Of windows that are over, and of budgets that are no more or have another
    /// period, nothing is taken.
    pub fn restore(&self, spent: &[Spent], now: SystemTime) {
        let mut accounts = self.0.lock();
        for (budget, account) in self.0.budgets.iter().zip(accounts.iter_mut()) {
            let current = budget.period.window(now);
            // The clock may have been put back a little since.
            for window in [current, current.saturating_add(1)] {
                let empty = row(budget, window, 0);
                let known = spent
                    .iter()
                    .find(|spent| (&spent.budget, spent.from, spent.until) == (&empty.budget, empty.from, empty.until));
                if let Some(known) = known {
                    account.advance(window);
                    account.spent = account.spent.max(known.amount.0);
                }
            }
        }
    }

    /// What was noted as spent for a job before, by this process or by one that is gone, was this in the end. What belongs to a
    /// window that is over is nothing to the one that is now.
    pub fn correct(&self, spent: &[Spent], cost: PicoUsd, now: SystemTime) {
        let mut accounts = self.0.lock();
        for (budget, account) in self.0.budgets.iter().zip(accounts.iter_mut()) {
            account.advance(budget.period.window(now));
            let current = row(budget, account.window, 0);
            let noted = spent.iter().find(|spent| (&spent.budget, spent.from) == (&current.budget, current.from));
            if let Some(noted) = noted {
                account.spent = account.spent.saturating_sub(noted.amount.0).saturating_add(cost.0);
            }
        }
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Vec<Account>> {
        // It is never left half-done.
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn row(budget: &Budget, window: u64, amount: u64) -> Spent {
    let (from, until) = (budget.period.begin(window), budget.period.end(window));
    Spent { budget: budget.name.clone(), from, until, amount: PicoUsd(amount) }
}

fn refused(budget: &Budget, account: Account, asked: Option<PicoUsd>, now: SystemTime) -> Refused {
    let resets_at = budget.period.end(account.window);
    Refused {
        budget: budget.name.clone(),
        limit: budget.limit,
        spent: PicoUsd(account.spent),
        reserved: PicoUsd(account.reserved),
        asked,
        resets_at,
        resets_in: resets_at.map(|end| end.duration_since(now).unwrap_or_default()),
    }
}

/// What a call may cost, in all budgets that it falls under.
///
/// Dropped, it gives everything back if nothing was submitted, and counts as spent otherwise.
#[derive(Debug)]
#[must_use = "what is reserved is given back when it is dropped"]
pub struct Reservation {
    budgets: Budgets,
    held: Vec<Held>,
    amount: PicoUsd,
    submitted: bool,
}

/// A budget, and the window in which something of it is reserved.
#[derive(Debug, Clone, Copy)]
struct Held {
    budget: usize,
    window: u64,
}

impl Reservation {
    /// What is reserved in each budget.
    #[must_use]
    pub fn amount(&self) -> PicoUsd {
        self.amount
    }

    /// The call is about to be handed to a provider, and may cost from now on, whatever becomes of the caller.
    pub fn submitted(&mut self) {
        self.submitted = true;
    }

    /// What is reserved, as what is kept of budgets has it: to be noted before anything is sent.
    #[must_use]
    pub fn spent(&self) -> Vec<Spent> {
        let held = self.held.iter().filter_map(|held| Some((self.budgets.0.budgets.get(held.budget)?, held.window)));
        held.map(|(budget, window)| row(budget, window, self.amount.0)).collect()
    }

    /// The call has ended, and cost this; what is not known counts as what was reserved.
    pub fn settle(mut self, actual: Option<PicoUsd>) {
        self.end(actual.unwrap_or(self.amount));
    }

    /// The call has ended, and cost nothing.
    pub fn release(mut self) {
        self.end(PicoUsd::ZERO);
    }

    fn end(&mut self, cost: PicoUsd) {
        let held = std::mem::take(&mut self.held);
        if held.is_empty() {
            return;
        }
        let mut accounts = self.budgets.0.lock();
        for held in held {
            // What belongs to a window that is over is nothing to the one that is now.
            if let Some(account) = accounts.get_mut(held.budget).filter(|account| account.window == held.window) {
                account.reserved = account.reserved.saturating_sub(self.amount.0);
                account.spent = account.spent.saturating_add(cost.0);
            }
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.end(if self.submitted { self.amount } else { PicoUsd::ZERO });
    }
}

#[cfg(test)]
#[path = "budget_tests.rs"]
mod tests;
