//! Every finding: a stable code, how bad it is, and what to change.

use palisade_core::ErrorKind;
use serde::{Serialize, Serializer};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Good to know.
    Note,
    /// Callers will be surprised.
    Warning,
    /// The component does not pass.
    Error,
}

impl Severity {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $severity:ident, $change:literal;)+) => {
        /// What was found. [`Code::as_str`] is stable; the texts are not.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $variant,)+
            /// The host ended a call, or refused the component, with an error of this kind.
            Error(ErrorKind),
        }

        impl Code {
            /// All codes but those of errors, which have a table of their own.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The stable code.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                    Self::Error(kind) => kind.code(),
                }
            }

            /// How bad it is, where nothing else is said.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self {
                    $(Self::$variant => Severity::$severity,)+
                    Self::Error(_) => Severity::Error,
                }
            }

            /// What to change.
            #[must_use]
            pub const fn change(self) -> &'static str {
                match self {
                    $(Self::$variant => $change,)+
                    Self::Error(kind) => error_change(kind),
                }
            }
        }
    };
}

codes! {
    /// It exports an interface that this host does not know.
    UnknownInterface = "unknown-interface", Note, "nobody calls it here: export what this version of palisade:provider has, or leave it out";
    /// The settings that it was given do not follow its schema.
    ConfigRefused = "config-refused", Warning, "give the settings that it needs with `--set KEY=VALUE`, or let its schema take none";
    /// Two fresh instances describe themselves differently.
    DescribeDiffers = "describe-differs", Error, "return the same from `describe` and `models` for the same settings: the host asks once and keeps the answer";
    /// Describing itself takes much.
    DescribeCostly = "describe-costly", Warning, "do no work before the first call: keep `describe` and `models` to constants";
    /// It says in no sentence what it is.
    NoSummary = "no-summary", Note, "give `describe` a summary of one sentence: people choose by it";
    /// No model serves a capability that it exports.
    CapabilityWithoutModel = "capability-without-model", Error, "name the capability in a model of the catalogue, or do not export it";
    /// It does not say what a model costs.
    PriceUnknown = "price-unknown", Note, "say what the model costs, or that it is free: an unknown price loses against every known one";
    /// It says that it could not serve.
    Unhealthy = "unhealthy", Warning, "let the health check fail only when a call would";
    /// A request that the catalogue allows was refused.
    ValidRefused = "valid-refused", Error, "serve what the catalogue allows, or let the catalogue say what is taken";
    /// A request that the catalogue allows failed otherwise.
    ValidFails = "valid-fails", Error, "serve what the catalogue allows; the log of the call says more";
    /// Nothing that was asked for was served.
    NothingServed = "nothing-served", Warning, "give a request that it serves with `--request FILE`";
    /// A bad request was served without a word.
    BadInputAccepted = "bad-input-accepted", Warning, "refuse it with `invalid-input`, `limit-exceeded` or `unsupported` and the field, or serve it with a warning";
    /// A bad request ended with a failure that does not say what is wrong with it.
    UntypedFailure = "untyped-failure", Error, "answer a bad request with `invalid-input`, `limit-exceeded`, `unsupported` or `content-policy`, not with a failure of your own";
    /// A parameter that the catalogue lacks was taken without a word.
    UnsupportedAccepted = "unsupported-accepted", Warning, "list the parameter in the catalogue, or warn with `ignored-parameter`, and fail with `unsupported` when the caller is strict";
    /// A parameter that the catalogue lists has no effect.
    ParameterIgnored = "parameter-ignored", Error, "take the parameter out of the catalogue, or honour it";
    /// What was made is not what was asked for, and nothing says so.
    NotAsAsked = "not-as-asked", Error, "make what was asked for, or say with `adjusted-parameter` what was made";
    /// What was made is of another media type than the answer says.
    WrongMediaType = "wrong-media-type", Error, "give the media type of the bytes";
    /// What was made is of a media type that the catalogue does not list.
    UnlistedOutput = "unlisted-output", Warning, "list the media type among the output types of the model";
    /// The answer counts nothing.
    NoUsage = "no-usage", Note, "report what the call used: a price by the unit cannot be checked without";
    /// A stream ended without its `finish`.
    StreamWithoutFinish = "stream-without-finish", Error, "end every stream with one `finish`, and then with nothing";
    /// A stream goes on until a limit stops it.
    StreamWithoutEnd = "stream-without-end", Error, "end the stream: every answer is finite";
    /// A long response comes in one piece.
    StreamInOnePiece = "stream-in-one-piece", Note, "hand over each piece as soon as it is there";
    /// The pieces are not the whole.
    StreamDiffers = "stream-differs", Error, "give the same answer whether somebody listens or not";
    /// The same seed and request give another response.
    SeedDiffers = "seed-differs", Error, "derive everything random from the seed alone, or take `seed` out of the catalogue";
    /// All seeds give the same response.
    SeedWithoutEffect = "seed-without-effect", Warning, "let the seed decide what is random, or take it out of the catalogue";
    /// An instance keeps more with every call.
    MemoryGrows = "memory-grows", Error, "let go of what a call has made when it ends: an instance may serve many calls";
    /// A call costs more the more calls came before.
    FuelGrows = "fuel-grows", Warning, "keep the work of a call apart from the calls before: look for a list that only grows";
    /// An instance that has served calls answers otherwise than a fresh one.
    Remembers = "remembers", Warning, "keep nothing between calls that changes an answer";
    /// A job goes on however often it is asked after.
    JobWithoutEnd = "job-without-end", Error, "let every job end: as `succeeded`, `failed`, `cancelled` or `expired`";
    /// Only the instance that gave a token can read it.
    TokenNeedsInstance = "token-needs-instance", Error, "put all that finds the job again into the token: another instance asks after it, maybe after a restart";
    /// Jobs of different requests have the same token.
    SameToken = "same-token", Error, "give each job a token of its own: it is all that the host knows of it";
    /// A token that nobody gave is the token of a job.
    UnknownTokenAccepted = "unknown-token-accepted", Error, "fail with `internal`, or answer `expired`, where a token is none of yours";
    /// A job that has ended is told otherwise later.
    JobDiffers = "job-differs", Error, "answer the same for a job that has ended, or `expired` once its result is gone";
    /// What became of a job is not what its cancellation said.
    CancelUntrue = "cancel-untrue", Warning, "answer `cancelled` where the job stops, `too-late` where it has ended, `unsupported` where nothing is done, as the catalogue says";
    /// A request for which nothing is recorded.
    NotRecorded = "not-recorded", Warning, "record it: `palisade check COMPONENT --record FOLDER --provider ID`, with the same options and settings";
    /// An instance fails after calls that it served.
    FailsWhenReused = "fails-when-reused", Error, "leave an instance as it was found: it may serve many calls";
}

/// What the author of a component changes where the host stopped it.
const fn error_change(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Trap => "return a failure instead of crashing: the log of the call says where",
        ErrorKind::BadOutput => "return what the interface asks for",
        ErrorKind::FuelExhausted | ErrorKind::CpuLimit | ErrorKind::Deadline | ErrorKind::Stalled => {
            "do less in one call, or refuse what takes longer with `limit-exceeded`"
        }
        ErrorKind::MemoryLimit => "hold less at one time, or refuse what takes more with `limit-exceeded`",
        ErrorKind::ResultTooLarge => "hand over less at one time, or refuse what takes more with `limit-exceeded`",
        ErrorKind::HostCallLimit => "call the host less often",
        ErrorKind::ResourceLimit => "give handles back as soon as they are used",
        kind => kind.remedy(),
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_is_unique_and_says_what_to_change_in_one_line() {
        let errors: BTreeSet<_> = ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
        let codes: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes.len(), Code::ALL.len());
        assert!(codes.is_disjoint(&errors), "an error and a finding share a code");
        for code in Code::ALL {
            assert!(!code.change().is_empty() && !code.change().contains('\n'), "{code:?}");
        }
    }

    #[test]
    fn the_documentation_lists_every_code() {
        let page = include_str!("../../../../docs/checking.md");
        for code in Code::ALL {
            let row = page.lines().find(|line| line.starts_with(&format!("| `{}` |", code.as_str())));
            let row = row.unwrap_or_else(|| panic!("docs/checking.md has no `{}`", code.as_str()));
            assert!(row.starts_with(&format!("| `{}` | {} |", code.as_str(), code.severity().name())), "{row}");
            assert!(row.ends_with(&format!("| {} |", code.change())), "{row}");
        }
    }
}
