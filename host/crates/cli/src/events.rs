//! `palisade events`

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Seek as _, Write as _},
    path::Path,
    time::{Duration, SystemTime},
};

use palisade::{Error, ErrorKind, EventLogPlace};
use serde_json::{Map, Value};

use crate::locate::Place;

/// How often a file is looked at for more.
const EVERY: Duration = Duration::from_millis(200);

/// Tells what has happened in the hosts of a configuration, and goes on with what happens.
pub(crate) async fn events(place: &Place, follow: bool, json: bool) -> anyhow::Result<()> {
    let (path, config) = (place.require_path()?, place.read().await?);
    let Some(EventLogPlace { path, .. }) = config.events() else {
        let message = format!(
            "`{}` does not say where events are written: add `[events]` with `file = \"events.jsonl\"`",
            path.display()
        );
        return Err(Error::new(ErrorKind::Config, message).into());
    };
    let mut before = path.clone().into_os_string();
    before.push(".1");
    if !follow && let Ok(file) = File::open(before) {
        print_all(&mut Reader::new(file), json)?;
    }
    let mut reader = open(path)?;
    loop {
        if let Some(reader) = &mut reader {
            print_all(reader, json)?;
        }
        if !follow {
            return Ok(());
        }
        tokio::time::sleep(EVERY).await;
        // When a new file was begun, the rest of the old one comes first.
        if reader.as_mut().is_none_or(|reader| reader.was_replaced(path)) {
            if let Some(reader) = &mut reader {
                print_all(reader, json)?;
            }
            reader = open(path)?;
        }
    }
}

fn open(path: &Path) -> anyhow::Result<Option<Reader>> {
    match File::open(path) {
        Ok(file) => Ok(Some(Reader::new(file))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            Err(Error::new(ErrorKind::Io, format!("cannot read `{}`", path.display())).with_source(error).into())
        }
    }
}

struct Reader {
    file: BufReader<File>,
    /// The beginning of a line whose end is not there yet.
    begun: String,
}

impl Reader {
    fn new(file: File) -> Self {
        Self { file: BufReader::new(file), begun: String::new() }
    }

    /// The next whole line.
    fn line(&mut self) -> std::io::Result<Option<String>> {
        self.file.read_line(&mut self.begun)?;
        Ok(self.begun.ends_with('\n').then(|| std::mem::take(&mut self.begun)))
    }

    /// Whether there is another file of this name now, which is shorter than what was read.
    fn was_replaced(&mut self, path: &Path) -> bool {
        let read = self.file.stream_position().unwrap_or_default();
        path.metadata().is_ok_and(|there| there.len() < read)
    }
}

fn print_all(reader: &mut Reader, json: bool) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    while let Some(line) = reader.line()? {
        if json {
            stdout.write_all(line.as_bytes())?;
        } else {
            writeln!(stdout, "{}", in_words(&line))?;
        }
    }
    Ok(stdout.flush()?)
}

/// An event as a person reads it: when, what, and the rest as `name=value`.
fn in_words(line: &str) -> String {
    let Ok(mut event) = serde_json::from_str::<Map<String, Value>>(line) else {
        return palisade::text::escape(line.trim_end(), 1000);
    };
    let at = event.remove("at").and_then(|at| at.as_u64()).unwrap_or_default();
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(at);
    let name = event.remove("event").map(text).unwrap_or_default();
    event.remove("number");
    let rest: Vec<_> = event.into_iter().map(|(name, value)| format!("{name}={}", text(value))).collect();
    let line = format!("{} {name:<20} {}", humantime::format_rfc3339_millis(at), rest.join(" "));
    palisade::text::escape(line.trim_end(), 2000)
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_a_line_that_a_person_can_read() {
        let line =
            r#"{"number":7,"at":1500,"event":"breaker.opened","provider":"card","model":"card","retry_in_ms":6000}"#;
        assert_eq!(
            in_words(line),
            "1970-01-01T00:00:01.500Z breaker.opened       model=card provider=card retry_in_ms=6000"
        );
        assert_eq!(in_words("no \u{1b}[31mevent\n"), "no \\u{1b}[31mevent");
    }
}
