//! What the environment says.

use std::{
    collections::BTreeMap,
    env,
    ffi::{OsStr, OsString},
    fmt,
    path::PathBuf,
    sync::Arc,
};

/// What the name of a variable that names a component begins with.
const PROVIDER: &str = "PALISADE_PROVIDER_";
/// The variable that names folders.
const PLUGINS: &str = "PALISADE_PLUGINS";

/// The variables of the process, or others in their place.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Variables(Option<Arc<BTreeMap<OsString, OsString>>>);

impl Variables {
    pub(super) fn given<N: Into<OsString>, V: Into<OsString>>(variables: impl IntoIterator<Item = (N, V)>) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self(Some(Arc::new(variables.collect())))
    }

    /// The variables that name components, by name, with what stands behind the prefix, and the path.
    pub(crate) fn providers(&self) -> Vec<(String, String, PathBuf)> {
        let own = |(name, value): (&OsStr, &OsStr)| {
            let name = name.to_str()?;
            let id = name.strip_prefix(PROVIDER)?;
            Some((name.to_owned(), id.to_ascii_lowercase().replace('_', "-"), PathBuf::from(value)))
        };
        let mut found: Vec<_> = match &self.0 {
            Some(given) => given.iter().filter_map(|(name, value)| own((name, value))).collect(),
            None => env::vars_os().filter_map(|(name, value)| own((&name, &value))).collect(),
        };
        found.sort();
        found
    }

    /// The folders that are named, in their order.
    pub(crate) fn folders(&self) -> Vec<PathBuf> {
        let named = self.value(PLUGINS).unwrap_or_default();
        env::split_paths(&named).filter(|folder| !folder.as_os_str().is_empty()).collect()
    }

    /// Whether a variable has a value, which nobody is told.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.value(name).is_some_and(|value| !value.is_empty())
    }

    fn value(&self, name: &str) -> Option<OsString> {
        match &self.0 {
            Some(given) => given.get(OsStr::new(name)).cloned(),
            None => env::var_os(name),
        }
    }
}

/// Values may be secret.
impl fmt::Debug for Variables {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(given) => formatter.debug_list().entries(given.keys()).finish(),
            None => formatter.write_str("those of the process"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_named_for_it_is_read() {
        let folders = env::join_paths(["one", "", "two"]).unwrap();
        let variables = Variables::given([
            ("PALISADE_PROVIDER_RED_FOX", OsString::from("fox.wasm")),
            ("PALISADE_PROVIDER_CARD", "card.wasm".into()),
            ("PALISADE_PROVIDERS", "other.wasm".into()),
            ("PALISADE_PLUGINS", folders),
            ("OPENAI_API_KEY", "sk-0123456789".into()),
            ("FAL_KEY", "".into()),
        ]);
        let names: Vec<_> = variables.providers().into_iter().map(|(_, id, path)| (id, path)).collect();
        let own = |id: &str, path: &str| (id.to_owned(), PathBuf::from(path));
        assert_eq!(names, [own("card", "card.wasm"), own("red-fox", "fox.wasm")]);
        assert_eq!(variables.folders(), [PathBuf::from("one"), PathBuf::from("two")]);
        let set = ["OPENAI_API_KEY", "FAL_KEY", "ANTHROPIC_API_KEY"].map(|name| variables.is_set(name));
        assert_eq!(set, [true, false, false]);
        assert!(!format!("{variables:?}").contains("0123"));
    }
}
