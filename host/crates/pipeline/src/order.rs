//! In which order steps can run.

use std::collections::{BTreeMap, BTreeSet};

use crate::name::Name;

/// An order in which everything comes after what it waits for, by name where either may come first.
///
/// # Errors
///
/// The way around, where some wait for each other: the first one is at its end again.
pub(crate) fn order(waits_for: &BTreeMap<Name, BTreeSet<Name>>) -> Result<Vec<Name>, Vec<Name>> {
    let mut search = Search { waits_for, done: BTreeSet::new(), order: Vec::new() };
    for name in waits_for.keys() {
        search.visit(name)?;
    }
    Ok(search.order)
}

struct Search<'a> {
    waits_for: &'a BTreeMap<Name, BTreeSet<Name>>,
    done: BTreeSet<&'a Name>,
    order: Vec<Name>,
}

impl<'a> Search<'a> {
    /// Puts in order what a step waits for, and the step behind it. Not by recursion: a chain may be long.
    fn visit(&mut self, first: &'a Name) -> Result<(), Vec<Name>> {
        let mut way: Vec<(&Name, Vec<&Name>)> = vec![(first, self.ahead_of(first))];
        while let Some((name, ahead)) = way.last_mut() {
            let Some(next) = ahead.pop() else {
                let name = *name;
                if self.done.insert(name) {
                    self.order.push(name.clone());
                }
                way.pop();
                continue;
            };
            if self.done.contains(next) {
                continue;
            }
            if let Some(start) = way.iter().position(|(name, _)| *name == next) {
                let around = way.iter().skip(start).map(|(name, _)| (*name).clone());
                return Err(around.chain([next.clone()]).collect());
            }
            way.push((next, self.ahead_of(next)));
        }
        Ok(())
    }

    /// What a step waits for, the first at the end.
    fn ahead_of(&self, name: &Name) -> Vec<&'a Name> {
        self.waits_for.get(name).into_iter().flatten().rev().collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(index: usize) -> Name {
        format!("s{index:02}").parse().unwrap()
    }

    fn graph(edges: &[(usize, usize)], nodes: usize) -> BTreeMap<Name, BTreeSet<Name>> {
        let waits_for = |node| edges.iter().filter(move |edge| edge.0 == node).map(|edge| name(edge.1)).collect();
        (0..nodes).map(|node| (name(node), waits_for(node))).collect()
    }

    #[test]
    fn a_way_around_is_told_whole() {
        let around = order(&graph(&[(0, 1), (1, 2), (2, 3), (3, 1)], 4)).unwrap_err();
        assert_eq!(around, [name(1), name(2), name(3), name(1)]);
        assert_eq!(order(&graph(&[(0, 0)], 1)), Err(vec![name(0), name(0)]));
    }

    #[test]
    fn a_long_chain_is_no_matter() {
        let edges: Vec<_> = (1..20_000).map(|node| (node - 1, node)).collect();
        let waits_for: BTreeMap<Name, BTreeSet<Name>> = (0..20_000)
            .map(|node| (name(node), edges.get(node).map(|edge| name(edge.1)).into_iter().collect()))
            .collect();
        assert_eq!(order(&waits_for).unwrap().len(), 20_000);
    }

    proptest! {
        #[test]
        fn everything_comes_once_and_after_what_it_waits_for(edges in prop::collection::vec((0..12_usize, 0..12_usize), 0..40)) {
            // Whoever waits for lower numbers only waits for nobody who waits for it.
            let edges: Vec<_> = edges.into_iter().filter(|(from, to)| from > to).collect();
            let waits_for = graph(&edges, 12);
            let order = order(&waits_for).unwrap();
            prop_assert_eq!(order.iter().collect::<BTreeSet<_>>().len(), 12);
            prop_assert_eq!(order.len(), 12);
            for (index, name) in order.iter().enumerate() {
                prop_assert!(waits_for[name].iter().all(|other| order[..index].contains(other)));
            }
        }

        #[test]
        fn what_waits_for_itself_has_no_order(edges in prop::collection::vec((0..6_usize, 0..6_usize), 0..14)) {
            let waits_for = graph(&edges, 6);
            if let Err(around) = order(&waits_for) {
                prop_assert_eq!(around.first(), around.last());
                prop_assert!(around.windows(2).all(|pair| waits_for[&pair[0]].contains(&pair[1])));
            }
        }
    }
}
