//! What a worker has asked in one call, as its host counts it.

use super::question::AT_ONE_TIME;

/// How much may be asked in a call. By default nothing.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Asking {
    /// Questions; none where nothing was granted.
    pub(super) questions: u64,
    /// Bytes of questions that are not answered yet.
    pub(super) bytes: u64,
}

/// What was asked, and what is not answered yet.
#[derive(Debug, Default)]
pub(super) struct Tally {
    questions: u64,
    forgotten: u64,
    /// Questions, and wishes for more, whose reply the worker has not got.
    under_way: usize,
    bytes: u64,
}

impl Tally {
    /// Counts a question of so many bytes.
    pub(super) fn ask(&mut self, most: &Asking, length: u32) -> Result<(), &'static str> {
        if most.questions == 0 {
            return Err("it asked where nothing was granted");
        }
        if self.questions == most.questions {
            return Err("it asked too often");
        }
        let bytes = self.bytes.saturating_add(length.into());
        if bytes > most.bytes {
            return Err("it asked for more than it has memory for");
        }
        self.wait()?;
        (self.questions, self.bytes) = (self.questions + 1, bytes);
        Ok(())
    }

    /// Counts a wish for more of an answer.
    pub(super) fn more(&mut self) -> Result<(), &'static str> {
        if self.questions == 0 {
            return Err("it wants more of an answer that there is not");
        }
        self.wait()
    }

    /// Counts a question that is of no interest any more.
    pub(super) fn forget(&mut self) -> Result<(), &'static str> {
        if self.forgotten == self.questions {
            return Err("it forgot what it has not asked");
        }
        self.forgotten += 1;
        Ok(())
    }

    /// Notes that so many bytes of a question are not held any more.
    pub(super) fn release(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// Notes that the worker has got a reply.
    pub(super) fn replied(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    fn wait(&mut self) -> Result<(), &'static str> {
        if self.under_way == AT_ONE_TIME {
            return Err("it asked for too much at one time");
        }
        self.under_way += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: Asking = Asking { questions: 100, bytes: 1000 };

    #[test]
    fn as_much_waits_at_one_time_as_may() {
        let mut tally = Tally::default();
        for _ in 0..AT_ONE_TIME - 1 {
            tally.ask(&MOST, 1).unwrap();
        }
        tally.more().unwrap();
        assert!(tally.ask(&MOST, 1).is_err() && tally.more().is_err());
        tally.replied();
        tally.more().unwrap();
        assert!(tally.more().is_err());
    }

    #[test]
    fn bytes_count_until_they_are_released() {
        let mut tally = Tally::default();
        tally.ask(&MOST, 600).unwrap();
        assert!(tally.ask(&MOST, 401).is_err());
        tally.replied();
        assert!(tally.ask(&MOST, 401).is_err(), "they are still held");
        tally.release(600);
        tally.ask(&MOST, 1000).unwrap();
    }

    #[test]
    fn questions_have_an_end_and_are_forgotten_once() {
        let mut tally = Tally::default();
        assert!(tally.forget().is_err() && tally.more().is_err(), "nothing was asked");
        assert!(tally.ask(&Asking { questions: 0, ..MOST }, 0).is_err(), "nothing was granted");
        for _ in 0..MOST.questions {
            tally.ask(&MOST, 0).unwrap();
            tally.replied();
        }
        assert!(tally.ask(&MOST, 0).is_err());
        for _ in 0..MOST.questions {
            tally.forget().unwrap();
        }
        assert!(tally.forget().is_err());
    }
}
