//! Finds the answer to what is said, as Weizenbaum described it in 1966.
//!
//! One thing differs: his program kept its memory and its place in each list of answers from turn to turn. Here the
//! conversation itself is all there is to remember, so both are read from it.

use palisade_guest::Random;

use crate::script::{Answer, Key, NONE, Rule, Script};
use crate::words::{Word, clauses};

/// So that keys that refer to each other come to an end.
const MAX_GOTO: u32 = 8;

/// A conversation as far as it matters.
#[derive(Debug)]
pub(crate) struct Conversation {
    /// What the user said, oldest first.
    pub(crate) said: Vec<String>,
    /// What was answered.
    pub(crate) answered: Vec<String>,
}

impl Conversation {
    /// The answer to what was said last.
    pub(crate) fn answer(&self, script: &Script, random: &mut Random) -> String {
        let session = Session { script, answered: &self.answered };
        let (last, earlier) = self.said.split_last().map_or(("", [].as_slice()), |(last, rest)| (last.as_str(), rest));
        let heard = session.listen(last);
        let by_key = heard.keys.iter().find_map(|key| session.by_rules(&key.rules, &heard.clause, random, 0));
        by_key
            .or_else(|| earlier.iter().find_map(|said| session.remember(said, random)))
            .or_else(|| session.by_rules(&script.key(NONE)?.rules, &heard.clause, random, 0))
            .unwrap_or_default()
    }
}

struct Session<'a> {
    script: &'a Script,
    answered: &'a [String],
}

/// The clause that is answered and its keys, the most important first.
#[derive(Default)]
struct Heard<'a> {
    clause: Vec<Word>,
    keys: Vec<&'a Key>,
}

impl<'a> Session<'a> {
    /// Finds the clause with the most important key. In 1966 the first with any key was taken; but messages have become
    /// longer, and begin with "Hello."
    fn listen(&self, said: &str) -> Heard<'a> {
        let mut best = Heard::default();
        for clause in clauses(said) {
            let clause = self.script.pre.apply(&clause);
            let mut keys: Vec<&Key> = clause.iter().filter_map(|word| self.script.key_of_said(&word.key)).collect();
            keys.sort_by_key(|key| std::cmp::Reverse(key.rank));
            if keys.first().map(|key| key.rank) > best.keys.first().map(|key| key.rank) {
                best = Heard { clause, keys };
            }
        }
        best
    }

    /// What the first rule that fits answers.
    fn by_rules(&self, rules: &[Rule], clause: &[Word], random: &mut Random, depth: u32) -> Option<String> {
        rules.iter().find_map(|rule| self.by_rule(rule, clause, random, depth))
    }

    /// One of the rule's answers, if there is one that was not given before.
    fn by_rule(&self, rule: &Rule, clause: &[Word], random: &mut Random, depth: u32) -> Option<String> {
        let found = rule.pattern.matches(clause, &|group, word| self.script.in_group(group, word))?;
        let count = rule.answers.len().max(1);
        let start = usize::try_from(random.bits() % u64::try_from(count).ok()?).ok()?;
        let mut given_before = None;
        for answer in rule.answers.iter().cycle().skip(start).take(count) {
            let text = match answer {
                Answer::Say(template) => self.fill(template, &found),
                Answer::Goto(word) if depth < MAX_GOTO => {
                    self.by_rules(&self.script.key(word)?.rules, clause, random, depth + 1)
                }
                Answer::Goto(_) => None,
            };
            match text {
                Some(text) if self.answered.contains(&text) => given_before = given_before.or(Some(text)),
                Some(text) => return Some(text),
                None => {}
            }
        }
        given_before
    }

    /// Comes back to what was said earlier, once.
    fn remember(&self, said: &str, random: &mut Random) -> Option<String> {
        let heard = self.listen(said);
        heard.keys.iter().flat_map(|key| &key.memories).find_map(|rule| {
            let found = rule.pattern.matches(&heard.clause, &|group, word| self.script.in_group(group, word))?;
            let mut answers = rule.answers.iter().filter_map(|answer| match answer {
                Answer::Say(template) => self.fill(template, &found),
                Answer::Goto(_) => None,
            });
            let recalled = answers.any(|text| self.answered.contains(&text));
            if recalled { None } else { self.by_rule(rule, &heard.clause, random, MAX_GOTO) }
        })
    }

    /// Puts what was found into an answer; none when it needs something that is empty.
    fn fill(&self, template: &str, found: &[&[Word]]) -> Option<String> {
        let mut text = template.to_owned();
        for (number, words) in (1..).zip(found) {
            let place = format!("({number})");
            if text.contains(&place) {
                let echo: Vec<String> = self.script.post.apply(words).into_iter().map(|word| word.text).collect();
                if echo.is_empty() {
                    return None;
                }
                text = text.replace(&place, &echo.join(" "));
            }
        }
        let mut characters = text.chars();
        let first = characters.next()?;
        Some(first.to_uppercase().chain(characters).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer_after(said: &[&str], answered: &[&str], seed: u64) -> String {
        let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
        let conversation = Conversation { said: owned(said), answered: owned(answered) };
        conversation.answer(&Script::load().unwrap(), &mut Random::new(seed))
    }

    /// All answers that some seed gives.
    fn answers(said: &[&str], answered: &[&str]) -> Vec<String> {
        let mut all: Vec<String> = (0..50).map(|seed| answer_after(said, answered, seed)).collect();
        all.sort();
        all.dedup();
        all
    }

    #[track_caller]
    fn check(said: &str, expected: &str) {
        let all = answers(&[said], &[]);
        assert!(all.iter().any(|answer| answer == expected), "{said}: {all:#?}");
    }

    #[test]
    fn the_conversation_of_1966_goes_as_it_did() {
        check("Men are all alike.", "In what way?");
        check("They're always bugging us about something or other.", "Can you think of a specific example?");
        check("Well, my boyfriend made me come here.", "Your boyfriend made you come here?");
        check("He says I'm depressed much of the time.", "I am sorry to hear that you are depressed.");
        check("It's true. I am unhappy.", "Do you think coming here will help you not to be unhappy?");
        check("I need some help, that much seems certain.", "What would it mean to you if you got some help?");
        check("Perhaps I could learn to get along with my mother.", "Tell me more about your family.");
        check("My mother takes care of me.", "Who else in your family takes care of you?");
        check("You are like my father in some ways.", "What resemblance do you see?");
        check("You don't argue with me.", "Why do you think I don't argue with you?");
        check("You are afraid of me.", "Does it please you to believe I am afraid of you?");
    }

    #[test]
    fn memory_is_what_was_said_earlier() {
        let said = ["Well, my boyfriend made me come here.", "Bullies."];
        let all = answers(&said, &[]);
        let expected = "Does that have anything to do with the fact that your boyfriend made you come here?";
        assert!(all.iter().any(|answer| answer == expected), "{all:#?}");
        assert!(all.iter().all(|answer| answer.contains("your boyfriend made you come here")), "{all:#?}");
    }

    #[test]
    fn a_memory_needs_no_other_key_to_be_absent() {
        let all = answers(&["I dreamed that my father left.", "Hm."], &[]);
        assert!(all.contains(&"Earlier you said your father left.".to_owned()), "{all:#?}");
    }

    #[test]
    fn a_memory_comes_up_once() {
        let said = ["My boyfriend made me come here.", "Hm.", "Hm."];
        let all = answers(&said, &["Earlier you said your boyfriend made you come here."]);
        assert!(all.contains(&"Please go on.".to_owned()), "{all:#?}");
        assert!(all.iter().all(|answer| !answer.contains("boyfriend")), "{all:#?}");
    }

    #[test]
    fn no_answer_comes_twice_while_there_are_others() {
        let mut answered: Vec<String> = Vec::new();
        for _ in 0..4 {
            let given: Vec<&str> = answered.iter().map(String::as_str).collect();
            answered.push(answer_after(&["Because."], &given, 7));
        }
        answered.sort();
        answered.dedup();
        assert_eq!(answered.len(), 4);
        let given: Vec<&str> = answered.iter().map(String::as_str).collect();
        assert!(answered.contains(&answer_after(&["Because."], &given, 7)), "then they come again");
    }

    #[test]
    fn a_greeting_does_not_hide_what_matters() {
        check("Hello! I remember the sea.", "Do you often think of the sea?");
    }

    #[test]
    fn pronouns_are_turned_round() {
        check("I think I love you", "Do you really think so?");
        check("I feel sad about my work", "Do you often feel sad about your work?");
        check("I told you that I was late because you called me", "Were you really?");
        check("My brother is angry with you", "Your brother?");
        check("Can you help me with my homework?", "You want me to be able to help you with your homework.");
        check("Why don't you answer?", "Do you believe I don't answer?");
    }

    #[test]
    fn what_needs_an_echo_is_not_said_without() {
        for said in
            ["I am", "I want", "You", "my", "can you", "if", "I feel", "I remember", "Everyone", "Why don't you"]
        {
            for answer in answers(&[said], &[]) {
                assert!(!answer.contains(['(', ')']) && !answer.contains(" ?") && !answer.contains("  "), "{answer}");
            }
        }
    }

    #[test]
    fn there_is_always_an_answer() {
        for said in ["", "...", "none", "日本語", "but", &"i am ".repeat(10_000), &"\u{0}".repeat(100)] {
            assert!(!answer_after(&[said], &[], 0).is_empty(), "{said}");
        }
        assert!(!answer_after(&[], &[], 0).is_empty());
    }
}
