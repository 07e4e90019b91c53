//! Using up time and the stack.

use std::hint::black_box;

pub(crate) fn spin() -> ! {
    let mut turns = 0_u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

/// Much work in few instructions.
pub(crate) fn bulk_fill() -> ! {
    let mut region = vec![0_u8; 64 << 20];
    loop {
        for value in 0..=u8::MAX {
            black_box(&mut region).fill(value);
        }
    }
}

pub(crate) fn stack_overflow() {
    fn descend(depth: u64) -> u64 {
        let frame = black_box([depth; 16]);
        if black_box(depth) == u64::MAX { 0 } else { descend(depth + 1).wrapping_add(frame.iter().sum()) }
    }
    black_box(descend(0));
}

#[expect(clippy::panic, reason = "it is what this behaviour is")]
pub(crate) fn trap() {
    panic!("the paint \u{1b}[31mran out");
}
