//! Guests that compute without end, wherever code of a guest runs.

use std::time::Duration;

use palisade::{
    ErrorKind::{Deadline, FuelExhausted, Trap},
    Limits,
};

use crate::{
    case::{Case, Work},
    guest::Guest,
};

/// Never ends.
const LOOP: &str = "(loop (br 0))";
const FUEL: &str = "used up its fuel of 100000000";

pub(super) fn cases() -> Vec<Case> {
    let ranker = |name, hole, code| super::guest(name, Guest::ranker().at(hole, code));
    let talker = |name, hole, code| super::guest(name, Guest::talker().at(hole, code)).work(Work::Chat);
    vec![
        super::guest("behaves-well", Guest::ranker()).is_served(),
        super::guest("talks-well", Guest::talker()).work(Work::Chat).is_served(),
        ranker("loops-in-describe", "describe", LOOP).is_refused(FuelExhausted, FUEL),
        ranker("loops-in-models", "models", LOOP).is_refused(FuelExhausted, FUEL),
        ranker("loops-in-check", "check", LOOP).work(Work::Check).fails(FuelExhausted, FUEL),
        ranker("loops-in-rerank", "rerank", LOOP).fails(FuelExhausted, FUEL),
        ranker("loops-in-post-return", "post-return", LOOP).fails(FuelExhausted, FUEL),
        ranker("loops-in-realloc", "realloc", LOOP).fails(FuelExhausted, FUEL),
        ranker("loops-in-start", "module", "(func $start (loop (br 0))) (start $start)").is_refused(FuelExhausted, FUEL),
        ranker("loops-in-initialize", "module", "(func (export \"_initialize\") (loop (br 0)))")
            .is_refused(FuelExhausted, FUEL),
        talker("loops-in-reply", "reply", LOOP).fails(FuelExhausted, FUEL),
        talker("loops-in-next", "next", LOOP).fails(FuelExhausted, FUEL),
        super::guest("loops-in-destructor", dropping_in_reply()).work(Work::Chat).fails(FuelExhausted, FUEL),
        // The sandbox goes with the stream, and nothing of the guest runs any more.
        talker("destructor-of-a-dropped-stream", "destructor", LOOP).work(Work::DropStream).is_served(),
        ranker("fills-memory", "rerank", "(loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 131072)) (br 0))")
            .fails(FuelExhausted, FUEL),
        ranker("copies-memory", "rerank", "(loop (memory.copy (i32.const 0) (i32.const 1) (i32.const 131071)) (br 0))")
            .fails(FuelExhausted, FUEL),
        super::guest("fills-a-table", with_table("(table.fill $t (i32.const 0) (ref.null func) (i32.const 90000))"))
            .fails(FuelExhausted, FUEL),
        super::guest("copies-a-table", with_table("(table.copy (i32.const 0) (i32.const 1) (i32.const 89999))"))
            .fails(FuelExhausted, FUEL),
        ranker("loops-until-the-deadline", "rerank", LOOP).within(only_time).fails(Deadline, "longer than 300ms"),
        ranker("fills-until-the-deadline", "rerank", FILL).within(only_time).fails(Deadline, "longer than 300ms"),
        ranker("loops-in-start-until-the-deadline", "module", "(func $start (loop (br 0))) (start $start)")
            .within(only_time)
            .is_refused(Deadline, "longer than 300ms"),
        calling("recurses", "(func $down (param i64) (result i64) (i64.add (call $down (local.get 0)) (i64.const 1)))")
            .fails(Trap, "call stack exhausted"),
        calling(
            "recurses-with-large-frames",
            &format!(
                "(func $down (param i64) (result i64) (local {}) (local.set 9 (call $down (local.get 0))) (local.get 9))",
                "v128 ".repeat(8) + &"i64 ".repeat(1000)
            ),
        )
        .fails(Trap, "call stack exhausted"),
        calling(
            "recurses-through-a-table",
            "(table $t 1 funcref) (elem (i32.const 0) $down) (type $f (func (param i64) (result i64)))
             (func $down (type $f) (i64.add (call_indirect $t (type $f) (local.get 0) (i32.const 0)) (i64.const 1)))",
        )
        .fails(Trap, "call stack exhausted"),
    ]
}

/// Has a megabyte in one memory and fills it again and again.
const FILL: &str = "
    (drop (memory.grow (i32.const 400)))
    (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 26214400)) (br 0))";

fn only_time(limits: &mut Limits) {
    limits.fuel = u64::MAX;
    limits.timeout = Duration::from_millis(300);
}

fn with_table(code: &str) -> Guest {
    Guest::ranker().at("module", "(table $t 90000 funcref)").at("rerank", &format!("(loop {code} (br 0))"))
}

/// Calls `$down` of this module.
fn calling(name: &'static str, module: &str) -> Case {
    super::guest(name, Guest::ranker().at("module", module).at("rerank", "(drop (call $down (i64.const 1)))"))
}

fn dropping_in_reply() -> Guest {
    let drop = "(call $drop_stream (call $new_stream (i32.const 1)))";
    Guest::talker().at("reply", drop).at("destructor", LOOP)
}
