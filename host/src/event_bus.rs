//! Who hears of what happens.
//!
//! ```text
//! supervisor · service · route ─► EventBus of a context ─┬─► each subscriber of the context, in order
//!                                                        └─► EventBus of the host ─► each subscriber of all contexts
//! ```
//!
//! Who watches never slows down who serves: the last events that a subscriber has not taken are kept, up to a bound, and one that takes
//! longer than it takes to fill that is told how many it has missed, in the place where they were. Where nobody has ever watched,
//! nothing is kept for them.

use std::{
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use palisade_core::ContextName;
use palisade_routing::{Endpoint, HealthChange};
use tokio::sync::broadcast::{self, error::RecvError};

use crate::events::{EventRecord, HostEvent, milliseconds};

/// Events that are kept for a subscriber until it takes them.
const BOUND: usize = 1024;

/// The events of a host from the moment of [`Context::events`](crate::Context::events), in order.
#[derive(Debug)]
pub struct Events {
    receiver: broadcast::Receiver<EventRecord>,
}

impl Events {
    /// The next event; none when the host is gone, and all were taken.
    pub async fn next(&mut self) -> Option<EventRecord> {
        match self.receiver.recv().await {
            Ok(record) => Some(record),
            Err(RecvError::Lagged(count)) => {
                let event = HostEvent::Missed { count };
                Some(EventRecord { number: None, context: None, at: SystemTime::now(), event })
            }
            Err(RecvError::Closed) => None,
        }
    }
}

/// Those who listen.
#[derive(Debug, Default)]
struct Listeners(OnceLock<broadcast::Sender<EventRecord>>);

impl Listeners {
    fn subscribe(&self) -> Events {
        Events { receiver: self.0.get_or_init(|| broadcast::Sender::new(BOUND)).subscribe() }
    }

    /// The way to them, while there are any.
    fn present(&self) -> Option<&broadcast::Sender<EventRecord>> {
        self.0.get().filter(|sender| sender.receiver_count() > 0)
    }
}

/// Hears what happens in all contexts of a host. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct AllEvents(Arc<Listeners>);

impl AllEvents {
    pub(crate) fn subscribe(&self) -> Events {
        self.0.subscribe()
    }
}

/// Where the events of one context are sent. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct EventBus(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// None for the default one.
    context: Option<ContextName>,
    own: Listeners,
    all: AllEvents,
    numbers: AtomicU64,
    /// Whose event comes next.
    turn: Mutex<()>,
}

impl EventBus {
    /// The bus of a context; of the default one where it has no name.
    pub(crate) fn of(context: Option<ContextName>, all: AllEvents) -> Self {
        Self(Arc::new(Inner { context, all, ..Inner::default() }))
    }

    pub(crate) fn subscribe(&self) -> Events {
        self.0.own.subscribe()
    }

    /// Tells everybody. Where nobody listens, the event is not even made.
    pub(crate) fn emit(&self, event: impl FnOnce() -> HostEvent) {
        let Inner { context, own, all, numbers, turn } = &*self.0;
        let (own, all) = (own.present(), all.0.present());
        if own.is_none() && all.is_none() {
            numbers.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let event = event();
        // In the order of their numbers.
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let number = Some(numbers.fetch_add(1, Ordering::Relaxed) + 1);
        let record = EventRecord { number, context: context.clone(), at: SystemTime::now(), event };
        // The last of them may have left meanwhile.
        if let Some(all) = all {
            let _unheard = all.send(record.clone());
        }
        if let Some(own) = own {
            let _unheard = own.send(record);
        }
    }

    /// Tells what a call has changed for an endpoint.
    pub(crate) fn emit_change(&self, endpoint: &Endpoint, change: HealthChange) {
        self.emit_health(endpoint, change, None);
    }

    /// The same of one whose calls take so many times as long as usual.
    pub(crate) fn emit_slow(&self, endpoint: &Endpoint, change: HealthChange, times_as_slow: f64) {
        self.emit_health(endpoint, change, Some(times_as_slow));
    }

    fn emit_health(&self, endpoint: &Endpoint, change: HealthChange, times_as_slow: Option<f64>) {
        let names = || (endpoint.provider.clone(), endpoint.model.id.clone());
        self.emit(|| {
            let (provider, model) = names();
            match change {
                HealthChange::Disabled { error: code, retry_in } => {
                    HostEvent::BreakerDisabled { provider, model, code, retry_in_ms: milliseconds(retry_in) }
                }
                HealthChange::Opened { retry_in } => {
                    let retry_in_ms = milliseconds(retry_in);
                    HostEvent::BreakerOpened { provider, model, retry_in_ms, times_as_slow }
                }
                HealthChange::Closed => HostEvent::BreakerClosed { provider, model },
                HealthChange::Throttled { retry_in } => {
                    HostEvent::BreakerThrottled { provider, model, retry_in_ms: milliseconds(retry_in) }
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(count: u64) -> HostEvent {
        HostEvent::Missed { count }
    }

    #[tokio::test]
    async fn who_keeps_up_gets_all_in_order_and_who_does_not_is_told() {
        let bus = EventBus::default();
        bus.emit(|| unreachable!("nobody listens"));
        let mut events = bus.subscribe();
        (0..3).for_each(|count| bus.emit(|| event(count)));
        for count in 0..3 {
            let record = events.next().await.unwrap();
            assert_eq!((record.number, record.event), (Some(count + 2), event(count)));
        }
        let many = BOUND as u64 + 10;
        (0..many).for_each(|count| bus.emit(|| event(count)));
        assert_eq!(events.next().await.unwrap().event, HostEvent::Missed { count: 10 });
        assert_eq!(events.next().await.unwrap().event, event(10));
        drop(bus);
        for _ in 11..many {
            events.next().await.unwrap();
        }
        assert_eq!(events.next().await, None);
    }
}
