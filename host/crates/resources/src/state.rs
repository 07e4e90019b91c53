//! All that a registry knows at one time. It does not change: who changes something makes another.

use std::{
    any::{TypeId, type_name},
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use foldhash::fast::RandomState;
use palisade_core::{Error, ErrorKind, ResourceName};
use serde_json::Value;

use crate::{
    bounds::Bounds,
    calls::{Constructor, Function},
    document::Source,
    entry::Entry,
    kind::{ResourceId, ResourceKind},
    nearest::{names, suggestion},
    problem::Problem,
    resolve::{Known, Resolver},
    resource::Resource,
    slot::{Content, Data, Slot},
    strictness::Strictness,
    types::{AnyValue, Type},
};

/// The resources of a kind.
type Slots = HashMap<ResourceName, Arc<Slot>, RandomState>;

#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// Counts the changes.
    pub(crate) generation: u64,
    pub(crate) kinds: BTreeMap<ResourceKind, Arc<Slots>>,
    pub(crate) declared: BTreeSet<ResourceKind>,
    pub(crate) types: Vec<Arc<Type>>,
    pub(crate) functions: BTreeMap<ResourceName, Arc<Function>>,
    pub(crate) constructors: BTreeMap<ResourceName, Arc<Constructor>>,
}

impl State {
    pub(crate) fn slot(&self, kind: &ResourceKind, name: &str) -> Option<&Arc<Slot>> {
        self.kinds.get(kind)?.get(name)
    }

    fn slot_of(&self, id: &ResourceId) -> Option<&Arc<Slot>> {
        self.slot(&id.kind, id.name.as_str())
    }

    pub(crate) fn insert(&mut self, slot: Arc<Slot>) -> Option<Arc<Slot>> {
        let slots = Arc::make_mut(self.kinds.entry(slot.id.kind.clone()).or_default());
        slots.insert(slot.id.name.clone(), slot)
    }

    pub(crate) fn remove(&mut self, id: &ResourceId) -> Option<Arc<Slot>> {
        Arc::make_mut(self.kinds.get_mut(&id.kind)?).remove(id.name.as_str())
    }

    /// The names of a kind, in order.
    pub(crate) fn names(&self, kind: &ResourceKind) -> Vec<&str> {
        let mut names: Vec<_> =
            self.kinds.get(kind).into_iter().flat_map(|slots| slots.keys()).map(ResourceName::as_str).collect();
        names.sort_unstable();
        names
    }

    /// That nothing is called so.
    pub(crate) fn unknown(&self, kind: &ResourceKind, name: &str) -> Problem {
        let known = self.names(kind);
        let elsewhere = || {
            let other = self.kinds.iter().find(|(_, slots)| slots.contains_key(name))?.0;
            Some(format!("did you mean `{other}:{name}`?"))
        };
        let suggested = suggestion(name, known.iter().copied()).or_else(elsewhere);
        let path = format!("{kind}:{}", palisade_core::text::escape(name, 80));
        let problem = Problem::new(path, format!("there is none; there is {}", names(known)));
        problem.kind(ErrorKind::UnknownResource).suggest(suggested)
    }

    /// The type of this name, or the only one of the kind.
    pub(crate) fn type_of(
        &self,
        kind: &ResourceKind,
        name: Option<&str>,
        strictness: Strictness,
    ) -> Result<Option<&Arc<Type>>, Problem> {
        let of_kind = || self.types.iter().filter(|known| known.kind == *kind);
        let known = || of_kind().map(|known| &*known.name);
        match name {
            Some(name) => match of_kind().find(|known| known.name == name) {
                Some(found) => Ok(Some(found)),
                None => {
                    let shown = palisade_core::text::escape(name, 80);
                    let message = format!("no type of the kind `{kind}` is called `{shown}`");
                    let problem = Problem::new("", message).expected(names(known()));
                    Err(problem.kind(ErrorKind::ResourceType).suggest(suggestion(name, known())))
                }
            },
            None => match (of_kind().count(), strictness) {
                (1, _) => Ok(of_kind().next()),
                (0, _) | (_, Strictness::Lenient) => Ok(None),
                (_, Strictness::Strict) => {
                    let message = format!("the kind `{kind}` has several types, and `$type` names none of them");
                    Err(Problem::new("", message).expected(names(known())).kind(ErrorKind::ResourceType))
                }
            },
        }
    }

    /// Whether a resource may be registered, as far as that can be told without the others.
    pub(crate) fn admits(&self, entry: &Entry, replaces: bool, strictness: Strictness) -> Result<(), Problem> {
        let Entry { id, content } = entry;
        let wrong = |message: String, kind| Problem::new(id, message).kind(kind);
        let is_strict = strictness == Strictness::Strict;
        if is_strict && matches!(id.kind, ResourceKind::Custom(_)) && !self.declared.contains(&id.kind) {
            let known = self.declared.iter().chain(&ResourceKind::BUILT_IN).map(ResourceKind::as_str);
            let known: BTreeSet<_> = known.collect();
            let suggested = suggestion(id.kind.as_str(), known.iter().copied());
            let problem = wrong(format!("no kind is called `{}`", id.kind), ErrorKind::Config);
            return Err(problem.expected(names(known)).suggest(suggested));
        }
        match (self.slot_of(id), replaces) {
            (None, true) => return Err(self.unknown(&id.kind, id.name.as_str())),
            (Some(_), false) if is_strict => {
                return Err(wrong("it is registered already".to_owned(), ErrorKind::AlreadyExists));
            }
            _ => {}
        }
        match content {
            Content::Typed(_) => Ok(()),
            Content::Data(Data { type_name, .. }) => {
                let found = self.type_of(&id.kind, type_name.as_deref(), strictness);
                found.map(drop).map_err(|problem| Problem { path: id.to_string(), ..problem })
            }
        }
    }

    /// What is wrong with a resource that is registered.
    pub(crate) fn check(&self, id: &ResourceId, bounds: Bounds, strictness: Strictness) -> Vec<Problem> {
        let Some(slot) = self.slot_of(id) else { return Vec::new() };
        let label = id.to_string();
        match &slot.content {
            Content::Typed(typed) => {
                let known = |known: &&Arc<Type>| known.kind == id.kind && known.name == typed.type_name;
                match ((typed.json)(&typed.value), self.types.iter().find(known)) {
                    (Ok(value), Some(known)) => known.shape.problems(&value, &label, &[]),
                    (Ok(_), None) => Vec::new(),
                    (Err(reason), _) => vec![Problem::new(label, reason)],
                }
            }
            Content::Data(data) => match self.type_of(&id.kind, data.type_name.as_deref(), strictness) {
                Ok(found) => self.made(slot, found.map(|found| &**found), bounds).err().unwrap_or_default(),
                Err(problem) => vec![Problem { path: label, ..problem }],
            },
        }
    }

    /// Data as its type, kept for who asks for it next.
    pub(crate) fn made(&self, slot: &Slot, as_type: Option<&Type>, bounds: Bounds) -> Result<AnyValue, Vec<Problem>> {
        let type_id = as_type.and_then(|known| known.type_id).unwrap_or_else(TypeId::of::<Value>);
        if let Some(kept) = slot.kept(type_id, self.generation) {
            return Ok(kept);
        }
        let label = slot.id.to_string();
        let source = slot.source().map_err(|reason| vec![Problem::new(&label, reason)])?;
        let value = Resolver::new(self, bounds).resolve(&source, &label)?;
        let made = match as_type {
            Some(known) => known.make(value, Some(&slot.id), &label)?,
            None => Arc::new(value),
        };
        slot.keep(type_id, &made, self.generation);
        Ok(made)
    }

    /// A resource as a type of Rust.
    pub(crate) fn get<T: Resource>(
        &self,
        name: &str,
        bounds: Bounds,
        strictness: Strictness,
    ) -> palisade_core::Result<Arc<T>> {
        let Some(slot) = self.slot(&T::KIND, name) else { return Err(self.unknown(&T::KIND, name).into_error()) };
        let other = |found: &str| {
            let message = format!("it is a {found}, not a {}", T::TYPE);
            Problem::new(&slot.id, message).kind(ErrorKind::ResourceType).into_error()
        };
        let value = match &slot.content {
            Content::Typed(typed) => Arc::clone(&typed.value),
            Content::Data(data) => match slot.kept(TypeId::of::<T>(), self.generation) {
                Some(kept) => kept,
                None => {
                    if let Some(name) = data.type_name.as_deref().filter(|name| *name != T::TYPE) {
                        return Err(other(name));
                    }
                    let made = self.made(slot, Some(&Type::of::<T>(strictness)?), bounds);
                    made.map_err(|problems| crate::problem::none_of(problems).err().unwrap_or_else(lost::<T>))?
                }
            },
        };
        value.downcast::<T>().map_err(|_| other(slot.type_name().unwrap_or("value")))
    }
}

/// What cannot be: nothing was wrong, and there is no value.
fn lost<T>() -> Error {
    Error::new(ErrorKind::Internal, format!("nothing is wrong, and there is no {}", type_name::<T>()))
}

impl Known for State {
    fn source(&self, id: &ResourceId) -> Result<Source, Problem> {
        let Some(slot) = self.slot_of(id) else {
            let unknown = self.unknown(&id.kind, id.name.as_str());
            let message = format!("there is no `{id}`{}", unknown.message.trim_start_matches("there is none"));
            return Err(Problem { message, ..unknown });
        };
        slot.source().map_err(|reason| Problem::new("", reason))
    }
}
