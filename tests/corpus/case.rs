//! A case of the corpus: a component, what is done with it, and how that has to end.

use std::time::Duration;

use palisade::{CallReport, Error, ErrorClass, ErrorKind, Limits, Registration};

/// What is done with a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// It is loaded.
    Load,
    /// It is loaded, and asked whether it could work.
    Check,
    /// It is loaded, and ranks so many times. Each must end alike.
    Rank(u32),
    /// It is loaded, and ranks so many times; every second query is `trap`, and the others must be served.
    RankByTurns(u32),
    /// It is loaded, and answers a conversation.
    Chat,
    /// It is loaded, and the stream of its answer is dropped after the first piece.
    DropStream,
}

/// How a load or a call has to end.
#[derive(Debug, Clone, PartialEq)]
pub enum Expected {
    /// The component is refused with this kind of error, whose message has these words.
    Refused(ErrorKind, String),
    /// The component is loaded, and the call ends in this kind of error, whose message has these words.
    Fails(ErrorKind, String),
    /// It is loaded, and serves.
    Served,
    /// The component is refused, for whatever is wrong with it.
    RefusedSomehow,
    /// It is garbled: whatever it does, it is served or ends in an error that blames the component.
    AnythingTyped,
}

/// How a load or a call ended.
#[derive(Debug)]
pub enum End {
    /// It was not loaded.
    Refused(Error),
    /// It was loaded, and the call failed.
    Failed(Error),
    /// It was loaded, and the call was served; none when there was nothing to call.
    Served(Option<CallReport>),
}

type Make = Box<dyn Fn(usize) -> Vec<u8> + Send + Sync>;

/// A component, what is done with it, and how that has to end.
pub struct Case {
    /// Names it, in the output and on the command line.
    pub name: &'static str,
    /// What it may use.
    pub limits: Limits,
    /// What is done with it.
    pub work: Work,
    /// How that has to end.
    pub expected: Expected,
    /// How long it may take. Nobody asserts that, since machines are busy: a watchdog ends it at ten times as long.
    pub bound: Duration,
    /// Components of one kind that are tried one after the other.
    pub variants: usize,
    make: Make,
}

impl Case {
    /// A case of one component, which is loaded and refused as malformed unless something else is said.
    pub fn new(name: &'static str, make: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::each(name, 1, move |_| make())
    }

    /// The same, with many components that are tried one after the other.
    pub fn each(name: &'static str, variants: usize, make: impl Fn(usize) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self {
            name,
            limits: limits(),
            work: Work::Load,
            expected: Expected::Refused(ErrorKind::Malformed, String::new()),
            bound: Duration::from_secs(3),
            variants,
            make: Box::new(make),
        }
    }

    /// Changes the limits.
    #[must_use]
    pub fn within(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.limits);
        self
    }

    /// Says what is done.
    #[must_use]
    pub fn work(self, work: Work) -> Self {
        Self { work, ..self }
    }

    /// Says how long it may take.
    #[must_use]
    pub fn bound(self, bound: Duration) -> Self {
        Self { bound, ..self }
    }

    /// It has to be refused when it is loaded.
    #[must_use]
    pub fn is_refused(self, kind: ErrorKind, says: &str) -> Self {
        Self { expected: Expected::Refused(kind, says.to_owned()), ..self }
    }

    /// It has to be loaded, and to fail when it is called.
    #[must_use]
    pub fn fails(self, kind: ErrorKind, says: &str) -> Self {
        let work = if self.work == Work::Load { Work::Rank(1) } else { self.work };
        Self { expected: Expected::Fails(kind, says.to_owned()), work, ..self }
    }

    /// It has to serve.
    #[must_use]
    pub fn is_served(self) -> Self {
        let work = if self.work == Work::Load { Work::Rank(1) } else { self.work };
        Self { expected: Expected::Served, work, ..self }
    }

    /// It has to be refused when it is loaded, for whatever is wrong with it.
    #[must_use]
    pub fn is_refused_somehow(self) -> Self {
        Self { expected: Expected::RefusedSomehow, ..self }
    }

    /// It may do what it likes, as long as it blames the component.
    #[must_use]
    pub fn ends_anyhow(self) -> Self {
        Self { expected: Expected::AnythingTyped, ..self }
    }

    /// One of its components.
    #[must_use]
    pub fn component(&self, variant: usize) -> Vec<u8> {
        (self.make)(variant)
    }

    /// How to register a component of it.
    #[must_use]
    pub fn registration(&self, component: impl Into<Registration>) -> Registration {
        component.into().limits(self.limits.clone())
    }

    /// Says what is wrong with the way in which the load or the call of this number ended.
    ///
    /// # Errors
    ///
    /// A sentence.
    pub fn judge(&self, number: usize, end: &End) -> Result<(), String> {
        self.judge_report(end.report())?;
        if let Some(error) = end.error() {
            harmless(error.message())?;
            if error.provider().is_none() {
                return Err(format!("the error names no provider: {error}"));
            }
        }
        let expected = match self.work {
            Work::RankByTurns(_) if number.is_multiple_of(2) => &Expected::Served,
            _ => &self.expected,
        };
        let right = match (expected, end) {
            (Expected::Refused(kind, says), End::Refused(error))
            | (Expected::Fails(kind, says), End::Failed(error)) => {
                error.kind() == *kind && error.message().contains(says)
            }
            (Expected::Served | Expected::AnythingTyped, End::Served(_)) => true,
            (Expected::RefusedSomehow | Expected::AnythingTyped, End::Refused(error)) => blames_the_component(error),
            // It may have forgotten what it can do.
            (Expected::AnythingTyped, End::Failed(error)) => {
                blames_the_component(error) || error.kind() == ErrorKind::Unsupported
            }
            _ => false,
        };
        if right { Ok(()) } else { Err(format!("it should be {expected:?}, and ended in {}", end.describe())) }
    }

    fn judge_report(&self, report: Option<&CallReport>) -> Result<(), String> {
        let Some(report) = report else { return Ok(()) };
        let peak = report.resources.peak_memory_bytes;
        if peak > self.limits.memory_bytes {
            return Err(format!("it had {peak} bytes, and {} are allowed", self.limits.memory_bytes));
        }
        report.log.iter().try_for_each(|line| harmless(&line.text))
    }
}

impl End {
    /// The error that it ended in.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        match self {
            Self::Refused(error) | Self::Failed(error) => Some(error),
            Self::Served(_) => None,
        }
    }

    /// What it used, where something ran.
    #[must_use]
    pub fn report(&self) -> Option<&CallReport> {
        match self {
            Self::Refused(error) | Self::Failed(error) => error.report(),
            Self::Served(report) => report.as_ref(),
        }
    }

    /// How it ended, in a line.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Refused(error) => format!("refused, `{}`: {}", error.kind().code(), error.message()),
            Self::Failed(error) => format!("`{}`: {}", error.kind().code(), error.message()),
            Self::Served(_) => "served".to_owned(),
        }
    }
}

/// The limits of a case that says nothing else: enough for whoever behaves well.
fn limits() -> Limits {
    Limits {
        fuel: 100_000_000,
        memory_bytes: 32 << 20,
        timeout: Duration::from_secs(2),
        compile_memory_bytes: 512 << 20,
        compile_cpu_time: Duration::from_secs(5),
        compile_timeout: Duration::from_secs(10),
        ..Limits::default()
    }
}

/// Whether the error is the component's, and neither the caller's nor the host's.
fn blames_the_component(error: &Error) -> bool {
    matches!(error.kind().class(), ErrorClass::Component | ErrorClass::Sandbox | ErrorClass::Provider)
}

/// Fails when the text could act on a terminal, or is longer than anybody reads.
fn harmless(text: &str) -> Result<(), String> {
    if text.chars().any(|character| character.is_control() || character == '\u{202e}') {
        return Err(format!("unescaped: {text:?}"));
    }
    if text.len() > 20_000 {
        return Err(format!("{} bytes of text", text.len()));
    }
    Ok(())
}
