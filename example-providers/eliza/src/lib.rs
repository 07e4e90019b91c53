//! A provider that answers as Joseph Weizenbaum's ELIZA of 1966 did: a listener who turns what is said into questions.
//!
//! `script.txt` says what she listens for. `words` splits what is said, `substitute` turns it round, `pattern` takes it
//! apart, `answer` puts an answer together, and `ending` cuts it as the caller wants it.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

mod answer;
mod ending;
mod pattern;
mod script;
mod substitute;
mod words;

use answer::Conversation;
use palisade_guest::catalog::{Model, ParamSpec};
use palisade_guest::chat::{Event, Finish, FinishReason, Message, Part, Request, Response, Role};
use palisade_guest::{CallOptions, Chat, Description, Failure, Provider, Random, Result, Usage, Warnings};
use script::Script;

/// The provider. What it calls a token is a word, that is, whatever stands between white space.
#[derive(Debug)]
pub struct Eliza;

impl Provider for Eliza {
    fn describe() -> Description {
        let stop = r#"{"type":"array","items":{"type":"string"}}"#;
        let mut model = Model::new("eliza").free().seed().int("max-output-tokens", 1..=i32::MAX);
        model = model.param("stop", ParamSpec::Schema(stop.to_owned()));
        model.context_tokens = Some(1_000_000);
        Description::new("eliza").summary("Turns what you say into questions, as ELIZA did in 1966.").model(model)
    }
}

impl Chat for Eliza {
    fn reply(request: Request, options: &CallOptions) -> Result<Response> {
        if !request.messages.last().is_some_and(|message| matches!(message.role, Role::User | Role::Tool)) {
            return Err(Failure::invalid_input("messages", "the last message must be from the user or a tool"));
        }
        let warnings = warn(&request, options)?;
        let script = Script::load().map_err(Failure::internal)?;
        let conversation =
            Conversation { said: texts(&request, Role::User), answered: texts(&request, Role::Assistant) };
        let answer = conversation.answer(&script, &mut Random::new(seed(&request, &conversation)));
        let ending = ending::end(&answer, &request.stop, request.max_output_tokens);
        let reason = if ending.too_long { FinishReason::Length } else { FinishReason::Stop };
        let asked = request.messages.iter().map(|message| words::count(&message.text())).sum();
        let usage =
            Usage::none().and("input-token", quantity(asked)?).and("output-token", quantity(ending.pieces.len())?);
        let finish = Finish::new(reason).usage(usage).warnings(warnings.into_vec());
        let words = ending.pieces.into_iter().map(Event::text);
        Ok(Response::stream(words.chain([Event::finish(finish)]).map(Ok)))
    }
}

palisade_guest::export!(Eliza: chat);

/// Warns of what ELIZA does not heed and no model could list.
fn warn(request: &Request, options: &CallOptions) -> Result<Warnings> {
    let media = |message: &Message| message.parts.iter().any(|part| matches!(part, Part::Media(_)));
    let mut warnings = options.warnings();
    for (ignored, parameter) in [
        (request.messages.iter().any(|message| matches!(message.role, Role::System)), "system"),
        (request.messages.iter().any(media), "media"),
    ] {
        if ignored {
            warnings.ignored(parameter)?;
        }
    }
    Ok(warnings)
}

/// The text of each message of this role, oldest first.
fn texts(request: &Request, role: Role) -> Vec<String> {
    request.messages.iter().filter(|message| message.role == role).map(Message::text).collect()
}

/// Differs from turn to turn, so that a caller who always sends the same seed is not always given the same answer.
fn seed(request: &Request, conversation: &Conversation) -> u64 {
    let bytes = conversation.said.iter().chain(&conversation.answered).flat_map(|text| text.bytes());
    // FNV-1a, which is stable across versions and languages.
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    hash ^ request.seed.unwrap_or_default()
}

fn quantity(count: usize) -> Result<u32> {
    u32::try_from(count).map_err(Failure::internal)
}

#[cfg(test)]
mod tests {
    use palisade_guest::chat::{self, Tool, ToolChoice};
    use palisade_guest::{FailureKind, Media, Warning};

    use super::*;

    fn options() -> CallOptions {
        CallOptions::new("eliza")
    }

    /// The events of the text, and the finish.
    fn reply(request: Request) -> (Vec<String>, Finish) {
        let mut texts = Vec::new();
        for event in chat::reply::<Eliza>(request, &options()).unwrap() {
            match event.unwrap() {
                Event::Text(text) => texts.push(text),
                Event::Finish(finish) => return (texts, finish),
                other => panic!("{other:?}"),
            }
        }
        panic!("no finish")
    }

    fn everything_ignored() -> Request {
        let mut request = Request::new("I am sad.");
        request.messages.insert(0, Message::system("You are a pirate."));
        request.messages[1].parts.push(Part::Media(Media::new("image/png", vec![1]).unwrap()));
        request.tools = vec![Tool { name: "sum".into(), description: String::new(), parameters: "{}".into() }];
        request.response_schema = Some("{}".into());
        request.temperature = Some(1.0);
        request.top_p = Some(0.5);
        request
    }

    #[test]
    fn an_answer_comes_word_by_word_with_its_usage() {
        let (texts, finish) = reply(Request::new("I remember the summer in Rome."));
        assert!(texts.len() > 3 && texts[1..].iter().all(|text| text.starts_with(' ')), "{texts:?}");
        let output = u32::try_from(texts.len()).unwrap();
        assert_eq!(finish.usage, Usage::none().and("input-token", 6).and("output-token", output));
        assert!(matches!(finish.reason, FinishReason::Stop) && finish.warnings.is_empty());
    }

    #[test]
    fn the_same_request_gets_the_same_answer_and_seeds_differ() {
        let with_seed = |seed| {
            let mut request = Request::new("I am unhappy.");
            request.seed = seed;
            reply(request).0
        };
        assert_eq!(with_seed(None), with_seed(None));
        assert_eq!(with_seed(Some(3)), with_seed(Some(3)));
        let answers: std::collections::BTreeSet<_> = (0..20).map(|seed| with_seed(Some(seed))).collect();
        assert_eq!(answers.len(), 4, "one for each that the script has");
    }

    #[test]
    fn limits_and_stop_texts_end_an_answer() {
        let request = |stop: &[String]| {
            let stop = stop.to_vec();
            Request { max_output_tokens: Some(2), stop, ..Request::new("Because.") }
        };
        let (texts, finish) = reply(request(&[]));
        assert_eq!(texts.len(), 2);
        assert!(matches!(finish.reason, FinishReason::Length));

        let (texts, finish) = reply(request(&texts[1..]));
        assert_eq!(texts.len(), 1);
        assert!(matches!(finish.reason, FinishReason::Stop));
    }

    #[test]
    fn what_is_ignored_is_said() {
        let expected = ["tools", "temperature", "top-p", "response-schema", "system", "media"];
        let (_, finish) = reply(everything_ignored());
        assert_eq!(finish.warnings, expected.map(|parameter| Warning::IgnoredParameter(parameter.into())));
    }

    #[test]
    fn tools_that_are_not_to_be_used_are_not_missed() {
        let mut request = Request { tool_choice: ToolChoice::None, ..everything_ignored() };
        request.messages.truncate(2);
        assert!(!reply(request).1.warnings.contains(&Warning::IgnoredParameter("tools".into())));
    }

    #[test]
    fn what_cannot_be_done_is_refused() {
        let failure = |request, options: &CallOptions| chat::reply::<Eliza>(request, options).unwrap_err().kind;
        let strict = CallOptions { strict: true, ..options() };
        assert_eq!(failure(everything_ignored(), &strict), FailureKind::Unsupported(vec!["tools".into()]));
        for tool_choice in [ToolChoice::Required, ToolChoice::Named("sum".into())] {
            let request = Request { tool_choice, ..everything_ignored() };
            assert_eq!(failure(request, &options()), FailureKind::Unsupported(vec!["tool-choice".into()]));
        }
    }

    #[test]
    fn the_user_has_the_last_word_before_an_answer() {
        let mut request = Request::new("Hello.");
        request.messages.push(Message::assistant("How do you do."));
        let FailureKind::InvalidInput(bad) = Eliza::reply(request, &options()).unwrap_err().kind else {
            panic!("another kind");
        };
        assert_eq!(bad.field, "messages");
    }

    #[test]
    fn a_result_of_a_tool_leaves_the_question_where_it_was() {
        let mut request = Request::new("My dog remembers me.");
        request.messages.push(Message::new(Role::Tool, "{}"));
        assert!(!reply(request).0.is_empty());
    }
}
