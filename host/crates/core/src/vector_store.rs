//! Vectors, found by what is near to them: what `embedding` makes of texts and pictures, to be searched.

mod filter;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::filter::{Condition, Test};
use crate::{
    Error, Result,
    check::{self, bad_output},
    store::{self, Answered, Operate, bytes_of},
    vectors,
};

/// What to do with vectors.
pub type Request = store::Request<Operation>;
/// What became of it.
pub type Response = store::Response<Answer>;

/// Most numbers of a vector.
pub const MAX_DIMENSIONS: usize = 65_536;
/// How many of the nearest are told where nothing else is asked for.
pub const TOP_K: u32 = 10;

/// Something to do with vectors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Operation {
    /// Writes points, in the place of those of the same ids, all of them in one go. The first one says how many dimensions the others have.
    Upsert {
        /// What to write. Each id once.
        points: Vec<Point>,
    },
    /// Finds the points that are nearest to a vector.
    Query(Query),
    /// Reads points.
    Get {
        /// Which.
        ids: Vec<String>,
    },
    /// Forgets points.
    Delete {
        /// Which.
        ids: Vec<String>,
    },
    /// Forgets all points of which this holds.
    DeleteMatching {
        /// What holds of them, all of it; empty for all.
        filter: Vec<Condition>,
    },
    /// Counts the points of which this holds.
    Count {
        /// What holds of them, all of it; empty for all.
        #[serde(default)]
        filter: Vec<Condition>,
    },
}

/// A vector with what belongs to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// What it is called.
    pub id: String,
    /// Finite numbers, at least one.
    #[serde(with = "vectors::one")]
    pub vector: Vec<f32>,
    /// What else is known of it, for filters and for whoever finds it.
    #[serde(default)]
    pub payload: Map<String, Value>,
}

impl Point {
    /// A vector, of which nothing else is known.
    pub fn new(id: impl Into<String>, vector: impl Into<Vec<f32>>) -> Self {
        Self { id: id.into(), vector: vector.into(), payload: Map::new() }
    }

    /// With something that is known of it.
    #[must_use]
    pub fn with(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.payload.insert(field.into(), value.into());
        self
    }

    /// Bytes that it takes.
    #[must_use]
    pub fn size_in_bytes(&self) -> u64 {
        (self.id.len() + size_of_val(self.vector.as_slice()) + payload_in_bytes(&self.payload)) as u64
    }
}

/// What to find.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// What is to be near.
    #[serde(with = "vectors::one")]
    pub vector: Vec<f32>,
    /// How many of the nearest; [`TOP_K`] by default.
    #[serde(default = "top_k")]
    pub top_k: u32,
    /// What holds of them, all of it.
    #[serde(default)]
    pub filter: Vec<Condition>,
    /// Whether every point is looked at, rather than those that an index leads to. Off by default.
    #[serde(default)]
    pub exact: bool,
    /// Whether the vectors are told. Off by default.
    #[serde(default)]
    pub with_vectors: bool,
}

impl Query {
    /// The points that are nearest to this, whatever is known of them.
    pub fn new(vector: impl Into<Vec<f32>>, top_k: u32) -> Self {
        Self { vector: vector.into(), top_k, filter: Vec::new(), exact: false, with_vectors: false }
    }
}

/// A point that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Match {
    /// What it is called.
    pub id: String,
    /// How near it is, higher is nearer; comparable within one store.
    pub score: f32,
    /// What else is known of it.
    pub payload: Map<String, Value>,
    /// Its vector, where it was asked for.
    #[serde(default, with = "vectors::optional")]
    pub vector: Option<Vec<f32>>,
}

/// What an operation gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Of `upsert`: how many were written.
    Upserted(u64),
    /// Of `query`: the nearest, nearest first.
    Matches(Vec<Match>),
    /// Of `get`: for each id its point, none where there is none.
    Points(Vec<Option<Point>>),
    /// Of `delete` and `delete-matching`: how many there were.
    Deleted(u64),
    /// Of `count`.
    Counted(u64),
}

impl Request {
    /// Writes points.
    pub fn upsert(points: impl IntoIterator<Item = Point>) -> Self {
        Self::new(Operation::Upsert { points: points.into_iter().collect() })
    }

    /// Finds the points that are nearest to this.
    pub fn query(vector: impl Into<Vec<f32>>, top_k: u32) -> Self {
        Self::new(Operation::Query(Query::new(vector, top_k)))
    }

    /// Reads points.
    pub fn get<T: Into<String>>(ids: impl IntoIterator<Item = T>) -> Self {
        Self::new(Operation::Get { ids: ids.into_iter().map(Into::into).collect() })
    }

    /// Forgets points.
    pub fn delete<T: Into<String>>(ids: impl IntoIterator<Item = T>) -> Self {
        Self::new(Operation::Delete { ids: ids.into_iter().map(Into::into).collect() })
    }

    /// Counts all points.
    #[must_use]
    pub fn count() -> Self {
        Self::new(Operation::Count { filter: Vec::new() })
    }
}

impl Operate for Operation {
    type Answer = Answer;

    fn name(&self) -> &'static str {
        match self {
            Self::Upsert { .. } => "upsert",
            Self::Query(_) => "query",
            Self::Get { .. } => "get",
            Self::Delete { .. } => "delete",
            Self::DeleteMatching { .. } => "delete-matching",
            Self::Count { .. } => "count",
        }
    }

    fn changes(&self) -> bool {
        !matches!(self, Self::Query(_) | Self::Get { .. } | Self::Count { .. })
    }

    fn typical() -> Self {
        Self::Count { filter: Vec::new() }
    }

    fn validate(&self) -> Result<()> {
        match self {
            Self::Upsert { points } => check_points(points),
            Self::Query(query) => {
                check_vector("vector", &query.vector)?;
                store::limit("top-k", query.top_k)?;
                filter::check(&query.filter)
            }
            Self::Get { ids } | Self::Delete { ids } => store::keys("ids", ids),
            Self::DeleteMatching { filter } | Self::Count { filter } => filter::check(filter),
        }
    }

    fn size_in_bytes(&self) -> u64 {
        match self {
            Self::Upsert { points } => points.iter().map(Point::size_in_bytes).sum(),
            Self::Query(query) => size_of_val(query.vector.as_slice()) as u64 + filter::size_in_bytes(&query.filter),
            Self::Get { ids } | Self::Delete { ids } => bytes_of(ids),
            Self::DeleteMatching { filter } | Self::Count { filter } => filter::size_in_bytes(filter),
        }
    }

    fn check(&self, answer: &Answer) -> Result<()> {
        let is_answer = match (self, answer) {
            (Self::Upsert { points }, Answer::Upserted(count)) => *count == points.len() as u64,
            (Self::Query(query), Answer::Matches(matches)) => {
                let descends = matches.is_sorted_by(|one, next| one.score >= next.score);
                descends && matches.len() <= query.top_k as usize
            }
            (Self::Get { ids }, Answer::Points(points)) => points.len() == ids.len(),
            (Self::Delete { ids }, Answer::Deleted(count)) => *count <= ids.len() as u64,
            (Self::DeleteMatching { .. }, Answer::Deleted(_)) | (Self::Count { .. }, Answer::Counted(_)) => true,
            _ => false,
        };
        if is_answer { Ok(()) } else { Err(bad_output(format!("this is no answer to `{}`", self.name()))) }
    }
}

impl Answered for Answer {
    fn size_in_bytes(&self) -> u64 {
        match self {
            Self::Matches(matches) => matches.iter().map(Match::size_in_bytes).sum(),
            Self::Points(points) => points.iter().flatten().map(Point::size_in_bytes).sum(),
            Self::Upserted(_) | Self::Deleted(_) | Self::Counted(_) => size_of::<u64>() as u64,
        }
    }
}

impl Match {
    fn size_in_bytes(&self) -> u64 {
        let vector = self.vector.as_deref().map_or(0, size_of_val);
        (self.id.len() + vector + payload_in_bytes(&self.payload)) as u64
    }
}

fn check_points(points: &[Point]) -> Result<()> {
    check::required_items("points", points.len(), "point")?;
    let dimensions = points.first().map_or(0, |point| point.vector.len());
    let mut seen = std::collections::BTreeSet::new();
    for (index, point) in points.iter().enumerate() {
        let field = |name: &str| format!("points[{index}].{name}");
        store::key(&field("id"), &point.id)?;
        check_vector(&field("vector"), &point.vector)?;
        store::value(&field("payload"), payload_in_bytes(&point.payload))?;
        if point.vector.len() != dimensions {
            let reason = format!("it has {} dimensions, and the first one has {dimensions}", point.vector.len());
            return Err(Error::invalid_input(field("vector"), reason));
        }
        if !seen.insert(&point.id) {
            return Err(Error::invalid_input(field("id"), "it is there twice: write each id once"));
        }
    }
    Ok(())
}

fn check_vector(field: &str, vector: &[f32]) -> Result<()> {
    if vector.is_empty() {
        return Err(Error::invalid_input(field, "it is empty: a vector has at least one number"));
    }
    check::within(field, vector.len(), MAX_DIMENSIONS, "numbers")?;
    match vector.iter().position(|number| !number.is_finite()) {
        Some(index) => Err(Error::invalid_input(
            field,
            format!("number {index} of it is none: {}", vector.get(index).copied().unwrap_or(f32::NAN)),
        )),
        None => Ok(()),
    }
}

/// Bytes that a payload takes in memory, which may be many times those of its text: an object of one member has room for eleven.
#[must_use]
pub fn payload_in_bytes(payload: &Map<String, Value>) -> usize {
    /// What a node of an object takes, which is at least half full where there are several.
    const NODE: usize = 640;
    /// What a text, or an entry of a list, takes beside what is in it.
    const ENTRY: usize = 32;
    fn below(value: &Value) -> usize {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            Value::String(text) => ENTRY + text.len(),
            Value::Array(values) => values.iter().map(|value| ENTRY + below(value)).sum(),
            Value::Object(members) => payload_in_bytes(members),
        }
    }
    let members: usize = payload.iter().map(|(name, value)| ENTRY + name.len() + below(value)).sum();
    payload.len().div_ceil(5) * NODE + members
}

fn top_k() -> u32 {
    TOP_K
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_store_can_do_is_refused() {
        let refused = |request: Request| request.validate().unwrap_err().to_string();
        Request::upsert([Point::new("a", [1.0, 0.0]), Point::new("b", [0.0, 1.0])]).validate().unwrap();
        let other = Request::upsert([Point::new("a", [1.0, 0.0]), Point::new("b", [0.0])]);
        assert_eq!(refused(other), "points[1].vector: it has 1 dimensions, and the first one has 2");
        let twice = Request::upsert([Point::new("a", [1.0]), Point::new("a", [1.0])]);
        assert_eq!(refused(twice), "points[1].id: it is there twice: write each id once");
        assert_eq!(refused(Request::query([f32::NAN], 1)), "vector: number 0 of it is none: NaN");
        assert_eq!(refused(Request::query([], 1)), "vector: it is empty: a vector has at least one number");
        assert!(refused(Request::query([1.0], 0)).starts_with("top-k: 0 of them"));
    }

    #[test]
    fn what_was_found_descends_and_is_no_more_than_was_asked_for() {
        let found = |scores: &[f32]| {
            let of = |score: &f32| Match { id: "a".to_owned(), score: *score, payload: Map::new(), vector: None };
            Response::new(Answer::Matches(scores.iter().map(of).collect()))
        };
        let request = Request::query([1.0], 2);
        found(&[0.5, 0.5]).validate(&request).unwrap();
        for bad in [&[0.1, 0.5][..], &[0.3, 0.2, 0.1], &[f32::NAN, 0.1]] {
            assert!(found(bad).validate(&request).is_err(), "{bad:?}");
        }
    }
}
