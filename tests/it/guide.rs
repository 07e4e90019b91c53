//! What the guide shows is what is built, and what it says of the interface is what the interface has.

use std::{collections::BTreeSet, fs, path::Path};

use wit_parser::{Resolve, Type, TypeDefKind, TypeId};

/// The chapters whose code names its file.
const CHAPTERS: [&str; 7] =
    ["billing.md", "capabilities.md", "contexts.md", "languages.md", "publishing.md", "testing.md", "transcripts.md"];

/// What is typed into a terminal, or printed there.
const FREE: [&str; 3] = ["sh", "console", "text"];

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
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

/// Whether these lines stand in a text, one after the other, with the same indentation before each of them.
fn has_excerpt(text: &str, excerpt: &str) -> bool {
    let (lines, excerpt): (Vec<_>, Vec<_>) = (text.lines().collect(), excerpt.lines().collect());
    let first = excerpt[0];
    lines.windows(excerpt.len()).any(|window| {
        let Some(indentation) = window[0].strip_suffix(first).filter(|before| before.trim().is_empty()) else {
            return false;
        };
        window.iter().zip(&excerpt).all(|(line, shown)| match shown.is_empty() {
            true => line.is_empty(),
            false => line.strip_prefix(indentation) == Some(shown),
        })
    })
}

#[test]
fn an_excerpt_is_found_whole_and_in_order() {
    let text = "a\n    if b {\n\n        c\n    }\n";
    assert!(has_excerpt(text, "if b {\n\n    c\n}\n") && has_excerpt(text, text) && has_excerpt(text, "    if b {\n"));
    for other in ["if b {\n    c\n}\n", "if b {\n\nc\n}\n", "b {\n", "a\nif b {\n"] {
        assert!(!has_excerpt(text, other), "{other:?}");
    }
}

#[test]
fn code_of_the_guide_stands_in_the_file_that_it_names() {
    let mut found = 0;
    for chapter in CHAPTERS {
        for (info, block) in blocks(&read(&format!("docs/{chapter}"))) {
            if FREE.contains(&info.as_str()) {
                continue;
            }
            let Some((_, file)) = info.split_once(" file=") else {
                panic!("{chapter}: name the file of this code, as in ```rust file=src/lib.rs\n```{info}\n{block}");
            };
            assert!(has_excerpt(&read(file), &block), "{chapter}: not in {file}:\n{block}");
            found += 1;
        }
    }
    assert!(found > 10, "only {found} blocks were found");
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
