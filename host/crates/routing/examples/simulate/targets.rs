//! What our policy keeps to, with fewer seeds than the page has: the numbers are the project's targets.

use crate::{
    policy::{POLICIES, Rule},
    scenario::{ALL, DEAD, PARTIAL, RARE, Scenario},
    summary::{Summary, summary},
};

const SEEDS: u64 = 20;

fn ours(scenario: Scenario) -> Summary {
    let ours = POLICIES.into_iter().find(|policy| policy.rule == Rule::Ours).unwrap();
    summary(scenario, ours, SEEDS).unwrap()
}

#[test]
fn little_is_wasted_on_an_endpoint_that_fails() {
    for scenario in [DEAD, PARTIAL] {
        let summary = ours(scenario);
        assert!(summary.wasted <= 0.015, "{}: {summary:?}", scenario.title);
        assert!(summary.served >= 0.999, "{}: {summary:?}", scenario.title);
    }
}

#[test]
fn one_failure_in_a_hundred_is_no_reason_to_leave_an_endpoint_alone() {
    let summary = ours(RARE);
    assert!(summary.of_fair_share >= 0.8, "{summary:?}");
}

#[test]
fn when_all_are_well_again_requests_are_soon_served() {
    let summary = ours(ALL);
    assert!(summary.recovery.is_some_and(|seconds| seconds <= 10.0), "{summary:?}");
}

#[test]
fn a_run_is_the_same_each_time() {
    assert_eq!(ours(PARTIAL), ours(PARTIAL));
}
