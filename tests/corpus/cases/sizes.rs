//! Guests that hand over more than anybody wants, or what should not reach a terminal.

use palisade::ErrorKind::{InvalidCatalogue, ProviderFailed, ResultTooLarge, UpstreamTimeout};

use crate::{
    case::Case,
    guest::{Guest, INTERNAL, TIMEOUT, UNSUPPORTED, list, place, put},
};

/// Makes room for 100 MiB from `ROOM` on.
const GROW: &str = "(drop (memory.grow (i32.const 1600)))";
const ROOM: u32 = 65536;
const TEN_MILLION: u32 = 10_000_000;
const HUNDRED_MEGABYTES: u32 = 100_000_000;
/// What the host says of its catalogue, and of an answer.
const CATALOGUE: &str = "more than 8388608 bytes at a time";
const ANSWER: &str = "more than 33554432 bytes at a time";

pub(super) fn cases() -> Vec<Case> {
    let describing = |name, at: u32, length: u32| {
        let code = GROW.to_owned() + &list(at, ROOM, length);
        super::guest(name, Guest::ranker().at("describe", &code)).within(|limits| limits.memory_bytes = 256 << 20)
    };
    let failing = |name, kind, at: u32, length: u32| {
        let code = GROW.to_owned() + &list(at, ROOM, length);
        super::guest(name, Guest::failing(kind, &code)).within(|limits| limits.memory_bytes = 256 << 20)
    };
    vec![
        describing("summary-of-100-megabytes", place::SUMMARY, HUNDRED_MEGABYTES).is_refused(ResultTooLarge, CATALOGUE),
        describing("ten-million-empty-texts", place::HOSTS, TEN_MILLION).is_refused(ResultTooLarge, CATALOGUE),
        failing("failure-of-100-megabytes", TIMEOUT, place::MESSAGE, HUNDRED_MEGABYTES).fails(ResultTooLarge, ANSWER),
        failing("failure-of-ten-million-names", UNSUPPORTED, place::REASON, TEN_MILLION).fails(ResultTooLarge, ANSWER),
        super::guest("lists-that-share-their-contents", Guest::ranker().at("models", SHARED_LISTS))
            .is_refused(ResultTooLarge, CATALOGUE),
        super::guest("failure-of-100-kilobytes", Guest::failing(INTERNAL, &text(100_000, 0x78, place::REASON)))
            .fails(ProviderFailed, "xxxxxxxx"),
        super::guest(
            "failure-of-100-kilobytes-of-escapes",
            Guest::failing(TIMEOUT, &text(100_000, 0x1b, place::MESSAGE)),
        )
        .fails(UpstreamTimeout, "\\u{1b}\\u{1b}"),
        super::guest(
            "failure-of-lines-and-json",
            Guest::failing(TIMEOUT, &list(place::MESSAGE, 4096, NASTY_LENGTH)).at("module", NASTY),
        )
        .fails(UpstreamTimeout, "\\u{1b}]0;owned\\u{7}\\r\\n{\"level\":\"error\""),
        super::guest("name-with-escapes", Guest::ranker().at("describe", &put(16, 0x6d5b_1b61)))
            .is_refused(InvalidCatalogue, "a\\u{1b}[mus"),
        super::guest("logs-lines-and-json", logging()).is_served(),
    ]
}

/// Has this many bytes of this kind, and a string of them.
fn text(length: u32, byte: u32, at: u32) -> String {
    let fill = format!("(memory.fill (i32.const {ROOM}) (i32.const {byte}) (i32.const {length}))");
    format!("(drop (memory.grow (i32.const 2))) {fill} {}", list(at, ROOM, length))
}

/// What sets the title of a terminal, feigns a line of a log, and turns the direction of writing.
const NASTY: &str = r#"(data (i32.const 4096)
    "\1b]0;owned\07\0d\0a{\"level\":\"error\",\"message\":\"the disk is on fire\"}\0a\e2\80\ae\c2\9b\00")"#;

const NASTY_LENGTH: u32 = 68;

fn logging() -> Guest {
    Guest::ranker()
        .at("imports", r#"(import "palisade:provider/log@0.1.1" "log" (func $log (param i32 i32 i32)))"#)
        .at("module", NASTY)
        .at("rerank", &format!("(call $log (i32.const 4) (i32.const 4096) (i32.const {NASTY_LENGTH}))"))
}

/// A thousand models that have the same thousand tags, which are the same 60 000 bytes.
const SHARED_LISTS: &str = "
    (local $i i32)
    (drop (memory.grow (i32.const 4)))
    (memory.fill (i32.const 65536) (i32.const 0x78) (i32.const 60000))
    (loop
      (i32.store (i32.add (i32.const 131072) (i32.shl (local.get $i) (i32.const 3))) (i32.const 65536))
      (i32.store (i32.add (i32.const 131076) (i32.shl (local.get $i) (i32.const 3))) (i32.const 60000))
      (memory.copy
        (i32.add (i32.const 196608) (i32.mul (local.get $i) (i32.const 120))) (i32.const 1280) (i32.const 120))
      (i32.store (i32.add (i32.const 196712) (i32.mul (local.get $i) (i32.const 120))) (i32.const 131072))
      (i32.store (i32.add (i32.const 196716) (i32.mul (local.get $i) (i32.const 120))) (i32.const 1000))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if 0 (i32.lt_u (local.get $i) (i32.const 1000))))
    (i32.store (i32.const 1160) (i32.const 196608))
    (i32.store (i32.const 1164) (i32.const 1000))";
