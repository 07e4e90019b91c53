//! What somebody would try who broke out of a guest, and has this process.
//!
//! Each attempt is harmless where it succeeds: without the confinement of a worker it has to, or the test would prove
//! nothing.

use std::{
    env, fs,
    io::{self, Write as _},
    net::{TcpListener, TcpStream, UdpSocket},
    os::unix::{net::UnixStream, process::CommandExt as _},
    process::{Command, ExitCode},
    thread,
};

use nix::{
    mount::{MsFlags, mount},
    sched::{CloneFlags, unshare},
    sys::{
        memfd::{MFdFlags, memfd_create},
        ptrace,
        resource::{Resource, getrlimit, setrlimit},
        signal::{Signal, kill},
    },
    unistd::{close, getppid},
};

type Attempt = fn(&str) -> io::Result<()>;

/// Every attempt, by name. Each gets a word of the test: a path or an address.
const ATTEMPTS: &[(&str, Attempt)] = &[
    ("read-a-file", |_| fs::read("/etc/passwd").map(drop)),
    ("make-a-file", |path| fs::write(path, "here")),
    ("make-a-file-in-memory", |_| Ok(memfd_create("here", MFdFlags::empty()).map(drop)?)),
    ("list-a-folder", |_| fs::read_dir("/").map(drop)),
    ("connect-by-tcp", |address| TcpStream::connect(address).map(drop)),
    ("listen-for-tcp", |_| TcpListener::bind("127.0.0.1:0").map(drop)),
    ("open-udp", |_| UdpSocket::bind("127.0.0.1:0").map(drop)),
    ("connect-to-a-local-socket", |path| UnixStream::connect(path).map(drop)),
    ("become-a-program", |_| Err(Command::new("/bin/true").exec())),
    ("run-a-program", |_| Command::new("/bin/true").status().map(drop)),
    ("start-a-thread", |_| thread::Builder::new().spawn(|| ()).map(drop)),
    ("read-the-environment-of-the-host", |_| fs::read(format!("/proc/{}/environ", getppid())).map(drop)),
    ("read-the-memory-of-the-host", |_| fs::File::open(format!("/proc/{}/mem", getppid())).map(drop)),
    ("signal-the-host", |_| Ok(kill(getppid(), Signal::SIGCONT)?)),
    ("trace-the-host", |_| {
        ptrace::attach(getppid())?;
        Ok(ptrace::detach(getppid(), None)?)
    }),
    ("mount-a-file-system", |path| Ok(mount(Some("none"), path, Some("tmpfs"), MsFlags::empty(), None::<&str>)?)),
    ("enter-another-world", |_| Ok(unshare(CloneFlags::CLONE_NEWUTS)?)),
    ("raise-a-limit", |_| {
        let (soft, hard) = getrlimit(Resource::RLIMIT_CORE)?;
        Ok(setrlimit(Resource::RLIMIT_CORE, soft, hard)?)
    }),
    ("use-what-the-host-left-open", |_| match (3..1024).find(|number: &i32| close(*number).is_ok()) {
        Some(_) => Ok(()),
        None => Err(io::Error::other("nothing is open")),
    }),
    ("read-an-environment-variable", |_| match env::vars_os().next() {
        Some(_) => Ok(()),
        None => Err(io::Error::other("there is none")),
    }),
];

/// `escape list`, or `escape <confined|unfiltered|free> <attempt> <word>`: tries one thing, and says how it went.
pub(crate) fn escape(arguments: &[String]) -> io::Result<ExitCode> {
    let [how, rest @ ..] = arguments else { return Ok(ExitCode::FAILURE) };
    let mut output = io::stdout();
    if how == "list" {
        let names: Vec<_> = ATTEMPTS.iter().map(|(name, _)| *name).collect();
        writeln!(output, "{}", names.join("\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let [name, word] = rest else { return Ok(ExitCode::FAILURE) };
    let Some((_, attempt)) = ATTEMPTS.iter().find(|(known, _)| known == name) else { return Ok(ExitCode::FAILURE) };
    if how == "confined" {
        let confinement = palisade::confine_like_a_worker()?;
        if let Some(missing) = confinement.missing().first() {
            writeln!(output, "unconfined: {}", missing.piece)?;
            return Ok(ExitCode::FAILURE);
        }
    }
    if how == "unfiltered" {
        palisade::confine_but_for_system_calls()?;
    }
    match attempt(word) {
        Ok(()) => writeln!(output, "did it")?,
        Err(error) => writeln!(output, "refused: {error}")?,
    }
    Ok(ExitCode::SUCCESS)
}
