//! Documents in the order in which they answer a query.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Error, Quantity, Result, Unit, Usage, Warning, Workload,
    check::{self, bad_output, set},
    clean,
};

/// What to order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Request {
    /// What is looked for. Never empty.
    pub query: String,
    /// The documents. Never empty.
    pub documents: Vec<String>,
    /// How many of the best to give, at least 1; none gives all.
    pub top_n: Option<u32>,
}

impl Request {
    /// All of these documents, by how well they answer the query.
    pub fn new<T: Into<String>>(query: impl Into<String>, documents: impl IntoIterator<Item = T>) -> Self {
        Self { query: query.into(), documents: documents.into_iter().map(Into::into).collect(), top_n: None }
    }

    pub(crate) fn typical() -> Self {
        Self::new("where do foxes live?", ["Foxes live in woods.", "Bread is baked."])
    }

    pub(crate) fn validate(&self) -> Result<()> {
        check::required_text("query", &self.query, "say what is looked for")?;
        check::required_items("documents", self.documents.len(), "document")?;
        for (index, document) in self.documents.iter().enumerate() {
            check::text_length(&format!("documents[{index}]"), document)?;
        }
        check::all_texts("documents", self.documents.iter().map(String::len))?;
        if self.top_n == Some(0) {
            return Err(Error::invalid_input("top-n", "0 of the best are none: ask for 1 or more"));
        }
        Ok(())
    }

    pub(crate) fn size_in_bytes(&self) -> u64 {
        self.documents.iter().chain([&self.query]).map(|text| text.len() as u64).sum()
    }

    pub(crate) fn parameters(&self) -> BTreeMap<&'static str, Value> {
        check::parameters([("top-n", set(&self.top_n))])
    }

    pub(crate) fn workload(&self) -> Workload {
        let characters = self.documents.iter().chain([&self.query]).map(|text| text.chars().count()).sum();
        let tokens = check::text_tokens(characters, self.size_in_bytes());
        check::workload([tokens, Quantity::exactly(Unit::Character, characters as f64)])
    }
}

/// A document in its place.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    /// Which of the documents, from 0.
    pub index: u32,
    /// How well it fits, higher is better; comparable within one answer only.
    pub score: f64,
}

/// The order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// The best documents, best first, each at most once.
    pub ranking: Vec<Ranked>,
    /// What it used.
    pub usage: Usage,
    /// What the caller should know.
    pub warnings: Vec<Warning>,
}

impl Response {
    pub(crate) fn validate(&self, request: &Request) -> Result<()> {
        let documents = request.documents.len();
        let wanted = request.top_n.map_or(documents, |top| documents.min(top as usize));
        if self.ranking.len() != wanted {
            return Err(bad_output(format!("the provider ranked {} of {wanted} documents", self.ranking.len())));
        }
        let mut seen = vec![false; documents];
        let mut last = f64::INFINITY;
        for ranked in &self.ranking {
            match seen.get_mut(ranked.index as usize) {
                Some(seen) if !*seen => *seen = true,
                Some(_) => return Err(bad_output(format!("the provider ranked document {} twice", ranked.index))),
                None => {
                    return Err(bad_output(format!("the provider ranked document {} of {documents}", ranked.index)));
                }
            }
            if !ranked.score.is_finite() || ranked.score > last {
                return Err(bad_output("the provider returned scores that are not numbers, or do not descend"));
            }
            last = ranked.score;
        }
        Ok(())
    }

    pub(crate) fn clean(&mut self) -> Result<()> {
        clean::remarks(&mut self.usage, &mut self.warnings)
    }

    pub(crate) fn size_in_bytes(&self) -> u64 {
        size_of_val(self.ranking.as_slice()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ranking_that_is_no_order_is_bad_output() {
        let request = Request::new("q", ["a", "b"]);
        let of = |pairs: &[(u32, f64)]| Response {
            ranking: pairs.iter().map(|&(index, score)| Ranked { index, score }).collect(),
            usage: Usage::default(),
            warnings: vec![],
        };
        of(&[(1, 0.5), (0, 0.5)]).validate(&request).unwrap();
        let bad = [
            of(&[]),
            of(&[(0, 1.0)]),
            of(&[(0, 1.0), (0, 0.5)]),
            of(&[(0, 1.0), (2, 0.5)]),
            of(&[(0, 1.0), (1, 2.0)]),
            of(&[(0, f64::NAN), (1, 0.0)]),
        ];
        for response in bad {
            assert!(response.validate(&request).is_err(), "{response:?}");
        }
        of(&[(1, 3.0)]).validate(&Request { top_n: Some(1), ..request }).unwrap();
    }
}
