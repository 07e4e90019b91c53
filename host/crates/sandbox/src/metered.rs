//! How long a future really ran.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

/// A future that adds the time of each of its polls to `running`: what it computed, without what it waited.
pub(crate) struct Metered<'a, F> {
    future: Pin<&'a mut F>,
    running: &'a mut Duration,
}

impl<'a, F: Future> Metered<'a, F> {
    pub(crate) fn new(future: Pin<&'a mut F>, running: &'a mut Duration) -> Self {
        Self { future, running }
    }
}

impl<F: Future> Future for Metered<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let start = Instant::now();
        let poll = self.future.as_mut().poll(context);
        *self.running += start.elapsed();
        poll
    }
}
