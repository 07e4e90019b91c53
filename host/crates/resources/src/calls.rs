//! Functions and constructors of the application, by their names: what they take has a schema.

use std::{
    any::{Any, type_name},
    fmt,
    sync::Arc,
};

use palisade_core::{BoxFuture, Error, ErrorKind, Result, text::escape};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{problem::none_of, shape::Shape, strictness::Strictness};

type Run = dyn Fn(Value) -> BoxFuture<'static, Result<Value>> + Send + Sync;
type Construct = dyn Fn(Value) -> Result<Box<dyn Any + Send>> + Send + Sync;

/// A function that takes a configuration and gives a value.
pub(crate) struct Function {
    pub(crate) shape: Arc<Shape>,
    run: Box<Run>,
}

/// What makes a value of a Rust type of a configuration.
pub(crate) struct Constructor {
    pub(crate) shape: Arc<Shape>,
    pub(crate) makes: &'static str,
    construct: Box<Construct>,
}

impl Function {
    pub(crate) fn new<C, R, F, Done>(function: F, strictness: Strictness) -> Result<Self>
    where
        C: DeserializeOwned + JsonSchema + 'static,
        R: Serialize,
        F: Fn(C) -> Done + Send + Sync + 'static,
        Done: Future<Output = Result<R>> + Send + 'static,
    {
        let run = move |value: Value| -> BoxFuture<'static, Result<Value>> {
            let done = read::<C>(value).map(&function);
            Box::pin(async move {
                let result = done?.await?;
                serde_json::to_value(result).map_err(|error| {
                    Error::new(ErrorKind::Internal, "what the function gives is no JSON").with_source(error)
                })
            })
        };
        Ok(Self { shape: Shape::of::<C>(strictness)?, run: Box::new(run) })
    }

    /// Runs it with a value that is complete.
    pub(crate) fn run(&self, value: Value) -> BoxFuture<'static, Result<Value>> {
        (self.run)(value)
    }
}

impl Constructor {
    pub(crate) fn new<C, T, F>(construct: F, strictness: Strictness) -> Result<Self>
    where
        C: DeserializeOwned + JsonSchema + 'static,
        T: Send + 'static,
        F: Fn(C) -> Result<T> + Send + Sync + 'static,
    {
        let construct =
            move |value: Value| -> Result<Box<dyn Any + Send>> { Ok(Box::new(construct(read::<C>(value)?)?)) };
        Ok(Self { shape: Shape::of::<C>(strictness)?, makes: type_name::<T>(), construct: Box::new(construct) })
    }

    /// Makes a value of what is complete.
    pub(crate) fn construct(&self, value: Value) -> Result<Box<dyn Any + Send>> {
        (self.construct)(value)
    }
}

fn read<C: DeserializeOwned>(value: Value) -> Result<C> {
    serde_json::from_value(value).map_err(|error| Error::new(ErrorKind::Config, escape(&error.to_string(), 300)))
}

/// What a configuration comes to: with defaults, checked.
pub(crate) fn complete(shape: &Shape, mut value: Value, label: &str) -> Result<Value> {
    shape.fill(&mut value);
    none_of(shape.problems(&value, label, &[]))?;
    Ok(value)
}

impl fmt::Debug for Function {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Function")
    }
}

impl fmt::Debug for Constructor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Constructor({})", self.makes)
    }
}
