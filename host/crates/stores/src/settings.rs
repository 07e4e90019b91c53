//! A store as a configuration names it.

use std::sync::Arc;

use palisade_core::{Capability, Error, ErrorKind, Provider, Result};
use serde::{Deserialize, Deserializer};

use crate::{
    KeyValueOptions, KeyValueStore, ObjectOptions, ObjectStore, Place, Queue, QueueOptions, Sql, SqlOptions,
    VectorOptions, VectorStore,
};

/// A kind of stores with its options: what stands in a configuration beside the place.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "store")]
pub enum Settings {
    /// Vectors.
    VectorStore(VectorOptions),
    /// Values under keys.
    KeyValueStore(KeyValueOptions),
    /// Files under keys.
    ObjectStore(ObjectOptions),
    /// Messages.
    Queue(QueueOptions),
    /// Tables.
    Sql(SqlOptions),
}

impl Settings {
    /// The options of a kind as they were written: a table of them, which may be empty.
    ///
    /// # Errors
    ///
    /// `config` for an option that the kind does not have and a value that it does not take, and for a capability that is no
    /// [store](Capability::STORES).
    ///
    /// ```
    /// use palisade_core::Capability;
    /// use palisade_stores::Settings;
    ///
    /// let options: toml::Table = "quota = \"64MiB\"\nmax-attempts = 3".parse()?;
    /// let Settings::Queue(options) = Settings::read(Capability::Queue, options)? else { panic!("it is a queue") };
    /// assert_eq!(options.quota, 64 << 20);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read<'de, D: Deserializer<'de>>(kind: Capability, options: D) -> Result<Self> {
        let read = match kind {
            Capability::VectorStore => VectorOptions::deserialize(options).map(Self::VectorStore),
            Capability::KeyValueStore => KeyValueOptions::deserialize(options).map(Self::KeyValueStore),
            Capability::ObjectStore => ObjectOptions::deserialize(options).map(Self::ObjectStore),
            Capability::Queue => QueueOptions::deserialize(options).map(Self::Queue),
            Capability::Sql => SqlOptions::deserialize(options).map(Self::Sql),
            other => return Err(Error::new(ErrorKind::Config, format!("`{other}` is no store: {}", known()))),
        };
        read.map_err(|error| {
            let message = palisade_core::text::escape(error.to_string().trim(), palisade_core::text::MAX_SENTENCE);
            Error::new(ErrorKind::Config, format!("options of the {kind}: {message}"))
        })
    }

    /// Which kind it is.
    #[must_use]
    pub fn kind(&self) -> Capability {
        match self {
            Self::VectorStore(_) => Capability::VectorStore,
            Self::KeyValueStore(_) => Capability::KeyValueStore,
            Self::ObjectStore(_) => Capability::ObjectStore,
            Self::Queue(_) => Capability::Queue,
            Self::Sql(_) => Capability::Sql,
        }
    }

    /// The store with these options, in this place. It is opened when it is first used.
    #[must_use]
    pub fn open(self, place: impl Into<Place>) -> Arc<dyn Provider> {
        let place = place.into();
        match self {
            Self::VectorStore(options) => Arc::new(VectorStore::new(place).with(options)),
            Self::KeyValueStore(options) => Arc::new(KeyValueStore::new(place).with(options)),
            Self::ObjectStore(options) => Arc::new(ObjectStore::new(place).with(options)),
            Self::Queue(options) => Arc::new(Queue::new(place).with(options)),
            Self::Sql(options) => Arc::new(Sql::new(place).with(options)),
        }
    }
}

fn known() -> String {
    let names: Vec<_> = Capability::STORES.iter().map(|kind| kind.name()).collect();
    format!("name one of {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_unknown_ones_are_refused() {
        for &kind in Capability::STORES {
            let store = Settings::read(kind, toml::Table::new()).unwrap().open(None);
            assert_eq!(store.capabilities(), [kind]);
            store.catalogue().validate(&[kind]).unwrap();
            let refused = |text: &str| {
                let options: toml::Table = text.parse().unwrap();
                let error = Settings::read(kind, options).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Config);
                error.message().to_owned()
            };
            assert!(refused("qouta = \"1MiB\"").contains("unknown field `qouta`, expected"));
            let message = refused("quota = \"much\"");
            assert!(message.contains("`much` is no size: write for example \"64MiB\""), "{message}");
        }
        let error = Settings::read(Capability::Chat, toml::Table::new()).unwrap_err();
        assert!(error.message().starts_with("`chat` is no store: name one of vector-store, "), "{error}");
    }

    #[test]
    fn a_table_may_name_its_store() {
        let read = |text: &str| toml::from_str::<Settings>(text);
        let settings = read("store = \"sql\"\ntimeout = \"1s\"").unwrap();
        let options = SqlOptions { timeout: std::time::Duration::from_secs(1), ..SqlOptions::default() };
        assert_eq!(settings, Settings::Sql(options));
        assert!(
            read("store = \"queue\"\ntimeout = \"1s\"").unwrap_err().to_string().contains("unknown field `timeout`")
        );
    }
}
