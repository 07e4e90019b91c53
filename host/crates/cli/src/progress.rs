//! What is shown while one waits: on stderr, and only when that is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use palisade::ProgressSink;

/// A wheel that turns. Hidden where stderr is no terminal.
pub(crate) fn spinner(message: &'static str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(message);
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// A wheel that shows what a provider reports.
pub(crate) fn call() -> (ProgressBar, ProgressSink) {
    let bar = spinner("working");
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {percent}%") {
        bar.set_style(style);
    }
    let shown = bar.clone();
    let sink = ProgressSink::new(move |progress| {
        if let Some(permille) = progress.permille {
            shown.set_length(1000);
            shown.set_position(permille.into());
        }
        if let Some(message) = progress.message {
            shown.set_message(message);
        }
    });
    (bar, sink)
}
