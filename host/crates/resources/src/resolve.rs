//! Puts values in the place of references.
//!
//! A place in what is referred to is looked for before anything there is put together, so that two places of a resource can refer to each
//! other as long as there is no way back. Whatever is written, this ends: what is under way is on the trail, which finds the way
//! back, and the trail, the references and the values are bounded.

use std::{borrow::Cow, sync::Arc};

use palisade_core::{ErrorKind, text::escape};
use serde_json::{Map, Value};

use crate::{
    bounds::Bounds,
    document::{Base, Source},
    kind::ResourceId,
    nearest::names,
    path::Path,
    problem::{MAX_PROBLEMS, Problem},
    reference::{Reference, Target, pointer_text, text_of},
};

/// Who knows resources.
pub(crate) trait Known {
    /// What a resource says.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the name, without a path.
    fn source(&self, id: &ResourceId) -> Result<Source, Problem>;
}

/// Puts values in the place of references, and notes what is wrong.
pub(crate) struct Resolver<'a> {
    known: &'a dyn Known,
    bounds: Bounds,
    references: usize,
    nodes: usize,
    is_over: bool,
    /// Where it is: each reference that is being followed.
    trail: Vec<String>,
    problems: Vec<Problem>,
}

/// Where a value is taken from, and where it goes to.
#[derive(Clone, Copy)]
struct Place<'a> {
    source: &'a Source,
    path: Path<'a>,
    depth: usize,
}

impl<'a> Resolver<'a> {
    pub(crate) fn new(known: &'a dyn Known, bounds: Bounds) -> Self {
        let (trail, problems) = (Vec::new(), Vec::new());
        Self { known, bounds, references: 0, nodes: 0, is_over: false, trail, problems }
    }

    /// The value of a source, which people know by the name of that.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with its references.
    pub(crate) fn resolve(mut self, source: &Source, path: &str) -> Result<Value, Vec<Problem>> {
        self.trail.push(source.label.to_string());
        let value = self.value(&source.root, Place { source, path: Path::Root(path), depth: 0 });
        if self.problems.is_empty() { Ok(value) } else { Err(self.problems) }
    }

    fn value(&mut self, value: &Value, place: Place<'_>) -> Value {
        self.nodes += 1;
        if self.nodes > self.bounds.nodes {
            return self.give_up(place.path, format!("it comes to more than {} values", self.bounds.nodes));
        }
        if place.depth > self.bounds.depth {
            return self.refuse(place.path, format!("it is nested deeper than {}", self.bounds.depth));
        }
        match text_of(value) {
            Some(Ok(text)) => return self.reference(text, &[], place),
            Some(Err(reason)) => return self.refuse(place.path, reason),
            None => {}
        }
        let depth = place.depth + 1;
        match value {
            Value::Array(items) => {
                let mut resolved = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    if self.is_over {
                        break;
                    }
                    resolved.push(self.value(item, Place { path: Path::Index(&place.path, index), depth, ..place }));
                }
                Value::Array(resolved)
            }
            Value::Object(members) => {
                let mut resolved = Map::new();
                for (key, member) in members {
                    if self.is_over {
                        break;
                    }
                    let member = self.value(member, Place { path: Path::Key(&place.path, key), depth, ..place });
                    resolved.insert(key.clone(), member);
                }
                Value::Object(resolved)
            }
            other => other.clone(),
        }
    }

    /// What a reference stands for, or a place in it.
    fn reference(&mut self, text: &str, rest: &[String], place: Place<'_>) -> Value {
        self.references += 1;
        if self.references > self.bounds.references {
            return self.give_up(place.path, format!("more than {} references are followed", self.bounds.references));
        }
        let reference = match Reference::parse(text) {
            Ok(reference) => reference,
            Err(reason) => return self.refuse(place.path, reason),
        };
        let mut pointer = reference.pointer;
        pointer.extend_from_slice(rest);
        let source = match self.source(&reference.target, place) {
            Ok(source) => source,
            Err(problem) => return self.note(Problem { path: place.path.to_string(), ..problem }),
        };
        let step = format!("{}{}", source.label, pointer_text(&pointer));
        if let Some(start) = self.trail.iter().position(|known| *known == step) {
            let mut way = self.trail.split_off(start);
            way.push(step);
            let message = format!("a way back to itself: {}", way.join(" → "));
            self.trail.extend(way.drain(..way.len().saturating_sub(1)));
            return self.refuse_here(place.path, message);
        }
        if self.trail.len() > self.bounds.chain {
            return self.refuse(place.path, format!("more than {} references lead to each other", self.bounds.chain));
        }
        self.trail.push(step);
        let root = Arc::clone(&source.root);
        let value = self.walk(&root, &pointer, Place { source: &source, ..place });
        self.trail.pop();
        value
    }

    /// A place in a value, through references that are on the way.
    fn walk(&mut self, value: &Value, pointer: &[String], place: Place<'_>) -> Value {
        let Some((first, rest)) = pointer.split_first() else { return self.value(value, place) };
        match (text_of(value), value) {
            (Some(Ok(text)), _) => self.reference(text, pointer, place),
            (Some(Err(reason)), _) => self.refuse(place.path, reason),
            (None, Value::Array(items)) => match first.parse::<usize>().ok().and_then(|index| items.get(index)) {
                Some(item) => self.walk(item, rest, place),
                None => {
                    let message = format!("there is no item `{}`; there are {}", escape(first, 80), items.len());
                    self.missing(place.path, message)
                }
            },
            (None, Value::Object(members)) => match members.get(first) {
                Some(member) => self.walk(member, rest, place),
                None => {
                    let known = names(members.keys().map(String::as_str));
                    self.missing(place.path, format!("there is no `{}` in it; there is {known}", escape(first, 80)))
                }
            },
            _ => self.missing(place.path, format!("there is no `{}` in it, which is no table", escape(first, 80))),
        }
    }

    fn source<'s>(&self, target: &Target, place: Place<'s>) -> Result<Cow<'s, Source>, Problem> {
        let source = place.source;
        match target {
            Target::Here => Ok(Cow::Borrowed(source)),
            Target::Resource(id) if matches!(source.base, Base::Address(_)) => {
                let message = format!("`{id}` is a resource of this host, which nothing from an address may name");
                Err(Problem::new("", message))
            }
            Target::Resource(id) => self.known.source(id).map(Cow::Owned),
            Target::Document(target) => match source.documents.0.get(&(source.base.clone(), target.clone())) {
                Some(Ok(document)) => Ok(Cow::Owned(Source {
                    label: document.label.as_str().into(),
                    root: Arc::clone(&document.value),
                    base: document.base.clone(),
                    documents: Arc::clone(&source.documents),
                })),
                Some(Err((kind, reason))) => Err(Problem::new("", reason.as_str()).kind(*kind)),
                None => {
                    let message = format!("`{}` was not read: a loader reads files and addresses", escape(target, 200));
                    Err(Problem::new("", message))
                }
            },
        }
    }

    fn missing(&mut self, path: Path<'_>, message: String) -> Value {
        self.note(Problem::new(path, message).kind(ErrorKind::UnknownResource))
    }

    fn refuse(&mut self, path: Path<'_>, message: String) -> Value {
        self.note(Problem::new(path, message))
    }

    /// The same where the message tells the trail.
    fn refuse_here(&mut self, path: Path<'_>, message: String) -> Value {
        self.push(Problem::new(path, message))
    }

    fn give_up(&mut self, path: Path<'_>, message: String) -> Value {
        if !std::mem::replace(&mut self.is_over, true) {
            self.note(Problem::new(path, message));
        }
        Value::Null
    }

    fn note(&mut self, problem: Problem) -> Value {
        let through = self.trail.iter().skip(1).cloned().collect::<Vec<_>>();
        self.push(problem.through(&through))
    }

    fn push(&mut self, problem: Problem) -> Value {
        self.problems.push(problem);
        self.is_over |= self.problems.len() >= MAX_PROBLEMS;
        Value::Null
    }
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
