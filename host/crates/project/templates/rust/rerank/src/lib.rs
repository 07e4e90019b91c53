//! Orders documents by how many words they share with the query.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

use std::collections::BTreeSet;

use palisade_guest::catalog::Model;
use palisade_guest::rerank::{Ranked, Request, Response};
use palisade_guest::{CallOptions, Description, Provider, Rerank, Result};

/// The provider.
#[derive(Debug)]
pub struct MyProvider;

impl Provider for MyProvider {
    fn describe() -> Description {
        let summary = "Orders documents by how many words they share with the query.";
        Description::new("my-provider").summary(summary).model(Model::new("overlap").free())
    }
}

impl Rerank for MyProvider {
    fn rerank(request: Request, _: &CallOptions) -> Result<Response> {
        let query = words(&request.query);
        let shared = |document: &String| words(document).intersection(&query).fold(0.0, |sum, _| sum + 1.0);
        let scores = request.documents.iter().map(shared);
        let mut ranking: Vec<_> = (0..).zip(scores).map(|(index, score)| Ranked::new(index, score)).collect();
        ranking.sort_by(|left, right| right.score.total_cmp(&left.score));
        ranking.truncate(request.top_n.map_or(usize::MAX, |most| most as usize));
        Ok(Response::new(ranking))
    }
}

palisade_guest::export!(MyProvider: rerank);

fn words(text: &str) -> BTreeSet<String> {
    text.split_whitespace().map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_with_the_most_words_of_the_query_is_first() {
        let request = Request { top_n: Some(2), ..Request::new("red fox", ["a grey wolf", "a red fox", "a red hen"]) };
        let response = MyProvider::rerank(request, &CallOptions::new("overlap"));
        let order = response.map(|response| response.ranking.iter().map(|ranked| ranked.index).collect::<Vec<_>>());
        assert_eq!(order, Ok(vec![1, 2]));
    }
}
