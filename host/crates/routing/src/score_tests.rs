//! What the score keeps to, in each of its inputs.

use std::{sync::Arc, time::Duration};

use palisade_core::{
    Capability, PicoUsd, Request, Unit,
    catalogue::{FailureBilling, Model, Price},
    text_to_image,
};
use proptest::prelude::*;

use crate::{Candidate, Decision, Endpoint, Figures, Live, Need, Overrides, Weights, choose};

/// What a score depends on.
#[derive(Debug, Clone)]
struct Input {
    cents: u64,
    quality: f64,
    max_concurrency: Option<u32>,
    bills_on_failure: bool,
    figures: Figures,
}

prop_compose! {
    fn any_input()(
        (cents, quality) in (0_u64..100, 0.0..=1.0),
        (max_concurrency, bills_on_failure) in (prop::option::of(1_u32..9), any::<bool>()),
        (pending, seconds, mean_size) in (0_u32..20, 0.01..100.0, 0.1..10.0),
        (growing, successes, failures, age) in (0.0..1.0, 0.0..10.0, 0.0..10.0, 0.0..100.0),
    ) -> Input {
        let seconds_per_unit = growing * seconds / mean_size;
        let figures = Figures { pending, latency: Some(seconds), mean_size, seconds_per_unit, successes, failures, age, ..Figures::default() };
        Input { cents, quality, max_concurrency, bills_on_failure, figures }
    }
}

fn endpoint(input: &Input, place: usize, price: u64) -> Endpoint {
    let mut model = Model::new("m".parse().unwrap(), &[Capability::TextToImage]);
    let amount = PicoUsd(input.cents * 10_000_000_000 * price);
    model.prices = Some(vec![Price::new(Unit::Image, amount)]);
    model.max_concurrency = input.max_concurrency;
    Endpoint {
        provider: format!("p{place}").parse().unwrap(),
        model,
        overrides: Overrides::default(),
        bills_on_failure: if input.bills_on_failure { FailureBilling::Always } else { FailureBilling::Never },
        quality: Some(input.quality),
        prior_latency: Some(Duration::from_secs(1)),
        live: Live::default(),
    }
}

fn decide(inputs: &[Input], price: u64, need: &Need) -> Decision {
    let endpoints = inputs.iter().enumerate().map(|(place, input)| Arc::new(endpoint(input, place, price)));
    let candidates = endpoints.zip(inputs);
    choose(candidates.map(|(endpoint, input)| Candidate { endpoint, figures: input.figures }), need).unwrap()
}

fn need() -> Need {
    Need::new(&Request::from(text_to_image::Request::new("a red fox")))
}

fn total(input: &Input) -> f64 {
    decide(std::slice::from_ref(input), 1, &need()).chosen().score.total
}

type Change = fn(&mut Input);

proptest! {
    #[test]
    fn whatever_is_worse_never_scores_less(input in any_input()) {
        let worse: [(&str, Change); 8] = [
            ("cost", |input| input.cents += 1),
            ("quality", |input| input.quality *= 0.9),
            ("seconds", |input| input.figures.latency = input.figures.latency.map(|seconds| seconds * 1.1)),
            ("pending", |input| input.figures.pending += 1),
            ("failures", |input| input.figures.failures += 1.0),
            ("successes", |input| input.figures.successes *= 0.9),
            ("age", |input| input.figures.age *= 0.5),
            ("billing", |input| input.bills_on_failure = true),
        ];
        for (name, change) in worse {
            let mut changed = input.clone();
            change(&mut changed);
            prop_assert!(total(&changed) >= total(&input), "{name}");
        }
    }

    #[test]
    fn a_larger_request_never_takes_less(input in any_input(), width in 1_u32..4096, more in 0_u32..4096) {
        let seconds = |width| {
            let size = palisade_core::Dimensions::Pixels(width, 1024);
            let request = Request::from(text_to_image::Request { size, ..text_to_image::Request::new("a red fox") });
            decide(std::slice::from_ref(&input), 1, &Need::new(&request)).chosen().score.seconds
        };
        prop_assert!(seconds(width) <= seconds(width + more));
    }

    #[test]
    fn in_another_currency_the_same_is_chosen(inputs in prop::collection::vec(any_input(), 1..8), times in 1_u32..10, seed: u64, spread: bool) {
        // Powers of two, which change no digit.
        let times = 1_u32 << times;
        let rate = f64::from(times);
        let Weights { second, quality, failure } = need().weights;
        let weights = Weights { second: second * rate, quality: quality * rate, failure: failure * rate };
        let ours = decide(&inputs, 1, &Need { seed, spread, ..need() });
        let theirs = decide(&inputs, times.into(), &Need { seed, spread, weights, ..need() });
        prop_assert_eq!(&ours.chosen().provider, &theirs.chosen().provider);
        for considered in ours.considered() {
            let other = theirs.considered().find(|other| other.provider == considered.provider).unwrap();
            prop_assert!((considered.score.total * rate / other.score.total - 1.0).abs() < 1e-9);
            prop_assert!((considered.share - other.share).abs() < 1e-9);
        }
    }
}
