//! How much memory the messages of a worker may take in the host: each with what is read from it, so twice its bytes and
//! more. A worker knows it too: a result that is too large fails its call, and a piece that is does not come.

use palisade_core::Limits;

/// Bytes of the first messages of a worker.
pub(super) const GREETING: u64 = 256 << 10;
/// Bytes of a report of progress: a number, and a message that was cut.
pub(super) const PROGRESS: u64 = 4 << 10;
/// Bytes of the number of a question.
pub(super) const NUMBER: u64 = 256;
/// Bytes of a catalogue on its way: a few times what a guest may hand over.
pub(super) const CATALOGUE: u64 = 32 << 20;
/// Bytes of a catalogue with what is read from it, which is many small things.
pub(super) const READ_CATALOGUE: u64 = 256 << 20;
/// Bytes of everything beside a result: what it used, what is to be known of it, what went wrong.
const BESIDE: u64 = 4 << 20;
/// Bytes of the headers of a question, as what they are read into: of ten times as many as a request may have.
const HEADERS: u64 = 1 << 20;
/// Bytes of what is small on its way and not in memory, of what a store is asked: some 600 000 keys.
const SMALL_THINGS: u64 = 64 << 20;
/// Bytes of a line of the log beside its text.
const LOG_LINE: u64 = 1280;

/// Of a piece of a response. A text that is in another encoding in the guest has up to twice the bytes here.
pub(super) fn of_a_piece(limits: &Limits) -> u64 {
    limits.result_bytes.saturating_mul(4).saturating_add(BESIDE)
}

/// Of a catalogue, with what was logged.
pub(super) fn of_a_catalogue(limits: &Limits) -> u64 {
    of_health(limits).saturating_add(2 * CATALOGUE)
}

/// Of an answer that is no more than a yes, with what was logged.
pub(super) fn of_health(limits: &Limits) -> u64 {
    let log = limits.log_bytes.saturating_mul(2).saturating_add(LOG_LINE.saturating_mul(limits.log_lines.into()));
    BESIDE.saturating_add(log)
}

/// Of a response, with what was logged: files that were kept for the guest, and what it hands over, which may be small things.
pub(super) fn of_a_response(limits: &Limits) -> u64 {
    let result = limits.result_bytes.saturating_mul(4);
    limits.memory_bytes.saturating_mul(2).saturating_add(result).saturating_add(of_health(limits))
}

/// Of the questions of a call that are not answered yet, on their way: what is sent is memory of the guest, but for its
/// addresses and headers.
pub(super) fn of_questions(limits: &Limits) -> u64 {
    limits.memory_bytes.saturating_add(BESIDE)
}

/// Of one of them that has so many bytes on its way, with what is read from it: as much again, and its headers. By its own
/// length, since many may wait at one time.
pub(super) fn of_a_question(bytes: u64) -> u64 {
    bytes.saturating_mul(2).saturating_add(HEADERS)
}

/// What a store is asked, of so many bytes, with what is read from it: many small things, of which a call has one at a time.
pub(super) fn of_an_operation(bytes: u64) -> u64 {
    bytes.saturating_mul(2).saturating_add(SMALL_THINGS)
}

/// Whether a body of this length may be read within so much memory: what it is read into weighs at least as much again.
pub(super) fn may_be_read(length: u32, room: u64) -> bool {
    u64::from(length) * 2 <= room
}
