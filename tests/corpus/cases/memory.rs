//! Guests that want more memory, tables and instances than there are, at once or little by little.

use palisade::ErrorKind::{CompileLimit, FuelExhausted, Malformed, MemoryLimit, ResourceLimit};

use crate::{
    bytes::component,
    case::{Case, Work},
    guest::Guest,
};

const MEMORY: &str = "more than its 33554432 bytes of memory";

pub(super) fn cases() -> Vec<Case> {
    let ranker = |name, code| super::guest(name, Guest::ranker().at("rerank", code));
    let memory = |name, pages: u64| {
        let memory = format!("(memory (export \"memory\") {pages})");
        super::guest(name, Guest::ranker().instead("(memory (export \"memory\") 2)", &memory))
    };
    let table = |name, code| {
        let guest = Guest::ranker().at("module", "(table $t 1 funcref)").at("rerank", code);
        super::guest(name, guest).within(|limits| limits.table_elements = 50_000)
    };
    vec![
        ranker("grows-by-page", "(loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) unreachable")
            .fails(MemoryLimit, MEMORY),
        ranker("grows-by-page-politely", "(loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))")
            .is_served(),
        ranker("grows-to-4-gib", GROW_AT_ONCE).fails(MemoryLimit, MEMORY),
        ranker("asks-for-4-gib-without-end", "(loop (drop (memory.grow (i32.const 65534))) (br 0))")
            .within(|limits| limits.fuel = 10_000_000)
            .fails(FuelExhausted, "fuel of 10000000"),
        ranker(
            "grows-and-touches-every-page",
            "(local $at i32)
            (loop
              (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))
              (i64.store (local.get $at) (i64.const -1))
              (local.set $at (i32.add (local.get $at) (i32.const 4096)))
              (br 0))",
        )
        .fails(MemoryLimit, MEMORY),
        memory("starts-with-4-gib", 65536).is_refused(MemoryLimit, MEMORY),
        Case::new("declares-more-than-4-gib", || component("(core module (memory 65537))"))
            .is_refused(Malformed, "memory size"),
        Case::new("has-two-memories", || component("(core module (memory 1) (memory 1))"))
            .is_refused(ResourceLimit, "memories"),
        Case::new("has-100-memories", || component(&format!("(core module {})", "(memory 1)".repeat(100))))
            .is_refused(CompileLimit, "100 memories, and at most 64"),
        table("grows-a-table", GROW_A_TABLE).fails(ResourceLimit, "a table of more than 50000 elements"),
        table(
            "grows-a-table-at-once",
            "(if (i32.eq (table.grow $t (ref.null func) (i32.const 50000)) (i32.const -1)) (then unreachable))",
        )
        .fails(ResourceLimit, "a table of more than 50000 elements"),
        // What it asks for is what it pays for, before anybody looks whether there is room.
        table("grows-a-table-to-2-to-the-32", "(drop (table.grow $t (ref.null func) (i32.const -2)))")
            .fails(FuelExhausted, "fuel of 100000000"),
        super::guest("has-100-tables", Guest::ranker().at("module", &"(table 1 funcref)".repeat(100)))
            .is_refused(ResourceLimit, "tables"),
        super::guest("starts-with-a-large-table", Guest::ranker().at("module", "(table 200000 funcref)"))
            .is_refused(ResourceLimit, "table"),
        // Each call has 16 of 32 MiB, and none of what the others had.
        ranker("leaks-in-every-call", "(if (i32.eq (memory.grow (i32.const 256)) (i32.const -1)) (then unreachable))")
            .work(Work::Rank(20))
            .is_served(),
        ranker(
            "remembers-the-last-call",
            "(if (i32.load (i32.const 64)) (then unreachable))
            (i32.store (i32.const 64) (i32.const 1))",
        )
        .work(Work::Rank(20))
        .is_served(),
    ]
}

const GROW_A_TABLE: &str = "
    (loop (br_if 0 (i32.ne (table.grow $t (ref.null func) (i32.const 1000)) (i32.const -1))))
    unreachable";
const GROW_AT_ONCE: &str = "(if (i32.eq (memory.grow (i32.const 65534)) (i32.const -1)) (then unreachable))";
