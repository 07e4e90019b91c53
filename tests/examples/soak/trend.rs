//! How a figure grows.

/// The slope of the straight line that fits best, by least squares: units of the second figure for one of the first. None
/// when there are too few points for a line.
pub(crate) fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (mean_x, mean_y) = (mean(|point| point.0), mean(|point| point.1));
    let spread: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    let together: f64 = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    (spread > 0.0).then(|| together / spread)
}

#[cfg(test)]
mod tests {
    use super::slope;

    #[test]
    fn a_line_has_its_own_slope() {
        let line: Vec<_> = (0..10).map(|x| (f64::from(x), 7.0 - 2.5 * f64::from(x))).collect();
        assert!((slope(&line).unwrap_or_default() + 2.5).abs() < 1e-9);
    }

    #[test]
    fn what_goes_up_and_down_again_does_not_grow() {
        assert_eq!(slope(&[(0.0, 1.0), (1.0, 5.0), (2.0, 1.0)]), Some(0.0));
        // The least squares of these four, by hand: 1.4.
        let points = [(1.0, 6.0), (2.0, 5.0), (3.0, 7.0), (4.0, 10.0)];
        assert!((slope(&points).unwrap_or_default() - 1.4).abs() < 1e-9);
    }

    #[test]
    fn one_point_makes_no_line() {
        assert_eq!(slope(&[]), None);
        assert_eq!(slope(&[(1.0, 1.0)]), None);
        assert_eq!(slope(&[(1.0, 1.0), (1.0, 2.0)]), None);
    }
}
