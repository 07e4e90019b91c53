//! What the host saw of a call: what it used, what it logged, how far it was.

use std::{fmt, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use crate::Media;

/// What a call used of this machine, as the host measured it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceUsage {
    /// Fuel used; none for a provider that runs outside the sandbox.
    pub fuel: Option<u64>,
    /// Most bytes that the memories and tables of the guest, and what the host kept for it, had at one time.
    pub peak_memory_bytes: u64,
    /// Time in which the guest ran on a processor, host functions included and waiting excluded.
    #[serde(rename = "guest_seconds", with = "seconds")]
    pub guest_time: Duration,
    /// Time from the start of the call to its end.
    #[serde(rename = "wall_seconds", with = "seconds")]
    pub wall_time: Duration,
    /// Calls of host functions, those of WASI included.
    pub host_calls: u64,
    /// Bytes of text and media of the request.
    pub bytes_in: u64,
    /// Bytes of media of the response.
    pub bytes_out: u64,
}

/// A time as a number of seconds.
mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(duration.as_secs_f64())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        Duration::try_from_secs_f64(f64::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// How important a log line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Every step.
    Trace,
    /// For the author of the provider.
    Debug,
    /// For the operator, when all is well.
    Info,
    /// Something to look at.
    Warn,
    /// Something failed.
    Error,
}

/// A line that a guest logged or wrote, escaped and cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// How important it is. What came through stdout is `Info`, through stderr `Warn`.
    pub level: LogLevel,
    /// The text.
    pub text: String,
}

/// What a call used and logged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallReport {
    /// What it used.
    pub resources: ResourceUsage,
    /// What it logged, oldest first, up to the limits.
    pub log: Vec<LogLine>,
    /// Lines that were dropped because the limits were reached; at the least, since the rest of a message that begins
    /// when the log is full counts as one.
    pub log_lines_dropped: u64,
}

/// How far a call is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Thousandths of the work done, 0 to 1000.
    pub permille: Option<u32>,
    /// What is being done, escaped and cut.
    pub message: Option<String>,
    /// What it looks like so far; only of work that is a job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<Media>,
}

/// Who wants to hear how far a call is. Called on the thread that runs the guest: return at once.
#[derive(Clone, Default)]
pub struct ProgressSink(Option<Arc<dyn Fn(Progress) + Send + Sync>>);

impl ProgressSink {
    /// Calls `listen` for each report.
    pub fn new(listen: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(listen)))
    }

    /// Passes a report on.
    pub fn report(&self, progress: Progress) {
        if let Some(listen) = &self.0 {
            listen(progress);
        }
    }
}

impl fmt::Debug for ProgressSink {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_some() { "ProgressSink(listened to)" } else { "ProgressSink(none)" })
    }
}
