//! What a clause may look like.

use crate::words::Word;

/// Words, groups and asterisks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Element>);

#[derive(Debug, PartialEq, Eq)]
enum Element {
    Word(String),
    Group(String),
    Any,
}

impl Pattern {
    /// Reads `* my * @family *`.
    pub(crate) fn parse(text: &str) -> Self {
        let element = |word: &str| match (word, word.strip_prefix('@')) {
            ("*", _) => Element::Any,
            (_, Some(group)) => Element::Group(group.to_owned()),
            (word, None) => Element::Word(word.to_owned()),
        };
        Self(text.split_whitespace().map(element).collect())
    }

    /// Names of the groups in it.
    #[cfg(test)]
    pub(crate) fn groups(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|element| if let Element::Group(name) = element { Some(name.as_str()) } else { None })
    }

    /// What the asterisks and groups stand for, in order, as few words each as possible; none when the clause looks
    /// different. It takes one pass, since an asterisk never has to give back what the next words took.
    pub(crate) fn matches<'a>(
        &self,
        clause: &'a [Word],
        in_group: &impl Fn(&str, &str) -> bool,
    ) -> Option<Vec<&'a [Word]>> {
        let mut found = Vec::new();
        let mut rest = clause;
        let mut parts = self.0.split(|element| *element == Element::Any);
        let (first, mut next) = (parts.next()?, parts.next());
        rest = at_start(first, rest, in_group, &mut found)?;
        while let Some(part) = next {
            next = parts.next();
            // What comes last must reach the end, and so does the last asterisk.
            let last = next.is_none();
            let earliest = if last { rest.len().checked_sub(part.len())? } else { 0 };
            let mut places = earliest..=rest.len();
            (found, rest) = places.find_map(|place| {
                let (skipped, tail) = rest.split_at_checked(place)?;
                let mut longer = found.clone();
                longer.push(skipped);
                let tail = at_start(part, tail, in_group, &mut longer)?;
                Some((longer, tail))
            })?;
        }
        rest.is_empty().then_some(found)
    }
}

/// Matches words and groups with the first words of a clause, and returns what is left of it.
fn at_start<'a>(
    part: &[Element],
    mut clause: &'a [Word],
    in_group: &impl Fn(&str, &str) -> bool,
    found: &mut Vec<&'a [Word]>,
) -> Option<&'a [Word]> {
    for element in part {
        let (word, rest) = clause.split_at_checked(1)?;
        let key = &word.first()?.key;
        match element {
            Element::Word(wanted) if wanted == key => {}
            Element::Group(group) if in_group(group, key) => found.push(word),
            _ => return None,
        }
        clause = rest;
    }
    Some(clause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, clause: &str, expected: Option<&[&str]>) {
        let words: Vec<Word> = clause.split_whitespace().map(Word::new).collect();
        let pattern = Pattern::parse(pattern);
        let found = pattern.matches(&words, &|group, word| group == "family" && matches!(word, "mother" | "father"));
        let join = |words: &[Word]| words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
        let found: Option<Vec<String>> = found.map(|found| found.into_iter().map(join).collect());
        let expected: Option<Vec<String>> = expected.map(|texts| texts.iter().map(ToString::to_string).collect());
        assert_eq!(found, expected, "{clause}");
    }

    #[test]
    fn asterisks_stand_for_any_words() {
        check("*", "", Some(&[""]));
        check("*", "a b", Some(&["a b"]));
        check("* i am *", "Today I am sad", Some(&["Today", "sad"]));
        check("* i am *", "i am", Some(&["", ""]));
        check("* i am *", "i was sad", None);
        check("* a * a *", "a a", Some(&["", "", ""]));
        check("* a * a *", "x a y", None);
    }

    #[test]
    fn the_ends_are_ends() {
        check("a", "a", Some(&[]));
        check("a", "a b", None);
        check("a *", "b a", None);
        check("* a", "a b a", Some(&["a b"]));
        check("* a", "a b", None);
    }

    #[test]
    fn groups_say_which_word_it_was() {
        check("* my * @family *", "but my dear Mother hates me", Some(&["but", "dear", "Mother", "hates me"]));
        check("* my * @family *", "my dear dog", None);
    }
}
