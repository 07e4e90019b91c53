//! How near two vectors are.

use fast_hnsw::distance::Distance;
use serde::Deserialize;

/// What says how near two vectors are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// The cosine of the angle between them, whatever their lengths: 1 for one direction, -1 for opposite ones.
    #[default]
    Cosine,
    /// The sum of the products of their numbers.
    Dot,
    /// How far they are apart: a score is the distance below 0.
    Euclidean,
}

/// Numbers that are taken together, as many as a processor adds at one time.
const LANES: usize = 16;

impl Metric {
    /// A vector as it is compared: for the cosine of length 1.
    pub(super) fn prepare(self, vector: &[f32]) -> Vec<f32> {
        if self != Self::Cosine {
            return vector.to_vec();
        }
        // The square of a large number is none of `f32`.
        let length = vector.iter().map(|&number| f64::from(number) * f64::from(number)).sum::<f64>().sqrt();
        if length == 0.0 {
            return vector.to_vec();
        }
        vector.iter().map(|&number| (f64::from(number) / length) as f32).collect()
    }

    /// How near two prepared vectors are, higher is nearer; always a number.
    pub(super) fn score(self, one: &[f32], other: &[f32]) -> f32 {
        let score = match self {
            Self::Cosine | Self::Dot => dot(one, other),
            Self::Euclidean => -squares(one, other).sqrt(),
        };
        // Numbers so large that their products are none.
        if score.is_nan() { f32::MIN } else { score.clamp(f32::MIN, f32::MAX) }
    }
}

impl Distance for Metric {
    fn distance(&self, one: &[f32], other: &[f32]) -> f32 {
        let distance = match self {
            Self::Cosine | Self::Dot => 1.0 - dot(one, other),
            Self::Euclidean => squares(one, other),
        };
        if distance.is_nan() { f32::MAX } else { distance.clamp(f32::MIN, f32::MAX) }
    }
}

fn dot(one: &[f32], other: &[f32]) -> f32 {
    sum(one, other, |one, other| one * other)
}

fn squares(one: &[f32], other: &[f32]) -> f32 {
    sum(one, other, |one, other| (one - other) * (one - other))
}

/// The sum of what each pair gives, in lanes that do not wait for each other.
fn sum(one: &[f32], other: &[f32], of: impl Fn(f32, f32) -> f32) -> f32 {
    let ((one, one_rest), (other, other_rest)) = (one.as_chunks::<LANES>(), other.as_chunks::<LANES>());
    let mut lanes = [0.0; LANES];
    for (one, other) in one.iter().zip(other) {
        for (lane, (one, other)) in lanes.iter_mut().zip(one.iter().zip(other)) {
            *lane += of(*one, *other);
        }
    }
    let rest: f32 = one_rest.iter().zip(other_rest).map(|(one, other)| of(*one, *other)).sum();
    lanes.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_those_of_the_definitions() {
        let one: Vec<f32> = (0..37).map(|number| number as f32 / 10.0 - 1.0).collect();
        let other: Vec<f32> = (0..37).map(|number| (number as f32).sin()).collect();
        let pairs = || one.iter().zip(&other).map(|(one, other)| (f64::from(*one), f64::from(*other)));
        let dot: f64 = pairs().map(|(one, other)| one * other).sum();
        let length = |vector: &[f32]| vector.iter().map(|number| f64::from(*number).powi(2)).sum::<f64>().sqrt();
        let apart = pairs().map(|(one, other)| (one - other).powi(2)).sum::<f64>().sqrt();
        for (metric, expected) in
            [(Metric::Cosine, dot / length(&one) / length(&other)), (Metric::Dot, dot), (Metric::Euclidean, -apart)]
        {
            let score = metric.score(&metric.prepare(&one), &metric.prepare(&other));
            assert!((f64::from(score) - expected).abs() < 1e-4, "{metric:?}: {score} and not {expected}");
        }
    }

    #[test]
    fn a_score_is_a_number_whatever_the_vectors_are() {
        let vectors = [[0.0; 2], [f32::MAX; 2], [f32::MIN; 2], [f32::MAX, f32::MIN], [f32::MIN_POSITIVE; 2]];
        for metric in [Metric::Cosine, Metric::Dot, Metric::Euclidean] {
            for one in vectors {
                for other in vectors {
                    let (one, other) = (metric.prepare(&one), metric.prepare(&other));
                    assert!(metric.score(&one, &other).is_finite(), "{metric:?} of {one:?} and {other:?}");
                    assert!(metric.distance(&one, &other).is_finite(), "{metric:?} of {one:?} and {other:?}");
                }
            }
        }
    }
}
