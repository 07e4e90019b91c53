//! What a component imports and exports, and what becomes of it.

use palisade_core::Capability;
use palisade_sandbox::{ImportStanding, Interfaces, spoken};

use crate::{
    Code,
    report::{Check, Finding, Import, Interface},
};

/// How what is of our package begins.
const PACKAGE: &str = "palisade:provider/";
/// What it asks stores by that it is lent.
const STORES: [&str; 6] = ["stores", "vector-stores", "key-value-stores", "object-stores", "queues", "databases"];
/// The interfaces that are exported beside those that bear the name of a capability.
const BESIDE: [&str; 4] = ["catalog", "health", "jobs", "text-to-image-job"];
/// Most names that are told.
const MAX_NAMES: usize = 256;

/// What a component exports.
pub(crate) fn exported(interfaces: &Interfaces) -> Vec<Interface> {
    interfaces.exports.iter().take(MAX_NAMES).map(|name| interface(name)).collect()
}

fn interface(name: &str) -> Interface {
    let ours = spoken(&[], &[name.to_owned()]).into_iter().find(|version| version.is_spoken_here);
    let own = ours.as_ref().and_then(|version| version.exports.first()).map(String::as_str);
    let capability = own.and_then(Capability::of_interface);
    let known = own.is_some_and(|own| BESIDE.contains(&own) || own.parse::<Capability>().is_ok());
    Interface { name: name.to_owned(), known, capability }
}

/// What a component imports.
pub(crate) fn imported(interfaces: &Interfaces) -> Vec<Import> {
    interfaces.imports.iter().take(MAX_NAMES).map(|name| import(name)).collect()
}

fn import(name: &str) -> Import {
    let standing = ImportStanding::of(name);
    let of_ours = |interface: &str| name.strip_prefix(PACKAGE).is_some_and(|rest| rest.starts_with(interface));
    let (standing, advice) = match standing {
        ImportStanding::Linked if of_ours("http@") || of_ours("credentials@") => (
            // It is linked, and answers `denied`.
            ImportStanding::NeedsAllow,
            Some("an operator grants it with `allow`; until then every use is answered with `denied`"),
        ),
        ImportStanding::Linked if of_ours("key-value@") => {
            (standing, Some("an operator gives it room with `key-value`; until then there is none"))
        }
        ImportStanding::Linked if STORES.into_iter().any(|interface| of_ours(&format!("{interface}@"))) => {
            (standing, Some("an operator lends it stores with `stores`; until then there are none"))
        }
        ImportStanding::Linked if name.starts_with("wasi:") => (standing, Some("it is there, and closed")),
        ImportStanding::Linked => (standing, None),
        ImportStanding::NeedsAllow => {
            (standing, Some("an operator grants it with `allow`; until then it is not loaded"))
        }
        ImportStanding::Refused if name.starts_with("wasi:http/") => {
            (standing, Some("build it without: only `outgoing-handler` and `types` of wasi:http 0.2 are linked"))
        }
        ImportStanding::Refused if name.starts_with(PACKAGE) => {
            (standing, Some("build it against palisade:provider@0.1.1, of which this is no import"))
        }
        ImportStanding::Refused => {
            (standing, Some("build it without: palisade:provider and WASI 0.2 are linked, and no more"))
        }
    };
    Import { name: name.to_owned(), standing, advice }
}

/// Whether a component speaks to upstreams, by what it imports.
pub(crate) fn reaches_out(imports: &[Import]) -> bool {
    imports.iter().any(|import| import.standing == ImportStanding::NeedsAllow)
}

/// Checks what it exports.
pub(crate) fn check_exports(interfaces: &[Interface]) -> Check {
    let mut check = Check::new("interfaces");
    for interface in interfaces {
        check.tried();
        if !interface.known {
            check.find(Finding::new(Code::UnknownInterface, format!("it exports `{}`", interface.name)));
        }
    }
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_exported_is_known_by_its_whole_name() {
        let known = |name: &str| (interface(name).known, interface(name).capability);
        assert_eq!(known("palisade:provider/catalog@0.1.0"), (true, None));
        assert_eq!(known("palisade:provider/chat@0.1.0"), (true, Some(Capability::Chat)));
        assert_eq!(known("palisade:provider/text-to-image-job@0.1.0"), (true, Some(Capability::TextToImage)));
        assert_eq!(known("palisade:provider/chat@0.1.4"), (true, Some(Capability::Chat)));
        assert_eq!(known("palisade:provider/chat@0.2.0"), (false, None));
        assert_eq!(known("palisade:provider/mind-reading@0.1.0"), (false, None));
        assert_eq!(known("other:provider/chat@0.1.0"), (false, None));
    }

    #[test]
    fn what_is_imported_says_what_to_do() {
        let standing = |name: &str| import(name).standing;
        assert_eq!(standing("palisade:provider/log@0.1.0"), ImportStanding::Linked);
        assert_eq!(standing("palisade:provider/http@0.1.0"), ImportStanding::NeedsAllow);
        assert_eq!(standing("wasi:http/outgoing-handler@0.2.0"), ImportStanding::NeedsAllow);
        for refused in ["wasi:http/incoming-handler@0.2.0", "palisade:provider/http@0.2.0", "evil:files/all"] {
            assert_eq!(standing(refused), ImportStanding::Refused, "{refused}");
            assert!(import(refused).advice.is_some_and(|advice| advice.starts_with("build it")), "{refused}");
        }
    }
}
