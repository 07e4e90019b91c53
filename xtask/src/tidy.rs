//! `cargo xtask tidy`: the invariants of `ARCHITECTURE.md` that a program can check.

use std::fmt;

use anyhow::{Result, bail};

use crate::workspace::Workspace;

mod engine;
mod folders;
mod interfaces;
mod layers;
mod modules;
mod source;
mod syntax;
mod tree;

use tree::Tree;

/// A place where a rule is broken, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Violation {
    path: String,
    line: usize,
    rule: &'static str,
    remedy: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}: {}", self.path, self.line, self.rule, self.remedy)
    }
}

impl Violation {
    fn new(path: impl Into<String>, line: usize, rule: &'static str, remedy: impl Into<String>) -> Self {
        Self { path: path.into(), line, rule, remedy: remedy.into() }
    }
}

/// A rule looks at all files at once.
type Rule = fn(&Tree) -> Vec<Violation>;

/// All rules, in the order in which the invariants are listed.
const RULES: &[Rule] = &[
    folders::top_level,
    layers::rows,
    layers::confined_crates,
    layers::guests_are_apart,
    source::readable,
    source::confined_code,
    source::core_is_pure,
    source::length,
    source::unsafe_code,
    source::tests_are_complete,
    source::unfinished,
    modules::cycles,
];

/// Checks every rule and prints each violation.
///
/// # Errors
///
/// Fails if there is a violation.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let tree = Tree::read(&workspace.root)?;
    let mut violations: Vec<Violation> = RULES.iter().flat_map(|rule| rule(&tree)).collect();
    violations.extend(interfaces::documented(&workspace.root)?);
    violations.extend(interfaces::frozen(&workspace.root)?);
    violations.extend(engine::features(workspace)?);
    violations.sort();
    violations.dedup();
    for violation in &violations {
        println!("{violation}");
    }
    if !violations.is_empty() {
        bail!("tidy found {} violation(s)", violations.len());
    }
    println!("tidy: {} files, no violation", tree.files().len());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_violation_is_one_line_that_an_editor_can_follow() {
        let violation = Violation::new("host/src/lib.rs", 7, "length", "split it");
        assert_eq!(violation.to_string(), "host/src/lib.rs:7: length: split it");
    }
}
