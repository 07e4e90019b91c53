//! Where limits come from.

use std::{collections::BTreeMap, fmt};

use serde::{Serialize, Serializer};

use super::{
    preset::Preset,
    table::{Limit, Limits},
};

/// Who decided a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitSource {
    /// Nobody in particular: it is that of the preset.
    Preset(Preset),
    /// The configuration, for this provider.
    Configuration,
    /// The configuration, for all its providers.
    ConfigurationOfAll,
    /// The application, which gave all limits as one value.
    Application,
    /// The sandbox of the process, which has no room for more.
    Sandbox,
}

impl fmt::Display for LimitSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Preset(preset) => formatter.pad(&format!("preset {preset}")),
            Self::Configuration => formatter.pad("configuration"),
            Self::ConfigurationOfAll => formatter.pad("configuration, all providers"),
            Self::Application => formatter.pad("application"),
            Self::Sandbox => formatter.pad("half of the sandbox"),
        }
    }
}

impl Serialize for LimitSource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Where each limit comes from. Serialises under the keys that [`Limits`] has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitSources {
    most: LimitSource,
    others: BTreeMap<Limit, LimitSource>,
}

impl LimitSources {
    /// Where this limit comes from.
    #[must_use]
    pub fn of(&self, limit: Limit) -> LimitSource {
        self.others.get(&limit).copied().unwrap_or(self.most)
    }

    /// Says that somebody else decided this limit.
    pub fn decide(&mut self, limit: Limit, source: LimitSource) {
        self.others.insert(limit, source);
    }

    fn all(source: LimitSource) -> Self {
        Self { most: source, others: BTreeMap::new() }
    }
}

impl Serialize for LimitSources {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(Limit::ALL.iter().map(|limit| (limit.field(), self.of(*limit))))
    }
}

/// The limits of a provider, and where each of them comes from.
///
/// Made from a [`Preset`], or from [`Limits`] that an application has put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectiveLimits {
    /// What it may use.
    pub limits: Limits,
    /// Who decided that.
    pub sources: LimitSources,
}

impl EffectiveLimits {
    /// Takes one limit over from others.
    pub fn overlay(&mut self, limit: Limit, from: &Limits, source: LimitSource) {
        self.limits.copy(limit, from);
        self.sources.decide(limit, source);
    }
}

impl Default for EffectiveLimits {
    fn default() -> Self {
        Preset::default().into()
    }
}

impl From<Preset> for EffectiveLimits {
    fn from(preset: Preset) -> Self {
        Self { limits: Limits::preset(preset), sources: LimitSources::all(LimitSource::Preset(preset)) }
    }
}

impl From<Limits> for EffectiveLimits {
    fn from(limits: Limits) -> Self {
        Self { limits, sources: LimitSources::all(LimitSource::Application) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_tells_where_it_comes_from() {
        let mut effective = EffectiveLimits::from(Preset::Tight);
        effective.overlay(Limit::Fuel, &Limits::preset(Preset::Large), LimitSource::Configuration);
        assert_eq!(effective.limits, Limits { fuel: 500_000_000_000, ..Limits::preset(Preset::Tight) });
        assert_eq!(effective.sources.of(Limit::Fuel), LimitSource::Configuration);
        assert_eq!(effective.sources.of(Limit::Memory), LimitSource::Preset(Preset::Tight));

        let sources = serde_json::to_value(&effective.sources).unwrap();
        let limits = serde_json::to_value(&effective.limits).unwrap();
        let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&sources), keys(&limits));
        assert_eq!((&sources["fuel"], &sources["memory_bytes"]), (&"configuration".into(), &"preset tight".into()));
    }

    #[test]
    fn what_an_application_gives_is_its_own_even_where_it_is_the_default() {
        let effective = EffectiveLimits::from(Limits::default());
        assert!(Limit::ALL.iter().all(|limit| effective.sources.of(*limit) == LimitSource::Application));
        assert_eq!(EffectiveLimits::default().limits, effective.limits);
        assert_eq!(EffectiveLimits::default().sources.of(Limit::Fuel).to_string(), "preset default");
    }
}
