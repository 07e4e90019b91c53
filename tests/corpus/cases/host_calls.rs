//! Guests that keep the host busy, or wait for it.

use palisade::ErrorKind::{BadOutput, Deadline, HostCallLimit, MemoryLimit, ResourceLimit, ResultTooLarge, Trap};

use crate::{
    case::{Case, Work},
    guest::Guest,
};

/// What the guests here call of the host, with the name under which they call it.
pub(super) const IMPORTS: &str = r#"
  (import "palisade:provider/log@0.1.1" "log" (func $log (param i32 i32 i32)))
  (import "palisade:provider/config@0.1.1" "get" (func $get (param i32 i32 i32)))
  (import "palisade:provider/blobs@0.1.1" "[constructor]blob-writer" (func $writer (param i32 i32) (result i32)))
  (import "palisade:provider/blobs@0.1.1" "[method]blob-writer.write" (func $write (param i32 i32 i32 i32)))
  (import "palisade:provider/http@0.1.1" "send"
    (func $send (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
  (import "wasi:clocks/monotonic-clock@0.2.0" "now" (func $now (result i64)))
  (import "wasi:clocks/monotonic-clock@0.2.0" "subscribe-duration" (func $after (param i64) (result i32)))
  (import "wasi:io/poll@0.2.0" "[method]pollable.block" (func $block (param i32)))
  (import "wasi:io/poll@0.2.0" "[method]pollable.ready" (func $ready (param i32) (result i32)))
  (import "wasi:io/poll@0.2.0" "[resource-drop]pollable" (func $drop_pollable (param i32)))
  (import "wasi:io/poll@0.2.0" "poll" (func $poll (param i32 i32 i32)))
  (import "wasi:random/random@0.2.0" "get-random-u64" (func $random (result i64)))
  (import "wasi:random/random@0.2.0" "get-random-bytes" (func $random_bytes (param i64 i32)))
  (import "wasi:cli/stdout@0.2.0" "get-stdout" (func $stdout (result i32)))
  (import "wasi:io/streams@0.2.0" "[method]output-stream.blocking-write-and-flush"
    (func $print (param i32 i32 i32 i32)))
  (import "wasi:cli/exit@0.2.0" "exit" (func $exit (param i32)))"#;

pub(super) fn cases() -> Vec<Case> {
    let calling = |name, code| super::guest(name, calling(code));
    let large = |case: Case| case.within(|limits| limits.memory_bytes = 256 << 20);
    vec![
        calling("logs-without-end", "(loop (call $log (i32.const 2) (i32.const 16) (i32.const 6)) (br 0))")
            .within(|limits| limits.host_calls = 10_000)
            .fails(HostCallLimit, "more than 10000 times"),
        calling(
            "asks-for-settings-without-end",
            "(loop (call $get (i32.const 16) (i32.const 6) (i32.const 64)) (br 0))",
        )
        .within(|limits| limits.host_calls = 10_000)
        .fails(HostCallLimit, "more than 10000 times"),
        calling("makes-writers-without-end", "(loop (drop (call $writer (i32.const 16) (i32.const 6))) (br 0))")
            .fails(ResourceLimit, "more than 4096 handles"),
        calling("writes-without-end", WRITES).fails(MemoryLimit, "33554432 bytes of memory"),
        calling("subscribes-without-end", "(loop (drop (call $after (i64.const 0))) (br 0))")
            .fails(ResourceLimit, "more than 4096 handles"),
        calling("opens-stdout-without-end", "(loop (drop (call $stdout)) (br 0))")
            .fails(ResourceLimit, "more than 4096 handles"),
        calling("sleeps-for-ever", SLEEPS).fails(Deadline, "longer than 2s"),
        super::guest("sleeps-in-check", Guest::ranker().at("imports", IMPORTS).at("check", SLEEPS))
            .work(Work::Check)
            .fails(Deadline, "longer than 2s"),
        calling("asks-for-a-gigabyte-of-chance", "(call $random_bytes (i64.const 0x40000000) (i32.const 64))")
            .fails(BadOutput, "exceeds limit 65536"),
        calling("exits", "(call $exit (i32.const 0))").fails(Trap, "exited with status 0"),
        calling("exits-with-an-error", "(call $exit (i32.const 1))").fails(Trap, "exited with status 1"),
        calling("polls-nothing", "(call $poll (i32.const 0) (i32.const 0) (i32.const 64))")
            .fails(BadOutput, "empty poll list"),
        calling("polls-what-is-none", "(call $block (i32.const 77))").fails(BadOutput, "handle"),
        calling(
            "drops-twice",
            "(local $pollable i32)
            (local.set $pollable (call $after (i64.const 0)))
            (call $drop_pollable (local.get $pollable))
            (call $drop_pollable (local.get $pollable))",
        )
        .fails(BadOutput, "handle"),
        calling("logs-from-beyond-its-memory", "(call $log (i32.const 2) (i32.const -8) (i32.const 100))")
            .fails(BadOutput, "out of bounds"),
        calling("logs-with-a-negative-length", "(call $log (i32.const 2) (i32.const 16) (i32.const -1))")
            .fails(BadOutput, "out of bounds"),
        calling("logs-at-no-level", "(call $log (i32.const 9) (i32.const 16) (i32.const 6))")
            .fails(BadOutput, "discriminant"),
        calling(
            "logs-what-is-no-text",
            "(i32.store (i32.const 64) (i32.const 0xfffefdfc))
            (call $log (i32.const 2) (i32.const 64) (i32.const 4))",
        )
        .fails(BadOutput, "utf-8"),
        calling("wants-the-answer-beyond-its-memory", "(call $get (i32.const 16) (i32.const 6) (i32.const -8))")
            .fails(BadOutput, "out of bounds"),
        calling("wants-the-answer-out-of-line", "(call $get (i32.const 16) (i32.const 6) (i32.const 65))")
            .fails(BadOutput, "not aligned"),
        large(calling(
            "logs-100-megabytes",
            "(drop (memory.grow (i32.const 1600)))
            (call $log (i32.const 2) (i32.const 65536) (i32.const 100000000))",
        ))
        .fails(ResultTooLarge, "33554432 bytes at a time"),
        large(calling(
            "prints-100-megabytes",
            "(drop (memory.grow (i32.const 1600)))
            (call $print (call $stdout) (i32.const 65536) (i32.const 100000000) (i32.const 64))",
        ))
        .fails(ResultTooLarge, "33554432 bytes at a time"),
        large(calling("sends-ten-million-empty-headers", SENDS)).fails(ResultTooLarge, "33554432 bytes at a time"),
        super::guest("calls-from-realloc", Guest::ranker().at("imports", IMPORTS).at("realloc", "(drop (call $now))"))
            .fails(Trap, "cannot leave component instance"),
        super::guest(
            "calls-from-post-return",
            Guest::ranker().at("imports", IMPORTS).at("post-return", "(drop (call $now))"),
        )
        .fails(Trap, "cannot leave component instance"),
        calling("polls-one-thing-100000-times-at-once", POLLS_ONE).fails(ResourceLimit, "handle limit exceeded"),
    ]
}

/// Waits for half an eternity.
pub(super) const SLEEPS: &str = "(call $block (call $after (i64.const -1)))";

/// Writes to one blob until it is refused.
const WRITES: &str = "
    (local $writer i32)
    (local.set $writer (call $writer (i32.const 16) (i32.const 6)))
    (loop
      (call $write (local.get $writer) (i32.const 0) (i32.const 131072) (i32.const 64))
      (if (i32.load8_u (i32.const 64)) (then unreachable))
      (br 0))";

/// A request to `corpus` with as many headers as fit into 160 MB, and nothing else.
const SENDS: &str = "
    (drop (memory.grow (i32.const 2500)))
    (call $send
      (i32.const 0) (i32.const 16) (i32.const 6) (i32.const 65536) (i32.const 10000000)
      (i32.const 0) (i32.const 0) (i32.const 0)
      (i32.const 0) (i32.const 0) (i32.const 0)
      (i32.const 0) (i32.const 0)
      (i32.const 64))";

/// Waits for the same thing many times at one time.
const POLLS_ONE: &str = "
    (local $pollable i32) (local $i i32)
    (drop (memory.grow (i32.const 20)))
    (local.set $pollable (call $after (i64.const 0)))
    (loop
      (i32.store (i32.add (i32.const 262144) (i32.shl (local.get $i) (i32.const 2))) (local.get $pollable))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if 0 (i32.lt_u (local.get $i) (i32.const 100000))))
    (call $poll (i32.const 262144) (i32.const 100000) (i32.const 64))";

/// The ranker, with the host at hand.
pub(super) fn calling(code: &str) -> Guest {
    Guest::ranker().at("imports", IMPORTS).at("rerank", code)
}
