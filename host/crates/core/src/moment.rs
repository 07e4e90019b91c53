//! Points in time, as people write them.

use std::{fmt, str::FromStr, time::SystemTime};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Seconds since 1970. As text it is a date, which is its first second in UTC, or a time of RFC 3339 in UTC:
/// `2027-01-01`, `2027-01-01T12:00:00Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub u64);

/// Seconds of a day.
const DAY: u64 = 24 * 3600;
/// The last second of the year 9999: there is no text for what comes later.
const LAST: u64 = 253_402_300_799;

impl Moment {
    /// This moment.
    #[must_use]
    pub fn now() -> Self {
        SystemTime::now().into()
    }
}

impl From<SystemTime> for Moment {
    fn from(time: SystemTime) -> Self {
        Self(time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs())
    }
}

/// A text that is no moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidMoment(String);

impl fmt::Display for InvalidMoment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = crate::text::escape(&self.0, 40);
        write!(formatter, "`{text}` is no date: write for example `2027-01-01` or `2027-01-01T12:00:00Z`")
    }
}

impl std::error::Error for InvalidMoment {}

impl FromStr for Moment {
    type Err = InvalidMoment;

    fn from_str(text: &str) -> Result<Self, InvalidMoment> {
        let is_date = text.len() == "2027-01-01".len();
        let whole = if is_date { format!("{text}T00:00:00Z") } else { text.to_owned() };
        humantime::parse_rfc3339(&whole).map(Self::from).map_err(|_| InvalidMoment(text.to_owned()))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.min(LAST);
        let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        let text = humantime::format_rfc3339_seconds(time).to_string();
        let date = text.split('T').next().filter(|_| seconds.is_multiple_of(DAY));
        formatter.pad(date.unwrap_or(&text))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_date_is_its_first_second() {
        for (text, seconds) in [("1970-01-02", DAY), ("2027-01-01", 1_798_761_600), ("1970-01-01T00:00:59Z", 59)] {
            assert_eq!(text.parse(), Ok(Moment(seconds)), "{text}");
        }
        for bad in ["", "2027", "2027-13-01", "2027-02-30", "01.01.2027", "2027-01-01T12:00:00", "2027-01-ä1"] {
            let error = bad.parse::<Moment>().unwrap_err().to_string();
            assert!(error.contains("is no date"), "{bad}: {error}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(seconds in prop_oneof![0..=LAST, (0..=LAST / DAY).prop_map(|day| day * DAY)]) {
            prop_assert_eq!(Moment(seconds).to_string().parse(), Ok(Moment(seconds)));
        }
    }
}
