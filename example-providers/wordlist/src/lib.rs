//! A provider that judges texts by a list of words.
//!
//! `words.txt` is the list and `term` reads it. `character` and `skeleton` bring texts into a form in which disguises are
//! off, a `window` at a time, and `matcher` finds the terms of each `category`.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

mod category;
mod character;
mod matcher;
mod skeleton;
mod term;
mod window;

use matcher::Matcher;
use palisade_guest::catalog::Model;
use palisade_guest::moderation::{Category, Request, Response, Verdict};
use palisade_guest::{CallOptions, Content, Description, Failure, Moderation, Provider, Result, Usage, config};

/// The setting with the score from which a category is flagged.
const THRESHOLD: &str = "threshold";

/// The score from which a category is flagged unless the operator says otherwise.
const DEFAULT_THRESHOLD: f64 = 0.5;

/// The setting with the operator's own terms.
const WORDS: &str = "words";

/// The provider. It knows English, and knows no irony: who quotes a threat makes one.
#[derive(Debug)]
pub struct Wordlist;

impl Provider for Wordlist {
    fn describe() -> Description {
        Description::new("wordlist")
            .summary("Scores texts for harassment, hate, violence, self-harm, sexual content, profanity and spam.")
            .config_schema(include_str!("config.schema.json"))
            .model(Model::new("wordlist").free())
    }
}

impl Moderation for Wordlist {
    fn moderate(request: Request, _: &CallOptions) -> Result<Response> {
        let texts = texts(&request)?;
        let threshold = threshold()?;
        let matcher = matcher()?;
        let verdict = |text: &&str| {
            Verdict::new(matcher.scores(text).map(|(category, score)| {
                // A threshold of 0 flags whatever was found, not what wasn't.
                Category::new(category.name(), score > 0.0 && score >= threshold, score)
            }))
        };
        let characters: usize = texts.iter().map(|text| text.chars().count()).sum();
        let characters = u32::try_from(characters).map_err(Failure::internal)?;
        let usage = Usage::of("request", 1).and("character", characters);
        Ok(Response::new(texts.iter().map(verdict)).usage(usage))
    }
}

palisade_guest::export!(Wordlist: moderation);

/// The texts of the request, which has nothing else.
fn texts(request: &Request) -> Result<Vec<&str>> {
    let texts = request.items.iter().map(|item| match item {
        Content::Text(text) => Ok(text.as_str()),
        Content::Media(_) => Err(Failure::unsupported(["media"])),
    });
    texts.collect()
}

fn threshold() -> Result<f64> {
    let threshold = config::parse(THRESHOLD)?.unwrap_or(DEFAULT_THRESHOLD);
    if (0.0..=1.0).contains(&threshold) {
        Ok(threshold)
    } else {
        Err(Failure::internal(format!("setting {THRESHOLD:?} is {threshold}: must be 0 to 1")))
    }
}

/// Looks for the built-in terms and the operator's.
fn matcher() -> Result<Matcher> {
    let mut terms = term::built_in().map_err(Failure::internal)?;
    if let Some(json) = config::get(WORDS) {
        let own = term::own(&json);
        terms.extend(own.map_err(|error| Failure::internal(format!("setting {WORDS:?}: {error}")))?);
    }
    Matcher::new(&terms).map_err(Failure::internal)
}

#[cfg(test)]
mod tests {
    use palisade_guest::{FailureKind, Media};

    use super::*;

    fn moderate(items: &[&str]) -> Result<Response> {
        let items = items.iter().map(|item| Content::Text((*item).to_owned()));
        Wordlist::moderate(Request::new(items), &CallOptions::new("wordlist"))
    }

    /// Names of the categories that are flagged, for each item.
    fn flagged(items: &[&str]) -> Vec<Vec<String>> {
        let verdicts = moderate(items).unwrap().verdicts.into_iter();
        verdicts
            .map(|verdict| {
                let names: Vec<String> = verdict
                    .categories
                    .into_iter()
                    .filter(|category| category.flagged)
                    .map(|category| category.name)
                    .collect();
                assert_eq!(verdict.flagged, !names.is_empty());
                names
            })
            .collect()
    }

    #[test]
    fn each_item_has_a_verdict_of_all_categories() {
        let response = moderate(&["Have a nice day", "I will kill you", "damn"]).unwrap();
        assert_eq!(response.verdicts.iter().map(|verdict| verdict.flagged).collect::<Vec<_>>(), [false, true, false]);
        assert!(response.verdicts.iter().all(|verdict| verdict.categories.len() == category::Category::ALL.len()));
        assert_eq!(response.usage, Usage::of("request", 1).and("character", 34));
    }

    #[test]
    fn weak_signs_add_up() {
        assert_eq!(flagged(&["You idiot.", "You stupid, pathetic idiot."]), [vec![], vec!["harassment".to_owned()]]);
    }

    #[test]
    fn the_operator_sets_the_threshold() {
        config::set_in_test(THRESHOLD, "0.3");
        assert_eq!(flagged(&["damn"]), [["profanity"]]);
        config::set_in_test(THRESHOLD, "0");
        assert_eq!(flagged(&["nice", "hell"]), [vec![], vec!["profanity".to_owned()]]);
        for wrong in ["1.5", "NaN", "high"] {
            config::set_in_test(THRESHOLD, wrong);
            assert!(moderate(&["nice"]).unwrap_err().message.contains(THRESHOLD), "{wrong}");
        }
    }

    #[test]
    fn the_operator_adds_words() {
        config::set_in_test(WORDS, r#"[{"category": "hate", "weight": 0.9, "term": "sassenach"}]"#);
        assert_eq!(flagged(&["You Sassenach!"]), [["hate"]]);
        config::set_in_test(WORDS, "sassenach");
        assert!(moderate(&["nice"]).unwrap_err().message.starts_with("setting \"words\": "));
    }

    #[test]
    fn pictures_are_refused() {
        let items = [Content::Text("nice".into()), Content::Media(Media::new("image/png", vec![1]).unwrap())];
        let failure = Wordlist::moderate(Request::new(items), &CallOptions::new("wordlist")).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unsupported(vec!["media".into()]));
    }

    #[test]
    fn many_items_are_judged() {
        let items = vec!["what a damn sh1t"; 10_000];
        assert!(flagged(&items).iter().all(|names| names == &["profanity"]));
    }
}
