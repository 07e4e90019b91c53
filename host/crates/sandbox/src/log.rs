//! What a guest logs and writes, escaped, in lines, up to a limit.

use palisade_core::{CallReport, Limits, LogLevel, LogLine, text::escape};

/// Most characters of a line.
const MAX_LINE: usize = 2000;

/// The log of a call.
#[derive(Debug)]
pub(crate) struct Log {
    lines: Vec<LogLine>,
    dropped: u64,
    lines_left: u32,
    bytes_left: u64,
}

impl Log {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { lines: Vec::new(), dropped: 0, lines_left: limits.log_lines, bytes_left: limits.log_bytes }
    }

    /// Takes a message, a line at a time.
    pub(crate) fn push(&mut self, level: LogLevel, message: &str) {
        for line in message.lines() {
            // Nothing is escaped for a log that is full.
            let text = (self.lines_left > 0).then(|| escape(line, MAX_LINE));
            let Some(text) = text.filter(|text| self.bytes_left >= text.len() as u64) else {
                // It is full from here on. The rest of the message counts as one line: counting millions takes seconds.
                self.lines_left = 0;
                self.dropped += 1;
                return;
            };
            self.lines_left -= 1;
            self.bytes_left -= text.len() as u64;
            self.lines.push(LogLine { level, text });
        }
    }

    /// The last thing that went wrong, to explain a trap.
    pub(crate) fn last_error(&self) -> Option<&str> {
        self.lines.iter().rev().find(|line| line.level == LogLevel::Error).map(|line| line.text.as_str())
    }

    /// Hands the lines over.
    pub(crate) fn drain_into(&mut self, report: &mut CallReport) {
        report.log = std::mem::take(&mut self.lines);
        report.log_lines_dropped = std::mem::take(&mut self.dropped);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_escaped_and_what_is_too_much_is_counted() {
        let limits = Limits { log_lines: 3, log_bytes: 12, ..Limits::default() };
        let mut log = Log::new(&limits);
        log.push(LogLevel::Info, "one\ntw\u{7}o");
        log.push(LogLevel::Error, "far too long for what is left");
        log.push(LogLevel::Error, "");
        let mut report = CallReport::default();
        log.drain_into(&mut report);
        assert_eq!(report.log.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), ["one", "tw\\u{7}o"]);
        assert_eq!(report.log_lines_dropped, 1);
    }
}
