//! A choice with everything that it was made from: short to make, and explained only where somebody asks.

use std::{sync::Arc, time::Instant};

use crate::{
    Decision, Endpoint, Figures, Need, Nobody,
    brief::Brief,
    choose::decide,
    search::{Search, Winner},
    shelf::Shelf,
};

/// A choice, and what it was made from: the endpoints, what was measured of them at that moment, the need and its seed. Whenever it
/// is explained, it is the same.
#[derive(Debug)]
pub struct Record {
    shelf: Arc<Shelf<Arc<Endpoint>>>,
    /// Those who serve another capability, and are named.
    others: Vec<Arc<Endpoint>>,
    need: Need,
    /// One for each place of the shelf.
    figures: Vec<Figures>,
    winner: Option<Winner>,
}

impl Record {
    pub(crate) fn new(shelf: Arc<Shelf<Arc<Endpoint>>>, others: Vec<Arc<Endpoint>>, need: Need, now: Instant) -> Self {
        let figures: Vec<_> = shelf.all().map(|(_, _, endpoint)| endpoint.live.figures(now)).collect();
        let search = Search { shelf: &*shelf, brief: Brief::new(&need, &shelf), measured: &figures[..] };
        let winner = search.winner(|_| true);
        Self { shelf, others, need, figures, winner }
    }

    /// What it was made for.
    #[must_use]
    pub fn need(&self) -> &Need {
        &self.need
    }

    /// Who is chosen; none when nobody can serve the need.
    #[must_use]
    pub fn chosen(&self) -> Option<&Arc<Endpoint>> {
        self.shelf.get(self.winner?.place).map(|(_, endpoint)| endpoint)
    }

    /// Everything there is to say about the choice.
    ///
    /// # Errors
    ///
    /// Gives everybody with the reasons, and what to change, when nobody can serve the need.
    pub fn explain(&self) -> Result<Decision, Nobody> {
        decide(&self.shelf, &self.figures, &self.need, self.others.iter().map(Arc::as_ref))
    }
}
