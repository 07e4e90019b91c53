//! `cargo xtask wit`: parses the interfaces and prints what they offer.

use std::{fs, path::Path};

use anyhow::{Context, Result, anyhow};
use wit_parser::Resolve;

use crate::component::sha256;

/// Prints every interface with its functions, and the hash of every file.
///
/// # Errors
///
/// Fails, with the position, if the package cannot be parsed.
pub(crate) fn print(root: &Path) -> Result<()> {
    let folder = root.join("wit");
    print!("{}", interfaces(&folder)?);
    println!();
    for (hash, name) in hashes(&folder)? {
        println!("{hash}  wit/{name}");
    }
    Ok(())
}

fn interfaces(folder: &Path) -> Result<String> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(folder).map_err(|error| anyhow!("{}", resolve.render_error(&error)))?;
    let package = resolve.packages.get(package).context("the package that was parsed is missing")?;
    let mut text = format!("{}\n", package.name);
    for (name, id) in &package.interfaces {
        let functions = resolve.interfaces.get(*id).map(|interface| interface.functions.keys()).into_iter().flatten();
        let functions: Vec<&str> = functions.map(String::as_str).collect();
        text.push_str(&format!(
            "  {name}: {}\n",
            if functions.is_empty() { "types only".into() } else { functions.join(", ") }
        ));
    }
    for name in package.worlds.keys() {
        text.push_str(&format!("  world {name}\n"));
    }
    Ok(text)
}

fn hashes(folder: &Path) -> Result<Vec<(String, String)>> {
    let mut hashes = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".wit") {
            hashes.push((sha256(&fs::read(entry.path())?), name));
        }
    }
    hashes.sort_by(|(_, one), (_, other)| one.cmp(other));
    Ok(hashes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(wit: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.wit"), wit).unwrap();
        folder
    }

    #[test]
    fn interfaces_are_listed_with_their_functions() {
        let folder = folder(
            "package a:b@0.1.0;\ninterface i { f: func(); g: func(); }\ninterface t { type n = u8; }\nworld w {}\n",
        );
        let text = interfaces(folder.path()).unwrap();
        assert_eq!(text, "a:b@0.1.0\n  i: f, g\n  t: types only\n  world w\n");
        assert_eq!(hashes(folder.path()).unwrap()[0].1, "a.wit");
    }

    #[test]
    fn an_error_has_a_position() {
        let error = interfaces(folder("package a:b;\ninterface i { f: fun(); }\n").path()).unwrap_err().to_string();
        assert!(error.contains("a.wit:2:"), "{error}");
    }
}
