//! What is shown while one waits: on stderr, and only when that is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use palisade::{LoadEvent, Progress, ProgressSink, ProviderId};

use crate::format;

/// How often a wheel turns.
pub(crate) const TICK: Duration = Duration::from_millis(100);

/// A wheel that turns. Hidden where stderr is no terminal.
pub(crate) fn spinner(message: &'static str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(message);
    bar.enable_steady_tick(TICK);
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
    let sink = ProgressSink::new(move |progress| show(&shown, progress));
    (bar, sink)
}

/// A wheel for a step of several, with its name.
pub(crate) fn step(name: &str) -> ProgressBar {
    // It turns once it stands among the others.
    let bar = ProgressBar::new_spinner().with_prefix(name.to_owned()).with_message("working");
    match ProgressStyle::with_template("{spinner} {prefix}: {msg} {elapsed}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Shows what a provider reports.
pub(crate) fn show(bar: &ProgressBar, progress: Progress) {
    if let Some(permille) = progress.permille {
        bar.set_length(1000);
        bar.set_position(permille.into());
    }
    if let Some(message) = progress.message {
        bar.set_message(message);
    }
}
