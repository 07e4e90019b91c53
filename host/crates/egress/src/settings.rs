//! How long everything may take, and how much of it there may be.

use std::time::Duration;

/// Limits of all requests of a host. A guest can only ask for less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// To learn where a host is. 2 s by default.
    pub resolve: Duration,
    /// To be connected, over all addresses of the host. 5 s by default.
    pub connect: Duration,
    /// To agree on encryption. 5 s by default.
    pub handshake: Duration,
    /// Since something of the request has left, to the last byte of the headers of the answer. 2 minutes by default: some models
    /// think before they speak. An upload takes longer, as long as the upstream reads it.
    pub first_byte: Duration,
    /// Between two pieces of the body of an answer, while somebody waits for one. A minute by default.
    pub between_bytes: Duration,
    /// From the beginning to the end of the body, the deadline of the call apart. 15 minutes by default.
    pub total: Duration,
    /// Most bytes of the body of a request. 64 MiB by default.
    pub request_bytes: u64,
    /// Most bytes of bodies that one call has under way: until they were sent, or their answer has begun. 64 MiB by default.
    pub request_bytes_per_call: u64,
    /// The same of all calls together; who finds no room waits, as for a connection. 512 MiB by default.
    pub request_bytes_in_all: u64,
    /// Most bytes of the headers of an answer. 64 KiB by default.
    pub response_header_bytes: usize,
    /// Most headers of an answer. 100 by default.
    pub response_headers: usize,
    /// Most bytes of the body of an answer. 256 MiB by default.
    pub response_bytes: u64,
    /// Most bytes that one call sends and receives: all of them are looked through for secrets. 1 GiB by default.
    pub bytes_per_call: u64,
    /// Most requests of one call. 1000 by default: what waits for a job asks often.
    pub requests_per_call: u64,
    /// Most requests of one call at one time, answers that are being read included. 8 by default.
    pub concurrent_per_call: usize,
    /// Most connections at one time, of all together, those that are kept included. Who finds none free waits, as long as for being
    /// connected. 1024 by default.
    pub connections: usize,
    /// Most connections that are kept for the next request, of all together. 256 by default.
    pub idle_connections: usize,
    /// Most connections that are kept for the same use. 8 by default.
    pub idle_per_use: usize,
    /// How long a connection is kept. 30 s by default: most servers keep one for a minute or more.
    pub idle: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            resolve: Duration::from_secs(2),
            connect: Duration::from_secs(5),
            handshake: Duration::from_secs(5),
            first_byte: Duration::from_secs(120),
            between_bytes: Duration::from_secs(60),
            total: Duration::from_secs(15 * 60),
            request_bytes: 64 << 20,
            request_bytes_per_call: 64 << 20,
            request_bytes_in_all: 512 << 20,
            response_header_bytes: 64 << 10,
            response_headers: 100,
            response_bytes: 256 << 20,
            bytes_per_call: 1 << 30,
            requests_per_call: 1000,
            concurrent_per_call: 8,
            connections: 1024,
            idle_connections: 256,
            idle_per_use: 8,
            idle: Duration::from_secs(30),
        }
    }
}
