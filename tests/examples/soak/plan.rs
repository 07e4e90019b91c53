//! What is done, one after the other. The same seed gives the same actions, in whatever time.

use palisade_tests::Case;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use crate::{hostile, working};

/// Scopes for which kept instances are called.
const SCOPES: u8 = 8;

/// One thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// The example providers work.
    Work(usize),
    /// The hostile guest does what its row says.
    Misbehave(usize),
    /// One of the components of a case of the corpus is played.
    Corpus { case: usize, variant: usize },
    /// A component that nobody has seen is loaded, called and taken out.
    Unseen(u64),
    /// A provider is replaced by another under the same name while it is called.
    Replace,
    /// A call without end is dropped.
    DropCall { after_ms: u64 },
    /// A stream without end is dropped.
    DropStream { pieces: usize },
    /// A component that nobody has seen is not waited for.
    DropLoad { seed: u64, after_ms: u64 },
    /// A kept instance is called.
    Keep { scope: u8 },
    /// The same, of a provider that crashes in the second call of an instance.
    KeepCrashing { scope: u8 },
    /// A provider is called more often than it and its queue hold.
    Crowd,
}

/// The action of this number.
pub(crate) fn action(seed: u64, number: u64, cases: &[Case]) -> Action {
    let mut random = StdRng::seed_from_u64(seed.rotate_left(32) ^ number);
    match random.random_range(0..100) {
        0..15 => Action::Work(random.random_range(0..working::KINDS)),
        15..35 => Action::Misbehave(random.random_range(0..hostile::ROWS.len())),
        35..65 => {
            let case = random.random_range(0..cases.len());
            let variants = cases.get(case).map_or(1, |case| case.variants);
            Action::Corpus { case, variant: random.random_range(0..variants) }
        }
        65..70 => Action::Unseen(random.random()),
        70..75 => Action::Replace,
        75..80 => Action::DropCall { after_ms: random.random_range(0..20) },
        80..85 => Action::DropStream { pieces: random.random_range(0..8) },
        85..88 => Action::DropLoad { seed: random.random(), after_ms: random.random_range(0..50) },
        88..93 => Action::Keep { scope: random.random_range(0..SCOPES) },
        93..97 => Action::KeepCrashing { scope: random.random_range(0..SCOPES) },
        _ => Action::Crowd,
    }
}

/// Every action that there is once, but only one component of each case.
pub(crate) fn every_action(cases: &[Case]) -> Vec<Action> {
    let works = (0..working::KINDS).map(Action::Work);
    let misdeeds = (0..hostile::ROWS.len()).map(Action::Misbehave);
    let corpus = (0..cases.len()).map(|case| Action::Corpus { case, variant: 0 });
    let others = [
        Action::Unseen(0),
        Action::Replace,
        Action::DropCall { after_ms: 5 },
        Action::DropStream { pieces: 3 },
        Action::DropLoad { seed: 1, after_ms: 5 },
        Action::Keep { scope: 0 },
        Action::KeepCrashing { scope: 0 },
        Action::Crowd,
    ];
    works.chain(misdeeds).chain(corpus).chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_what_is_done_and_another_decides_otherwise() {
        let cases = [Case::new("a", Vec::new), Case::each("b", 100, |_| Vec::new())];
        let plan = |seed| (0..1000).map(|number| action(seed, number, &cases)).collect::<Vec<_>>();
        assert_eq!(plan(1), plan(1));
        assert_ne!(plan(1), plan(2));
    }
}
