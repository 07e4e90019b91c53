//! A provider that orders documents by how well their words answer a query, without a network or a trained model.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

mod language;
mod score;

use language::Language;
use palisade_guest::catalog::Model;
use palisade_guest::rerank::{Ranked, Request, Response};
use palisade_guest::{CallOptions, Description, Failure, Provider, Rerank, Result};

/// The provider.
#[derive(Debug)]
pub struct Bm25;

impl Provider for Bm25 {
    fn describe() -> Description {
        let names: Vec<&str> = Language::names().collect();
        Description::new("bm25")
            .summary("Orders documents by how well their words answer a query (Okapi BM25).")
            .model(Model::new("bm25").free().choice("language", &names))
    }
}

impl Rerank for Bm25 {
    fn rerank(request: Request, options: &CallOptions) -> Result<Response> {
        if request.top_n == Some(0) {
            return Err(Failure::invalid_input("top-n", "must be at least 1"));
        }
        let language = language(options)?;
        let scores = score::scores(&language, &request.query, &request.documents);
        let mut warnings = options.warnings();
        if scores.iter().all(|&score| score == 0.0) {
            warnings.note("no word of the query is in any document, so they are in the order in which they came");
        }
        let mut ranking: Vec<Ranked> = (0..).zip(scores).map(|(index, score)| Ranked::new(index, score)).collect();
        // A stable sort: documents of the same score stay in their order.
        ranking.sort_by(|one, other| other.score.total_cmp(&one.score));
        ranking.truncate(request.top_n.map_or(usize::MAX, |count| count as usize));
        Ok(Response::new(ranking).warnings(warnings.into_vec()))
    }
}

palisade_guest::export!(Bm25: rerank);

fn language(options: &CallOptions) -> Result<Language> {
    let Some(name) = options.get::<String>("language")? else { return Ok(Language::default()) };
    Language::named(&name).ok_or_else(|| {
        let names: Vec<&str> = Language::names().collect();
        Failure::invalid_input("provider-options.language", format!("must be one of {}", names.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use palisade_guest::{FailureKind, OptionKv, Warning};
    use proptest::prelude::*;

    use super::*;

    const DOCUMENTS: [&str; 4] = [
        "The library opens at nine.",
        "A fox runs over the hill, and another fox follows.",
        "Dogs run in the park.",
        "The hill is steep.",
    ];

    fn in_language(name: &str) -> CallOptions {
        let option = OptionKv { key: "language".into(), json: format!("{name:?}") };
        CallOptions { provider_options: vec![option], ..CallOptions::new("bm25") }
    }

    fn order(request: Request, options: &CallOptions) -> Vec<u32> {
        Bm25::rerank(request, options).unwrap().ranking.iter().map(|ranked| ranked.index).collect()
    }

    #[test]
    fn the_best_documents_come_first() {
        let options = CallOptions::new("bm25");
        assert_eq!(order(Request::new("fox on a hill", DOCUMENTS), &options), [1, 3, 0, 2]);
        assert_eq!(order(Request::new("When does the library open?", DOCUMENTS), &options)[0], 0);
    }

    #[test]
    fn other_forms_of_a_word_are_found_in_its_language() {
        let running = || Request::new("running", DOCUMENTS);
        assert_eq!(order(running(), &CallOptions::new("bm25")), [2, 1, 0, 3]);
        assert_eq!(order(running(), &in_language("none")), [0, 1, 2, 3]);
        let german = Request::new("Haus", ["ein Baum", "viele Häuser", "des Hauses"]);
        assert_eq!(order(german, &in_language("german")), [1, 2, 0]);
    }

    #[test]
    fn no_more_than_wanted_are_given() {
        let top = |count| {
            let request = Request { top_n: Some(count), ..Request::new("fox on a hill", DOCUMENTS) };
            order(request, &CallOptions::new("bm25"))
        };
        assert_eq!(top(1), [1]);
        assert_eq!(top(2), [1, 3]);
        assert_eq!(top(u32::MAX), [1, 3, 0, 2]);
        let none = Request { top_n: Some(0), ..Request::new("fox", DOCUMENTS) };
        let failure = Bm25::rerank(none, &CallOptions::new("bm25")).unwrap_err();
        assert_eq!(failure.message, "top-n: must be at least 1");
    }

    #[test]
    fn an_unknown_query_leaves_the_order_and_says_so() {
        let response = Bm25::rerank(Request::new("zebra", DOCUMENTS), &CallOptions::new("bm25")).unwrap();
        assert_eq!(response.ranking, (0..4).map(|index| Ranked::new(index, 0.0)).collect::<Vec<_>>());
        let [Warning::Note(note)] = response.warnings.as_slice() else { panic!("{:?}", response.warnings) };
        assert!(note.starts_with("no word of the query"));
    }

    #[test]
    fn an_unknown_language_is_named() {
        let failure = Bm25::rerank(Request::new("fox", DOCUMENTS), &in_language("klingon")).unwrap_err();
        let FailureKind::InvalidInput(bad) = failure.kind else { panic!("{failure:?}") };
        assert_eq!(bad.field, "provider-options.language");
        assert!(bad.reason.starts_with("must be one of none, arabic, "), "{}", bad.reason);
    }

    proptest! {
        #[test]
        fn a_ranking_is_a_permutation_in_descending_order(
            query in "[a-e ]{1,12}",
            documents in prop::collection::vec("[a-e ]{0,20}", 1..30),
        ) {
            let count = documents.len();
            let ranking = Bm25::rerank(Request::new(query, documents), &CallOptions::new("bm25")).unwrap().ranking;
            prop_assert!(ranking.iter().all(|ranked| ranked.score.is_finite() && ranked.score >= 0.0));
            let before = |one: &Ranked, other: &Ranked| {
                one.score > other.score || (one.score == other.score && one.index < other.index)
            };
            prop_assert!(ranking.is_sorted_by(before));
            let mut indices: Vec<usize> = ranking.iter().map(|ranked| ranked.index as usize).collect();
            indices.sort_unstable();
            prop_assert_eq!(indices, (0..count).collect::<Vec<_>>());
        }
    }
}
