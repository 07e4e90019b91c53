//! Moments that are ahead.

use std::time::Duration;

use tokio::time::Instant;

/// What stands for never: further ahead a clock may not be able to count.
const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// When this time has passed from now on.
pub(crate) fn after(time: Duration) -> Instant {
    Instant::now() + time.min(FAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_is_far_ahead() {
        assert!(after(Duration::MAX) > after(Duration::from_secs(1)));
    }
}
