//! Files and addresses that values refer to.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use palisade_core::ErrorKind;
use serde_json::Value;

use crate::{
    kind::ResourceId,
    reference::{self, REFERENCE, Reference, Target},
};

/// Where a value stands, which says what it may refer to.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Base {
    /// In no file: it refers to files by their full path only, and only where that is allowed.
    #[default]
    Nowhere,
    /// In a file of this folder: it refers to files below it.
    Folder(PathBuf),
    /// At an address: it refers to addresses, and to nothing of this machine.
    Address(String),
}

/// A file or an address that was read.
#[derive(Debug)]
pub(crate) struct Document {
    /// What people know it by.
    pub(crate) label: String,
    pub(crate) value: Arc<Value>,
    pub(crate) base: Base,
}

/// Why something could not be read.
pub(crate) type Reason = (ErrorKind, String);

/// What was read for a value: by where the reference stands, and what it says.
#[derive(Debug, Default)]
pub(crate) struct Documents(pub(crate) BTreeMap<(Base, String), Result<Arc<Document>, Reason>>);

/// A value with all that it is read with.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// What people know it by: `config:base`, or the path of a file.
    pub(crate) label: Arc<str>,
    /// What `#/...` is a place in.
    pub(crate) root: Arc<Value>,
    pub(crate) base: Base,
    pub(crate) documents: Arc<Documents>,
}

impl Source {
    /// A value that stands in no file.
    pub(crate) fn plain(label: &str, root: Arc<Value>) -> Self {
        Self { label: label.into(), root, base: Base::Nowhere, documents: Arc::default() }
    }
}

/// A value with the files and addresses that it leads to, as a [`Loader`](crate::Loader) has read them.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The value, with its references.
    pub value: Arc<Value>,
    pub(crate) base: Base,
    pub(crate) documents: Arc<Documents>,
}

impl Loaded {
    /// A value that stands in no file, and refers to resources at most.
    #[must_use]
    pub fn plain(value: Value) -> Self {
        Self { value: Arc::new(value), base: Base::Nowhere, documents: Arc::default() }
    }

    /// Another value that stands at the same place and was read with it.
    pub(crate) fn part(&self, value: Value) -> Self {
        Self { value: Arc::new(value), base: self.base.clone(), documents: Arc::clone(&self.documents) }
    }

    pub(crate) fn source(&self, label: &str) -> Source {
        let (root, base, documents) = (Arc::clone(&self.value), self.base.clone(), Arc::clone(&self.documents));
        Source { label: label.into(), root, base, documents }
    }
}

/// What a value refers to directly.
#[derive(Debug, Default)]
pub(crate) struct Targets {
    pub(crate) documents: Vec<String>,
    pub(crate) resources: Vec<ResourceId>,
}

impl Targets {
    pub(crate) fn of(value: &Value) -> Self {
        let mut targets = Self::default();
        targets.collect(value);
        targets
    }

    fn collect(&mut self, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.collect(item)),
            Value::Object(members) => {
                if let Some(Ok(text)) = reference::text_of(value) {
                    match Reference::parse(text).map(|reference| reference.target) {
                        Ok(Target::Document(document)) => self.documents.push(document),
                        Ok(Target::Resource(resource)) => self.resources.push(resource),
                        Ok(Target::Here) | Err(_) => {}
                    }
                }
                members.iter().filter(|(key, _)| *key != REFERENCE).for_each(|(_, member)| self.collect(member));
            }
            _ => {}
        }
    }
}

/// The folder of a file; here, where it has none.
pub(crate) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}
