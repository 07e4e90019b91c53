//! What somebody would try who broke out of a guest, and has this process.
//!
//! Each attempt is harmless where it succeeds: without the confinement of a worker it has to, or the test would prove
//! nothing.

use std::{
    env,
    fmt::Display,
    fs,
    io::{self, Write as _},
    net::{TcpListener, TcpStream, UdpSocket},
    os::unix::{net::UnixStream, process::CommandExt as _},
    process::{Command, ExitCode},
    thread,
};

use mmap_rs::{MmapFlags, MmapOptions};
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
    ("take-memory", |_| map(MUCH, MmapFlags::NO_RESERVE)),
    ("share-memory", |_| map(LITTLE, MmapFlags::SHARED)),
    ("make-code", |_| MmapOptions::new(LITTLE).and_then(MmapOptions::map_exec).map(drop).map_err(io::Error::other)),
    ("make-code-of-memory", |_| {
        let memory = MmapOptions::new(LITTLE).and_then(MmapOptions::map_mut).map_err(io::Error::other)?;
        memory.make_exec().map(drop).map_err(|(_memory, error)| io::Error::other(error))
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

/// More than any worker here may have.
const MUCH: usize = 64 << 30;
/// What everybody may have of ordinary memory.
const LITTLE: usize = 64 << 10;

fn map(bytes: usize, flags: MmapFlags) -> io::Result<()> {
    let map = MmapOptions::new(bytes).and_then(|options| options.with_flags(flags).map_mut());
    map.map(drop).map_err(io::Error::other)
}

/// `escape list`, or `escape <how> <attempt> <word>`: tries one thing `free`, `confined` as a compiler, `serving` as a worker of
/// a provider, or `unfiltered`, and says how it went.
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
    let tried = match how.as_str() {
        "free" => attempt(word),
        "confined" => {
            if let Some(missing) = palisade::confine_like_a_worker()?.missing().first() {
                return unconfined(missing.piece);
            }
            attempt(word)
        }
        "serving" => match palisade::confine_like_a_serving_worker(|| attempt(word)) {
            Ok(tried) => tried,
            Err(error) => return unconfined(error),
        },
        "unfiltered" => {
            palisade::confine_but_for_system_calls()?;
            attempt(word)
        }
        _ => return Ok(ExitCode::FAILURE),
    };
    match tried {
        Ok(()) => writeln!(output, "did it")?,
        Err(error) => writeln!(output, "refused: {error}")?,
    }
    Ok(ExitCode::SUCCESS)
}

fn unconfined(why: impl Display) -> io::Result<ExitCode> {
    writeln!(io::stdout(), "unconfined: {why}")?;
    Ok(ExitCode::FAILURE)
}
