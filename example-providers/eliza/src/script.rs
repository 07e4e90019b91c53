//! The script: what ELIZA listens for and how she answers, read from `script.txt`.

use std::collections::BTreeMap;

use crate::pattern::Pattern;
use crate::substitute::Substitutions;

/// Key of the answers for when nothing else fits.
pub(crate) const NONE: &str = "none";

/// All rules.
#[derive(Debug, Default)]
pub(crate) struct Script {
    /// How what is said is read.
    pub(crate) pre: Substitutions,
    /// How what is echoed is said.
    pub(crate) post: Substitutions,
    groups: BTreeMap<String, Vec<String>>,
    keys: Vec<Key>,
    by_word: BTreeMap<String, usize>,
}

/// A word to listen for, or several that mean the same.
#[derive(Debug)]
pub(crate) struct Key {
    /// The highest of a clause is tried first.
    pub(crate) rank: u32,
    /// Tried in order.
    pub(crate) rules: Vec<Rule>,
    /// Their answers are for later.
    pub(crate) memories: Vec<Rule>,
}

/// How a clause may look and what is answered then.
#[derive(Debug)]
pub(crate) struct Rule {
    /// What the clause must look like.
    pub(crate) pattern: Pattern,
    /// What may be answered.
    pub(crate) answers: Vec<Answer>,
}

/// What a rule answers.
#[derive(Debug)]
pub(crate) enum Answer {
    /// This text, with `(1)` for what the first asterisk or group stands for.
    Say(String),
    /// Whatever this key answers.
    Goto(String),
}

impl Script {
    /// The script that comes with the provider.
    ///
    /// # Errors
    /// A sentence with the line that cannot be read.
    pub(crate) fn load() -> Result<Self, String> {
        Self::parse(include_str!("script.txt"))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut script = Self::default();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                script.add(line).ok_or_else(|| format!("line {number} of the script cannot be read: {line}"))?;
            }
        }
        Ok(script)
    }

    /// Adds a line; none when it makes no sense.
    fn add(&mut self, line: &str) -> Option<()> {
        let (word, rest) = line.split_once(' ')?;
        let rule = || Rule { pattern: Pattern::parse(rest), answers: Vec::new() };
        match word {
            "pre" => self.pre.add(rest)?,
            "post" => self.post.add(rest)?,
            "group" => {
                let (name, words) = rest.split_once(" = ")?;
                self.groups.insert(name.to_owned(), words.split_whitespace().map(str::to_owned).collect());
            }
            "key" => {
                let (rank, words) = rest.split_once(' ')?;
                let index = self.keys.len();
                self.keys.push(Key { rank: rank.parse().ok()?, rules: Vec::new(), memories: Vec::new() });
                // The first key of a word counts, so that the words of a later one may overlap.
                for word in words.split_whitespace() {
                    self.by_word.entry(word.to_owned()).or_insert(index);
                }
            }
            "match" => self.keys.last_mut()?.rules.push(rule()),
            "memory" => self.keys.last_mut()?.memories.push(rule()),
            "say" => self.answers()?.push(Answer::Say(rest.to_owned())),
            "goto" => self.answers()?.push(Answer::Goto(rest.to_owned())),
            _ => return None,
        }
        Some(())
    }

    /// The answers of the rule that was added last. Memories come before the other rules of their key.
    fn answers(&mut self) -> Option<&mut Vec<Answer>> {
        let key = self.keys.last_mut()?;
        let rules = if key.rules.is_empty() { &mut key.memories } else { &mut key.rules };
        Some(&mut rules.last_mut()?.answers)
    }

    /// The key of this word.
    pub(crate) fn key(&self, word: &str) -> Option<&Key> {
        self.keys.get(*self.by_word.get(word)?)
    }

    /// The key of a word that somebody said.
    pub(crate) fn key_of_said(&self, word: &str) -> Option<&Key> {
        self.key(word).filter(|_| word != NONE)
    }

    /// Whether the group of this name has this word.
    pub(crate) fn in_group(&self, group: &str, word: &str) -> bool {
        self.groups.get(group).is_some_and(|words| words.iter().any(|other| other == word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_can_be_read() {
        let script = Script::load().unwrap();
        assert!(script.keys.len() >= 30, "{}", script.keys.len());
        assert!(script.key(NONE).is_some() && script.key_of_said(NONE).is_none());
    }

    #[test]
    fn every_rule_answers() {
        let script = Script::load().unwrap();
        for (word, &index) in &script.by_word {
            let key = &script.keys[index];
            assert!(!key.rules.is_empty(), "{word}");
            assert!(key.rules.iter().chain(&key.memories).all(|rule| !rule.answers.is_empty()), "{word}");
        }
    }

    #[test]
    fn every_group_and_every_goto_is_there() {
        let script = Script::load().unwrap();
        for rule in script.keys.iter().flat_map(|key| key.rules.iter().chain(&key.memories)) {
            let missing = rule.pattern.groups().find(|group| !script.groups.contains_key(*group));
            assert_eq!(missing, None);
            for answer in &rule.answers {
                if let Answer::Goto(word) = answer {
                    assert!(script.key(word).is_some(), "{word}");
                }
            }
        }
    }

    #[test]
    fn a_line_that_makes_no_sense_is_shown() {
        let error = |text| Script::parse(text).unwrap_err();
        assert_eq!(error("# fine\n\nsing la"), "line 3 of the script cannot be read: sing la");
        assert_eq!(error("key x y"), "line 1 of the script cannot be read: key x y");
        assert_eq!(error("say hello"), "line 1 of the script cannot be read: say hello");
    }
}
