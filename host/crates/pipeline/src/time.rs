//! Times with their unit, such as `30s`.

use std::{fmt, time::Duration};

use serde::{Deserializer, Serializer, de};

#[expect(clippy::ref_option, reason = "serde asks for this")]
pub(crate) fn serialize<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.collect_str(&humantime::format_duration(*time)),
        None => serializer.serialize_none(),
    }
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    deserializer.deserialize_str(Visitor).map(Some)
}

struct Visitor;

impl de::Visitor<'_> for Visitor {
    type Value = Duration;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a time such as \"30s\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Duration, E> {
        let time = humantime::parse_duration(text);
        time.map_err(|error| E::custom(format!("`{}` is no time: {error}", palisade::text::escape(text, 40))))
    }
}
