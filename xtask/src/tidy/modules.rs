//! Modules of a crate form no cycle: each can be read, tested and moved with what lies below it.
//!
//! A crate's top-level modules are compared, with everything in them; code for tests is left out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{
    Violation,
    syntax::{Named, Syntax},
    tree::{SourceFile, Tree},
};

/// Where one module names another first.
#[derive(Clone, Debug)]
struct Place {
    path: String,
    line: usize,
}

/// From module to module.
type Graph = BTreeMap<String, BTreeMap<String, Place>>;

pub(super) fn cycles(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for root in crate_folders(tree) {
        let graph = graph(tree, &root);
        let mut reported = BTreeSet::new();
        for module in graph.keys() {
            if reported.contains(module) {
                continue;
            }
            let Some(cycle) = shortest_cycle(&graph, module) else { continue };
            let Some(place) = cycle.get(1).and_then(|next| graph.get(module)?.get(next)) else { continue };
            let remedy = format!("{}: move what they share into a module below", cycle.join(" → "));
            found.push(Violation::new(place.path.clone(), place.line, "module-cycle", remedy));
            reported.extend(cycle);
        }
    }
    found
}

/// Returns the `src/` folders that hold a crate.
fn crate_folders(tree: &Tree) -> BTreeSet<String> {
    let roots = tree.files().iter().filter_map(|file| {
        let folder = file.path.strip_suffix("lib.rs").or_else(|| file.path.strip_suffix("main.rs"))?;
        folder.ends_with("src/").then(|| folder.to_owned())
    });
    roots.collect()
}

fn graph(tree: &Tree, root: &str) -> Graph {
    let files: Vec<(&SourceFile, &Syntax, Vec<String>)> = tree
        .rust()
        .filter_map(|(file, syntax)| Some((file, syntax, module_of(file.path.strip_prefix(root)?))))
        .filter(|(_, _, module)| module.first().is_none_or(|first| first != "bin"))
        .collect();
    let test_only: BTreeSet<Vec<String>> = files
        .iter()
        .flat_map(|(_, syntax, module)| {
            syntax.test_modules.iter().map(|name| module.iter().cloned().chain([name.clone()]).collect())
        })
        .collect();
    let modules: BTreeSet<String> = files.iter().filter_map(|(_, _, module)| module.first().cloned()).collect();
    let exported = exports(&files, &modules);

    let mut graph = Graph::new();
    for (file, syntax, module) in &files {
        let Some(from) = module.first() else { continue };
        if (1..=module.len()).any(|length| module.get(..length).is_some_and(|part| test_only.contains(part))) {
            continue;
        }
        for name in syntax.names.iter().filter(|name| !name.test) {
            let Some(first) = target(name, module) else { continue };
            let to = if modules.contains(first) { first } else { exported.get(first).map_or("", String::as_str) };
            if !to.is_empty() && to != from {
                let place = Place { path: file.path.clone(), line: name.line };
                graph.entry(from.clone()).or_default().entry(to.to_owned()).or_insert(place);
            }
        }
    }
    graph
}

/// Returns the module that a file below `src/` holds; for the root of the crate it has no segment.
fn module_of(path: &str) -> Vec<String> {
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let mut segments: Vec<String> = path.split('/').map(str::to_owned).collect();
    let last = segments.last().map_or("", String::as_str);
    if last == "mod" || (segments.len() == 1 && matches!(last, "lib" | "main")) {
        segments.pop();
    }
    segments
}

/// Returns which module the names come from that the root re-exports, since `crate::Name` hides that.
fn exports(files: &[(&SourceFile, &Syntax, Vec<String>)], modules: &BTreeSet<String>) -> BTreeMap<String, String> {
    let mut exported = BTreeMap::new();
    for (_, syntax, _) in files.iter().filter(|(_, _, module)| module.is_empty()) {
        for name in syntax.names.iter().filter(|name| name.imported && !name.test) {
            let segments = name.segments.strip_prefix(&["crate".to_owned()]).unwrap_or(&name.segments);
            let segments = segments.strip_prefix(&["self".to_owned()]).unwrap_or(segments);
            let (Some(module), Some(last)) = (segments.first(), segments.last()) else { continue };
            if segments.len() > 1 && modules.contains(module) {
                exported.insert(name.alias.clone().unwrap_or_else(|| last.clone()), module.clone());
            }
        }
    }
    exported
}

/// Returns the first segment below the root of the crate of what a path in this module leads to, if it leads there.
fn target<'a>(name: &'a Named, module: &[String]) -> Option<&'a str> {
    let first = name.segments.first()?;
    let supers = name.segments.iter().take_while(|segment| *segment == "super").count();
    let depth = module.len() + name.inside.len();
    match first.as_str() {
        "crate" => name.segments.get(1).map(String::as_str),
        "super" if supers == depth => name.segments.get(supers).map(String::as_str),
        _ => None,
    }
}

/// Finds the shortest way from a module back to itself; it begins and ends with the module.
fn shortest_cycle(graph: &Graph, start: &str) -> Option<Vec<String>> {
    let mut queue = VecDeque::from([vec![start.to_owned()]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = queue.pop_front() {
        for next in way.last().and_then(|last| graph.get(last)).into_iter().flat_map(BTreeMap::keys) {
            let mut longer = way.clone();
            longer.push(next.clone());
            if next == start {
                return Some(longer);
            }
            if seen.insert(next.clone()) {
                queue.push_back(longer);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        cycles(&Tree::of(files)).iter().map(ToString::to_string).collect()
    }

    const ROOT: (&str, &str) =
        ("host/src/lib.rs", "mod a; mod b; mod c; pub use a::Thing; pub use b::Other as Renamed;");

    #[test]
    fn a_chain_is_no_cycle() {
        let files =
            [ROOT, ("host/src/a.rs", "use crate::b::B;"), ("host/src/b.rs", "use crate::c::C;"), ("host/src/c.rs", "")];
        assert!(found(&files).is_empty());
    }

    #[test]
    fn a_cycle_is_reported_once_with_its_way() {
        let files = [
            ROOT,
            ("host/src/a.rs", "\nuse crate::{b::B};"),
            ("host/src/b/deep.rs", "fn f() { crate::c::g() }"),
            ("host/src/c.rs", "use super::a;"),
        ];
        let [only] = &found(&files)[..] else { panic!("{:?}", found(&files)) };
        assert_eq!(only, "host/src/a.rs:2: module-cycle: a → b → c → a: move what they share into a module below");
    }

    #[test]
    fn a_re_export_hides_nothing() {
        let files = [ROOT, ("host/src/a.rs", "use crate::Renamed;"), ("host/src/b.rs", "use crate::Thing;")];
        assert_eq!(found(&files).len(), 1);
    }

    #[test]
    fn modules_inside_of_one_are_free() {
        let files = [
            ROOT,
            ("host/src/a.rs", "mod x; mod y;"),
            ("host/src/a/x.rs", "use super::y; use crate::a::y;"),
            ("host/src/a/y.rs", "use super::x; mod inner { use super::super::x; }"),
        ];
        assert!(found(&files).is_empty());
    }

    #[test]
    fn tests_may_look_everywhere() {
        let files = [
            ROOT,
            ("host/src/a.rs", "#[cfg(test)] mod tests { use crate::b::B; } #[cfg(test)] mod fixture;"),
            ("host/src/a/fixture.rs", "use crate::b::B;"),
            ("host/src/b.rs", "use crate::a::A;"),
        ];
        assert!(found(&files).is_empty());
    }

    #[test]
    fn an_inline_module_is_one_level_deeper() {
        let files = [ROOT, ("host/src/a.rs", "mod i { use super::super::b; }"), ("host/src/b.rs", "use super::a;")];
        assert_eq!(found(&files).len(), 1);
    }
}
