//! Results to files: written under a temporary name, and renamed when they are whole.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use palisade::{Error, ErrorKind, Media, Result};
use tempfile::NamedTempFile;

use crate::{media_type, output::Output};

/// Where results go. Tried before the call, so that a folder that cannot be written costs nothing.
pub(crate) enum Destination {
    /// All of it to stdout.
    Stdout,
    /// To files of this name, which the caller gave.
    Named(PathBuf),
    /// Text to stdout, and media to files of this name.
    Unnamed(PathBuf),
}

impl Destination {
    pub(crate) fn open(output: Option<&Path>, name: &str, makes_files: bool) -> Result<Self> {
        if output == Some(Path::new("-")) {
            return Ok(Self::Stdout);
        }
        let path = output.map_or_else(|| PathBuf::from(name), Path::to_owned);
        // A name without an extension gets one, so that a folder of the name is in nobody's way.
        let named_folder = path.as_os_str().as_encoded_bytes().ends_with(b"/");
        if path.is_dir() && path.extension().is_some() || path.file_name().is_none() || named_folder {
            return Err(unwritable(&path, std::io::ErrorKind::IsADirectory.into()));
        }
        if (output.is_some() || makes_files) && !is_device(&path) {
            // Not kept for the time of the call: whoever interrupts it would find it left.
            drop(temporary(&path)?);
        }
        Ok(if output.is_some() { Self::Named(path) } else { Self::Unnamed(path) })
    }

    pub(crate) fn is_stdout(&self) -> bool {
        matches!(self, Self::Stdout)
    }

    /// Whether the caller named a file.
    pub(crate) fn is_named(&self) -> bool {
        matches!(self, Self::Named(_))
    }

    /// Whether the result goes to stdout, where it may come piece by piece.
    pub(crate) fn is_live(&self, makes_files: bool) -> bool {
        match self {
            Self::Stdout => true,
            Self::Named(_) => false,
            Self::Unnamed(_) => !makes_files,
        }
    }

    /// Writes all results, and gives the paths. A path without an extension gets that of the media type; several
    /// results get numbers.
    pub(crate) fn write(&self, results: &[Output<'_>]) -> Result<Vec<PathBuf>> {
        match self {
            Self::Stdout => {
                let mut stdout = std::io::stdout().lock();
                let mut write = |output: &Output<'_>| stdout.write_all(&output.media.data);
                results.iter().try_for_each(&mut write).map_err(|error| unwritable(Path::new("stdout"), error))?;
                Ok(Vec::new())
            }
            // There is nothing to rename.
            Self::Named(path) if is_device(path) => {
                let all: Vec<u8> = results.iter().flat_map(|output| &output.media.data).copied().collect();
                std::fs::write(path, all).map_err(|error| unwritable(path, error))?;
                Ok(vec![path.clone(); results.len()])
            }
            Self::Named(path) | Self::Unnamed(path) => {
                let mut files = Vec::new();
                for (index, Output { media, .. }) in results.iter().enumerate() {
                    let path = name(path, media, (results.len() > 1).then_some(index + 1));
                    let mut file = temporary(&path)?;
                    file.write_all(&media.data).map_err(|error| unwritable(&path, error))?;
                    files.push((file, path));
                }
                // Only when all are whole is the first one renamed.
                let rename = |(file, path): (NamedTempFile, PathBuf)| {
                    file.persist(&path).map_err(|error| unwritable(&path, error.error))?;
                    Ok(path)
                };
                files.into_iter().map(rename).collect()
            }
        }
    }
}

/// Whether it is there, and neither a file nor a folder: `/dev/null`, a pipe.
fn is_device(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

fn temporary(path: &Path) -> Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".palisade-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As any new file; the default is for secrets.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder).map_err(|error| unwritable(path, error))
}

fn name(path: &Path, media: &Media, number: Option<usize>) -> PathBuf {
    let extension = match (path.extension(), media_type::extension(&media.media_type)) {
        (Some(extension), _) => extension.to_owned(),
        (None, Some(extension)) => extension.into(),
        (None, None) => {
            let subtype = media.media_type.rsplit('/').next().unwrap_or_default();
            // A guest chose the media type.
            subtype.chars().filter(char::is_ascii_alphanumeric).take(8).collect::<String>().into()
        }
    };
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    if let Some(number) = number {
        name.push(format!("-{number}"));
    }
    if !extension.is_empty() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

fn unwritable(path: &Path, error: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("cannot write `{}`", path.display())).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn media(media_type: &str) -> Media {
        Media { media_type: media_type.to_owned(), data: b"data".to_vec() }
    }

    #[test]
    fn files_are_named_after_what_is_in_them() {
        let cases = [
            ("a/fox.png", "image/png", None, "a/fox.png"),
            ("fox", "image/jpeg", None, "fox.jpg"),
            ("fox", "image/../../etc/passwd", None, "fox.passwd"),
            ("fox.png", "image/png", Some(2), "fox-2.png"),
            ("fox.v1.png", "image/png", None, "fox.v1.png"),
            ("fox.v1.png", "image/png", Some(2), "fox.v1-2.png"),
            ("fox", "image/..", None, "fox"),
            ("fox", "audio/mpeg", None, "fox.mp3"),
            ("fox", "text/plain", None, "fox.txt"),
            ("fox", "application/json", None, "fox.json"),
        ];
        for (path, media_type, number, expected) in cases {
            assert_eq!(name(Path::new(path), &media(media_type), number), Path::new(expected));
        }
    }

    #[test]
    fn nothing_is_left_of_results_that_were_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fox.png");
        let destination = Destination::open(Some(&path), "text-to-image", true).unwrap();
        drop(destination);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);

        let destination = Destination::open(Some(&path), "text-to-image", true).unwrap();
        let picture = media("image/png");
        let written = destination.write(&[Output::media(&picture), Output::media(&picture)]).unwrap();
        assert_eq!(written, [folder.path().join("fox-1.png"), folder.path().join("fox-2.png")]);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn text_needs_no_folder_that_can_be_written() {
        let missing = Path::new("missing/answer");
        assert!(Destination::open(Some(missing), "chat", false).is_err());
        let unnamed = Destination::open(None, "missing/chat", false).unwrap();
        assert!(unnamed.is_live(false) && !unnamed.is_live(true) && !unnamed.is_named());
    }
}
