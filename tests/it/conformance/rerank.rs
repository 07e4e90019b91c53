//! Rankers.

use palisade::{Capability, ErrorKind, ProviderHandle, rerank::Request};

use super::{assert_field, those_who};
use crate::support::{behaving, with};

const DOCUMENTS: [&str; 3] = ["Dogs run in the park.", "The library opens at nine.", "Open the door."];

fn rankers() -> Vec<ProviderHandle> {
    those_who(Capability::Rerank)
}

fn question() -> Request {
    Request::new("when does the library open", DOCUMENTS)
}

#[tokio::test]
async fn the_document_that_answers_comes_first() {
    for ranker in rankers() {
        let ranking = ranker.rerank(question()).await.unwrap().response.ranking;
        assert_eq!((ranking.len(), ranking[0].index), (3, 1), "{}", ranker.id());
        assert!(ranking[0].score > ranking[2].score, "{}", ranker.id());
    }
}

#[tokio::test]
async fn as_many_are_given_as_are_asked_for() {
    for ranker in rankers() {
        for (top_n, given) in [(1, 1), (3, 3), (1000, 3), (u32::MAX, 3)] {
            let made = ranker.rerank(Request { top_n: Some(top_n), ..question() }).await.unwrap();
            assert_eq!(made.response.ranking.len(), given, "{}", ranker.id());
        }
    }
}

#[tokio::test]
async fn ten_thousand_documents_are_ranked() {
    let documents: Vec<_> = (0..10_000).map(|index| format!("document number {index} of many")).collect();
    for ranker in rankers() {
        let made = ranker.rerank(Request::new("number 4711", documents.clone())).await.unwrap();
        assert_eq!(made.response.ranking[0].index, 4711, "{}", ranker.id());
    }
}

#[tokio::test]
async fn a_request_that_nobody_can_serve_is_refused_with_its_field() {
    let cases = [
        ("query", Request::new(" ", DOCUMENTS)),
        ("query", Request::new("x".repeat(10_000_000), DOCUMENTS)),
        ("documents", Request::new::<&str>("fox", [])),
        ("documents[1]", Request::new("fox", ["a".to_owned(), "x".repeat(10_000_000)])),
        ("top-n", Request { top_n: Some(0), ..question() }),
    ];
    for ranker in rankers() {
        for (field, request) in &cases {
            assert_field(&ranker, &ranker.rerank(request.clone()).await.unwrap_err(), field);
        }
    }
}

#[tokio::test]
async fn any_text_is_ranked_and_never_crashes() {
    let texts = ["", " ", "\0\u{7}", "雪の中の赤い狐", "\u{202e}שלום", &"x".repeat(1 << 20)];
    for ranker in rankers() {
        for query in &texts[2..] {
            let made = ranker.rerank(Request::new(*query, texts)).await;
            made.unwrap_or_else(|error| panic!("{}: {error}", ranker.id()));
        }
    }
}

#[tokio::test]
async fn an_order_that_is_none_is_bad_output() {
    for (behaviour, says) in [
        ("same-document-twice", "document 0 twice"),
        ("document-from-elsewhere", "document 3 of 3"),
        ("ascending-scores", "do not descend"),
        ("too-few-documents", "0 of 3 documents"),
    ] {
        with(behaving(behaviour), async |ranker| {
            let error = ranker.rerank(question()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BadOutput, "{behaviour}: {error}");
            assert!(error.message().contains(says), "{behaviour}: {error}");
        })
        .await;
    }
}
