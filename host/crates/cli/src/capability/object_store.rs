//! `palisade run object-store`

use clap::{Args, ValueEnum};
use palisade::{
    Error, Result,
    object_store::{Answer, Description, Operation, Request, Response},
    store::Page,
};
use serde_json::Value;

use super::{Capability, Present, stored::Typed};
use crate::{
    format,
    inputs::Inputs,
    output::{Output, json_without},
};

/// Characters of a key that are shown.
const SHOWN: usize = 200;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    typed: Typed<Verb>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Verb {
    /// `KEY --input FILE`: writes an object.
    Put,
    /// `KEY`: reads an object.
    Get,
    /// `KEY...`: tells of objects.
    Describe,
    /// `KEY...`: forgets objects.
    Delete,
    /// `[PREFIX [AFTER]]`: lists objects.
    List,
}

impl Capability for Arguments {
    type Operation = Request;

    const INPUT: &'static str = "The file to keep";
    const GROUPS: &'static [&'static str] = &["Arguments", "Typed"];

    fn request(self, inputs: &mut Inputs) -> Result<Request> {
        self.typed.request(inputs, |verb, mut words, inputs| {
            let operation = match verb {
                Verb::Put => {
                    let content = inputs.file()?;
                    let content = content
                        .ok_or_else(|| Error::invalid_input("content", "there is none: name the file with --input"))?;
                    Operation::Put { key: words.required("key")?, content, only_if: None }
                }
                Verb::Get => Operation::Get { key: words.required("key")?, range: None },
                Verb::Describe => Operation::Describe { keys: words.rest() },
                Verb::Delete => Operation::Delete { keys: words.rest() },
                Verb::List => {
                    let prefix = words.next().unwrap_or_default();
                    Operation::List(Page { after: words.next(), ..Page::new(prefix) })
                }
            };
            words.end()?;
            Ok(operation)
        })
    }
}

impl Present<Request> for Response {
    fn text(&self, _request: &Request) -> Option<String> {
        Some(match &self.answer {
            Answer::Object(Some(_)) => return None,
            Answer::Object(None) => "there is none\n".to_owned(),
            Answer::Put(written) => table(written.iter()),
            Answer::Descriptions(all) => table(all.iter().flatten()),
            Answer::Listed(all) => table(all.iter()),
            Answer::Deleted(count) => format!("{count} deleted\n"),
        })
    }

    fn outputs(&self) -> Vec<Output<'_>> {
        match &self.answer {
            Answer::Object(Some(object)) => vec![Output::media(&object.content)],
            _ => Vec::new(),
        }
    }

    fn json(&self, files: &[Value]) -> serde_json::Result<Value> {
        let mut json = json_without(self, &["usage", "warnings"])?;
        if let (Some(object), Some(file)) = (json.pointer_mut("/answer/object/content"), files.first()) {
            *object = file.clone();
        }
        Ok(json)
    }
}

fn table<'a>(all: impl Iterator<Item = &'a Description>) -> String {
    let mut table = format::table(&["key", "size", "type", "etag"]);
    for object in all {
        let own = |text: &str| palisade::text::escape(text, SHOWN);
        table.add_row([own(&object.key), format::bytes(object.bytes), own(&object.media_type), own(&object.etag)]);
    }
    format::rows(table)
}
