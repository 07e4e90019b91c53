//! What a provider answers and logs.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use palisade::{CallSettings, ErrorKind, ProgressSink, Submitted, text_to_image};

use super::{check, limits};
use crate::support::{assert_harmless, behaving, call_once, shared};

#[tokio::test]
async fn an_answer_that_makes_no_sense_is_bad_output() {
    let cases = [
        ("no-images", "0 pictures where 1 were asked for"),
        ("too-many-images", "2 pictures where 1 were asked for"),
        ("empty-image", "an empty picture"),
        ("wrong-media-type", "`text/\\u{1b}[31mhtml` where a picture was asked for"),
        ("nan-usage", "not a number"),
        ("many-warnings", "101 warnings"),
        ("many-units", "101 items of usage"),
        ("negative-usage", "negative"),
        ("invalid-utf8-response", "utf-8"),
        ("stolen-blob", "cannot be read"),
        ("same-blob-twice", "cannot be read"),
    ];
    for (behaviour, says) in cases {
        check(behaviour, limits(|_| {}), ErrorKind::BadOutput, says).await;
    }
}

#[tokio::test]
async fn a_failure_that_the_provider_returns_keeps_its_meaning_and_loses_its_control_characters() {
    let says = "no \\u{1b}[31mpaint\\r\\nleft";
    check("fails-with-control-characters", limits(|_| {}), ErrorKind::ProviderFailed, says).await;
    let error = check("fails-with-rate-limit", limits(|_| {}), ErrorKind::RateLimited, "too many pictures").await;
    assert_eq!(error.retry_after(), Some(Duration::from_millis(1500)));
    let error = check("fails-submitted", limits(|_| {}), ErrorKind::Upstream, "status 503").await;
    // It says that the request had left, and nothing can leave.
    assert_eq!((error.submitted(), error.upstream_id()), (Submitted::No, Some("job\\u{7}-1")));
}

#[tokio::test]
async fn texts_of_an_answer_cannot_control_a_terminal() {
    let made = call_once(behaving("control-characters-response")).await.unwrap();
    assert_harmless(&made.response.warnings[0].to_string());
    // This is data, which goes back into a request as it is: whoever prints it escapes it.
    assert_eq!(made.response.images[0].revised_prompt.as_deref(), Some("a \u{1b}[31mred fox"));
}

#[tokio::test]
async fn a_flood_of_the_log_is_capped_counted_and_escaped() {
    let made = call_once(behaving("log-flood")).await.unwrap();
    assert_eq!((made.report.log.len(), made.report.log_lines_dropped), (1000, 4000));
    assert_eq!(made.report.log[0].text, "line 0 \\u{1b}[2J");

    let few = limits(|limits| limits.log_bytes = 1000);
    let made = call_once(behaving("log-flood").limits(few)).await.unwrap();
    let bytes: usize = made.report.log.iter().map(|line| line.text.len()).sum();
    assert!(bytes <= 1000 && made.report.log_lines_dropped > 4900, "{bytes} bytes");
}

#[tokio::test]
async fn progress_is_passed_on_cut_and_escaped() {
    shared().register("progress", behaving("progress")).await.unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&heard);
    let progress = ProgressSink::new(move |progress| sink.lock().unwrap().push(progress));
    let settings = CallSettings { progress, ..CallSettings::default() };
    shared().get("progress").unwrap().call(text_to_image::Request::new("a fox"), settings).await.unwrap();
    let heard = std::mem::take(&mut *heard.lock().unwrap());
    let shares: Vec<_> = heard.iter().filter_map(|progress| progress.permille).collect();
    assert_eq!(shares, [0, 500, 1000, 1000, 1000, 0], "five of the behaviour, and one of the picture");
    assert!(heard.iter().filter_map(|progress| progress.message.as_deref()).all(|text| !text.contains('\u{1b}')));
    shared().unregister("progress").await.unwrap();
}
