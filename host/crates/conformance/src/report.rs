//! What was found of a component.

use std::time::Duration;

use palisade_core::{Capability, Digest, Limit, LimitValue, ModelId, ResourceUsage, catalogue::Description};
use palisade_sandbox::ImportStanding;
use serde::{Serialize, Serializer};

use crate::{Code, Severity};

/// Findings of one code that a check lists; more are counted.
const MAX_ALIKE: usize = 3;

/// All that was found.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// What the caller calls it.
    pub component: String,
    /// SHA-256 of the component; none where it could not be loaded.
    pub digest: Option<Digest>,
    /// Bytes of the component.
    pub size: u64,
    /// What it says of itself; none where it did not come so far.
    pub description: Option<Description>,
    /// What it exports.
    pub interfaces: Vec<Interface>,
    /// What it imports.
    pub imports: Vec<Import>,
    /// What was checked, and what was found.
    pub checks: Vec<Check>,
    /// What its calls used, by capability.
    pub resources: Vec<Usage>,
    /// Limits that leave room above what was used; empty where nothing was served.
    pub suggested_limits: Vec<SuggestedLimit>,
    /// Whether it passes.
    pub verdict: Verdict,
}

impl Report {
    /// All findings, in the order of the checks.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.checks.iter().flat_map(|check| &check.findings)
    }

    /// How many findings are so bad, with those that are only counted.
    #[must_use]
    pub fn count(&self, severity: Severity) -> u32 {
        let findings = self.findings().filter(|finding| finding.severity == severity);
        findings.map(|finding| finding.more.saturating_add(1)).fold(0, u32::saturating_add)
    }

    /// Decides the verdict from what was found.
    pub(crate) fn conclude(mut self) -> Self {
        if self.verdict != Verdict::Refused {
            self.verdict = match self.count(Severity::Error) {
                0 if self
                    .checks
                    .iter()
                    .any(|check| check.outcome == Outcome::NotChecked || check.left_out.is_some()) =>
                {
                    Verdict::PassesAsFarAsChecked
                }
                0 => Verdict::Passes,
                _ => Verdict::Fails,
            };
        }
        self
    }
}

/// An interface that a component exports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Interface {
    /// Its whole name, with package and version, escaped.
    pub name: String,
    /// Whether this host calls it.
    pub known: bool,
    /// The capability that it serves, where it is one.
    pub capability: Option<Capability>,
}

/// An interface that a component imports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Import {
    /// Its whole name, with package and version, escaped.
    pub name: String,
    /// What becomes of it.
    pub standing: ImportStanding,
    /// What an operator or the author does about it.
    pub advice: Option<&'static str>,
}

/// Something that was checked, or that was not.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// What, in a few words.
    pub name: &'static str,
    /// Of which capability; none for the component as a whole.
    pub capability: Option<Capability>,
    /// Of which model; none for all of them.
    pub model: Option<ModelId>,
    /// How it went.
    pub outcome: Outcome,
    /// How often something was tried.
    pub cases: u32,
    /// Why it, or some of it, was not checked.
    pub left_out: Option<String>,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Nothing is wrong, though there may be notes and warnings.
    Passed,
    /// Something is wrong.
    Failed,
    /// Nothing could be tried.
    NotChecked,
}

impl Check {
    /// A check of the component as a whole, of which nothing was tried yet.
    pub(crate) fn new(name: &'static str) -> Self {
        let (outcome, findings) = (Outcome::NotChecked, Vec::new());
        Self { name, capability: None, model: None, outcome, cases: 0, left_out: None, findings }
    }

    /// The same of a model.
    pub(crate) fn of(name: &'static str, capability: Capability, model: &ModelId) -> Self {
        Self { capability: Some(capability), model: Some(model.clone()), ..Self::new(name) }
    }

    /// Notes that something was tried.
    pub(crate) fn tried(&mut self) {
        self.cases += 1;
        if self.outcome == Outcome::NotChecked {
            self.outcome = Outcome::Passed;
        }
    }

    /// Notes why some of it was not checked; the first reason is kept.
    pub(crate) fn leave_out(&mut self, why: impl Into<String>) {
        self.left_out.get_or_insert_with(|| why.into());
    }

    /// Notes a finding, where there is one.
    pub(crate) fn find_some(&mut self, finding: Option<Finding>) {
        if let Some(finding) = finding {
            self.find(finding);
        }
    }

    /// Notes a finding.
    pub(crate) fn find(&mut self, finding: Finding) {
        if finding.severity == Severity::Error {
            self.outcome = Outcome::Failed;
        }
        let alike = self.findings.iter_mut().filter(|other| other.code == finding.code);
        let (count, last) = alike.fold((0, None), |(count, _), other| (count + 1, Some(other)));
        match last {
            Some(last) if count >= MAX_ALIKE => last.more += 1,
            _ => self.findings.push(finding),
        }
    }
}

/// Something that the author should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What was found, escaped.
    pub found: String,
    /// What to change.
    pub change: &'static str,
    /// How many more like it there were.
    pub more: u32,
}

impl Finding {
    /// A finding as bad as its code says.
    pub(crate) fn new(code: Code, found: impl Into<String>) -> Self {
        Self { code, severity: code.severity(), found: found.into(), change: code.change(), more: 0 }
    }

    /// The same, as bad as this.
    pub(crate) fn with_severity(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }
}

/// What the calls of a capability used that were served.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Usage {
    /// The capability.
    pub capability: Capability,
    /// Calls that were served.
    pub calls: u32,
    /// The median of each figure.
    pub median: ResourceUsage,
    /// The worst of each figure.
    pub worst: ResourceUsage,
}

/// A limit that leaves room above what was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SuggestedLimit {
    /// Which.
    pub limit: Limit,
    /// How much.
    pub value: LimitValue,
}

impl Serialize for SuggestedLimit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        let mut fields = serializer.serialize_struct("SuggestedLimit", 2)?;
        fields.serialize_field("limit", self.limit.key())?;
        fields.serialize_field("value", &self.value.to_string())?;
        fields.end()
    }
}

/// Whether a component passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// No error was found, and everything was checked.
    Passes,
    /// No error was found, and not everything could be checked.
    PassesAsFarAsChecked,
    /// It was refused when it was loaded.
    Refused,
    /// There are errors.
    Fails,
}

/// A time, as it is rounded up where limits are suggested.
pub(crate) fn whole_seconds(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs() + u64::from(time.subsec_nanos() > 0))
}
