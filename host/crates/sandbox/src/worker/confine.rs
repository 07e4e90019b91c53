//! How a worker gives up what it does not need.

use std::{env, fmt::Display, io};

use super::{
    confinement::{Confinement, Piece},
    mapped::Mapped,
};

/// What a worker may use of the machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// How much memory, and of what kind.
    pub(crate) memory: Memory,
    /// Processor time, where it is bounded.
    pub(crate) cpu_seconds: Option<u64>,
}

/// Memory of a worker.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Memory {
    /// Bytes that it may map, beyond those of the program itself.
    Mapped(u64),
    /// Bytes that it may write to, wherever they are. What is reserved before the last step counts for nothing.
    Written(u64),
}

/// A worker that can no longer reach anything, but may still start threads.
pub(crate) struct Unsealed {
    confinement: Confinement,
    memory: Memory,
    mapped: Mapped,
}

/// A worker that has given up all but what loading takes.
struct Sealed(Confinement);

/// A worker that may make the system calls of a worker, and those that loading code takes: it is kept in files without a
/// name, in memory.
pub(crate) struct Loading(());

impl Unsealed {
    /// Gives up everything but system calls. For the one thread of a program that has just started.
    ///
    /// # Errors
    ///
    /// Fails where other threads run, which would keep what this one gives up, and break; and where a process cannot have
    /// limits: those a worker never goes without.
    pub(crate) fn begin(bounds: &Bounds) -> io::Result<Self> {
        let mut confinement = Confinement::default();
        if system::threads().is_some_and(|threads| threads > 1) {
            return Err(io::Error::other(
                "other threads run already: `palisade::init()` has to come first in `main`, before a runtime is started",
            ));
        }
        confinement.note(Piece::Environment, empty_environment());
        confinement.note(Piece::Descriptors, system::close_descriptors());
        // Before files are out of reach: these read and write some.
        system::go_first();
        let namespaces = system::enter_namespaces();
        let mut mapped = Mapped::open();
        system::limit(bounds, &mut mapped)?;
        confinement.note(Piece::Limits, Ok::<(), io::Error>(()));
        confinement.note(Piece::NoNewPrivileges, system::no_new_privileges());
        system::forbid_access(&mut confinement);
        confinement.note(Piece::Namespaces, namespaces);
        Ok(Self { confinement, memory: bounds.memory, mapped })
    }

    /// Sets limits again, below those of the beginning: what was mapped since is no cost of what is to come.
    ///
    /// # Errors
    ///
    /// As for [`begin`](Self::begin).
    pub(crate) fn limit_again(&mut self, bounds: &Bounds) -> io::Result<()> {
        system::limit(bounds, &mut self.mapped)
    }

    /// Gives up the rest, in all threads.
    ///
    /// # Errors
    ///
    /// As for [`begin`](Self::begin).
    pub(crate) fn seal(self) -> io::Result<Confinement> {
        self.give_up(system::forbid_system_calls)?.seal()
    }

    /// The same on a system that takes no filter of system calls.
    ///
    /// # Errors
    ///
    /// As for [`begin`](Self::begin).
    pub(crate) fn seal_without_filter(self) -> io::Result<Confinement> {
        self.give_up(|| Err("it is left out"))?.seal()
    }

    /// Gives up the rest, in all threads, but for what loading takes.
    ///
    /// # Errors
    ///
    /// As for [`begin`](Self::begin).
    pub(crate) fn seal_for_loading(self) -> io::Result<(Confinement, Loading)> {
        let Sealed(confinement) = self.give_up(system::forbid_system_calls)?;
        Ok((confinement, Loading(())))
    }

    fn give_up<E: Display>(self, filter: impl FnOnce() -> Result<(), E>) -> io::Result<Sealed> {
        let Self { mut confinement, memory, mut mapped } = self;
        system::no_more_addresses(memory, &mut mapped)?;
        // What tells how much is mapped is closed.
        drop(mapped);
        system::no_processes()?;
        confinement.note(Piece::SystemCalls, filter());
        Ok(Sealed(confinement))
    }
}

impl Sealed {
    /// Gives up what loading takes as well.
    fn seal(self) -> io::Result<Confinement> {
        let Self(confinement) = self;
        if confinement.holds(Piece::SystemCalls) {
            Loading(()).seal()?;
        } else {
            // Without a filter this is what is left against files in memory, sockets and all else that is opened.
            system::no_files()?;
        }
        Ok(confinement)
    }
}

impl Loading {
    /// Gives up what loading took, in all threads.
    ///
    /// # Errors
    ///
    /// Fails where the first step did not hold: who goes on without a wall would claim it.
    pub(crate) fn seal(self) -> io::Result<()> {
        system::no_files()?;
        system::forbid_loading().map_err(io::Error::other)
    }
}

fn empty_environment() -> Result<(), String> {
    let count = env::vars_os().count();
    if count == 0 { Ok(()) } else { Err(format!("there are {count} environment variables")) }
}

#[cfg(target_os = "linux")]
mod system {
    use std::{fs, io, os::fd::RawFd};

    use landlock::{
        ABI, Access as _, AccessFs, AccessNet, LandlockStatus, RestrictionStatus, Ruleset, RulesetAttr as _,
        RulesetError, Scope,
    };
    use nix::sched::{CloneFlags, unshare};

    use super::{Bounds, Confinement, Mapped, Memory, Piece};
    use crate::worker::{limits, system_calls};

    /// The newest Landlock whose rights are asked for. An older kernel gives those that it has.
    const LANDLOCK: ABI = ABI::V6;

    /// How many threads this process has, where that can be told. Files, ports and signals are taken from a thread, and from
    /// those that it starts.
    pub(super) fn threads() -> Option<usize> {
        Some(fs::read_dir("/proc/self/task").ok()?.count())
    }

    /// Closes what the host may have left open beside stdin, stdout and stderr.
    pub(super) fn close_descriptors() -> Result<(), String> {
        let listed = fs::read_dir("/proc/self/fd").map_err(|error| format!("`/proc` cannot be read: {error}"))?;
        let numbers: Vec<RawFd> =
            listed.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
        for number in numbers.into_iter().filter(|number| *number > 2) {
            // The one that the list was read from is closed already.
            let _closed = nix::unistd::close(number);
        }
        Ok(())
    }

    pub(super) fn enter_namespaces() -> Result<(), String> {
        let flags = CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWIPC;
        unshare(flags).map_err(|error| format!("the system does not let this user have namespaces: {error}"))
    }

    /// Has the system end this process before others when the machine has no memory. A system that does not know of that chooses
    /// itself.
    pub(super) fn go_first() {
        let _unknown = fs::write("/proc/self/oom_score_adj", "1000");
    }

    pub(super) fn limit(bounds: &Bounds, mapped: &mut Mapped) -> io::Result<()> {
        limits::apply(bounds, mapped)
    }

    pub(super) fn no_new_privileges() -> io::Result<()> {
        rustix::thread::set_no_new_privs(true).map_err(io::Error::from)
    }

    /// Has Landlock refuse every file, port and signal, as far as this kernel knows them.
    pub(super) fn forbid_access(confinement: &mut Confinement) {
        let status = restrict();
        let since = |abi: ABI, release: &str| match &status {
            Ok(RestrictionStatus { landlock: LandlockStatus::Available { effective_abi, .. }, .. }) => {
                if *effective_abi >= abi { Ok(()) } else { Err(format!("it needs Linux {release}")) }
            }
            Ok(RestrictionStatus { landlock: LandlockStatus::NotEnabled, .. }) => {
                Err("Landlock is switched off in this kernel".to_owned())
            }
            Ok(_) => Err(format!("this kernel has no Landlock, which needs Linux {release}")),
            Err(error) => Err(format!("Landlock is refused: {error}")),
        };
        confinement.note(Piece::Files, since(ABI::V1, "5.13"));
        if let Ok(RestrictionStatus { landlock: LandlockStatus::Available { effective_abi, .. }, .. }) = &status {
            let cut = if *effective_abi < ABI::V3 { ", which keeps nobody from cutting files off" } else { "" };
            confinement.note_extent(Piece::Files, format!("Landlock {effective_abi:?}{cut}"));
        }
        confinement.note(Piece::Network, since(ABI::V4, "6.7"));
        confinement.note(Piece::Signals, since(ABI::V6, "6.12"));
    }

    fn restrict() -> Result<RestrictionStatus, RulesetError> {
        Ruleset::default()
            .handle_access(AccessFs::from_all(LANDLOCK))?
            .handle_access(AccessNet::from_all(LANDLOCK))?
            .scope(Scope::from_all(LANDLOCK))?
            .create()?
            .restrict_self()
    }

    pub(super) fn no_more_addresses(memory: Memory, mapped: &mut Mapped) -> io::Result<()> {
        limits::no_more_addresses(memory, mapped)
    }

    pub(super) fn no_processes() -> io::Result<()> {
        limits::no_processes()
    }

    pub(super) fn no_files() -> io::Result<()> {
        limits::no_files()
    }

    pub(super) fn forbid_system_calls() -> Result<(), String> {
        system_calls::forbid_all_but_loading()
    }

    pub(super) fn forbid_loading() -> Result<(), String> {
        system_calls::forbid_loading()
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::io;

    use super::{Bounds, Confinement, Mapped, Memory, Piece};

    const NOT_LINUX: &str = "this system is not Linux";

    pub(super) fn go_first() {}

    pub(super) fn threads() -> Option<usize> {
        None
    }

    pub(super) fn close_descriptors() -> Result<(), &'static str> {
        Err(NOT_LINUX)
    }

    pub(super) fn enter_namespaces() -> Result<(), &'static str> {
        Err(NOT_LINUX)
    }

    pub(super) fn no_new_privileges() -> Result<(), &'static str> {
        Err(NOT_LINUX)
    }

    pub(super) fn forbid_access(confinement: &mut Confinement) {
        for piece in [Piece::Files, Piece::Network, Piece::Signals] {
            confinement.note(piece, Err(NOT_LINUX));
        }
    }

    pub(super) fn forbid_system_calls() -> Result<(), &'static str> {
        Err(NOT_LINUX)
    }

    pub(super) fn forbid_loading() -> Result<(), &'static str> {
        Err(NOT_LINUX)
    }

    #[cfg(unix)]
    pub(super) fn limit(bounds: &Bounds, mapped: &mut Mapped) -> io::Result<()> {
        crate::worker::limits::apply(bounds, mapped)
    }

    pub(super) fn no_more_addresses(_memory: Memory, _mapped: &mut Mapped) -> io::Result<()> {
        Ok(())
    }

    #[cfg(unix)]
    pub(super) fn no_processes() -> io::Result<()> {
        crate::worker::limits::no_processes()
    }

    #[cfg(unix)]
    pub(super) fn no_files() -> io::Result<()> {
        crate::worker::limits::no_files()
    }

    #[cfg(not(unix))]
    pub(super) fn limit(_bounds: &Bounds, _mapped: &mut Mapped) -> io::Result<()> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "this system has no limits for a process"))
    }

    #[cfg(not(unix))]
    pub(super) fn no_processes() -> io::Result<()> {
        Ok(())
    }

    #[cfg(not(unix))]
    pub(super) fn no_files() -> io::Result<()> {
        Ok(())
    }
}
