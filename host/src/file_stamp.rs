//! By what it is told, without reading it, that a file is what it was.

use std::{
    fs::Metadata,
    io,
    path::Path,
    time::{Duration, SystemTime},
};

/// Size, time of the last change, and which file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileStamp {
    pub(crate) bytes: u64,
    modified: Option<SystemTime>,
    identity: Identity,
}

/// What tells two files of one path apart that have the same size and time: the number of the file, and when that was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity(u64, i64, i64);

impl FileStamp {
    /// That of the file at this path, through links.
    ///
    /// # Errors
    ///
    /// That it is not there, is no file, or cannot be looked at.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let metadata = path.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file"));
        }
        let (bytes, modified) = (metadata.len(), metadata.modified().ok());
        Ok(Self { bytes, modified, identity: Identity::of(&metadata) })
    }

    /// Whether it was changed so short a time ago that somebody may still write to it.
    pub(crate) fn is_young(&self, now: SystemTime, age: Duration) -> bool {
        let Some(modified) = self.modified else { return false };
        // A time that is long to come is that of another clock, and says nothing.
        let apart = now.duration_since(modified).unwrap_or_else(|early| early.duration());
        apart < age
    }
}

impl Identity {
    #[cfg(unix)]
    fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;

        Self(metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
    }

    #[cfg(not(unix))]
    fn of(_: &Metadata) -> Self {
        Self(0, 0, 0)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_that_was_changed_has_another_stamp() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        assert_eq!(FileStamp::of(&path).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(FileStamp::of(folder.path()).is_err());
        fs::write(&path, "one").unwrap();
        let one = FileStamp::of(&path).unwrap();
        assert_eq!(one, FileStamp::of(&path).unwrap());
        // Of the same size and the same time.
        let other = folder.path().join("other");
        fs::write(&other, "two").unwrap();
        fs::File::options().write(true).open(&other).unwrap().set_modified(one.modified.unwrap()).unwrap();
        fs::rename(&other, &path).unwrap();
        let two = FileStamp::of(&path).unwrap();
        assert_eq!((two.bytes, two.modified), (one.bytes, one.modified));
        assert_eq!(one != two, cfg!(unix));
    }

    #[test]
    fn who_was_changed_a_moment_ago_is_young() {
        let (now, age) = (SystemTime::now(), Duration::from_secs(1));
        let stamp = |modified| FileStamp { bytes: 0, modified, identity: Identity(0, 0, 0) };
        let young = |modified| stamp(Some(modified)).is_young(now, age);
        assert!(young(now) && young(now - age / 2) && young(now + age / 2));
        assert!(!young(now - age) && !young(now + age) && !young(now + 1000 * age));
        assert!(!stamp(None).is_young(now, age));
    }
}
