//! What a call has heard of its guest, and has not been told yet. There is room for one thing of each kind, and for what the
//! guest asks, of which the table lets no more in than may wait.

use std::{collections::VecDeque, sync::Mutex};

use palisade_core::{Event, Progress};
use tokio::sync::Notify;

use super::{answer::Asked, message::Ending};
use crate::lock::lock;

/// What a call hears of its guest.
#[derive(Debug)]
pub(super) enum Heard {
    /// How far it is.
    Progress(Progress),
    /// What the guest asks.
    Asked(Asked),
    /// A piece of the response. The guest waits until it was taken.
    Piece(Event),
    /// The last of it.
    End(Box<Ending>),
}

/// Between a call, and who listens to its worker.
#[derive(Default)]
pub(super) struct Ear {
    kept: Mutex<Kept>,
    news: Notify,
}

#[derive(Default)]
struct Kept {
    progress: Option<Progress>,
    asked: VecDeque<Asked>,
    piece: Option<Event>,
    end: Option<Box<Ending>>,
    closed: bool,
}

impl Ear {
    /// Keeps what was heard. Of progress, who listens too slowly misses some.
    pub(super) fn hear(&self, heard: Heard) {
        let mut kept = lock(&self.kept);
        match heard {
            Heard::Progress(progress) => kept.progress = Some(progress),
            Heard::Asked(asked) => kept.asked.push_back(asked),
            Heard::Piece(piece) => kept.piece = Some(piece),
            Heard::End(end) => kept.end = Some(end),
        }
        drop(kept);
        self.news.notify_one();
    }

    /// Nothing more will be heard.
    pub(super) fn close(&self) {
        lock(&self.kept).closed = true;
        self.news.notify_one();
    }

    /// Waits for what is next; none when nothing more will come. One at a time may wait.
    pub(super) async fn next(&self) -> Option<Heard> {
        loop {
            {
                let mut kept = lock(&self.kept);
                let progress = kept.progress.take().map(Heard::Progress);
                let heard = progress.or_else(|| kept.asked.pop_front().map(Heard::Asked));
                let heard = heard.or_else(|| kept.piece.take().map(Heard::Piece));
                let heard = heard.or_else(|| kept.end.take().map(Heard::End));
                if heard.is_some() || kept.closed {
                    return heard;
                }
            }
            self.news.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use palisade_core::{CallReport, chat};

    use super::{super::message::Product, *};

    fn progress(permille: u32) -> Heard {
        Heard::Progress(Progress { permille: Some(permille), message: None, preview: None })
    }

    #[tokio::test]
    async fn the_last_report_of_progress_is_kept_and_then_the_piece_and_then_the_end() {
        let ear = Ear::default();
        for permille in 0..1000 {
            ear.hear(progress(permille));
        }
        ear.hear(Heard::End(Box::new(Ending { result: Ok(Product::Health), report: CallReport::default() })));
        ear.hear(Heard::Piece(Event::Chat(chat::Event::Text("x".to_owned()))));
        ear.close();
        assert!(matches!(ear.next().await, Some(Heard::Progress(Progress { permille: Some(999), .. }))));
        assert!(matches!(ear.next().await, Some(Heard::Piece(_))));
        assert!(matches!(ear.next().await, Some(Heard::End(_))));
        assert!(ear.next().await.is_none());
    }

    #[tokio::test]
    async fn who_waits_is_woken() {
        let ear = Ear::default();
        let (heard, ()) = tokio::join!(ear.next(), async { ear.hear(progress(1)) });
        assert!(heard.is_some());
        let (heard, ()) = tokio::join!(ear.next(), async { ear.close() });
        assert!(heard.is_none());
    }
}
