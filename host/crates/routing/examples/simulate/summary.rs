//! What many runs of one scenario with one policy come to.

use std::time::Duration;

use anyhow::Result;
use serde::Serialize;

use crate::{
    policy::Named,
    run::{Record, run},
    scenario::{CALM, END, Scenario, TROUBLE},
};

/// The part of its fair share from which on an endpoint counts as back.
const BACK: f64 = 0.8;
/// Seconds that a point of a curve stands for.
pub(crate) const STEP: usize = 2;
/// Seconds after the trouble in which an endpoint is to be back.
const LATER: usize = 30;

/// What a policy came to in a scenario in which requests come independently of each other.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Summary {
    /// The policy.
    pub(crate) policy: &'static str,
    /// Calls of bad endpoints that were not worth making, as a share of the requests, while there was trouble.
    pub(crate) wasted: f64,
    /// Calls of bad endpoints, as a share of what would be fair if they were well, while there was trouble.
    pub(crate) of_fair_share: f64,
    /// Calls for each request, while there was trouble.
    pub(crate) calls: f64,
    /// The share of requests that were served, while there was trouble.
    pub(crate) served: f64,
    /// Seconds that half of those took at the most.
    pub(crate) p50: f64,
    /// Seconds that 99 % of those took at the most.
    pub(crate) p99: f64,
    /// Seconds after the trouble until the bad ones serve 80 % of their fair share, all seeds together.
    pub(crate) recovery: Option<f64>,
    /// What part of their fair share these serve from [`LATER`] on.
    pub(crate) later: Option<f64>,
    /// Calls of bad endpoints as a share of the requests, for each [`STEP`] from the beginning.
    #[serde(skip)]
    pub(crate) curve: Vec<f64>,
}

/// What a policy came to in the outage of a primary.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Outage {
    /// The policy.
    pub(crate) policy: &'static str,
    /// Calls of the dead primary, on average.
    pub(crate) calls: f64,
    /// For the seed that has most of them.
    pub(crate) most_calls: usize,
    /// The share of requests that were served meanwhile.
    pub(crate) served: f64,
    /// Requests after it until the primary serves one again, on average.
    pub(crate) requests_until_back: f64,
    /// For the seed that has most of them.
    pub(crate) most_requests_until_back: usize,
}

/// Counts by the second.
#[derive(Debug, Clone, Copy, Default)]
struct Second {
    requests: usize,
    calls: usize,
    good: usize,
}

/// Runs a scenario with a policy, for each seed.
pub(crate) fn summary(scenario: Scenario, policy: Named, seeds: u64) -> Result<Summary> {
    let (mut wasted, mut bad, mut calls, mut requests) = (0_usize, 0_usize, 0_usize, 0_usize);
    let mut times = Vec::new();
    let mut all = vec![Second::default(); END.as_secs() as usize];
    for seed in 0..seeds {
        let record = run(scenario, policy.rule, seed)?;
        for call in record.tries.iter().filter(|call| call.in_trouble) {
            calls += 1;
            bad += usize::from(call.on_bad);
            wasted += usize::from(call.on_bad && !call.is_good);
        }
        requests += record.requests.iter().filter(|request| request.in_trouble).count();
        times.extend(record.requests.iter().filter(|request| request.in_trouble).filter_map(|request| request.took));
        for (sum, one) in all.iter_mut().zip(by_second(&record)) {
            sum.requests += one.requests;
            sum.calls += one.calls;
            sum.good += one.good;
        }
    }
    times.sort_unstable();
    let share = |part: usize| part as f64 / requests as f64;
    Ok(Summary {
        policy: policy.name,
        wasted: share(wasted),
        of_fair_share: share(bad) / scenario.fair_share(),
        calls: share(calls),
        served: share(times.len()),
        p50: quantile(&times, 0.5),
        p99: quantile(&times, 0.99),
        recovery: after(scenario, &all).and_then(|after| recovery(scenario, after)),
        later: after(scenario, &all)
            .and_then(|after| after.get(LATER..))
            .map(|later| ratio(later, |second| second.good) / scenario.fair_share()),
        curve: all.chunks(STEP).map(|part| ratio(part, |second| second.calls)).collect(),
    })
}

/// Runs the outage of a primary with a policy, for each seed.
pub(crate) fn outage(scenario: Scenario, policy: Named, seeds: u64) -> Result<Outage> {
    let (mut calls, mut until_back) = (Vec::new(), Vec::new());
    let (mut served, mut requests) = (0_usize, 0_usize);
    for seed in 0..seeds {
        let record = run(scenario, policy.rule, seed)?;
        calls.push(record.tries.iter().filter(|call| call.in_trouble && call.on_bad).count());
        let during: Vec<_> = record.requests.iter().filter(|request| request.in_trouble).collect();
        requests += during.len();
        served += during.iter().filter(|request| request.took.is_some()).count();
        // A request is one call then, since nobody fails any more.
        let after = record.tries.iter().skip_while(|call| !call.in_trouble).skip_while(|call| call.in_trouble);
        until_back.push(after.take_while(|call| !call.on_bad).count());
    }
    let mean = |counts: &[usize]| counts.iter().sum::<usize>() as f64 / counts.len() as f64;
    let most = |counts: &[usize]| counts.iter().copied().max().unwrap_or_default();
    Ok(Outage {
        policy: policy.name,
        calls: mean(&calls),
        most_calls: most(&calls),
        served: served as f64 / requests as f64,
        requests_until_back: mean(&until_back),
        most_requests_until_back: most(&until_back),
    })
}

fn by_second(record: &Record) -> Vec<Second> {
    let mut seconds = vec![Second::default(); END.as_secs() as usize];
    let second = |at: Duration| at.as_secs() as usize;
    for request in &record.requests {
        if let Some(counts) = seconds.get_mut(second(request.came)) {
            counts.requests += 1;
        }
    }
    for call in record.tries.iter().filter(|call| call.on_bad) {
        if let Some(counts) = seconds.get_mut(second(call.began)) {
            counts.calls += 1;
            counts.good += usize::from(call.is_good);
        }
    }
    seconds
}

/// The seconds after the trouble.
fn after(scenario: Scenario, seconds: &[Second]) -> Option<&[Second]> {
    seconds.get((CALM + TROUBLE).as_secs() as usize..).filter(|_| scenario.ends)
}

/// The first of these seconds, a step of which has 80 % of the fair share.
fn recovery(scenario: Scenario, after: &[Second]) -> Option<f64> {
    let is_back = |part: &[Second]| ratio(part, |second| second.good) >= BACK * scenario.fair_share();
    after.windows(STEP).position(is_back).map(|second| second as f64)
}

fn ratio(part: &[Second], count: impl Fn(&Second) -> usize) -> f64 {
    let requests: usize = part.iter().map(|second| second.requests).sum();
    part.iter().map(count).sum::<usize>() as f64 / requests.max(1) as f64
}

/// The seconds that this share of the sorted times does not exceed.
fn quantile(sorted: &[Duration], share: f64) -> f64 {
    let place = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(place.saturating_sub(1)).map_or(0.0, Duration::as_secs_f64)
}
