//! Vectors on their way: numbers where people may read them, bytes elsewhere, since there are many.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_bytes::ByteBuf;

struct Borrowed<'a>(&'a [f32]);

impl Serialize for Borrowed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return self.0.serialize(serializer);
        }
        let bytes: Vec<_> = self.0.iter().flat_map(|number| number.to_le_bytes()).collect();
        serializer.serialize_bytes(&bytes)
    }
}

struct Owned(Vec<f32>);

impl<'de> Deserialize<'de> for Owned {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return Vec::deserialize(deserializer).map(Self);
        }
        let bytes = ByteBuf::deserialize(deserializer)?;
        let (numbers, rest) = bytes.as_chunks();
        if !rest.is_empty() {
            return Err(D::Error::custom("a vector of bytes that are no numbers"));
        }
        Ok(Self(numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()))
    }
}

/// One vector.
pub(crate) mod one {
    use super::{Borrowed, Deserialize as _, Deserializer, Owned, Serialize as _, Serializer};

    pub(crate) fn serialize<S: Serializer>(vector: &[f32], serializer: S) -> Result<S::Ok, S::Error> {
        Borrowed(vector).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f32>, D::Error> {
        Owned::deserialize(deserializer).map(|Owned(vector)| vector)
    }
}

/// One, or none.
pub(crate) mod optional {
    use super::{Borrowed, Deserialize as _, Deserializer, Owned, Serialize as _, Serializer};

    pub(crate) fn serialize<S: Serializer>(vector: &Option<Vec<f32>>, serializer: S) -> Result<S::Ok, S::Error> {
        vector.as_deref().map(Borrowed).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<f32>>, D::Error> {
        Ok(Option::<Owned>::deserialize(deserializer)?.map(|Owned(vector)| vector))
    }
}

/// Several.
pub(crate) mod many {
    use super::{Borrowed, Deserialize as _, Deserializer, Owned, Serializer};

    pub(crate) fn serialize<S: Serializer>(vectors: &[Vec<f32>], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(vectors.iter().map(|vector| Borrowed(vector)))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Vec<f32>>, D::Error> {
        let vectors = Vec::<Owned>::deserialize(deserializer)?;
        Ok(vectors.into_iter().map(|Owned(vector)| vector).collect())
    }
}
