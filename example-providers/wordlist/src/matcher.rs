//! Finds terms in texts.

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError};

use crate::category::Category;
use crate::skeleton::Skeleton;
use crate::term::Term;
use crate::window::windows;

/// Bytes of terms for which the automaton is a table. It takes some hundred bytes for each.
const MAX_TABLE: usize = 16 << 10;

/// Looks for all terms at once.
#[derive(Debug)]
pub(crate) struct Matcher {
    automaton: AhoCorasick,
    /// What each pattern means, in the same order.
    patterns: Vec<Pattern>,
}

#[derive(Debug)]
struct Pattern {
    category: Category,
    weight: f64,
    /// How often each letter stands in a row.
    runs: Vec<u8>,
}

impl Matcher {
    /// Gets ready for these terms. One without a letter or digit can't be found.
    ///
    /// # Errors
    /// When they are too many.
    pub(crate) fn new(terms: &[Term]) -> Result<Self, BuildError> {
        let (mut forms, mut patterns) = (Vec::new(), Vec::new());
        for term in terms {
            let mut form = Skeleton::of(&term.term, 'i');
            let length = form.text_length();
            if length > 1 {
                form.bytes.truncate(length);
                form.runs.truncate(length);
                forms.push(form.bytes);
                patterns.push(Pattern { category: term.category, weight: term.weight, runs: form.runs });
            }
        }
        // A table of all states is quickest, but takes too much memory when the operator has many terms.
        let small = forms.iter().map(Vec::len).sum::<usize>() <= MAX_TABLE;
        let kind = small.then_some(AhoCorasickKind::DFA);
        Ok(Self { automaton: AhoCorasick::builder().kind(kind).build(forms)?, patterns })
    }

    /// How sure the terms of a text make, for each category, from 0 to 1.
    ///
    /// Each term counts once, so that a long text with a mild word now and then is not worse than a short one. Terms are
    /// taken as independent witnesses: what remains in doubt is the product of their doubts.
    pub(crate) fn scores(&self, text: &str) -> impl Iterator<Item = (Category, f64)> {
        let found = self.found(text);
        Category::ALL.into_iter().map(move |category| {
            let hits =
                self.patterns.iter().zip(&found).filter(|(pattern, found)| **found && pattern.category == category);
            let doubt: f64 = hits.map(|(pattern, _)| 1.0 - pattern.weight).product();
            // Without the digits that only say how numbers are stored.
            (category, ((1.0 - doubt) * 1e6).round() / 1e6)
        })
    }

    /// Which patterns are in the text.
    fn found(&self, text: &str) -> Vec<bool> {
        let mut found = vec![false; self.patterns.len()];
        for window in windows(text) {
            let skeleton = Skeleton::of(window, 'i');
            self.mark(&skeleton, &mut found);
            if skeleton.ambiguous {
                self.mark(&Skeleton::of(window, 'l'), &mut found);
            }
        }
        found
    }

    fn mark(&self, skeleton: &Skeleton, found: &mut [bool]) {
        // Neighbours share the space between them, so matches may overlap.
        for hit in self.automaton.find_overlapping_iter(&skeleton.bytes) {
            let index = hit.pattern().as_usize();
            if let (Some(pattern), Some(found)) = (self.patterns.get(index), found.get_mut(index)) {
                *found |= skeleton.runs_mean(hit.start(), &pattern.runs);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::term::built_in;

    fn matcher() -> Matcher {
        Matcher::new(&built_in().unwrap()).unwrap()
    }

    fn scores(text: &str) -> Vec<(&'static str, f64)> {
        let matcher = matcher();
        let scores = matcher.scores(text).filter(|(_, score)| *score > 0.0);
        scores.map(|(category, score)| (category.name(), score)).collect()
    }

    #[track_caller]
    fn check(texts: &[&str], expected: &[(&str, f64)]) {
        for text in texts {
            assert_eq!(scores(text), expected, "{text}");
        }
    }

    #[test]
    fn innocent_words_are_left_alone() {
        check(
            &[
                "Scunthorpe, Penistone and Lightwater",
                "a classic assassin's assessment of the cockpit",
                "Class, pass the compass as it is",
                "He was shot on the skill of the Hello Kitty bassist",
                "The number is 455 5417, or $5.55",
                "joe@example.com sent 11 hello5",
                "I am a cassoulet, as is he",
                "",
            ],
            &[],
        );
    }

    #[test]
    fn disguises_come_off() {
        check(
            &[
                "FUCK",
                "fuuuuck!",
                "f.u.c.k",
                "F u C k",
                "f-u-u-u-c-k",
                "f_u_c_k",
                "fu\u{200b}ck",
                "ｆｕｃｋ",
                "𝓯𝓾𝓬𝓴",
                "fùçk",
                "what a f u c k",
                "(fuck)",
            ],
            &[("profanity", 0.8)],
        );
        check(&["sh1t", "5h17", "$hit", "SHIIIT"], &[("profanity", 0.6)]);
        check(&["@ss", "a55", "a$$", "asssss"], &[("profanity", 0.5)]);
        check(&["a55h0le", "a$$ho1e", "@sshole"], &[("harassment", 0.5), ("profanity", 0.6)]);
    }

    #[test]
    fn phrases_are_found_across_gaps_and_neighbours() {
        check(&["I'll kill you.", "k1ll\nyou", "KILL -- YOU"], &[("violence", 0.92)]);
        check(&["Click here for free money"], &[("spam", 0.64)]);
        check(&["free money, free money"], &[("spam", 0.4)]);
        check(&["I don’t want to live", "I dont want to live"], &[("self-harm", 0.7)]);
        check(&["win $$$", "win $$$$$"], &[("spam", 0.4)]);
    }

    #[test]
    fn what_is_at_the_end_of_a_long_text_is_found() {
        for length in [16_380, 16_384, 300_000] {
            let text = format!("{} go back to your country", "ab ".repeat(length / 3));
            assert_eq!(scores(&text), [("hate", 0.8)]);
        }
    }

    #[test]
    fn own_terms_are_found_in_any_script() {
        let own = |term: &str| Term { category: Category::Spam, weight: 0.5, term: term.to_owned() };
        let matcher = Matcher::new(&[own("Käse"), own("дурак"), own("a b c d"), own("!?")]).unwrap();
        let score = |text| matcher.scores(text).last().unwrap().1;
        for text in ["kase", "KÄSE!", "ДУРААААК", "a b c d"] {
            assert!((score(text) - 0.5).abs() < 1e-9, "{text}");
        }
        assert!(score("!? käsekuchen") < 1e-9);
    }

    proptest! {
        #[test]
        fn any_text_has_scores(text in r"([a-z14$@ .'\u{200b}\u{301}]|\PC|f ?u+ ?c ?k| ?kill you){0,100}") {
            let matcher = Matcher::new(&[
                Term { category: Category::Profanity, weight: 0.8, term: "fuck".into() },
                Term { category: Category::Violence, weight: 0.9, term: "kill you".into() },
            ]).unwrap();
            let scores: Vec<f64> = matcher.scores(&text).map(|(_, score)| score).collect();
            prop_assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)));
            // What follows a full stop doesn't change what was found before it.
            let longer: Vec<f64> = matcher.scores(&format!("{text} ... kill you")).map(|(_, score)| score).collect();
            prop_assert!(scores.iter().zip(&longer).all(|(score, longer)| longer >= score));
            prop_assert!(longer.contains(&0.9));
        }
    }
}
