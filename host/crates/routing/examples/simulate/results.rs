//! All scenarios with all policies.

use std::thread;

use anyhow::{Result, anyhow};
use serde::Serialize;

use crate::{
    policy::{Named, POLICIES, WITH_PRIMARY},
    scenario::{OUTAGE, SCENARIOS, Scenario},
    summary::{Outage, Summary, outage, summary},
};

/// What all policies came to in a scenario.
#[derive(Debug, Serialize)]
pub(crate) struct Comparison {
    /// The scenario, in one word.
    pub(crate) scenario: &'static str,
    /// What it is called.
    pub(crate) title: &'static str,
    /// Each policy, ours first.
    pub(crate) policies: Vec<Summary>,
}

/// What everything came to.
#[derive(Debug, Serialize)]
pub(crate) struct Results {
    /// Runs of each scenario with each policy.
    pub(crate) seeds: u64,
    /// Where requests come independently of each other.
    pub(crate) scenarios: Vec<Comparison>,
    /// Where they come one by one.
    pub(crate) outage: Vec<Outage>,
}

impl Results {
    /// Runs everything.
    pub(crate) fn of(seeds: u64) -> Result<Self> {
        let compare = |scenario: Scenario| {
            let policies = each(&POLICIES, |policy| summary(scenario, policy, seeds))?;
            Ok(Comparison { scenario: scenario.key, title: scenario.title, policies })
        };
        let scenarios = SCENARIOS.into_iter().map(compare).collect::<Result<_>>()?;
        let outage = each(&WITH_PRIMARY, |policy| outage(OUTAGE, policy, seeds))?;
        Ok(Self { seeds, scenarios, outage })
    }

    /// What all policies came to in this scenario.
    pub(crate) fn scenario(&self, scenario: Scenario) -> Result<&Comparison> {
        let found = self.scenarios.iter().find(|comparison| comparison.scenario == scenario.key);
        found.ok_or_else(|| anyhow!("the scenario `{}` was not run", scenario.key))
    }
}

/// Does it for each policy, at the same time.
fn each<T: Send>(policies: &[Named], run: impl Fn(Named) -> Result<T> + Sync) -> Result<Vec<T>> {
    let run = &run;
    thread::scope(|scope| {
        let threads: Vec<_> = policies.iter().map(|&policy| scope.spawn(move || run(policy))).collect();
        threads.into_iter().map(|thread| thread.join().map_err(|_| anyhow!("a simulation panicked"))?).collect()
    })
}
