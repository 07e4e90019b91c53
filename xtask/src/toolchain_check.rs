//! `cargo xtask guests --check-toolchains`: builds one guest by each route to a toolchain that this machine has.

use std::{
    fmt, fs,
    net::TcpListener,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{
    component,
    files::remove_folder,
    guests::{self, Guest},
    process::{Environment, on_path, run},
    rustc::{self, TARGET},
    toolchain::{self, Choice, Route, Unavailable},
    workspace::Workspace,
};

/// A machine as a route to a toolchain finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Machine {
    /// This one.
    Present,
    /// A rustup home of its own, with a copy of the active toolchain that lacks the target.
    WithoutTarget,
    /// The same, and rustup's server does not answer, so that Debian's packages remain.
    Offline,
}

#[derive(Debug)]
enum Outcome {
    Works { version: String, bytes: usize, time: Duration },
    NotHere(String),
    Failed(String),
}

/// Builds the smallest guest on each machine and prints a line for each.
///
/// # Errors
///
/// Fails if a route leads to a toolchain that then does not build the guest. A route that this machine lacks is no error.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let guest = smallest(workspace).context("the workspace has no guests")?;
    let cache = workspace.target.join("guest");
    let _lock = guests::lock(&cache)?;
    println!("building the guest `{}` by each route", guest.name);
    let mut failed = 0_usize;
    for machine in [Machine::Present, Machine::WithoutTarget, Machine::Offline] {
        let outcome = attempt(workspace, &guest, machine, &cache).unwrap_or_else(|error| match error.downcast_ref() {
            Some(unavailable) => Outcome::NotHere(Unavailable::last_reason(unavailable).to_owned()),
            None => Outcome::Failed(format!("{error:#}")),
        });
        failed += usize::from(matches!(outcome, Outcome::Failed(_)));
        println!("{:<10} {outcome}", machine.route().to_string());
    }
    remove_folder(&cache.join("check/rustup-home"))?;
    if failed > 0 {
        bail!("{failed} of the routes to a toolchain failed");
    }
    Ok(())
}

impl Machine {
    /// The route that is expected to lead to the goal there.
    fn route(self) -> Route {
        match self {
            Machine::Present => Route::Installed,
            Machine::WithoutTarget => Route::Rustup,
            Machine::Offline => Route::Debian,
        }
    }

    fn choice(self) -> Choice {
        match self {
            Machine::Present => Choice::Installed,
            Machine::WithoutTarget => Choice::Rustup,
            Machine::Offline => Choice::Auto,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Works { version, bytes, time } => {
                write!(formatter, "ok ({version}, {bytes} bytes, {:.1} s)", time.as_secs_f64())
            }
            Outcome::NotHere(reason) => write!(formatter, "not available here: {reason}"),
            Outcome::Failed(error) => write!(formatter, "FAILED: {error}"),
        }
    }
}

/// Chooses the guest with the fewest dependencies, so that the check is about toolchains.
fn smallest(workspace: &Workspace) -> Option<Guest> {
    let dependencies = |guest: &Guest| {
        let package = workspace.packages.iter().find(|package| package.name == guest.name);
        package.map_or(0, |package| package.dependencies.len())
    };
    guests::guests(workspace).into_iter().min_by_key(|guest| (dependencies(guest), guest.name.clone()))
}

fn attempt(workspace: &Workspace, guest: &Guest, machine: Machine, cache: &Path) -> Result<Outcome> {
    let started = Instant::now();
    let mut base = Environment::default();
    if machine != Machine::Present {
        if !on_path("rustup") {
            return Ok(Outcome::NotHere("there is no rustup on the search path".into()));
        }
        let home = cache.join("check/rustup-home");
        let Some(name) = copy_toolchain(&home)? else {
            return Ok(Outcome::NotHere("the active toolchain is not one of rustup's own".into()));
        };
        base.set("RUSTUP_HOME", &home);
        base.set("RUSTUP_TOOLCHAIN", name);
    }
    if machine == Machine::Offline {
        base.set("RUSTUP_DIST_SERVER", format!("http://127.0.0.1:{}", closed_port()?));
    }
    let toolchain = toolchain::find(machine.choice(), cache, &base)?;
    if toolchain.route != machine.route() {
        return Ok(Outcome::NotHere(format!("the route `{}` led to a toolchain first", toolchain.route)));
    }
    // The compiler of the copy is that of the active toolchain, but what it has built must not be taken for fresh.
    let build = match machine {
        Machine::WithoutTarget => cache.join("check/build"),
        _ => cache.join(toolchain.build_folder),
    };
    run(guests::cargo(workspace, &toolchain, &build).args([
        "clean",
        "--quiet",
        "--profile",
        "guest",
        "--target",
        TARGET,
        "--package",
        &guest.name,
    ]))?;
    let modules = guests::compile(workspace, &toolchain, std::slice::from_ref(guest), &build)?;
    let module = modules.first().context("nothing was built")?;
    let out = tempfile::tempdir_in(cache)?;
    let component = component::update(module, &out.path().join("guest.wasm"), &out.path().join("stamp"))?;
    Ok(Outcome::Works { version: toolchain.version, bytes: component.bytes, time: started.elapsed() })
}

/// Makes a rustup home that holds the active toolchain without the target, and returns the toolchain's name there.
fn copy_toolchain(home: &Path) -> Result<Option<String>> {
    let sysroot = rustc::sysroot(&Environment::default())?;
    if !sysroot.join("lib/rustlib/multirust-channel-manifest.toml").is_file() {
        return Ok(None);
    }
    let Some(name) = sysroot.file_name().and_then(|name| name.to_str()) else { return Ok(None) };
    remove_folder(home)?;
    let copy = home.join("toolchains").join(name);
    copy_folder(&sysroot, &copy)?;
    let components = copy.join("lib/rustlib/components");
    let without: String = fs::read_to_string(&components)?
        .lines()
        .filter(|component| !component.contains(TARGET))
        .map(|component| format!("{component}\n"))
        .collect();
    fs::write(&components, without)?;
    let settings = copy.join("lib/rustlib/multirust-config.toml");
    fs::write(&settings, without_target(&fs::read_to_string(&settings)?)?)?;
    fs::write(home.join("settings.toml"), format!("version = \"12\"\ndefault_toolchain = \"{name}\"\n"))?;
    Ok(Some(name.to_owned()))
}

/// Takes the target out of rustup's list of a toolchain's components.
fn without_target(settings: &str) -> Result<String> {
    let mut settings: toml::Table = settings.parse().context("cannot read the settings of the toolchain")?;
    if let Some(components) = settings.get_mut("components").and_then(toml::Value::as_array_mut) {
        components.retain(|component| component.get("target").and_then(toml::Value::as_str) != Some(TARGET));
    }
    Ok(settings.to_string())
}

/// Copies a folder with hard links where that is possible. What rustup itself writes is copied, because it may write in place.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        if name == TARGET || name == "share" || name.to_string_lossy().contains(&format!("rust-std-{TARGET}")) {
            continue;
        }
        let (source, copy) = (entry.path(), to.join(&name));
        if entry.file_type()?.is_dir() {
            copy_folder(&source, &copy)?;
        } else if from.ends_with("rustlib") || fs::hard_link(&source, &copy).is_err() {
            fs::copy(&source, &copy).with_context(|| format!("cannot copy {}", source.display()))?;
        }
    }
    Ok(())
}

/// Returns a port of this machine at which nobody listens.
fn closed_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files;

    #[test]
    fn the_target_is_left_out_of_a_copy() {
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("from");
        for file in ["bin/rustc", "lib/rustlib/components", "share/doc", "lib/rustlib/wasm32-unknown-unknown/lib/core"]
        {
            files::write_atomically(&from.join(file), b"x").unwrap();
        }
        let to = folder.path().join("to");
        copy_folder(&from, &to).unwrap();
        assert!(to.join("bin/rustc").is_file());
        assert!(to.join("lib/rustlib/components").is_file());
        assert!(!to.join("lib/rustlib/wasm32-unknown-unknown").exists());
        assert!(!to.join("share").exists());
    }

    #[test]
    fn what_rustup_writes_is_not_shared_with_the_original() {
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("from");
        files::write_atomically(&from.join("lib/rustlib/components"), b"original").unwrap();
        copy_folder(&from, &folder.path().join("to")).unwrap();
        fs::write(folder.path().join("to/lib/rustlib/components"), "changed").unwrap();
        assert_eq!(fs::read_to_string(from.join("lib/rustlib/components")).unwrap(), "original");
    }

    #[test]
    fn the_target_is_taken_out_of_the_settings() {
        let settings = "config_version = \"1\"\n[[components]]\npkg = \"rust-std\"\ntarget = \"wasm32-unknown-unknown\"\n\
                        [[components]]\npkg = \"cargo\"\n";
        let without = without_target(settings).unwrap();
        assert!(!without.contains("wasm32"));
        assert!(without.contains("cargo") && without.contains("config_version"));
    }

    #[test]
    fn an_outcome_is_one_line() {
        let works = Outcome::Works { version: "rustc 1.95.0".into(), bytes: 7, time: Duration::from_millis(1250) };
        assert_eq!(works.to_string(), "ok (rustc 1.95.0, 7 bytes, 1.2 s)");
        assert_eq!(Outcome::NotHere("no apt".into()).to_string(), "not available here: no apt");
    }
}
