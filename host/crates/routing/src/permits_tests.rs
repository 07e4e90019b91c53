//! Who may begin a call, in many orders in which threads can go on: a program decides which, and repeats what it has decided.
//!
//! `cargo test -p palisade-routing --lib --features shuttle permits`; other tests do not run with that feature.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use shuttle::sync::atomic::AtomicU32;

use crate::{
    Attempt, Ending, Health, Live,
    orders::{check, together},
};

/// An endpoint that was left alone, and the time at which it is tried.
fn left_alone() -> (Arc<Live>, Instant) {
    let (live, now) = (Arc::new(Live::default()), Instant::now());
    (0..3).for_each(|_| live.begin(now).failed(now, None));
    (live, now + Duration::from_secs(60))
}

fn one_at_a_time(begin: fn(&Live, Instant) -> Option<Attempt<'_>>) {
    check(move || {
        let (live, later) = left_alone();
        let (under_way, begun) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let counts = (Arc::clone(&under_way), Arc::clone(&begun));
        together(&live, move |_, live| {
            let Some(attempt) = begin(live, later) else { return };
            assert_eq!(counts.0.fetch_add(1, Ordering::SeqCst), 0, "two at a time");
            counts.1.fetch_add(1, Ordering::SeqCst);
            counts.0.fetch_sub(1, Ordering::SeqCst);
            drop(attempt);
        });
        assert!(begun.load(Ordering::SeqCst) > 0, "somebody begins");
        assert_eq!(live.figures(later).pending, 0);
        assert!(begin(&live, later).is_some(), "each gives its place back");
    });
}

#[test]
fn one_call_at_a_time_begins_where_it_is_tried() {
    one_at_a_time(|live, now| live.try_begin(now));
}

#[test]
fn one_call_at_a_time_begins_where_nobody_else_is_left() {
    one_at_a_time(|live, now| live.begin_alone(now));
}

#[test]
fn no_place_is_lost_however_calls_end() {
    check(|| {
        let (live, later) = left_alone();
        together(&live, move |number, live| {
            let Some(attempt) = live.try_begin(later) else { return };
            let ending = match number {
                0 => Ending::Succeeded { took: Duration::from_secs(1) },
                1 => Ending::Failed { wish: None },
                _ => return,
            };
            attempt.ended(ending, later);
        });
        assert_eq!(live.figures(later).pending, 0);
        let health = live.figures(later + Duration::from_secs(60)).health;
        assert_eq!(health, Health::Probation);
    });
}

#[test]
fn outcomes_of_calls_together_close_it_once() {
    check(|| {
        let (live, later) = left_alone();
        (0..3).for_each(|_| live.begin(later).succeeded(Duration::from_secs(1), later));
        let closed = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&closed);
        together(&live, move |_, live| {
            let Some(attempt) = live.try_begin(later) else { return };
            if attempt.ended(Ending::Succeeded { took: Duration::from_secs(1) }, later).is_some() {
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        assert_eq!(closed.load(Ordering::SeqCst), 1);
    });
}
