//! The report of `palisade check`, for a person.

use palisade::text::escape;
use palisade_conformance::{Check, Finding, Import, Outcome, Report, Severity, Usage, Verdict};

use crate::format;

/// Most bytes of a finding that are shown; the JSON has all of it.
const SHOWN: usize = 400;

/// Prints all that a person acts on: what it is, what was checked, what was found, what it used, the verdict.
pub(crate) fn print(report: &Report) -> std::io::Result<()> {
    format::print(facts(report))?;
    if !report.imports.is_empty() {
        let mut table = format::table(&["import", "standing", "what to do"]);
        let column = |cell: fn(&Import) -> String| format::lines(report.imports.iter().map(cell));
        table.add_row([
            column(|import| import.name.clone()),
            column(|import| format::word(&import.standing)),
            column(|import| import.advice.unwrap_or("-").to_owned()),
        ]);
        format::print("\n")?;
        format::print(table)?;
    }
    if !report.checks.is_empty() {
        format::print("\n")?;
        format::print(checks(&report.checks))?;
    }
    if !report.resources.is_empty() {
        format::print("\n")?;
        format::print(resources(&report.resources))?;
        let limits = report.suggested_limits.iter().map(|own| format!("{} = \"{}\"", own.limit.key(), own.value));
        format::print(format!(
            "\nlimits with room above that, for palisade.toml:\nlimits = {{ {} }}",
            format::list(limits)
        ))?;
    }
    for check in report.checks.iter().filter(|check| !check.findings.is_empty()) {
        format::print("\n")?;
        for (index, finding) in check.findings.iter().enumerate() {
            format::print(told(check, finding))?;
            // Once for those of one code.
            if check.findings.get(index + 1).is_none_or(|next| next.code != finding.code) {
                format::print(format!("  change: {}", finding.change))?;
            }
        }
    }
    format::print("\n")?;
    format::print(verdict(report))
}

fn facts(report: &Report) -> comfy_table::Table {
    let mut facts = format::facts();
    facts.add_row(["component", &report.component]);
    if let Some(digest) = report.digest {
        facts.add_row(["digest", &digest.to_string()]);
        facts.add_row(["size", &format::bytes(report.size)]);
    }
    if let Some(description) = &report.description {
        let says = format!("{} {}: {}", description.claimed_id, description.version, description.summary);
        facts.add_row(["says it is", &escape(&says, 200)]);
        if !description.hosts.is_empty() {
            facts.add_row(["asks for", &escape(&format::list(&description.hosts), 300)]);
        }
    }
    if !report.interfaces.is_empty() {
        let name = |interface: &palisade_conformance::Interface| {
            format!("{}{}", interface.name, if interface.known { "" } else { " (not known here)" })
        };
        facts.add_row(["speaks", &format::lines(report.interfaces.iter().map(name))]);
    }
    facts
}

/// A row for the component, and one for each model of a capability.
fn checks(checks: &[Check]) -> comfy_table::Table {
    let mut table = format::table(&["of", "check", "tried", "outcome"]);
    for group in checks.chunk_by(|one, next| (one.capability, &one.model) == (next.capability, &next.model)) {
        let of = group.first().map(|check| match (check.capability, &check.model) {
            (Some(capability), Some(model)) => format!("{capability}\n{}", escape(model.as_str(), 64)),
            (Some(capability), None) => capability.to_string(),
            (None, _) => "component".to_owned(),
        });
        let column = |cell: fn(&Check) -> String| format::lines(group.iter().map(cell));
        table.add_row([
            of.unwrap_or_default(),
            column(|check| check.name.to_owned()),
            column(|check| check.cases.to_string()),
            column(outcome),
        ]);
    }
    table
}

fn outcome(check: &Check) -> String {
    let count = |severity: Severity| {
        let findings = check.findings.iter().filter(|finding| finding.severity == severity);
        let count: u32 = findings.map(|finding| 1 + finding.more).sum();
        let plural = if count == 1 { "" } else { "s" };
        (count > 0).then(|| format!("{count} {}{plural}", severity.name()))
    };
    let mut parts: Vec<_> =
        [Severity::Error, Severity::Warning, Severity::Note].into_iter().filter_map(count).collect();
    match (check.outcome, &check.left_out) {
        (Outcome::NotChecked, why) => parts.push(format!("not checked{}", because(why.as_ref()))),
        (_, Some(why)) => parts.push(format!("in part{}", because(Some(why)))),
        (Outcome::Passed, None) if parts.is_empty() => parts.push("passed".to_owned()),
        (Outcome::Passed | Outcome::Failed, None) => {}
    }
    parts.join("; ")
}

fn because(why: Option<&String>) -> String {
    why.map_or_else(String::new, |why| format!(": {}", escape(why, 160)))
}

fn resources(usages: &[Usage]) -> comfy_table::Table {
    let mut table = format::table(&["used by", "served", "", "fuel", "memory", "computed", "took"]);
    for usage in usages {
        let column =
            |show: &dyn Fn(&palisade::ResourceUsage) -> String| format::lines([&usage.median, &usage.worst].map(show));
        table.add_row([
            usage.capability.to_string(),
            usage.calls.to_string(),
            format::lines(["median", "worst"]),
            column(&|used| format::count(used.fuel.unwrap_or_default())),
            column(&|used| format::bytes(used.peak_memory_bytes)),
            column(&|used| format::time(used.guest_time)),
            column(&|used| format::time(used.wall_time)),
        ]);
    }
    table
}

/// A finding, as compilers tell theirs.
fn told(check: &Check, finding: &Finding) -> String {
    let of = check.capability.map_or_else(String::new, |capability| format!(" of {capability}"));
    let more = if finding.more > 0 { format!(" (and {} more like it)", finding.more) } else { String::new() };
    let Finding { code, severity, found, .. } = finding;
    format!("{}[{}]: {}{of}: {}{more}", severity.name(), code.as_str(), check.name, escape(found, SHOWN))
}

fn verdict(report: &Report) -> String {
    let [errors, warnings] = [Severity::Error, Severity::Warning].map(|severity| report.count(severity));
    let left_out =
        report.checks.iter().filter(|check| check.left_out.is_some() || check.outcome == Outcome::NotChecked);
    let left_out = u32::try_from(left_out.count()).unwrap_or(u32::MAX);
    let count = |count: u32, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let found = format!("{}, {}", count(errors, "error"), count(warnings, "warning"));
    match report.verdict {
        Verdict::Passes => format!("passes: {found}"),
        Verdict::PassesAsFarAsChecked => {
            format!("passes as far as it was checked: {found}; {} not checked, or in part", count(left_out, "check"))
        }
        Verdict::Refused => "refused: it would not be loaded".to_owned(),
        Verdict::Fails => format!("fails: {found}"),
    }
}
