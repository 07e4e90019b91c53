//! Configurations that become something: defaults, references, a schema, and then a value.

use palisade_core::{Error, ErrorKind, ResourceName, Result};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    calls::{Constructor, Function, complete},
    document::Loaded,
    kind::ResourceKind,
    nearest::{names, suggestion},
    problem::{Problem, none_of},
    registry::Resources,
    resource::Resource,
    types::Type,
};

impl Resources {
    /// A value of a type, of data: with defaults, values in the place of references, and checked. It is not registered.
    ///
    /// # Errors
    ///
    /// `config` and `unknown-resource` when it, or what it refers to, is wrong.
    pub fn build<T: Resource>(&self, value: &Loaded) -> Result<T> {
        let label = format!("{} {}", T::KIND, T::TYPE);
        let value = self.resolve(value, &label)?;
        let problems = match Type::of::<T>(self.strictness())?.make(value, None, &label) {
            Ok(made) => match made.downcast_ref::<T>() {
                Some(made) => return Ok(made.clone()),
                None => Vec::new(),
            },
            Err(problems) => problems,
        };
        none_of(problems)?;
        Err(Error::new(ErrorKind::Internal, format!("no {} was made, and nothing is wrong", T::TYPE)))
    }

    /// Data as a registered type has it: with defaults, values in the place of references, and checked.
    ///
    /// # Errors
    ///
    /// `resource-type` when there is no such type; `config` and `unknown-resource` when it, or what it refers to, is wrong.
    pub fn complete(&self, kind: &ResourceKind, type_name: &str, value: &Loaded) -> Result<Value> {
        let label = format!("{kind} {}", palisade_core::text::escape(type_name, 80));
        let state = self.state();
        let found = state.type_of(kind, Some(type_name), self.strictness()).map_err(Problem::into_error)?;
        let value = self.resolve(value, &label)?;
        let done = match found {
            Some(known) => known.complete(value, None, &label),
            None => Ok(value),
        };
        done.map_err(|problems| match none_of(problems) {
            Err(error) => error,
            Ok(()) => Error::new(ErrorKind::Internal, format!("{label}: nothing is wrong")),
        })
    }

    /// Has configurations be made into a type of Rust, which need not be a resource.
    ///
    /// # Errors
    ///
    /// `already-exists`, `invalid-id`; `internal` where the schema of the configuration is none.
    pub fn register_constructor<C, T, F>(&self, name: &str, construct: F) -> Result<()>
    where
        C: DeserializeOwned + JsonSchema + 'static,
        T: Send + 'static,
        F: Fn(C) -> Result<T> + Send + Sync + 'static,
    {
        let (name, constructor) = (named(name)?, Constructor::new(construct, self.strictness())?);
        self.change(|state| match state.constructors.contains_key(name.as_str()) {
            true => Err(taken("constructor", &name)),
            false => {
                state.constructors.insert(name, constructor.into());
                Ok(())
            }
        })
    }

    /// Makes a value of a configuration, by a constructor: with defaults, values in the place of references, and checked.
    ///
    /// # Errors
    ///
    /// `unknown-resource` when there is no such constructor; `resource-type` when it makes something else; `config` and `unknown-resource` when
    /// the configuration is wrong; what the constructor says.
    pub fn instantiate<T: 'static>(&self, name: &str, value: &Loaded) -> Result<T> {
        let state = self.state();
        let Some(constructor) = state.constructors.get(name) else {
            return Err(unknown("constructor", name, state.constructors.keys()));
        };
        if constructor.makes != std::any::type_name::<T>() {
            let message = format!("makes a {}, not a {}", constructor.makes, std::any::type_name::<T>());
            return Err(Error::new(ErrorKind::ResourceType, format!("`{name}` {message}")));
        }
        let value = complete(&constructor.shape, self.resolve(value, name)?, name)?;
        let made = constructor.construct(value)?.downcast::<T>();
        made.map(|made| *made).map_err(|_| {
            Error::new(ErrorKind::ResourceType, format!("`{name}` makes no {}", std::any::type_name::<T>()))
        })
    }

    /// Has a function be called by its name.
    ///
    /// # Errors
    ///
    /// `already-exists`, `invalid-id`; `internal` where the schema of what it takes is none.
    pub fn register_function<C, R, F, Done>(&self, name: &str, function: F) -> Result<()>
    where
        C: DeserializeOwned + JsonSchema + 'static,
        R: Serialize,
        F: Fn(C) -> Done + Send + Sync + 'static,
        Done: Future<Output = Result<R>> + Send + 'static,
    {
        let (name, function) = (named(name)?, Function::new(function, self.strictness())?);
        self.change(|state| match state.functions.contains_key(name.as_str()) {
            true => Err(taken("function", &name)),
            false => {
                state.functions.insert(name, function.into());
                Ok(())
            }
        })
    }

    /// Calls a function: with defaults, values in the place of references, and checked.
    ///
    /// # Errors
    ///
    /// `unknown-resource` when there is no such function; `config` and `unknown-resource` when what it is given is wrong; what the function says.
    pub async fn execute(&self, name: &str, value: &Loaded) -> Result<Value> {
        let running = {
            let state = self.state();
            let Some(function) = state.functions.get(name) else {
                return Err(unknown("function", name, state.functions.keys()));
            };
            function.run(complete(&function.shape, self.resolve(value, name)?, name)?)
        };
        running.await
    }

    /// What a function takes, as a schema; none where there is no such function.
    #[must_use]
    pub fn function_schema(&self, name: &str) -> Option<Value> {
        self.state().functions.get(name).map(|function| function.shape.as_json().clone())
    }

    /// What a constructor takes, as a schema; none where there is no such constructor.
    #[must_use]
    pub fn constructor_schema(&self, name: &str) -> Option<Value> {
        self.state().constructors.get(name).map(|constructor| constructor.shape.as_json().clone())
    }
}

fn named(name: &str) -> Result<ResourceName> {
    name.parse().map_err(|error: palisade_core::InvalidId| Error::new(ErrorKind::InvalidId, error.to_string()))
}

fn taken(what: &str, name: &ResourceName) -> Error {
    Error::new(ErrorKind::AlreadyExists, format!("a {what} `{name}` is registered already"))
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a ResourceName> + Clone) -> Error {
    let known = known.map(ResourceName::as_str);
    let shown = palisade_core::text::escape(name, 80);
    let problem = Problem::new("", format!("no {what} is called `{shown}`; there is {}", names(known.clone())));
    problem.kind(ErrorKind::UnknownResource).suggest(suggestion(name, known)).into_error()
}
