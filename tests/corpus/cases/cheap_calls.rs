//! Guests that call what costs them nothing and the host something, or let those wait who listen.

use std::time::Duration;

use palisade::ErrorKind::{CpuLimit, FuelExhausted, ResourceLimit, Stalled};

use super::host_calls::{IMPORTS, SLEEPS, calling};
use crate::{
    case::{Case, Work},
    guest::Guest,
};

const WAITING: &str = "kept its listener waiting too long";

pub(super) fn cases() -> Vec<Case> {
    let calling = |name, code| super::guest(name, calling(code)).fails(FuelExhausted, "fuel of 100000000");
    let talker = |name, hole, code| {
        super::guest(name, Guest::talker().at("imports", IMPORTS).at(hole, code)).work(Work::Chat).within(|limits| {
            limits.first_event_timeout = Duration::from_millis(400);
            limits.event_gap_timeout = Duration::from_millis(200);
        })
    };
    vec![
        calling("logs-a-billion-times", "(loop (call $log (i32.const 2) (i32.const 16) (i32.const 6)) (br 0))"),
        calling("reads-the-clock-a-billion-times", "(loop (drop (call $now)) (br 0))"),
        calling("draws-a-billion-numbers", "(loop (drop (call $random)) (br 0))"),
        calling(
            "asks-a-billion-times-whether-it-is-ready",
            "(local $pollable i32)
            (local.set $pollable (call $after (i64.const -1)))
            (loop (drop (call $ready (local.get $pollable))) (br 0))",
        ),
        calling(
            "polls-without-delay",
            "(local $pollable i32)
            (loop
              (local.set $pollable (call $after (i64.const 0)))
              (call $block (local.get $pollable))
              (call $drop_pollable (local.get $pollable))
              (br 0))",
        ),
        calling(
            "prints-without-end",
            "(local $out i32)
            (local.set $out (call $stdout))
            (loop (call $print (local.get $out) (i32.const 1024) (i32.const 4096) (i32.const 64)) (br 0))",
        )
        .within(|limits| limits.fuel = 1_000_000)
        .fails(FuelExhausted, "fuel of 1000000"),
        calling(
            "takes-random-bytes-without-end",
            "(loop
              (call $random_bytes (i64.const 65536) (i32.const 64))
              (global.set $free (i32.const 65536))
              (br 0))",
        )
        .fails(ResourceLimit, "more than 1048576 random bytes"),
        // The engine's own work inside of a call of the host must not pass for the end of that call.
        super::guest(
            "grows-while-the-host-is-called",
            Guest::ranker()
                .at("imports", IMPORTS)
                .at("realloc", "(drop (memory.grow (i32.const 0)))")
                .at("rerank", "(loop (call $random_bytes (i64.const 1) (i32.const 64)) (br 0))"),
        )
        .within(|limits| {
            limits.host_call_fuel = 1_000_000;
            limits.random_bytes = 1_000;
        })
        .fails(FuelExhausted, "fuel of 100000000"),
        super::guest("computes-for-ever", Guest::ranker().at("rerank", "(loop (br 0))"))
            .within(|limits| {
                limits.fuel = u64::MAX;
                limits.timeout = Duration::from_secs(30);
                limits.cpu_time = Duration::from_millis(300);
            })
            .fails(CpuLimit, "300ms"),
        talker("sleeps-in-reply", "reply", SLEEPS).fails(Stalled, WAITING),
        talker("sleeps-before-the-first-piece", "next", SLEEPS).fails(Stalled, WAITING),
        talker(
            "sleeps-between-pieces",
            "next",
            "(if (global.get $pieces) (then (call $block (call $after (i64.const -1)))))",
        )
        .fails(Stalled, WAITING),
    ]
}
