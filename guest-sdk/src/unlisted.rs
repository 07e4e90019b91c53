//! What a request asks for that the model does not list: every capability warns of it, so that no provider has to.

use crate::provider::Provider;
use crate::{CallOptions, Result, Warning};

/// A request, as far as a model's parameters go.
pub(crate) trait Parameters {
    /// The parameters that a model may list, and whether this request has each.
    fn parameters(&self) -> Vec<(&'static str, bool)> {
        Vec::new()
    }
}

/// Parameters of a request that have no effect.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Unlisted(Vec<String>);

/// Begins the token of a job for which there is something to tell. No JSON begins so.
const TOLD_LATER: &[u8] = b"\0unlisted ";

impl Unlisted {
    /// Those of this request that the model does not list.
    ///
    /// # Errors
    /// `unsupported` when there is one and the caller is strict.
    pub(crate) fn of<P: Provider>(request: &impl Parameters, options: &CallOptions) -> Result<Self> {
        let mut given: Vec<_> =
            request.parameters().into_iter().filter_map(|(name, is_given)| is_given.then_some(name)).collect();
        if given.is_empty() {
            return Ok(Self::default());
        }
        let Some(listed) = P::parameters(&options.model) else { return Ok(Self::default()) };
        given.retain(|name| listed.iter().all(|own| own.name != *name));
        let mut refused = options.warnings();
        given.iter().try_for_each(|name| refused.ignored(name))?;
        Ok(Self(given.into_iter().map(str::to_owned).collect()))
    }

    /// Keeps them in the token of a job, whose outcome will warn of them.
    pub(crate) fn keep_in(&self, token: Vec<u8>) -> Vec<u8> {
        if self.0.is_empty() {
            return token;
        }
        [TOLD_LATER, self.0.join(",").as_bytes(), b"\0", &token].concat()
    }

    /// What was kept in a token, and the token as the provider made it.
    pub(crate) fn kept_in(token: &[u8]) -> (Self, &[u8]) {
        let kept = token.strip_prefix(TOLD_LATER).and_then(|rest| {
            let (names, token) = rest.split_at_checked(rest.iter().position(|byte| *byte == 0)?)?;
            let names = str::from_utf8(names).ok()?.split(',').map(str::to_owned).collect();
            Some((Self(names), token.get(1..)?))
        });
        kept.unwrap_or((Self::default(), token))
    }

    /// Whether the model does not list it, and the request has it.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|own| own == name)
    }

    /// Warns of them, but for what the provider itself has said something of.
    pub(crate) fn tell(&self, warnings: &mut Vec<Warning>) {
        let said = |parameter: &str| {
            warnings.iter().any(|warning| match warning {
                Warning::IgnoredParameter(name) | Warning::AdjustedParameter((name, _)) => name == parameter,
                Warning::Note(_) => false,
            })
        };
        let unsaid = self.0.iter().filter(|name| !said(name));
        let added: Vec<_> = unsaid.map(|name| Warning::IgnoredParameter(name.clone())).collect();
        warnings.splice(..0, added);
    }
}

#[cfg(test)]
mod tests {
    use super::Unlisted;
    use crate::catalog::Model;
    use crate::chat::{self, Event, Finish, FinishReason, Tool, ToolChoice};
    use crate::embedding::{self, Request, Response};
    use crate::{CallOptions, Chat, Description, Embedding, FailureKind, Provider, Result, Warning};

    struct Half;

    impl Provider for Half {
        fn describe() -> Description {
            Description::new("half").model(Model::new("half").int("dimensions", 1..=9).seed())
        }
    }
    impl Embedding for Half {
        fn embed(request: Request, options: &CallOptions) -> Result<Response> {
            let mut warnings = options.warnings();
            if request.task.as_deref() == Some("mine") {
                warnings.replaced("task", "query")?;
            }
            warnings.note("last");
            Ok(Response::new([vec![1.0]]).warnings(warnings.into_vec()))
        }
    }
    impl Chat for Half {
        fn reply(_: chat::Request, _: &CallOptions) -> Result<chat::Response> {
            let finish = Finish::new(FinishReason::Stop).warnings([ignored("stop")]);
            Ok(chat::Response::stream([Ok(Event::finish(finish))]).warnings([ignored("system")]))
        }
    }

    fn ignored(name: &str) -> Warning {
        Warning::IgnoredParameter(name.to_owned())
    }

    fn strict() -> CallOptions {
        CallOptions { strict: true, ..CallOptions::new("half") }
    }

    fn embedded(task: &str, options: &CallOptions) -> Result<Vec<Warning>> {
        let request = Request { dimensions: Some(3), task: Some(task.to_owned()), ..Request::new(["a"]) };
        embedding::embed::<Half>(request, options).map(|response| response.warnings)
    }

    #[test]
    fn what_the_model_does_not_list_is_warned_of_first() {
        let warnings = embedded("query", &CallOptions::new("half")).unwrap();
        assert_eq!(warnings, [ignored("task"), Warning::Note("last".to_owned())]);
        let refused = embedded("query", &strict()).unwrap_err().kind;
        assert_eq!(refused, FailureKind::Unsupported(vec!["task".to_owned()]));
    }

    #[test]
    fn what_the_provider_says_itself_is_said_once() {
        let warnings = embedded("mine", &CallOptions::new("half")).unwrap();
        let adjusted = Warning::AdjustedParameter(("task".to_owned(), "query".to_owned()));
        assert_eq!(warnings, [adjusted, Warning::Note("last".to_owned())]);
    }

    #[test]
    fn of_a_model_that_is_not_described_nothing_is_known() {
        let options = CallOptions { model: "another".to_owned(), ..strict() };
        assert_eq!(embedded("query", &options).unwrap(), [Warning::Note("last".to_owned())]);
    }

    #[test]
    fn the_end_of_a_stream_tells_all_of_it() {
        let request = chat::Request {
            temperature: Some(1.0),
            stop: vec!["x".to_owned()],
            seed: Some(1),
            ..chat::Request::new("a")
        };
        let response = chat::reply::<Half>(request, &CallOptions::new("half")).unwrap();
        let Some(Ok(Event::Finish(finish))) = response.last() else { panic!("no finish") };
        assert_eq!(finish.warnings, ["temperature", "stop", "system"].map(ignored));
    }

    #[test]
    fn a_job_tells_when_it_is_done() {
        let none = Unlisted::default();
        assert_eq!(none.keep_in(b"{}".to_vec()), b"{}");
        let two = || Unlisted(vec!["fps".to_owned(), "audio".to_owned()]);
        let token = two().keep_in(b"\0of the provider's own\0".to_vec());
        assert_eq!(Unlisted::kept_in(&token), (two(), &b"\0of the provider's own\0"[..]));
        for token in [&b"{}"[..], b"", b"\0unlisted fps"] {
            assert_eq!(Unlisted::kept_in(token), (Unlisted::default(), token));
        }
    }

    #[test]
    fn who_has_no_tools_cannot_be_made_to_use_one() {
        let tool = || Tool { name: "sum".to_owned(), description: String::new(), parameters: "{}".to_owned() };
        let failed = |tool_choice, options: &CallOptions| {
            let request = chat::Request { tools: vec![tool()], tool_choice, ..chat::Request::new("a") };
            chat::reply::<Half>(request, options).err().map(|failure| failure.kind)
        };
        let unsupported = |name: &str| Some(FailureKind::Unsupported(vec![name.to_owned()]));
        let lenient = CallOptions::new("half");
        assert_eq!(failed(ToolChoice::Auto, &lenient), None);
        assert_eq!(failed(ToolChoice::None, &strict()), None);
        assert_eq!(failed(ToolChoice::Auto, &strict()), unsupported("tools"));
        assert_eq!(failed(ToolChoice::Required, &lenient), unsupported("tool-choice"));
        assert_eq!(failed(ToolChoice::Named("sum".to_owned()), &lenient), unsupported("tool-choice"));
    }
}
