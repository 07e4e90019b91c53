//! What is said in a conversation, the same for all vendors.
//!
//! The last thing said is repeated. A tool is called when the last thing said names it, or when the caller insists; what a tool
//! answered is repeated too.

use serde_json::Value;

use crate::{picture, sample};

/// What a request comes to, in whatever shape it was written.
#[derive(Debug, Default)]
pub(crate) struct Talk {
    /// What is said before everything else.
    pub(crate) instructions: String,
    /// Everything said, for counting.
    pub(crate) words: usize,
    /// What the user said last.
    pub(crate) said: String,
    /// What came with it.
    pub(crate) pictures: Vec<Vec<u8>>,
    /// What a tool answered, where that came last.
    pub(crate) result: Option<String>,
    /// What may be called.
    pub(crate) tools: Vec<Tool>,
    /// What has to be called.
    pub(crate) demand: Demand,
    /// Whether several may be called at one time.
    pub(crate) parallel: bool,
    /// What the answer has to fit.
    pub(crate) schema: Option<Value>,
    /// How many words it may have.
    pub(crate) most: Option<u64>,
    /// What ends it.
    pub(crate) stops: Vec<String>,
}

/// Something that the model may call.
#[derive(Clone, Debug)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) schema: Value,
}

/// Which tool has to be called.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum Demand {
    #[default]
    Auto,
    Never,
    Any,
    This(String),
}

/// What is said.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) calls: Vec<Call>,
    pub(crate) end: End,
}

/// A tool, and what it is called with, as JSON.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) arguments: Value,
}

/// Why no more is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum End {
    #[default]
    Done,
    TooLong,
    Stopped(String),
    Calls,
}

impl Talk {
    /// Says something.
    pub(crate) fn answer(&self) -> Said {
        let calls = self.calls();
        if !calls.is_empty() {
            return Said { calls, end: End::Calls, ..Said::default() };
        }
        let text = match (&self.schema, &self.result) {
            (Some(schema), _) => sample::of(schema, &self.said).to_string(),
            (None, Some(result)) => format!("The tool said: {result}"),
            (None, None) => self.repeat(),
        };
        self.cut(text)
    }

    fn repeat(&self) -> String {
        let mut text = format!("You said: {}", self.said);
        for (media_type, width, height) in self.pictures.iter().filter_map(|bytes| picture::look_at(bytes)) {
            text.push_str(&format!(" I see a picture of {width} by {height} pixels ({media_type})."));
        }
        text
    }

    fn calls(&self) -> Vec<Call> {
        let named = |tool: &&Tool| {
            let mut words = self.said.split(|letter: char| !(letter.is_alphanumeric() || "_-".contains(letter)));
            words.any(|word| word == tool.name)
        };
        let tools = self.tools.iter();
        let mut called: Vec<&Tool> = match &self.demand {
            Demand::Never => Vec::new(),
            Demand::This(name) => tools.filter(|tool| tool.name == *name).collect(),
            // The answer of a tool is not called for again.
            Demand::Auto | Demand::Any if self.result.is_some() => Vec::new(),
            Demand::Auto => tools.filter(named).collect(),
            Demand::Any => match tools.clone().filter(named).collect::<Vec<_>>() {
                none if none.is_empty() => tools.take(1).collect(),
                some => some,
            },
        };
        if !self.parallel {
            called.truncate(1);
        }
        let call = |tool: &Tool| Call { name: tool.name.clone(), arguments: sample::of(&tool.schema, &self.said) };
        called.into_iter().map(call).collect()
    }

    fn cut(&self, mut text: String) -> Said {
        let mut end = End::Done;
        let stop = self.stops.iter().filter_map(|stop| Some((text.find(stop.as_str())?, stop))).min();
        if let Some((at, stop)) = stop {
            end = End::Stopped(stop.clone());
            text.truncate(at);
        }
        let most = self.most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
        if count(&text) > most {
            end = End::TooLong;
            text = pieces(&text).into_iter().take(most).collect::<String>().trim_end().to_owned();
        }
        Said { text, calls: Vec::new(), end }
    }
}

impl Said {
    /// How many words it has.
    pub(crate) fn words(&self) -> usize {
        count(&self.text) + self.calls.iter().map(|call| 1 + count(&call.arguments.to_string())).sum::<usize>()
    }
}

/// Counts words, which stand for tokens here.
pub(crate) fn count(text: &str) -> usize {
    text.split_whitespace().count()
}

/// Cuts a text after each of its words.
pub(crate) fn pieces(text: &str) -> Vec<String> {
    text.split_inclusive(char::is_whitespace).map(str::to_owned).collect()
}

/// Cuts the arguments of a call, as JSON, where no JSON can be read.
pub(crate) fn argument_pieces(arguments: &Value) -> Vec<String> {
    let letters: Vec<char> = arguments.to_string().chars().collect();
    letters.chunks(5).map(|piece| piece.iter().collect()).collect()
}
