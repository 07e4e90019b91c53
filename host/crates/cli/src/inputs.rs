//! What goes into a request: arguments, stdin and files.

use std::{io::Read as _, path::Path};

use palisade::{Error, ErrorKind, Media, Result, text_to_image};

use crate::arguments::Run;

/// Most bytes of a file that goes in.
const MAX_INPUT: u64 = 64 << 20;

/// The request that the arguments describe.
pub(crate) fn text_to_image(run: &Run) -> Result<text_to_image::Request> {
    let mut prompt = match run.prompt.as_deref() {
        Some("-") => Some(text(read(std::io::stdin().lock(), "stdin")?, "stdin")?),
        Some(prompt) => Some(prompt.to_owned()),
        None => None,
    };
    let mut references = Vec::new();
    for path in &run.input {
        let data = read_file(path)?;
        if let Some(media_type) = picture_type(&data) {
            references.push(Media { media_type: media_type.to_owned(), data });
        } else if prompt.is_none() {
            prompt = Some(text(data, &path.display().to_string())?);
        } else {
            return Err(Error::invalid_input("input", format!("`{}` is a second prompt", path.display())));
        }
    }
    let prompt = prompt.ok_or_else(|| {
        Error::invalid_input("prompt", "there is none: write it behind the capability, or name a file with --input")
    })?;
    Ok(text_to_image::Request {
        n: run.n,
        size: run.size,
        seed: run.seed,
        references,
        ..text_to_image::Request::new(prompt)
    })
}

fn read_file(path: &Path) -> Result<Vec<u8>> {
    let name = path.display().to_string();
    let file = std::fs::File::open(path).map_err(|error| unreadable(&name, error))?;
    read(file, &name)
}

fn read(source: impl std::io::Read, name: &str) -> Result<Vec<u8>> {
    let mut data = Vec::new();
    source.take(MAX_INPUT + 1).read_to_end(&mut data).map_err(|error| unreadable(name, error))?;
    if data.len() as u64 > MAX_INPUT {
        return Err(Error::invalid_input("input", format!("`{name}` has more than {MAX_INPUT} bytes")));
    }
    Ok(data)
}

fn unreadable(name: &str, error: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("cannot read `{name}`")).with_source(error)
}

fn text(data: Vec<u8>, name: &str) -> Result<String> {
    let text = String::from_utf8(data)
        .map_err(|_| Error::invalid_input("input", format!("`{name}` is neither UTF-8 text nor a picture")))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn picture_type(data: &[u8]) -> Option<&'static str> {
    match data {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}
