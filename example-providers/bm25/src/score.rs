//! Okapi BM25 as Lucene has it: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009).

use std::collections::HashMap;

use crate::language::Language;

/// How soon more of the same word stops to matter.
const SATURATION: f64 = 1.2;

/// How much the length of a document matters, 0 to 1.
const LENGTH: f64 = 0.75;

/// A document, reduced to what the score needs.
#[derive(Debug, Default)]
struct Counts {
    /// All words.
    words: f64,
    /// How often each word of the query occurs, by its number; only those that occur.
    matches: HashMap<usize, f64>,
}

/// How well each document fits the query. Never negative, and 0 for a document without a word of the query.
pub(crate) fn scores(language: &Language, query: &str, documents: &[String]) -> Vec<f64> {
    // A word that the query repeats counts as often as it is there.
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut repeats: Vec<f64> = Vec::new();
    for word in language.words(query) {
        let number = *numbers.entry(word).or_insert(repeats.len());
        match repeats.get_mut(number) {
            Some(count) => *count += 1.0,
            None => repeats.push(1.0),
        }
    }

    let counts: Vec<Counts> = documents.iter().map(|document| count(language, document, &numbers)).collect();
    let average = counts.iter().map(|counts| counts.words).sum::<f64>() / counts.len().max(1) as f64;
    let weights: Vec<f64> = (0..repeats.len())
        .zip(&repeats)
        .map(|(number, repeats)| {
            let with = counts.iter().filter(|counts| counts.matches.contains_key(&number)).count();
            repeats * rarity(with as f64, counts.len() as f64)
        })
        .collect();

    let score = |counts: &Counts| {
        // In the order of the query, since a sum of floats depends on the order.
        (0..).zip(&weights).fold(0.0, |score, (number, weight)| {
            let Some(&times) = counts.matches.get(&number) else { return score };
            let norm = SATURATION * (1.0 - LENGTH + LENGTH * counts.words / average);
            score + weight * times * (SATURATION + 1.0) / (times + norm)
        })
    };
    counts.iter().map(score).collect()
}

fn count(language: &Language, document: &str, numbers: &HashMap<String, usize>) -> Counts {
    let mut counts = Counts::default();
    for word in language.words(document) {
        counts.words += 1.0;
        if let Some(&number) = numbers.get(&word) {
            *counts.matches.entry(number).or_default() += 1.0;
        }
    }
    counts
}

/// Lucene's inverse document frequency, which stays positive for words that most documents have.
fn rarity(with: f64, all: f64) -> f64 {
    (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(query: &str, documents: &[&str]) -> Vec<f64> {
        let documents: Vec<String> = documents.iter().map(|&document| document.to_owned()).collect();
        scores(&Language::named("none").unwrap(), query, &documents)
    }

    #[test]
    fn the_formula_is_that_of_the_paper() {
        // Both documents are of average length, so that the norm is 1.2; one of two has the word, twice.
        let expected = 2.0_f64.ln() * 2.0 * 2.2 / (2.0 + 1.2);
        let found = plain("fox", &["fox fox", "a bear"]);
        assert!((found[0] - expected).abs() < 1e-12, "{found:?}");
        assert_eq!(found[1], 0.0);
    }

    #[test]
    fn rare_words_count_more() {
        let found = plain("the zebra", &["the dog", "a zebra", "the cat", "the end"]);
        assert!(found[1] > found[0] && found[0] > 0.0, "{found:?}");
    }

    #[test]
    fn the_same_in_fewer_words_is_better() {
        let found = plain("fox", &["one fox among very many other words", "one fox", "none"]);
        assert!(found[1] > found[0], "{found:?}");
    }

    #[test]
    fn repeating_a_word_of_the_query_weighs_it() {
        let documents = ["fox", "bear"];
        assert_eq!(plain("fox bear", &documents), plain("bear fox", &documents));
        let found = plain("fox fox bear", &documents);
        assert!((found[0] - 2.0 * found[1]).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn nothing_at_all_scores_zero() {
        assert_eq!(plain("fox", &["", "..."]), [0.0, 0.0]);
        assert_eq!(plain("...", &["fox", "..."]), [0.0, 0.0]);
        assert!(plain("fox", &[]).is_empty());
    }
}
