//! What goes wrong, and when.

use std::time::Duration;

/// How many endpoints there are.
pub(crate) const ENDPOINTS: usize = 5;
/// How many requests come in a second.
pub(crate) const RATE: f64 = 20.0;
/// All goes well for so long at first.
pub(crate) const CALM: Duration = Duration::from_secs(30);
/// How long the trouble takes, where it ends.
pub(crate) const TROUBLE: Duration = Duration::from_secs(60);
/// How long one looks on.
pub(crate) const END: Duration = Duration::from_secs(150);

/// Requests, one after the other, while the primary is well.
pub(crate) const CALM_REQUESTS: u64 = 30;
/// Requests for which it is dead.
pub(crate) const OUTAGE_REQUESTS: u64 = 15;
/// Requests in all.
pub(crate) const ALL_REQUESTS: u64 = 75;

/// How requests come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Load {
    /// Independently of each other, for [`END`]. The trouble is a matter of time.
    Open,
    /// Each when the one before has ended, [`ALL_REQUESTS`] of them. The trouble is a matter of how many there were.
    OneByOne,
}

/// What an endpoint does while it is bad.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Conduct {
    /// It fails at once, with this probability.
    Fails(f64),
    /// It takes so many times as long.
    Slow(f64),
    /// It refuses all calls, because its quota is used up; it may say when there is a new one.
    Refuses {
        /// Whether it says so.
        says_when: bool,
    },
    /// It serves so many calls in a second, and refuses the others without saying when to come again.
    Limits(f64),
}

/// Something that goes wrong.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scenario {
    /// One word.
    pub(crate) key: &'static str,
    /// What it is called.
    pub(crate) title: &'static str,
    /// How requests come.
    pub(crate) load: Load,
    /// How many endpoints are bad: the first ones.
    pub(crate) bad: usize,
    /// What these do.
    pub(crate) conduct: Conduct,
    /// Whether it ends.
    pub(crate) ends: bool,
}

const ONE: Scenario =
    Scenario { key: "", title: "", load: Load::Open, bad: 1, conduct: Conduct::Fails(1.0), ends: true };

/// One endpoint is dead.
pub(crate) const DEAD: Scenario = Scenario { key: "dead", title: "One of five fails always", ..ONE };
/// One endpoint fails two times in five.
pub(crate) const PARTIAL: Scenario =
    Scenario { key: "partial", title: "One of five fails for 40 %", conduct: Conduct::Fails(0.4), ..ONE };
/// One endpoint fails once in a hundred times.
pub(crate) const RARE: Scenario = Scenario {
    key: "rare",
    title: "One of five fails for 1 %, for ever",
    conduct: Conduct::Fails(0.01),
    ends: false,
    ..ONE
};
/// All are dead.
pub(crate) const ALL: Scenario = Scenario { key: "all", title: "All five fail always", bad: ENDPOINTS, ..ONE };
/// One endpoint takes ten times as long.
pub(crate) const SLOW: Scenario =
    Scenario { key: "slow", title: "One of five takes ten times as long", conduct: Conduct::Slow(10.0), ..ONE };
/// One endpoint takes three times as long.
pub(crate) const SLOWER: Scenario =
    Scenario { key: "slower", title: "One of five takes three times as long", conduct: Conduct::Slow(3.0), ..ONE };
/// One endpoint has used up its quota, and does not say until when.
pub(crate) const REFUSES: Scenario = Scenario {
    key: "refuses",
    title: "One of five answers 429 without Retry-After",
    conduct: Conduct::Refuses { says_when: false },
    ..ONE
};
/// The endpoint that everything goes to is dead.
pub(crate) const OUTAGE: Scenario =
    Scenario { key: "outage", title: "The primary is dead for 15 requests", load: Load::OneByOne, ..ONE };

/// Those in which requests come independently of each other.
pub(crate) const SCENARIOS: [Scenario; 10] = [
    DEAD,
    PARTIAL,
    RARE,
    Scenario { key: "two", title: "Two of five fail always", bad: 2, ..ONE },
    ALL,
    SLOW,
    SLOWER,
    Scenario {
        key: "quota",
        title: "One of five answers 429 with Retry-After",
        conduct: Conduct::Refuses { says_when: true },
        ..ONE
    },
    REFUSES,
    Scenario {
        key: "limits",
        title: "One of five serves 2 requests a second, and answers 429 to others",
        conduct: Conduct::Limits(2.0),
        ..ONE
    },
];

impl Scenario {
    /// Whether the bad ones are bad at this moment, when the request of this number is served.
    pub(crate) fn is_on(&self, now: Duration, request: u64) -> bool {
        match self.load {
            Load::Open => now >= CALM && (!self.ends || now < CALM + TROUBLE),
            Load::OneByOne => (CALM_REQUESTS..CALM_REQUESTS + OUTAGE_REQUESTS).contains(&request),
        }
    }

    /// The share of all requests that the bad ones would serve if they were as good as the others.
    pub(crate) fn fair_share(&self) -> f64 {
        self.bad as f64 / ENDPOINTS as f64
    }
}
