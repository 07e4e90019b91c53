//! A choice with everything that it was made from: short to make, and explained only where somebody asks.

use std::{borrow::Borrow, sync::Arc};

use crate::{
    Endpoint, Need,
    brief::Brief,
    measured::Taken,
    search::{Search, Winner},
    shelf::Shelf,
};

/// A choice, and what it was made from: the endpoints, what was measured of them at that moment, the need and its seed. Whenever it
/// is explained, it is the same.
#[derive(Debug)]
pub struct Record<E = Arc<Endpoint>> {
    shelf: Arc<Shelf<E>>,
    /// Those who serve another capability, and are named.
    others: Vec<E>,
    need: Need,
    /// For each place of the shelf.
    measured: Taken,
    winner: Option<Winner>,
}

impl<E: Borrow<Endpoint>> Record<E> {
    pub(crate) fn new(shelf: Arc<Shelf<E>>, others: Vec<E>, need: Need, measured: Taken) -> Self {
        let mut record = Self { shelf, others, need, measured, winner: None };
        record.winner = record.search().winner(|_| true);
        record
    }

    /// The search that it is made from.
    pub(crate) fn search(&self) -> Search<'_, E, &Taken> {
        let brief = Brief::new(&self.need, &self.shelf);
        Search { shelf: &*self.shelf, brief, measured: &self.measured }
    }

    pub(crate) fn winner(&self) -> Option<&Winner> {
        self.winner.as_ref()
    }

    pub(crate) fn others(&self) -> &[E] {
        &self.others
    }

    pub(crate) fn endpoint(&self, place: usize) -> Option<&E> {
        self.shelf.get(place).map(|(_, endpoint)| endpoint)
    }

    /// What it was made for.
    #[must_use]
    pub fn need(&self) -> &Need {
        &self.need
    }

    /// Who is chosen; none when nobody can serve the need.
    #[must_use]
    pub fn chosen(&self) -> Option<&E> {
        self.endpoint(self.winner?.place)
    }
}
