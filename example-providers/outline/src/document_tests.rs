//! Tests of `document`.

use proptest::prelude::*;

use crate::document::{Link, MAX_ITEMS, Outline};

/// Level, title, line, words and parent of each section.
fn sections(markdown: &str, max_depth: usize) -> Vec<(usize, String, usize, usize, Option<usize>)> {
    let sections = Outline::read(markdown, max_depth).sections.into_iter();
    sections.map(|section| (section.level, section.title, section.line, section.words, section.parent)).collect()
}

#[track_caller]
fn check(markdown: &str, expected: &[(usize, &str, usize, usize, Option<usize>)]) {
    let expected: Vec<_> = expected.iter().map(|&(a, title, b, c, d)| (a, title.to_owned(), b, c, d)).collect();
    assert_eq!(sections(markdown, 6), expected, "{markdown}");
}

#[test]
fn sections_know_what_they_are_in() {
    check(
        "before\n\n# A\none two\n## B\n### C\nthree\n## D\n# E\n### F\n",
        &[
            (1, "A", 3, 2, None),
            (2, "B", 5, 0, Some(0)),
            (3, "C", 6, 1, Some(1)),
            (2, "D", 8, 0, Some(0)),
            (1, "E", 9, 0, None),
            (3, "F", 10, 0, Some(4)),
        ],
    );
}

#[test]
fn headings_come_in_two_styles_with_any_line_end() {
    check("Big\n===\r\n\r\nSmall *one*\r\n---\r\ntext\r\n", &[(1, "Big", 1, 0, None), (2, "Small one", 4, 1, Some(0))]);
    check("a\r\rb\r---\r", &[(2, "b", 3, 0, None)]);
}

#[test]
fn what_only_looks_like_a_heading_is_none() {
    check("```\n# code\n```\n\n    # indented\n\n#hash\n\n<!--\n# comment\n-->\n", &[]);
    check("---\ntitle: x\n---\n# A\n", &[(1, "A", 4, 0, None)]);
    check("+++\ntitle = 1\n+++\n# A\n", &[(1, "A", 4, 0, None)]);
}

#[test]
fn titles_are_plain_text() {
    check(
        "# `code`,  **bo**ld\t[link](x) ![pic](y) &amp; <b>html</b> #\n",
        &[(1, "code, bold link pic & html", 1, 0, None)],
    );
}

#[test]
fn deeper_headings_belong_to_the_text() {
    let found = sections("# A\none\n### B\ntwo\n## C\n", 2);
    assert_eq!(found, [(1, "A".into(), 1, 3, None), (2, "C".into(), 5, 0, Some(0))]);
}

#[test]
fn words_are_those_of_prose() {
    let words = |markdown| Outline::read(markdown, 6).words;
    assert_eq!(words("one **t**wo `three four`\nfive\n- six\n- seven\n"), 7);
    assert_eq!(words("---\na: b\n---\n```\ncode\n```\n<p>html</p>\n"), 0);
    assert_eq!(words("|a|b|\n|-|-|\n|c|d|\n"), 4);
    assert_eq!(words("# one\ntwo [thr](x)ee\n"), 3);
}

#[test]
fn links_of_all_kinds_are_listed() {
    let markdown = "[a *b*](x) <https://c.d> <e@f.gh> [i][1] ![pic](y) [![pic](y)](z)\n\n[1]: j\n# [k](l)\n";
    let expected = [
        ("a b", "x"),
        ("https://c.d", "https://c.d"),
        ("e@f.gh", "mailto:e@f.gh"),
        ("i", "j"),
        ("pic", "z"),
        ("k", "l"),
    ];
    let expected = expected.map(|(text, url)| Link { text: text.into(), url: url.into() });
    assert_eq!(Outline::read(markdown, 6).links, expected);
}

#[test]
fn languages_are_listed_once() {
    let markdown = "```Rust\n```\n~~~ toml title=\"x\"\n~~~\n```rust,ignore\n```\n```\n```\n";
    assert_eq!(Outline::read(markdown, 6).code_languages, ["rust", "toml"]);
}

#[test]
fn the_title_is_the_first_of_level_one() {
    let title = |markdown| Outline::read(markdown, 6).title;
    assert_eq!(title("## a\n# b\n# c\n").as_deref(), Some("b"));
    assert_eq!(title("## a\n"), None);
}

#[test]
fn a_megabyte_of_anything_is_read() {
    for part in ["# a\n", "> ", "- ", "[", "*a ", "`", "[a](b) ", "a\n=\n", "![", "<a", "| a ", "\r", "é"] {
        let markdown = part.repeat(1_000_000 / part.len());
        let outline = Outline::read(&markdown, 6);
        assert!(outline.sections.len() <= MAX_ITEMS && outline.links.len() <= MAX_ITEMS, "{part}");
    }
}

proptest! {
    #[test]
    fn any_text_has_an_outline(markdown in r"([#>\-*+=`\[\]()!<|&:~\r\n\t a-c\PC]|```|---\n|# |\]\(){0,200}", depth in 1usize..=6) {
        let outline = Outline::read(&markdown, depth);
        let mut slugs: Vec<_> = outline.sections.iter().map(|section| &section.slug).collect();
        slugs.sort();
        slugs.dedup();
        prop_assert_eq!(slugs.len(), outline.sections.len());
        let lines = markdown.split(['\r', '\n']).count();
        for (index, section) in outline.sections.iter().enumerate() {
            prop_assert!(section.level <= depth && (1..=lines).contains(&section.line));
            let parent = section.parent.map(|parent| (parent, outline.sections[parent].level));
            prop_assert!(parent.is_none_or(|(parent, level)| parent < index && level < section.level));
        }
        let in_sections: usize = outline.sections.iter().map(|section| section.words).sum();
        prop_assert!(in_sections <= outline.words);
    }
}
