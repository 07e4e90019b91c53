//! The choice, and what there is to say about it.

use std::{borrow::Borrow, sync::Arc};

use palisade_core::{RejectReason, Rejection};

use crate::{
    Candidate, Decision, Endpoint, Need, Nobody, Record,
    best::class,
    decision::{Ranked, Verdicts, considered},
    measured::Taken,
    search::{Able, Search, Verdict, Winner, last_resort},
    shelf::Shelf,
    suggestion::{Rejected, suggestions},
};

/// Chooses among candidates.
///
/// # Errors
///
/// Gives everybody with the reasons, and what to change, when nobody can serve the need.
pub fn choose<E: Borrow<Endpoint>>(
    candidates: impl IntoIterator<Item = Candidate<E>>,
    need: &Need,
) -> Result<Decision<E>, Nobody> {
    let serves = |candidate: &Candidate<E>| candidate.endpoint.borrow().model.capabilities.contains(&need.capability);
    let (serving, others): (Vec<_>, Vec<_>) = candidates.into_iter().partition(serves);
    let taken: Taken = serving.iter().map(|candidate| candidate.figures).collect();
    let shelf = serving.into_iter().map(|candidate| candidate.endpoint).collect();
    let shelf = Arc::new(Shelf::new(need.capability, shelf, Vec::new()));
    let is_named = |other: &E| need.model.as_ref().is_some_and(|name| other.borrow().is_named(name));
    let others = others.into_iter().map(|candidate| candidate.endpoint).filter(is_named).collect();
    Arc::new(Record::new(shelf, others, need.clone(), taken)).explain()
}

impl<E: Borrow<Endpoint>> Record<E> {
    /// Everything there is to say about the choice.
    ///
    /// # Errors
    ///
    /// Gives everybody with the reasons, and what to change, when nobody can serve the need.
    pub fn explain(self: &Arc<Self>) -> Result<Decision<E>, Nobody> {
        let search = self.search();
        let Everybody { able, unfit, spared } = everybody(&search);
        let decided = self.winner().and_then(|winner| {
            let mut ranked = order(&search, winner, &able).into_iter();
            Some((winner.why, considered(&search, ranked.next()?)?, ranked.collect()))
        });
        let out = self.others().iter().map(|other| search.other(other.borrow()));
        match decided {
            Some((why, chosen, others)) => {
                let out = out.map(|other| other.rejection).collect();
                Ok(Decision::new(Arc::clone(self), chosen, Verdicts { why, others, unfit, spared, out }))
            }
            None => {
                let unfit = unfit.into_iter().filter_map(|place| search.rejected(place));
                let spared = spared.into_iter().filter_map(|(place, reason)| search.spared(place, reason));
                Err(nobody(&unfit.chain(spared).chain(out).collect::<Vec<_>>()))
            }
        }
    }
}

fn nobody(rejected: &[Rejected]) -> Nobody {
    let rejections: Vec<Rejection> = rejected.iter().map(|rejected| rejected.rejection.clone()).collect();
    Nobody { rejected: rejections, suggestions: suggestions(rejected) }
}

/// Everybody of a shelf.
struct Everybody {
    able: Vec<Able>,
    unfit: Vec<usize>,
    spared: Vec<(usize, RejectReason)>,
}

/// Finds everybody who can serve the request.
fn everybody<E: Borrow<Endpoint>>(search: &Search<'_, E, &Taken>) -> Everybody {
    let (mut able, mut spared, mut unfit) = (Vec::with_capacity(search.shelf.len()), Vec::new(), Vec::new());
    for (place, row, endpoint) in search.shelf.all() {
        match search.verdict(place, row, endpoint.borrow()) {
            Verdict::Able(candidate) => able.push(candidate),
            Verdict::Spared(candidate) => spared.push(*candidate),
            Verdict::Unfit => unfit.push(place),
        }
    }
    if able.is_empty() {
        let taken = last_resort(&mut spared).taken;
        able.extend(taken.into_iter().map(|spared| spared.able));
    }
    let spared = spared.into_iter().map(|spared| (spared.able.place, spared.reason)).collect();
    Everybody { able, unfit, spared }
}

/// The winner, and then the others by their scores.
fn order<E: Borrow<Endpoint>>(search: &Search<'_, E, &Taken>, winner: &Winner, able: &[Able]) -> Vec<Ranked> {
    // Small numbers are sorted fast: the first digits of a score, and where to find the rest.
    let digits = |able: &Able| if able.place == winner.place { 0 } else { class(able.total).to_bits() >> 32 };
    let key = |(index, able): (u32, &Able)| digits(able) << 32 | u64::from(index);
    let mut keys: Vec<u64> = (0..).zip(able.iter()).map(key).collect();
    keys.sort_unstable();
    let shares = search.shares(able);
    let at = |key: u64| {
        let index = (key & u64::from(u32::MAX)) as usize;
        able.get(index).zip(shares.get(index))
    };
    let exactly = |key: &u64| {
        at(*key).map(|(able, _)| {
            let rank = search.shelf.get(able.place).map_or(u64::MAX, |(row, _)| search.brief.rank(row));
            (able.place != winner.place, class(able.total).to_bits(), rank)
        })
    };
    // Of equal digits the rest decides, and the seed where nothing does.
    for equal in keys.chunk_by_mut(|left, right| left >> 32 == right >> 32).filter(|equal| equal.len() > 1) {
        equal.sort_by_cached_key(exactly);
    }
    keys.into_iter().filter_map(at).map(|(able, &share)| Ranked { place: able.place, share }).collect()
}

#[cfg(test)]
#[path = "choose_tests.rs"]
mod tests;
