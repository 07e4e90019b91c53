//! Finding a Rust toolchain that can build guests: the one that is there, with rustup's help, or from Debian's packages.

use std::{fmt, path::Path, time::Duration};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::{
    debian,
    process::{Environment, on_path, run_limited},
    rustc::{self, TARGET},
};

/// Without a network rustup retries for a while, and where packets are dropped silently it would hang.
const RUSTUP_LIMIT: Duration = Duration::from_secs(180);

/// Which routes may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Choice {
    /// The first of the others that works.
    Auto,
    /// The active toolchain as it is.
    Installed,
    /// The active toolchain, to which rustup adds the target.
    Rustup,
    /// Debian's own compiler and its std source, unpacked into the target folder; std is built by cargo.
    Debian,
}

/// The way by which a toolchain was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Installed,
    Rustup,
    Debian,
}

impl Choice {
    fn routes(self) -> &'static [Route] {
        match self {
            Choice::Auto => &[Route::Installed, Route::Rustup, Route::Debian],
            Choice::Installed => &[Route::Installed],
            Choice::Rustup => &[Route::Rustup],
            Choice::Debian => &[Route::Debian],
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Route::Installed => "installed",
            Route::Rustup => "rustup",
            Route::Debian => "debian",
        })
    }
}

/// An environment under which `cargo build --target wasm32-unknown-unknown` works.
#[derive(Debug)]
pub(crate) struct Toolchain {
    pub(crate) route: Route,
    /// Such as `rustc 1.95.0`.
    pub(crate) version: String,
    pub(crate) environment: Environment,
    /// The name of the target folder. It is shared by toolchains with the same compiler, and never with the host's build,
    /// whose lock would block a `cargo xtask guests` that a build script or a test waits for.
    pub(crate) build_folder: &'static str,
}

impl fmt::Display for Toolchain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}, {TARGET}", self.route, self.version)
    }
}

/// No route leads to a toolchain on this machine; holds what each of them lacked.
#[derive(Debug)]
pub(crate) struct Unavailable {
    reasons: Vec<(Route, String)>,
}

impl Unavailable {
    /// Returns what the last of the tried routes lacked.
    pub(crate) fn last_reason(&self) -> &str {
        self.reasons.last().map_or("nothing was tried", |(_, reason)| reason)
    }
}

impl std::error::Error for Unavailable {}

impl fmt::Display for Unavailable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "no Rust toolchain here can build guests for {TARGET}")?;
        for (number, (route, reason)) in self.reasons.iter().enumerate() {
            write!(formatter, "{}{route}: {reason}", if number == 0 { " (" } else { "; " })?;
        }
        write!(formatter, "); run `rustup target add {TARGET}`, or try again with a network")
    }
}

/// Finds a toolchain by the first route that works. `cache` is the folder in which Debian's packages are unpacked.
///
/// # Errors
///
/// [`Unavailable`] if no route works.
pub(crate) fn find(choice: Choice, cache: &Path, base: &Environment) -> Result<Toolchain> {
    let mut reasons = Vec::new();
    for &route in choice.routes() {
        let found = match route {
            Route::Installed => installed(base),
            Route::Rustup => rustup(base),
            Route::Debian => debian::prepare(&cache.join("debian"), base),
        };
        match found {
            Ok(environment) => {
                let version = rustc::version(&environment)?;
                let build_folder = if route == Route::Debian { "build-debian" } else { "build" };
                return Ok(Toolchain { route, version, environment, build_folder });
            }
            Err(error) => reasons.push((route, format!("{error:#}"))),
        }
    }
    Err(Unavailable { reasons }.into())
}

fn installed(base: &Environment) -> Result<Environment> {
    if !rustc::has_target(base)? {
        bail!("the target is not installed");
    }
    Ok(base.clone())
}

fn rustup(base: &Environment) -> Result<Environment> {
    if !on_path("rustup") {
        bail!("there is no rustup on the search path");
    }
    let mut command = base.command("rustup");
    command.args(["target", "add", TARGET]).env("RUST_BACKTRACE", "0");
    run_limited(&mut command, RUSTUP_LIMIT)?;
    installed(base).context("rustup succeeded, but another rustc is active")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auto_tries_the_cheapest_first() {
        assert_eq!(Choice::Auto.routes(), [Route::Installed, Route::Rustup, Route::Debian]);
        assert_eq!(Choice::Debian.routes(), [Route::Debian]);
    }

    #[test]
    fn a_machine_without_a_toolchain_gets_one_sentence() {
        let error =
            Unavailable { reasons: vec![(Route::Installed, "no target".into()), (Route::Rustup, "no rustup".into())] };
        assert_eq!(
            error.to_string(),
            "no Rust toolchain here can build guests for wasm32-unknown-unknown (installed: no target; rustup: no rustup); \
             run `rustup target add wasm32-unknown-unknown`, or try again with a network"
        );
        assert_eq!(error.last_reason(), "no rustup");
    }
}
