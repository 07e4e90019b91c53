//! The line of least squares through how long calls took and how large they were, whose weights fade away.

/// What part of the time is taken to grow with the size.
const GROWING: f32 = 0.5;
/// How much that counts beside what was measured: as a spread of sizes, relative to the square of their mean.
const DOUBT: f32 = 0.02;
/// What is longer or larger than this is not told from it, nor what is smaller: their squares are still numbers.
const MOST: f32 = 1e12;
const SMALLEST: f32 = 1e-6;
/// What is left of the mean for the smallest of calls.
const LEAST_PART: f64 = 0.01;

/// The line of least squares through times and sizes, as moving averages.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Line {
    pub(crate) seconds: f64,
    /// 0 before the first call with a size.
    pub(crate) size: f64,
    /// How much seconds and size vary together.
    pub(crate) both: f64,
    /// How much the size varies.
    pub(crate) sizes: f64,
}

impl Line {
    /// The seconds of a call of this size.
    pub(crate) fn at(&self, size: Option<f64>) -> f64 {
        match size {
            Some(size) if self.size > 0.0 => seconds(self.seconds, self.size, self.slope().into(), size),
            _ => self.seconds,
        }
    }

    /// The size that calls have on average; none where that is not known.
    pub(crate) fn mean_size(&self) -> Option<f64> {
        (self.size > 0.0).then_some(self.size)
    }

    pub(crate) fn slope(&self) -> f32 {
        slope((self.seconds as f32, self.size as f32), (self.both as f32, self.sizes as f32))
    }

    pub(crate) fn learn(&mut self, seconds: f64, size: Option<f64>, weight: f64) {
        let more = seconds - self.seconds;
        self.seconds += weight * more;
        let Some(size) = size else { return };
        if self.size > 0.0 {
            let larger = size - self.size;
            let grown = |spread: f64, by: f64| (1.0 - weight) * (spread + weight * by);
            (self.both, self.sizes) = (grown(self.both, more * larger), grown(self.sizes, larger * larger));
            self.size += weight * larger;
        } else {
            self.size = size;
        }
    }
}

/// The seconds and the size of a call as numbers that can be reckoned with.
pub(crate) fn sound(seconds: f64, size: Option<f64>) -> (f32, Option<f32>) {
    let size = size.map(|size| (size as f32).clamp(SMALLEST, MOST)).filter(|size| !size.is_nan());
    ((seconds as f32).clamp(f32::MIN_POSITIVE, MOST), size)
}

/// Seconds for each unit of size, by the means of both, and by how much they vary together and the size varies.
pub(crate) fn slope((seconds, size): (f32, f32), (both, sizes): (f32, f32)) -> f32 {
    let doubt = DOUBT * size * size;
    let slope = (both + DOUBT * size * GROWING * seconds) / (sizes + doubt);
    // Neither does a call take less for being larger, nor nothing for being small.
    if slope.is_nan() { 0.0 } else { slope.clamp(0.0, seconds / size) }
}

/// The seconds of a call of a size, by the line.
#[inline]
pub(crate) fn seconds(mean: f64, mean_size: f64, slope: f64, size: f64) -> f64 {
    (mean + slope * (size - mean_size)).max(LEAST_PART * mean)
}
