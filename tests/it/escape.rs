//! What a guest gets that has broken out of the engine, and into a worker: nothing.
//!
//! A program confines itself exactly as a worker does, that of a provider and the compiler, and then tries what an attacker
//! would. The same attempts are made without the confinement, where they have to succeed: an attempt that cannot succeed
//! proves nothing.

use std::{
    fs::File,
    net::TcpListener,
    os::{
        fd::AsRawFd as _,
        unix::{net::UnixListener, process::ExitStatusExt as _},
    },
    process::{Command, Output, Stdio},
};

use nix::unistd::dup;

/// A system call that no worker may make ends it.
const SIGSYS: i32 = 31;

/// What the host has, and nobody in a worker may reach.
struct World {
    folder: tempfile::TempDir,
    tcp: TcpListener,
    _local: UnixListener,
    /// Left open for every program that this one starts.
    _left_open: std::os::fd::OwnedFd,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let local = UnixListener::bind(folder.path().join("socket")).unwrap();
        let secret = File::create(folder.path().join("secret")).unwrap();
        let left_open = dup(&secret).unwrap();
        assert!(left_open.as_raw_fd() > 2);
        Self { tcp: TcpListener::bind("127.0.0.1:0").unwrap(), _local: local, _left_open: left_open, folder }
    }

    fn word_for(&self, attempt: &str) -> String {
        let path = |name| self.folder.path().join(name).display().to_string();
        match attempt {
            "connect-by-tcp" => self.tcp.local_addr().unwrap().to_string(),
            "connect-to-a-local-socket" => path("socket"),
            "make-a-file" => path("new"),
            "mount-a-file-system" => self.folder.path().display().to_string(),
            _ => "-".to_owned(),
        }
    }

    fn try_it(&self, how: &str, attempt: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_palisade-worker"));
        command.args(["escape", how, attempt, &self.word_for(attempt)]);
        if how != "free" {
            command.env_clear();
        }
        // A worker lives for as long as its host may still say something.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let _silent = child.stdin.take().unwrap();
        child.wait_with_output().unwrap()
    }
}

fn attempts() -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_palisade-worker")).args(["escape", "list"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn nothing_succeeds(how: &str) {
    let world = World::new();
    let attempts = attempts();
    assert!(attempts.len() > 15, "{attempts:?}");
    for attempt in attempts {
        let Output { status, stdout, stderr } = world.try_it(how, &attempt);
        let (said, errors) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        let refused = status.success() && said.starts_with("refused");
        assert!(refused || status.signal() == Some(SIGSYS), "{attempt}: {status}: {said} {errors}");
    }
}

#[test]
fn who_has_the_worker_of_a_provider_has_no_file_no_network_no_program_and_no_other_process() {
    nothing_succeeds("serving");
}

#[test]
fn who_has_the_compiler_has_no_more() {
    nothing_succeeds("confined");
}

#[test]
fn behind_the_filter_of_system_calls_there_are_other_walls() {
    // Landlock keeps from files; from TCP and signals on kernels that are new enough, which `palisade doctor` tells. A limit
    // keeps from whatever is opened.
    const REFUSED: &[&str] = &[
        "make-a-file-in-memory",
        "connect-by-tcp",
        "listen-for-tcp",
        "open-udp",
        "connect-to-a-local-socket",
        "read-a-file",
        "make-a-file",
        "list-a-folder",
        "become-a-program",
        "run-a-program",
        "read-the-environment-of-the-host",
        "read-the-memory-of-the-host",
        "use-what-the-host-left-open",
        "read-an-environment-variable",
    ];
    let world = World::new();
    for attempt in REFUSED {
        let Output { status, stdout, stderr } = world.try_it("unfiltered", attempt);
        let (said, errors) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        println!("{attempt}: {}", said.trim());
        assert!(status.success() && said.starts_with("refused"), "{attempt}: {status}: {said} {errors}");
    }
}

#[test]
fn without_the_walls_the_same_attempts_succeed() {
    // What takes rights that not every user of a machine has, or another state of it, is left out.
    const PRIVILEGED: &[&str] =
        &["read-the-memory-of-the-host", "trace-the-host", "mount-a-file-system", "enter-another-world"];
    let world = World::new();
    for attempt in attempts().iter().filter(|attempt| !PRIVILEGED.contains(&attempt.as_str())) {
        let output = world.try_it("free", attempt);
        assert!(output.status.success(), "{attempt}: {:?}", output.status);
        let said = String::from_utf8_lossy(&output.stdout);
        // A program that becomes another one says nothing more.
        assert!(said == "did it\n" || (attempt == "become-a-program" && said.is_empty()), "{attempt}: {said}");
    }
}
