//! Tests in many orders in which threads can go on: a program decides which, and repeats what it has decided.

use std::sync::Arc;

use shuttle::{check_pct, check_random, thread};

use crate::Live;

/// Orders that are tried in each way.
const ORDERS: usize = 2000;
/// Threads that run together.
pub(crate) const THREADS: u32 = 3;

/// In orders by chance, and in such in which few changes of thread decide.
pub(crate) fn check(test: impl Fn() + Send + Sync + Clone + 'static) {
    check_random(test.clone(), ORDERS);
    check_pct(test, ORDERS, 3);
}

/// Runs it in several threads that begin together.
pub(crate) fn together(live: &Arc<Live>, run: impl Fn(u32, &Live) + Send + Sync + Clone + 'static) {
    let spawn = |number| {
        let (live, run) = (Arc::clone(live), run.clone());
        thread::spawn(move || run(number, &live))
    };
    let threads: Vec<_> = (0..THREADS).map(spawn).collect();
    threads.into_iter().for_each(|thread| assert!(thread.join().is_ok()));
}
