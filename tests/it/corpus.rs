//! The hostile corpus: each case ends as its row says, and a neighbour's calls go on meanwhile.

use std::sync::LazyLock;

use palisade::{CachePlace, ErrorKind};
use palisade_tests::{
    Case, Guest, Stage,
    cases::{GROUPS, Group},
};

use crate::support::{builder, on_runtime, within};

/// A test for each group of cases.
macro_rules! groups {
    ($($group:ident)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $group() {
                check(stringify!($group)).await;
            }
        )+

        #[test]
        fn every_group_has_a_test() {
            assert_eq!([$(stringify!($group)),+], *GROUPS.iter().map(Group::name).collect::<Vec<_>>());
        }
    };
}

groups! {
    computing memory host_calls cheap_calls lies sizes crashes files features bombs
}

/// The host in which all cases are played. It compiles them each time: that is a part of them.
static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    on_runtime(async { Stage::on(builder().cache(CachePlace::Nowhere).build().await.unwrap()).await.unwrap() })
});

/// Plays the cases of a group, prints how long each took, and fails with all that ended wrongly.
#[expect(clippy::print_stdout, reason = "it is shown for a test that fails, and with `--nocapture`")]
async fn check(group: &str) {
    let group = GROUPS.iter().find(|candidate| candidate.name() == group).unwrap();
    let mut wrong = Vec::new();
    for case in group.cases() {
        println!("{}", case.name);
        let played = within(case.bound, STAGE.play(&case)).await;
        if let [end] = played.ends.as_slice() {
            println!("    {}", end.describe());
        }
        println!(
            "    {:.1?}; {} calls of the neighbour, at most {:.1?}",
            played.time, played.neighbour_calls, played.neighbour_worst
        );
        for (number, end) in played.ends.iter().enumerate() {
            if let Err(reason) = case.judge(number, end) {
                wrong.push(format!("{} ({number}): {reason}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_that_ends_otherwise_is_found() {
    let component = || Guest::ranker().at("rerank", "unreachable").component();
    let case = || Case::new("traps", component);
    let ends = STAGE.play(&case().is_served()).await.ends;
    assert_eq!(ends.len(), 1);
    for (case, is_right) in [
        (case().fails(ErrorKind::Trap, "unreachable"), true),
        (case().fails(ErrorKind::Trap, "out of bounds"), false),
        (case().fails(ErrorKind::FuelExhausted, ""), false),
        (case().is_refused(ErrorKind::Trap, "unreachable"), false),
        (case().is_served(), false),
        (case().fails(ErrorKind::Trap, "").within(|limits| limits.memory_bytes = 1), false),
    ] {
        let judgement = case.judge(0, &ends[0]);
        assert_eq!(judgement.is_ok(), is_right, "{:?}: {judgement:?}", case.expected);
    }
}
