//! A worker that dies is a failed call, and never a failed host.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use nix::{
    sys::{
        signal::{Signal, kill},
        stat::Mode,
    },
    unistd::{Pid, mkfifo},
};
use palisade::{
    CachePlace, CallSettings, Compiler, ErrorKind, Host, Isolation, ProviderHandle, Registration, text_to_image,
};
use tokio::runtime::Runtime;

use super::{hostile, is_running, paint, until, worker};
use crate::{
    reuse::{check_that_lies_end_an_instance, lies_later},
    support::{assert_the_neighbour_answers, builder, hostile_path, only_time, providers, shared, within},
};

pub(super) fn end(process: u32, signal: Signal) {
    kill(Pid::from_raw(i32::try_from(process).unwrap()), signal).unwrap();
}

#[tokio::test]
async fn a_call_in_a_worker_that_is_killed_fails_and_the_next_one_is_served() {
    let limits = only_time(Duration::from_secs(60));
    shared().register("killed", hostile("spin").limits(limits)).await.unwrap();
    let provider = shared().get("killed").unwrap();
    for (signal, says) in
        [(Signal::SIGKILL, "somebody killed it"), (Signal::SIGSYS, "may not make"), (Signal::SIGABRT, "signal 6")]
    {
        let before = worker(shared(), "killed");
        let calls = futures_util::future::join(provider.text_to_image("a fox"), provider.text_to_image("a fox"));
        let killer = async {
            until(|| shared().status("killed").unwrap().models[0].pending == 2).await;
            end(worker(shared(), "killed").process.unwrap(), signal);
        };
        let ((first, second), ()) = within(Duration::from_secs(5), futures_util::future::join(calls, killer)).await;
        for error in [first.unwrap_err(), second.unwrap_err()] {
            assert_eq!(error.kind(), ErrorKind::Trap, "{error}");
            assert!(error.message().contains(says), "{says:?} is not in {error}");
        }
        assert_the_neighbour_answers().await;
        until(|| !is_running(before.process.unwrap())).await;
        // The next call begins in another worker.
        provider.check().await.unwrap();
        let after = worker(shared(), "killed");
        assert_eq!(after.starts, before.starts + 1);
        assert_ne!(after.process, before.process);
    }
    shared().unregister("killed").await.unwrap();
}

#[tokio::test]
async fn a_worker_that_is_killed_while_nobody_calls_is_replaced() {
    shared().register("idle", hostile("well-behaved")).await.unwrap();
    let provider = shared().get("idle").unwrap();
    let process = worker(shared(), "idle").process.unwrap();
    end(process, Signal::SIGKILL);
    until(|| !is_running(process)).await;
    paint(&provider).await.unwrap();
    shared().unregister("idle").await.unwrap();
}

#[tokio::test]
async fn an_instance_whose_answer_is_refused_is_never_used_again_whichever_worker_it_is_in() {
    shared().register("lies", lies_later().isolation(Isolation::Process)).await.unwrap();
    let provider = shared().get("lies").unwrap();
    check_that_lies_end_an_instance(&provider).await;
    let process = worker(shared(), "lies").process.unwrap();
    end(process, Signal::SIGKILL);
    until(|| !is_running(process)).await;
    check_that_lies_end_an_instance(&provider).await;
    shared().unregister("lies").await.unwrap();
}

#[tokio::test]
async fn a_provider_whose_workers_keep_dying_has_to_wait() {
    shared().register("dies", hostile("well-behaved")).await.unwrap();
    let provider = shared().get("dies").unwrap();
    let mut served = 0;
    let error = loop {
        let process = worker(shared(), "dies").process.unwrap();
        end(process, Signal::SIGKILL);
        until(|| !is_running(process)).await;
        match paint(&provider).await {
            Ok(_) => served += 1,
            Err(error) => break error,
        }
        assert!(served < 100, "it is started again and again");
    };
    assert!(served > 2);
    assert_eq!(error.kind(), ErrorKind::Trap, "{error}");
    assert!(error.message().contains("died within 60s"), "{error}");
    assert!(error.retry_after().unwrap() <= Duration::from_secs(60));
    assert_the_neighbour_answers().await;
    shared().unregister("dies").await.unwrap();
}

#[test]
fn a_worker_outlives_the_runtime_of_whoever_called_when_it_started() {
    let start = || Runtime::new().unwrap();
    let loading = start();
    let host = loading.block_on(async {
        let host = builder().build().await.unwrap();
        host.register("outlives", hostile("well-behaved")).await.unwrap();
        host
    });
    let provider = host.get("outlives").unwrap();
    end(worker(&host, "outlives").process.unwrap(), Signal::SIGKILL);
    loading.block_on(until(|| !is_running(worker(&host, "outlives").process.unwrap())));
    if start().block_on(paint(&provider)).is_err() {
        // The host had not noticed yet.
        start().block_on(paint(&provider)).unwrap();
    }
    let second = worker(&host, "outlives");
    start().block_on(paint(&provider)).unwrap();
    assert_eq!((worker(&host, "outlives"), second.starts), (second, 2));
    // When the runtime ends that looked after it, the next one takes over.
    drop(loading);
    start().block_on(paint(&provider)).unwrap();
    assert_eq!(worker(&host, "outlives").starts, 3);
}

#[tokio::test]
async fn where_a_host_has_less_than_its_workers_might_they_have_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let script = format!("ulimit -d 2000000\nexec env -i {} \"$@\"", env!("CARGO_BIN_EXE_palisade-worker"));
    let host = builder().compiler(wrapper(folder.path(), &script)).build().await.unwrap();
    host.register("less", hostile("well-behaved")).await.unwrap();
    paint(&host.get("less").unwrap()).await.unwrap();
}

/// A host whose workers start as ever, until the file `closed` is in this folder: then this comes first.
async fn with_a_door(folder: &Path, when_closed: &str) -> (Host, ProviderHandle, u32) {
    let worker_of_tests = env!("CARGO_BIN_EXE_palisade-worker");
    let door = format!("if [ -e {} ]; then {when_closed}; fi", folder.join("closed").display());
    let compiler = wrapper(folder, &format!("{door}\nexec env -i {worker_of_tests} \"$@\""));
    let host = builder().compiler(compiler).build().await.unwrap();
    host.register("door", hostile("well-behaved")).await.unwrap();
    fs::write(folder.join("closed"), "").unwrap();
    let process = worker(&host, "door").process.unwrap();
    end(process, Signal::SIGKILL);
    until(|| !is_running(process)).await;
    let provider = host.get("door").unwrap();
    (host, provider, process)
}

#[tokio::test]
async fn a_start_that_takes_longer_than_a_call_is_there_for_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let gate = folder.path().join("gate");
    mkfifo(&gate, Mode::S_IRWXU).unwrap();
    let starts = folder.path().join("starts");
    let counted = format!("echo >> {}; read _ < {}", starts.display(), gate.display());
    let (host, provider, process) = with_a_door(folder.path(), &counted).await;
    for _ in 0..3 {
        let settings = CallSettings { timeout: Some(Duration::from_millis(50)), ..CallSettings::default() };
        let error = provider.call(text_to_image::Request::new("a fox"), settings).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Deadline, "{error}");
    }
    let mut gate = fs::File::options().read(true).write(true).open(gate).unwrap();
    gate.write_all(b"open\n").unwrap();
    until(|| worker(&host, "door").process.is_some_and(|now| now != process)).await;
    paint(&provider).await.unwrap();
    assert_eq!(worker(&host, "door").starts, 2);
    assert_eq!(fs::read_to_string(starts).unwrap(), "\n");
}

#[tokio::test]
async fn a_worker_that_does_not_start_is_not_tried_without_end() {
    let folder = tempfile::tempdir().unwrap();
    let (_host, provider, _process) = with_a_door(folder.path(), "echo broken >&2; exit 1").await;
    let mut failed = 0;
    let error = loop {
        let error = paint(&provider).await.unwrap_err();
        if error.retry_after().is_some() {
            break error;
        }
        assert!(error.message().contains("it said: broken"), "{error}");
        failed += 1;
        assert!(failed < 100, "it is started again and again");
    };
    assert!(failed > 2 && error.kind() == ErrorKind::Trap, "{failed}: {error}");
    assert!(error.message().contains("did not start"), "{error}");
}

#[tokio::test]
async fn a_program_that_is_no_worker_is_told() {
    let host = builder().compiler(Compiler::Program("/bin/true".into())).build().await.unwrap();
    // What another test has compiled needs no compiler here.
    shared().register("compiled", hostile("well-behaved")).await.unwrap();
    shared().unregister("compiled").await.unwrap();
    let error = host.register("none", hostile("well-behaved")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoCompiler, "{error}");
    let host = builder().compiler(Compiler::ThisProgram).build().await.unwrap();
    let path = providers().join("card.wasm");
    let error = host.register("none", Registration::path(path).isolation(Isolation::Process)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoCompiler, "{error}");
}

/// A program that runs the worker of the tests in its own way.
pub(super) fn wrapper(folder: &Path, script: &str) -> Compiler {
    let path = folder.join("wrapper");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    Compiler::Program(path)
}

#[tokio::test]
async fn without_a_required_piece_a_provider_is_refused_and_the_piece_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let worker = env!("CARGO_BIN_EXE_palisade-worker");
    let compiler = wrapper(folder.path(), &format!("LEFT=here exec {worker} \"$@\""));
    let host = Host::builder().compiler(compiler).cache(CachePlace::Nowhere).build().await.unwrap();
    let card = || Registration::path(providers().join("card.wasm"));
    let error = host.register("walled", card().isolation(Isolation::Process)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::IsolationUnavailable, "{error}");
    assert!(error.message().contains("`environment`: there are"), "{error}");
    // It was compiled all the same, and runs where nothing is claimed.
    host.register("open", card()).await.unwrap();
}

/// The worker of the tests under a name by which it does something else first.
fn named(folder: &Path, name: &str) -> Compiler {
    let path = folder.join(name);
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_palisade-worker"), &path).unwrap();
    Compiler::Program(path)
}

#[tokio::test]
async fn a_program_that_starts_a_runtime_before_init_has_workers_or_is_told_why_not() {
    let folder = tempfile::tempdir().unwrap();
    let one = named(folder.path(), "in-a-runtime-of-one-thread");
    assert_eq!(one.confinement().await.unwrap().missing(), []);
    let host = Host::builder().compiler(one).cache(CachePlace::Nowhere).build().await.unwrap();
    let card = Registration::path(providers().join("card.wasm"));
    host.register("walled", card.isolation(Isolation::Process)).await.unwrap();
    paint(&host.get("walled").unwrap()).await.unwrap();

    // What another test has compiled needs no compiler here.
    shared().register("compiled-here", hostile("well-behaved")).await.unwrap();
    shared().unregister("compiled-here").await.unwrap();
    let many = named(folder.path(), "in-a-runtime-of-many-threads");
    let says = "before a runtime is started";
    let error = many.confinement().await.unwrap_err();
    assert!(error.kind() == ErrorKind::NoCompiler && error.message().contains(says), "{error}");
    let host = builder().compiler(many.clone()).build().await.unwrap();
    let error = host.register("walled", hostile("well-behaved")).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Internal && error.message().contains(says), "{error}");
    let host = Host::builder().compiler(many).cache(CachePlace::Nowhere).build().await.unwrap();
    let error = host.register("open", Registration::bytes(wat::parse_str("(component)").unwrap())).await.unwrap_err();
    assert!(error.kind() == ErrorKind::NoCompiler && error.message().contains(says), "{error}");
}

#[tokio::test]
async fn a_worker_that_talks_nonsense_is_refused() {
    shared().register("compiled-before", hostile("well-behaved")).await.unwrap();
    shared().unregister("compiled-before").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    // A kind, the number of a call, a length, and the body: what is none, too long, no message, of another kind.
    let said = [
        "more than a head of nonsense",
        r"\5\0\0\0\0\0\0\0\0\377\377\377\377",
        r"\5\0\0\0\0\0\0\0\0\1\0\0\0\200",
        r"\11\0\0\0\0\0\0\0\0\0\0\0\0",
    ];
    for script in said.map(|said| format!("printf '{said}'")) {
        // It listens to the end, so that it is what it says that is wrong.
        let script = format!("{script}; exec cat > /dev/null");
        let host = builder().compiler(wrapper(folder.path(), &script)).build().await.unwrap();
        let error = host.register("nonsense", hostile("well-behaved")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal, "{script}: {error}");
        assert!(error.message().contains("does not work"), "{script}: {error}");
    }
}

/// What Linux knows of a process: its state, its parent, its group.
fn fields(process: u32) -> Option<Vec<String>> {
    let known = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    Some(known.rsplit_once(") ")?.1.split(' ').map(str::to_owned).collect())
}

#[tokio::test]
async fn what_ends_a_host_at_a_terminal_is_left_to_the_host() {
    shared().register("apart", hostile("well-behaved")).await.unwrap();
    let process = worker(shared(), "apart").process.unwrap();
    // Ctrl-C goes to all processes of the group.
    assert_eq!(fields(process).unwrap()[2], process.to_string());
    shared().unregister("apart").await.unwrap();
}

#[tokio::test]
async fn a_worker_that_computes_ends_with_a_host_that_is_killed() {
    let mut host = Command::new(env!("CARGO_BIN_EXE_palisade-worker"))
        .args([Path::new("compute"), &hostile_path()])
        .env("PALISADE_CACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    BufReader::new(host.stdout.as_mut().unwrap()).read_line(&mut said).unwrap();
    let process = said.trim().parse().unwrap();
    assert_eq!(fields(process).unwrap()[1], host.id().to_string());
    host.kill().unwrap();
    host.wait().unwrap();
    // Whoever it belongs to now may not ask how it ended.
    until(|| fields(process).is_none_or(|fields| fields[0] == "Z")).await;
}

#[test]
fn nothing_is_left_of_workers_that_ended() {
    let output = Command::new(env!("CARGO_BIN_EXE_palisade-worker"))
        .args([Path::new("churn"), &hostile_path()])
        .env("PALISADE_CACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said} {}", String::from_utf8_lossy(&output.stderr));
    assert!(said.starts_with("nothing is left"), "{said}");
}
