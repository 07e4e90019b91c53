//! What goes into a request: arguments, stdin and files.

use std::{
    io::Read as _,
    path::{Path, PathBuf},
};

use palisade::{Content, Error, ErrorKind, Media, Operation, Result};

use crate::media_type;

/// Most bytes of a file that goes in.
const MAX_INPUT: u64 = 64 << 20;
/// What `--input` is for where the request is a list of texts and media.
pub(crate) const ITEMS: &str = "A file of texts, one in each line that is not blank; or a picture or another file";
/// The name of stdin, in errors.
const STDIN: &str = "stdin";

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be served.
    Run,
    /// To be thought about: what is left out is taken from an ordinary request.
    Explain,
}

/// The files of `--input` that no one has taken yet, and stdin, which can be read once.
pub(crate) struct Inputs {
    files: Vec<Input>,
    stdin_was_read: bool,
    purpose: Purpose,
    stood_in: bool,
    /// The media type that the name of the result asks for.
    named_format: Option<String>,
}

struct Input {
    name: String,
    content: Content,
}

impl Inputs {
    pub(crate) fn open(paths: &[PathBuf], output: Option<&Path>, purpose: Purpose) -> Result<Self> {
        let named_format = output.and_then(media_type::of_name);
        let mut inputs = Self { files: Vec::new(), stdin_was_read: false, purpose, stood_in: false, named_format };
        for path in paths {
            let (name, data) = inputs.read(path)?;
            let content = media_type::content(data);
            inputs.files.push(Input { name, content });
        }
        Ok(inputs)
    }

    /// Whether something was taken from an ordinary request.
    pub(crate) fn stood_in(&self) -> bool {
        self.stood_in
    }

    /// The media type that the result is to have: as given, else as the name of its file says.
    pub(crate) fn format(&self, given: Option<String>) -> Option<String> {
        given.or_else(|| self.named_format.clone())
    }

    /// An argument; `-` is what stdin says.
    pub(crate) fn argument(&mut self, argument: String) -> Result<String> {
        if argument == "-" { self.text_file(Path::new("-")) } else { Ok(argument) }
    }

    /// The prompt: the argument, or the one text among the files.
    pub(crate) fn prompt(&mut self, argument: Option<String>) -> Result<Option<String>> {
        let mut prompt = argument.map(|argument| self.argument(argument)).transpose()?;
        for Input { name, content } in std::mem::take(&mut self.files) {
            match content {
                Content::Text(text) if prompt.is_none() => prompt = Some(text),
                Content::Text(_) => return Err(Error::invalid_input("input", format!("`{name}` is a second prompt"))),
                Content::Media(_) => self.files.push(Input { name, content }),
            }
        }
        Ok(prompt)
    }

    /// The pictures among the files.
    pub(crate) fn pictures(&mut self) -> Result<Vec<Media>> {
        let picture = |input: Input| match input.content {
            Content::Media(media) if media.media_type.starts_with("image/") => Ok(media),
            other => Err(unwanted(&input.name, &other, "a picture")),
        };
        std::mem::take(&mut self.files).into_iter().map(picture).collect()
    }

    /// The one picture among the files.
    pub(crate) fn picture(&mut self) -> Result<Option<Media>> {
        let mut pictures = self.pictures()?;
        at_most_one(pictures.len(), "a picture")?;
        Ok(pictures.pop())
    }

    /// The one sound, or film with sound, among the files.
    pub(crate) fn sound(&mut self) -> Result<Option<Media>> {
        at_most_one(self.files.len(), "a sound")?;
        match self.files.pop() {
            None => Ok(None),
            Some(Input { content: Content::Media(media), .. })
                if media.media_type.starts_with("audio/") || media.media_type.starts_with("video/") =>
            {
                Ok(Some(media))
            }
            Some(Input { name, content }) => Err(unwanted(&name, &content, "a sound")),
        }
    }

    /// The one file, as it is.
    pub(crate) fn file(&mut self) -> Result<Option<Media>> {
        at_most_one(self.files.len(), "a file")?;
        Ok(self.files.pop().map(|input| match input.content {
            Content::Text(text) => Media { media_type: "text/plain".to_owned(), data: text.into_bytes() },
            Content::Media(media) => media,
        }))
    }

    /// All files, whatever they are.
    pub(crate) fn contents(&mut self) -> Vec<Content> {
        std::mem::take(&mut self.files).into_iter().map(|input| input.content).collect()
    }

    /// The arguments, each line of a text file, and each other file; `-` is each line of stdin.
    pub(crate) fn items(&mut self, arguments: Vec<String>) -> Result<Vec<Content>> {
        let mut items = Vec::new();
        for argument in arguments {
            match argument.as_str() {
                "-" => items.extend(lines(&self.argument(argument)?)),
                _ => items.push(Content::Text(argument)),
            }
        }
        for content in self.contents() {
            match content {
                Content::Text(text) => items.extend(lines(&text)),
                Content::Media(_) => items.push(content),
            }
        }
        Ok(items)
    }

    /// A file of any type that an option names.
    pub(crate) fn media_file(&mut self, path: &Path) -> Result<Media> {
        let (_, data) = self.read(path)?;
        Ok(media_type::media(data))
    }

    /// A text that an option names.
    pub(crate) fn text_file(&mut self, path: &Path) -> Result<String> {
        let (name, data) = self.read(path)?;
        match media_type::content(data) {
            Content::Text(text) => Ok(text),
            other => Err(unwanted(&name, &other, "a text")),
        }
    }

    /// What must be there: as given, else, when nothing is to be run, as in an ordinary request.
    pub(crate) fn needed<O: Operation, T>(
        &mut self,
        given: Option<T>,
        ordinary: impl FnOnce(O) -> T,
        field: &str,
        remedy: &str,
    ) -> Result<T> {
        match (given, self.purpose) {
            (Some(given), _) => Ok(given),
            (None, Purpose::Explain) => {
                self.stood_in = true;
                Ok(ordinary(O::typical()))
            }
            (None, Purpose::Run) => Err(Error::invalid_input(field, format!("there is none: {remedy}"))),
        }
    }

    /// Texts and media, at least one of them.
    pub(crate) fn needed_items<O: Operation>(
        &mut self,
        texts: Vec<String>,
        ordinary: impl FnOnce(O) -> Vec<Content>,
    ) -> Result<Vec<Content>> {
        let items = non_empty(self.items(texts)?);
        self.needed(items, ordinary, "items", "write texts behind the capability, or name a file with --input")
    }

    /// The one picture.
    pub(crate) fn needed_picture<O: Operation>(&mut self, ordinary: impl FnOnce(O) -> Media) -> Result<Media> {
        let picture = self.picture()?;
        self.needed(picture, ordinary, "image", "name the picture with --input")
    }

    /// Refuses files that nobody took.
    pub(crate) fn all_taken(&self) -> Result<()> {
        match self.files.first() {
            None => Ok(()),
            Some(Input { name, content }) => Err(unwanted(name, content, "a text")),
        }
    }

    fn read(&mut self, path: &Path) -> Result<(String, Vec<u8>)> {
        if path != Path::new("-") {
            let name = path.display().to_string();
            let file = std::fs::File::open(path).map_err(|error| unreadable(&name, error))?;
            let data = read(file, &name)?;
            return Ok((name, data));
        }
        if std::mem::replace(&mut self.stdin_was_read, true) {
            return Err(Error::invalid_input("input", "`-` is there twice, and stdin can be read once: use a file"));
        }
        Ok((STDIN.to_owned(), read(std::io::stdin().lock(), STDIN)?))
    }
}

/// A list, or none when it is empty.
pub(crate) fn non_empty<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

/// Lines that say something.
fn lines(text: &str) -> Vec<Content> {
    text.lines().filter(|line| !line.trim().is_empty()).map(Content::from).collect()
}

fn read(source: impl std::io::Read, name: &str) -> Result<Vec<u8>> {
    let mut data = Vec::new();
    source.take(MAX_INPUT + 1).read_to_end(&mut data).map_err(|error| unreadable(name, error))?;
    if data.len() as u64 > MAX_INPUT {
        return Err(Error::invalid_input("input", format!("`{name}` has more than {MAX_INPUT} bytes")));
    }
    if data.is_empty() {
        return Err(Error::invalid_input("input", format!("`{name}` is empty")));
    }
    Ok(data)
}

fn unreadable(name: &str, error: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("cannot read `{name}`")).with_source(error)
}

fn at_most_one(count: usize, what: &str) -> Result<()> {
    if count <= 1 {
        return Ok(());
    }
    Err(Error::invalid_input("input", format!("there are {count} files, and one is taken: {what}")))
}

fn unwanted(name: &str, content: &Content, wanted: &str) -> Error {
    let reason = match content {
        Content::Text(_) => format!("`{name}` is a text where {wanted} is wanted"),
        Content::Media(media) if media.media_type == media_type::UNKNOWN => {
            format!("`{name}` is neither UTF-8 text nor a known kind of file: {wanted} is wanted")
        }
        Content::Media(media) => format!("`{name}` is {} where {wanted} is wanted", media.media_type),
    };
    Error::invalid_input("input", reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade::{chat, image_edit};

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0";

    fn inputs(files: &[&[u8]]) -> Inputs {
        let folder = tempfile::tempdir().unwrap();
        let write = |(index, data): (usize, &&[u8])| {
            let path = folder.path().join(index.to_string());
            std::fs::write(&path, data).unwrap();
            path
        };
        let paths: Vec<_> = files.iter().enumerate().map(write).collect();
        Inputs::open(&paths, None, Purpose::Run).unwrap()
    }

    #[test]
    fn a_text_is_the_prompt_and_there_is_only_one() {
        let mut taken = inputs(&[PNG, b"a fox\n"]);
        assert_eq!(taken.prompt(None).unwrap().as_deref(), Some("a fox"));
        assert_eq!(taken.pictures().unwrap().len(), 1);
        assert!(taken.all_taken().is_ok());
        assert!(inputs(&[b"a fox", b"a cat"]).prompt(None).is_err());
        assert!(inputs(&[b"a fox"]).prompt(Some("a cat".to_owned())).is_err());
        assert!(inputs(&[b"a fox"]).all_taken().is_err());
    }

    #[test]
    fn a_file_of_another_kind_is_refused_by_its_name() {
        for (data, reason) in [(&b"words"[..], "is a text"), (b"%PDF-1.7", "application/pdf"), (&[0xff, 0], "neither")]
        {
            let error = inputs(&[data]).picture().unwrap_err();
            assert!(error.message().contains(reason), "{error}");
        }
        assert!(inputs(&[PNG, PNG]).picture().is_err());
        assert!(inputs(&[PNG]).sound().is_err());
    }

    #[test]
    fn items_are_arguments_lines_and_files() {
        let items = inputs(&[b"b\r\n\n c \n", PNG]).items(vec!["a\nb".to_owned()]).unwrap();
        let texts = items.iter().filter_map(|item| match item {
            Content::Text(text) => Some(text.as_str()),
            Content::Media(_) => None,
        });
        assert_eq!((texts.collect::<Vec<_>>(), items.len()), (vec!["a\nb", "b", " c "], 4));
    }

    #[test]
    fn the_name_of_the_result_says_its_format_unless_told() {
        let format = |name: &str, given: Option<&str>| {
            let inputs = Inputs::open(&[], Some(Path::new(name)), Purpose::Run).unwrap();
            inputs.format(given.map(str::to_owned))
        };
        assert_eq!(format("fox.JPG", None).as_deref(), Some("image/jpeg"));
        assert_eq!(format("fox.wav", Some("audio/flac")).as_deref(), Some("audio/flac"));
        for name in ["fox", "fox.txt", "-", "fox.png.bak"] {
            assert_eq!(format(name, None), None, "{name}");
        }
    }

    #[test]
    fn stdin_is_read_once() {
        let mut taken = Inputs { stdin_was_read: true, ..inputs(&[]) };
        assert!(taken.argument("-".to_owned()).unwrap_err().message().contains("twice"));
        assert_eq!(taken.argument("plain".to_owned()).unwrap(), "plain");
    }

    #[test]
    fn what_is_missing_is_an_error_or_ordinary() {
        let mut run = inputs(&[]);
        let text = |request: image_edit::Request| request.prompt;
        assert_eq!(run.needed(None, text, "prompt", "write it").unwrap_err().field(), Some("prompt"));
        assert_eq!(run.needed(Some("fox".to_owned()), text, "prompt", "").unwrap(), "fox");
        let mut explained = Inputs { purpose: Purpose::Explain, ..run };
        let messages = explained.needed(None, |request: chat::Request| request.messages, "prompt", "").unwrap();
        assert!(explained.stood_in() && messages.len() == 1);
    }
}
