//! The registry: what is registered, and what is found.

use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwapOption;
use palisade_core::{Error, ErrorKind, Result, Schema};
use serde::Serialize;
use serde_json::Value;

use crate::{
    bounds::Bounds,
    document::{Loaded, Source},
    entry::Entry,
    kind::{ResourceId, ResourceKind},
    loader::Loader,
    problem::{Problem, none_of},
    resolve::{Known, Resolver},
    resource::Resource,
    slot::{Content, Slot},
    state::State,
    strictness::Strictness,
    types::{Type, TypeInfo},
};

/// A registry of resources. Cheap to clone, and clones are the same registry; an empty one takes some hundred bytes.
///
/// Who reads waits for nobody. Who registers takes turns, and each change copies the names of the kind: what comes together is best
/// [registered together](Self::register_many).
#[derive(Clone, Default)]
pub struct Resources(Arc<Shared>);

#[derive(Default)]
struct Shared {
    strictness: Strictness,
    bounds: Bounds,
    state: ArcSwapOption<State>,
    writing: Mutex<()>,
}

/// What there is to say of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResourceInfo {
    /// Its kind and name.
    pub id: ResourceId,
    /// What type it was said to be of; none where nobody has said so.
    pub type_name: Option<String>,
    /// Whether it refers to others.
    pub has_references: bool,
}

impl Resources {
    /// A registry that takes what nobody has foreseen.
    #[must_use]
    pub fn lenient() -> Self {
        Self::default()
    }

    /// A registry that refuses what nobody has foreseen.
    #[must_use]
    pub fn strict() -> Self {
        Self::with(Strictness::Strict, Bounds::default())
    }

    /// A registry with these bounds.
    #[must_use]
    pub fn with(strictness: Strictness, bounds: Bounds) -> Self {
        Self(Arc::new(Shared { strictness, bounds, ..Shared::default() }))
    }

    /// What becomes of what nobody has foreseen.
    #[must_use]
    pub fn strictness(&self) -> Strictness {
        self.0.strictness
    }

    /// Has a kind of the application's own be known.
    ///
    /// # Errors
    ///
    /// `invalid-id`.
    pub fn declare(&self, kind: ResourceKind) -> Result<()> {
        kind.check()?;
        self.change(|state| {
            state.declared.insert(kind);
            Ok(())
        })
    }

    /// Has data of its kind be checked against a type of Rust. Registering it again changes nothing.
    ///
    /// # Errors
    ///
    /// `already-exists` when another type of the kind is called so; `invalid-id` for its kind; `internal` where its schema is none.
    pub fn register_type<T: Resource>(&self) -> Result<()> {
        self.add_type(Type::of::<T>(self.0.strictness)?)
    }

    /// Has data of a kind be checked against a schema.
    ///
    /// # Errors
    ///
    /// `already-exists` when another type of the kind is called so; `invalid-id` for its kind; `config` where it is no schema.
    pub fn register_schema(&self, kind: ResourceKind, name: &str, schema: &Schema) -> Result<()> {
        let known = Type::data(kind, name, schema, self.0.strictness);
        self.add_type(known.map_err(|reason| Error::new(ErrorKind::Config, format!("`{name}`: {reason}")))?)
    }

    /// The types, with their schemas.
    #[must_use]
    pub fn types(&self) -> Vec<TypeInfo> {
        let info = |known: &Arc<Type>| TypeInfo {
            kind: known.kind.clone(),
            name: known.name.to_string(),
            schema: known.shape.as_json().clone(),
        };
        self.state().types.iter().map(info).collect()
    }

    /// Registers a value.
    ///
    /// # Errors
    ///
    /// `config` when it breaks the schema of its type; `invalid-id`; in a strict registry `already-exists`.
    pub fn register<T: Resource>(&self, value: &T) -> Result<()> {
        self.register_type::<T>()?;
        self.one(Entry::new(value)?, false)
    }

    /// Registers data. What it refers to has to be there.
    ///
    /// # Errors
    ///
    /// `config` and `unknown-resource` when it, or what it refers to, is wrong; `resource-type` for its `$type`; in a strict registry
    /// `already-exists`.
    pub fn register_data(&self, id: ResourceId, value: Value) -> Result<()> {
        self.one(Entry::data(id, value)?, false)
    }

    /// Puts a value in the place of another.
    ///
    /// # Errors
    ///
    /// `unknown-resource` when there is none; `config` when it breaks the schema of its type.
    pub fn replace<T: Resource>(&self, value: &T) -> Result<()> {
        self.one(Entry::new(value)?, true)
    }

    /// Puts data in the place of others.
    ///
    /// # Errors
    ///
    /// As [`register_data`](Self::register_data), and `unknown-resource` when there is none.
    pub fn replace_data(&self, id: ResourceId, value: Value) -> Result<()> {
        self.one(Entry::data(id, value)?, true)
    }

    /// Registers several at one time, and tells how each went. They may refer to each other, in any order; what is wrong keeps nothing else from
    /// being registered but what refers to it.
    #[must_use]
    pub fn register_many(&self, entries: impl IntoIterator<Item = Entry>) -> Vec<Result<()>> {
        self.register_each(entries).into_iter().map(none_of).collect()
    }

    /// The same, with all that is wrong with each; nothing of those that are registered.
    #[must_use]
    pub fn register_each(&self, entries: impl IntoIterator<Item = Entry>) -> Vec<Vec<Problem>> {
        self.enter(entries.into_iter().collect(), false)
    }

    /// Registers what a file says, which has resources in tables: `[model.fast]`, `[custom.voice.alice]`. Tells how each went.
    ///
    /// # Errors
    ///
    /// `io` when the file cannot be read; `config` when it is wrong.
    pub async fn load(&self, loader: &Loader, path: &Path) -> Result<Vec<(ResourceId, Result<()>)>> {
        let file = loader.read(path).await?;
        let (entries, problems) = Entry::of_file(&file, &path.display().to_string());
        none_of(problems)?;
        let ids: Vec<_> = entries.iter().map(|entry| entry.id.clone()).collect();
        Ok(ids.into_iter().zip(self.register_many(entries)).collect())
    }

    /// Takes a resource out. Who has its value keeps it; who refers to it is told when it is asked for.
    ///
    /// # Errors
    ///
    /// `unknown-resource`.
    pub fn unregister(&self, id: &ResourceId) -> Result<()> {
        self.unregister_many([id]).pop().unwrap_or(Ok(()))
    }

    /// Takes several out at one time, and tells how each went.
    #[must_use]
    pub fn unregister_many<'a>(&self, ids: impl IntoIterator<Item = &'a ResourceId>) -> Vec<Result<()>> {
        let mut results = Vec::new();
        let _changed = self.change(|state| {
            for id in ids {
                let unknown = || state.unknown(&id.kind, id.name.as_str()).into_error();
                results.push(if state.slot(&id.kind, id.name.as_str()).is_some() { Ok(()) } else { Err(unknown()) });
                state.remove(id);
            }
            Ok(())
        });
        results
    }

    /// A resource as a type of Rust. Data is read when it is first asked for, and kept.
    ///
    /// # Errors
    ///
    /// `unknown-resource` when there is none; `resource-type` when it is of another type; `config` when it, or what it refers to, is wrong.
    pub fn get<T: Resource>(&self, name: &str) -> Result<Arc<T>> {
        let state = self.0.state.load();
        match state.as_ref() {
            Some(state) => state.get(name, self.0.bounds, self.0.strictness),
            None => Err(State::default().unknown(&T::KIND, name).into_error()),
        }
    }

    /// Several resources as a type of Rust, each with its own result.
    #[must_use]
    pub fn get_many<'a, T: Resource>(&self, names: impl IntoIterator<Item = &'a str>) -> Vec<Result<Arc<T>>> {
        let state = self.state();
        names.into_iter().map(|name| state.get(name, self.0.bounds, self.0.strictness)).collect()
    }

    /// A resource as JSON, with values in the place of references.
    ///
    /// # Errors
    ///
    /// `unknown-resource`; `config` when what it refers to is wrong.
    pub fn value(&self, id: &ResourceId) -> Result<Arc<Value>> {
        let state = self.state();
        let Some(slot) = state.slot(&id.kind, id.name.as_str()) else {
            return Err(state.unknown(&id.kind, id.name.as_str()).into_error());
        };
        let made = state.made(slot, None, self.0.bounds).map_err(first)?;
        made.downcast().map_err(|_| Error::new(ErrorKind::Internal, format!("`{id}` is no JSON")))
    }

    /// All resources, by kind and name.
    #[must_use]
    pub fn list(&self) -> Vec<ResourceInfo> {
        let state = self.state();
        let info = |slot: &Arc<Slot>| ResourceInfo {
            id: slot.id.clone(),
            type_name: slot.type_name().map(str::to_owned),
            has_references: matches!(&slot.content, Content::Data(data) if data.has_references),
        };
        let mut all: Vec<_> = state.kinds.values().flat_map(|slots| slots.values()).map(info).collect();
        all.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        all
    }

    /// How many resources there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.state.load().as_ref().map_or(0, |state| state.kinds.values().map(|slots| slots.len()).sum())
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A value with values in the place of its references. People know it by this name.
    ///
    /// # Errors
    ///
    /// `unknown-resource`, `config`, `io` with the path, for what is wrong.
    pub fn resolve(&self, value: &Loaded, label: &str) -> Result<Value> {
        self.resolved(value, label).map_err(first)
    }

    /// The same with all that is wrong.
    ///
    /// # Errors
    ///
    /// Each reference that is wrong.
    pub fn resolved(&self, value: &Loaded, label: &str) -> Result<Value, Vec<Problem>> {
        let source: Source = value.source(label);
        let state = self.state();
        let known: &dyn Known = &*state;
        Resolver::new(known, self.0.bounds).resolve(&source, label)
    }

    /// What is known now.
    pub(crate) fn state(&self) -> Arc<State> {
        self.0.state.load_full().unwrap_or_default()
    }

    /// Makes another state of the one that there is.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> Result<T>) -> Result<T> {
        let _turn = self.0.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = State::clone(&self.state());
        let done = change(&mut state)?;
        state.generation += 1;
        self.0.state.store(Some(Arc::new(state)));
        Ok(done)
    }

    fn add_type(&self, added: Type) -> Result<()> {
        added.kind.check()?;
        let added = Arc::new(added);
        // Nothing is copied for a type that is there.
        if is_there(&self.state(), &added)? {
            return Ok(());
        }
        self.change(|state| {
            if !is_there(state, &added)? {
                state.declared.insert(added.kind.clone());
                state.types.push(added);
            }
            Ok(())
        })
    }

    fn one(&self, entry: Entry, replaces: bool) -> Result<()> {
        none_of(self.enter(vec![entry], replaces).pop().unwrap_or_default())
    }

    /// Registers entries, and tells what is wrong with each.
    fn enter(&self, entries: Vec<Entry>, replaces: bool) -> Vec<Vec<Problem>> {
        let (bounds, strictness) = (self.0.bounds, self.0.strictness);
        let mut results: Vec<Vec<Problem>> = Vec::with_capacity(entries.len());
        let _changed = self.change(|state| {
            // What is in, with what was there before.
            let mut added: Vec<(usize, ResourceId, Option<Arc<Slot>>)> = Vec::new();
            state.generation += 1;
            for (index, entry) in entries.into_iter().enumerate() {
                let refused = state.admits(&entry, replaces, strictness).err();
                if refused.is_none() {
                    let Entry { id, content } = entry;
                    let before = state.insert(Arc::new(Slot::new(id.clone(), content)));
                    added.push((index, id, before));
                }
                results.push(refused.into_iter().collect());
            }
            // What is taken out again may be what others refer to.
            loop {
                let checked = added.into_iter().map(|entry| (state.check(&entry.1, bounds, strictness), entry));
                let (right, wrong): (Vec<_>, Vec<_>) = checked.partition(|(problems, _)| problems.is_empty());
                added = right.into_iter().map(|(_, entry)| entry).collect();
                if wrong.is_empty() {
                    break;
                }
                for (problems, (index, id, before)) in wrong {
                    if let Some(result) = results.get_mut(index) {
                        *result = problems;
                    }
                    match before {
                        Some(before) => drop(state.insert(before)),
                        None => drop(state.remove(&id)),
                    }
                }
                state.generation += 1;
            }
            // Where nothing was added, nothing has changed.
            if added.is_empty() { Err(Error::new(ErrorKind::Config, "nothing was registered")) } else { Ok(()) }
        });
        results
    }
}

/// Whether a type is known.
///
/// # Errors
///
/// `already-exists` when it is another one.
fn is_there(state: &State, added: &Type) -> Result<bool> {
    match state.types.iter().find(|known| known.kind == added.kind && known.name == added.name) {
        Some(known) if Arc::ptr_eq(&known.shape, &added.shape) => Ok(true),
        Some(known) if known.type_id == added.type_id && known.shape.as_json() == added.shape.as_json() => Ok(true),
        Some(_) => {
            let message = format!("another type of the kind `{}` is called `{}`", added.kind, added.name);
            Err(Error::new(ErrorKind::AlreadyExists, message))
        }
        None => Ok(false),
    }
}

fn first(problems: Vec<Problem>) -> Error {
    none_of(problems).err().unwrap_or_else(|| Error::new(ErrorKind::Internal, "nothing is wrong, and nothing is there"))
}

impl fmt::Debug for Resources {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shared { strictness, .. } = &*self.0;
        formatter.debug_struct("Resources").field("strictness", strictness).field("count", &self.len()).finish()
    }
}

#[cfg(test)]
#[path = "registry_tests.rs"]
mod tests;
