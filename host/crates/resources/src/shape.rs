//! A schema that values are checked against, with what it says of defaults.
//!
//! A schema is made of a Rust type, once for each type of the process, or given as a [`palisade_core::Schema`], which bounds the work of checking:
//! what a stranger has written comes in no other way.

use std::{
    any::TypeId,
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use jsonschema::{Draft, PatternOptions, ValidationError, Validator, error::ValidationErrorKind};
use palisade_core::{Error, ErrorKind, Result, text::escape};
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::Value;

use crate::{
    describe::describe,
    nearest::{names, suggestion},
    path::below,
    problem::{MAX_PROBLEMS, Problem},
    strict,
    strictness::Strictness,
};

/// Most characters of a value that are shown.
const MAX_SHOWN: usize = 80;

/// Those of types, which are made once.
type Shapes = HashMap<(TypeId, Strictness), Arc<Shape>>;

/// A schema that values are checked against.
#[derive(Debug)]
pub(crate) struct Shape {
    schema: Value,
    validator: Validator,
}

impl Shape {
    /// What a Rust type looks like.
    ///
    /// # Errors
    ///
    /// `internal` where the schema of the type is none.
    pub(crate) fn of<T: JsonSchema + 'static>(strictness: Strictness) -> Result<Arc<Self>> {
        static SHAPES: LazyLock<Mutex<Shapes>> = LazyLock::new(Mutex::default);
        let key = (TypeId::of::<T>(), strictness);
        let known = || SHAPES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shape) = known().get(&key) {
            return Ok(Arc::clone(shape));
        }
        let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
        let schema = settings.into_generator().into_root_schema_for::<T>().to_value();
        let shape = Arc::new(Self::new(schema, strictness).map_err(|reason| {
            Error::new(ErrorKind::Internal, format!("the schema of `{}` is none: {reason}", std::any::type_name::<T>()))
        })?);
        known().insert(key, Arc::clone(&shape));
        Ok(shape)
    }

    /// A schema that is given.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it.
    pub(crate) fn new(mut schema: Value, strictness: Strictness) -> Result<Self, String> {
        if strictness == Strictness::Strict {
            strict::close(&mut schema);
        }
        let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(false);
        let validator = options.with_pattern_options(PatternOptions::regex()).build(&schema);
        let validator = validator.map_err(|error| escape(&error.to_string(), 300))?;
        Ok(Self { schema, validator })
    }

    /// The schema as JSON.
    pub(crate) fn as_json(&self) -> &Value {
        &self.schema
    }

    /// Puts defaults where nothing is.
    pub(crate) fn fill(&self, value: &mut Value) {
        fill(&self.schema, value);
    }

    /// What is wrong with a value, which people know by this name.
    pub(crate) fn problems(&self, value: &Value, root: &str, through: &[String]) -> Vec<Problem> {
        if self.validator.is_valid(value) {
            return Vec::new();
        }
        let errors = self.validator.iter_errors(value).take(MAX_PROBLEMS);
        let told = errors.flat_map(|error| self.told(&error, root)).map(|problem| problem.through(through));
        let mut problems: Vec<_> = told.collect();
        // Who has misspelt a name misses another one, and the first is what helps.
        problems.sort_by_cached_key(|problem| (problem.suggestion.is_none(), problem.path.clone()));
        problems
    }

    fn told(&self, error: &ValidationError<'_>, root: &str) -> Vec<Problem> {
        let path = below(root, error.instance_path().as_str());
        let found = || escape(&error.instance().to_string(), MAX_SHOWN);
        let near = self.at(error.schema_path().as_str());
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected }
            | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
                let known = || near.into_iter().flat_map(fields);
                let unknown = |name: &String| {
                    let problem = Problem::new(below(&path, &pointer_of(name)), "no field is called so");
                    problem.expected(names(known())).suggest(suggestion(name, known()))
                };
                unexpected.iter().map(unknown).collect()
            }
            ValidationErrorKind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                let field = near.and_then(|schema| schema.get("properties")?.get(name));
                let problem = Problem::new(below(&path, &pointer_of(name)), "it is missing");
                vec![match field {
                    Some(field) => problem.expected(describe(field)),
                    None => problem,
                }]
            }
            ValidationErrorKind::Enum { options } => {
                let options: Vec<_> = options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                let near_text = error.instance().as_str().and_then(|text| suggestion(text, options.iter().copied()));
                let problem = Problem::new(path, format!("{} is not taken", found())).suggest(near_text);
                vec![match near {
                    Some(schema) => problem.expected(describe(schema)),
                    None => problem,
                }]
            }
            _ => {
                let problem = Problem::new(path, format!("{} is not taken", found()));
                vec![match near {
                    Some(schema) => problem.expected(describe(schema)),
                    None => problem.expected(escape(&error.to_string(), 300)),
                }]
            }
        }
    }

    /// The schema that a keyword stands in.
    fn at(&self, keyword: &str) -> Option<&Value> {
        let schema = keyword.rsplit_once('/').map_or("", |(schema, _)| schema);
        self.schema.pointer(schema)
    }
}

fn pointer_of(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// The names of the fields that an object may have, those of its alternatives included.
fn fields(schema: &Value) -> Vec<&str> {
    let own = schema.get("properties").and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name.as_str());
    let mut names: Vec<&str> = own.collect();
    for keyword in strict::IN_PLACE {
        for branch in schema.get(keyword).and_then(Value::as_array).into_iter().flatten() {
            names.extend(fields(branch));
        }
    }
    names
}

fn fill(schema: &Value, value: &mut Value) {
    for branch in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        fill(branch, value);
    }
    match value {
        Value::Object(members) => {
            for (name, field) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
                match (members.get_mut(name), field.get("default")) {
                    (Some(member), _) => fill(field, member),
                    (None, Some(default)) => {
                        members.insert(name.clone(), default.clone());
                    }
                    (None, None) => {}
                }
            }
            if let Some(others) = schema.get("additionalProperties") {
                let known = schema.get("properties").and_then(Value::as_object);
                let unknown = |name: &String| known.is_none_or(|known| !known.contains_key(name));
                members.iter_mut().filter(|(name, _)| unknown(name)).for_each(|(_, member)| fill(others, member));
            }
        }
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                items.iter_mut().for_each(|item| fill(schema, item));
            }
        }
        _ => {}
    }
    // What may be left out is itself, or nothing.
    let is_nothing = |schema: &&Value| schema.get("type").is_some_and(|kind| kind == "null");
    let (nothing, others): (Vec<_>, Vec<_>) =
        schema.get("anyOf").and_then(Value::as_array).into_iter().flatten().partition(is_nothing);
    if let ([_], [only]) = (nothing.as_slice(), others.as_slice()) {
        fill(only, value);
    }
}
