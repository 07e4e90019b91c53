//! Debian's own Rust compiler, unpacked into a cache folder: nothing is installed, and no root is needed.
//!
//! Debian's `rustc-web` is a recent compiler whose std source is packaged too, so that cargo can build std for any target
//! (`-Z build-std`). std must have the version of its compiler, which is why the active compiler is no use here.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, bail};

use crate::{
    files::remove_folder,
    process::{Environment, on_path, run, run_limited},
    rustc::{self, TARGET},
};

/// The compiler, its std for this machine (build scripts and macros need it), and the source of std.
const PACKAGES: [&str; 3] = ["rustc-web", "libstd-rust-web-dev", "rust-web-src"];

/// Identifies a whole unpacked folder. The number changes with the way in which it is unpacked.
const STAMP: &str = "1 rustc-web libstd-rust-web-dev rust-web-src";

/// 135 MB, and a slow mirror.
const FETCH_LIMIT: Duration = Duration::from_secs(15 * 60);

/// Makes sure that the compiler is in `folder`, and returns an environment that uses it.
pub(crate) fn prepare(folder: &Path, base: &Environment) -> Result<Environment> {
    if !is_whole(folder) {
        unpack(folder)?;
    }
    let user = folder.join("root/usr");
    let libraries = find_libraries(&user.join("lib"))?;
    let compiler = folder.join("rustc");
    write_script(&compiler, &script(Some(&libraries), &user.join("bin/rustc")))?;
    // Cargo compiles everything again for a linker at another path, so that of the active toolchain gets a fixed one. rustc
    // tells by the name how to call it.
    let active = rustc::linker(base)?;
    let linker = folder.join(active.file_name().context("the linker has no name")?);
    write_script(&linker, &script(None, &active))?;

    let mut environment = base.clone();
    environment.set(&linker_variable(), linker);
    environment.set("RUSTC", compiler);
    environment.set("RUSTC_BOOTSTRAP", "1");
    environment.set("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort");
    for name in ["RUSTUP_TOOLCHAIN", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"] {
        environment.unset(name);
    }
    Ok(environment)
}

/// The variable by which cargo is told a target's linker.
fn linker_variable() -> String {
    format!("CARGO_TARGET_{}_LINKER", TARGET.to_uppercase().replace('-', "_"))
}

fn is_whole(folder: &Path) -> bool {
    fs::read_to_string(folder.join("stamp")).is_ok_and(|stamp| stamp == STAMP)
}

/// Unpacks into a folder beside the final one and renames it at the end, so that a run that was cut off leaves nothing that
/// the next one could take for whole.
fn unpack(folder: &Path) -> Result<()> {
    for tool in ["apt-get", "dpkg-deb"] {
        if !on_path(tool) {
            bail!("this is not a Debian system, {tool} is missing");
        }
    }
    eprintln!("unpacking Debian's {} into {} (about 135 MB to fetch, once)", PACKAGES.join(", "), folder.display());
    let partial = folder.with_extension("partial");
    remove_folder(&partial)?;
    let root = partial.join("root");
    for part in ["lists/partial", "archives/partial", "root"] {
        fs::create_dir_all(partial.join(part))?;
    }
    let settings = partial.join("apt.conf");
    fs::write(&settings, apt_settings(&partial)?)?;

    let apt = |arguments: &[&str]| {
        let mut command = Environment::default().command("apt-get");
        command.arg("--config-file").arg(&settings).arg("--quiet=2").args(arguments);
        run_limited(&mut command, FETCH_LIMIT)
    };
    apt(&["update"])?;
    // Unlike `download`, `install` resolves dependencies; among them is the code generator.
    let install = ["--yes", "--download-only", "--reinstall", "install"];
    apt(&[&install[..], &PACKAGES[..]].concat())?;

    for entry in fs::read_dir(partial.join("archives"))? {
        let archive = entry?.path();
        if archive.extension().is_some_and(|extension| extension == "deb") {
            run(Environment::default()
                .command("dpkg-deb")
                .arg("--extract")
                .arg(&archive)
                .arg(&root)
                .stdout(Stdio::null()))?;
        }
    }
    trim(&partial)?;
    fs::write(partial.join("stamp"), STAMP)?;
    remove_folder(folder)?;
    fs::rename(&partial, folder).with_context(|| format!("cannot rename to {}", folder.display()))
}

/// Removes what was fetched, and of the sources all but the library: 844 MB become 484 MB.
fn trim(partial: &Path) -> Result<()> {
    for part in ["archives", "lists", "root/usr/share"] {
        remove_folder(&partial.join(part))?;
    }
    for entry in fs::read_dir(partial.join("root/usr/src"))? {
        let source = entry?.path();
        for part in ["compiler", "src", "debian"] {
            remove_folder(&source.join(part))?;
        }
    }
    Ok(())
}

/// Points apt at package lists and an archive folder of our own: no lock, no root, nothing installed.
fn apt_settings(folder: &Path) -> Result<String> {
    let folder = folder.to_str().context("the path of the target folder is not UTF-8")?;
    if folder.contains('"') {
        bail!("the path of the target folder has a quotation mark in it, which apt cannot take");
    }
    Ok(format!(
        r#"Debug::NoLocking "true";
Dir::State::Lists "{folder}/lists";
Dir::Cache::archives "{folder}/archives";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
APT::Sandbox::User "";
APT::Install-Recommends "false";
Acquire::Retries "3";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"#
    ))
}

/// Finds the folder of the compiler's own libraries; its name has the machine's triple in it.
fn find_libraries(lib: &Path) -> Result<PathBuf> {
    for entry in fs::read_dir(lib).with_context(|| format!("cannot read {}", lib.display()))? {
        let folder = entry?.path();
        let Ok(files) = fs::read_dir(&folder) else { continue };
        if files.flatten().any(|file| file.file_name().to_string_lossy().starts_with("librustc_driver-")) {
            return Ok(folder);
        }
    }
    bail!("Debian's packages hold no librustc_driver")
}

/// Writes a script that can be run, unless it is there already. The folder may have moved since the last time.
fn write_script(path: &Path, script: &str) -> Result<()> {
    if fs::read_to_string(path).is_ok_and(|present| present == script) {
        return Ok(());
    }
    fs::write(path, script).with_context(|| format!("cannot write {}", path.display()))?;
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    Ok(())
}

/// Returns a script that starts a program, with its own libraries if it has some.
fn script(libraries: Option<&Path>, program: &Path) -> String {
    let quoted = |path: &Path| format!("'{}'", path.to_string_lossy().replace('\'', r"'\''"));
    let libraries = libraries.map(|folder| format!("LD_LIBRARY_PATH={} ", quoted(folder))).unwrap_or_default();
    format!("#!/bin/sh\n{libraries}exec {} \"$@\"\n", quoted(program))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_whole_only_with_its_stamp() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_whole(folder.path()));
        fs::write(folder.path().join("stamp"), "0 rustc-web").unwrap();
        assert!(!is_whole(folder.path()));
        fs::write(folder.path().join("stamp"), STAMP).unwrap();
        assert!(is_whole(folder.path()));
        assert!(STAMP.ends_with(&PACKAGES.join(" ")));
    }

    #[test]
    fn a_script_survives_spaces_and_quotes() {
        let compiler = script(Some(Path::new("/a b/lib")), Path::new("/it's/rustc"));
        assert_eq!(compiler, "#!/bin/sh\nLD_LIBRARY_PATH='/a b/lib' exec '/it'\\''s/rustc' \"$@\"\n");
        assert_eq!(script(None, Path::new("/bin/wasm-ld")), "#!/bin/sh\nexec '/bin/wasm-ld' \"$@\"\n");
    }

    #[test]
    fn apt_is_pointed_at_the_folder() {
        let settings = apt_settings(Path::new("/cache/debian.partial")).unwrap();
        assert!(settings.contains("Dir::State::Lists \"/cache/debian.partial/lists\";"));
        assert!(apt_settings(Path::new("/a\"b")).is_err());
    }

    #[test]
    fn the_libraries_are_found_whatever_the_machine() {
        let folder = tempfile::tempdir().unwrap();
        assert!(find_libraries(folder.path()).is_err());
        let triple = folder.path().join("aarch64-linux-gnu");
        fs::create_dir(&triple).unwrap();
        fs::write(triple.join("librustc_driver-0123.so"), "").unwrap();
        assert_eq!(find_libraries(folder.path()).unwrap(), triple);
    }

    #[test]
    fn the_target_is_named_in_the_linker_variable() {
        assert_eq!(linker_variable(), "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER");
    }
}
