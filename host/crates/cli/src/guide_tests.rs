//! The commands that the documents show are commands.

use std::{fs, mem, path::Path};

use clap::Parser as _;

use crate::arguments::Arguments;

/// The words of a line of shell, each command for itself, without what stands behind a `#`.
fn commands(line: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let (mut word, mut is_word, mut quote) = (String::new(), false, None);
    for letter in line.chars().chain([' ']) {
        match letter {
            _ if quote == Some(letter) => quote = None,
            _ if quote.is_some() => word.push(letter),
            '\'' | '"' => (quote, is_word) = (Some(letter), true),
            '#' if !is_word => break,
            ' ' if is_word => {
                let word = mem::take(&mut word);
                is_word = false;
                match word.as_str() {
                    "&&" | "|" => commands.push(Vec::new()),
                    _ => commands.last_mut().unwrap().push(word),
                }
            }
            ' ' => {}
            _ => {
                word.push(letter);
                is_word = true;
            }
        }
    }
    commands
}

/// The lines of a page that are typed into a terminal.
fn typed(page: &str) -> Vec<&str> {
    let mut fence: Option<&str> = None;
    let mut lines = Vec::new();
    for line in page.lines() {
        match (line.strip_prefix("```"), fence) {
            (Some(info), None) => fence = Some(info),
            (Some(_), Some(_)) => fence = None,
            (None, Some("sh")) => lines.push(line),
            (None, Some("console" | "text")) => lines.extend(line.strip_prefix("$ ")),
            _ => {}
        }
    }
    lines
}

#[test]
fn words_are_those_of_a_shell() {
    let line = "cd a && palisade run chat \"it's # 1\" '{\"a\": 1}' | wc   # prints it";
    let expected = [&["cd", "a"][..], &["palisade", "run", "chat", "it's # 1", "{\"a\": 1}"], &["wc"]];
    assert_eq!(commands(line), expected);
}

#[test]
fn the_commands_of_the_documents_can_be_typed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let folders = fs::read_dir(root.join("example-providers")).unwrap().map(|entry| entry.unwrap().path());
    let folders = folders.chain([root.clone(), root.join("docs"), root.join("docs/adr")]);
    let pages: Vec<_> = folders
        .filter(|folder| folder.is_dir())
        .flat_map(|folder| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()))
        .collect();
    let mut count = 0;
    for path in pages.iter().filter(|path| path.extension().is_some_and(|extension| extension == "md")) {
        let page = fs::read_to_string(path).unwrap();
        // What stands for something else is no command.
        for line in typed(&page).into_iter().filter(|line| !line.contains('…')) {
            for words in commands(line) {
                if words.first().is_some_and(|program| program.rsplit('/').next() == Some("palisade")) {
                    if let Err(error) = Arguments::try_parse_from(&words) {
                        panic!("{}: `{line}`: {error}", path.display());
                    }
                    count += 1;
                }
            }
        }
    }
    assert!(count > 30, "only {count} commands were found");
}
