//! The time of a call: until when it may go on, how long it computed, and which of its limits it ran into.
//!
//! ```text
//! poll ─► the clock runs ─► guest, host functions ─► the clock stands ─► waiting ─► poll …
//!                              └─ every tick: over?
//! ```
//!
//! Short polls are measured on the wall, which costs next to nothing. A call that lives through a tick is measured by the
//! processor time of its thread from its next poll on, so that on a busy machine nobody pays for others.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use palisade_core::{Error, ErrorKind, Limits};

use crate::lock::lock;

/// A deadline for those who asked for none.
const FAR_FUTURE: Duration = Duration::from_secs(365 * 24 * 3600);

/// A limit of time that a call ran into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    /// The wall time of the call.
    Deadline,
    /// The time that it computed.
    Computing,
    /// The wait for a piece of its response.
    Event,
}

/// The clock of one call.
#[derive(Debug)]
pub(crate) struct Clock {
    deadline: Instant,
    cpu_time: Duration,
    times: Mutex<Times>,
}

#[derive(Debug, Default)]
struct Times {
    /// What the polls took that have ended.
    computed: Duration,
    /// The poll that is running.
    poll: Option<Stopwatch>,
    /// Whether the call has lived through a tick.
    is_long: bool,
    /// When a piece of the response has to come.
    event_by: Option<Instant>,
    over: Option<Over>,
}

#[derive(Debug, Clone, Copy)]
enum Stopwatch {
    Wall(Instant),
    /// Processor time of the thread at the start.
    #[cfg(unix)]
    Thread(Duration),
}

impl Clock {
    pub(crate) fn new(limits: &Limits, start: Instant) -> Self {
        // What a clock cannot count to is no deadline that anybody waits for.
        let deadline = start.checked_add(limits.timeout).unwrap_or(start + FAR_FUTURE);
        Self { deadline, cpu_time: limits.cpu_time, times: Mutex::default() }
    }

    /// Until when the call may go on.
    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Until when the call may wait: the deadline, or when a piece of its response has to come.
    pub(crate) fn waits_until(&self) -> Instant {
        lock(&self.times).event_by.map_or(self.deadline, |event| event.min(self.deadline))
    }

    /// Wants a piece of the response within this time.
    pub(crate) fn expect_event(&self, within: Duration) {
        lock(&self.times).event_by = Instant::now().checked_add(within);
    }

    /// It has come.
    pub(crate) fn event_came(&self) {
        lock(&self.times).event_by = None;
    }

    /// How long the call has computed.
    pub(crate) fn computed(&self) -> Duration {
        lock(&self.times).computed
    }

    /// Measures a poll.
    pub(crate) fn run<R>(&self, poll: impl FnOnce() -> R) -> R {
        {
            let mut times = lock(&self.times);
            times.poll = Some(Stopwatch::start(times.is_long));
        }
        let result = poll();
        let mut times = lock(&self.times);
        if let Some(stopwatch) = times.poll.take() {
            times.computed += stopwatch.elapsed();
        }
        result
    }

    /// Whether the call is over, asked at a tick while it runs, or after it has waited too long.
    pub(crate) fn check(&self) -> Option<Over> {
        let now = Instant::now();
        let mut times = lock(&self.times);
        times.is_long = true;
        let computed = times.computed + times.poll.map_or(Duration::ZERO, |stopwatch| stopwatch.elapsed());
        let over = if now >= self.deadline {
            Some(Over::Deadline)
        } else if computed >= self.cpu_time {
            Some(Over::Computing)
        } else if times.event_by.is_some_and(|event| now >= event) {
            Some(Over::Event)
        } else {
            None
        };
        times.over = times.over.or(over);
        times.over
    }

    /// The error of a call that was out of time: what it ran into first.
    pub(crate) fn error(&self, limits: &Limits) -> Error {
        let over = lock(&self.times).over.unwrap_or(Over::Deadline);
        let (kind, message) = match over {
            Over::Deadline => (ErrorKind::Deadline, format!("the provider took longer than {:?}", limits.timeout)),
            Over::Computing => {
                (ErrorKind::CpuLimit, format!("the provider computed longer than {:?}", limits.cpu_time))
            }
            Over::Event => return stalled(),
        };
        Error::new(kind, message)
    }
}

/// The error of a response of which no piece comes.
pub(crate) fn stalled() -> Error {
    Error::new(ErrorKind::Stalled, "the provider kept its listener waiting too long")
}

impl Stopwatch {
    fn start(is_long: bool) -> Self {
        #[cfg(unix)]
        if is_long {
            return Self::Thread(thread_time());
        }
        let _unused_elsewhere = is_long;
        Self::Wall(Instant::now())
    }

    fn elapsed(self) -> Duration {
        match self {
            Self::Wall(start) => start.elapsed(),
            #[cfg(unix)]
            Self::Thread(start) => thread_time().saturating_sub(start),
        }
    }
}

/// Processor time of this thread.
#[cfg(unix)]
fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(change: impl FnOnce(&mut Limits)) -> Clock {
        let mut limits = Limits::default();
        change(&mut limits);
        Clock::new(&limits, Instant::now())
    }

    fn kind(clock: &Clock) -> ErrorKind {
        clock.error(&Limits::default()).kind()
    }

    #[test]
    fn a_call_within_its_limits_goes_on() {
        let clock = clock(|_| {});
        assert_eq!(clock.run(|| clock.check()), None);
        assert!(clock.waits_until() == clock.deadline());
    }

    #[test]
    fn what_is_over_first_is_what_is_told() {
        let ended = clock(|limits| limits.timeout = Duration::ZERO);
        assert_eq!((ended.check(), kind(&ended)), (Some(Over::Deadline), ErrorKind::Deadline));

        let stalled = clock(|_| {});
        stalled.expect_event(Duration::ZERO);
        assert!(stalled.waits_until() < stalled.deadline());
        assert_eq!((stalled.check(), kind(&stalled)), (Some(Over::Event), ErrorKind::Stalled));
        stalled.event_came();
        assert_eq!(kind(&stalled), ErrorKind::Stalled, "what is over stays over");

        let computing = clock(|limits| limits.cpu_time = Duration::ZERO);
        assert_eq!(
            (computing.run(|| computing.check()), kind(&computing)),
            (Some(Over::Computing), ErrorKind::CpuLimit)
        );
    }

    #[test]
    fn waiting_is_no_computing_once_the_call_is_long() {
        let clock = clock(|_| {});
        clock.check();
        let before = clock.computed();
        // A thread that waits for another uses no processor.
        clock.run(|| std::thread::spawn(|| std::hint::black_box((0..10_000_000_u64).sum::<u64>())).join().unwrap());
        let waited = clock.computed() - before;
        clock.run(|| std::hint::black_box((0..10_000_000_u64).fold(0, |a: u64, b| a.wrapping_mul(31) ^ b)));
        assert!(clock.computed() - before > waited * 2, "{waited:?} of {:?}", clock.computed() - before);
    }
}
