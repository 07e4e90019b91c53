//! A pipeline as it is written down. Nothing here is checked but its form: [`Plan::new`](crate::Plan::new) does the rest.

use std::{collections::BTreeMap, path::Path, time::Duration};

use palisade::{
    Capability, Error, ErrorKind, Feature, PicoUsd, Preference, Result,
    resources::{Bounds, from_yaml},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{kind::Kind, name::Name, time};

/// A pipeline: what goes in, the steps, and what comes out.
///
/// ```
/// use palisade::Capability;
/// use palisade_pipeline::{Base, Definition, Input, Kind, Plan, Step};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let definition = Definition::new("poster".parse()?)
///     .input("topic".parse()?, Input::new(Kind::one(Base::Text)))
///     .step("idea".parse()?, Step::new(Capability::Chat).with("prompt", "A title about ${inputs.topic}"))
///     .step("draw".parse()?, Step::new(Capability::TextToImage).with("prompt", "${steps.idea.text}"));
/// let plan = Plan::new(definition)?;
/// assert_eq!(plan.order().map(|name| name.as_str()).collect::<Vec<_>>(), ["idea", "draw"]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Definition {
    /// What it is called. Also the context in which it runs, where there is one of this name and [`context`](Self::context) says nothing else.
    pub name: Name,
    /// What it is for, in a sentence.
    #[serde(default)]
    pub description: String,
    /// The context in which it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// The most that all steps may cost together. One whose price nobody knows is not run then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_price: Option<PicoUsd>,
    /// What goes in.
    #[serde(default)]
    pub inputs: BTreeMap<Name, Input>,
    /// What is done.
    pub steps: BTreeMap<Name, Step>,
    /// What comes out: texts with references. Where nothing is said, it is the main thing that each step makes.
    #[serde(default)]
    pub outputs: BTreeMap<Name, String>,
}

/// What goes in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Input {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// What it is when nobody says; of a file its path, relative to that of the pipeline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// What it is for, in a sentence.
    #[serde(default)]
    pub description: String,
}

/// One request, and who is to serve it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Step {
    /// What is done.
    pub capability: Capability,
    /// The fields of the request: what is known, and references.
    #[serde(default)]
    pub with: BTreeMap<String, Value>,
    /// Steps that end before this one begins, beside those that it refers to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<Name>,
    /// Only this model: `model`, `provider`, `provider/model`, or its name across providers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Only this provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Only providers with these features or tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub require: Vec<Feature>,
    /// None of these models or providers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<String>,
    /// Only where it is served in one of these regions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub region: Vec<String>,
    /// What to care about.
    #[serde(default)]
    pub prefer: Preference,
    /// The most that it may cost. A provider without a price is out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_price: Option<PicoUsd>,
    /// Only providers that cost nothing.
    #[serde(default)]
    pub free: bool,
    /// Only providers that are expected to take no longer.
    #[serde(default, with = "time", skip_serializing_if = "Option::is_none")]
    pub within: Option<Duration>,
    /// How long it may take, over all attempts.
    #[serde(default, with = "time", skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// How many providers may be asked, one after the other, where they fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// Options of the provider's own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, Value>,
    /// Fails where a parameter would be ignored or changed.
    #[serde(default)]
    pub strict: bool,
    /// How often it is done again, as a whole, where it fails and trying again may help.
    #[serde(default)]
    pub retry: u32,
    /// Whether what it makes is kept for later runs.
    #[serde(default = "yes")]
    pub cache: bool,
}

fn yes() -> bool {
    true
}

/// How a pipeline is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// `.toml`
    Toml,
    /// `.yaml` or `.yml`
    Yaml,
    /// `.json`
    Json,
}

impl Format {
    /// What the name of a file says.
    ///
    /// # Errors
    ///
    /// `pipeline` where it is none of them.
    pub fn of(path: &Path) -> Result<Self> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("toml") => Ok(Self::Toml),
            Some("yaml" | "yml") => Ok(Self::Yaml),
            Some("json") => Ok(Self::Json),
            _ => {
                let path = palisade::text::escape(&path.display().to_string(), 1000);
                let message =
                    format!("`{path}` is no file of a pipeline: its name ends with .toml, .yaml, .yml or .json");
                Err(Error::new(ErrorKind::Pipeline, message))
            }
        }
    }

    fn parse(self, text: &str) -> Result<Definition, String> {
        match self {
            Self::Toml => toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned()),
            Self::Yaml => from_yaml(text, &Bounds::default()),
            Self::Json => serde_json::from_str(text).map_err(|error| error.to_string()),
        }
    }
}

impl Definition {
    /// One without steps.
    #[must_use]
    pub fn new(name: Name) -> Self {
        Self {
            name,
            description: String::new(),
            context: None,
            max_price: None,
            inputs: BTreeMap::new(),
            steps: BTreeMap::new(),
            outputs: BTreeMap::new(),
        }
    }

    /// With an input.
    #[must_use]
    pub fn input(mut self, name: Name, input: Input) -> Self {
        self.inputs.insert(name, input);
        self
    }

    /// With a step.
    #[must_use]
    pub fn step(mut self, name: Name, step: Step) -> Self {
        self.steps.insert(name, step);
        self
    }

    /// With an output, for example `${steps.draw.image}`.
    #[must_use]
    pub fn output(mut self, name: Name, value: impl Into<String>) -> Self {
        self.outputs.insert(name, value.into());
        self
    }

    /// Reads a file, in the format that its name says.
    ///
    /// # Errors
    ///
    /// `io` when it cannot be read; `pipeline` with the line when it is wrong.
    pub fn read(path: &Path) -> Result<Self> {
        let name = palisade::text::escape(&path.display().to_string(), 1000);
        let format = Format::of(path)?;
        let text = std::fs::read_to_string(path)
            .map_err(|error| Error::new(ErrorKind::Io, format!("cannot read `{name}`")).with_source(error))?;
        Self::parse(&text, format)
            .map_err(|error| Error::new(ErrorKind::Pipeline, format!("`{name}` is wrong: {}", error.message())))
    }

    /// Reads a text.
    ///
    /// # Errors
    ///
    /// `pipeline` with the line when it is wrong.
    pub fn parse(text: &str, format: Format) -> Result<Self> {
        format.parse(text).map_err(|reason| Error::new(ErrorKind::Pipeline, reason))
    }
}

impl Input {
    /// One that has to be given.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self { kind, default: None, description: String::new() }
    }

    /// What it is when nobody says.
    #[must_use]
    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.default = Some(value.into());
        self
    }
}

impl Step {
    /// A step without fields, by whoever is best.
    #[must_use]
    pub fn new(capability: Capability) -> Self {
        Self {
            capability,
            with: BTreeMap::new(),
            after: Vec::new(),
            model: None,
            provider: None,
            require: Vec::new(),
            exclude: Vec::new(),
            region: Vec::new(),
            prefer: Preference::default(),
            max_price: None,
            free: false,
            within: None,
            timeout: None,
            attempts: None,
            options: BTreeMap::new(),
            strict: false,
            retry: 0,
            cache: true,
        }
    }

    /// Sets a field of the request.
    #[must_use]
    pub fn with(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.with.insert(field.into(), value.into());
        self
    }

    /// Begins when this step has ended.
    #[must_use]
    pub fn after(mut self, step: Name) -> Self {
        self.after.push(step);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOML: &str = r#"
        name = "poster"
        max-price = "0.10"
        [inputs.topic]
        type = "text"
        default = "foxes"
        [steps.draw]
        capability = "text-to-image"
        prefer = "cheapest"
        timeout = "30s"
        with = { prompt = "${inputs.topic}", n = 2 }
    "#;

    const YAML: &str = r#"
name: poster
max-price: "0.10"
inputs:
  topic: { type: text, default: foxes }
steps:
  draw:
    capability: text-to-image
    prefer: cheapest
    timeout: 30s
    with:
      prompt: ${inputs.topic}
      n: 2
"#;

    #[test]
    fn a_pipeline_is_the_same_in_every_format() {
        let read = Definition::parse(TOML, Format::Toml).unwrap();
        let json = serde_json::to_string(&read).unwrap();
        assert_eq!(Definition::parse(&json, Format::Json).unwrap(), read);
        assert_eq!(Definition::parse(YAML, Format::Yaml).unwrap(), read);
        let topic = Input::new("text".parse().unwrap()).default("foxes");
        let step = Step::new(Capability::TextToImage).with("prompt", "${inputs.topic}").with("n", 2);
        let step = Step { prefer: Preference::Cheapest, timeout: Some(Duration::from_secs(30)), ..step };
        let name = |name: &str| name.parse::<Name>().unwrap();
        let built = Definition::new(name("poster")).input(name("topic"), topic).step(name("draw"), step);
        assert_eq!(read, Definition { max_price: Some("0.1".parse().unwrap()), ..built });
    }

    #[test]
    fn what_is_not_known_is_refused_with_its_line() {
        let wrong = |from: &str, to: &str| {
            let error = Definition::parse(&TOML.replace(from, to), Format::Toml).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Pipeline);
            error.message().to_owned()
        };
        let message = wrong("prefer = ", "prefers = ");
        assert!(message.contains("line 9") && message.contains("unknown field `prefers`"), "{message}");
        assert!(wrong("text-to-image", "text-to-imag").contains("unknown variant"));
        assert!(wrong("steps.draw", "steps.Draw").contains("`Draw` is no name"));
        assert!(wrong("\"30s\"", "30").contains("a time"), "{}", wrong("\"30s\"", "30"));
        assert!(wrong("\"text\"", "\"txt\"").contains("did you mean `text`?"));
        let json = r#"{"name": "a", "steps": {}, "step": 1}"#;
        let error = Definition::parse(json, Format::Json).unwrap_err();
        assert!(error.message().contains("line 1"), "{error}");
        let error = Definition::parse(&YAML.replace("prefer", "prefers"), Format::Yaml).unwrap_err();
        assert!(error.message().contains("line 9") && error.message().contains("prefers"), "{error}");
        assert!(Definition::parse("name: &a [*a]", Format::Yaml).is_err());
        assert_eq!(Format::of(Path::new("a.yml")).unwrap(), Format::Yaml);
        assert_eq!(Format::of(Path::new("a.ini")).unwrap_err().kind(), ErrorKind::Pipeline);
    }
}
