//! Which parts of the engine are compiled in. A feature that any crate of the tree asks for is on for all of them, so the
//! manifest alone doesn't tell.

use anyhow::{Context, Result};
use serde::Deserialize;

use super::Violation;
use crate::{
    process::{Environment, capture},
    workspace::Workspace,
};

const RULE: &str = "engine-features";

/// What the sandbox needs of the engine, and what that brings with it. `gc`, `gc-copying` and `threads` are compiled in
/// because of advisories on builds without them, and switched off at run time.
const ALLOWED: &[(&str, &[&str])] = &[
    (
        "wasmtime",
        &[
            "async",
            "call-hook",
            "component-model",
            "cranelift",
            "gc",
            "gc-copying",
            "once_cell",
            "pooling-allocator",
            "runtime",
            "std",
            "threads",
            "wasmtime-jit-icache-coherence",
            "wasmtime-unwinder",
        ],
    ),
    ("wasmtime-wasi", &["p2"]),
];

#[derive(Deserialize)]
struct Metadata {
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    features: Vec<String>,
}

/// The engine has no features beyond the allowed ones.
pub(super) fn features(workspace: &Workspace) -> Result<Vec<Violation>> {
    let json = capture(
        Environment::default()
            .tool("CARGO", "cargo")
            .args(["metadata", "--format-version", "1", "--manifest-path"])
            .arg(workspace.root.join("Cargo.toml")),
    )?;
    let metadata: Metadata = serde_json::from_str(&json).context("cannot read the answer of cargo metadata")?;
    Ok(violations(&metadata.resolve.nodes))
}

fn violations(nodes: &[Node]) -> Vec<Violation> {
    let mut found = Vec::new();
    for &(package, allowed) in ALLOWED {
        let of_package = |node: &&Node| node.id.contains(&format!("#{package}@"));
        let features = nodes.iter().filter(of_package).flat_map(|node| &node.features);
        for feature in features.filter(|feature| !allowed.contains(&feature.as_str())) {
            let remedy = format!(
                "`{package}` is built with `{feature}`: find who asks for it with `cargo tree -e features -i {package}`"
            );
            found.push(Violation::new("Cargo.toml", 1, RULE, remedy));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str, features: &[&str]) -> Node {
        Node { id: format!("registry+index#{id}"), features: features.iter().map(ToString::to_string).collect() }
    }

    #[test]
    fn a_feature_beyond_the_allowed_ones_is_found() {
        let nodes = [node("wasmtime@48.0.8", &["async", "winch"]), node("wasmtime-wasi@48.0.8", &["p2", "p3"])];
        let found: Vec<_> = violations(&nodes).into_iter().map(|violation| violation.remedy).collect();
        assert_eq!(found.len(), 2);
        assert!(found[0].contains("`winch`") && found[1].contains("`p3`"), "{found:?}");
    }

    #[test]
    fn the_features_of_other_crates_are_their_own() {
        assert!(violations(&[node("wasmtime-environ@48.0.8", &["winch"]), node("clap@4.6.7", &["derive"])]).is_empty());
    }
}
