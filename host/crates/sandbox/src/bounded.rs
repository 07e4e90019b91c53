//! A future that is measured and ended by the clock of its call.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use tokio::time::Sleep;

use crate::{clock::Clock, engine::TICK};

/// How much later than the clock says a waiting call is ended: one that computes is stopped by its epoch, which keeps the
/// reason exact; this is for a guest that waits in a host function.
const GRACE: Duration = TICK.saturating_mul(2);

/// Out of time.
pub(crate) struct Elapsed;

/// A guest, as long as its clock allows.
pub(crate) struct Bounded<'a, F> {
    guest: Pin<&'a mut F>,
    clock: &'a Clock,
    /// The alarm, and what it is set to. Most calls never wait, and need none.
    alarm: Option<(Pin<Box<Sleep>>, Instant)>,
}

impl<'a, F> Bounded<'a, F> {
    pub(crate) fn new(guest: Pin<&'a mut F>, clock: &'a Clock) -> Self {
        Self { guest, clock, alarm: None }
    }
}

impl<F: Future> Future for Bounded<'_, F> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { guest, clock, alarm } = &mut *self;
        if let Poll::Ready(output) = clock.run(|| guest.as_mut().poll(context)) {
            return Poll::Ready(Ok(output));
        }
        // What has to happen by when may have changed while the guest ran.
        let until = clock.waits_until() + GRACE;
        let (sleep, set_to) = alarm.get_or_insert_with(|| (Box::pin(tokio::time::sleep_until(until.into())), until));
        if *set_to != until {
            sleep.as_mut().reset(until.into());
            *set_to = until;
        }
        ready!(sleep.as_mut().poll(context));
        clock.check();
        Poll::Ready(Err(Elapsed))
    }
}
