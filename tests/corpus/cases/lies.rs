//! Guests that lie to the host about where their results are, how long, and what.

use palisade::ErrorKind::{BadOutput, ResourceLimit, Trap};

use crate::{
    case::{Case, Work},
    guest::{Guest, list, place, put},
};

const BEYOND: &str = "out of bounds";
const UNALIGNED: &str = "not aligned";

pub(super) fn cases() -> Vec<Case> {
    let ranker = |name, hole, code: &str| super::guest(name, Guest::ranker().at(hole, code));
    let ranking = |name, at, length| ranker(name, "rerank", &list(place::RANKING, at, length));
    let talker = |name, code| super::guest(name, Guest::talker().at("reply", code)).work(Work::Chat);
    let byte = |at: u32, value: u32| format!("(i32.store8 (i32.const {at}) (i32.const {value}))");
    vec![
        ranking("list-beyond-memory", 0xffff_fff0, 16).fails(BadOutput, BEYOND),
        ranking("list-that-ends-beyond-memory", 131_056, 2).fails(BadOutput, BEYOND),
        ranking("list-out-of-line", 1665, 1).fails(BadOutput, UNALIGNED),
        ranking("list-of-2-to-the-31", 1664, 1 << 31).fails(BadOutput, BEYOND),
        ranking("list-whose-bytes-overflow", 1664, 1 << 28).fails(BadOutput, BEYOND),
        ranking("list-of-all-its-memory", 0, 8192).fails(BadOutput, "the provider ranked 8192 of 1 documents"),
        ranker("result-beyond-memory", "rerank", "(return (i32.const -8))").fails(BadOutput, BEYOND),
        ranker("result-out-of-line", "rerank", "(return (i32.const 1537))").fails(BadOutput, UNALIGNED),
        ranker("result-of-no-case", "rerank", &byte(place::RESULT, 2)).fails(BadOutput, "discriminant"),
        super::guest("failure-of-no-case", Guest::failing(14, "")).fails(BadOutput, "discriminant"),
        ranker("enum-of-no-case", "describe", &byte(place::DESCRIPTION + 52, 3)).is_refused(BadOutput, "discriminant"),
        ranker("option-of-no-case", "describe", &byte(place::DESCRIPTION + 40, 2))
            .is_refused(BadOutput, "discriminant"),
        // What is not 0 is true, says the canonical ABI.
        ranker("bool-of-7", "describe", &byte(place::DESCRIPTION + 53, 7)).is_served(),
        ranker("name-that-is-no-text", "describe", &put(16, u32::MAX)).is_refused(BadOutput, "utf-8"),
        ranker("name-beyond-memory", "describe", &list(place::DESCRIPTION, 16, 0x7fff_ffff))
            .is_refused(BadOutput, BEYOND),
        // What it is given is written over, and the answer is the right one all the same.
        ranker("realloc-gives-0", "realloc", "(return (i32.const 0))").is_served(),
        ranker("realloc-gives-what-is-beyond-memory", "realloc", "(return (i32.const -8))")
            .fails(BadOutput, "realloc return: beyond end of memory"),
        ranker("realloc-gives-too-little", "realloc", "(return (i32.const 131071))")
            .fails(BadOutput, "realloc return: beyond end of memory"),
        ranker("realloc-gives-what-is-out-of-line", "realloc", "(return (i32.const 65537))")
            .fails(BadOutput, "realloc return: result not aligned"),
        ranker("realloc-traps", "realloc", "unreachable").fails(Trap, "unreachable"),
        talker("stream-that-is-none", "(i32.store (i32.const 2056) (i32.const 99)) (return (i32.const 2048))")
            .fails(BadOutput, "handle"),
        talker("stream-that-is-gone", GONE).fails(BadOutput, "handle"),
        talker("streams-without-end", "(loop (drop (call $new_stream (i32.const 1))) (br 0))")
            .fails(ResourceLimit, "handle limit exceeded"),
    ]
}

/// Gives a handle that it has dropped.
const GONE: &str = "
    (local $stream i32)
    (local.set $stream (call $new_stream (i32.const 1)))
    (call $drop_stream (local.get $stream))
    (i32.store (i32.const 2056) (local.get $stream))
    (return (i32.const 2048))";
