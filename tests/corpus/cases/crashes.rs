//! Guests that crash.

use palisade::ErrorKind::Trap;

use crate::{
    case::{Case, Work},
    guest::Guest,
};

pub(super) fn cases() -> Vec<Case> {
    let ranker = |name, code| super::guest(name, Guest::ranker().at("rerank", code));
    let tabled = |name, code| super::guest(name, Guest::ranker().at("module", "(table 1 funcref)").at("rerank", code));
    let by_turns = "(if (i32.eq (i32.load8_u (local.get $query)) (i32.const 0x74)) (then unreachable))";
    vec![
        ranker("traps-in-every-call", "unreachable").work(Work::Rank(20)).fails(Trap, "unreachable"),
        ranker("traps-in-every-second-call", by_turns).work(Work::RankByTurns(20)).fails(Trap, "unreachable"),
        ranker("divides-by-zero", "(drop (i32.div_s (i32.const 1) (i32.const 0)))").fails(Trap, "divide by zero"),
        ranker("overflows", "(drop (i32.trunc_f64_s (f64.const nan)))").fails(Trap, "conversion"),
        ranker("reads-beyond-memory", "(drop (i64.load offset=0xffffffff (i32.const -1)))")
            .fails(Trap, "out of bounds"),
        ranker("writes-beyond-memory", "(i64.store (i32.const 131065) (i64.const 0))").fails(Trap, "out of bounds"),
        ranker("fills-beyond-memory", "(memory.fill (i32.const 131071) (i32.const 0) (i32.const 131072))")
            .fails(Trap, "out of bounds"),
        tabled("calls-nobody", "(call_indirect (i32.const 0))").fails(Trap, "uninitialized element"),
        tabled("calls-beyond-the-table", "(call_indirect (i32.const 7))").fails(Trap, "out of bounds"),
        super::guest(
            "calls-with-another-type",
            Guest::ranker()
                .at("module", "(table 1 funcref) (elem (i32.const 0) $realloc)")
                .at("rerank", "(call_indirect (i32.const 0))"),
        )
        .fails(Trap, "indirect call type mismatch"),
        super::guest("traps-in-describe", Guest::ranker().at("describe", "unreachable"))
            .is_refused(Trap, "unreachable"),
        super::guest("traps-in-start", Guest::ranker().at("module", "(func $start unreachable) (start $start)"))
            .is_refused(Trap, "unreachable"),
        super::guest("traps-in-post-return", Guest::ranker().at("post-return", "unreachable"))
            .fails(Trap, "unreachable"),
        super::guest("traps-in-next", Guest::talker().at("next", "unreachable"))
            .work(Work::Chat)
            .fails(Trap, "unreachable"),
    ]
}
