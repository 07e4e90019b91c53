use palisade_core::{
    JSON_GROWTH,
    text::{MAX_SENTENCE, escape},
    vector_store::{Answer, Condition, Match, Operation, Point, Query, TOP_K},
};
use serde_json::Value;
use wasmtime::Result;

use super::no_room;
use crate::{
    bindings::palisade::provider::{stores::StoreError, vector_stores as wit},
    imports::{Imports, View},
};

impl<T: Imports> wit::Host for View<'_, T> {
    async fn upsert(&mut self, store: String, points: Vec<wit::Point>) -> Result<Result<u64, StoreError>> {
        // What is read from them is the host's until it is written.
        let texts: usize = points.iter().flat_map(|point| &point.payload).map(String::len).sum();
        let charged = match self.charge_json(texts) {
            Ok(charged) => charged,
            Err(error) => return Ok(Err(error)),
        };
        let wanted = |answer| if let Answer::Upserted(count) = answer { Some(count) } else { None };
        let upserted = match points.into_iter().enumerate().map(point).collect() {
            Ok(points) => self.ask(store, Operation::Upsert { points }, wanted).await,
            Err(error) => Err(error),
        };
        self.0.release_memory(charged);
        Ok(upserted)
    }

    async fn query(&mut self, store: String, search: wit::Search) -> Result<Result<Vec<wit::Found>, StoreError>> {
        let wit::Search { vector, top_k, filter: said, exact, with_vectors } = search;
        let filter = match self.filter(said) {
            Ok(filter) => filter,
            Err(error) => return Ok(Err(error)),
        };
        let query = Query { vector, top_k: top_k.unwrap_or(TOP_K), filter, exact, with_vectors };
        let wanted = |answer| match answer {
            Answer::Matches(matches) => Some(matches.into_iter().map(found).collect()),
            _ => None,
        };
        Ok(self.ask(store, Operation::Query(query), wanted).await)
    }

    async fn get(&mut self, store: String, ids: Vec<String>) -> Result<Result<Vec<Option<wit::Point>>, StoreError>> {
        let wanted = |answer| match answer {
            Answer::Points(points) => Some(points.into_iter().map(|point| point.map(told)).collect()),
            _ => None,
        };
        Ok(self.ask(store, Operation::Get { ids }, wanted).await)
    }

    async fn delete(&mut self, store: String, ids: Vec<String>) -> Result<Result<u64, StoreError>> {
        Ok(self.ask(store, Operation::Delete { ids }, deleted).await)
    }

    async fn delete_matching(&mut self, store: String, filter: String) -> Result<Result<u64, StoreError>> {
        match self.filter(Some(filter)) {
            Ok(filter) => Ok(self.ask(store, Operation::DeleteMatching { filter }, deleted).await),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn count(&mut self, store: String, filter: Option<String>) -> Result<Result<u64, StoreError>> {
        let wanted = |answer| if let Answer::Counted(count) = answer { Some(count) } else { None };
        match self.filter(filter) {
            Ok(filter) => Ok(self.ask(store, Operation::Count { filter }, wanted).await),
            Err(error) => Ok(Err(error)),
        }
    }
}

impl<T: Imports> View<'_, T> {
    /// Charges what JSON of so many bytes takes at most when it is read.
    fn charge_json(&mut self, bytes: usize) -> Result<u64, StoreError> {
        let wanted = (bytes as u64).saturating_mul(JSON_GROWTH);
        self.0.charge_memory(wanted, wanted).map_err(no_room)
    }

    fn filter(&mut self, json: Option<String>) -> Result<Vec<Condition>, StoreError> {
        let Some(json) = json else { return Ok(Vec::new()) };
        // What is more than may be said is refused by whoever is asked; until then it is not much.
        let charged = self.charge_json(json.len())?;
        let read = serde_json::from_str(&json).map_err(|error| invalid("filter", "a JSON list of conditions", &error));
        self.0.release_memory(charged);
        read
    }
}

fn deleted(answer: Answer) -> Option<u64> {
    if let Answer::Deleted(count) = answer { Some(count) } else { None }
}

fn point((index, point): (usize, wit::Point)) -> Result<Point, StoreError> {
    let wit::Point { id, vector, payload } = point;
    let payload = match payload {
        Some(json) => {
            let field = format!("points[{index}].payload");
            serde_json::from_str(&json).map_err(|error| invalid(&field, "a JSON object", &error))?
        }
        None => Default::default(),
    };
    Ok(Point { id, vector, payload })
}

fn invalid(field: &str, what: &str, error: &serde_json::Error) -> StoreError {
    StoreError::Invalid(escape(&format!("{field}: it is not {what}: {error}"), MAX_SENTENCE))
}

fn told(Point { id, vector, payload }: Point) -> wit::Point {
    wit::Point { id, vector, payload: Some(Value::from(payload).to_string()) }
}

fn found(Match { id, score, payload, vector }: Match) -> wit::Found {
    wit::Found { id, score, payload: Value::from(payload).to_string(), vector }
}
