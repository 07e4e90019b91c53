//! What a model is told.

use palisade_guest::{CallOptions, Failure, Result, Warnings};
use serde_json::{Map, Value};

use crate::known::Knob;
use crate::queue;
use crate::settings::Served;
use crate::ticket::Ticket;

/// The most that models take as a seed: some have 31 bits for it.
pub(crate) const MOST_SEED: u64 = 0x7fff_ffff;

/// The input of a model, filled in field by field, and what of the request was left out or changed.
pub(crate) struct Input {
    fields: Map<String, Value>,
    pub(crate) warnings: Warnings,
}

impl Input {
    /// Nothing but what the caller says in the model's own words.
    pub(crate) fn new(options: &CallOptions, knobs: &[Knob]) -> Result<Self> {
        let mut input = Self { fields: Map::new(), warnings: options.warnings() };
        for option in &options.provider_options {
            let name = format!("provider-options.{}", option.key);
            if knobs.iter().any(|(known, _)| *known == option.key) {
                let value = serde_json::from_str(&option.json);
                let value: Value = value.map_err(|error| Failure::invalid_input(name, error.to_string()))?;
                input.set(&option.key, Some(value));
            } else {
                input.warnings.ignored(&name)?;
            }
        }
        Ok(input)
    }

    /// Sets a field; none leaves it to the model.
    pub(crate) fn set(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.fields.insert(name.to_owned(), value.into());
        }
    }

    /// Warns of what the model does not take, where it was asked for.
    pub(crate) fn ignore(&mut self, parameters: &[(&str, bool)]) -> Result<()> {
        let mut asked = parameters.iter().filter(|(_, is_asked)| *is_asked);
        asked.try_for_each(|(name, _)| self.warnings.ignored(name))
    }

    /// Sets the seed, which is cut where it has more bits than models take.
    pub(crate) fn seed(&mut self, seed: Option<u64>) -> Result<()> {
        let cut = seed.map(|seed| seed & MOST_SEED);
        if let Some(cut) = cut.filter(|_| cut != seed) {
            self.warnings.adjusted("seed", cut.to_string())?;
        }
        self.set("seed", cut);
        Ok(())
    }

    /// The number to ask for, where a model makes so many at the most.
    pub(crate) fn count(&mut self, wanted: u32, most: u32) -> Result<u32> {
        let count = wanted.clamp(1, most);
        if count < wanted {
            self.warnings.adjusted("n", count.to_string())?;
        }
        Ok(count)
    }

    /// Sets a resolution, where the model has one of this name.
    pub(crate) fn resolution(&mut self, wanted: Option<&str>, made: &[&str]) -> Result<()> {
        let known = made.iter().find(|name| wanted.is_some_and(|wanted| wanted.eq_ignore_ascii_case(name)));
        if wanted.is_some() && known.is_none() {
            self.warnings.ignored("resolution")?;
        }
        self.set("resolution", known.copied());
        Ok(())
    }

    /// Has the model work at it, and gives the token of the job.
    pub(crate) fn submit(self, model: Served, seconds: Option<u32>) -> Result<Vec<u8>> {
        let request = queue::submit(&model.path, &self.fields)?;
        let remarks = self.warnings.into();
        Ticket { model: model.path, request, capability: model.capability, seconds, remarks }.token()
    }
}

#[cfg(test)]
mod tests {
    use palisade_guest::{FailureKind, OptionKv, Warning};
    use serde_json::json;

    use super::*;
    use crate::known::Values;

    const KNOBS: &[Knob] = &[("guidance_scale", Values::Float(0.0, 20.0))];

    fn options(pairs: &[(&str, &str)]) -> CallOptions {
        let option = |(key, json): &(&str, &str)| OptionKv { key: (*key).into(), json: (*json).into() };
        CallOptions { provider_options: pairs.iter().map(option).collect(), ..CallOptions::new("m") }
    }

    #[test]
    fn what_the_caller_says_in_the_words_of_the_model_is_passed_on() {
        let input = Input::new(&options(&[("guidance_scale", "3.5"), ("webhook", "1")]), KNOBS).unwrap();
        assert_eq!(Value::from(input.fields), json!({ "guidance_scale": 3.5 }));
        assert_eq!(input.warnings.into_vec(), [Warning::IgnoredParameter("provider-options.webhook".into())]);
        let failure = Input::new(&options(&[("guidance_scale", "{")]), KNOBS).err().unwrap();
        assert!(
            matches!(failure.kind, FailureKind::InvalidInput(bad) if bad.field == "provider-options.guidance_scale")
        );
    }

    #[test]
    fn what_cannot_be_had_is_said_or_refused() {
        let ask = |strict| {
            let mut input = Input::new(&CallOptions { strict, ..options(&[]) }, &[])?;
            input.ignore(&[("fps", true), ("mask", false)])?;
            input.seed(Some(MOST_SEED + 6))?;
            input.resolution(Some("8K"), &["720p"])?;
            assert_eq!(input.count(9, 4)?, 4);
            Ok(input)
        };
        let input: Input = ask(false).unwrap();
        assert_eq!(Value::from(input.fields), json!({ "seed": 5 }));
        let adjusted = |name: &str, used: &str| Warning::AdjustedParameter((name.into(), used.into()));
        let ignored = |name: &str| Warning::IgnoredParameter(name.into());
        let expected = [ignored("fps"), adjusted("seed", "5"), ignored("resolution"), adjusted("n", "4")];
        assert_eq!(input.warnings.into_vec(), expected);
        let failure: Failure = ask(true).err().unwrap();
        assert_eq!(failure.kind, FailureKind::Unsupported(vec!["fps".into()]));
    }

    #[test]
    fn what_can_be_had_is_told_as_it_was_asked_for() {
        let mut input = Input::new(&options(&[]), &[]).unwrap();
        input.seed(Some(7)).unwrap();
        input.resolution(Some("1k"), &["1K", "2K"]).unwrap();
        assert_eq!(input.count(0, 4).unwrap(), 1);
        assert_eq!(Value::from(input.fields), json!({ "seed": 7, "resolution": "1K" }));
        assert!(input.warnings.into_vec().is_empty());
    }
}
