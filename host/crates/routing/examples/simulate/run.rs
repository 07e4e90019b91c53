//! One run: requests come and go on a clock of its own, which jumps from one event to the next.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    time::{Duration, Instant},
};

use anyhow::Result;

use crate::{
    policy::{Policy, Rule, endpoints},
    providers::{Answer, Outcome, Providers},
    random::{Random, Stream},
    scenario::{ALL_REQUESTS, END, Load, RATE, Scenario},
};

/// Providers that are tried for a request, at the most.
const TRIES: usize = 2;

/// One call of a provider.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Try {
    /// When it began.
    pub(crate) began: Duration,
    /// Whether there was trouble then.
    pub(crate) in_trouble: bool,
    /// Whether the provider is one of the bad ones.
    pub(crate) on_bad: bool,
    /// Whether the call was worth making.
    pub(crate) is_good: bool,
}

/// One request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request {
    /// When it came.
    pub(crate) came: Duration,
    /// Whether there was trouble then.
    pub(crate) in_trouble: bool,
    /// How long it took, when it was served.
    pub(crate) took: Option<Duration>,
}

/// What happened in a run.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// The calls, as they began.
    pub(crate) tries: Vec<Try>,
    /// The requests, as they ended.
    pub(crate) requests: Vec<Request>,
}

/// Something that is to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A request comes.
    Arrival,
    /// A call ends.
    End(u64),
}

/// A request under way.
#[derive(Debug)]
struct Pending {
    number: u64,
    came: Duration,
    in_trouble: bool,
    tried: Vec<usize>,
    began: Duration,
    outcome: Outcome,
}

struct Run<'a> {
    scenario: Scenario,
    policy: Box<dyn Policy + 'a>,
    providers: Providers,
    arrivals: Random,
    start: Instant,
    now: Duration,
    /// By time; what is planned first happens first.
    events: BinaryHeap<Reverse<(Duration, u64, Event)>>,
    planned: u64,
    requests: u64,
    calls: u64,
    pending: BTreeMap<u64, Pending>,
    record: Record,
}

/// What happens in this scenario with this policy; chance is decided by the seed.
pub(crate) fn run(scenario: Scenario, rule: Rule, seed: u64) -> Result<Record> {
    let endpoints = endpoints(scenario.load, seed)?;
    // Only differences matter.
    let start = Instant::now();
    let mut run = Run {
        scenario,
        policy: rule.policy(&endpoints, seed, start),
        providers: Providers::new(scenario, seed),
        arrivals: Random::new(seed, Stream::Arrivals),
        start,
        now: Duration::ZERO,
        events: BinaryHeap::new(),
        planned: 0,
        requests: 0,
        calls: 0,
        pending: BTreeMap::new(),
        record: Record::default(),
    };
    run.plan(Duration::ZERO, Event::Arrival);
    while let Some(Reverse((at, _, event))) = run.events.pop() {
        run.now = at;
        match event {
            Event::Arrival => run.arrival(),
            Event::End(call) => run.end(call),
        }
    }
    Ok(run.record)
}

impl Run<'_> {
    fn plan(&mut self, after: Duration, event: Event) {
        self.planned += 1;
        self.events.push(Reverse((self.now + after, self.planned, event)));
    }

    fn instant(&self) -> Instant {
        self.start + self.now
    }

    fn arrival(&mut self) {
        let number = self.requests;
        self.requests += 1;
        let in_trouble = self.scenario.is_on(self.now, number);
        let (came, tried) = (self.now, Vec::new());
        self.next_try(Pending { number, came, in_trouble, tried, began: came, outcome: Outcome::Failed });
        let gap = Duration::from_secs_f64(self.arrivals.exponential(1.0 / RATE));
        if self.scenario.load == Load::Open && self.now + gap < END {
            self.plan(gap, Event::Arrival);
        }
    }

    fn next_try(&mut self, mut request: Pending) {
        let call = self.calls;
        self.calls += 1;
        let instant = self.instant();
        let place = match request.tried.len() {
            TRIES.. => None,
            _ => self.policy.begin(call, &request.tried, instant),
        };
        let Some(place) = place else { return self.over(&request, None) };
        let Answer { after, outcome, is_good } = self.providers.call(place, self.now, request.number);
        let in_trouble = self.scenario.is_on(self.now, request.number);
        let on_bad = place < self.scenario.bad;
        self.record.tries.push(Try { began: self.now, in_trouble, on_bad, is_good });
        request.tried.push(place);
        (request.began, request.outcome) = (self.now, outcome);
        self.pending.insert(call, request);
        self.plan(after, Event::End(call));
    }

    fn end(&mut self, call: u64) {
        let Some(request) = self.pending.remove(&call) else { return };
        let instant = self.instant();
        self.policy.end(call, request.outcome, self.now - request.began, instant);
        match request.outcome {
            Outcome::Served => self.over(&request, Some(self.now - request.came)),
            Outcome::Failed | Outcome::Refused(_) => self.next_try(request),
        }
    }

    fn over(&mut self, request: &Pending, took: Option<Duration>) {
        self.record.requests.push(Request { came: request.came, in_trouble: request.in_trouble, took });
        if self.scenario.load == Load::OneByOne && self.requests < ALL_REQUESTS {
            self.plan(Duration::ZERO, Event::Arrival);
        }
    }
}
