//! What is shown while one waits: on stderr, and only when that is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use palisade::{LoadEvent, ProgressSink, ProviderId};

use crate::format;

/// A wheel that turns. Hidden where stderr is no terminal.
pub(crate) fn spinner(message: &'static str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(message);
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// A wheel that shows which provider is compiled, and how to hear of it.
pub(crate) fn loading() -> (ProgressBar, impl Fn(&ProviderId, LoadEvent) + Send + Sync + 'static) {
    let bar = spinner("loading providers");
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        bar.set_style(style);
    }
    let shown = bar.clone();
    let observer = move |id: &ProviderId, event| match event {
        LoadEvent::Compiling { bytes } => {
            shown.reset_elapsed();
            shown.set_message(format!("compiling `{id}` ({}), once", format::bytes(bytes)));
        }
        _ => shown.set_message("loading providers"),
    };
    (bar, observer)
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
