//! Every way in which something here can fail: a stable code, whom it concerns, and a remedy of one line.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Whom an error concerns: what a program's exit code or an HTTP status is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// The request or the command is wrong.
    Request,
    /// No provider fits.
    Routing,
    /// The component was refused when it was loaded.
    Component,
    /// The provider hit a wall of the sandbox, or broke its contract.
    Sandbox,
    /// The provider ran and answered that it failed.
    Provider,
    /// The configuration, a file or the host itself.
    Host,
}

macro_rules! error_kinds {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $class:ident, $retry:literal, $remedy:literal;)+) => {
        /// What went wrong, to match on. [`ErrorKind::code`] is stable; the texts are not.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $($(#[$doc])* $variant,)+
        }

        impl ErrorKind {
            /// All kinds, in the order of their classes.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The stable code: what logs, JSON and tests name it by.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// Whom it concerns.
            #[must_use]
            pub const fn class(self) -> ErrorClass {
                match self { $(Self::$variant => ErrorClass::$class,)+ }
            }

            /// Whether the same call may succeed when it is tried again, here or elsewhere.
            #[must_use]
            pub const fn is_retryable(self) -> bool {
                match self { $(Self::$variant => $retry,)+ }
            }

            /// What to do about it, in one line.
            #[must_use]
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy,)+ }
            }
        }
    };
}

error_kinds! {
    /// The request is wrong for every provider.
    InvalidInput = "invalid-input", Request, false, "correct the named field of the request";
    /// The request is right, but more than this model takes.
    LimitExceeded = "limit-exceeded", Request, false, "ask for less, or choose a model with a higher limit";
    /// The provider does not have what was asked for.
    Unsupported = "unsupported", Request, false, "leave the parameter out, or require it so that another provider is chosen";
    /// A text is no id.
    InvalidId = "invalid-id", Request, false, "use 1 to 64 of a-z, 0-9, `.`, `_`, `-`, starting with a letter or digit";
    /// The id is taken.
    AlreadyExists = "already-exists", Request, false, "unregister the one that has it first, or register under another id";
    /// The idempotency key was used for another request.
    KeyConflict = "key-conflict", Request, false, "use a key of its own for each request, and the same one only to repeat it";
    /// No provider has this id.
    UnknownProvider = "unknown-provider", Request, false, "name a registered provider: `palisade providers` lists them";
    /// No context has this name.
    UnknownContext = "unknown-context", Request, false, "name a context of the configuration, or add `[contexts.NAME]` to it";
    /// No job has this id.
    UnknownJob = "unknown-job", Request, false, "name a job that `palisade jobs` lists";
    /// No resource, function or constructor has this name.
    UnknownResource = "unknown-resource", Request, false, "name one that is registered, or register it first";
    /// A resource is of another type than it was asked for as.
    ResourceType = "resource-type", Request, false, "ask for it as the type that the message names";
    /// No capability has this name.
    UnknownCapability = "unknown-capability", Request, false, "name one of the capabilities of this version";
    /// A pipeline makes no sense.
    Pipeline = "pipeline", Request, false, "correct the named place of the pipeline; `palisade pipeline check` names all of them";

    /// No provider fits the request.
    NoProvider = "no-provider", Routing, false, "relax a criterion, or register a provider that fits";

    /// Several stores could be meant, and what one has the others have not.
    AmbiguousStore = "ambiguous-store", Routing, false, "name the provider that keeps the data, for example with `--model`";

    /// A budget has too little left for the call, or nobody knows what the call may cost.
    Budget = "budget", Routing, false, "wait until the budget begins anew, raise it, or pin a price of the model in the configuration";

    /// The bytes are no component.
    NotAComponent = "not-a-component", Component, false, "build a WebAssembly component, for example with `cargo xtask guests`";
    /// The bytes begin as a component but break its rules.
    Malformed = "malformed", Component, false, "get the file again, or build it again";
    /// The component is larger than the limit.
    TooLarge = "too-large", Component, false, "build it smaller, or raise `limits.component`";
    /// The component costs more to compile than it may.
    CompileLimit = "compile-limit", Component, false, "build it smaller and with less nesting, or raise `limits.compile-memory`, `limits.compile-cpu-time` and `limits.compile-timeout`";
    /// The component uses a feature of WebAssembly that is off here.
    UnsupportedFeature = "unsupported-feature", Component, false, "build it without the named feature of WebAssembly";
    /// The component imports something that was not granted.
    UngrantedImport = "ungranted-import", Component, false, "build it without the import: palisade:provider and WASI 0.2 are linked, and `wasi:http` for who has an `allow`";
    /// The component does not export what a provider must.
    WrongWorld = "wrong-world", Component, false, "export `catalog`, `health` and a capability of palisade:provider@0.1";
    /// The component speaks other versions of the interface than this host.
    WrongVersion = "wrong-version", Component, false, "build it again with an SDK of a version that this host speaks, or use a host that speaks its own: `palisade inspect` lists both";
    /// An interface has the right name and other types.
    WrongInterface = "wrong-interface", Component, false, "build it again against the WIT package of this host";
    /// What the provider says of itself breaks the rules.
    InvalidCatalogue = "invalid-catalogue", Component, false, "correct what `describe` and `models` return";

    /// The provider used up its fuel.
    FuelExhausted = "fuel-exhausted", Sandbox, false, "ask for less, or raise `limits.fuel` of this provider";
    /// The call took longer than it may.
    Deadline = "deadline", Sandbox, true, "ask for less, or give the call more time: `limits.timeout` of this provider, or your own timeout";
    /// The provider computed longer than it may.
    CpuLimit = "cpu-limit", Sandbox, false, "ask for less, or raise `limits.cpu-time` of this provider";
    /// The provider kept a streamed response waiting longer than it may.
    Stalled = "stalled", Sandbox, true, "try again, or raise `limits.first-event-timeout` or `limits.event-gap-timeout` of this provider";
    /// The provider wanted more memory than it may have.
    MemoryLimit = "memory-limit", Sandbox, false, "ask for less, or raise `limits.memory` of this provider";
    /// The provider wanted more tables, instances or handles, or a larger table, than it may have.
    ResourceLimit = "resource-limit", Sandbox, false, "report it to the author of the provider: the limit is meant to be out of reach";
    /// The provider called the host more often than it may.
    HostCallLimit = "host-call-limit", Sandbox, false, "raise `limits.host-calls` of this provider, or report it to its author";
    /// The provider handed over more bytes than it may.
    ResultTooLarge = "result-too-large", Sandbox, false, "ask for less, or raise `limits.result` of this provider";
    /// The provider tried to send a secret of the operator's somewhere that it is not for.
    Leak = "leak", Sandbox, false, "see whether the request holds the secret; else stop the provider, which is never given one";
    /// The provider crashed.
    Trap = "trap", Sandbox, true, "read the provider's log, and report it to its author";
    /// The provider answered something that makes no sense.
    BadOutput = "bad-output", Sandbox, true, "report it to the author of the provider";

    /// The content was refused.
    ContentPolicy = "content-policy", Provider, false, "change the content of the request";
    /// The credential is missing or wrong, or an address was not granted.
    Auth = "auth", Provider, false, "check the credential and the `allow` of this provider: `palisade inspect` shows what it asks for";
    /// The account has no credit left.
    InsufficientCredit = "insufficient-credit", Provider, false, "top up the account of this provider";
    /// The upstream does not know the model.
    ModelNotFound = "model-not-found", Provider, false, "name a model that `palisade providers` lists";
    /// Too many requests.
    RateLimited = "rate-limited", Provider, true, "wait, or let another provider serve";
    /// The upstream is overloaded.
    Overloaded = "overloaded", Provider, true, "wait, or let another provider serve";
    /// The upstream took too long.
    UpstreamTimeout = "upstream-timeout", Provider, true, "try again, or let another provider serve";
    /// The upstream failed.
    Upstream = "upstream", Provider, true, "try again, or let another provider serve";
    /// Paid work of this idempotency key was or may have been done, and its result is not known here.
    MaybeBilled = "maybe-billed", Provider, false, "ask the named provider what became of it, then use a new idempotency key to have it done again";
    /// The call was cancelled.
    Cancelled = "cancelled", Provider, false, "call again when the result is wanted after all";
    /// The provider says that it failed, and not why.
    ProviderFailed = "provider-failed", Provider, true, "read the provider's log, and report it to its author";

    /// The configuration is wrong.
    Config = "config", Host, false, "correct the named line of the configuration";
    /// A file could not be read or written.
    Io = "io", Host, false, "check that the path exists and may be read or written";
    /// The keyring of the system cannot be asked, or does not answer.
    KeyringUnavailable = "keyring-unavailable", Host, false, "unlock the keyring of the session, or name the secret by `env:NAME` or `file:PATH`";
    /// There is no project of a provider in a folder, or none can be made there.
    Project = "project", Host, false, "name a folder with a project, which `palisade new` makes, or another name";
    /// A tool that builds a project is not installed.
    MissingTool = "missing-tool", Host, false, "install what the message names, and run the command again";
    /// A tool found something wrong with a project.
    BuildFailed = "build-failed", Host, false, "correct what the tool says of the project";
    /// As many calls are under way as this host can hold.
    HostBusy = "host-busy", Host, true, "wait, or run fewer calls at one time";
    /// As many calls of this provider are under way and waiting as it may have.
    ProviderBusy = "provider-busy", Host, true, "wait, let another provider serve, or raise `limits.concurrency` or `limits.queue` of this provider";
    /// The provider is registered, and is not to serve now.
    NotServing = "not-serving", Host, true, "let another provider serve, or see what `palisade health` says of this one";
    /// Nobody was named to compile components.
    NoCompiler = "no-compiler", Host, false, "call `palisade::init()` first in `main`, or choose a `Compiler` for the host";
    /// This machine cannot confine a process as `isolation = "process"` promises.
    IsolationUnavailable = "isolation-unavailable", Host, false, "run `palisade doctor`, and give this machine what it lacks, or choose `isolation = \"in-process\"`";
    /// The host is shutting down.
    Shutdown = "shutdown", Host, true, "open a new host";
    /// The host itself failed: a defect of Palisade, or a machine without the means.
    Internal = "internal", Host, true, "report it with the message";
}

impl<'de> Deserialize<'de> for ErrorKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        let known = Self::ALL.iter().copied().find(|kind| kind.code() == code);
        known.ok_or_else(|| de::Error::custom("it is the code of no error that this version knows"))
    }
}

impl Serialize for ErrorKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_is_unique_and_every_remedy_is_one_line() {
        let codes: BTreeSet<_> = ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
        assert_eq!(codes.len(), ErrorKind::ALL.len());
        for kind in ErrorKind::ALL {
            assert!(kind.code().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{kind:?}");
            assert!(!kind.remedy().is_empty() && !kind.remedy().contains('\n'), "{kind:?}");
        }
    }

    #[test]
    fn the_documentation_lists_every_code_with_its_remedy() {
        let page = include_str!("../../../../docs/errors.md");
        for kind in ErrorKind::ALL {
            let row = page.lines().find(|line| line.starts_with(&format!("| `{}` |", kind.code())));
            let row = row.unwrap_or_else(|| panic!("docs/errors.md has no `{}`", kind.code()));
            let again = if kind.is_retryable() { "yes" } else { "no" };
            assert!(row.ends_with(&format!("| {again} | {} |", kind.remedy())), "{row}");
            assert!(row.contains(&format!("| {:?} |", kind.class()).to_lowercase()), "{row}");
        }
        assert_eq!(page.lines().filter(|line| line.starts_with("| `")).count(), ErrorKind::ALL.len());
    }
}
