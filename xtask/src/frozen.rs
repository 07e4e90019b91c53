//! What of the interface was released, and may not change any more: `wit/frozen.toml` has a hash of each interface and world of each
//! version.
//!
//! A hash is made of the text that is left without comments, and without what a later version has added, which `@since` says. So
//! documentation may get better and interfaces may grow where that breaks nobody: see `docs/adr/0017-how-the-interface-grows.md`.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result, anyhow, bail};
use wit_component::WitPrinter;
use wit_parser::{Docs, InterfaceId, PackageId, PackageName, Resolve, Span, Stability, WorldItem, WorldKey};

use crate::{component::sha256, files::write_atomically};

/// Where the hashes are.
pub(crate) const FILE: &str = "wit/frozen.toml";

/// What the file begins with.
const HEAD: &str = "# What of palisade:provider was released: a hash of each interface and world, without comments and without what later versions\n\
                    # added. Written by `cargo xtask keep`; `cargo xtask tidy` compares. docs/adr/0017-how-the-interface-grows.md says how the interface grows.\n";

/// By version: a hash of each interface and world.
type Frozen = BTreeMap<String, BTreeMap<String, String>>;

/// Compares the interface with what was released of it, and says of each difference what to do.
///
/// # Errors
///
/// Fails if the interface or the hashes cannot be read, or nothing was released of it.
pub(crate) fn differences(root: &Path) -> Result<Vec<String>> {
    let frozen = read(root)?;
    if frozen.is_empty() {
        bail!("{FILE} has no version: `cargo xtask keep` writes it");
    }
    let mut differences = Vec::new();
    for (version, hashes) in &frozen {
        let now = blocks(&root.join("wit"), version)?;
        for (what, hash) in hashes {
            let became = match now.get(what) {
                None => "is gone",
                Some(text) if sha256(text.as_bytes()) != *hash => "has changed",
                Some(_) => continue,
            };
            differences.push(format!(
                "`{what}` of {version} {became}, and components speak it: put it back. A function that hosts offer is added with `@since`; \
                 anything else becomes an interface of a new version beside this one: see docs/adr/0017-how-the-interface-grows.md"
            ));
        }
        for what in now.keys().filter(|what| !hashes.contains_key(*what)) {
            differences
                .push(format!("`{what}` is not of {version}: say since when it is there, with `@since(version = …)`"));
        }
    }
    Ok(differences)
}

/// Notes the interface as it is as that of a version that is released.
///
/// # Errors
///
/// Fails if that version is frozen and another one, or the files cannot be read or written.
pub(crate) fn freeze(root: &Path, version: &str) -> Result<()> {
    let mut frozen = if root.join(FILE).exists() { read(root)? } else { Frozen::new() };
    let now = blocks(&root.join("wit"), version)?;
    let hashes: BTreeMap<_, _> = now.into_iter().map(|(what, text)| (what, sha256(text.as_bytes()))).collect();
    match frozen.insert(version.to_owned(), hashes.clone()) {
        Some(before) if before != hashes => bail!("{version} is frozen in {FILE}, and the interface is another one"),
        _ => write_atomically(&root.join(FILE), (HEAD.to_owned() + "\n" + &toml::to_string(&frozen)?).as_bytes()),
    }
}

/// The name of the package in `wit/`, with its version.
///
/// # Errors
///
/// Fails if the interface cannot be read.
pub(crate) fn package(root: &Path) -> Result<PackageName> {
    let (resolve, package) = parsed(&root.join("wit"))?;
    resolve.packages.get(package).map(|own| own.name.clone()).context("there is no package in wit/")
}

fn read(root: &Path) -> Result<Frozen> {
    let text = fs::read_to_string(root.join(FILE)).with_context(|| format!("cannot read {FILE}"))?;
    toml::from_str(&text).with_context(|| format!("cannot read {FILE}"))
}

fn parsed(folder: &Path) -> Result<(Resolve, PackageId)> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(folder).map_err(|error| anyhow!("{}", resolve.render_error(&error)))?;
    Ok((resolve, package))
}

/// The text of each interface and world that a version has, by its name.
fn blocks(folder: &Path, version: &str) -> Result<BTreeMap<String, String>> {
    let (mut resolve, package) = parsed(folder)?;
    forget_later(&mut resolve, package, numbers(version).with_context(|| format!("`{version}` is no version"))?);
    let mut printer = WitPrinter::default();
    printer.emit_docs(false);
    printer.print(&resolve, package, &[])?;
    let text = String::from(printer.output);
    let mut blocks = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(head) = ["interface ", "world "].iter().find(|start| line.starts_with(**start)).map(|_| line) else {
            continue;
        };
        let name = head.trim_end_matches(|letter| " {}".contains(letter)).to_owned();
        let mut block = format!("{head}\n");
        // An empty one may end where it begins.
        if !head.ends_with('}') {
            for line in lines.by_ref() {
                block += line;
                block.push('\n');
                if line.starts_with('}') {
                    break;
                }
            }
        }
        blocks.insert(name, block);
    }
    Ok(blocks)
}

/// The three numbers of a version.
pub(crate) fn numbers(version: &str) -> Option<[u64; 3]> {
    let numbers: Option<Vec<u64>> = version.split('.').map(|part| part.parse().ok()).collect();
    numbers?.try_into().ok()
}

fn interface_of(item: &WorldItem) -> Option<InterfaceId> {
    if let WorldItem::Interface { id, .. } = item { Some(*id) } else { None }
}

/// The interfaces whose types an interface uses, those that are used by others first.
fn all_used(resolve: &Resolve, interface: InterfaceId) -> Vec<InterfaceId> {
    let mut used = Vec::new();
    for next in resolve.interface_direct_deps(interface) {
        for id in all_used(resolve, next).into_iter().chain([next]) {
            if !used.contains(&id) {
                used.push(id);
            }
        }
    }
    used
}

/// Takes out what a later version has added.
fn forget_later(resolve: &mut Resolve, package: PackageId, version: [u64; 3]) {
    let is_later = |stability: &Stability| match stability {
        Stability::Stable { since, .. } => [since.major, since.minor, since.patch] > version,
        Stability::Unstable { .. } => true,
        Stability::Unknown => false,
    };
    let Some(mut own) = resolve.packages.get(package).cloned() else { return };
    own.interfaces.retain(|_, id| resolve.interfaces.get(*id).is_some_and(|interface| !is_later(&interface.stability)));
    own.worlds.retain(|_, id| resolve.worlds.get(*id).is_some_and(|world| !is_later(&world.stability)));
    for id in own.interfaces.values() {
        let types = &resolve.types;
        let Some(interface) = resolve.interfaces.get_mut(*id) else { continue };
        interface.functions.retain(|_, function| !is_later(&function.stability));
        interface.types.retain(|_, id| types.get(*id).is_some_and(|own| !is_later(&own.stability)));
    }
    for id in own.worlds.values() {
        let Some(world) = resolve.worlds.get(*id) else { continue };
        let stays = |item: &WorldItem| match item {
            WorldItem::Interface { id, stability, .. } => {
                !is_later(stability) && resolve.interfaces.get(*id).is_some_and(|own| !is_later(&own.stability))
            }
            other => !is_later(other.stability(resolve)),
        };
        let (mut imports, mut exports) = (world.imports.clone(), world.exports.clone());
        imports.retain(|_, item| stays(item));
        exports.retain(|_, item| stays(item));
        // What is left may use what was there first for the sake of something later.
        let left: Vec<_> = imports.values().chain(exports.values()).filter_map(interface_of).collect();
        for used in left.into_iter().flat_map(|interface| all_used(resolve, interface)) {
            imports.entry(WorldKey::Interface(used)).or_insert_with(|| WorldItem::Interface {
                id: used,
                stability: Stability::Unknown,
                external_id: None,
                docs: Docs::default(),
                span: Span::default(),
            });
        }
        if let Some(world) = resolve.worlds.get_mut(*id) {
            (world.imports, world.exports) = (imports, exports);
        }
    }
    if let Some(package) = resolve.packages.get_mut(package) {
        *package = own;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RELEASED: &str = "package a:b@0.1.0;\n/// One.\ninterface i {\n  /// Two.\n  f: func(a: u32);\n  record r { x: u8 }\n}\n\
                            world w { import i; }\n";

    /// What differs where this was released and that is there now.
    fn compare(released: &str, now: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let write = |text: &str| write_atomically(&folder.path().join("wit/a.wit"), text.as_bytes()).unwrap();
        write(released);
        freeze(folder.path(), "0.1.0").unwrap();
        write(now);
        differences(folder.path()).unwrap()
    }

    #[test]
    fn comments_and_order_of_files_are_no_matter() {
        assert!(compare(RELEASED, RELEASED).is_empty());
        assert!(compare(RELEASED, &RELEASED.replace("Two.", "Quite another sentence.")).is_empty());
    }

    #[test]
    fn what_was_released_stays_as_it_was() {
        for (from, to, says) in [
            ("a: u32", "a: u64", "`interface i` of 0.1.0 has changed"),
            ("x: u8", "x: u8, y: u8", "`interface i` of 0.1.0 has changed"),
            ("f: func", "g: func();\n  f: func", "`interface i` of 0.1.0 has changed"),
            ("interface i", "interface j {}\ninterface i", "`interface j` is not of 0.1.0"),
            ("import i", "export i", "`world w` of 0.1.0 has changed"),
            ("world w { import i; }", "", "`world w` of 0.1.0 is gone"),
        ] {
            let found = compare(RELEASED, &RELEASED.replace(from, to));
            assert!(found.iter().any(|found| found.contains(says)), "{to}: {found:?}");
        }
    }

    #[test]
    fn what_is_added_says_since_when() {
        let grown = "package a:b@0.1.1;\ninterface i {\n  f: func(a: u32);\n  @since(version = 0.1.1)\n  g: func();\n  record r { x: u8 }\n}\n\
                     @since(version = 0.1.1)\ninterface j { h: func(); }\nworld w { import i; @since(version = 0.1.1) import j; }\n";
        assert_eq!(compare(RELEASED, grown), Vec::<String>::new());
    }

    #[test]
    fn what_is_added_may_use_what_was_used_by_others_only() {
        let both = "interface t { type n = u8; }\ninterface e { use t.{n}; f: func() -> n; }\n";
        let released = format!("package a:b@0.1.0;\n{both}world w {{ export e; }}\n");
        let grown = format!(
            "package a:b@0.1.1;\n{both}@since(version = 0.1.1)\ninterface j {{ use t.{{n}}; h: func() -> n; }}\n\
             world w {{ @since(version = 0.1.1) import j; export e; }}\n"
        );
        assert_eq!(compare(&released, &grown), Vec::<String>::new());
    }

    #[test]
    fn a_version_is_frozen_once() {
        let folder = tempfile::tempdir().unwrap();
        let write = |text: &str| write_atomically(&folder.path().join("wit/a.wit"), text.as_bytes()).unwrap();
        write(RELEASED);
        freeze(folder.path(), "0.1.0").unwrap();
        freeze(folder.path(), "0.1.0").unwrap();
        write(&RELEASED.replace("u32", "u64"));
        assert!(freeze(folder.path(), "0.1.0").unwrap_err().to_string().contains("is frozen"));
    }
}
