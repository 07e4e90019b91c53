//! A registered resource: a value of Rust, or data that becomes one when somebody asks for it.

use std::{
    any::{TypeId, type_name},
    sync::Arc,
};

use arc_swap::ArcSwapOption;
use palisade_core::Result;
use serde_json::Value;

use crate::{
    document::{Loaded, Source},
    kind::ResourceId,
    resource::Resource,
    types::AnyValue,
};

/// A registered resource.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) id: ResourceId,
    pub(crate) content: Content,
    kept: ArcSwapOption<Kept>,
}

#[derive(Debug, Clone)]
pub(crate) enum Content {
    Typed(Typed),
    Data(Data),
}

#[derive(Clone)]
pub(crate) struct Typed {
    pub(crate) value: AnyValue,
    pub(crate) type_name: &'static str,
    pub(crate) json: fn(&AnyValue) -> Result<Value, String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Data {
    pub(crate) loaded: Loaded,
    /// What `$type` said.
    pub(crate) type_name: Option<String>,
    pub(crate) has_references: bool,
}

/// What data has become, so that it is not read again.
#[derive(Debug)]
struct Kept {
    /// The state of the registry; what refers to others is another value in another state.
    generation: u64,
    values: Vec<(TypeId, AnyValue)>,
}

impl Typed {
    pub(crate) fn new<T: Resource>(value: &T) -> Self {
        let json = |value: &AnyValue| match value.downcast_ref::<T>() {
            Some(value) => serde_json::to_value(value).map_err(|error| error.to_string()),
            None => Err(format!("it is no {}", type_name::<T>())),
        };
        Self { value: Arc::new(value.clone()), type_name: T::TYPE, json }
    }
}

impl std::fmt::Debug for Typed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Typed({})", self.type_name)
    }
}

impl Slot {
    pub(crate) fn new(id: ResourceId, content: Content) -> Self {
        Self { id, content, kept: ArcSwapOption::empty() }
    }

    /// What it has become before, as this type.
    pub(crate) fn kept(&self, as_type: TypeId, generation: u64) -> Option<AnyValue> {
        let kept = self.kept.load();
        let kept = kept.as_ref().filter(|kept| kept.generation == generation || !self.has_references())?;
        kept.values.iter().find(|(known, _)| *known == as_type).map(|(_, value)| Arc::clone(value))
    }

    /// Keeps what it has become.
    pub(crate) fn keep(&self, as_type: TypeId, value: &AnyValue, generation: u64) {
        self.kept.rcu(|kept| {
            let known = kept.as_ref().filter(|kept| kept.generation == generation || !self.has_references());
            let mut values = known.map(|kept| kept.values.clone()).unwrap_or_default();
            values.retain(|(known, _)| *known != as_type);
            values.push((as_type, Arc::clone(value)));
            Some(Arc::new(Kept { generation, values }))
        });
    }

    fn has_references(&self) -> bool {
        matches!(&self.content, Content::Data(data) if data.has_references)
    }

    /// What it is called, as what.
    pub(crate) fn type_name(&self) -> Option<&str> {
        match &self.content {
            Content::Typed(typed) => Some(typed.type_name),
            Content::Data(data) => data.type_name.as_deref(),
        }
    }

    /// What it says, for who refers to it.
    ///
    /// # Errors
    ///
    /// Why a value of Rust is none of JSON.
    pub(crate) fn source(&self) -> Result<Source, String> {
        let label = self.id.to_string();
        match &self.content {
            Content::Typed(typed) => Ok(Source::plain(&label, Arc::new((typed.json)(&typed.value)?))),
            Content::Data(data) => Ok(data.loaded.source(&label)),
        }
    }
}
