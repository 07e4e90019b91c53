//! What a provider may use. Every limit belongs to one call, but for those of loading it and of its calls together.

use std::time::Duration;

use serde::Serialize;

/// The limits of a sandboxed provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Largest component, in bytes; checked before it is read in. Default 64 MiB.
    pub component_bytes: u64,
    /// Bytes that the process may map which compiles the component. Default 1 GiB.
    pub compile_memory_bytes: u64,
    /// Processor time for compiling it. Default 60 s.
    #[serde(serialize_with = "as_seconds")]
    pub compile_cpu_time: Duration,
    /// Wall time for compiling it. Default 120 s.
    #[serde(serialize_with = "as_seconds")]
    pub compile_timeout: Duration,
    /// Fuel: about one unit for each instruction, and for each byte that a bulk operation moves. Default 20 · 10⁹.
    pub fuel: u64,
    /// Fuel that each call of a host function costs, beside what the guest spends on it. Default 1000.
    pub host_call_fuel: u64,
    /// Bytes of all linear memories and tables of a call together, and of what the host keeps for it: blobs, a response
    /// that is put together from its pieces (twice its length), JSON that is read (80 times its length). Default
    /// 256 MiB.
    pub memory_bytes: u64,
    /// Elements in one table. Default 100 000.
    pub table_elements: u64,
    /// Core instances. Default 64.
    pub instances: u32,
    /// Linear memories. Default 16.
    pub memories: u32,
    /// Tables. Default 64.
    pub tables: u32,
    /// Handles to host resources at one time. Default 4096.
    pub handles: u32,
    /// Wall time of a call, from making the sandbox to taking it down. Default 30 s.
    #[serde(serialize_with = "as_seconds")]
    pub timeout: Duration,
    /// Time that the guest and the host functions that it calls may compute: what a call takes without what it waits.
    /// Default 20 s.
    #[serde(serialize_with = "as_seconds")]
    pub cpu_time: Duration,
    /// Wall time until the first piece of a streamed response. Default 20 s.
    #[serde(serialize_with = "as_seconds")]
    pub first_event_timeout: Duration,
    /// Wall time from when a piece of a streamed response is asked for to when it comes. Default 10 s.
    #[serde(serialize_with = "as_seconds")]
    pub event_gap_timeout: Duration,
    /// Bytes that the guest may hand to the host at one time: its result, or the arguments of one host call. Default
    /// 32 MiB.
    pub result_bytes: u64,
    /// Calls of host functions. Default 1 000 000.
    pub host_calls: u64,
    /// Lines that are kept of the guest's log, stdout and stderr together. Default 1000.
    pub log_lines: u32,
    /// Bytes that are kept of the guest's log, stdout and stderr together. Default 256 KiB.
    pub log_bytes: u64,
    /// Random bytes that the guest may ask for. Default 1 MiB.
    pub random_bytes: u64,
    /// Calls of this provider that run at one time. Default 64.
    pub concurrency: u32,
    /// Calls of this provider that wait for others of it to end. Default 256.
    pub queue: u32,
}

/// What asking a provider for its catalogue may use at the most, whatever the operator allows its calls.
const CATALOGUE_FUEL: u64 = 2_000_000_000;
const CATALOGUE_TIMEOUT: Duration = Duration::from_secs(10);
const CATALOGUE_RESULT_BYTES: u64 = 8 << 20;

impl Default for Limits {
    fn default() -> Self {
        Self {
            component_bytes: 64 << 20,
            compile_memory_bytes: 1 << 30,
            compile_cpu_time: Duration::from_secs(60),
            compile_timeout: Duration::from_secs(120),
            fuel: 20_000_000_000,
            host_call_fuel: 1000,
            memory_bytes: 256 << 20,
            table_elements: 100_000,
            instances: 64,
            memories: 16,
            tables: 64,
            handles: 4096,
            timeout: Duration::from_secs(30),
            cpu_time: Duration::from_secs(20),
            first_event_timeout: Duration::from_secs(20),
            event_gap_timeout: Duration::from_secs(10),
            result_bytes: 32 << 20,
            host_calls: 1_000_000,
            log_lines: 1000,
            log_bytes: 256 << 10,
            random_bytes: 1 << 20,
            concurrency: 64,
            queue: 256,
        }
    }
}

impl Limits {
    /// The same limits, cut down for asking a provider to describe itself.
    #[must_use]
    pub fn for_catalogue(&self) -> Self {
        Self {
            fuel: self.fuel.min(CATALOGUE_FUEL),
            timeout: self.timeout.min(CATALOGUE_TIMEOUT),
            result_bytes: self.result_bytes.min(CATALOGUE_RESULT_BYTES),
            ..self.clone()
        }
    }
}

fn as_seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}
