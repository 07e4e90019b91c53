//! What this process has of its machine, as Linux tells it.

use std::{fs, io, path::Path};

/// What this process has at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Memory that is resident.
    pub resident_kib: u64,
    /// Open file descriptors.
    pub descriptors: usize,
    /// Threads.
    pub threads: usize,
    /// Processes that it started and has not waited for.
    pub children: usize,
}

impl Usage {
    /// What it has now.
    ///
    /// # Errors
    ///
    /// Where there is no `/proc` that tells it: not on Linux.
    pub fn now() -> io::Result<Self> {
        let (mut threads, mut children) = (0, 0);
        for task in fs::read_dir("/proc/self/task")? {
            // A thread may end meanwhile.
            let Ok(started) = fs::read_to_string(task?.path().join("children")) else { continue };
            threads += 1;
            children += started.split_whitespace().count();
        }
        // Reading the folder takes one itself.
        let descriptors = fs::read_dir(Path::new("/proc/self/fd"))?.count().saturating_sub(1);
        Ok(Self { resident_kib: status_kib("VmRSS:")?, descriptors, threads, children })
    }

    /// The most memory that was resident, since the process began.
    ///
    /// # Errors
    ///
    /// As [`Usage::now`].
    pub fn peak_resident_kib() -> io::Result<u64> {
        status_kib("VmHWM:")
    }
}

fn status_kib(field: &str) -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let figure = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok());
    figure.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("/proc/self/status has no {field}")))
}
