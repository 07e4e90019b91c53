//! Limits as they are written: the name of a preset, or a table that may have one.

use std::{collections::BTreeSet, fmt};

use palisade_core::{EffectiveLimits, GUEST_STACK_BYTES, Limit, LimitSource, LimitValue, Limits, Preset, text};
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeSeed, MapAccess, Visitor},
};

use crate::units::{Bytes, Count, Time};

/// The key that names a preset.
const PRESET: &str = "preset";
/// What looks like a limit of a provider and is none.
const STACK: &str = "stack";

/// What a file says about limits in one place.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct LimitsTable {
    preset: Option<Preset>,
    given: BTreeSet<Limit>,
    /// Only those that were given count.
    values: Limits,
}

impl LimitsTable {
    /// The limits of a provider for which this table is written, where that of the whole file is `common`.
    pub(crate) fn effective(&self, common: &Self) -> EffectiveLimits {
        let preset = self.preset.or(common.preset).unwrap_or_default();
        let mut effective = EffectiveLimits::from(preset);
        // Who names a preset starts from it, and from nothing that was said before.
        if self.preset.is_none() {
            common.lay_over(&mut effective, LimitSource::ConfigurationOfAll);
        }
        self.lay_over(&mut effective, LimitSource::Configuration);
        effective
    }

    fn lay_over(&self, effective: &mut EffectiveLimits, source: LimitSource) {
        for limit in &self.given {
            effective.overlay(*limit, &self.values, source);
        }
    }
}

impl<'de> Deserialize<'de> for LimitsTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TableVisitor)
    }
}

struct TableVisitor;

impl<'de> Visitor<'de> for TableVisitor {
    type Value = LimitsTable;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a preset ({}) or a table of limits", join(&presets()))
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<LimitsTable, E> {
        Ok(LimitsTable { preset: Some(preset(name)?), ..LimitsTable::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<LimitsTable, A::Error> {
        let mut table = LimitsTable::default();
        while let Some(key) = map.next_key()? {
            match key {
                Key::Preset => table.preset = Some(map.next_value::<PresetName>()?.0),
                Key::Limit(limit) => {
                    map.next_value_seed(ValueOf { limit, values: &mut table.values })?;
                    table.given.insert(limit);
                }
            }
        }
        Ok(table)
    }
}

enum Key {
    Preset,
    Limit(Limit),
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        if name == PRESET {
            return Ok(Self::Preset);
        }
        if name == STACK {
            let size = LimitValue::Bytes(GUEST_STACK_BYTES as u64);
            let reason = "the engine has one stack size for all providers";
            return Err(de::Error::custom(format!("`{STACK}` cannot be set: {reason}, and it is {size}")));
        }
        if let Some(limit) = Limit::ALL.iter().find(|limit| limit.key() == name) {
            return Ok(Self::Limit(*limit));
        }
        let known: Vec<_> = std::iter::once(PRESET).chain(Limit::ALL.iter().map(|limit| limit.key())).collect();
        Err(de::Error::custom(unknown("limit", &name, &known)))
    }
}

struct PresetName(Preset);

impl<'de> Deserialize<'de> for PresetName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        preset(&String::deserialize(deserializer)?).map(Self)
    }
}

/// Reads the value of a limit. What makes no sense for it is refused here, where the place in the file is known.
struct ValueOf<'a> {
    limit: Limit,
    values: &'a mut Limits,
}

impl<'de> DeserializeSeed<'de> for ValueOf<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let value = match self.values.get(self.limit) {
            LimitValue::Bytes(_) => LimitValue::Bytes(Bytes::deserialize(deserializer)?.0),
            LimitValue::Count(_) => LimitValue::Count(Count::deserialize(deserializer)?.0),
            LimitValue::Time(_) => LimitValue::Time(Time::deserialize(deserializer)?.0),
        };
        self.values.set(self.limit, value).map_err(de::Error::custom)
    }
}

fn preset<E: de::Error>(name: &str) -> Result<Preset, E> {
    let preset = Preset::ALL.into_iter().find(|preset| preset.name() == name);
    preset.ok_or_else(|| E::custom(unknown(PRESET, name, &presets())))
}

fn presets() -> [&'static str; 3] {
    Preset::ALL.map(Preset::name)
}

/// What to say of a name that nobody knows: what was probably meant, and what there is.
fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    let meant = text::nearest(name, known.iter().copied());
    let meant = meant.map(|known| format!(", perhaps `{known}` is meant")).unwrap_or_default();
    format!("there is no {what} `{name}`{meant}; known: {}", join(known))
}

fn join(names: &[&str]) -> String {
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{path::Path, time::Duration};

    use palisade_core::ErrorKind;

    use crate::{Config, ProviderId, Registration, Result};

    fn parse(text: &str) -> Result<Vec<(ProviderId, Registration)>> {
        Config::parse(text, Path::new("folder")).map(|config| config.registrations)
    }

    /// The limits of the only provider.
    fn only(text: &str) -> EffectiveLimits {
        let [(_, provider)] = <[_; 1]>::try_from(parse(text).unwrap()).unwrap();
        EffectiveLimits { limits: provider.options.limits, sources: provider.limit_sources }
    }

    #[test]
    fn without_a_word_limits_are_those_of_the_default_preset() {
        assert_eq!(only("[providers.a]\ncomponent = \"a\""), Preset::Default.into());
        assert_eq!(only("[providers.a]\ncomponent = \"a\"\nlimits = {}"), Preset::Default.into());
    }

    #[test]
    fn every_limit_can_be_set_as_it_is_printed() {
        for preset in Preset::ALL {
            let wanted = Limits::preset(preset);
            let lines = Limit::ALL.iter().map(|limit| format!("{} = \"{}\"\n", limit.key(), wanted.get(*limit)));
            let table: String = lines.collect();
            let read = only(&format!("[providers.a]\ncomponent = \"a\"\n[providers.a.limits]\n{table}"));
            assert_eq!(read.limits, wanted);
            assert!(Limit::ALL.iter().all(|limit| read.sources.of(*limit) == LimitSource::Configuration));
        }
    }

    #[test]
    fn a_preset_is_a_word_or_a_key_and_the_rest_lies_over_it() {
        let provider = |limits: &str| only(&format!("[providers.a]\ncomponent = \"a\"\nlimits = {limits}"));
        assert_eq!(provider("\"tight\""), Preset::Tight.into());
        let mut wanted = EffectiveLimits::from(Preset::Large);
        let values = Limits { memory_bytes: 1 << 30, timeout: Duration::from_secs(120), ..Limits::default() };
        wanted.overlay(Limit::Memory, &values, LimitSource::Configuration);
        wanted.overlay(Limit::Timeout, &values, LimitSource::Configuration);
        assert_eq!(provider("{ preset = \"large\", memory = \"1GiB\", timeout = \"2m\" }"), wanted);
        assert_eq!(provider("{ memory = \"1GiB\", timeout = \"2m\", preset = \"large\" }"), wanted);
    }

    #[test]
    fn limits_of_the_file_hold_for_all_providers_that_do_not_say_otherwise() {
        let read = parse(
            r#"
            [limits]
            preset = "tight"
            instances = 20
            fuel = "2G"

            [providers.as-the-file]
            component = "a"
            [providers.less]
            component = "a"
            limits = { fuel = "500M" }
            [providers.other]
            component = "a"
            limits = { preset = "large", fuel = "1G" }
            "#,
        );
        let told: Vec<_> = read
            .unwrap()
            .iter()
            .map(|(_, provider)| {
                let limits = &provider.options.limits;
                let sources = [Limit::Fuel, Limit::Instances, Limit::Memory]
                    .map(|limit| provider.limit_sources.of(limit).to_string());
                format!("{} {} {}: {}", limits.fuel, limits.instances, limits.memory_bytes, sources.join("; "))
            })
            .collect();
        let expected = [
            "2000000000 20 33554432: configuration, all providers; configuration, all providers; preset tight",
            "500000000 20 33554432: configuration; configuration, all providers; preset tight",
            "1000000000 256 2147483648: configuration; preset large; preset large",
        ];
        assert_eq!(told, expected);

        assert_eq!(only("limits = \"large\"\n[providers.a]\ncomponent = \"a\""), Preset::Large.into());
    }

    #[test]
    fn what_makes_no_sense_is_named_with_its_place() {
        let cases = [
            (
                "memroy = \"1GiB\"",
                "line 5, column 1",
                "there is no limit `memroy`, perhaps `memory` is meant; known: preset, component, ",
            ),
            ("host_calls = 5", "line 5, column 1", "perhaps `host-calls` is meant"),
            ("wings = 2", "line 5, column 1", "there is no limit `wings`; known: preset"),
            (
                "preset = \"tihgt\"",
                "line 5, column 10",
                "there is no preset `tihgt`, perhaps `tight` is meant; known: tight, default, large",
            ),
            ("preset = 1", "line 5, column 10", "expected a string"),
            (
                "stack = \"1MiB\"",
                "line 5, column 1",
                "the engine has one stack size for all providers, and it is 512KiB",
            ),
            ("memory = 64", "line 5, column 10", "`64` has no unit: write for example \"64MiB\""),
            ("timeout = 30", "line 5, column 11", "`30` has no unit: write for example \"30s\""),
            ("memory = \"63KiB\"", "line 5, column 10", "`memory` of 63KiB is not between 64KiB and 64GiB"),
            ("memory = \"65GiB\"", "line 5, column 10", "`memory` of 65GiB is not between 64KiB and 64GiB"),
            ("timeout = \"25h\"", "line 5, column 11", "not between"),
            ("concurrency = 257", "line 5, column 15", "`concurrency` of 257 is not between 1 and 256"),
            ("instances = 5000000000", "line 5, column 13", "`instances` of 5G is not between 1 and 2048"),
            ("queue = 0", "line 5, column 9", "it is 0"),
            ("queue = -1", "line 5, column 9", "less than 0"),
            ("fuel = 5.0", "line 5, column 8", "expected a value such as"),
            ("fuel = \"5G\"\nfuel = \"6G\"", "line 6, column 1", "duplicate key"),
        ];
        let places = ["[providers.a]\ncomponent = \"a\"\n\n[providers.a.limits]\n", "\n\n\n[limits]\n"];
        for (line, place, expected) in cases {
            for table in places {
                let error = parse(&format!("{table}{line}\n")).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Config);
                let message = error.message();
                assert!(
                    message.contains(place) && message.contains(expected),
                    "{place}: {expected:?} is not in {message:?}"
                );
            }
        }
        let error = parse("limits = 5").unwrap_err();
        assert!(error.message().contains("expected a preset (tight, default, large) or a table of limits"), "{error}");
        let error = parse("[providers.a]\ncomponent = \"a\"\nlimits = \"medium\"").unwrap_err();
        assert!(error.message().contains("line 3, column 10"), "{error}");
    }
}
