//! Responses that come piece by piece: as they are asked for, with an end, and nothing left of those that are dropped.

mod native;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use futures_util::{FutureExt as _, StreamExt as _};
use palisade::{
    CallSettings, Error, ErrorKind, Limits, ProgressSink, ProviderHandle, Registration,
    chat::{self, Event, FinishReason},
};

use crate::support::{assert_harmless, assert_the_neighbour_answers, behaving, only_time, shared, with, within};

const QUESTION: &str = "one two three";

/// All pieces of an answer, and how it ended.
async fn pieces(provider: &ProviderHandle) -> (Vec<Event>, Option<Error>) {
    let mut stream = provider.chat_stream(QUESTION).unwrap();
    let mut events = Vec::new();
    while let Some(event) = stream.next().await {
        match event {
            Ok(event) => events.push(event),
            Err(error) => {
                assert!(stream.next().await.is_none(), "an error ends it");
                return (events, Some(error));
            }
        }
    }
    (events, None)
}

fn few() -> Limits {
    Limits { fuel: 300_000_000, memory_bytes: 32 << 20, ..Limits::default() }
}

/// Fails unless the answer ends like this after so many pieces, whether it is pulled or asked for as a whole.
async fn check(behaviour: &str, registration: Registration, given: usize, kind: ErrorKind, says: &str) {
    with(registration, async |provider| {
        let whole = provider.chat(QUESTION).await.unwrap_err();
        let (events, error) = pieces(provider).await;
        let error = error.unwrap_or_else(|| panic!("{behaviour} succeeded"));
        for error in [&whole, &error] {
            assert_eq!(error.kind(), kind, "{behaviour}: {error}");
            assert!(error.message().contains(says), "{behaviour}: {says:?} is not in {:?}", error.message());
            assert_harmless(error.message());
            assert!(error.report().is_some_and(|report| report.resources.fuel > Some(0)), "{behaviour}");
            assert!(error.provider().is_some());
        }
        assert!(events.len() >= given, "{behaviour} gave {events:?}");
        let ended = |event: &Event| matches!(event, Event::Finish(_));
        assert!(!events.iter().any(ended), "{behaviour} gave an end that is none");
        assert_eq!(pending(provider), 0, "{behaviour}");
    })
    .await;
    assert_the_neighbour_answers().await;
}

fn pending(provider: &ProviderHandle) -> u32 {
    shared().status(provider.id().as_str()).unwrap().models[0].pending
}

#[tokio::test]
async fn an_answer_comes_in_pieces_and_as_a_whole() {
    with(behaving("well-behaved"), async |provider| {
        let (events, error) = pieces(provider).await;
        assert!(error.is_none());
        let texts = ["one ", "two ", "three"].map(|text| Event::Text(text.to_owned()));
        assert_eq!(events[..3], texts);
        assert!(matches!(&events[3], Event::Finish(finish) if finish.reason == FinishReason::Stop));
        assert_eq!(events.len(), 4);

        let whole = provider.chat(QUESTION).await.unwrap();
        assert_eq!(whole.response.text, QUESTION);
        let stream = provider.chat_stream(QUESTION).unwrap();
        let finished = stream.finish().await.unwrap();
        assert_eq!(finished.response, whole.response);
        assert_eq!(finished.report.resources.fuel, whole.report.resources.fuel);
        assert_eq!(finished.report.resources.bytes_out, QUESTION.len() as u64);
    })
    .await;
}

#[tokio::test]
async fn the_provider_works_when_it_is_asked_and_not_before() {
    with(behaving("well-behaved"), async |provider| {
        let asked = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&asked);
        let progress = ProgressSink::new(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let settings = CallSettings { progress, ..CallSettings::default() };
        let mut stream = provider.stream(chat::Request::new(QUESTION), settings).unwrap();
        assert_eq!((asked.load(Ordering::Relaxed), pending(provider)), (0, 0), "nothing runs before it is polled");
        for pulled in 1..=3 {
            assert!(matches!(stream.next().await, Some(Ok(Event::Text(_)))));
            assert_eq!((asked.load(Ordering::Relaxed), pending(provider)), (pulled, 1));
        }
        assert!(stream.completion().is_none());
        assert!(matches!(stream.next().await, Some(Ok(Event::Finish(_)))));
        assert_eq!(pending(provider), 0, "with the end, the call has ended");
        assert_eq!(stream.completion().unwrap().response.text, QUESTION);
        assert!(stream.next().await.is_none());
    })
    .await;
}

#[tokio::test]
async fn an_answer_without_an_end_is_bad_output() {
    check("no-finish", behaving("no-finish"), 1, ErrorKind::BadOutput, "without `finish`").await;
    check("nothing", behaving("nothing"), 0, ErrorKind::BadOutput, "without `finish`").await;
}

#[tokio::test]
async fn an_answer_that_makes_no_sense_is_bad_output() {
    let cases = [
        ("calls-without-name", 1, "without an id or a name"),
        ("calls-out-of-order", 0, "tool call 3"),
        ("calls-without-json", 1, "no JSON object"),
        ("calls-what-it-was-not-given", 1, "the tool `paint`"),
        ("waits-for-nothing", 0, "tools that it did not call"),
        ("nan-finish", 1, "not a number"),
        ("endless-calls", 1, "tool call 128"),
    ];
    for (behaviour, given, says) in cases {
        check(behaviour, behaving(behaviour), given, ErrorKind::BadOutput, says).await;
    }
}

#[tokio::test]
async fn a_stream_hits_every_wall_that_a_call_hits() {
    let cases = [
        ("spin-in-reply", 0, ErrorKind::FuelExhausted, "fuel of 300000000"),
        ("spin-in-next", 0, ErrorKind::FuelExhausted, "fuel of 300000000"),
        ("endless-silence", 1, ErrorKind::FuelExhausted, "fuel of 300000000"),
        ("endless-text", 10, ErrorKind::MemoryLimit, "33554432 bytes"),
        ("trap-in-next", 1, ErrorKind::Trap, "the paint"),
    ];
    for (behaviour, given, kind, says) in cases {
        check(behaviour, behaving(behaviour).limits(few()), given, kind, says).await;
    }
    let wide = Limits { memory_bytes: 256 << 20, ..few() };
    check("huge-piece", behaving("huge-piece").limits(wide), 0, ErrorKind::ResultTooLarge, "33554432 bytes").await;
}

#[tokio::test]
async fn an_endless_stream_is_stopped_by_the_clock() {
    let timeout = Duration::from_millis(200);
    let says = "longer than 200ms";
    for behaviour in ["endless-silence", "spin-in-next"] {
        let call = check(behaviour, behaving(behaviour).limits(only_time(timeout)), 0, ErrorKind::Deadline, says);
        within(timeout * 8, call).await;
    }
}

#[tokio::test]
async fn who_listens_too_slowly_does_not_speak_against_the_provider() {
    let timeout = Duration::from_millis(100);
    with(behaving("well-behaved").limits(only_time(timeout)), async |provider| {
        let mut stream = provider.chat_stream(QUESTION).unwrap();
        assert!(matches!(stream.next().await, Some(Ok(Event::Text(_)))));
        // The listener has other things to do until the time is over.
        let over = std::time::Instant::now() + timeout * 2;
        while std::time::Instant::now() < over {
            std::hint::spin_loop();
        }
        let error = stream.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Deadline, "{error}");
        let search = shared().find_best_provider(palisade::Capability::Chat).model(provider.id().as_str());
        let decision = search.explain().unwrap();
        assert!(decision.chosen().score.success > 0.94, "{}", decision.chosen().score.success);
    })
    .await;
}

#[tokio::test]
async fn a_failure_keeps_its_meaning_and_what_came_before_it() {
    check("refuses-to-reply", behaving("refuses-to-reply"), 0, ErrorKind::InvalidInput, "not \\u{1b}[31mnice").await;
    check("fails-midway", behaving("fails-midway"), 1, ErrorKind::ProviderFailed, "out of words").await;
}

#[tokio::test]
async fn a_word_of_the_end_cannot_control_a_terminal() {
    let answer = with(behaving("red-finish"), async |provider| provider.chat(QUESTION).await.unwrap()).await;
    assert_eq!(answer.response.finish_reason, FinishReason::Other("all \\u{1b}[31mred".to_owned()));
}

#[tokio::test]
async fn dropping_a_stream_ends_the_guest_and_gives_back_what_it_had() {
    with(behaving("endless-text"), async |provider| {
        // More in all than the host has sandboxes.
        for _ in 0..10 {
            let mut streams = Vec::new();
            for _ in 0..32 {
                let mut stream = provider.chat_stream(QUESTION).unwrap();
                assert!(matches!(stream.next().await, Some(Ok(Event::Text(_)))));
                streams.push(stream);
            }
            assert_eq!(pending(provider), 32);
            drop(streams);
            assert_eq!(pending(provider), 0);
        }
        let status = shared().status(provider.id().as_str()).unwrap();
        assert_eq!(status.models[0].latency_seconds.value, None, "what was dropped has neither succeeded nor failed");
    })
    .await;
    assert_the_neighbour_answers().await;
}

#[tokio::test]
async fn a_stream_that_is_dropped_while_the_guest_computes_ends_it() {
    with(behaving("spin-in-next").limits(only_time(Duration::from_secs(600))), async |provider| {
        let mut stream = provider.chat_stream(QUESTION).unwrap();
        assert!(stream.next().now_or_never().is_none());
        assert!(stream.next().now_or_never().is_none());
        assert_eq!(pending(provider), 1);
        drop(stream);
        assert_eq!(pending(provider), 0);
    })
    .await;
    assert_the_neighbour_answers().await;
}

#[tokio::test]
async fn what_was_not_granted_is_denied() {
    let answer = with(behaving("asks-for-more"), async |provider| provider.chat(QUESTION).await.unwrap()).await;
    assert_eq!(
        answer.response.text,
        "credential: Err(\"the credential `\\\\u{1b}[31mkey` was not granted\"); \
         http: Err(HttpError::Denied(\"this provider was granted no address\"))"
    );
}

#[tokio::test]
async fn a_request_that_nobody_can_serve_is_refused_before_there_is_a_stream() {
    with(behaving("well-behaved"), async |provider| {
        let error = provider.chat_stream(chat::Request::default()).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some("messages")));
        let error = provider.chat_stream("x".repeat(10_000_000)).unwrap_err();
        assert_eq!(error.field(), Some("messages[0].parts[0]"));
    })
    .await;
}

#[tokio::test]
async fn a_sound_comes_in_pieces_and_must_end() {
    let cases = [
        ("no-sound", ErrorKind::BadOutput, "an empty sound"),
        ("wrong-sound", ErrorKind::BadOutput, "`text/\\u{1b}[31mhtml` where a sound was asked for"),
        ("sound-without-end", ErrorKind::BadOutput, "without `finish`"),
        ("endless-sound", ErrorKind::MemoryLimit, "33554432 bytes"),
    ];
    for (behaviour, kind, says) in cases {
        with(behaving(behaviour).limits(few()), async |provider| {
            let error = provider.text_to_speech("a fox").await.unwrap_err();
            assert_eq!(error.kind(), kind, "{behaviour}: {error}");
            assert!(error.message().contains(says), "{behaviour}: {error}");
        })
        .await;
    }
    let sound = with(behaving("well-behaved"), async |provider| provider.text_to_speech("a fox").await.unwrap()).await;
    assert_eq!(
        (sound.response.audio.media_type.as_str(), sound.response.audio.data.as_slice()),
        ("audio/wav", &b"RIFF"[..])
    );
}
