//! `palisade run vector-store`

use clap::{Args, ValueEnum};
use palisade::{
    Error, Result,
    vector_store::{Answer, Condition, Operation, Point, Query, Request, Response},
};

use super::{
    Capability, Present,
    stored::{self, Typed, Words},
};
use crate::{format, inputs::Inputs};

/// Characters of an id or a payload that are shown.
const SHOWN: usize = 100;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    typed: Typed<Verb>,
    /// How many of the nearest.
    #[arg(long, value_name = "COUNT", default_value = "10")]
    top_k: u32,
    /// What holds of the points, as a JSON list: `[{"field": "year", "is": {"less": 2000}}]`.
    #[arg(long, value_name = "JSON")]
    filter: Option<String>,
    /// Looks at every point, rather than those that an index leads to.
    #[arg(long)]
    exact: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Verb {
    /// `[POINT]...`: writes points, each as JSON `{"id": "a", "vector": [1, 0], "payload": {}}`, or a file of such lines that --input names.
    Upsert,
    /// `VECTOR`: finds the points that are nearest to a JSON list of numbers.
    Query,
    /// `ID...`: reads points.
    Get,
    /// `ID...`: forgets points.
    Delete,
    /// Forgets the points of which --filter holds.
    DeleteMatching,
    /// Counts the points of which --filter holds.
    Count,
}

impl Capability for Arguments {
    type Operation = Request;

    const INPUT: &'static str = "A file of points, each a line of JSON; or one with the vector";
    const GROUPS: &'static [&'static str] = &["Arguments", "Typed"];

    fn request(self, inputs: &mut Inputs) -> Result<Request> {
        let filter: Option<Vec<Condition>> =
            self.filter.as_deref().map(|filter| stored::json("filter", filter)).transpose()?;
        let (top_k, exact) = (self.top_k, self.exact);
        self.typed.request(inputs, |verb, mut words, inputs| {
            let operation = match verb {
                Verb::Upsert => Operation::Upsert { points: points(&mut words, inputs)? },
                Verb::Query => {
                    let vector = match inputs.prompt(None)? {
                        Some(vector) => vector,
                        None => inputs.argument(words.required("vector")?)?,
                    };
                    let (vector, filter) = (stored::json("vector", &vector)?, filter.unwrap_or_default());
                    Operation::Query(Query { vector, top_k, filter, exact, with_vectors: false })
                }
                Verb::Get => Operation::Get { ids: words.rest() },
                Verb::Delete => Operation::Delete { ids: words.rest() },
                Verb::DeleteMatching => {
                    let none =
                        || Error::invalid_input("filter", "there is none: say with --filter what holds of the points");
                    Operation::DeleteMatching { filter: filter.ok_or_else(none)? }
                }
                Verb::Count => Operation::Count { filter: filter.unwrap_or_default() },
            };
            words.end()?;
            Ok(operation)
        })
    }
}

fn points(words: &mut Words, inputs: &mut Inputs) -> Result<Vec<Point>> {
    let mut points = Vec::new();
    for word in words.rest() {
        points.push(stored::json("points", &word)?);
    }
    for line in inputs.prompt(None)?.unwrap_or_default().lines().filter(|line| !line.trim().is_empty()) {
        points.push(stored::json(&format!("points[{}]", points.len()), line)?);
    }
    Ok(points)
}

impl Present<Request> for Response {
    fn text(&self, _request: &Request) -> Option<String> {
        Some(match &self.answer {
            Answer::Upserted(count) => format!("{count} written\n"),
            Answer::Deleted(count) => format!("{count} deleted\n"),
            Answer::Counted(count) => format!("{count}\n"),
            Answer::Matches(matches) => {
                let mut table = format::table(&["id", "score", "payload"]);
                for found in matches {
                    let payload = serde_json::to_string(&found.payload).unwrap_or_default();
                    let [id, payload] = [&found.id, &payload].map(|text| palisade::text::escape(text, SHOWN));
                    table.add_row([id, format!("{:.4}", found.score), payload]);
                }
                format::rows(table)
            }
            Answer::Points(points) => {
                let mut table = format::table(&["id", "dimensions", "payload"]);
                for point in points.iter().flatten() {
                    let payload = serde_json::to_string(&point.payload).unwrap_or_default();
                    let [id, payload] = [&point.id, &payload].map(|text| palisade::text::escape(text, SHOWN));
                    table.add_row([id, point.vector.len().to_string(), payload]);
                }
                format::rows(table)
            }
        })
    }
}
