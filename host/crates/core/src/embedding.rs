//! Vectors that are near to each other where texts and media mean the same.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Content, Error, Result, Usage, Warning, Workload,
    check::{self, bad_output, set},
    clean, vectors,
};

/// Longest vector.
pub const MAX_DIMENSIONS: u32 = 65_536;

/// What to embed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Request {
    /// The texts and media. Never empty.
    pub items: Vec<Content>,
    /// Length of the vectors; none lets the model choose.
    pub dimensions: Option<u32>,
    /// What the vectors are for, for example `query` or `document`.
    pub task: Option<String>,
}

impl Request {
    /// These texts and media, with the model's own length.
    pub fn new<T: Into<Content>>(items: impl IntoIterator<Item = T>) -> Self {
        Self { items: items.into_iter().map(Into::into).collect(), dimensions: None, task: None }
    }

    pub(crate) fn typical() -> Self {
        Self::new(["a red fox in fresh snow"])
    }

    pub(crate) fn validate(&self) -> Result<()> {
        check::contents("items", &self.items)?;
        check::name("task", self.task.as_ref())?;
        match self.dimensions {
            Some(dimensions) if dimensions == 0 || dimensions > MAX_DIMENSIONS => {
                Err(Error::invalid_input("dimensions", format!("{dimensions} is not between 1 and {MAX_DIMENSIONS}")))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn size_in_bytes(&self) -> u64 {
        check::contents_in_bytes(&self.items)
    }

    pub(crate) fn parameters(&self) -> BTreeMap<&'static str, Value> {
        check::parameters([("dimensions", set(&self.dimensions)), ("task", set(&self.task))])
    }

    pub(crate) fn workload(&self) -> Workload {
        check::reading(&self.items)
    }
}

/// The vectors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// A vector for each item, in the same order; all of the same length, all numbers finite.
    #[serde(with = "vectors::many")]
    pub vectors: Vec<Vec<f32>>,
    /// What it used.
    pub usage: Usage,
    /// What the caller should know.
    pub warnings: Vec<Warning>,
}

impl Response {
    pub(crate) fn validate(&self, request: &Request) -> Result<()> {
        check::same_length("vectors", self.vectors.len(), request.items.len())?;
        let length = self.vectors.first().map_or(0, Vec::len);
        if length == 0 || self.vectors.iter().any(|vector| vector.len() != length) {
            return Err(bad_output("the provider returned vectors that are empty, or of different lengths"));
        }
        if self.vectors.iter().flatten().any(|number| !number.is_finite()) {
            return Err(bad_output("the provider returned a vector with something that is not a number"));
        }
        Ok(())
    }

    pub(crate) fn clean(&mut self) -> Result<()> {
        clean::remarks(&mut self.usage, &mut self.warnings)
    }

    pub(crate) fn size_in_bytes(&self) -> u64 {
        self.vectors.iter().map(|vector| size_of_val(vector.as_slice()) as u64).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_that_cannot_be_compared_are_bad_output() {
        let request = Request::new(["a", "b"]);
        let of = |vectors: &[&[f32]]| Response {
            vectors: vectors.iter().map(|vector| vector.to_vec()).collect(),
            usage: Usage::default(),
            warnings: vec![],
        };
        of(&[&[1.0], &[2.0]]).validate(&request).unwrap();
        for bad in [of(&[&[1.0]]), of(&[&[], &[]]), of(&[&[1.0], &[1.0, 2.0]]), of(&[&[1.0], &[f32::NAN]])] {
            assert!(bad.validate(&request).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn ten_thousand_texts_are_taken_and_none_or_too_many_are_not() {
        Request::new(["a text"; 10_000]).validate().unwrap();
        for (field, request) in [
            ("items", Request::new::<&str>([])),
            ("items", Request::new(vec!["x"; 100_001])),
            ("items[0]", Request::new(["x".repeat(2 << 20)])),
            ("items", Request::new(vec!["x".repeat(1 << 20); 17])),
            ("dimensions", Request { dimensions: Some(0), ..Request::new(["x"]) }),
        ] {
            assert_eq!(request.validate().unwrap_err().field(), Some(field));
        }
    }
}
