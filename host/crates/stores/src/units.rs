//! Sizes and times of the options, as people write them in a configuration: `"64MiB"`, `"5s"`.

/// A number of bytes.
pub(crate) mod bytes {
    use bytesize::ByteSize;
    use serde::{Deserialize, Deserializer, de};

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        let text = String::deserialize(deserializer)?;
        let size: Result<ByteSize, _> = text.parse();
        match size.map(|size| size.as_u64()) {
            Ok(bytes) if bytes > 0 => Ok(bytes),
            _ => Err(de::Error::custom(format!("`{text}` is no size: write for example \"64MiB\""))),
        }
    }
}

/// A time.
pub(crate) mod time {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, de};

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(deserializer)?;
        match humantime::parse_duration(&text) {
            Ok(time) if !time.is_zero() => Ok(time),
            _ => Err(de::Error::custom(format!("`{text}` is no time: write for example \"5s\""))),
        }
    }
}

/// A size as people read it.
pub(crate) fn size(bytes: u64) -> String {
    bytesize::ByteSize::b(bytes).display().iec().to_string()
}
