//! What our policy keeps to, with fewer seeds than the page has: the numbers are the project's targets.

use crate::{
    policy::{POLICIES, Rule, WITH_PRIMARY},
    scenario::{ALL, DEAD, ENDPOINTS, OUTAGE, PARTIAL, RARE, REFUSES, SLOW, SLOWER, Scenario},
    summary::{Summary, outage, summary},
};

const SEEDS: u64 = 20;

fn ours(scenario: Scenario) -> Summary {
    let ours = POLICIES.into_iter().find(|policy| policy.rule == Rule::Ours).unwrap();
    summary(scenario, ours, SEEDS).unwrap()
}

#[test]
fn little_is_wasted_on_an_endpoint_that_fails_or_refuses_and_it_comes_back() {
    for scenario in [DEAD, PARTIAL, REFUSES] {
        let summary = ours(scenario);
        assert!(summary.wasted <= 0.015, "{}: {summary:?}", scenario.title);
        assert!(summary.served >= 0.999, "{}: {summary:?}", scenario.title);
        // Half a minute after it is well, whatever chance says of a single second.
        assert!(summary.later.is_some_and(|share| share >= 0.8), "{}: {summary:?}", scenario.title);
    }
}

#[test]
fn few_calls_reach_a_primary_that_is_dead_for_fifteen_requests() {
    let outage = outage(OUTAGE, WITH_PRIMARY[0], SEEDS).unwrap();
    assert!(outage.most_calls <= 4, "{outage:?}");
    assert_eq!(outage.served, 1.0);
    assert!(outage.most_requests_until_back <= 20, "{outage:?}");
}

#[test]
fn one_failure_in_a_hundred_is_no_reason_to_leave_an_endpoint_alone() {
    let summary = ours(RARE);
    assert!(summary.of_fair_share >= 0.8, "{summary:?}");
}

#[test]
fn one_that_was_slow_for_a_while_is_called_again() {
    let summary = ours(SLOW);
    assert!(summary.wasted <= 0.015, "{summary:?}");
    assert!(summary.later.is_some_and(|share| share >= 0.8), "{summary:?}");
}

#[test]
fn one_that_becomes_a_few_times_slower_is_left_alone_and_comes_back() {
    let summary = ours(SLOWER);
    assert!(summary.wasted <= 0.04, "{summary:?}");
    assert!(summary.recovery.is_some_and(|seconds| seconds <= 30.0), "{summary:?}");
}

#[test]
fn where_all_become_slower_none_is_left_alone() {
    let summary = ours(Scenario { bad: ENDPOINTS, ..SLOWER });
    assert!(summary.served >= 0.999 && summary.calls <= 1.001, "{summary:?}");
    assert_eq!(summary.recovery, Some(0.0), "{summary:?}");
}

#[test]
fn when_all_are_dead_few_calls_reach_them_and_requests_are_soon_served_again() {
    let summary = ours(ALL);
    assert!(summary.wasted <= 0.15, "{summary:?}");
    assert!(summary.recovery.is_some_and(|seconds| seconds <= 5.0), "{summary:?}");
}

#[test]
fn a_run_is_the_same_each_time() {
    assert_eq!(ours(PARTIAL), ours(PARTIAL));
}
