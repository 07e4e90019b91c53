//! Whether texts and media are what nobody should have to see.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Content, Result, Usage, Warning, Workload,
    check::{self, bad_output},
    clean,
};

/// Most categories of a verdict.
const MAX_CATEGORIES: usize = 100;

/// What to look at.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Request {
    /// The texts and media. Never empty.
    pub items: Vec<Content>,
}

impl Request {
    /// These texts and media.
    pub fn new<T: Into<Content>>(items: impl IntoIterator<Item = T>) -> Self {
        Self { items: items.into_iter().map(Into::into).collect() }
    }

    pub(crate) fn typical() -> Self {
        Self::new(["a red fox in fresh snow"])
    }

    pub(crate) fn validate(&self) -> Result<()> {
        check::contents("items", &self.items)
    }

    pub(crate) fn size_in_bytes(&self) -> u64 {
        check::contents_in_bytes(&self.items)
    }

    pub(crate) fn parameters(&self) -> BTreeMap<&'static str, Value> {
        BTreeMap::new()
    }

    pub(crate) fn workload(&self) -> Workload {
        check::reading(&self.items)
    }
}

/// What was found of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Category {
    /// The kind, for example `harassment`.
    pub name: String,
    /// Whether it is more than the model tolerates.
    pub flagged: bool,
    /// How sure the model is, 0 to 1.
    pub score: f64,
}

/// What was found in one item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether any category is flagged.
    pub flagged: bool,
    /// All categories that the model knows.
    pub categories: Vec<Category>,
}

/// The verdicts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// A verdict for each item, in the same order.
    pub verdicts: Vec<Verdict>,
    /// What it used.
    pub usage: Usage,
    /// What the caller should know.
    pub warnings: Vec<Warning>,
}

impl Response {
    pub(crate) fn validate(&self, request: &Request) -> Result<()> {
        check::same_length("verdicts", self.verdicts.len(), request.items.len())?;
        for verdict in &self.verdicts {
            if verdict.categories.len() > MAX_CATEGORIES {
                return Err(bad_output(format!("the provider returned more than {MAX_CATEGORIES} categories")));
            }
            verdict.categories.iter().try_for_each(|category| check::share("score", category.score))?;
            // Whoever looks at one of them only must not be misled.
            if verdict.flagged != verdict.categories.iter().any(|category| category.flagged) {
                return Err(bad_output("the provider returned a verdict that contradicts its categories"));
            }
        }
        Ok(())
    }

    pub(crate) fn clean(&mut self) -> Result<()> {
        let categories = self.verdicts.iter_mut().flat_map(|verdict| &mut verdict.categories);
        clean::names(categories.map(|category| &mut category.name));
        clean::remarks(&mut self.usage, &mut self.warnings)
    }

    pub(crate) fn size_in_bytes(&self) -> u64 {
        let names = self.verdicts.iter().flat_map(|verdict| &verdict.categories).map(|category| category.name.len());
        names.sum::<usize>() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_that_contradicts_itself_is_bad_output() {
        let request = Request::new(["a"]);
        let of = |flagged, category: (bool, f64)| {
            let category = Category { name: "spam".to_owned(), flagged: category.0, score: category.1 };
            let verdicts = vec![Verdict { flagged, categories: vec![category] }];
            Response { verdicts, usage: Usage::default(), warnings: vec![] }
        };
        of(true, (true, 1.0)).validate(&request).unwrap();
        of(false, (false, 0.0)).validate(&request).unwrap();
        for bad in [of(true, (false, 0.9)), of(false, (true, 0.9)), of(true, (true, 1.1)), of(true, (true, f64::NAN))] {
            assert!(bad.validate(&request).is_err(), "{bad:?}");
        }
        assert!(of(true, (true, 1.0)).validate(&Request::new(["a", "b"])).is_err());
    }
}
