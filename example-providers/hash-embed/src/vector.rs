//! Features folded into a vector of fixed length: the hashing trick of Weinberger et al., "Feature Hashing for Large Scale
//! Multitask Learning" (2009).

use crate::features::{Kind, fold, hashes, whole};

/// The vector of a text, of length 1.
///
/// Only sums, products, quotients and square roots are taken, in a fixed order: those are exact to the last bit on every
/// machine, which logarithms are not.
///
/// A text without words, even the empty one, counts as one feature: no direction would be none of a vector of length 1.
pub(crate) fn embed(text: &str, dimensions: usize) -> Vec<f32> {
    let folded = fold(text);
    let mut sums = vec![0.0; dimensions];
    for (kind, weight) in Kind::ALL {
        for equal in hashes(&folded, kind).chunk_by(|one, other| one == other) {
            // A word said nine times counts three times as much as one said once.
            let count = (equal.len() as f64).sqrt();
            if let Some(&hash) = equal.first() {
                add(&mut sums, hash, weight * count);
            }
        }
    }
    if sums.iter().all(|&sum| sum == 0.0) {
        add(&mut sums, whole(&folded), 1.0);
    }
    let length = sums.iter().map(|sum| sum * sum).sum::<f64>().sqrt();
    sums.into_iter().map(|sum| (sum / length) as f32).collect()
}

/// The sign, a bit of the hash that the place does not depend on, has features that share a place cancel out on average
/// rather than pile up.
fn add(sums: &mut [f64], hash: u64, weight: f64) {
    let place = (hash >> 1) % sums.len().max(1) as u64;
    if let Some(sum) = sums.get_mut(place as usize) {
        *sum += if hash & 1 == 0 { weight } else { -weight };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn nearness(one: &str, other: &str) -> f32 {
        embed(one, 256).iter().zip(embed(other, 256)).map(|(one, other)| one * other).sum()
    }

    #[test]
    fn texts_on_the_same_are_nearer() {
        let question = "how do I reset my password";
        let near = nearness(question, "resetting a forgotten password");
        let far = nearness(question, "opening hours of the public library");
        assert!(near > far + 0.2, "{near} {far}");
    }

    #[test]
    fn typos_are_near() {
        assert!(nearness("embedding providers", "embeding provider") > 0.5);
        assert!(nearness("elephant", "elefant") > nearness("elephant", "antelope") + 0.1);
    }

    #[test]
    fn what_looks_alike_is_the_same() {
        let same = [("ＦＯＸ", "fox"), ("Caf\u{e9}", "cafe\u{301}"), ("fox, fox!", "  Fox fox")];
        for (one, other) in same {
            assert_eq!(embed(one, 64), embed(other, 64), "{one}");
        }
    }

    #[test]
    fn repeated_words_count_less_each_time() {
        let much = nearness("fox bear", &format!("bear {}", "fox ".repeat(9)));
        assert!((0.85..0.95).contains(&much), "{much}");
    }

    #[test]
    fn texts_without_words_differ() {
        assert_eq!(embed("", 256), embed(" \n", 256));
        assert_ne!(embed("", 256), embed("🦊", 256));
        assert_ne!(embed("🦊", 256), embed("🐻", 256));
    }

    #[test]
    fn the_numbers_never_change() {
        let expected = [-0.26430827, 0.23774396, 0.1548282, 0.20017634, 0.1360444, -0.4379203, -0.6193128, -0.46448463];
        assert_eq!(embed("The quick brown fox, the fox", 8), expected);
    }

    proptest! {
        #[test]
        fn every_vector_has_length_one(text in any::<String>(), dimensions in 8_usize..600) {
            let vector = embed(&text, dimensions);
            prop_assert_eq!(vector.len(), dimensions);
            let square: f32 = vector.iter().map(|number| number * number).sum();
            prop_assert!((square - 1.0).abs() < 1e-4, "{}", square);
        }

        #[test]
        fn order_of_words_does_not_matter(mut words in prop::collection::vec("[a-z]{1,8}", 1..20)) {
            let forth = embed(&words.join(" "), 256);
            words.reverse();
            prop_assert_eq!(forth, embed(&words.join(" "), 256));
        }
    }
}
