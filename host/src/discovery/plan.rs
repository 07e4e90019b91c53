//! What is to be done so that those are registered who were found.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use palisade_core::{Digest, ErrorKind, ProviderId};

use super::{Candidate, DiscoveryState, LeftOut, Version};
use crate::found::Found;

/// A provider that is registered.
#[derive(Debug, Clone)]
pub(crate) struct Present {
    /// Where it was found; none where the application has registered it.
    pub(crate) found: Option<Arc<Found>>,
    /// Of the component, where it was loaded.
    pub(crate) digest: Option<Digest>,
    /// Whether it serves nobody, since it was refused or is disabled: nothing is lost with it.
    pub(crate) is_idle: bool,
}

/// What was found last under an id and tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tried {
    pub(crate) version: Version,
    /// What came of it.
    pub(crate) state: DiscoveryState,
}

/// What to do about somebody who was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Register,
    /// In the place of another; where that is idle, also when it is refused.
    Replace {
        is_idle: bool,
    },
    /// It is as it was.
    Keep(DiscoveryState),
}

/// What to do.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<(Arc<Candidate>, Step)>,
    /// Those that are not found any more.
    pub(crate) gone: Vec<ProviderId>,
}

/// Compares who was found, each id once, with who is registered, and what was tried before: what has not changed is left as it is, also where
/// it was refused, or taken out since.
pub(crate) fn plan(
    winners: &[Arc<Candidate>],
    present: &BTreeMap<ProviderId, Present>,
    tried: &BTreeMap<ProviderId, Tried>,
) -> Plan {
    let step = |candidate: &Arc<Candidate>| {
        let step = step(candidate, present.get(&candidate.id), tried.get(&candidate.id));
        (Arc::clone(candidate), step)
    };
    let found: BTreeSet<_> = winners.iter().map(|winner| &winner.id).collect();
    let gone = present.iter().filter(|(id, present)| present.found.is_some() && !found.contains(id));
    Plan { steps: winners.iter().map(step).collect(), gone: gone.map(|(id, _)| id.clone()).collect() }
}

fn step(candidate: &Candidate, present: Option<&Present>, tried: Option<&Tried>) -> Step {
    let offer = match &candidate.offer {
        Ok(offer) => offer,
        // Whoever was there before goes on to serve.
        Err(left_out) => return Step::Keep(DiscoveryState::LeftOut(left_out.clone())),
    };
    let tried = tried.filter(|tried| tried.version == offer.version);
    let left_out = |message: &str, remedy: &str| {
        let left_out = LeftOut::new(ErrorKind::AlreadyExists, message).remedy(remedy);
        Step::Keep(DiscoveryState::LeftOut(left_out))
    };
    let Some(present) = present else {
        return match tried {
            None => Step::Register,
            Some(Tried { state: state @ DiscoveryState::LeftOut(_), .. }) => Step::Keep(state.clone()),
            Some(_) => left_out(
                "it was registered, and has been taken out since",
                "register it yourself, or change what was found",
            ),
        };
    };
    let Some(found) = &present.found else {
        return left_out("the application has registered another under this id", ErrorKind::AlreadyExists.remedy());
    };
    let version = Version { component: present.digest, settings: found.settings };
    match tried {
        _ if version == offer.version => Step::Keep(DiscoveryState::Unchanged),
        None => Step::Replace { is_idle: present.is_idle },
        Some(Tried { state: state @ DiscoveryState::Refused { .. }, .. }) => Step::Keep(state.clone()),
        Some(_) => left_out(
            "it was registered, and another serves in its place since",
            "see `palisade events` for why, or change what was found",
        ),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::discovery::{
        rank,
        rank::tests::{candidate, candidates},
    };

    type State = (BTreeMap<ProviderId, Present>, BTreeMap<ProviderId, Tried>);

    fn winners(candidates: Vec<Arc<Candidate>>) -> Vec<Arc<Candidate>> {
        rank(candidates).into_iter().filter(|it| it.shadowed_by.is_none()).map(|it| it.candidate).collect()
    }

    fn refused() -> DiscoveryState {
        let error = palisade_core::Error::new(ErrorKind::Malformed, "it is broken");
        DiscoveryState::refused(&error, false)
    }

    /// What is there once a plan was carried out, where what has this content is refused.
    fn carried_out((present, tried): &State, plan: &Plan, broken: u8) -> State {
        let (mut present, mut tried) = (present.clone(), tried.clone());
        for id in &plan.gone {
            present.remove(id);
            tried.remove(id);
        }
        for (candidate, step) in &plan.steps {
            let Ok(offer) = &candidate.offer else { continue };
            let is_idle = match step {
                Step::Register => true,
                Step::Replace { is_idle } => *is_idle,
                Step::Keep(_) => continue,
            };
            let is_refused = offer.version.component == Some(Digest::from_sha256([broken; 32]));
            let state = if is_refused { refused() } else { DiscoveryState::Registered };
            tried.insert(candidate.id.clone(), Tried { version: offer.version, state });
            if !is_refused || is_idle {
                let found = Some(Arc::new(Found::new(candidate.source.clone(), &offer.registration)));
                let digest = offer.version.component.filter(|_| !is_refused);
                present.insert(candidate.id.clone(), Present { found, digest, is_idle: is_refused });
            }
        }
        (present, tried)
    }

    proptest! {
        #[test]
        fn who_does_it_twice_changes_nothing(before in candidates(), after in candidates(), broken in 0..3_u8) {
            let mut state = State::default();
            for found in [before, after] {
                let winners = winners(found);
                state = carried_out(&state, &plan(&winners, &state.0, &state.1), broken);
                let again = plan(&winners, &state.0, &state.1);
                prop_assert!(again.gone.is_empty());
                for (candidate, step) in &again.steps {
                    prop_assert!(matches!(step, Step::Keep(_)), "{}: {step:?}", candidate.id);
                }
            }
        }

        #[test]
        fn whom_the_application_has_registered_is_left_alone(found in candidates()) {
            let own = Present { found: None, digest: None, is_idle: false };
            let present: BTreeMap<_, _> = (0..4).map(|id| (format!("p{id}").parse().unwrap(), own.clone())).collect();
            let plan = plan(&winners(found), &present, &BTreeMap::new());
            prop_assert!(plan.gone.is_empty());
            for (_, step) in &plan.steps {
                prop_assert!(matches!(step, Step::Keep(DiscoveryState::LeftOut(_))), "{step:?}");
            }
        }
    }

    #[test]
    fn what_changes_is_replaced_and_what_is_gone_is_taken_out() {
        let mut state = State::default();
        let mut follow = |found: Vec<Arc<Candidate>>| {
            let plan = plan(&winners(found), &state.0, &state.1);
            state = carried_out(&state, &plan, 9);
            let steps: Vec<_> = plan.steps.into_iter().map(|(_, step)| step).collect();
            (steps, plan.gone.len())
        };
        let unchanged = || Step::Keep(DiscoveryState::Unchanged);
        assert_eq!(follow(vec![candidate(1, 2, 1, false)]), (vec![Step::Register], 0));
        assert_eq!(follow(vec![candidate(1, 2, 1, false)]), (vec![unchanged()], 0));
        assert_eq!(follow(vec![candidate(1, 2, 2, false)]), (vec![Step::Replace { is_idle: false }], 0));
        // One that is refused leaves the one before in place, and is not tried again.
        assert_eq!(follow(vec![candidate(1, 2, 9, false)]), (vec![Step::Replace { is_idle: false }], 0));
        assert_eq!(follow(vec![candidate(1, 2, 9, false)]), (vec![Step::Keep(refused())], 0));
        assert_eq!(follow(vec![candidate(1, 2, 2, false)]), (vec![unchanged()], 0), "the one before is back");
        // What cannot be read for a while is not gone.
        assert!(matches!(&follow(vec![candidate(1, 2, 2, true)]), (steps, 0) if matches!(steps[0], Step::Keep(_))));
        // What is said of another source is something else.
        assert_eq!(follow(vec![candidate(1, 0, 3, false)]), (vec![Step::Replace { is_idle: false }], 0));
        assert_eq!(follow(vec![]), (vec![], 1));
        assert_eq!(follow(vec![candidate(1, 0, 3, false)]), (vec![Step::Register], 0), "put back as it was");
    }

    #[test]
    fn whom_the_application_takes_out_stays_out_until_it_changes() {
        let found = vec![candidate(1, 2, 1, false)];
        let state = carried_out(&State::default(), &plan(&found, &BTreeMap::new(), &BTreeMap::new()), 9);
        let steps = plan(&found, &BTreeMap::new(), &state.1).steps;
        assert!(matches!(&steps[0].1, Step::Keep(DiscoveryState::LeftOut(why)) if why.message.contains("taken out")));
        let changed = plan(&[candidate(1, 2, 2, false)], &BTreeMap::new(), &state.1);
        assert_eq!(changed.steps[0].1, Step::Register);
    }

    #[test]
    fn what_was_refused_and_serves_nobody_is_replaced_by_anything_else() {
        let found = vec![candidate(1, 2, 9, false)];
        let state = carried_out(&State::default(), &plan(&found, &BTreeMap::new(), &BTreeMap::new()), 9);
        let step = |content| plan(&[candidate(1, 2, content, false)], &state.0, &state.1).steps[0].1.clone();
        assert_eq!((step(9), step(1)), (Step::Keep(refused()), Step::Replace { is_idle: true }));
    }
}
