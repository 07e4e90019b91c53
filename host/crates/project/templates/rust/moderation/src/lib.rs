//! Finds profanity by a list of words.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

use palisade_guest::moderation::{Category, Request, Response, Verdict};
use palisade_guest::{CallOptions, Content, Description, Failure, Model, Moderation, Provider, Result};

const WORDS: [&str; 2] = ["damn", "heck"];

/// The provider.
pub struct MyProvider;

impl Provider for MyProvider {
    fn describe() -> Description {
        Description::new("my-provider").summary("Finds profanity by a list of words.").model(Model::new("words").free())
    }
}

impl Moderation for MyProvider {
    fn moderate(request: Request, _: &CallOptions) -> Result<Response> {
        let verdicts: Vec<_> = request.items.iter().map(verdict).collect::<Result<_>>()?;
        Ok(Response::new(verdicts))
    }
}

palisade_guest::export!(MyProvider: moderation);

/// Flags a text that holds a word of the list.
fn verdict(item: &Content) -> Result<Verdict> {
    let Content::Text(text) = item else { return Err(Failure::unsupported(["media"])) };
    let found = text.split_whitespace().any(|word| WORDS.contains(&word.to_lowercase().as_str()));
    Ok(Verdict::new([Category::new("profanity", found, f64::from(u8::from(found)))]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_the_list_is_flagged() {
        let request = Request::new(["a red fox", "what the heck"]);
        let response = MyProvider::moderate(request, &CallOptions::new("words")).unwrap();
        let flagged: Vec<_> = response.verdicts.iter().map(|verdict| verdict.flagged).collect();
        assert_eq!(flagged, [false, true]);
    }
}
