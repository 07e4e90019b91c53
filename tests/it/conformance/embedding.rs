//! Embedders.

use palisade::{
    Capability, ErrorClass, ErrorKind, Limits, Media, ProviderHandle, Registration,
    embedding::{Request, Response},
};

use super::{assert_field, knows, those_who};
use crate::support::{behaving, with};

fn embedders() -> Vec<ProviderHandle> {
    those_who(Capability::Embedding)
}

async fn vectors(embedder: &ProviderHandle, request: Request) -> Response {
    embedder.embedding(request).await.unwrap_or_else(|error| panic!("{}: {error}", embedder.id())).response
}

fn cosine(left: &[f32], right: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(left, right) / (dot(left, left) * dot(right, right)).sqrt()
}

#[tokio::test]
async fn texts_that_mean_the_same_are_nearer_than_others() {
    let texts = ["how do I reset my password", "resetting a forgotten password", "opening hours of the public library"];
    for embedder in embedders() {
        let made = vectors(&embedder, Request::new(texts)).await.vectors;
        let (near, far) = (cosine(&made[0], &made[1]), cosine(&made[0], &made[2]));
        assert!(near > far + 0.1, "{}: {near} and {far}", embedder.id());
        assert_eq!(made, vectors(&embedder, Request::new(texts)).await.vectors, "{}", embedder.id());
    }
}

#[tokio::test]
async fn ten_thousand_texts_are_embedded() {
    let texts: Vec<_> = (0..10_000).map(|index| format!("text number {index}")).collect();
    for embedder in embedders() {
        let made = embedder.embedding(Request::new(texts.clone())).await.unwrap();
        assert_eq!(made.response.vectors.len(), 10_000);
        println!(
            "{}: 10,000 texts in {:?}, fuel {:?}",
            embedder.id(),
            made.report.resources.wall_time,
            made.report.resources.fuel
        );
    }
}

#[tokio::test]
async fn vectors_are_as_long_as_asked_for_or_it_is_said() {
    for embedder in embedders().iter().filter(|embedder| knows(embedder, "dimensions")) {
        for dimensions in [1, 8, 100, 4096, 65_536] {
            let request = Request { dimensions: Some(dimensions), ..Request::new(["a fox", ""]) };
            let made = vectors(embedder, request).await;
            let adjusted = made.warnings.iter().any(|warning| warning.to_string().starts_with("`dimensions`"));
            assert!(adjusted || made.vectors.iter().all(|vector| vector.len() == dimensions as usize));
        }
    }
}

#[tokio::test]
async fn a_request_that_nobody_can_serve_is_refused_with_its_field() {
    let cases = [
        ("items", Request::new::<&str>([])),
        ("items[1]", Request::new(["a".to_owned(), "x".repeat(10_000_000)])),
        ("items[0]", Request::new([Media { media_type: "image/png".to_owned(), data: vec![] }])),
        ("dimensions", Request { dimensions: Some(0), ..Request::new(["a"]) }),
        ("dimensions", Request { dimensions: Some(100_000), ..Request::new(["a"]) }),
    ];
    for embedder in embedders() {
        for (field, request) in &cases {
            assert_field(&embedder, &embedder.embedding(request.clone()).await.unwrap_err(), field);
        }
    }
}

#[tokio::test]
async fn any_item_is_embedded_or_refused_and_never_crashes() {
    let picture = Media { media_type: "image/png".to_owned(), data: b"\x89PNG nonsense".to_vec() };
    for embedder in embedders() {
        for text in ["", " ", "\0", "\u{10ffff}", &"x".repeat(1 << 20), &"many words ".repeat(50_000)] {
            vectors(&embedder, Request::new([text])).await;
        }
        if let Err(error) = embedder.embedding(Request::new([picture.clone()])).await {
            assert_eq!(error.kind().class(), ErrorClass::Request, "{}: {error}", embedder.id());
        }
    }
}

#[tokio::test]
async fn vectors_that_make_no_sense_are_bad_output() {
    for (behaviour, says) in [
        ("too-few-vectors", "0 vectors for 2 items"),
        ("empty-vectors", "empty, or of different lengths"),
        ("ragged-vectors", "empty, or of different lengths"),
        ("nan-vectors", "not a number"),
    ] {
        with(behaving(behaviour), async |embedder| {
            let error = embedder.embedding(Request::new(["a", "b"])).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BadOutput, "{behaviour}: {error}");
            assert!(error.message().contains(says), "{behaviour}: {error}");
        })
        .await;
    }
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_not_cut() {
    let small = Limits { memory_bytes: 4 << 20, ..Limits::default() };
    let registration: Registration = behaving("well-behaved").limits(small);
    with(registration, async |embedder| {
        let error = embedder.embedding(Request::new(vec!["x".repeat(1 << 20); 8])).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MemoryLimit, "{error}");
    })
    .await;
}
