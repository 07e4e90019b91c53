//! What data has to look like to be a resource of a type.

use std::{
    any::{Any, TypeId},
    borrow::Cow,
    fmt,
    sync::Arc,
};

use palisade_core::{Result, Schema, text::escape};
use serde::Serialize;
use serde_json::Value;

use crate::{
    kind::{ResourceId, ResourceKind},
    problem::Problem,
    resource::Resource,
    shape::Shape,
    strictness::Strictness,
};

/// A value whose type is not known here.
pub(crate) type AnyValue = Arc<dyn Any + Send + Sync>;

type Parse = fn(Value) -> Result<AnyValue, String>;

/// A type of resources.
pub(crate) struct Type {
    pub(crate) kind: ResourceKind,
    pub(crate) name: Cow<'static, str>,
    pub(crate) shape: Arc<Shape>,
    /// What it is in Rust; none where it is data alone.
    pub(crate) type_id: Option<TypeId>,
    name_field: Option<&'static str>,
    parse: Option<Parse>,
}

impl Type {
    pub(crate) fn of<T: Resource>(strictness: Strictness) -> Result<Self> {
        let parse: Parse = |value| {
            let value: T = serde_json::from_value(value).map_err(|error| escape(&error.to_string(), 300))?;
            Ok(Arc::new(value))
        };
        Ok(Self {
            kind: T::KIND,
            name: Cow::Borrowed(T::TYPE),
            shape: Shape::of::<T>(strictness)?,
            type_id: Some(TypeId::of::<T>()),
            name_field: T::NAME_FIELD,
            parse: Some(parse),
        })
    }

    /// A type that is data alone.
    pub(crate) fn data(
        kind: ResourceKind,
        name: &str,
        schema: &Schema,
        strictness: Strictness,
    ) -> Result<Self, String> {
        let shape = Arc::new(Shape::new(schema.as_json().clone(), strictness)?);
        let name = Cow::Owned(name.to_owned());
        Ok(Self { kind, name, shape, type_id: None, name_field: None, parse: None })
    }

    /// Data with the name that it is registered under, with defaults, checked.
    pub(crate) fn complete(
        &self,
        mut value: Value,
        id: Option<&ResourceId>,
        label: &str,
    ) -> Result<Value, Vec<Problem>> {
        if let (Some(field), Some(id), Some(members)) = (self.name_field, id, value.as_object_mut()) {
            let name = members.entry(field).or_insert_with(|| Value::from(id.name.as_str()));
            if name.as_str() != Some(id.name.as_str()) {
                let found = escape(&name.to_string(), 80);
                let problem = Problem::new(format!("{label}.{field}"), format!("{found} is not taken"));
                return Err(vec![problem.expected(format!("\"{}\", the name that it is registered under", id.name))]);
            }
        }
        self.shape.fill(&mut value);
        let problems = self.shape.problems(&value, label, &[]);
        if problems.is_empty() { Ok(value) } else { Err(problems) }
    }

    /// The same as a value of Rust; as data where it is no type of Rust.
    pub(crate) fn make(&self, value: Value, id: Option<&ResourceId>, label: &str) -> Result<AnyValue, Vec<Problem>> {
        let value = self.complete(value, id, label)?;
        match self.parse {
            Some(parse) => parse(value).map_err(|reason| vec![Problem::new(label, reason)]),
            None => Ok(Arc::new(value)),
        }
    }
}

impl fmt::Debug for Type {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Type({} {})", self.kind, self.name)
    }
}

/// A type of resources, with its schema.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TypeInfo {
    /// What kind they are.
    pub kind: ResourceKind,
    /// What `$type` calls it.
    pub name: String,
    /// What data has to look like.
    pub schema: Value,
}
