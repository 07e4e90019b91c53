//! What an instance remembers of the calls before.

use std::cell::RefCell;
use std::hint::black_box;

use palisade_guest::log;

use crate::computing;

thread_local! {
    static CALLS: RefCell<u32> = const { RefCell::new(0) };
    static KEPT: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// Logs how often this instance was called.
pub(crate) fn counts() -> u32 {
    let calls = CALLS.with_borrow_mut(|calls| {
        *calls += 1;
        *calls
    });
    log::info(format_args!("call {calls} of this instance"));
    calls
}

/// Keeps another 8 MiB with each call.
pub(crate) fn leaks() {
    counts();
    KEPT.with_borrow_mut(|kept| kept.push(vec![1_u8; 8 << 20]));
    black_box(KEPT.with_borrow(Vec::len));
}

/// Crashes in the second call of an instance.
pub(crate) fn crashes_later() {
    if counts() == 2 {
        computing::trap();
    }
}
