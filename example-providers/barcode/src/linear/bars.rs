//! Lines of pixels as widths of bars and spaces, and how well these match a pattern.

/// Pixels to either side that a pixel is compared with, at least: more than the widest bar.
const SURROUNDINGS: usize = 32;

/// Shades of gray that a bar must be darker than what surrounds it, or white paper would have bars of noise.
const DARKER: i64 = 12;

/// Widths in pixels from a bar on, bars and spaces in turn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bars<'a> {
    /// Width of the space before.
    pub(super) quiet: u32,
    pub(super) widths: &'a [u32],
}

impl Bars<'_> {
    /// Whether there is so much white before. To be asked first, as hardly anything in a picture but a code has it.
    pub(super) fn is_quiet_before(&self, least: f32) -> bool {
        f64::from(self.quiet) >= least.into()
    }

    /// Whether there is so much white after so many widths. The edge of the picture is as good.
    pub(super) fn is_quiet_after(&self, widths: usize, least: f32) -> bool {
        match self.widths.get(widths..) {
            Some([space, _, ..]) => f64::from(*space) >= least.into(),
            Some(_) => true,
            None => false,
        }
    }
}

/// What was read.
#[derive(Debug, PartialEq)]
pub(super) struct Symbol {
    pub(super) kind: &'static str,
    pub(super) text: String,
    /// How many widths it took.
    pub(super) widths: usize,
}

/// Widths of spaces and bars in turn, a space first, where dark is what is darker than the middle of the line.
pub(super) fn by_middle(samples: &[u8]) -> Vec<u32> {
    let (darkest, lightest) = samples.iter().fold((u8::MAX, 0), |(low, high), &it| (low.min(it), high.max(it)));
    let middle = darkest.midpoint(lightest);
    widths(samples.iter().map(|&sample| sample <= middle && darkest < lightest))
}

/// The same, where dark is what is darker than its surroundings: for shadows, and for codes in a colorful picture.
pub(super) fn by_surroundings(samples: &[u8]) -> Vec<u32> {
    let reach = SURROUNDINGS.max(samples.len() / 16);
    let mut sums = vec![0];
    let mut sum = 0;
    sums.extend(samples.iter().map(|&sample| {
        sum += i64::from(sample);
        sum
    }));
    let until = |index: usize| sums.get(index.min(samples.len())).copied().unwrap_or_default();
    widths(samples.iter().enumerate().map(|(index, &sample)| {
        let (first, last) = (index.saturating_sub(reach), (index + reach + 1).min(samples.len()));
        let count = i64::try_from(last - first).unwrap_or(1);
        (i64::from(sample) + DARKER) * count < until(last) - until(first)
    }))
}

fn widths(dark: impl Iterator<Item = bool>) -> Vec<u32> {
    let mut widths = Vec::new();
    let (mut width, mut is_dark) = (0, false);
    for dark in dark {
        if dark != is_dark {
            widths.push(width);
            (width, is_dark) = (0, dark);
        }
        width += 1;
    }
    widths.push(width);
    widths
}

#[expect(clippy::cast_precision_loss, reason = "a picture has 4096 pixels a side")]
pub(super) fn total(widths: &[u32]) -> f32 {
    widths.iter().sum::<u32>() as f32
}

/// How far widths are from a pattern of modules, 0 to 1; none when one of them is so far that it is another.
#[expect(clippy::cast_precision_loss, reason = "a picture has 4096 pixels a side")]
pub(super) fn distance(widths: &[u32], pattern: &[u8]) -> Option<f32> {
    let total = total(widths);
    let modules: f32 = pattern.iter().copied().map(f32::from).sum();
    // A module that is less than a pixel wide cannot be seen.
    if widths.len() != pattern.len() || total < modules {
        return None;
    }
    let module = total / modules;
    let offs = widths.iter().zip(pattern).map(|(&width, &modules)| (width as f32 - f32::from(modules) * module).abs());
    offs.clone().all(|off| off <= 0.7 * module).then(|| offs.sum::<f32>() / total)
}

/// Index of the pattern that is nearest, and not farther than `most`.
pub(super) fn nearest<'a>(widths: &[u32], patterns: impl Iterator<Item = &'a [u8]>, most: f32) -> Option<usize> {
    let near = patterns.enumerate().filter_map(|(index, pattern)| Some((distance(widths, pattern)?, index)));
    let (distance, index) = near.min_by(|(one, _), (other, _)| one.total_cmp(other))?;
    (distance <= most).then_some(index)
}

/// Which of the widths are wide, as bits, the first of them highest, where exactly `count` are.
pub(super) fn wide(widths: impl Iterator<Item = u32>, count: usize) -> Option<u32> {
    let widths: Vec<u32> = widths.collect();
    let mut sorted = widths.clone();
    sorted.sort_unstable();
    let widest_narrow = *sorted.get(sorted.len().checked_sub(count + 1)?)?;
    let narrowest_wide = *sorted.get(sorted.len() - count)?;
    // Wide is two to three times narrow; ink and light take some of it.
    (narrowest_wide * 2 >= widest_narrow * 3)
        .then(|| widths.iter().fold(0, |bits, &width| bits << 1 | u32::from(width >= narrowest_wide)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_widths() {
        assert_eq!(by_middle(&[9, 9, 200, 200, 200, 9]), [0, 2, 3, 1]);
        assert_eq!(by_middle(&[200, 200, 9]), [2, 1]);
        assert_eq!(by_middle(&[7, 7]), [2], "without contrast there are no bars");
        assert_eq!(by_middle(&[]), [0]);
        // In the shade, white is as dark as black is in the light.
        let line: Vec<u8> = (0..200).map(|x| if x % 10 < 5 { x } else { x / 2 }).collect();
        assert!(by_surroundings(&line).iter().filter(|&&width| width == 5).count() >= 30);
    }

    #[test]
    fn the_nearest_pattern_is_found() {
        let patterns: [&[u8]; 2] = [&[1, 1, 2], &[2, 1, 1]];
        let nearest = |widths: &[u32]| nearest(widths, patterns.into_iter(), 0.3);
        assert_eq!(nearest(&[10, 10, 20]), Some(0));
        assert_eq!(nearest(&[19, 12, 9]), Some(1));
        assert_eq!(nearest(&[10, 90, 10]), None);
        assert_eq!(nearest(&[1, 1, 1]), None, "less than a pixel a module");
    }

    #[test]
    fn wide_is_clearly_wider() {
        assert_eq!(wide([1, 3, 1, 3, 1].into_iter(), 2), Some(0b01010));
        assert_eq!(wide([4, 5, 4, 5, 4].into_iter(), 2), None);
        assert_eq!(wide([4].into_iter(), 2), None);
    }
}
