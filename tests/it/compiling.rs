//! Compiling: in a process that can be killed, once, and never for who was refused.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use palisade::{CachePlace, Compiler, Error, ErrorKind, Host, HostBuilder, Limits, LoadEvent, Registration};

use crate::support::{compiler, hostile_bytes, within};

/// What a host did to load a component, and how that ended.
async fn load(builder: HostBuilder, limits: Limits, component: Vec<u8>) -> (Vec<LoadEvent>, Result<(), Error>) {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&heard);
    let host = builder.on_load(move |_, event| listener.lock().unwrap().push(event)).build().await.unwrap();
    let registration = Registration::bytes(component).limits(limits);
    let loaded = within(Duration::from_secs(20), host.register("one", registration)).await;
    // The next host finds nothing of it in memory.
    host.shutdown(Duration::ZERO).await;
    let heard = heard.lock().unwrap().clone();
    (heard, loaded)
}

fn at(folder: &Path) -> CachePlace {
    CachePlace::Folder { path: folder.join("cache"), max_bytes: 1 << 30 }
}

fn entries(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(folder.join("cache")).unwrap().map(|file| file.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|end| end == extension)).collect()
}

/// A component that no other test has: code that is loaded is shared by all hosts of a process.
fn unique(name: &str) -> Vec<u8> {
    let mut component = hostile_bytes();
    // A custom section of its name.
    component.extend([0, u8::try_from(name.len() + 1).unwrap(), u8::try_from(name.len()).unwrap()]);
    component.extend(name.as_bytes());
    component
}

/// A component with functions that take long to compile.
fn costly() -> Vec<u8> {
    let turns = "(local.set 0 (i64.add (i64.mul (local.get 0) (local.get 1)) (i64.load (i32.wrap_i64 (local.get 0)))))";
    let function = format!("(func (local i64 i64) {})", turns.repeat(20_000));
    wat::parse_str(format!("(component (core module (memory 1) {}))", function.repeat(24))).unwrap()
}

#[tokio::test]
async fn the_second_start_does_not_compile() {
    let folder = tempfile::tempdir().unwrap();
    let builder = || Host::builder().compiler(compiler()).cache(at(folder.path()));
    let (heard, loaded) = load(builder(), Limits::default(), unique("second start")).await;
    loaded.unwrap();
    assert!(matches!(heard[..], [LoadEvent::Compiling { .. }, LoadEvent::Compiled { .. }]), "{heard:?}");
    assert_eq!(entries(folder.path(), "code").len(), 1);

    // With a compiler that does not exist.
    let builder = || builder().compiler(Compiler::Program("/absent".into()));
    let (heard, loaded) = load(builder(), Limits::default(), unique("second start")).await;
    loaded.unwrap();
    assert!(matches!(heard[..], [LoadEvent::FromCache { code_bytes: 1.. }]), "{heard:?}");

    // A damaged entry is none, and is not run.
    let entry = entries(folder.path(), "code").remove(0);
    let mut bytes = fs::read(&entry).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&entry, bytes).unwrap();
    let (_, loaded) = load(builder(), Limits::default(), unique("second start")).await;
    assert_eq!(loaded.unwrap_err().kind(), ErrorKind::NoCompiler);
    assert!(!entry.exists());
}

#[tokio::test]
async fn a_component_that_costs_too_much_is_refused_and_remembered_until_more_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let builder = || Host::builder().compiler(compiler()).cache(at(folder.path()));
    type Change = fn(&mut Limits);
    let cases: [(Change, &str); 3] = [
        (|limits| limits.compile_timeout = Duration::from_millis(100), "costs more than 100ms"),
        (|limits| limits.compile_cpu_time = Duration::from_secs(1), "costs more than 1s of processor time"),
        (|limits| limits.compile_memory_bytes = 64 << 20, "costs more than 67108864 bytes of memory"),
    ];
    let component = costly();
    for (change, says) in cases {
        let mut limits = Limits::default();
        change(&mut limits);
        let (heard, loaded) = load(builder(), limits.clone(), component.clone()).await;
        let error = loaded.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CompileLimit, "{error}");
        assert!(error.message().contains(says), "{says:?} is not in {:?}", error.message());
        assert_eq!(heard.len(), 1, "{heard:?}");
        assert_eq!(entries(folder.path(), "refused").len(), 1);

        let (heard, loaded) = load(builder(), limits, component.clone()).await;
        let error = loaded.unwrap_err();
        assert!(error.kind() == ErrorKind::CompileLimit && error.message().contains("refused before"), "{error}");
        assert_eq!(heard, []);
        // What fails for one limit may fit another.
    }
}

#[tokio::test]
async fn code_that_does_not_fit_the_sandbox_is_refused_and_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let builder = || Host::builder().compiler(compiler()).cache(at(folder.path()));
    // More tables than a module of the pool has.
    let component = wat::parse_str(format!("(component (core module {}))", "(table 1 funcref)".repeat(9))).unwrap();
    let (heard, loaded) = load(builder(), Limits::default(), component.clone()).await;
    let error = loaded.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ResourceLimit, "{error}");
    assert_eq!(heard.len(), 2, "{heard:?}");
    assert_eq!((entries(folder.path(), "refused").len(), entries(folder.path(), "code").len()), (1, 0));

    let (heard, loaded) = load(builder(), Limits::default(), component).await;
    let error = loaded.unwrap_err();
    assert!(error.kind() == ErrorKind::ResourceLimit && error.message().contains("refused before"), "{error}");
    assert_eq!(heard, []);
}

#[tokio::test]
async fn what_another_host_could_compile_is_loaded_and_no_refusal_of_it_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let builder = || Host::builder().compiler(compiler()).cache(at(folder.path()));
    let cheap = Limits { compile_timeout: Duration::from_nanos(1), ..Limits::default() };
    let register = async |host: &Host, limits: &Limits| {
        let registration = Registration::bytes(unique("another host")).limits(limits.clone());
        within(Duration::from_secs(20), host.register("one", registration)).await
    };
    let host = builder().build().await.unwrap();
    assert_eq!(register(&host, &cheap).await.unwrap_err().kind(), ErrorKind::CompileLimit);
    assert_eq!(entries(folder.path(), "refused").len(), 1);

    // One that may spend more, and is gone.
    let (_, loaded) = load(builder(), Limits::default(), unique("another host")).await;
    loaded.unwrap();
    assert_eq!(entries(folder.path(), "refused"), [] as [PathBuf; 0]);

    // The first one remembers its own refusal, and finds the code.
    register(&host, &cheap).await.unwrap();
    host.unregister("one").await.unwrap();
    fs::remove_file(entries(folder.path(), "code").remove(0)).unwrap();
    // Without the code it tries, and does not say that it had refused it before.
    let error = register(&host, &cheap).await.unwrap_err();
    assert!(error.kind() == ErrorKind::CompileLimit && !error.message().contains("before"), "{error}");
}

#[tokio::test]
async fn several_who_want_the_same_component_compile_it_once() {
    let compiled = Arc::new(Mutex::new(0));
    let count = Arc::clone(&compiled);
    let listener = move |_: &_, event| {
        if matches!(event, LoadEvent::Compiling { .. }) {
            *count.lock().unwrap() += 1;
        }
    };
    let host = Host::builder().compiler(compiler()).cache(CachePlace::Nowhere).on_load(listener).build().await.unwrap();
    let register = |name: &'static str| host.register(name, Registration::bytes(unique("several")));
    let (a, b, c) = tokio::join!(register("a"), register("b"), register("c"));
    a.and(b).and(c).unwrap();
    register("d").await.unwrap();
    assert_eq!(*compiled.lock().unwrap(), 1);
}

#[tokio::test]
async fn a_compiler_that_cannot_do_it_is_named() {
    let nowhere = || Host::builder().cache(CachePlace::Nowhere);
    let cases = [
        (Compiler::ThisProgram, "never called `palisade::init()`"),
        (Compiler::Program("/absent".into()), "`/absent` does not start"),
        (Compiler::Program("/bin/true".into()), "has to call `palisade::init()` first"),
        (Compiler::Program("/bin/false".into()), "the compiler ended with"),
    ];
    for (compiler, says) in cases {
        let (_, loaded) = load(nowhere().compiler(compiler), Limits::default(), unique("no compiler")).await;
        let error = loaded.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoCompiler);
        assert!(error.message().contains(says), "{says:?} is not in {:?}", error.message());
    }
}

#[tokio::test]
async fn who_accepts_it_compiles_in_this_process() {
    let builder = Host::builder().cache(CachePlace::Nowhere).compiler(Compiler::InProcess);
    load(builder, Limits::default(), unique("in process")).await.1.unwrap();
}

/// A compiler under a name that no other test has.
fn own_compiler(folder: &Path) -> PathBuf {
    let program = folder.join("compiler");
    let Compiler::Program(worker) = compiler() else { panic!("it is another program") };
    std::os::unix::fs::symlink(worker, &program).unwrap();
    program
}

#[tokio::test]
async fn giving_up_on_a_load_kills_its_compiler() {
    let folder = tempfile::tempdir().unwrap();
    let program = own_compiler(folder.path());
    let builder = Host::builder().compiler(Compiler::Program(program.clone())).cache(CachePlace::Nowhere);
    let host = builder.build().await.unwrap();
    let mut load = Box::pin(host.register("costly", Registration::bytes(costly())));
    within(Duration::from_secs(2), async {
        tokio::select! {
            loaded = &mut load => panic!("it is not costly: {loaded:?}"),
            _ = started(&program) => {}
        }
    })
    .await;
    drop(load);
    within(Duration::from_secs(2), until(|| running(&program).is_none())).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_compiler_that_is_ended_from_outside_says_nothing_about_the_component() {
    use nix::sys::signal::{Signal, kill};

    let folder = tempfile::tempdir().unwrap();
    let program = own_compiler(folder.path());
    // Not the one of the terminal: what a shell starts in the background ignores it, and so do its children.
    for signal in [Signal::SIGTERM, Signal::SIGKILL] {
        let builder = Host::builder().compiler(Compiler::Program(program.clone())).cache(at(folder.path()));
        let host = builder.build().await.unwrap();
        let load = host.register("costly", Registration::bytes(costly()));
        let end = async {
            let compiler = within(Duration::from_secs(2), started(&program)).await;
            let compiler = nix::unistd::Pid::from_raw(compiler);
            let group = nix::unistd::getpgid(Some(compiler)).unwrap();
            assert_ne!(group, nix::unistd::getpgrp(), "what is typed at the terminal reaches it");
            kill(compiler, signal).unwrap();
        };
        let (loaded, ()) = tokio::join!(load, end);
        let error = loaded.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal, "{signal}: {error}");
        assert!(error.message().contains("ended from outside"), "{error}");
        assert_eq!(entries(folder.path(), "refused"), [] as [PathBuf; 0], "{signal}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_compiler_does_not_outlive_its_host() {
    let folder = tempfile::tempdir().unwrap();
    let component = folder.path().join("costly.wasm");
    // Seven times the same module: by itself the compiler would not end in time.
    let costly = costly();
    let (header, module) = costly.split_at(8);
    fs::write(&component, [header, &module.repeat(7)].concat()).unwrap();
    let Compiler::Program(worker) = compiler() else { panic!("it is another program") };
    let mut host = std::process::Command::new(worker);
    host.arg("churn").arg(component).env("PALISADE_CACHE", folder.path().join("cache"));
    let mut host = host.spawn().unwrap();
    let children = PathBuf::from(format!("/proc/{0}/task/{0}/children", host.id()));
    let child = || fs::read_to_string(&children).unwrap().split_whitespace().next().map(str::to_owned);
    within(Duration::from_secs(2), until(|| child().is_some())).await;
    let compiler = Path::new("/proc").join(child().unwrap());
    // Past its beginning, where the end of its order would end it: its second thread listens.
    within(Duration::from_secs(2), until(|| fs::read_dir(compiler.join("task")).unwrap().count() == 2)).await;
    // Killed, it cannot drop anything.
    host.kill().unwrap();
    host.wait().unwrap();
    let is_gone = || !fs::read_to_string(compiler.join("stat")).is_ok_and(|stat| !stat.contains(") Z "));
    within(Duration::from_millis(500), until(is_gone)).await;
}

async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::task::yield_now().await;
    }
}

/// Waits for a process that is run under this name, and gives its id.
async fn started(program: &Path) -> i32 {
    until(|| running(program).is_some()).await;
    running(program).expect("it takes longer than this")
}

/// The process that was started under this name, where it has not ended.
fn running(program: &Path) -> Option<i32> {
    let name = program.to_str().unwrap();
    let processes = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let runs = |path: &PathBuf| {
        fs::read_to_string(path.join("cmdline")).is_ok_and(|line| line.split('\0').next() == Some(name))
    };
    let process = processes.into_iter().find(runs)?;
    process.file_name()?.to_str()?.parse().ok()
}
