//! A provider that turns texts into vectors by feature hashing, without a network or a trained model.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

mod features;
mod vector;

use palisade_guest::catalog::Model;
use palisade_guest::embedding::{Request, Response};
use palisade_guest::{CallOptions, Content, Description, Embedding, Failure, Provider, Result, Usage};

/// Lengths of vectors that the model gives.
const DIMENSIONS: std::ops::RangeInclusive<u16> = 8..=4096;

const DEFAULT_DIMENSIONS: u32 = 256;

/// A host takes 32 MiB in one answer unless it is set up otherwise, and a number takes four bytes.
const MAX_NUMBERS: usize = 8_000_000;

/// The hashes of the pieces of a text are held all at once, at eight bytes each.
const MAX_TEXT_BYTES: usize = 4 << 20;

/// The provider.
#[derive(Debug)]
pub struct HashEmbed;

impl Provider for HashEmbed {
    fn describe() -> Description {
        Description::new("hash-embed")
            .summary("Turns texts into vectors by hashing their words and pieces of words.")
            .model(
                Model::new("hash-embed")
                    .free()
                    .int("dimensions", i32::from(*DIMENSIONS.start())..=i32::from(*DIMENSIONS.end())),
            )
    }
}

impl Embedding for HashEmbed {
    fn embed(request: Request, options: &CallOptions) -> Result<Response> {
        let mut warnings = options.warnings();
        let wanted = request.dimensions.unwrap_or(DEFAULT_DIMENSIONS);
        let dimensions = wanted.clamp(u32::from(*DIMENSIONS.start()), u32::from(*DIMENSIONS.end()));
        if dimensions != wanted {
            warnings.adjusted("dimensions", dimensions.to_string())?;
        }
        let texts = texts(&request.items)?;
        let dimensions = dimensions as usize;
        if texts.len().saturating_mul(dimensions) > MAX_NUMBERS {
            let most = MAX_NUMBERS / dimensions;
            return Err(Failure::limit_exceeded(
                "items",
                format!("at most {most} of {dimensions} dimensions at a time"),
            ));
        }
        let characters: usize = texts.iter().map(|text| text.chars().count()).sum();
        Ok(Response::new(texts.iter().map(|text| vector::embed(text, dimensions)))
            .usage(Usage::of("character", u32::try_from(characters).unwrap_or(u32::MAX)))
            .warnings(warnings.into_vec()))
    }
}

palisade_guest::export!(HashEmbed: embedding);

fn texts(items: &[Content]) -> Result<Vec<&str>> {
    items
        .iter()
        .enumerate()
        .map(|(index, item)| match item {
            Content::Text(text) if text.len() > MAX_TEXT_BYTES => {
                Err(Failure::limit_exceeded(format!("items[{index}]"), format!("at most {MAX_TEXT_BYTES} bytes")))
            }
            Content::Text(text) => Ok(text.as_str()),
            Content::Media(_) => Err(Failure::unsupported(["media"])),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use palisade_guest::{FailureKind, Media, Warning, embedding};

    use super::*;

    fn strict() -> CallOptions {
        CallOptions { strict: true, ..CallOptions::new("hash-embed") }
    }

    fn request(dimensions: u32) -> Request {
        Request { dimensions: Some(dimensions), ..Request::new(["a fox"]) }
    }

    #[test]
    fn every_item_has_a_vector_of_the_wanted_length() {
        let options = CallOptions::new("hash-embed");
        let response = HashEmbed::embed(Request::new(["a fox", "", "ein Bär"]), &options).unwrap();
        assert_eq!(response.vectors.iter().map(Vec::len).collect::<Vec<_>>(), [256; 3]);
        assert_eq!(response.usage, Usage::of("character", 12));
        assert_eq!(HashEmbed::embed(request(8), &options).unwrap().vectors[0].len(), 8);
        assert_eq!(HashEmbed::embed(request(4096), &options).unwrap().vectors[0].len(), 4096);
    }

    #[test]
    fn the_nearest_length_is_taken_unless_the_caller_is_strict() {
        for (wanted, used) in [(0, 8), (7, 8), (4097, 4096), (u32::MAX, 4096)] {
            let response = HashEmbed::embed(request(wanted), &CallOptions::new("hash-embed")).unwrap();
            assert_eq!(response.vectors[0].len(), used);
            assert_eq!(response.warnings, [Warning::AdjustedParameter(("dimensions".into(), used.to_string()))]);
            let FailureKind::LimitExceeded(bad) = HashEmbed::embed(request(wanted), &strict()).unwrap_err().kind else {
                panic!("another kind");
            };
            assert_eq!(bad.field, "dimensions");
        }
    }

    #[test]
    fn a_task_has_no_effect() {
        let request = || Request { task: Some("query".into()), ..Request::new(["a fox"]) };
        let response = embedding::embed::<HashEmbed>(request(), &CallOptions::new("hash-embed")).unwrap();
        assert_eq!(response.warnings, [Warning::IgnoredParameter("task".into())]);
        let refused = embedding::embed::<HashEmbed>(request(), &strict()).unwrap_err();
        assert!(matches!(refused.kind, FailureKind::Unsupported(_)));
    }

    #[test]
    fn media_is_refused() {
        let picture = Media::new("image/png", vec![0]).unwrap();
        let items = vec![Content::Text("a fox".into()), Content::Media(picture)];
        let request = Request { items, dimensions: None, task: None };
        let failure = HashEmbed::embed(request, &CallOptions::new("hash-embed")).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unsupported(vec!["media".into()]));
    }

    #[test]
    fn what_does_not_fit_is_refused_before_the_work() {
        let field = |request| match HashEmbed::embed(request, &CallOptions::new("hash-embed")).unwrap_err().kind {
            FailureKind::LimitExceeded(bad) => bad.field,
            other => panic!("{other:?}"),
        };
        assert_eq!(field(Request { dimensions: Some(4096), ..Request::new(vec!["x"; 2000]) }), "items");
        assert_eq!(field(Request::new(["x".to_owned(), "x".repeat(MAX_TEXT_BYTES + 1)])), "items[1]");
    }
}
