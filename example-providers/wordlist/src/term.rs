//! The terms that are looked for.

use serde::Deserialize;

use crate::category::Category;

/// What the setting `words` may hold, beside the list that is built in.
pub(crate) const MAX_OWN_TERMS: usize = 1000;

/// No term is longer, in characters.
pub(crate) const MAX_TERM: usize = 100;

/// A term and what it says of a text.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Term {
    /// What it is about.
    pub(crate) category: Category,
    /// How sure it makes, above 0 and at most 1.
    pub(crate) weight: f64,
    /// A word or several.
    pub(crate) term: String,
}

impl Term {
    /// Checks what the types don't say.
    fn checked(self) -> Result<Self, String> {
        if !(self.weight > 0.0 && self.weight <= 1.0) {
            return Err(format!("the weight of {:?} must be above 0 and at most 1", self.term));
        }
        if self.term.chars().count() > MAX_TERM {
            return Err(format!("{:?} is longer than {MAX_TERM} characters", self.term));
        }
        Ok(self)
    }
}

/// Reads the list that is built in: a category, a weight and a term on each line.
///
/// # Errors
/// A sentence with the line that cannot be read.
pub(crate) fn built_in() -> Result<Vec<Term>, String> {
    parse(include_str!("words.txt"))
}

fn parse(text: &str) -> Result<Vec<Term>, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let mut parts = line.splitn(3, ' ');
            let mut term = || {
                let category = Category::named(parts.next()?)?;
                Some(Term { category, weight: parts.next()?.parse().ok()?, term: parts.next()?.to_owned() })
            };
            term().ok_or_else(|| format!("a line of the list cannot be read: {line}"))?.checked()
        })
        .collect()
}

/// Reads the operator's own terms: a JSON array.
///
/// # Errors
/// A sentence on what is wrong.
pub(crate) fn own(json: &str) -> Result<Vec<Term>, String> {
    let terms: Vec<Term> = serde_json::from_str(json).map_err(|error| error.to_string())?;
    if terms.len() > MAX_OWN_TERMS {
        return Err(format!("{} terms are more than {MAX_OWN_TERMS}", terms.len()));
    }
    terms.into_iter().map(Term::checked).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_can_be_read_and_has_all_categories() {
        let terms = built_in().unwrap();
        assert!(terms.len() >= 100, "{}", terms.len());
        for category in Category::ALL {
            assert!(terms.iter().filter(|term| term.category == category).count() >= 10, "{}", category.name());
        }
    }

    #[test]
    fn no_term_is_there_twice() {
        let mut terms: Vec<_> = built_in().unwrap().into_iter().map(|term| (term.category.name(), term.term)).collect();
        terms.sort();
        let count = terms.len();
        terms.dedup();
        assert_eq!(terms.len(), count);
    }

    #[test]
    fn a_line_that_makes_no_sense_is_shown() {
        assert_eq!(parse("# fine\n\nspam x y").unwrap_err(), "a line of the list cannot be read: spam x y");
        assert_eq!(parse("spam 2 y").unwrap_err(), r#"the weight of "y" must be above 0 and at most 1"#);
        assert_eq!(parse("spam NaN y").unwrap_err(), r#"the weight of "y" must be above 0 and at most 1"#);
    }

    #[test]
    fn own_terms_are_json() {
        let terms = own(r#"[{"category": "self-harm", "weight": 1, "term": "two words"}]"#).unwrap();
        assert_eq!(terms, [Term { category: Category::SelfHarm, weight: 1.0, term: "two words".into() }]);
        assert!(own("{}").is_err());
        assert!(own(r#"[{"category": "rudeness", "weight": 1, "term": "x"}]"#).unwrap_err().contains("rudeness"));
        assert!(own(&format!(r#"[{{"category": "spam", "weight": 1, "term": "{}"}}]"#, "x".repeat(101))).is_err());
    }
}
