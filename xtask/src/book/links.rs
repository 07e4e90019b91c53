//! The links of a page, and what they may lead to.

use std::{collections::BTreeSet, ops::Range};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// A link or a picture, as a page has it.
pub(super) struct Link {
    pub(super) target: String,
    /// The whole of it in the page.
    range: Range<usize>,
    /// What is shown.
    text: Range<usize>,
}

impl Link {
    /// Gives the path from the root and the anchor that it leads to, seen from a page; none if that is elsewhere.
    pub(super) fn resolve(&self, page: &str) -> Option<(String, Option<String>)> {
        if self.target.contains("://") || self.target.starts_with("mailto:") {
            return None;
        }
        let (path, anchor) = match self.target.split_once('#') {
            Some((path, anchor)) => (path, Some(anchor.to_owned())),
            None => (self.target.as_str(), None),
        };
        if path.is_empty() {
            return Some((page.to_owned(), anchor));
        }
        let mut parts: Vec<&str> = page.split('/').collect();
        parts.pop();
        for part in path.split('/') {
            match part {
                ".." => {
                    parts.pop();
                }
                "." | "" => {}
                part => parts.push(part),
            }
        }
        Some((parts.join("/"), anchor))
    }

    /// Counts from 1.
    pub(super) fn line(&self, page: &str) -> usize {
        page.bytes().take(self.range.start).filter(|byte| *byte == b'\n').count() + 1
    }
}

/// Finds the links of a page, in their order.
pub(super) fn all(page: &str) -> Vec<Link> {
    let mut found: Vec<Link> = Vec::new();
    let mut open: Vec<Link> = Vec::new();
    for (event, range) in parser(page).into_offset_iter() {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                open.push(Link { target: dest_url.into_string(), text: range.end..range.start, range });
            }
            Event::End(TagEnd::Link | TagEnd::Image) => found.extend(open.pop()),
            _ => {
                for link in &mut open {
                    link.text = link.text.start.min(range.start)..link.text.end.max(range.end);
                }
            }
        }
    }
    found
}

/// Gives the anchors of a page's headings, as code hosts and books name them.
pub(super) fn anchors(page: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut heading: Option<String> = None;
    for event in parser(page) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => anchors.extend(heading.take().map(|text| anchor(&text))),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            _ => {}
        }
    }
    anchors
}

/// Takes the links out of a page that lead to files beside the folder of chapters, which a book lacks: they go to the
/// repository, or, where nobody has said where that is, become their text.
pub(super) fn without_outside(path: &str, page: &str, chapters: &str, repository: Option<&str>) -> String {
    let mut text = page.to_owned();
    for link in all(page).into_iter().rev() {
        let Some((target, _)) = link.resolve(path) else { continue };
        if target.starts_with(&format!("{chapters}/")) {
            continue;
        }
        let shown = page.get(link.text).unwrap_or_default();
        match repository {
            Some(repository) => text.replace_range(link.range, &format!("[{shown}]({repository}/blob/HEAD/{target})")),
            None => text.replace_range(link.range, shown),
        }
    }
    text
}

fn parser(page: &str) -> Parser<'_> {
    Parser::new_ext(page, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES)
}

fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    kept.flat_map(char::to_lowercase).map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_files_beside_the_chapters_go_to_the_repository_or_are_text() {
        let page = "| [`SDK`](../guest-sdk) | [jobs](jobs.md#one) |\n\n`[code](../x)` [ADR](adr/1.md)\n";
        assert_eq!(
            without_outside("docs/a.md", page, "docs", Some("https://example.org/p")),
            page.replace("(../guest-sdk)", "(https://example.org/p/blob/HEAD/guest-sdk)")
        );
        assert_eq!(without_outside("docs/a.md", page, "docs", None), page.replace("[`SDK`](../guest-sdk)", "`SDK`"));
    }

    #[test]
    fn anchors_are_those_of_code_hosts() {
        let anchors = anchors("# How it reaches *anything*?\n\n```sh\n# no heading\n```\n\n## `a-b` c_d\n");
        assert_eq!(anchors.into_iter().collect::<Vec<_>>(), ["a-b-c_d", "how-it-reaches-anything"]);
    }
}
