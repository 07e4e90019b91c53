//! What the top level may hold.

use std::collections::BTreeSet;

use super::{Violation, tree::Tree};

/// Names that begin with a dot are allowed as well.
const ALLOWED: &[&str] = &[
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "SECURITY.md",
    "clippy.toml",
    "deny.toml",
    "docs",
    "example-providers",
    "guest-sdk",
    "host",
    "rustfmt.toml",
    "tests",
    "wit",
    "xtask",
];

pub(super) fn top_level(tree: &Tree) -> Vec<Violation> {
    let names: BTreeSet<&str> = tree.files().iter().filter_map(|file| file.path.split('/').next()).collect();
    let unknown = names.into_iter().filter(|name| !name.starts_with('.') && !ALLOWED.contains(name));
    unknown
        .map(|name| {
            Violation::new(
                name,
                1,
                "top-level",
                "move it into one of the folders, or add it to tidy's list with a reason",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_level_is_given() {
        let tree = Tree::of(&[("Cargo.toml", ""), (".ci/run", ""), ("host/src/lib.rs", ""), ("wit/types.wit", "")]);
        assert_eq!(top_level(&tree), []);
    }

    #[test]
    fn anything_else_is_reported_once() {
        let tree = Tree::of(&[("scripts/a.sh", ""), ("scripts/b.sh", "")]);
        let found = top_level(&tree);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "scripts");
    }
}
