//! What is measured of an endpoint while others look, in many orders in which threads can go on: nothing is lost, and nothing is seen
//! that never was.
//!
//! `cargo test -p palisade-routing --lib --features shuttle live_tests`; other tests do not run with that feature.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use shuttle::thread;

use crate::{
    Ending, Live,
    age::{Latest, Tick},
    latency::Latency,
    orders::{THREADS, check, together},
    pair::Pair,
};

const SECOND: Duration = Duration::from_secs(1);

/// Runs this beside several writers, until all have ended.
fn beside(
    live: &Arc<Live>,
    write: impl Fn(u32, &Live) + Send + Sync + Clone + 'static,
    look: impl Fn(&Live) + Send + 'static,
) {
    let reader = {
        let live = Arc::clone(live);
        thread::spawn(move || (0..4).for_each(|_| look(&live)))
    };
    together(live, write);
    assert!(reader.join().is_ok());
}

#[test]
fn no_outcome_is_lost() {
    check(|| {
        let (live, now) = (Arc::new(Live::default()), Instant::now());
        together(&live, move |number, live| {
            let ending = if number == 0 { Ending::Failed { wish: None } } else { Ending::Succeeded { took: SECOND } };
            live.begin(now).ended(ending, now);
        });
        let figures = live.figures(now);
        assert_eq!((figures.pending, figures.successes, figures.failures), (0, f64::from(THREADS - 1), 1.0));
        assert_eq!(figures.latency, Some(1.0), "a failure has no time");
    });
}

#[test]
fn a_half_failure_and_a_whole_one_are_both_counted() {
    check(|| {
        let (live, now) = (Arc::new(Live::default()), Instant::now());
        together(&live, move |number, live| {
            let ending = if number == 0 { Ending::Outrun } else { Ending::Failed { wish: None } };
            // Two whole ones and a half are not yet enough to leave it alone.
            assert_eq!(live.begin(now).ended(ending, now), None);
        });
        assert_eq!(live.figures(now).failures, f64::from(THREADS) - 0.5);
    });
}

#[test]
fn who_looks_never_sees_more_or_less_than_there_was() {
    check(|| {
        let (live, now) = (Arc::new(Live::default()), Instant::now());
        let threads = f64::from(THREADS);
        beside(
            &live,
            move |_, live| live.begin(now).succeeded(SECOND, now),
            move |live| {
                let figures = live.figures(now);
                assert!(figures.pending <= THREADS, "{figures:?}");
                assert!(
                    (0.0..=threads).contains(&figures.successes) && figures.successes.fract() == 0.0,
                    "{figures:?}"
                );
                assert_eq!(figures.failures, 0.0);
                // All took as long, so that any mean is that.
                assert!(figures.latency.is_none_or(|seconds| seconds == 1.0), "{figures:?}");
                // The time is noted before the success is.
                assert!(figures.successes == 0.0 || figures.latency.is_some() || live.figures(now).latency.is_some());
            },
        );
        assert_eq!(live.figures(now).successes, threads);
    });
}

#[test]
fn two_numbers_are_never_of_two_different_writes() {
    check(|| {
        let pair = Arc::new(Pair::default());
        let add = |number: f32| {
            let pair = Arc::clone(&pair);
            thread::spawn(move || pair.update(|(high, low)| (high + number, low - number)))
        };
        let replace = {
            let pair = Arc::clone(&pair);
            thread::spawn(move || pair.set((100.0, -100.0)))
        };
        let look = {
            let pair = Arc::clone(&pair);
            thread::spawn(move || {
                for _ in 0..4 {
                    let (high, low) = pair.get();
                    assert_eq!(high, -low, "torn");
                }
            })
        };
        let before: Vec<_> = [add(1.0), add(2.0)].into_iter().map(|thread| thread.join().unwrap()).collect();
        assert!(before.iter().all(|(high, low)| *high == -low) && before[0] != before[1], "each saw what it changed");
        replace.join().unwrap();
        look.join().unwrap();
        let (high, low) = pair.get();
        assert!(high == -low && [100.0, 101.0, 102.0, 103.0].contains(&high), "{high}");
    });
}

#[test]
fn the_line_of_times_and_sizes_is_one_of_calls_that_were() {
    check(|| {
        let latency = Arc::new(Latency::default());
        // Each takes a second, and a second for each unit.
        let record = |size: f64| {
            let latency = Arc::clone(&latency);
            thread::spawn(move || latency.record(1.0 + size, Some(size), 1.0))
        };
        let writers = [1.0, 2.0, 4.0].map(record);
        let reader = {
            let latency = Arc::clone(&latency);
            thread::spawn(move || {
                for _ in 0..4 {
                    let (seconds, size, slope) = latency.line();
                    // The means are of one write: what they tell together is true whoever wrote last.
                    let Some(seconds) = seconds else {
                        assert_eq!(size, 0.0);
                        continue;
                    };
                    assert!((seconds - size - 1.0).abs() < 1e-5, "{seconds} s for {size}");
                    assert!((1.0..=4.0).contains(&size) && slope.is_finite() && slope >= 0.0, "{size} {slope}");
                }
            })
        };
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        reader.join().unwrap();
        let (_, size, slope) = latency.line();
        assert!((1.0..=4.0).contains(&size) && slope > 0.0 && slope.is_finite(), "{size} {slope}");
    });
}

#[test]
fn the_latest_time_counts_whoever_tells_it_first() {
    check(|| {
        let (latest, start) = (Arc::new(Latest::default()), Instant::now());
        let at = move |seconds: u64| Tick::at(start + Duration::from_secs(seconds));
        let told = [1, 3, 2].map(|seconds| {
            let latest = Arc::clone(&latest);
            thread::spawn(move || latest.is(at(seconds)))
        });
        let reader = {
            let latest = Arc::clone(&latest);
            thread::spawn(move || {
                let mut before = f64::INFINITY;
                for _ in 0..4 {
                    // Nothing is told of it yet, or it is as old as one of them, and never older than it was before.
                    let age = latest.seconds(at(10));
                    if age > 0.0 {
                        assert!(age <= before, "{age} after {before}");
                        before = age;
                    }
                }
            })
        };
        told.into_iter().for_each(|thread| thread.join().unwrap());
        reader.join().unwrap();
        assert_eq!(latest.seconds(at(10)), 7.0);
    });
}
