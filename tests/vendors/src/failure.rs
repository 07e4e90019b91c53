//! The ways in which a vendor says no.

use std::str::FromStr;

/// How a request fails. Each vendor says it in its own shape.
///
/// A request asks for a failure with a word anywhere in its body, such as `fail:unavailable` or `fail:rate-limited:7`; a test
/// may also queue one with [`Running::fail_next`](crate::Running::fail_next).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// `invalid`: the request makes no sense.
    Invalid,
    /// `unauthorized`: the credential is missing or wrong.
    Unauthorized,
    /// `no-credit`: there is no money left.
    NoCredit,
    /// `forbidden`: this credential may not do this.
    Forbidden,
    /// `not-found`: there is no such model.
    NotFound,
    /// `too-large`: the request is longer than it may be.
    TooLarge,
    /// `rate-limited`, or `rate-limited:7` with a hint: too many requests.
    RateLimited {
        /// After how many seconds to come again, where the vendor says so.
        retry_after: Option<u32>,
    },
    /// `internal`: the vendor has a bug.
    Internal,
    /// `unavailable`: the vendor is down.
    Unavailable,
    /// `overloaded`: the vendor has too much to do.
    Overloaded,
    /// `policy`: the vendor does not want to serve this content.
    Policy,
    /// `withheld`: the vendor accepts the request, and then withholds what came out.
    Withheld,
    /// `midway`: the vendor accepts the request, and fails while it is served.
    Midway,
}

impl Failure {
    /// Reads what the body of a request asks for.
    pub(crate) fn asked_for(body: &[u8]) -> Option<Self> {
        const MARK: &[u8] = b"fail:";
        let at = body.windows(MARK.len()).position(|window| window == MARK)?;
        let word = body.get(at + MARK.len()..)?;
        let end = word.iter().position(|byte| !(byte.is_ascii_alphanumeric() || b"-:".contains(byte)));
        let word = word.get(..end.unwrap_or(word.len()))?;
        std::str::from_utf8(word).ok()?.trim_end_matches([':', '-']).parse().ok()
    }

    /// Whether the request is accepted first.
    pub(crate) fn comes_later(self) -> bool {
        matches!(self, Self::Withheld | Self::Midway)
    }
}

impl FromStr for Failure {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Ok(match word {
            "invalid" => Self::Invalid,
            "unauthorized" => Self::Unauthorized,
            "no-credit" => Self::NoCredit,
            "forbidden" => Self::Forbidden,
            "not-found" => Self::NotFound,
            "too-large" => Self::TooLarge,
            "rate-limited" => Self::RateLimited { retry_after: None },
            "internal" => Self::Internal,
            "unavailable" => Self::Unavailable,
            "overloaded" => Self::Overloaded,
            "policy" => Self::Policy,
            "withheld" => Self::Withheld,
            "midway" => Self::Midway,
            word => {
                let seconds = word.strip_prefix("rate-limited:").and_then(|seconds| seconds.parse().ok());
                Self::RateLimited { retry_after: Some(seconds.ok_or(())?) }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_asks_for_a_failure_with_a_word() {
        let hint = |retry_after| Some(Failure::RateLimited { retry_after });
        for (body, expected) in [
            (r#"{"prompt": "fail:policy"}"#, Some(Failure::Policy)),
            ("please fail:unavailable. Thanks", Some(Failure::Unavailable)),
            ("fail:rate-limited", hint(None)),
            ("fail:rate-limited: now", hint(None)),
            ("fail:rate-limited:7\\n", hint(Some(7))),
            ("they fail: often", None),
            ("fail:unknown", None),
            ("", None),
        ] {
            assert_eq!(Failure::asked_for(body.as_bytes()), expected, "{body}");
        }
        assert_eq!(Failure::asked_for(b"\xff\xfe fail:internal\xff"), Some(Failure::Internal));
    }
}
