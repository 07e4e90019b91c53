//! Rules for one Rust file at a time.

use super::{
    Violation,
    syntax::{Follower, Named, Syntax},
    tree::{SourceFile, Tree},
};

const MAX_LINES: usize = 500;

/// Where hand-written `unsafe` is allowed: in guests whose job it is to misbehave, and where the engine is measured alone.
const UNSAFE: &[&str] = &["tests/hostile/", "host/benches/load.rs"];

/// The one file where it is allowed once: where compiled code is loaded that this host has made itself.
const UNSAFE_ONCE: &str = "host/crates/sandbox/src/code.rs";

/// Where bindings are generated for the host: in one crate, and in the bench that calls the bare engine beside it.
const BINDINGS: &[&str] = &["host/crates/world/", "host/benches/"];

/// The one file in which the host opens connections.
const CONNECTIONS: &str = "host/crates/egress/src/connect.rs";

/// Every Rust file can be read, or the other rules see nothing in it.
pub(super) fn readable(tree: &Tree) -> Vec<Violation> {
    let unreadable = tree.files().iter().filter(|file| file.is_rust() && file.syntax.is_none());
    unreadable
        .map(|file| Violation::new(&*file.path, 1, "readable", "write Rust that can be split into tokens"))
        .collect()
}

/// Some things happen in one place: bindings for the host, and outgoing connections.
pub(super) fn confined_code(tree: &Tree) -> Vec<Violation> {
    each_name(tree, |file, name| {
        let last = name.segments.last().map(String::as_str);
        if last == Some("bindgen") && name.follower == Follower::Bang && !file.is_in(BINDINGS) {
            return Some((
                "bindgen",
                "generate bindings in `palisade-world` and convert to `palisade-core` types".into(),
            ));
        }
        let apart = name.test || ["/tests/", "/benches/"].iter().any(|folder| file.path.contains(folder));
        let host = file.is_in(&["host/"]) && file.path != CONNECTIONS && !apart;
        (host && reaches_out(name))
            .then(|| ("egress", "open outgoing connections in the connector of `palisade-egress`".into()))
    })
}

/// Whether a name of the standard library or of the runtime connects to somebody, or asks where somebody is.
fn reaches_out(name: &Named) -> bool {
    let connects = [["TcpStream", "connect"], ["TcpStream", "connect_timeout"]].iter().any(|end| ends_with(name, end));
    let always = ["TcpSocket", "UdpSocket", "ToSocketAddrs", "to_socket_addrs", "lookup_host"];
    connects || name.segments.iter().any(|segment| always.contains(&segment.as_str()))
}

/// The vocabulary is plain data.
pub(super) fn core_is_pure(tree: &Tree) -> Vec<Violation> {
    each_name(tree, |file, name| {
        if !file.is_in(&["host/crates/core/src/"]) || name.test {
            return None;
        }
        let (first, second) = (name.segments.first()?.as_str(), name.segments.get(1)?.as_str());
        match (first, second) {
            ("std", "net") => {
                Some(("pure-core", "take addresses from `core::net`; what connects belongs to a higher row".into()))
            }
            ("std", "fs" | "process" | "env" | "thread") => Some((
                "pure-core",
                format!("the vocabulary does no I/O: move what needs `std::{second}` to a higher row"),
            )),
            ("tokio" | "wasmtime" | "async_std" | "smol", _) => Some((
                "pure-core",
                format!("the vocabulary names no runtime: move what needs `{first}` to a higher row"),
            )),
            _ => None,
        }
    })
}

pub(super) fn length(tree: &Tree) -> Vec<Violation> {
    let long = tree.files().iter().filter(|file| file.is_rust() && file.text.lines().count() > MAX_LINES);
    long.map(|file| {
        let remedy = format!("{} lines; split it by subject, {MAX_LINES} are allowed", file.text.lines().count());
        Violation::new(&*file.path, MAX_LINES + 1, "length", remedy)
    })
    .collect()
}

pub(super) fn unsafe_code(tree: &Tree) -> Vec<Violation> {
    let mut once = false;
    each_name(tree, |file, name| {
        let is_unsafe = name.segments.first().is_some_and(|segment| segment == "unsafe");
        if !is_unsafe || file.is_in(UNSAFE) || (file.path == UNSAFE_ONCE && !std::mem::replace(&mut once, true)) {
            return None;
        }
        Some(("unsafe", "find a safe way, or argue for a place in tidy's list".into()))
    })
}

/// A test that is not run, not written, or that waits for the clock, proves nothing.
pub(super) fn tests_are_complete(tree: &Tree) -> Vec<Violation> {
    let mut found = each_name(tree, |file, name| {
        let last = name.segments.last()?.as_str();
        if matches!(last, "todo" | "unimplemented") && name.follower == Follower::Bang {
            return Some(("unfinished", format!("write what `{last}!` stands for")));
        }
        let sleeps = last == "sleep" && name.follower == Follower::Arguments;
        // Programs that measure may wait.
        let measures = file.is_in(&["tests/examples/"]);
        let tests = !measures && (file.is_in(&["tests/"]) || file.path.contains("/tests/"));
        (sleeps && tests).then(|| ("sleep", "wait for the event itself, or pause the clock".into()))
    });
    for (file, syntax) in tree.rust() {
        let ignored = syntax.ignored.iter();
        found.extend(
            ignored.map(|&line| Violation::new(&*file.path, line, "ignored-test", "make the test run, or remove it")),
        );
    }
    found
}

/// Notes to oneself belong in an issue.
pub(super) fn unfinished(tree: &Tree) -> Vec<Violation> {
    // Put together, so that this file does not find itself.
    let markers = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
    let mut found = Vec::new();
    for file in tree.files().iter().filter(|file| file.path != "Cargo.lock") {
        for (number, line) in file.text.lines().enumerate() {
            let mut words = line.split(|character: char| !character.is_alphanumeric() && character != '_');
            if words.any(|word| markers.contains(&word)) {
                found.push(Violation::new(&*file.path, number + 1, "unfinished", "do it now, or open an issue"));
            }
        }
    }
    found
}

type Finding = (&'static str, String);

fn each_name(tree: &Tree, mut find: impl FnMut(&SourceFile, &Named) -> Option<Finding>) -> Vec<Violation> {
    let of_file = |(file, syntax): (&SourceFile, &Syntax)| -> Vec<Violation> {
        let found = syntax.names.iter().filter_map(|name| Some((name.line, find(file, name)?)));
        found.map(|(line, (rule, remedy))| Violation::new(&*file.path, line, rule, remedy)).collect()
    };
    tree.rust().flat_map(of_file).collect()
}

fn ends_with(name: &Named, end: &[&str]) -> bool {
    name.segments.len() >= end.len() && name.segments.iter().rev().zip(end.iter().rev()).all(|(a, b)| a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rule: fn(&Tree) -> Vec<Violation>, path: &str, text: &str, lines: &[usize]) {
        let found: Vec<usize> = rule(&Tree::of(&[(path, text)])).iter().map(|violation| violation.line).collect();
        assert_eq!(found, lines, "{path}: {text}");
    }

    #[test]
    fn every_file_is_readable() {
        check(readable, "host/src/lib.rs", "fn f() {}", &[]);
        check(readable, "host/src/lib.rs", "fn f() {", &[1]);
        check(readable, "docs/a.md", "fn f() {", &[]);
    }

    #[test]
    fn bindings_are_generated_in_one_crate() {
        let text = "\nwasmtime::component::bindgen!({});";
        check(confined_code, "host/crates/world/src/lib.rs", text, &[]);
        check(confined_code, "host/crates/sandbox/src/lib.rs", text, &[2]);
        check(confined_code, "guest-sdk/src/lib.rs", "wit_bindgen::generate!({});", &[]);
    }

    #[test]
    fn one_file_connects() {
        let text = "fn f() { tokio::net::TcpStream::connect(a) }";
        check(confined_code, "host/crates/egress/src/connect.rs", text, &[]);
        check(confined_code, "host/crates/egress/src/client.rs", text, &[1]);
        check(confined_code, "host/crates/sources/src/lib.rs", text, &[1]);
        check(confined_code, "host/crates/egress/benches/egress.rs", text, &[]);
        check(confined_code, "host/src/lib.rs", "#[cfg(test)] mod tests { fn f() { TcpStream::connect(a) } }", &[]);
        check(
            confined_code,
            "host/src/lib.rs",
            "use tokio::net::{lookup_host,\nUdpSocket};\nuse tokio::net::TcpListener;",
            &[1, 2],
        );
    }

    #[test]
    fn the_vocabulary_does_no_io() {
        let core = "host/crates/core/src/id.rs";
        check(core_is_pure, core, "use std::{fmt, collections::BTreeMap};\nuse core::net::IpAddr;", &[]);
        check(core_is_pure, core, "use std::{fmt,\nfs};\nfn f() { std::env::var(\"A\") }", &[2, 3]);
        check(core_is_pure, core, "use tokio::sync::mpsc;", &[1]);
        check(core_is_pure, core, "#[cfg(test)] mod tests { use std::fs::read; }", &[]);
        check(core_is_pure, "host/src/config.rs", "use std::fs;", &[]);
    }

    #[test]
    fn files_are_short() {
        check(length, "host/src/lib.rs", &"\n".repeat(500), &[]);
        check(length, "host/src/lib.rs", &"\n".repeat(501), &[501]);
    }

    #[test]
    fn nothing_is_unsafe() {
        check(unsafe_code, "host/src/lib.rs", "#![deny(unsafe_code)] // unsafe { }\nfn f() {}", &[]);
        check(unsafe_code, "host/src/lib.rs", "fn f() {\nunsafe { g() } }", &[2]);
        check(unsafe_code, "tests/hostile/src/lib.rs", "fn f() { unsafe { g() } }", &[]);
        check(unsafe_code, UNSAFE_ONCE, "fn f() { unsafe { g() } }\nfn h() { unsafe { g() } }", &[2]);
    }

    #[test]
    fn tests_run_and_do_not_wait() {
        check(tests_are_complete, "tests/it/main.rs", "#[test] fn f() { timeout(a, b) } // sleep(1)", &[]);
        check(tests_are_complete, "tests/it/main.rs", "fn f() { tokio::time::sleep(a) }", &[1]);
        check(tests_are_complete, "host/src/lib.rs", "fn f() { tokio::time::sleep(a) }", &[]);
        check(tests_are_complete, "tests/examples/soak/main.rs", "fn f() { tokio::time::sleep(a) }", &[]);
        check(tests_are_complete, "host/src/lib.rs", "#[test]\n#[ignore = \"slow\"]\nfn f() {}", &[2]);
        check(tests_are_complete, "host/src/lib.rs", "fn f() { todo!() }", &[1]);
    }

    #[test]
    fn nothing_is_left_to_do() {
        check(unfinished, "docs/a.md", "Todos and XXL shirts.", &[]);
        check(unfinished, "docs/a.md", concat!("\nTO", "DO: write"), &[2]);
        check(unfinished, "host/src/lib.rs", concat!("// FIX", "ME(me): now"), &[1]);
    }
}
