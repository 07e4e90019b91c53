//! The capability `image-to-text`, which is a chat about a picture.

use palisade_guest::image_to_text::{Request, Response};
use palisade_guest::{CallOptions, Failure, ImageToText, Result, Usage, Warnings};
use serde_json::{Value, json};

use crate::{OpenAiCompatible, data_url, known, refusal, settings, upstream, usage};

impl ImageToText for OpenAiCompatible {
    fn read(request: Request, options: &CallOptions) -> Result<Response> {
        let model = settings::model(options)?;
        let mut warnings = options.warnings();
        let question = question(&request, &mut warnings)?;
        let picture = json!({"type": "image_url", "image_url": {"url": data_url::of(&request.image)?}});
        let content = json!([{"type": "text", "text": question}, picture]);
        let mut body = json!({"model": model.name, "messages": [{"role": "user", "content": content}]});
        if let (Some(most), Some(fields)) = (request.max_output_tokens, body.as_object_mut()) {
            let name = if known::reasons(&model.name) { "max_completion_tokens" } else { "max_tokens" };
            fields.insert(name.to_owned(), most.into());
        }
        let answer: Value = upstream::post("chat/completions", &body)?.json()?;
        if let Some(error) = answer.get("error").filter(|error| !error.is_null()) {
            return Err(refusal::within(error));
        }
        let text = answer.pointer("/choices/0/message/content").and_then(Value::as_str);
        match answer.pointer("/choices/0/finish_reason").and_then(Value::as_str) {
            Some("content_filter") => return Err(refusal::within(&json!({"code": "content_filter"}))),
            Some("length") => warnings.note("the text is cut at the limit of tokens"),
            _ => {}
        }
        let text = text.ok_or_else(|| Failure::incomplete("no text"))?;
        let used = answer.get("usage").map_or_else(Usage::none, usage::tokens);
        Ok(Response::new(text).usage(used).warnings(warnings.into_vec()))
    }
}

/// What the model is asked.
fn question(request: &Request, warnings: &mut Warnings) -> Result<String> {
    let prompt = request.prompt.as_deref();
    let mut question = match (request.task.as_deref(), prompt) {
        (Some("codes"), _) => return Err(Failure::unsupported(["task"])),
        (Some("ocr"), _) => "Write down all text in this picture as it stands there, and nothing else.".to_owned(),
        (Some("caption"), _) => "Describe this picture in one sentence.".to_owned(),
        (Some("answer"), None) => {
            return Err(Failure::invalid_input("prompt", "an answer needs a question"));
        }
        (None | Some("answer"), Some(prompt)) => return Ok(in_language(prompt.to_owned(), request)),
        (None, None) => "Describe this picture.".to_owned(),
        (Some(_), prompt) => {
            warnings.ignored("task")?;
            return Ok(in_language(prompt.unwrap_or("Describe this picture.").to_owned(), request));
        }
    };
    if let Some(prompt) = prompt {
        question = format!("{question} {prompt}");
    }
    Ok(in_language(question, request))
}

fn in_language(question: String, request: &Request) -> String {
    match &request.language {
        Some(language) => format!("{question}\n\nAnswer in the language with the BCP 47 tag {language}."),
        None => question,
    }
}

#[cfg(test)]
mod tests {
    use palisade_guest::http::Answer;
    use palisade_guest::{FailureKind, Media, Submitted, Warning};

    use super::*;
    use crate::testing::upstream;

    fn request() -> Request {
        Request::new(Media::new("image/png", vec![0, 255]).unwrap())
    }

    fn read(request: Request, answer: &Value) -> (Result<Response>, Value) {
        let sent = upstream("chat/completions", Answer::json(200, answer));
        let read = OpenAiCompatible::read(request, &CallOptions::new("gpt-4.1"));
        let body = sent.borrow().first().map_or(Value::Null, |sent| sent.json());
        (read, body)
    }

    fn said(text: &str, reason: &str) -> Value {
        json!({
            "choices": [{"message": {"content": text}, "finish_reason": reason}],
            "usage": {"prompt_tokens": 9, "completion_tokens": 3},
        })
    }

    #[test]
    fn a_picture_is_asked_about() {
        let request = Request { prompt: Some("what?".into()), max_output_tokens: Some(5), ..request() };
        let (response, body) = read(request, &said("a fox", "stop"));
        let response = response.unwrap();
        assert_eq!((response.text.as_str(), response.usage.items.len()), ("a fox", 3));
        let content = json!([
            {"type": "text", "text": "what?"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AP8="}},
        ]);
        let messages = json!([{"role": "user", "content": content}]);
        assert_eq!(body, json!({"model": "gpt-4.1", "max_tokens": 5, "messages": messages}));
    }

    #[test]
    fn a_task_is_put_into_words() {
        let asked = |task: Option<&str>, prompt: Option<&str>, language: Option<&str>| {
            let own = |text: Option<&str>| text.map(str::to_owned);
            let request = Request { task: own(task), prompt: own(prompt), language: own(language), ..request() };
            let mut warnings = CallOptions::new("m").warnings();
            question(&request, &mut warnings).map(|question| (question, warnings.into_vec().len()))
        };
        assert_eq!(asked(None, None, None).unwrap().0, "Describe this picture.");
        assert!(
            asked(Some("ocr"), Some("Skip the date."), Some("de"))
                .unwrap()
                .0
                .ends_with("Skip the date.\n\nAnswer in the language with the BCP 47 tag de.")
        );
        assert_eq!(asked(Some("count"), Some("How many?"), None).unwrap(), ("How many?".to_owned(), 1));
        assert_eq!(asked(Some("codes"), None, None).unwrap_err().kind, FailureKind::Unsupported(vec!["task".into()]));
        assert!(matches!(asked(Some("answer"), None, None).unwrap_err().kind, FailureKind::InvalidInput(_)));
    }

    #[test]
    fn what_was_withheld_cut_or_missing_is_said() {
        let (response, _) = read(request(), &said("", "content_filter"));
        assert_eq!(response.unwrap_err().kind, FailureKind::ContentPolicy(None));
        let (response, _) = read(request(), &said("a fo", "length"));
        assert!(matches!(response.unwrap().warnings.as_slice(), [Warning::Note(_)]));
        for answer in [json!({}), json!({"choices": []}), json!({"error": {"message": "no"}})] {
            let failure = read(request(), &answer).0.unwrap_err();
            assert!(matches!(failure.kind, FailureKind::BadOutput(_)), "{answer}");
            assert_eq!(failure.submitted, Submitted::Yes);
        }
    }
}
