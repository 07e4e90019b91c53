//! `[resources]`: models, prompts and configurations that others refer to.

use std::{collections::BTreeMap, path::Path};

use palisade_resources::from_toml;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::allow::AllowTable;
use crate::{
    registration::Registration,
    resources_of_host::{Configured, ResourcesPlace},
};

/// Resources of a kind, by their names.
type Named = BTreeMap<String, toml::Value>;

/// `[resources]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ResourcesTable {
    #[serde(default)]
    files: Vec<String>,
    #[serde(default)]
    any_file: bool,
    #[serde(default)]
    allow: Vec<AllowTable>,
    #[serde(default)]
    model: Named,
    #[serde(default)]
    prompt: Named,
    #[serde(default)]
    config: Named,
    #[serde(default)]
    embedding: Named,
    #[serde(default)]
    custom: BTreeMap<String, Named>,
}

impl ResourcesTable {
    /// The place. Files are relative to that of the configuration.
    ///
    /// # Errors
    ///
    /// Says what is wrong with a value, or with what is granted.
    pub(super) fn place(self, folder: &Path) -> Result<ResourcesPlace, String> {
        let Self { files, any_file, allow, model, prompt, config, embedding, custom } = self;
        let kinds = [("model", model), ("prompt", prompt), ("config", config), ("embedding", embedding)];
        let mut tables = Map::new();
        for (kind, named) in kinds {
            tables.insert(kind.to_owned(), table(named)?);
        }
        let custom = custom.into_iter().map(|(kind, named)| Ok((kind, table(named)?)));
        tables.insert("custom".to_owned(), Value::Object(custom.collect::<Result<_, String>>()?));
        let allowed = allow.into_iter().map(|allow| allow.allow(folder)).collect::<Result<_, _>>()?;
        Ok(ResourcesPlace { folder: folder.to_owned(), files, any_file, allowed, tables: Value::Object(tables) })
    }
}

fn table(named: Named) -> Result<Value, String> {
    let members = named.into_iter().map(|(name, value)| Ok((name, from_toml(value)?)));
    Ok(Value::Object(members.collect::<Result<_, String>>()?))
}

/// The settings of a component: as they are, or for later where they refer to others.
pub(super) fn configure(
    mut registration: Registration,
    config: BTreeMap<String, toml::Value>,
    folder: &Path,
) -> Result<Registration, String> {
    if !config.iter().any(|(key, value)| key == "$ref" || refers(value)) {
        for (key, value) in config {
            registration = registration.config(key, super::config_value(value));
        }
        return Ok(registration);
    }
    let value = table(config)?;
    registration.configured = Some(Configured { value: value.into(), folder: Some(folder.to_owned()) });
    Ok(registration)
}

fn refers(value: &toml::Value) -> bool {
    match value {
        toml::Value::Array(items) => items.iter().any(refers),
        toml::Value::Table(table) => table.contains_key("$ref") || table.iter().any(|(_, value)| refers(value)),
        _ => false,
    }
}
