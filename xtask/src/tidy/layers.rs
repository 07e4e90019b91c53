//! Which crate may depend on which, as the manifests say it.

use super::{Violation, tree::Tree};

/// The rows of the architecture, from the vocabulary up to the program.
const ROWS: &[&[&str]] = &[
    &["palisade-core"],
    &[
        "palisade-chaos",
        "palisade-world",
        "palisade-storage",
        "palisade-stores",
        "palisade-project",
        "palisade-resources-derive",
    ],
    &["palisade-sandbox", "palisade-egress", "palisade-sources", "palisade-routing", "palisade-resources"],
    &["palisade", "palisade-conformance"],
    &["palisade-server", "palisade-pipeline"],
    &["palisade-cli"],
];

/// Crates that only some of ours may depend on. A name that ends with a star stands for all names that begin so.
const CONFINED: &[(&str, &[&str])] = &[
    ("wasmtime*", &["palisade-world", "palisade-sandbox"]),
    ("redb", &["palisade-storage"]),
    ("rusqlite", &["palisade-stores"]),
    ("libsqlite3-sys", &["palisade-stores"]),
    ("object_store", &["palisade-stores"]),
    ("fast-hnsw", &["palisade-stores"]),
    ("axum*", &["palisade-server", "palisade-vendors"]),
    ("clap*", &["palisade-cli", "xtask"]),
    ("reqwest", &["palisade-egress"]),
    ("ureq", &["palisade-egress"]),
    ("isahc", &["palisade-egress"]),
    ("curl", &["palisade-egress"]),
    ("hyper", &["palisade-egress", "palisade-server", "palisade-vendors"]),
    ("hyper-util", &["palisade-egress", "palisade-server", "palisade-vendors"]),
    ("hyper-rustls", &["palisade-egress"]),
    ("tokio-rustls", &["palisade-egress", "palisade-server"]),
    ("hickory-resolver", &["palisade-egress"]),
];

/// What brings I/O or a runtime with it, and is therefore nothing for the vocabulary.
const RUNTIMES: &[&str] =
    &["tokio", "tokio-*", "async-std", "smol", "async-io", "mio", "rayon", "wasmtime*", "hyper*", "reqwest"];

/// A normal dependency, as a manifest names it.
#[derive(Debug)]
struct Edge {
    manifest: String,
    line: usize,
    from: String,
    to: String,
}

/// A crate depends on lower rows only, and never on its own.
pub(super) fn rows(tree: &Tree) -> Vec<Violation> {
    const RULE: &str = "layers";
    let mut found = Vec::new();
    for (manifest, name) in packages(tree) {
        if manifest.starts_with("host/") && row(&name).is_none() {
            found.push(Violation::new(manifest, 1, RULE, format!("`{name}` has no row: add it to tidy's rows")));
        }
    }
    for edge in edges(tree) {
        let (Some(from), Some(to)) = (row(&edge.from), row(&edge.to)) else { continue };
        if from == to {
            let remedy =
                format!("`{}` and `{}` are of one row: move what they share into `palisade-core`", edge.from, edge.to);
            found.push(Violation::new(edge.manifest, edge.line, RULE, remedy));
        } else if from < to {
            let remedy = format!(
                "`{}` (row {from}) must not depend on `{}` (row {to}): turn the dependency around, or pass the value in",
                edge.from, edge.to
            );
            found.push(Violation::new(edge.manifest, edge.line, RULE, remedy));
        }
    }
    found
}

/// Some crates are used in one place; the vocabulary uses no runtime.
pub(super) fn confined_crates(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for edge in edges(tree) {
        // The integration tests are a package of tests: all its dependencies are for tests.
        if edge.from == "palisade-tests" {
            continue;
        }
        for (pattern, homes) in CONFINED {
            if matches(pattern, &edge.to) && !homes.contains(&edge.from.as_str()) {
                let remedy = format!("`{}` is used only in {}: go through it", edge.to, homes.join(" and "));
                found.push(Violation::new(edge.manifest.clone(), edge.line, "confined-crate", remedy));
            }
        }
        if edge.from == "palisade-core" && RUNTIMES.iter().any(|pattern| matches(pattern, &edge.to)) {
            let remedy = format!("the vocabulary names no runtime: move what needs `{}` to a higher row", edge.to);
            found.push(Violation::new(edge.manifest, edge.line, "pure-core", remedy));
        }
    }
    found
}

/// Guests know the WIT, and nothing of the host.
pub(super) fn guests_are_apart(tree: &Tree) -> Vec<Violation> {
    let guest = |manifest: &str| {
        ["guest-sdk/", "example-providers/", "tests/fetcher/", "tests/hostile/"]
            .iter()
            .any(|folder| manifest.starts_with(folder))
    };
    edges(tree)
        .into_iter()
        .filter(|edge| guest(&edge.manifest) && row(&edge.to).is_some())
        .map(|edge| {
            let remedy = format!("a guest must not depend on `{}` of the host: say it in the WIT", edge.to);
            Violation::new(edge.manifest, edge.line, "guests-apart", remedy)
        })
        .collect()
}

fn row(name: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&name))
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}

/// Returns each package's manifest and name.
fn packages(tree: &Tree) -> Vec<(String, String)> {
    let manifests = tree.files().iter().filter(|file| file.path.ends_with("Cargo.toml"));
    manifests
        .filter_map(|file| {
            let table: toml::Table = file.text.parse().ok()?;
            let name = table.get("package")?.get("name")?.as_str()?;
            Some((file.path.clone(), name.to_owned()))
        })
        .collect()
}

/// Returns the normal dependencies of all packages, those for one platform included.
fn edges(tree: &Tree) -> Vec<Edge> {
    let mut edges = Vec::new();
    for file in tree.files().iter().filter(|file| file.path.ends_with("Cargo.toml")) {
        let Ok(table) = file.text.parse::<toml::Table>() else { continue };
        let Some(from) = table.get("package").and_then(|package| package.get("name")?.as_str()) else { continue };
        let platforms = table.get("target").and_then(toml::Value::as_table);
        let platforms =
            platforms.into_iter().flat_map(|platforms| platforms.values()).filter_map(toml::Value::as_table);
        for dependencies in
            std::iter::once(&table).chain(platforms).filter_map(|table| table.get("dependencies")?.as_table())
        {
            for (key, value) in dependencies {
                let renamed = value.get("package").and_then(toml::Value::as_str);
                edges.push(Edge {
                    manifest: file.path.clone(),
                    line: line_of(&file.text, key),
                    from: from.to_owned(),
                    to: renamed.unwrap_or(key).to_owned(),
                });
            }
        }
    }
    edges
}

/// Finds the line on which a manifest names a normal dependency.
fn line_of(text: &str, key: &str) -> usize {
    let mut normal = false;
    for (number, line) in text.lines().enumerate() {
        if line.starts_with('[') {
            normal = line.ends_with("dependencies]") && !line.contains("dev-") && !line.contains("build-");
            if line.contains(&format!("dependencies.{key}]")) {
                return number + 1;
            }
        }
        let rest = line.strip_prefix(key).unwrap_or("");
        if normal && rest.starts_with(['.', ' ', '=']) {
            return number + 1;
        }
    }
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(folder: &str, name: &str, dependencies: &str) -> Tree {
        let text = format!("[package]\nname = \"{name}\"\n\n[dependencies]\n{dependencies}");
        Tree::of(&[(&format!("{folder}/Cargo.toml"), &text)])
    }

    fn lines(found: &[Violation]) -> Vec<(usize, &str)> {
        found.iter().map(|violation| (violation.line, violation.rule)).collect()
    }

    #[test]
    fn dependencies_point_down() {
        let down =
            manifest("host", "palisade", "palisade-core.workspace = true\npalisade-sandbox = { path = \"x\" }\n");
        assert_eq!(rows(&down), []);
        let up =
            manifest("host/crates/core", "palisade-core", "serde.workspace = true\npalisade-world.workspace = true\n");
        assert_eq!(lines(&rows(&up)), [(6, "layers")]);
    }

    #[test]
    fn a_row_has_no_edge_inside() {
        let tree = manifest("host/crates/routing", "palisade-routing", "palisade-sandbox.workspace = true\n");
        assert!(rows(&tree)[0].remedy.contains("palisade-core"));
    }

    #[test]
    fn dev_dependencies_are_free() {
        let text = "[package]\nname = \"palisade-core\"\n[dev-dependencies]\ntokio = \"1\"\npalisade-world = \"1\"\n";
        let tree = Tree::of(&[("host/crates/core/Cargo.toml", text)]);
        assert_eq!(rows(&tree), []);
        assert_eq!(confined_crates(&tree), []);
    }

    #[test]
    fn a_crate_of_the_host_has_a_row() {
        assert_eq!(lines(&rows(&manifest("host/crates/new", "palisade-new", ""))), [(1, "layers")]);
    }

    #[test]
    fn crates_are_confined() {
        let engine = "wasmtime.workspace = true\n";
        assert_eq!(confined_crates(&manifest("host/crates/sandbox", "palisade-sandbox", engine)), []);
        assert_eq!(lines(&confined_crates(&manifest("host", "palisade", engine))), [(5, "confined-crate")]);
        let clap = "clap.workspace = true\n";
        assert_eq!(confined_crates(&manifest("xtask", "xtask", clap)), []);
        assert_eq!(confined_crates(&manifest("host", "palisade", clap)).len(), 1);
        let client = manifest("host/crates/sources", "palisade-sources", "http-client = { package = \"reqwest\" }\n");
        assert_eq!(lines(&confined_crates(&client)), [(5, "confined-crate")]);
    }

    #[test]
    fn the_vocabulary_names_no_runtime() {
        let tree = manifest("host/crates/core", "palisade-core", "serde = \"1\"\ntokio = \"1\"\n");
        assert_eq!(lines(&confined_crates(&tree)), [(6, "pure-core")]);
    }

    #[test]
    fn platforms_count() {
        let text = "[package]\nname = \"palisade\"\n[target.'cfg(unix)'.dependencies]\nclap = \"4\"\n";
        assert_eq!(lines(&confined_crates(&Tree::of(&[("host/Cargo.toml", text)]))), [(4, "confined-crate")]);
    }

    #[test]
    fn guests_do_not_know_the_host() {
        let guest = |dependency: &str| guests_are_apart(&manifest("example-providers/qr", "qr", dependency));
        assert_eq!(guest("palisade-guest.workspace = true\n"), []);
        assert_eq!(lines(&guest("palisade-core.workspace = true\n")), [(5, "guests-apart")]);
    }
}
