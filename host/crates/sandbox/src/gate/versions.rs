//! Which versions of the package a component speaks, and whether this host speaks one of them.
//!
//! A component says so by the names of what it imports and exports, such as `palisade:provider/chat@0.1.0`. Versions fit
//! each other as in semantic versioning, which is how the engine links them as well: 0.1.0 and 0.1.7, and not 0.2.0.

use palisade_core::{Capability, Error, ErrorKind, Result};
use palisade_world::{PACKAGE, VERSION, fits, numbers};
use serde::Serialize;

/// Most versions that are told.
const MAX_VERSIONS: usize = 16;

/// The versions of `palisade:provider` that this host speaks. It speaks what fits one of them.
pub const SPOKEN_HERE: &[&str] = &[VERSION];

/// A version of `palisade:provider` that a component speaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SpokenVersion {
    /// The version, as the component writes it; empty where it gives none.
    pub version: String,
    /// Whether this host speaks it.
    pub is_spoken_here: bool,
    /// The interfaces of it that the component exports.
    pub exports: Vec<String>,
    /// The interfaces of it that the component imports.
    pub imports: Vec<String>,
}

/// The versions that a component speaks, in order, told from the names of what it imports and exports.
#[must_use]
pub fn spoken(imports: &[String], exports: &[String]) -> Vec<SpokenVersion> {
    let mut versions: Vec<SpokenVersion> = Vec::new();
    let names = imports.iter().map(|name| (name, false)).chain(exports.iter().map(|name| (name, true)));
    for (name, is_export) in names {
        let Some((interface, version)) = of_package(name) else { continue };
        let index = match versions.iter().position(|known| known.version == version) {
            Some(index) => index,
            None if versions.len() >= MAX_VERSIONS => continue,
            None => {
                let (version, is_spoken_here) = (version.to_owned(), is_spoken_here(version));
                versions.push(SpokenVersion { version, is_spoken_here, exports: Vec::new(), imports: Vec::new() });
                versions.len() - 1
            }
        };
        let Some(known) = versions.get_mut(index) else { continue };
        let list = if is_export { &mut known.exports } else { &mut known.imports };
        list.push(interface.to_owned());
    }
    versions
        .sort_by(|one, other| (numbers(&one.version), &one.version).cmp(&(numbers(&other.version), &other.version)));
    versions
}

/// Whether this host speaks a version: one of its own, or one that fits it.
#[must_use]
pub(crate) fn is_spoken_here(version: &str) -> bool {
    SPOKEN_HERE.contains(&version) || fits(version)
}

/// The interface and the version of a name of the package; no version is an empty one.
pub(crate) fn of_package(name: &str) -> Option<(&str, &str)> {
    let name = name.strip_prefix(PACKAGE)?.strip_prefix('/')?;
    Some(name.split_once('@').unwrap_or((name, "")))
}

/// Refuses a component that serves capabilities, or wants to be given interfaces, of other versions alone. What says nothing of
/// any version is no matter of versions.
///
/// # Errors
///
/// `wrong-version`, with what it speaks, what this host speaks, and what to do.
pub(crate) fn check_versions(imports: &[String], exports: &[String]) -> Result<()> {
    let versions = spoken(imports, exports);
    let serves =
        |version: &SpokenVersion| version.exports.iter().any(|interface| Capability::of_interface(interface).is_some());
    let is_served = versions.iter().any(|version| version.is_spoken_here && serves(version));
    let strange = |version: &&SpokenVersion| {
        !version.is_spoken_here && (!version.imports.is_empty() || (!version.exports.is_empty() && !is_served))
    };
    let strange: Vec<_> = versions.iter().filter(strange).collect();
    if strange.is_empty() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::WrongVersion, explained(&strange)))
}

fn explained(strange: &[&SpokenVersion]) -> String {
    let named = |version: &SpokenVersion| {
        let list = |what: &str, names: &[String]| match names {
            [] => None,
            few if few.len() <= 3 => Some(format!("{what} {}", few.join(", "))),
            [first, second, ..] => Some(format!("{what} {first}, {second} and {} more", names.len() - 2)),
            [..] => None,
        };
        let parts = [list("exports", &version.exports), list("imports", &version.imports)];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        format!("{} ({})", name(&version.version), parts.join("; "))
    };
    let speaks: Vec<_> = strange.iter().map(|version| named(version)).collect();
    let wanted: Vec<_> = strange.iter().map(|version| name(&version.version)).collect();
    let own = SPOKEN_HERE.iter().filter_map(|own| numbers(own)).max();
    // What has no number of a version is neither.
    let is_newer = strange.iter().all(|version| numbers(&version.version).is_some_and(|version| Some(version) > own));
    let age = if is_newer { "a newer" } else { "another" };
    format!(
        "the component speaks {PACKAGE} {}, and this host speaks {}: build it again with an SDK of {}, or use {age} host, which \
         speaks {}",
        speaks.join(" and "),
        SPOKEN_HERE.join(", "),
        SPOKEN_HERE.last().copied().unwrap_or_default(),
        wanted.join(" and "),
    )
}

fn name(version: &str) -> &str {
    if version.is_empty() { "without a version" } else { version }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|name| format!("palisade:provider/{name}")).collect()
    }

    fn refusal(imports: &[&str], exports: &[&str]) -> Option<String> {
        let error = check_versions(&names(imports), &names(exports)).err()?;
        assert_eq!(error.kind(), ErrorKind::WrongVersion);
        Some(error.message().to_owned())
    }

    #[test]
    fn versions_fit_as_the_engine_links_them() {
        for (version, fits) in [
            ("0.1.0", true),
            ("0.1.7", true),
            ("0.2.0", false),
            ("0.0.1", false),
            ("1.1.0", false),
            ("0.1.0-rc.1", false),
            ("0.1", false),
            ("", false),
        ] {
            assert_eq!(is_spoken_here(version), fits, "{version}");
        }
    }

    #[test]
    fn what_is_spoken_is_listed_by_version() {
        let mut imports = names(&["log@0.10.0", "log@0.2.0"]);
        imports.push("wasi:io/streams@0.2.0".to_owned());
        let versions = spoken(&imports, &names(&["chat@0.2.0", "chat", "health@0.1.0"]));
        let told: Vec<_> = versions
            .iter()
            .map(|own| (own.version.as_str(), own.is_spoken_here, own.exports.len(), own.imports.len()))
            .collect();
        let expected = [("", false, 1, 0), ("0.1.0", true, 1, 0), ("0.2.0", false, 1, 1), ("0.10.0", false, 0, 1)];
        assert_eq!(told, expected);
        let many: Vec<_> = (0..100).map(|number| format!("palisade:provider/chat@0.{number}.0")).collect();
        assert_eq!(spoken(&[], &many).len(), MAX_VERSIONS);
    }

    #[test]
    fn who_speaks_no_version_of_this_host_is_told_what_to_do() {
        assert_eq!(refusal(&["log@0.1.3"], &["catalog@0.1.0", "chat@0.1.0", "chat@0.2.0"]), None);
        assert_eq!(refusal(&[], &["catalog@0.1.0", "mind-reading@0.1.0"]), None, "it is of this version");
        let newer = refusal(&["log@9.0.0"], &["catalog@9.0.0", "chat@9.0.0", "health@9.0.0", "jobs@9.0.0"]).unwrap();
        assert_eq!(
            newer,
            "the component speaks palisade:provider 9.0.0 (exports catalog, chat and 2 more; imports log), and this host \
             speaks 0.1.1: build it again with an SDK of 0.1.1, or use a newer host, which speaks 9.0.0"
        );
        let part = refusal(&[], &["catalog@0.1.0", "health@0.1.0", "chat@0.2.0"]).unwrap();
        assert!(part.contains("0.2.0 (exports chat)"), "{part}");
        let older = refusal(&["log@0.0.9"], &["catalog@0.1.0", "chat@0.1.0"]).unwrap();
        assert!(older.contains("imports log") && older.contains("use another host"), "{older}");
        assert!(refusal(&[], &["chat"]).unwrap().contains("without a version (exports chat)"));
    }
}
