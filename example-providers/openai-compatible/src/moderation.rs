//! The capability `moderation`.

use std::collections::BTreeMap;

use palisade_guest::moderation::{Category, Request, Response, Verdict};
use palisade_guest::{CallOptions, Content, Failure, Moderation, Result, Submitted, Usage};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{OpenAiCompatible, data_url, known, refusal, settings, upstream};

#[derive(Deserialize)]
struct Answer {
    results: Option<Vec<Judged>>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Judged {
    // None for what a model does not judge, such as a picture by a category of texts.
    categories: BTreeMap<String, Option<bool>>,
    #[serde(default)]
    category_scores: BTreeMap<String, Option<f64>>,
}

impl Moderation for OpenAiCompatible {
    fn moderate(request: Request, options: &CallOptions) -> Result<Response> {
        let model = settings::model(options)?;
        let texts: Option<Vec<&str>> = request.items.iter().map(text).collect();
        let inputs = match texts {
            Some(texts) => vec![(json!(texts), texts.len())],
            None if !known::judges_pictures(&model.name) => return Err(Failure::unsupported(["media"])),
            // What is sent together with a picture is judged together.
            None => request.items.iter().map(|item| Ok((part(item)?, 1))).collect::<Result<_>>()?,
        };
        let mut verdicts = Vec::with_capacity(request.items.len());
        let mut requests = 0_u32;
        for (input, count) in inputs {
            let judged = judge(&json!({"model": model.name, "input": input}), count).map_err(|failure| {
                // What came before has been served.
                if requests > 0 { failure.submitted(Submitted::Yes) } else { failure }
            })?;
            requests += 1;
            verdicts.extend(judged.into_iter().map(verdict));
        }
        Ok(Response::new(verdicts).usage(Usage::of("request", requests)))
    }
}

fn text(item: &Content) -> Option<&str> {
    match item {
        Content::Text(text) => Some(text),
        Content::Media(_) => None,
    }
}

fn part(item: &Content) -> Result<Value> {
    match item {
        Content::Text(text) => Ok(json!([{"type": "text", "text": text}])),
        Content::Media(media) if media.media_type().starts_with("image/") => {
            Ok(json!([{"type": "image_url", "image_url": {"url": data_url::of(media)?}}]))
        }
        Content::Media(_) => Err(Failure::unsupported(["media"])),
    }
}

fn judge(body: &Value, count: usize) -> Result<Vec<Judged>> {
    let answer: Answer = upstream::post("moderations", body)?.json()?;
    if let Some(error) = answer.error {
        return Err(refusal::within(&error));
    }
    let judged = answer.results.unwrap_or_default();
    if judged.len() == count { Ok(judged) } else { Err(Failure::incomplete("not one verdict for each item")) }
}

fn verdict(judged: Judged) -> Verdict {
    let Judged { categories, category_scores } = judged;
    let category = |(name, flagged): (String, Option<bool>)| {
        let flagged = flagged.unwrap_or_default();
        let score = category_scores.get(&name).copied().flatten().unwrap_or(if flagged { 1.0 } else { 0.0 });
        Category::new(name, flagged, score.clamp(0.0, 1.0))
    };
    Verdict::new(categories.into_iter().map(category))
}

#[cfg(test)]
mod tests {
    use palisade_guest::http::{Answer, HttpError, set_in_test};
    use palisade_guest::{FailureKind, Media};

    use super::*;
    use crate::testing::upstream;

    fn judged(flagged: bool) -> Value {
        json!({
            "flagged": flagged,
            "categories": {"violence": flagged, "illicit": null},
            "category_scores": {"violence": if flagged { 1.0000001 } else { 0.25 }, "illicit": null},
        })
    }

    fn moderate(items: Vec<Content>) -> Result<Response> {
        OpenAiCompatible::moderate(Request::new(items), &CallOptions::new("omni-moderation-latest"))
    }

    fn picture() -> Content {
        Media::new("image/png", vec![0, 255]).unwrap().into()
    }

    #[test]
    fn texts_are_judged_together() {
        let sent = upstream("moderations", Answer::json(200, &json!({"results": [judged(false), judged(true)]})));
        let response = moderate(vec!["nice".into(), "nasty".into()]).unwrap();
        assert_eq!(response.verdicts.iter().map(|verdict| verdict.flagged).collect::<Vec<_>>(), [false, true]);
        let category = |name: &str, flagged, score| Category::new(name, flagged, score);
        assert_eq!(response.verdicts[1].categories, [category("illicit", false, 0.0), category("violence", true, 1.0)]);
        assert_eq!(response.usage, Usage::of("request", 1));
        assert_eq!(sent.borrow()[0].json(), json!({"model": "omni-moderation-latest", "input": ["nice", "nasty"]}));
    }

    #[test]
    fn pictures_are_judged_one_by_one() {
        let sent = upstream("moderations", Answer::json(200, &json!({"results": [judged(true)]})));
        let response = moderate(vec!["nice".into(), picture()]).unwrap();
        assert_eq!((response.verdicts.len(), response.usage), (2, Usage::of("request", 2)));
        let expected = json!([{"type": "image_url", "image_url": {"url": "data:image/png;base64,AP8="}}]);
        assert_eq!(sent.borrow()[1].json()["input"], expected);
        palisade_guest::config::set_in_test("models", r#"{"moderation": ["guard"]}"#);
        let request = Request::new(vec![picture()]);
        let failure = OpenAiCompatible::moderate(request, &CallOptions::new("guard")).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unsupported(vec!["media".into()]));
    }

    #[test]
    fn a_verdict_for_each_item_or_none() {
        for answer in [json!({"results": [judged(false)]}), json!({}), json!({"results": [{}, {}]})] {
            upstream("moderations", Answer::json(200, &answer));
            let failure = moderate(vec!["a".into(), "b".into()]).unwrap_err();
            assert!(matches!(failure.kind, FailureKind::BadOutput(_)), "{answer}");
            assert_eq!(failure.submitted, Submitted::Yes);
        }
    }

    #[test]
    fn what_was_served_before_a_failure_is_not_forgotten() {
        palisade_guest::credentials::set_in_test("api-key", true);
        let count = std::cell::Cell::new(0);
        set_in_test(move |_| match count.replace(count.get() + 1) {
            0 => Ok(Answer::json(200, &json!({"results": [judged(false)]}))),
            _ => Err(HttpError::Denied("too many".into())),
        });
        assert_eq!(moderate(vec![picture(), picture()]).unwrap_err().submitted, Submitted::Yes);
    }
}
