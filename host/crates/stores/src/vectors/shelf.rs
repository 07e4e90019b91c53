//! The points of a namespace in memory, to be searched.
//!
//! ```text
//! slots:    0 ───────────────────── indexed ──────── end
//!           in the graph of HNSW             │ not yet: every one is looked at
//! ```
//!
//! A point that is replaced or deleted leaves its slot empty. When too many are, the rest moves together, and the graph is made
//! anew.

use std::collections::HashMap;

use fast_hnsw::{Builder, Hnsw, PruneStrategy};
use palisade_core::{
    Result,
    vector_store::{Condition, payload_in_bytes},
};
use serde_json::{Map, Value};

use super::{Metric, VectorOptions};
use crate::{database::Waiting, spaces::Answering};

/// Points that are looked at while a graph is built: more of them make a better graph.
const EF_CONSTRUCTION: usize = 200;
/// Points that a filter is tried on, to tell how many pass it.
const SAMPLE: usize = 200;
/// As many points are looked at one by one in the time that one candidate of the graph takes.
const CANDIDATE: f64 = 40.0;
/// Points that are looked at between two looks whether anybody still waits.
const LOOK: usize = 256;
/// Numbers of points that are in the graph are given back so many points at a time.
const GIVEN_BACK: usize = 1024;
/// A graph is the same each time it is made.
const SEED: u64 = 0x5eed;

/// The points of a namespace.
pub(super) struct Shelf {
    /// What the database said when this was last the same.
    pub(super) revision: i64,
    options: VectorOptions,
    dimensions: usize,
    slots: Vec<Option<Slot>>,
    by_row: HashMap<i64, usize>,
    /// The numbers of the slots from `begin` on, one after the other.
    numbers: Vec<f32>,
    begin: usize,
    /// Has the first slots, with their numbers.
    graph: Option<Hnsw<Metric>>,
    /// Whether a thread puts points into the graph.
    pub(super) is_indexing: bool,
    bytes: usize,
}

/// A point, without its numbers.
pub(super) struct Slot {
    pub(super) row: i64,
    pub(super) id: String,
    pub(super) payload: Map<String, Value>,
}

/// What is near.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Near {
    pub(super) row: i64,
    pub(super) id: String,
    pub(super) score: f32,
    pub(super) payload: Map<String, Value>,
}

/// What is looked for.
pub(super) struct Search<'a> {
    pub(super) vector: &'a [f32],
    pub(super) count: usize,
    pub(super) filter: &'a [Condition],
    pub(super) exact: bool,
    /// Whether the vectors are told too.
    pub(super) with_vectors: bool,
    /// How much may be told.
    pub(super) answering: Answering,
}

impl Shelf {
    pub(super) fn new(options: &VectorOptions, revision: i64, dimensions: usize) -> Self {
        Self {
            revision,
            options: options.clone(),
            dimensions,
            slots: Vec::new(),
            by_row: HashMap::new(),
            numbers: Vec::new(),
            begin: 0,
            graph: None,
            is_indexing: false,
            bytes: 0,
        }
    }

    /// Bytes of memory, roughly.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Puts a point in, in the place of the one of the same row.
    pub(super) fn put(&mut self, slot: Slot, vector: &[f32]) {
        self.remove(slot.row);
        self.bytes = self.bytes.saturating_add(size_of_val(vector) + weight(&slot));
        self.by_row.insert(slot.row, self.slots.len());
        self.slots.push(Some(slot));
        let mut numbers = self.options.metric.prepare(vector);
        numbers.resize(self.dimensions, 0.0);
        self.numbers.extend(numbers);
    }

    /// Takes a point out.
    pub(super) fn remove(&mut self, row: i64) {
        let Some(place) = self.by_row.remove(&row) else { return };
        if let Some(slot) = self.slots.get_mut(place).and_then(Option::take) {
            self.bytes = self.bytes.saturating_sub(self.dimensions * size_of::<f32>() + weight(&slot));
        }
    }

    /// Moves together what is left where a third of the slots is empty.
    pub(super) fn tidy(&mut self) {
        let empty = self.slots.len().saturating_sub(self.by_row.len());
        if empty * 3 <= self.slots.len() {
            return;
        }
        let mut tidied = Self::new(&self.options, self.revision, self.dimensions);
        for (place, slot) in std::mem::take(&mut self.slots).into_iter().enumerate() {
            let Some(slot) = slot else { continue };
            tidied.numbers.extend_from_slice(self.numbers_of(place));
            tidied.by_row.insert(slot.row, tidied.slots.len());
            tidied.slots.push(Some(slot));
        }
        (tidied.bytes, tidied.is_indexing) = (self.bytes, self.is_indexing);
        *self = tidied;
    }

    /// Points of which this holds.
    pub(super) fn count(&self, filter: &[Condition], waiting: &Waiting) -> u64 {
        self.matching(0, filter, waiting).count() as u64
    }

    /// The slots from one on of which a filter holds, with their places. Where nobody waits for them any more, there are none left.
    fn matching<'a>(
        &'a self,
        from: usize,
        filter: &'a [Condition],
        waiting: &'a Waiting,
    ) -> impl Iterator<Item = (usize, &'a Slot)> {
        let slots = self.slots.iter().enumerate().skip(from);
        let slots = slots.take_while(move |(place, _)| place % LOOK != 0 || !waiting.is_given_up());
        slots.filter_map(move |(place, slot)| Some((place, slot.as_ref().filter(|slot| holds(filter, slot))?)))
    }

    /// The nearest, nearest first: as many as are wanted, or all there are.
    pub(super) fn search(&self, search: &Search<'_>, waiting: &Waiting) -> Result<Vec<Near>> {
        let vector = self.options.metric.prepare(search.vector);
        let found = match &self.graph {
            Some(graph) if !search.exact => self.through(graph, &vector, search, waiting),
            _ => None,
        };
        let mut found = found.unwrap_or_else(|| self.scored(0, &vector, search.filter, waiting));
        if found.len() > search.count {
            found.select_nth_unstable_by(search.count, nearer);
            found.truncate(search.count);
        }
        found.sort_unstable_by(nearer);
        let mut answering = search.answering;
        let vector = if search.with_vectors { self.dimensions * size_of::<f32>() } else { 0 };
        let near = |(score, place): (f32, usize)| {
            let slot = self.slots.get(place)?.as_ref()?;
            let fits = answering.add((weight(slot) + vector) as u64);
            Some(fits.map(|()| Near { row: slot.row, id: slot.id.clone(), score, payload: slot.payload.clone() }))
        };
        found.into_iter().filter_map(near).collect()
    }

    /// What the graph leads to, and all that is not in it yet; none where that is less than was wanted.
    fn through(
        &self,
        graph: &Hnsw<Metric>,
        vector: &[f32],
        search: &Search<'_>,
        waiting: &Waiting,
    ) -> Option<Vec<(f32, usize)>> {
        let candidates = self.candidates(search)?;
        if candidates > graph.len() / 2 {
            return None;
        }
        let mut found = self.scored(graph.len(), vector, search.filter, waiting);
        for candidate in graph.search(vector, candidates, candidates) {
            let slot = self.slots.get(candidate.id).and_then(Option::as_ref);
            if slot.is_some_and(|slot| holds(search.filter, slot)) {
                found.push((self.options.metric.score(vector, graph.get_vector(candidate.id)), candidate.id));
            }
        }
        (found.len() >= search.count).then_some(found)
    }

    /// How many candidates the graph is asked for; none where that takes longer than to look at every point.
    fn candidates(&self, search: &Search<'_>) -> Option<usize> {
        let (slots, points) = (self.slots.len() as f64, self.by_row.len().max(1) as f64);
        // Of those that it leads to, as many are gone as of all.
        let mut wanted = search.count as f64 * slots / points;
        if !search.filter.is_empty() {
            let sample = self.slots.iter().step_by(self.slots.len() / SAMPLE + 1).flatten();
            let (passed, tried) = sample.fold((0_u32, 0_u32), |(passed, tried), slot| {
                (passed + u32::from(holds(search.filter, slot)), tried + 1)
            });
            let share = f64::from(passed) / f64::from(tried.max(1));
            // Twice as many, since those that are near may pass it less often. Who doesn't pass it is looked at in half the time.
            wanted = 2.0 * wanted / share;
            if wanted.max(self.options.ef.into()) * CANDIDATE > points * (0.5 + share) {
                return None;
            }
        }
        Some((wanted as usize + 1).max(self.options.ef as usize))
    }

    /// The scores of all points from a slot on of which the filter holds.
    fn scored(&self, from: usize, vector: &[f32], filter: &[Condition], waiting: &Waiting) -> Vec<(f32, usize)> {
        self.matching(from, filter, waiting)
            .map(|(place, _)| (self.options.metric.score(vector, self.numbers_of(place)), place))
            .collect()
    }

    /// Whether points wait to be put into the graph.
    pub(super) fn is_behind(&self) -> bool {
        let is_large = self.by_row.len() >= self.options.hnsw_from as usize;
        // What is near by its product with one vector need not be near by that with another, as the graph has it: it misses a quarter.
        let leads = self.options.hnsw && self.options.metric != Metric::Dot;
        leads && is_large && self.graph.as_ref().map_or(0, Hnsw::len) < self.slots.len()
    }

    /// Puts the next point into the graph.
    pub(super) fn index_next(&mut self) {
        let options = &self.options;
        let make = || {
            let builder = Builder::new().m(options.m.clamp(2, VectorOptions::MAX_M) as usize);
            // The other strategy drops links between clusters, and with them whole clusters are lost.
            let builder = builder.prune_strategy(PruneStrategy::Heuristic);
            builder.ef_construction(EF_CONSTRUCTION).seed(SEED).build(options.metric)
        };
        let mut graph = self.graph.take().unwrap_or_else(make);
        let place = graph.len();
        // An empty slot is put in too: places in the graph are those of the slots.
        let numbers = self.numbers_of(place).to_vec();
        if numbers.len() == self.dimensions {
            graph.insert(numbers);
        }
        let given_back = graph.len().saturating_sub(self.begin);
        if given_back >= GIVEN_BACK {
            self.numbers.drain(..(given_back * self.dimensions).min(self.numbers.len()));
            self.begin = graph.len();
        }
        self.graph = Some(graph);
    }

    fn numbers_of(&self, place: usize) -> &[f32] {
        match place.checked_sub(self.begin) {
            Some(behind) => {
                let start = behind * self.dimensions;
                self.numbers.get(start..start + self.dimensions).unwrap_or_default()
            }
            None => self.graph.as_ref().map_or(&[], |graph| graph.get_vector(place)),
        }
    }
}

/// The higher score first, and the older one of equals.
fn nearer(one: &(f32, usize), other: &(f32, usize)) -> std::cmp::Ordering {
    other.0.total_cmp(&one.0).then(one.1.cmp(&other.1))
}

fn holds(filter: &[Condition], slot: &Slot) -> bool {
    filter.iter().all(|condition| condition.holds(&slot.payload))
}

fn weight(slot: &Slot) -> usize {
    size_of::<Slot>() + slot.id.len() + payload_in_bytes(&slot.payload)
}

#[cfg(test)]
mod tests {
    use palisade_core::store::Request;

    use super::*;

    #[test]
    fn what_nobody_waits_for_any_more_is_not_looked_at() {
        let mut shelf = Shelf::new(&VectorOptions::default(), 1, 2);
        for row in 0..1000 {
            let slot = Slot { row, id: row.to_string(), payload: Map::new() };
            shelf.put(slot, &[row as f32, 1.0]);
        }
        let filter = Vec::new();
        let answering = Answering::to(&Request::new(()));
        let search =
            Search { vector: &[1.0, 0.0], count: 10, filter: &filter, exact: true, with_vectors: false, answering };
        let (waited_for, given_up) = (Waiting::default(), Waiting::given_up());
        assert_eq!(shelf.count(&filter, &waited_for), 1000);
        assert_eq!(shelf.count(&filter, &given_up), 0);
        assert_eq!(shelf.search(&search, &waited_for).unwrap().len(), 10);
        assert_eq!(shelf.search(&search, &given_up).unwrap(), []);
    }
}
