//! Room for what many requests hold at one time: bytes of bodies, of one call and of the whole host.

use std::sync::Arc;

use palisade_core::http::Error;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};

/// Bytes are counted in pieces of this many, which keeps their number within what can be asked for at once.
const UNIT_BYTES: u64 = 1 << 10;

/// Room for so many bytes.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    free: Arc<Semaphore>,
    units: u32,
}

/// Room that is taken, of a call and of its host. Dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Held {
    _of_call: OwnedSemaphorePermit,
    _of_host: OwnedSemaphorePermit,
}

impl Room {
    pub(crate) fn new(bytes: u64) -> Self {
        let units = units(bytes);
        Self { free: Arc::new(Semaphore::new(units as usize)), units }
    }

    /// Takes room in both, of the call at once and of the host when there is some.
    ///
    /// # Errors
    ///
    /// `InvalidRequest` when the call has taken too much, `Connect` when the host has no room in time.
    pub(crate) async fn hold(call: &Self, host: &Self, bytes: usize, until: Instant) -> Result<Held, Error> {
        let units = units(bytes as u64);
        let of_call = call.free.clone().try_acquire_many_owned(units).map_err(|_| {
            let most = u64::from(call.units) * UNIT_BYTES;
            Error::InvalidRequest(format!("a call may have {most} bytes of requests under way: read an answer first"))
        })?;
        // More than there is at all waits for all of it.
        let waiting = host.free.clone().acquire_many_owned(units.min(host.units));
        match timeout_at(until, waiting).await {
            Ok(Ok(of_host)) => Ok(Held { _of_call: of_call, _of_host: of_host }),
            _ => Err(Error::Connect("this host is sending as much as it can: try again later".to_owned())),
        }
    }
}

fn units(bytes: u64) -> u32 {
    // A semaphore on a machine of 32 bits counts no further.
    u32::try_from(bytes.div_ceil(UNIT_BYTES)).unwrap_or(u32::MAX).min(u32::MAX >> 3)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_call_is_refused_at_once_and_a_host_has_others_wait() {
        let (host, [first, second]) = (Room::new(3000), [Room::new(2048), Room::new(2048)]);
        let until = Instant::now() + Duration::from_secs(5);
        let held = Room::hold(&first, &host, 2000, until).await.unwrap();
        assert!(
            matches!(Room::hold(&first, &host, 1, until).await, Err(Error::InvalidRequest(why)) if why.contains("2048"))
        );
        assert!(Room::hold(&second, &host, 1000, until).await.is_ok(), "a small one fits");
        assert!(matches!(Room::hold(&second, &host, 1500, until).await, Err(Error::Connect(_))));
        assert_eq!(Instant::now(), until);
        let later = until + Duration::from_secs(5);
        let (waited, ()) = tokio::join!(Room::hold(&second, &host, 1500, later), async { drop(held) });
        assert!(waited.is_ok() && Instant::now() == until);
    }

    #[tokio::test]
    async fn what_is_larger_than_the_host_waits_for_all_of_it() {
        let (call, host) = (Room::new(u64::MAX), Room::new(2000));
        Room::hold(&call, &host, usize::MAX, Instant::now() + Duration::from_secs(5)).await.unwrap();
    }
}
