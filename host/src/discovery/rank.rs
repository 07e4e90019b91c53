//! Who goes before whom.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

use super::Candidate;
use crate::found::DiscoverySource;

/// A candidate, and who goes before it.
#[derive(Debug, Clone)]
pub(crate) struct Ranked {
    pub(crate) candidate: Arc<Candidate>,
    pub(crate) shadowed_by: Option<DiscoverySource>,
}

/// Finds out who goes before whom, of those that have the same id: who is named in a configuration, then in the environment, then what is in
/// a folder, in the order of the folders, then who was found by a key.
///
/// A key completes what lies in a folder, and nothing was said of: it goes before that very file.
pub(crate) fn rank(mut candidates: Vec<Arc<Candidate>>) -> Vec<Ranked> {
    // Those of one source stay in their order.
    candidates.sort_by_key(|candidate| position(&candidate.source));
    let mut winners: BTreeMap<_, Arc<Candidate>> = BTreeMap::new();
    for candidate in &candidates {
        match winners.entry(candidate.id.clone()) {
            Entry::Vacant(vacant) => drop(vacant.insert(Arc::clone(candidate))),
            Entry::Occupied(mut winner) if completes(candidate, winner.get()) => {
                winner.insert(Arc::clone(candidate));
            }
            Entry::Occupied(_) => {}
        }
    }
    let ranked = |candidate: Arc<Candidate>| {
        let winner = winners.get(&candidate.id).filter(|winner| !Arc::ptr_eq(winner, &candidate));
        let shadowed_by = winner.map(|winner| winner.source.clone());
        Ranked { candidate, shadowed_by }
    };
    candidates.into_iter().map(ranked).collect()
}

fn position(source: &DiscoverySource) -> u8 {
    match source {
        DiscoverySource::Configuration { .. } => 0,
        DiscoverySource::Environment { .. } => 1,
        DiscoverySource::Folder { .. } => 2,
        DiscoverySource::WellKnownKey { .. } => 3,
    }
}

fn completes(candidate: &Candidate, winner: &Candidate) -> bool {
    let is_key = matches!(candidate.source, DiscoverySource::WellKnownKey { .. });
    is_key && candidate.offer.is_ok() && winner.is_bare && winner.path == candidate.path
}

#[cfg(test)]
pub(super) mod tests {
    use palisade_core::ErrorKind;
    use proptest::prelude::*;

    use super::*;
    use crate::{
        discovery::{LeftOut, Offer, Version},
        found::Found,
        registration::Registration,
    };

    /// A source by its number.
    pub(in super::super) fn source(number: u8) -> DiscoverySource {
        match number {
            0 => DiscoverySource::Configuration { file: "palisade.toml".into() },
            1 => DiscoverySource::Environment { variable: "PALISADE_PROVIDER_A".to_owned() },
            2 | 3 => DiscoverySource::Folder { path: format!("plugins-{number}").into() },
            _ => DiscoverySource::WellKnownKey { variable: "A_KEY".to_owned() },
        }
    }

    /// A candidate of a source, of content of which a number says which it is.
    pub(in super::super) fn candidate(id: u8, from: u8, content: u8, is_left_out: bool) -> Arc<Candidate> {
        let registration = Registration::path(format!("{content}.wasm"));
        let settings = Found::new(source(from), &registration).settings;
        let version = Version { component: Some(palisade_core::Digest::from_sha256([content; 32])), settings };
        let offer = Offer { registration, version };
        Arc::new(Candidate {
            id: format!("p{id}").parse().unwrap(),
            source: source(from),
            path: format!("{content}.wasm").into(),
            capabilities: None,
            is_bare: from == 3,
            offer: if is_left_out { Err(LeftOut::new(ErrorKind::Io, "it is not there")) } else { Ok(offer) },
        })
    }

    prop_compose! {
        pub(in super::super) fn candidates()(
            parts in prop::collection::vec((0..4_u8, 0..5_u8, 0..3_u8, prop::bool::weighted(0.2)), 0..20)
        ) -> Vec<Arc<Candidate>> {
            // A source names each id once.
            let mut seen = std::collections::BTreeSet::new();
            let new = parts.into_iter().filter(|(id, from, ..)| seen.insert((*id, *from)));
            new.map(|(id, from, content, is_left_out)| candidate(id, from, content, is_left_out)).collect()
        }
    }

    fn told(ranked: &[Ranked]) -> Vec<String> {
        ranked.iter().map(|it| format!("{} {} {:?}", it.candidate.id, it.candidate.source, it.shadowed_by)).collect()
    }

    #[test]
    fn the_configuration_goes_first_and_a_key_last() {
        let ranked = rank((0..5).rev().map(|from| candidate(1, from, 1, false)).collect());
        let by: Vec<_> = ranked.iter().map(|it| it.shadowed_by.as_ref().map(ToString::to_string)).collect();
        let shadowed = Some("palisade.toml".to_owned());
        assert_eq!(by, [None, shadowed.clone(), shadowed.clone(), shadowed.clone(), shadowed]);
    }

    #[test]
    fn a_key_completes_the_file_of_which_nothing_is_said_and_no_other() {
        let winner = |candidates: Vec<_>| {
            let ranked = rank(candidates);
            ranked.into_iter().find(|it| it.shadowed_by.is_none()).unwrap().candidate.source.to_string()
        };
        assert_eq!(winner(vec![candidate(1, 3, 1, false), candidate(1, 4, 1, false)]), "A_KEY");
        assert_eq!(winner(vec![candidate(1, 3, 1, false), candidate(1, 4, 2, false)]), "plugins-3", "another file");
        assert_eq!(winner(vec![candidate(1, 2, 1, false), candidate(1, 4, 1, false)]), "plugins-2", "it has settings");
        assert_eq!(winner(vec![candidate(1, 3, 1, false), candidate(1, 4, 1, true)]), "plugins-3", "of no use");
    }

    proptest! {
        #[test]
        fn of_each_id_one_wins_and_the_others_name_it(candidates in candidates()) {
            let ranked = rank(candidates.clone());
            prop_assert_eq!(ranked.len(), candidates.len());
            for it in &ranked {
                let same = ranked.iter().filter(|other| other.candidate.id == it.candidate.id);
                let winners: Vec<_> = same.filter(|other| other.shadowed_by.is_none()).collect();
                prop_assert_eq!(winners.len(), 1);
                let winner = &winners[0].candidate;
                if let Some(by) = &it.shadowed_by {
                    prop_assert_eq!(by, &winner.source);
                    // A key goes before the others of whom it completes.
                    let mut same = ranked.iter().filter(|other| other.candidate.id == it.candidate.id);
                    let is_completed = same.any(|other| completes(winner, &other.candidate));
                    prop_assert!(position(by) <= position(&it.candidate.source) || is_completed);
                }
            }
        }

        #[test]
        fn the_order_of_sources_does_not_depend_on_who_was_asked_first(candidates in candidates()) {
            // Folders are in their order, which is what is said of them.
            let key = |it: &Arc<Candidate>| (it.source.to_string(), it.id.clone());
            let mut sorted = candidates;
            sorted.sort_by_key(key);
            let mut reversed = sorted.clone();
            reversed.sort_by_key(|it| std::cmp::Reverse(position(&it.source)));
            let (mut one, mut other) = (told(&rank(sorted)), told(&rank(reversed)));
            one.sort();
            other.sort();
            prop_assert_eq!(one, other);
        }
    }
}
