//! Where in a sound a tone is on.

use std::collections::VecDeque;
use std::f64::consts::TAU;
use std::iter::repeat_n;

use crate::wav::Sound;

/// Hertz between which a tone is looked for.
const LOWEST: f64 = 300.0;
const HIGHEST: f64 = 1200.0;

/// Hertz from one tone that is tried to the next, and the seconds of sound in one block, which tell such tones apart.
const STEP: f64 = 10.0;
const BLOCK: f64 = 0.05;

/// Blocks that are listened to, spread over the sound.
const BLOCKS: usize = 400;

/// Seconds over which the strength is averaged: shorter than the shortest dot, which takes 0.015.
const WINDOW: f64 = 0.008;

/// Seconds from one strength to the next.
pub(crate) const TICK: f64 = 0.001;

/// Weaker is silence: a thousandth of what a file can hold.
const SILENCE: f64 = 0.001;

/// How many times stronger than the rest a tone must be. Noise alone, cut in two, is two or three times.
const CONTRAST: f64 = 4.0;

/// Ticks that a change must last to be one.
const SHORTEST: usize = 6;

/// A time during which the tone is on or off, in ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) on: bool,
    pub(crate) begin: usize,
    pub(crate) end: usize,
}

impl Run {
    /// Length in ticks.
    pub(crate) const fn ticks(self) -> usize {
        self.end - self.begin
    }
}

/// When the tone is on and off, in turn, on first and last; empty when there is no tone.
pub(crate) fn runs(sound: &Sound) -> Vec<Run> {
    let strengths = strengths(sound, strongest(sound));
    let Some((weak, strong)) = levels(&strengths) else { return Vec::new() };
    // Two lines, lest what wavers about one is many changes. Both are as far from the middle, so that lengths stay true.
    let (fall, rise) = (weak + 0.4 * (strong - weak), weak + 0.6 * (strong - weak));
    let mut runs: Vec<Run> = Vec::new();
    let mut on = false;
    for (tick, &strength) in strengths.iter().enumerate() {
        on = if on { f64::from(strength) > fall } else { f64::from(strength) > rise };
        match runs.last_mut() {
            Some(last) if last.on == on => last.end = tick + 1,
            _ => runs.push(Run { on, begin: tick, end: tick + 1 }),
        }
    }
    smooth(runs)
}

/// Takes away what is too short, and the silence around all.
fn smooth(runs: Vec<Run>) -> Vec<Run> {
    let mut kept: Vec<Run> = Vec::new();
    for run in runs {
        match kept.last_mut() {
            Some(last) if last.on == run.on || run.ticks() < SHORTEST => last.end = run.end,
            None if !run.on || run.ticks() < SHORTEST => {}
            _ => kept.push(run),
        }
    }
    kept.pop_if(|last| !last.on);
    kept
}

/// The tone with the most energy, in hertz.
fn strongest(sound: &Sound) -> f64 {
    let length = ((sound.rate * BLOCK) as usize).max(1);
    let all = sound.samples.len() / length;
    // Whole blocks are left out evenly rather than those at the end.
    let apart = all.div_ceil(BLOCKS).max(1);
    let blocks: Vec<&[f32]> = sound.samples.chunks_exact(length).step_by(apart).collect();
    let steps = ((HIGHEST - LOWEST) / STEP) as u32;
    let mut best = (LOWEST, 0.0);
    for step in 0..=steps {
        let tone = LOWEST + STEP * f64::from(step);
        let energy: f64 = blocks.iter().map(|block| goertzel(block, tone / sound.rate)).sum();
        if energy > best.1 {
            best = (tone, energy);
        }
    }
    best.0
}

/// Goertzel's algorithm: the energy at a frequency, given in turns a sample.
fn goertzel(samples: &[f32], turns: f64) -> f64 {
    let factor = 2.0 * (TAU * turns).cos();
    let (one, two) =
        samples.iter().fold((0.0, 0.0), |(one, two), &sample| (f64::from(sample) + factor * one - two, one));
    one * one + two * two - factor * one * two
}

/// How strong the tone is at each tick.
fn strengths(sound: &Sound, tone: f64) -> Vec<f32> {
    let half = ((sound.rate * WINDOW / 2.0) as usize).max(1);
    let ticks = (sound.seconds() / TICK) as usize;
    let mut strengths = Vec::with_capacity(ticks);
    // The sound turned back by the tone, and the sum of what of it is in the window.
    let mut window = VecDeque::from(vec![(0.0, 0.0); 2 * half]);
    let mut sum = (0.0_f64, 0.0_f64);
    let (step_sine, step_cosine) = (TAU * tone / sound.rate).sin_cos();
    let (mut sine, mut cosine) = (0.0_f64, 1.0_f64);
    // Silence at the end brings the last of the sound to the middle of the window.
    for (index, &sample) in sound.samples.iter().chain(repeat_n(&0.0, half)).enumerate() {
        let turned = (f64::from(sample) * cosine, f64::from(sample) * sine);
        let gone = window.pop_front().unwrap_or_default();
        window.push_back(turned);
        sum = (sum.0 + turned.0 - gone.0, sum.1 + turned.1 - gone.1);
        (sine, cosine) = (sine * step_cosine + cosine * step_sine, cosine * step_cosine - sine * step_sine);
        let next = strengths.len();
        if next < ticks && index + 1 >= half + (next as f64 * TICK * sound.rate) as usize {
            strengths.push((sum.0.hypot(sum.1) / half as f64) as f32);
        }
    }
    strengths
}

/// How strong the tone is while it is off and on: two means, each of what is nearer to it. None when there is no tone.
fn levels(strengths: &[f32]) -> Option<(f64, f64)> {
    let (mut weak, mut strong) = strengths
        .iter()
        .map(|&strength| f64::from(strength))
        .fold((f64::INFINITY, 0.0), |(weak, strong), strength| (strength.min(weak), strength.max(strong)));
    for _ in 0..30 {
        let line = f64::midpoint(weak, strong);
        let (mut below, mut above) = ((0.0, 0_u32), (0.0, 0_u32));
        for &strength in strengths {
            let side = if f64::from(strength) > line { &mut above } else { &mut below };
            *side = (side.0 + f64::from(strength), side.1 + 1);
        }
        if below.1 == 0 || above.1 == 0 {
            return None;
        }
        let means = (below.0 / f64::from(below.1), above.0 / f64::from(above.1));
        if means == (weak, strong) {
            break;
        }
        (weak, strong) = means;
    }
    (strong > SILENCE && strong > CONTRAST * weak).then_some((weak, strong))
}

#[cfg(test)]
mod tests {
    use palisade_guest::Random;

    use super::*;

    /// Half a second of silence, then of tone, then of silence.
    fn beep(rate: f64, tone: f64, strength: f64) -> Sound {
        let samples = (0..(rate * 1.5) as usize).map(|index| {
            let on = (rate * 0.5..rate).contains(&(index as f64));
            if on { (strength * (TAU * tone * index as f64 / rate).sin()) as f32 } else { 0.0 }
        });
        Sound { rate, samples: samples.collect(), cut_short: false }
    }

    #[test]
    fn a_tone_is_found_where_it_is() {
        for (rate, tone) in [(4000.0, 440.0), (8000.0, 300.0), (8820.0, 703.0), (15_999.0, 1200.0)] {
            for strength in [1.0, 0.01] {
                let sound = beep(rate, tone, strength);
                assert!((strongest(&sound) - tone).abs() <= STEP, "{tone}: {}", strongest(&sound));
                let runs = runs(&sound);
                let [run] = runs.as_slice() else { panic!("{rate} {tone}: {runs:?}") };
                assert!(
                    run.on && run.begin.abs_diff(500) <= 3 && run.end.abs_diff(1000) <= 3,
                    "{rate} {tone}: {run:?}"
                );
            }
        }
    }

    #[test]
    fn silence_noise_and_an_endless_tone_hold_nothing() {
        let mut random = Random::new(1);
        let noise = (0..16_000).map(|_| random.between(-0.5, 0.5)).collect();
        let endless = (0..16_000).map(|index| (TAU * 600.0 * f64::from(index) / 8000.0).sin() as f32).collect();
        for samples in [vec![0.0; 16_000], vec![0.3; 16_000], noise, endless, Vec::new(), vec![1.0]] {
            assert_eq!(runs(&Sound { rate: 8000.0, samples, cut_short: false }), []);
        }
    }

    #[test]
    fn what_is_too_short_is_no_change() {
        let run = |on, begin, end| Run { on, begin, end };
        let clicks = [(false, 0, 9), (true, 9, 11), (false, 11, 40), (true, 40, 70), (false, 70, 73), (true, 73, 99)];
        let clicks = clicks.map(|(on, begin, end)| run(on, begin, end)).to_vec();
        assert_eq!(smooth(clicks), [run(true, 40, 99)]);
    }
}
