//! How far a provider has come that is being loaded. No step can be left out: each gives what the next one takes.
//!
//! ```text
//! discovered ─► verified ─► validated ─► live | staging
//!      └────────────┴────────────┴─────► refused | retired, where it was given up
//!      └───────────────────────────────► disabled
//! ```

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use palisade_core::ProviderId;

use crate::{event_bus::EventBus, events::HostEvent, status::State};

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It is known, and nothing was looked at.
    Discovered,
    /// Its bytes were read, checked and compiled. Nothing of it has run. Native code is the application's own.
    Verified,
    /// What it says of itself was read and checked, and what the operator says of it.
    Validated,
}

impl Stage {
    pub(crate) fn state(self) -> State {
        match self {
            Self::Discovered => State::Discovered,
            Self::Verified => State::Verified,
            Self::Validated => State::Validated,
        }
    }
}

/// A provider that is being loaded, for who looks at it. Tells each step.
#[derive(Debug)]
pub(crate) struct Progress {
    provider: ProviderId,
    events: EventBus,
    now: Mutex<Now>,
}

#[derive(Debug)]
struct Now {
    stage: Stage,
    course: Course,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    /// Nobody has heard of it.
    Ahead,
    Underway,
    /// It is in another state by now, which is for others to tell.
    Over,
}

impl Progress {
    /// It is known from now on.
    pub(crate) fn begin(&self) {
        let mut now = self.now();
        if now.course == Course::Ahead {
            now.course = Course::Underway;
            self.tell(None, State::Discovered.name(), 0, None);
        }
    }

    /// How far it is, or has come.
    pub(crate) fn stage(&self) -> Stage {
        self.now().stage
    }

    /// It is in this state now, and no longer being loaded. Who says so first is heard, of one that somebody has heard of.
    pub(crate) fn end(&self, to: &'static str, generation: u64, reason: Option<String>) {
        let mut now = self.now();
        if std::mem::replace(&mut now.course, Course::Over) == Course::Underway {
            self.tell(Some(now.stage), to, generation, reason);
        }
    }

    /// Nobody wants it any more.
    pub(crate) fn give_up(&self) {
        self.end(State::RETIRED, 0, Some("it was given up while it was loaded".to_owned()));
    }

    fn reach(&self, stage: Stage) {
        let mut now = self.now();
        if now.course == Course::Underway {
            self.tell(Some(now.stage), stage.state().name(), 0, None);
            now.stage = stage;
        }
    }

    fn tell(&self, from: Option<Stage>, to: &'static str, generation: u64, reason: Option<String>) {
        let from = from.map(|stage| stage.state().name());
        self.events.emit(|| HostEvent::ProviderState { provider: self.provider.clone(), generation, from, to, reason });
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        // It is never left half-done.
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A provider of which nothing but its place is known.
pub(crate) struct Discovered(Arc<Progress>);

/// A provider whose code is known.
pub(crate) struct Verified(Arc<Progress>);

/// A provider that can serve.
pub(crate) struct Validated(());

impl Discovered {
    pub(crate) fn new(provider: ProviderId, events: &EventBus) -> Self {
        let now = Mutex::new(Now { stage: Stage::Discovered, course: Course::Ahead });
        Self(Arc::new(Progress { provider, events: events.clone(), now }))
    }

    pub(crate) fn id(&self) -> &ProviderId {
        &self.0.provider
    }

    /// How far it comes.
    pub(crate) fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.0)
    }

    /// It is given up when what is returned is dropped, if nobody has said before how it has ended.
    pub(crate) fn underway(&self) -> Underway {
        Underway(self.progress())
    }

    pub(crate) fn verified(self) -> Verified {
        self.0.reach(Stage::Verified);
        Verified(self.0)
    }
}

impl Verified {
    pub(crate) fn validated(self) -> Validated {
        self.0.reach(Stage::Validated);
        Validated(())
    }
}

/// A provider that is being loaded until this is dropped.
pub(crate) struct Underway(Arc<Progress>);

impl Drop for Underway {
    fn drop(&mut self) {
        self.0.give_up();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    /// The states that were told, each with the one before it.
    fn told(work: impl FnOnce(&EventBus)) -> Vec<String> {
        let bus = EventBus::default();
        let mut events = bus.subscribe();
        work(&bus);
        let next = || events.next().now_or_never().flatten();
        let told = |event| match event {
            HostEvent::ProviderState { from, to, .. } => format!("{} {to}", from.unwrap_or("-")),
            other => panic!("{other:?}"),
        };
        std::iter::from_fn(next).map(|record| told(record.event)).collect()
    }

    fn discovered(bus: &EventBus) -> Discovered {
        let discovered = Discovered::new("p".parse().unwrap(), bus);
        discovered.progress().begin();
        discovered
    }

    #[test]
    fn each_step_is_told_and_the_last_one_once() {
        let all = told(|bus| {
            let discovered = discovered(bus);
            let (progress, underway) = (discovered.progress(), discovered.underway());
            let Validated(()) = discovered.verified().validated();
            progress.end("live", 1, None);
            progress.end("refused", 1, None);
            drop(underway);
        });
        assert_eq!(all, ["- discovered", "discovered verified", "verified validated", "validated live"]);
    }

    #[test]
    fn what_is_given_up_is_told_and_comes_no_further() {
        let all = told(|bus| {
            let discovered = discovered(bus);
            drop(discovered.underway());
            let Verified(progress) = discovered.verified();
            assert_eq!(progress.stage(), Stage::Discovered);
        });
        assert_eq!(all, ["- discovered", "discovered retired"]);
        let unheard = |bus: &EventBus| drop(Discovered::new("p".parse().unwrap(), bus).underway());
        assert_eq!(told(unheard), [""; 0], "nobody has heard of it");
    }
}
