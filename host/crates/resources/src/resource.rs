//! A Rust type that is a resource.

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

use crate::kind::ResourceKind;

/// A Rust type that is a resource: it has a kind, a name and a schema. [Derived](macro@crate::Resource) as a rule.
///
/// ```
/// use palisade_resources::{Resource, Resources};
/// use schemars::JsonSchema;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Serialize, Deserialize, JsonSchema, Resource)]
/// #[resource(kind = "model")]
/// struct Llama {
///     #[resource(name)]
///     name: String,
///     #[schemars(range(min = 1))]
///     context_tokens: u32,
/// }
///
/// let resources = Resources::strict();
/// resources.register(&Llama { name: "fast".to_owned(), context_tokens: 8192 })?;
/// assert_eq!(resources.get::<Llama>("fast")?.context_tokens, 8192);
///
/// let error = resources.get::<Llama>("fats").err().unwrap();
/// assert_eq!(error.message(), "`model:fats`: there is none; there is fast; did you mean `fast`?");
/// # Ok::<(), palisade_core::Error>(())
/// ```
pub trait Resource: Clone + Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// What kind it is.
    const KIND: ResourceKind;

    /// What the type is called, which is what `$type` says in data.
    const TYPE: &'static str;

    /// The field that is the name, as it stands in JSON: where data has none, it gets the name that it is registered under. None where
    /// the name is no field.
    const NAME_FIELD: Option<&'static str>;

    /// Its name.
    fn name(&self) -> &str;
}
