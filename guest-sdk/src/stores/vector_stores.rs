//! Vectors, found by what is near to them.

use super::{StoreError, ask, texts};
pub use crate::bindings::palisade::provider::vector_stores::{Found, Point, Search};

/// A store of vectors that is lent.
#[derive(Debug, Clone, Copy)]
pub struct VectorStore<'a> {
    pub(super) name: &'a str,
}

impl Point {
    /// A vector, of which nothing else is known.
    pub fn new(id: impl Into<String>, vector: impl Into<Vec<f32>>) -> Self {
        Self { id: id.into(), vector: vector.into(), payload: None }
    }

    /// With what else is known of it, a JSON object.
    #[must_use]
    pub fn with(mut self, payload: impl Into<String>) -> Self {
        self.payload = Some(payload.into());
        self
    }
}

impl Search {
    /// The points that are nearest to this, whatever is known of them.
    pub fn nearest(vector: impl Into<Vec<f32>>, top_k: u32) -> Self {
        Self { vector: vector.into(), top_k: Some(top_k), filter: None, exact: false, with_vectors: false }
    }

    /// Of those of which this holds, a JSON list of conditions: `[{"field": "kind", "is": {"equal": "animal"}}]`.
    #[must_use]
    pub fn among(mut self, filter: impl Into<String>) -> Self {
        self.filter = Some(filter.into());
        self
    }
}

impl VectorStore<'_> {
    /// Writes points, in the place of those of the same ids, all of them in one go. Gives how many.
    ///
    /// # Errors
    /// Any case of [`StoreError`].
    pub fn upsert(&self, points: impl IntoIterator<Item = Point>) -> Result<u64, StoreError> {
        ask!(vector_stores::upsert(self.name, &points.into_iter().collect::<Vec<_>>()))
    }

    /// Finds the points that are nearest, nearest first.
    ///
    /// # Errors
    /// Any case of [`StoreError`].
    pub fn query(&self, search: Search) -> Result<Vec<Found>, StoreError> {
        ask!(vector_stores::query(self.name, &search))
    }

    /// Reads points: for each id its own, none where there is none.
    ///
    /// # Errors
    /// Any case of [`StoreError`].
    pub fn get<I: Into<String>>(&self, ids: impl IntoIterator<Item = I>) -> Result<Vec<Option<Point>>, StoreError> {
        ask!(vector_stores::get(self.name, &texts(ids)))
    }

    /// Forgets points. Gives how many there were.
    ///
    /// # Errors
    /// Any case of [`StoreError`].
    pub fn delete<I: Into<String>>(&self, ids: impl IntoIterator<Item = I>) -> Result<u64, StoreError> {
        ask!(vector_stores::delete(self.name, &texts(ids)))
    }

    /// Forgets the points of which this holds, a JSON list of conditions; all where it is empty. Gives how many there were.
    ///
    /// # Errors
    /// Any case of [`StoreError`].
    pub fn delete_matching(&self, filter: &str) -> Result<u64, StoreError> {
        ask!(vector_stores::delete_matching(self.name, filter))
    }

    /// Counts the points of which this holds; all of them without a filter.
    ///
    /// # Errors
    /// Any case of [`StoreError`].
    pub fn count(&self, filter: Option<&str>) -> Result<u64, StoreError> {
        ask!(vector_stores::count(self.name, filter))
    }
}
