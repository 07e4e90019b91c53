//! Turns texts into vectors by the letters that they hold.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

use palisade_guest::embedding::{Request, Response};
use palisade_guest::{CallOptions, Content, Description, Embedding, Failure, Model, Provider, Result};

/// The provider.
#[derive(Debug)]
pub struct MyProvider;

impl Provider for MyProvider {
    fn describe() -> Description {
        let summary = "Turns texts into vectors by the letters that they hold.";
        Description::new("my-provider").summary(summary).model(Model::new("letters").free())
    }
}

impl Embedding for MyProvider {
    fn embed(request: Request, _: &CallOptions) -> Result<Response> {
        let vectors: Vec<_> = request.items.iter().map(vector).collect::<Result<_>>()?;
        Ok(Response::new(vectors))
    }
}

palisade_guest::export!(MyProvider: embedding);

/// How often each letter comes, as a vector of length 1.
fn vector(item: &Content) -> Result<Vec<f32>> {
    let Content::Text(text) = item else { return Err(Failure::unsupported(["media"])) };
    let counts: Vec<f32> = ('a'..='z')
        .map(|letter| text.chars().filter(|other| other.eq_ignore_ascii_case(&letter)).fold(1.0, |sum, _| sum + 1.0))
        .collect();
    let length = counts.iter().map(|count| count * count).sum::<f32>().sqrt();
    Ok(counts.iter().map(|count| count / length).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_has_a_vector_of_length_one() {
        for text in ["a red fox", ""] {
            let vector = vector(&Content::from(text)).unwrap_or_default();
            assert_eq!(vector.len(), 26);
            assert!((vector.iter().map(|number| number * number).sum::<f32>() - 1.0).abs() < 1e-5);
        }
    }
}
