//! What is to be registered.

use std::sync::Arc;

use palisade_core::{Error, ErrorKind, Result};
use serde_json::Value;

use crate::{
    document::Loaded,
    kind::{ResourceId, ResourceKind},
    nearest::{names, suggestion},
    problem::Problem,
    reference,
    resource::Resource,
    slot::{Content, Data, Typed},
};

/// What names the type of data.
const TYPE: &str = "$type";
/// What a file of resources is made of.
const TABLES: [&str; 5] = ["model", "prompt", "config", "embedding", "custom"];

/// A resource that is to be registered.
#[derive(Debug, Clone)]
pub struct Entry {
    pub(crate) id: ResourceId,
    pub(crate) content: Content,
}

impl Entry {
    /// What it is to be called.
    #[must_use]
    pub fn id(&self) -> &ResourceId {
        &self.id
    }

    /// A value of Rust.
    ///
    /// # Errors
    ///
    /// `invalid-id` when its name is none.
    pub fn new<T: Resource>(value: &T) -> Result<Self> {
        Ok(Self { id: ResourceId::new(T::KIND, value.name())?, content: Content::Typed(Typed::new(value)) })
    }

    /// Data, which `$type` in it may say the type of.
    ///
    /// # Errors
    ///
    /// `config` when its `$type` is no name.
    pub fn data(id: ResourceId, value: Value) -> Result<Self> {
        Self::loaded(id, Loaded::plain(value))
    }

    /// Data that a [`Loader`](crate::Loader) has read.
    ///
    /// # Errors
    ///
    /// `config` when its `$type` is no name.
    pub fn loaded(id: ResourceId, mut loaded: Loaded) -> Result<Self> {
        let mut type_name = None;
        if loaded.value.get(TYPE).is_some()
            && let Some(members) = Arc::make_mut(&mut loaded.value).as_object_mut()
        {
            match members.remove(TYPE) {
                Some(Value::String(name)) => type_name = Some(name),
                _ => return Err(Error::new(ErrorKind::Config, format!("`{id}`: `$type` is the name of a type"))),
            }
        }
        let has_references = reference::is_in(&loaded.value);
        Ok(Self { id, content: Content::Data(Data { loaded, type_name, has_references }) })
    }

    /// The resources of a file, which has them in tables: `[model.fast]`, `[prompt.greeting]`, `[custom.voice.alice]`. What is wrong
    /// keeps nothing else from being one.
    #[must_use]
    pub fn of_file(file: &Loaded, label: &str) -> (Vec<Self>, Vec<Problem>) {
        let mut found = Found { file, label, entries: Vec::new(), problems: Vec::new() };
        match file.value.as_object() {
            Some(tables) => tables.iter().for_each(|(name, table)| found.table(name, table)),
            None => found.problems.push(Problem::new(label, "it is no table of resources")),
        }
        (found.entries, found.problems)
    }
}

struct Found<'a> {
    file: &'a Loaded,
    label: &'a str,
    entries: Vec<Entry>,
    problems: Vec<Problem>,
}

impl Found<'_> {
    fn path(&self, rest: &str) -> String {
        if self.label.is_empty() { rest.to_owned() } else { format!("{}: {rest}", self.label) }
    }

    fn table(&mut self, name: &str, table: &Value) {
        if !TABLES.contains(&name) {
            let problem = Problem::new(self.path(name), "no kind of resources is called so");
            let suggested = suggestion(name, TABLES).or_else(|| Some(format!("write `[custom.{name}.<name>]`")));
            self.problems.push(problem.expected(names(TABLES)).suggest(suggested));
            return;
        }
        let Some(members) = table.as_object() else {
            self.problems.push(Problem::new(self.path(name), "it is no table of resources by their names"));
            return;
        };
        for (member, value) in members {
            match (name, value.as_object()) {
                ("custom", Some(own)) => own.iter().for_each(|(own, value)| self.entry(member, own, value)),
                ("custom", None) => {
                    let path = self.path(&format!("custom.{member}"));
                    self.problems.push(Problem::new(path, "it is no table of resources by their names"));
                }
                _ => self.entry(name, member, value),
            }
        }
    }

    fn entry(&mut self, kind: &str, name: &str, value: &Value) {
        let id = kind.parse::<ResourceKind>().and_then(|kind| ResourceId::new(kind, name));
        match id.and_then(|id| Entry::loaded(id, self.file.part(value.clone()))) {
            Ok(entry) => self.entries.push(entry),
            Err(error) => {
                let path = self.path(&format!("{kind}.{name}"));
                self.problems.push(Problem::new(path, error.message()).kind(error.kind()));
            }
        }
    }
}
