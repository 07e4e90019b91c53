//! Chooses the best provider for a request, by one number that can be explained.
//!
//! ```text
//! Endpoint (claims + operator) ─► Index: rows and traits, worked out once ─┐
//! Figures  (measured, a copy)  ────────────────────────────────────────────┼─► filter ─► score ─► best ─► Choice
//!    ▲                           Need ─► Brief: a mask and numbers ─────────┘      └► reasons ─► Decision, or Nobody
//!    └── success record, latency, breaker, rate ◄── Attempt, and how it ended ◄── a call ◄─┘
//! ```
//!
//! A decision is a pure function of the candidates and the need, seed included: the same input gives the same decision. What
//! changes while calls run ([`Live`]) is copied before. [`Index::choose`], [`Index::record`] and [`Index::explain`] use the same
//! filter and score, and choose the same: the first says who, the second keeps what is needed to say why, the third says everything.
//!
//! The score is a *generalised price* in dollars: what the request costs, plus what its time, its risk and its lack of
//! quality are worth to the caller. So a decision can be explained in dollars, and removing a loser never changes the
//! winner.

mod age;
mod best;
mod breaker;
mod breaker_settings;
mod brief;
mod budget;
mod choose;
mod decision;
mod endpoint;
mod figures;
mod filter;
mod health;
mod index;
mod latency;
mod line;
mod live;
mod measured;
mod names;
mod need;
mod noise;
mod pace;
mod pair;
mod quota;
mod record;
mod retry_budget;
mod saved;
mod score;
mod search;
mod shelf;
mod slow;
mod suggestion;
mod sync;
mod tariff;
mod throttle;
mod traits;
mod window;

#[cfg(all(test, feature = "shuttle"))]
mod live_tests;
#[cfg(all(test, feature = "shuttle"))]
mod orders;
#[cfg(all(test, feature = "shuttle"))]
mod permits_tests;

pub use breaker_settings::BreakerSettings;
pub use budget::{Budget, Budgets, Period, Refused, Reservation};
pub use choose::choose;
pub use decision::{Considered, Decision};
pub use endpoint::{Candidate, Endpoint, ListedPrices, Overrides};
pub use figures::Figures;
pub use health::Health;
pub use index::{Choice, Index, Slow};
pub use live::{Attempt, Ending, HealthChange, Live};
pub use need::{Feature, Need, Preference, Weights, size};
pub use record::Record;
pub use retry_budget::RetryBudget;
pub use saved::{OtherDecision, Saved};
pub use score::Score;
pub use suggestion::Nobody;
pub use throttle::Rate;
