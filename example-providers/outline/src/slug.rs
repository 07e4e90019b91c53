//! Anchors of headings, as GitHub makes them.

use std::collections::HashMap;

/// What stands for a heading without a letter.
const NAMELESS: &str = "section";

/// Makes anchors of which no two are alike.
#[derive(Debug, Default)]
pub(crate) struct Slugs {
    /// The slugs that were given, and the last number that was added to each.
    given: HashMap<String, u32>,
}

impl Slugs {
    /// The anchor of this title: in lower case, with hyphens for spaces and without punctuation. One that was given before
    /// gets a number.
    pub(crate) fn make(&mut self, title: &str) -> String {
        let kept = |character: &char| character.is_alphanumeric() || matches!(character, '-' | '_' | ' ');
        let slug: String = title.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-");
        let slug = if slug.is_empty() { NAMELESS.to_owned() } else { slug };
        let mut number = self.given.get(&slug).map_or(0, |last| last.saturating_add(1));
        let mut unique = if number == 0 { slug.clone() } else { format!("{slug}-{number}") };
        while self.given.contains_key(&unique) {
            number = number.saturating_add(1);
            unique = format!("{slug}-{number}");
        }
        self.given.insert(slug, number);
        self.given.entry(unique.clone()).or_insert(0);
        unique
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_those_of_github() {
        let mut slugs = Slugs::default();
        for (title, slug) in [
            ("Getting started", "getting-started"),
            ("What's new in v1.2?", "whats-new-in-v12"),
            ("snake_case & kebab-case", "snake_case--kebab-case"),
            ("Über uns", "über-uns"),
            ("日本語", "日本語"),
            ("???", "section"),
        ] {
            assert_eq!(slugs.make(title), slug);
        }
    }

    #[test]
    fn no_two_are_alike() {
        let mut slugs = Slugs::default();
        let made = ["a", "a", "a-1", "A", "a-1", "a-2", "!", "?"].map(|title| slugs.make(title));
        assert_eq!(made, ["a", "a-1", "a-1-1", "a-2", "a-1-2", "a-2-1", "section", "section-1"]);
    }
}
