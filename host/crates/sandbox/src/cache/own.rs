//! Files that nobody but this user can have written.
//!
//! Whoever could write to the folder once, because its mode was wrong for a while, may have left anything in it: a key that he
//! knows, a link to a file of this user, a pipe that keeps its reader waiting for ever.

use std::{
    fs::{File, OpenOptions},
    io,
    path::Path,
};

/// A file as it was found.
#[derive(Debug)]
pub(super) enum Found {
    /// This user's alone.
    Own(File),
    /// Somebody else can have written or exchanged it, for this reason.
    Foreign(&'static str),
}

/// Opens a file to read it.
pub(super) fn open(path: &Path) -> io::Result<Found> {
    open_with(OpenOptions::new().read(true), path, 0o077)
}

/// Opens a file that is nothing but a place for a lock, which is made where there is none. Its mode says nothing.
pub(super) fn open_lock(path: &Path) -> io::Result<Found> {
    open_with(OpenOptions::new().write(true).create(true).truncate(false), path, 0)
}

#[cfg(unix)]
fn open_with(options: &mut OpenOptions, path: &Path, closed_to: u32) -> io::Result<Found> {
    use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};

    use rustix::{fs::OFlags, io::Errno};

    // A pipe is not waited for.
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    let file = match options.mode(0o600).custom_flags(flags.cast_signed()).open(path) {
        Ok(file) => file,
        Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
            return Ok(Found::Foreign("is a link"));
        }
        Err(error) if error.raw_os_error() == Some(Errno::NXIO.raw_os_error()) => {
            return Ok(Found::Foreign("is a pipe"));
        }
        Err(error) => return Err(error),
    };
    // Of what was opened, whatever has that name by now.
    let metadata = file.metadata()?;
    let foreign = if !metadata.is_file() {
        "is no file"
    } else if metadata.uid() != rustix::process::geteuid().as_raw() {
        "belongs to another user"
    } else if metadata.mode() & closed_to != 0 {
        "was open to others"
    } else if metadata.nlink() > 1 {
        "has a second name"
    } else {
        return Ok(Found::Own(file));
    };
    Ok(Found::Foreign(foreign))
}

#[cfg(not(unix))]
fn open_with(options: &mut OpenOptions, path: &Path, _closed_to: u32) -> io::Result<Found> {
    options.open(path).map(Found::Own)
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs as unix};

    use rustix::fs::Mode;

    fn why(found: io::Result<Found>) -> &'static str {
        match found.unwrap() {
            Found::Own(_) => "",
            Found::Foreign(why) => why,
        }
    }

    #[test]
    fn what_others_may_have_left_is_not_taken_for_ones_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name| folder.path().join(name);
        let chmod = |path: &Path, mode| fs::set_permissions(path, unix::PermissionsExt::from_mode(mode)).unwrap();
        fs::write(path("own"), "").unwrap();
        chmod(&path("own"), 0o600);
        assert_eq!(why(open(&path("own"))), "");
        for mode in [0o640, 0o602, 0o601] {
            chmod(&path("own"), mode);
            assert_eq!(why(open(&path("own"))), "was open to others", "{mode:o}");
            assert_eq!(why(open_lock(&path("own"))), "");
        }
        chmod(&path("own"), 0o600);
        unix::symlink(path("own"), path("link")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, path("pipe"), Mode::RUSR | Mode::WUSR).unwrap();
        fs::create_dir(path("folder")).unwrap();
        for (name, reading, locking) in [("link", "is a link", "is a link"), ("pipe", "is no file", "is a pipe")] {
            assert_eq!((why(open(&path(name))), why(open_lock(&path(name)))), (reading, locking));
        }
        assert_eq!(why(open(&path("folder"))), "is no file");
        fs::hard_link(path("own"), path("twin")).unwrap();
        assert_eq!(
            (why(open(&path("own"))), why(open_lock(&path("twin")))),
            ("has a second name", "has a second name")
        );
        assert_eq!(open(&path("absent")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
