//! Who of those that serve the same model has become slow: slower than it usually is, slower than the others are, and more so than they
//! have become.
//!
//! All of it is asked for. One that is slower than the others may always have been so, and the score knows that; one that is slower than
//! usual may still be the fastest; and where all have become slower, the trouble is nobody's own, and leaving anybody alone makes it worse.

use crate::pace::Pace;

/// Fewer others say nothing of how fast one is to be.
const LEAST_OTHERS: usize = 4;
/// How many median deviations of the others it is slower than their median.
const DEVIATIONS: f64 = 3.0;
/// What a deviation is at the least, beside the median: others that are as fast as each other by chance leave room too.
const LEAST_DEVIATION: f64 = 1.0 / 6.0;

/// One of those that serve the same model.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Runner {
    /// How fast it is.
    pub(crate) pace: Pace,
    /// How many times as long as usual is too slow for it; none where it is left alone already, or never is.
    pub(crate) slowdown: Option<f64>,
}

/// Of each of those that serve the same model and has become slow: how many times as long as usual it may take.
pub(crate) fn limits(runners: &[Runner]) -> impl Iterator<Item = Option<f64>> {
    runners.iter().enumerate().map(|(place, runner)| {
        let others = runners.iter().enumerate().filter(move |(other, _)| *other != place).map(|(_, other)| other);
        limit(runner, others)
    })
}

fn limit<'a>(runner: &Runner, others: impl Iterator<Item = &'a Runner>) -> Option<f64> {
    let (slowdown, times, usual) = (runner.slowdown?, runner.pace.times()?, runner.pace.usual());
    if times <= slowdown {
        return None;
    }
    // What the others take for what this one is asked for.
    let size = usual.mean_size();
    let others = others.filter_map(|other| Some((other.pace.seconds(size)?, other.pace.times()?)));
    let (seconds, others): (Vec<_>, Vec<_>) = others.unzip();
    if others.len() < LEAST_OTHERS {
        return None;
    }
    let limit = (most_of(seconds) / usual.seconds).max(most_of(others)).max(slowdown);
    (times > limit).then_some(limit)
}

/// What is no more than chance where these are the others.
fn most_of(mut others: Vec<f64>) -> f64 {
    let middle = median(&mut others);
    let mut deviations: Vec<_> = others.iter().map(|other| (other - middle).abs()).collect();
    middle + DEVIATIONS * median(&mut deviations).max(LEAST_DEVIATION * middle)
}

/// The middle of some numbers; of an even count, what is half way between the two.
fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let half = numbers.len() / 2;
    let at = |place: usize| numbers.get(place).copied().unwrap_or_default();
    if numbers.len().is_multiple_of(2) { (at(half.saturating_sub(1)) + at(half)) / 2.0 } else { at(half) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One that usually takes so long, and now takes so many times as long.
    fn runner((usual, times): (f64, f64)) -> Runner {
        let mut pace = Pace::default();
        for (calls, seconds) in [(10_000, usual), (100, usual * times)] {
            (0..calls).for_each(|_| {
                pace.record(seconds, None, 0.0);
            });
        }
        Runner { pace, slowdown: Some(2.0) }
    }

    fn slow(runners: &[(f64, f64)]) -> Vec<bool> {
        let runners: Vec<_> = runners.iter().copied().map(runner).collect();
        limits(&runners).map(|limit| limit.is_some()).collect()
    }

    fn places(of: &[usize], count: usize) -> Vec<bool> {
        (0..count).map(|place| of.contains(&place)).collect()
    }

    #[test]
    fn who_is_slower_than_usual_and_than_four_others_is_slow() {
        let fast = (1.0, 1.0);
        assert_eq!(slow(&[(1.0, 3.0), fast, fast, fast, fast]), places(&[0], 5));
        assert_eq!(slow(&[(1.0, 1.9), fast, fast, fast, fast]), places(&[], 5), "it is not so slow");
        assert_eq!(slow(&[(1.0, 9.0), fast, fast, fast]), places(&[], 4), "there are three others");
        assert_eq!(slow(&[(9.0, 1.0), fast, fast, fast, fast]), places(&[], 5), "it always was");
        assert_eq!(slow(&[(0.3, 3.0), fast, fast, fast, fast]), places(&[], 5), "it is still the fastest");
        let various = [(1.0, 1.0), (2.0, 1.0), (4.0, 1.0), (8.0, 1.0)];
        assert_eq!(slow(&[&[(2.0, 3.0)], various.as_slice()].concat()), places(&[], 5), "it is one of various");
        assert_eq!(slow(&[&[(2.0, 9.0)], various.as_slice()].concat()), places(&[0], 5));
    }

    #[test]
    fn at_most_a_half_is_slow() {
        let (fast, slower) = ((1.0, 1.0), (1.0, 3.0));
        assert_eq!(slow(&[slower, slower, fast, fast, fast]), places(&[0, 1], 5));
        assert_eq!(slow(&[slower, slower, slower, fast, fast]), places(&[], 5));
        assert_eq!(slow(&[slower, slower, slower, fast, fast, fast]), places(&[0, 1, 2], 6));
    }

    #[test]
    fn who_is_left_alone_is_found_no_second_time_and_still_speaks_for_the_others() {
        let mut runners = [(1.0, 3.0), (1.0, 3.0), (1.0, 1.0), (1.0, 1.0), (1.0, 1.0)].map(runner);
        let found = |runners: &[Runner]| limits(runners).map(|limit| limit.is_some()).collect::<Vec<_>>();
        runners[0].slowdown = None;
        assert_eq!(found(&runners), places(&[1], 5));
        assert_eq!(found(&runners[1..]), places(&[], 4), "without it there are three others");
    }

    #[test]
    fn of_whom_little_is_known_nothing_is_said() {
        let mut runners = [(1.0, 3.0), (1.0, 1.0), (1.0, 1.0), (1.0, 1.0), (1.0, 1.0)].map(runner);
        assert!(limits(&runners).any(|limit| limit.is_some()));
        runners[4].pace = Pace::default();
        assert!(limits(&runners).all(|limit| limit.is_none()));
    }

    #[test]
    fn the_limit_is_what_the_others_take_or_what_is_twice_as_long_as_usual() {
        let limit = |runners: [(f64, f64); 5]| {
            let runners = runners.map(runner);
            limits(&runners).next().flatten().unwrap()
        };
        let others = |seconds| [(1.0, 9.0), (seconds, 1.0), (seconds, 1.0), (seconds, 1.0), (seconds, 1.0)];
        assert!((limit(others(1.0)) - 2.0).abs() < 1e-6);
        // Half as long again as the others take, and a little less as what is usual has grown.
        let found = limit(others(4.0));
        assert!((5.9..6.0).contains(&found), "{found}");
    }

    fn any_runners() -> impl Strategy<Value = Vec<(f64, f64)>> {
        prop::collection::vec((0.1_f64..10.0, prop_oneof![3 => Just(1.0), 1 => 1.0_f64..10.0]), 1..10)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn where_all_have_become_slower_nobody_is_slow(usual in prop::collection::vec(0.1_f64..10.0, 1..10), times in 1.0_f64..10.0) {
            let runners: Vec<_> = usual.into_iter().map(|usual| (usual, times)).collect();
            prop_assert_eq!(slow(&runners), vec![false; runners.len()]);
        }

        #[test]
        fn it_is_the_same_in_whatever_unit_and_order(
            runners in any_runners(),
            scale in prop::sample::select(vec![0.25, 4.0]),
            turn in 0_usize..10,
        ) {
            let found = slow(&runners);
            let scaled: Vec<_> = runners.iter().map(|(usual, times)| (usual * scale, *times)).collect();
            prop_assert_eq!(&slow(&scaled), &found);
            let turned = |count: usize| (0..count).map(move |place| (place + turn) % count);
            let other: Vec<_> = turned(runners.len()).map(|place| runners[place]).collect();
            let expected: Vec<_> = turned(runners.len()).map(|place| found[place]).collect();
            prop_assert_eq!(slow(&other), expected);
        }

        #[test]
        fn with_fewer_than_five_nobody_is_slow_and_never_more_than_a_half(runners in any_runners()) {
            let count = slow(&runners).into_iter().filter(|is_slow| *is_slow).count();
            prop_assert!(count <= runners.len() / 2, "{} of {}", count, runners.len());
            prop_assert!(runners.len() > LEAST_OTHERS || count == 0);
        }

        #[test]
        fn whoever_is_slow_is_so_when_it_is_even_slower(runners in any_runners(), more in 1.0_f64..3.0) {
            let found = slow(&runners);
            for place in (0..runners.len()).filter(|place| found[*place]) {
                let mut slower = runners.clone();
                slower[place].1 *= more;
                prop_assert!(slow(&slower)[place]);
            }
        }
    }
}
