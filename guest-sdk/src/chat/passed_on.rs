//! What providers need that pass a conversation on to an upstream.

use std::collections::VecDeque;

use serde_json::Value;

use super::{Event, Request, Response, Tool};
use crate::http::{self, Pieces};
use crate::{Failure, Result, sse};

/// Makes events of an answer of those that an upstream streams. What it makes is kept by the caller until the host asks
/// for it.
pub trait Translate {
    /// Reads one event of the upstream, adds what it comes to, and says whether it was the last.
    ///
    /// # Errors
    /// When the event is a failure or cannot be read, which ends the answer.
    fn event(&mut self, event: &sse::Event, answer: &mut VecDeque<Event>) -> Result<bool>;

    /// The stream is over, and no event was the last.
    ///
    /// # Errors
    /// When something is missing.
    fn end(&mut self, answer: &mut VecDeque<Event>) -> Result<()>;
}

struct Translated<T> {
    /// None when all has come.
    source: Option<sse::Events<Pieces>>,
    translate: T,
    ready: VecDeque<Event>,
    upstream_id: Option<String>,
}

impl Response {
    /// An answer that an upstream streams as server-sent events. A failure says what the upstream calls the request.
    pub fn translated(upstream: http::Response, translate: impl Translate + 'static) -> Self {
        let upstream_id = upstream.upstream_id().map(str::to_owned);
        Self::stream(Translated { source: Some(upstream.events()), translate, ready: VecDeque::new(), upstream_id })
    }
}

impl<T: Translate> Translated<T> {
    fn advance(&mut self) -> Result<()> {
        let is_over = match self.source.as_mut().and_then(Iterator::next) {
            Some(event) => self.translate.event(&event?, &mut self.ready)?,
            None => {
                self.translate.end(&mut self.ready)?;
                true
            }
        };
        if is_over {
            self.source = None;
        }
        Ok(())
    }
}

impl<T: Translate> Iterator for Translated<T> {
    type Item = Result<Event>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(Ok(event));
            }
            self.source.as_ref()?;
            if let Err(failure) = self.advance() {
                self.source = None;
                let id = failure.upstream_id.clone().or_else(|| self.upstream_id.take());
                return Some(Err(failure.upstream_id(id)));
            }
        }
    }
}

impl Request {
    /// The schema that the answer must follow, when there is one.
    ///
    /// # Errors
    /// `invalid-input` when it is no JSON.
    pub fn answer_schema(&self) -> Result<Option<Value>> {
        self.response_schema.as_deref().map(|schema| parse("response-schema", schema)).transpose()
    }
}

impl Tool {
    /// The schema of its arguments.
    ///
    /// # Errors
    /// `invalid-input` when it is no JSON.
    pub fn schema(&self) -> Result<Value> {
        parse("tools", &self.parameters)
    }
}

impl Failure {
    /// A part of a message is of a kind that whoever speaks cannot say; by their places, counted from 0.
    #[must_use]
    pub fn misplaced(message: usize, part: usize) -> Self {
        let field = format!("messages[{message}].parts[{part}]");
        Self::invalid_input(field, "this kind of part is not said in this role")
    }
}

fn parse(field: &str, json: &str) -> Result<Value> {
    serde_json::from_str(json).map_err(|error| Failure::invalid_input(field, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::FinishReason;
    use crate::http::{Answer, HttpError, set_in_test};
    use crate::{FailureKind, Submitted};

    /// Says what comes, and is over with `end`.
    struct Repeat;

    impl Translate for Repeat {
        fn event(&mut self, event: &sse::Event, answer: &mut VecDeque<Event>) -> Result<bool> {
            if event.data == "end" {
                self.end(answer)?;
                return Ok(true);
            }
            answer.extend(event.data.split(' ').map(Event::text));
            Ok(false)
        }

        fn end(&mut self, answer: &mut VecDeque<Event>) -> Result<()> {
            answer.push_back(Event::finish(FinishReason::Stop));
            Ok(())
        }
    }

    fn translated(answer: Answer) -> Response {
        set_in_test(move |_| Ok(answer.clone().header("request-id", "r1")));
        Response::translated(http::Request::get("https://a.example/").send().unwrap(), Repeat)
    }

    #[test]
    fn one_event_may_come_to_several_and_the_last_is_the_end() {
        for body in ["data: a b\n\ndata: end\n\ndata: c\n\n", "data: a b\n\n"] {
            let events = translated(Answer::new(200).cut(body, 3)).collect::<Result<Vec<_>>>().unwrap();
            assert_eq!(events, [Event::text("a"), Event::text("b"), Event::finish(FinishReason::Stop)]);
        }
    }

    #[test]
    fn a_failure_says_which_request_it_was() {
        let mut events = translated(Answer::new(200).piece("data: a\n\n").breaks(HttpError::Timeout));
        assert_eq!(events.next().unwrap().unwrap(), Event::text("a"));
        let failure = events.next().unwrap().unwrap_err();
        assert_eq!((failure.kind, failure.submitted), (FailureKind::Timeout, Submitted::Yes));
        assert_eq!(failure.upstream_id.as_deref(), Some("r1"));
        assert!(events.next().is_none());
    }

    #[test]
    fn schemas_are_json() {
        let request = |schema: &str| Request { response_schema: Some(schema.to_owned()), ..Request::new("") };
        assert_eq!(request("{}").answer_schema().unwrap(), Some(Value::Object(serde_json::Map::new())));
        assert_eq!(Request::new("").answer_schema().unwrap(), None);
        assert!(matches!(request("{").answer_schema().unwrap_err().kind, FailureKind::InvalidInput(_)));
    }
}
