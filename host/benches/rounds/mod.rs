//! Rounds in which both sides take turns, so that what disturbs the machine disturbs both.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use tokio::runtime::Runtime;
use wasmtime::Result;

/// How long a side runs in a round.
const TURN: Duration = Duration::from_millis(40);

/// The microseconds that it takes.
pub(crate) async fn turn<T, F: Future<Output = Result<T>>>(mut work: impl FnMut() -> F) -> Result<f64> {
    let (start, mut count) = (Instant::now(), 0_u32);
    while start.elapsed() < TURN {
        // The clock is read once for many, unless one takes a part of the turn.
        let many = if count == 0 || start.elapsed() * 16 / count > TURN { 1 } else { 16 };
        for _ in 0..many {
            black_box(work().await?);
        }
        count += many;
    }
    Ok(start.elapsed().as_secs_f64() * 1e6 / f64::from(count))
}

/// The medians of two sides and of their ratio, measured in turns.
pub(crate) async fn compare<T, U, F, G>(
    rounds: usize,
    mut one: impl FnMut() -> F,
    mut other: impl FnMut() -> G,
) -> Result<(f64, f64, f64)>
where
    F: Future<Output = Result<T>>,
    G: Future<Output = Result<U>>,
{
    let (mut of_one, mut of_other) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        of_one.push(turn(&mut one).await?);
        of_other.push(turn(&mut other).await?);
    }
    let ratios = of_other.iter().zip(&of_one).map(|(other, one)| other / one).collect();
    Ok((median(of_one), median(of_other), median(ratios)))
}

/// How much one worker gets done in a second, and two at one time: medians, measured in turns. A worker tells the
/// microseconds that one piece of its work takes.
pub(crate) fn scaling<F>(runtime: &Runtime, rounds: usize, worker: impl Fn() -> F) -> Result<(f64, f64)>
where
    F: Future<Output = Result<f64>> + Send + 'static,
{
    let per_second = |workers: usize| -> Result<f64> {
        let workers: Vec<_> = (0..workers).map(|_| runtime.spawn(worker())).collect();
        runtime.block_on(async {
            let mut done = 0.0;
            for worker in workers {
                done += 1e6 / worker.await??;
            }
            Ok(done)
        })
    };
    let (mut one, mut two) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        one.push(per_second(1)?);
        two.push(per_second(2)?);
    }
    Ok((median(one), median(two)))
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
