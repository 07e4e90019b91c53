//! What the documents show is what is built, and what they say of the interface is what the interface has.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use palisade::{Capability, Config, chat};
use palisade_conformance::Recordings;
use palisade_pipeline::{Field, Output};
use wit_parser::{Resolve, Type, TypeDefKind, TypeId};

/// Where documents are; of a folder that is named with a star, one folder below.
const FOLDERS: [&str; 5] = ["", "docs", "docs/adr", "example-providers/*", "guest-sdk/*"];

/// What is typed into a terminal, or printed there.
const FREE: [&str; 3] = ["sh", "console", "text"];

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All documents, by their paths below the root.
fn pages() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let entries =
        |folder: &Path| -> Vec<PathBuf> { fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect() };
    let mut pages = Vec::new();
    for name in FOLDERS {
        let folders = match name.strip_suffix("/*") {
            Some(above) => entries(&root.join(above)).into_iter().filter(|path| path.is_dir()).collect(),
            None => vec![root.join(name)],
        };
        for path in folders.iter().flat_map(|folder| entries(folder)) {
            if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    pages.sort();
    pages
}

/// The blocks of code of a page, each with what stands behind its fence.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    let mut is_inside = false;
    for line in page.lines() {
        match line.strip_prefix("```") {
            Some(info) if !is_inside => {
                blocks.push((info.to_owned(), String::new()));
                is_inside = true;
            }
            Some(_) => is_inside = false,
            None if is_inside => blocks.last_mut().unwrap().1.push_str(&format!("{line}\n")),
            None => {}
        }
    }
    blocks
}

/// Whether these lines stand in a text, one after the other, with the same before each of them: an indentation, or what begins a comment
/// of documentation.
fn has_excerpt(text: &str, excerpt: &str) -> bool {
    let (lines, excerpt): (Vec<_>, Vec<_>) = (text.lines().collect(), excerpt.lines().collect());
    let first = excerpt[0];
    lines.windows(excerpt.len()).any(|window| {
        let Some(before) = window[0].strip_suffix(first).filter(|before| ["", "//!"].contains(&before.trim())) else {
            return false;
        };
        window.iter().zip(&excerpt).all(|(line, shown)| match shown.is_empty() {
            true => *line == before.trim_end(),
            false => line.strip_prefix(before) == Some(shown),
        })
    })
}

#[test]
fn an_excerpt_is_found_whole_and_in_order() {
    let text = "a\n    if b {\n\n        c\n    }\n";
    assert!(has_excerpt(text, "if b {\n\n    c\n}\n") && has_excerpt(text, text) && has_excerpt(text, "    if b {\n"));
    let comment = "//! ```\n//! a\n//!\n//!   b\n//! ```\n";
    assert!(has_excerpt(comment, "a\n\n  b\n") && !has_excerpt(comment, "a\n\nb\n") && !has_excerpt("// a\n", "a\n"));
    for other in ["if b {\n    c\n}\n", "if b {\n\nc\n}\n", "b {\n", "a\nif b {\n"] {
        assert!(!has_excerpt(text, other), "{other:?}");
    }
}

/// Holds a block to what it says that it is.
fn hold(info: &str, block: &str) -> Result<(), String> {
    if let Some((_, file)) = info.split_once(" file=") {
        return if has_excerpt(&read(file), block) { Ok(()) } else { Err(format!("it is not in {file}")) };
    }
    match info {
        "toml" => {
            Config::parse(block, Path::new("")).map(drop).map_err(|error| format!("it is no palisade.toml: {error}"))
        }
        "json of=chat" => serde_json::from_str::<chat::Request>(block).map(drop).map_err(|error| error.to_string()),
        "json of=recording" => {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("1.json"), block).unwrap();
            Recordings::read(folder.path()).map(drop).map_err(|error| error.to_string())
        }
        _ => Err("name the file of this code, as in ```rust file=src/lib.rs".to_owned()),
    }
}

#[test]
fn code_of_the_documents_stands_in_the_file_that_it_names_or_is_read() {
    let (mut found, mut files) = (0, 0);
    for page in pages() {
        for (info, block) in blocks(&read(&page)) {
            if FREE.contains(&info.as_str()) {
                continue;
            }
            hold(&info, &block).unwrap_or_else(|why| panic!("{page}: {why}\n```{info}\n{block}```"));
            found += 1;
            files += usize::from(info.contains(" file="));
        }
    }
    assert!(files >= 30 && found >= files + 10, "{found} blocks were found, {files} of them of a file");
}

#[test]
fn what_is_not_so_is_not_held() {
    for (info, block, why) in [
        ("rust file=host/examples/hello.rs", "let host = Host::closed();\n", "not in host/examples/hello.rs"),
        ("rust", "fn main() {}\n", "name the file"),
        ("", "anything\n", "name the file"),
        ("python", "pass\n", "name the file"),
        ("toml", "[providers.card]\ncomponent = \"card.wasm\"\ncolour = \"red\"\n", "colour"),
        ("toml", "[limits]\ntimeout = \"soon\"\n", "no palisade.toml"),
        ("json of=chat", "{\"messages\": [], \"colour\": 1}\n", "colour"),
        ("json of=recording", "{\"version\": 1}\n", "recorded exchange"),
    ] {
        let found = hold(info, block).unwrap_err();
        assert!(found.contains(why), "{info}: {found}");
    }
}

/// The names of a record's fields, through aliases.
fn fields(resolve: &Resolve, id: TypeId) -> Vec<String> {
    match &resolve.types[id].kind {
        TypeDefKind::Record(record) => record.fields.iter().map(|field| field.name.clone()).collect(),
        TypeDefKind::Type(Type::Id(id)) => fields(resolve, *id),
        other => panic!("{} is no record", other.as_str()),
    }
}

#[test]
fn the_chapter_of_capabilities_has_every_field_of_every_request() {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit")).unwrap();
    let chapter = read("docs/capabilities.md");
    let mut sections: BTreeSet<&str> = chapter.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let mut count = 0;
    for (name, id) in &resolve.packages[package].interfaces {
        let interface = &resolve.interfaces[*id];
        let Some(request) = interface.types.get("request") else { continue };
        // It has the request of the one without a job.
        if name == "text-to-image-job" || name == "http" {
            continue;
        }
        assert!(sections.remove(name.as_str()), "no section `{name}`");
        let section = chapter.split(&format!("\n## {name}\n")).nth(1).unwrap();
        let section = section.split("\n## ").next().unwrap();
        let answer = interface.types.get("response").into_iter().flat_map(|id| fields(&resolve, *id));
        let shared = ["usage", "warnings"];
        for field in fields(&resolve, *request).into_iter().chain(answer.filter(|field| !shared.contains(&&**field))) {
            assert!(section.contains(&format!("`{field}`")), "`{field}` is not in the section `{name}`");
        }
        assert!(section.contains(&format!("palisade run {name} ")), "no command for `{name}`");
        assert!(section.contains(&format!("provider.{}(", name.replace('-', "_"))), "no call for `{name}`");
        count += 1;
    }
    assert_eq!(count, 13);
    assert_eq!(sections, BTreeSet::from(["Parameters", "What comes with every request"]), "of nothing in wit/");
}

#[test]
fn the_chapter_of_billing_has_every_kind_of_failure_and_every_unit() {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit")).unwrap();
    let types = &resolve.interfaces[resolve.packages[package].interfaces["types"]].types;
    let chapter = read("docs/billing.md");
    let TypeDefKind::Variant(kinds) = &resolve.types[types["failure-kind"]].kind else { panic!("no variant") };
    for case in &kinds.cases {
        assert!(chapter.contains(&format!("\n| `{}` |", case.name)), "no row for `{}`", case.name);
    }
    let unit = &read("wit/types.wit")
        .split_once("What is counted. One of")
        .unwrap()
        .1
        .split_once("The list")
        .unwrap()
        .0
        .to_owned();
    let units: Vec<&str> = unit.split('`').skip(1).step_by(2).collect();
    assert!(units.len() > 10);
    for unit in units {
        assert!(chapter.contains(&format!("`{unit}`")), "no unit `{unit}`");
    }
}

#[test]
fn the_chapter_of_pipelines_has_all_that_goes_in_and_comes_out() {
    let chapter = read("docs/pipelines.md");
    for capability in Capability::ALL {
        let field = |field: &Field| {
            let mark = if field.is_required { "**" } else { "" };
            format!("{mark}`{}`{mark} {}", field.name, field.kind)
        };
        let fields: Vec<_> = palisade_pipeline::fields(*capability).iter().map(field).collect();
        let output = |output: &Output| format!("`{}` {}", output.name, output.kind);
        let outputs: Vec<_> = palisade_pipeline::outputs(*capability).iter().map(output).collect();
        let row = format!("| `{capability}` | {} | {} |\n", fields.join(", "), outputs.join(", "));
        assert!(chapter.contains(&row), "docs/pipelines.md has no line\n{row}");
    }
}
