//! The capability `embedding`.

use palisade_guest::embedding::{Request, Response};
use palisade_guest::{CallOptions, Content, Embedding, Failure, Result, Usage, Warning};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{OpenAiCompatible, known, refusal, settings, upstream, usage};

/// Most texts of a request.
const MAX_ITEMS: usize = 2048;

#[derive(Deserialize)]
struct Answer {
    data: Option<Vec<Vector>>,
    usage: Option<Value>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Vector {
    index: Option<usize>,
    embedding: Vec<f32>,
}

impl Embedding for OpenAiCompatible {
    fn embed(request: Request, options: &CallOptions) -> Result<Response> {
        let model = settings::model(options)?;
        let texts = texts(&request)?;
        let mut warnings = options.warnings();
        if request.task.is_some() {
            warnings.ignored("task")?;
        }
        let mut body = json!({"model": model.name, "input": texts, "encoding_format": "float"});
        let dimensions = request.dimensions.filter(|_| known::has_dimensions(&model.name));
        if dimensions != request.dimensions {
            warnings.ignored("dimensions")?;
        }
        if let (Some(dimensions), Some(fields)) = (dimensions, body.as_object_mut()) {
            fields.insert("dimensions".to_owned(), dimensions.into());
        }
        let answer: Answer = upstream::post("embeddings", &body)?.json()?;
        if let Some(error) = answer.error {
            return Err(refusal::within(&error));
        }
        let vectors = in_order(answer.data.unwrap_or_default(), texts.len())?;
        let mut warnings = warnings.into_vec();
        // Some servers take no notice, which is seen only now.
        let length = vectors.first().map_or(0, Vec::len);
        if dimensions.is_some_and(|asked| usize::try_from(asked) != Ok(length)) {
            warnings.push(Warning::AdjustedParameter(("dimensions".to_owned(), length.to_string())));
        }
        let used = answer.usage.map_or_else(Usage::none, |used| usage::tokens(&used));
        Ok(Response::new(vectors).usage(used).warnings(warnings))
    }
}

fn texts(request: &Request) -> Result<Vec<&str>> {
    if request.items.len() > MAX_ITEMS {
        let reason = format!("{} texts, and at most {MAX_ITEMS} are taken at one time", request.items.len());
        return Err(Failure::limit_exceeded("items", reason));
    }
    let texts = request.items.iter().map(|item| match item {
        Content::Text(text) => Ok(text.as_str()),
        Content::Media(_) => Err(Failure::unsupported(["media"])),
    });
    texts.collect()
}

/// The vectors in the order of the texts.
fn in_order(data: Vec<Vector>, count: usize) -> Result<Vec<Vec<f32>>> {
    let mut vectors = vec![None; count];
    for (place, vector) in data.into_iter().enumerate() {
        let place = vectors.get_mut(vector.index.unwrap_or(place));
        *place.ok_or_else(|| Failure::incomplete("a vector for a text that was not sent"))? = Some(vector.embedding);
    }
    let all: Option<Vec<_>> = vectors.into_iter().collect();
    all.ok_or_else(|| Failure::incomplete("fewer vectors than texts were sent"))
}

#[cfg(test)]
mod tests {
    use palisade_guest::http::Answer;
    use palisade_guest::{FailureKind, Media, Submitted};

    use super::*;
    use crate::testing::upstream;

    fn vectors(vectors: &Value) -> Answer {
        Answer::json(200, &json!({"data": vectors, "usage": {"prompt_tokens": 5, "total_tokens": 5}}))
    }

    fn embed(request: Request) -> Result<Response> {
        OpenAiCompatible::embed(request, &CallOptions::new("text-embedding-3-small"))
    }

    #[test]
    fn texts_are_embedded_together_and_stay_in_order() {
        let answer = json!([{"index": 1, "embedding": [3.0, 4.0]}, {"index": 0, "embedding": [1, 2]}]);
        let sent = upstream("embeddings", vectors(&answer));
        let response = embed(Request { dimensions: Some(2), ..Request::new(["a", "b"]) }).unwrap();
        assert_eq!(response.vectors, [[1.0, 2.0], [3.0, 4.0]]);
        assert_eq!(response.usage, Usage::of("input-token", 5).and("cached-input-token", 0));
        assert!(response.warnings.is_empty());
        let expected = json!({
            "model": "text-embedding-3-small", "input": ["a", "b"], "encoding_format": "float", "dimensions": 2,
        });
        assert_eq!(sent.borrow()[0].json(), expected);
    }

    #[test]
    fn what_was_not_heeded_is_said() {
        upstream("embeddings", vectors(&json!([{"embedding": [1, 2, 3]}])));
        let request = || Request { dimensions: Some(2), task: Some("query".into()), ..Request::new(["a"]) };
        let adjusted = Warning::AdjustedParameter(("dimensions".into(), "3".into()));
        let ignored = Warning::IgnoredParameter("task".into());
        assert_eq!(embed(request()).unwrap().warnings, [ignored, adjusted]);
        let strict = CallOptions { strict: true, ..CallOptions::new("text-embedding-3-small") };
        let failure = OpenAiCompatible::embed(request(), &strict).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unsupported(vec!["task".into()]));
    }

    #[test]
    fn vectors_that_are_missing_or_too_many_are_bad_output() {
        for answer in [
            json!([{"index": 0, "embedding": [1]}]),
            json!([{"index": 2, "embedding": [1]}]),
            json!(null),
            json!([{"index": 0, "embedding": ["x"]}]),
        ] {
            upstream("embeddings", vectors(&answer));
            let failure = embed(Request::new(["a", "b"])).unwrap_err();
            assert!(matches!(failure.kind, FailureKind::BadOutput(_)), "{answer}");
            assert_eq!(failure.submitted, Submitted::Yes);
        }
    }

    #[test]
    fn an_error_in_the_place_of_an_answer_is_a_failure() {
        upstream("embeddings", Answer::json(200, &json!({"error": {"code": "model_not_found"}})));
        assert_eq!(embed(Request::new(["a"])).unwrap_err().kind, FailureKind::ModelNotFound);
    }

    #[test]
    fn what_cannot_be_embedded_is_not_sent() {
        let picture = Media::new("image/png", vec![1]).unwrap();
        let failure = embed(Request::new([picture])).unwrap_err();
        assert_eq!((failure.kind, failure.submitted), (FailureKind::Unsupported(vec!["media".into()]), Submitted::No));
        let failure = embed(Request::new(vec!["a"; MAX_ITEMS + 1])).unwrap_err();
        assert!(matches!(failure.kind, FailureKind::LimitExceeded(_)));
    }
}
