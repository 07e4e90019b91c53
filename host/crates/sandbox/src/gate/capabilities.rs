//! What a component imports and exports by name, without compiling it.

use palisade_core::{Capability, Limits, text::escape};
use serde::Serialize;
use wasmparser::{Parser, Payload};

use super::{
    MAX_NAME, check_component, is_linked,
    versions::{is_spoken_here, of_package},
};

/// The names of what a component imports and exports itself, escaped and in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Interfaces {
    /// What it wants to be given.
    pub imports: Vec<String>,
    /// What it offers.
    pub exports: Vec<String>,
}

/// What becomes of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImportStanding {
    /// It is linked for everybody.
    Linked,
    /// It is linked for who may reach something.
    NeedsAllow,
    /// It is linked for nobody, and the component is refused.
    Refused,
}

impl ImportStanding {
    /// What becomes of the import of this name.
    #[must_use]
    pub fn of(import: &str) -> Self {
        match (is_linked(import, false), is_linked(import, true)) {
            (true, _) => Self::Linked,
            (false, true) => Self::NeedsAllow,
            (false, false) => Self::Refused,
        }
    }
}

/// The names of what a component imports and exports, told from its bytes. None when that cannot be told: loading it says
/// why.
#[must_use]
pub fn interfaces(component: &[u8]) -> Option<Interfaces> {
    // Bounds what reading it may cost.
    check_component(component, &Limits::default()).ok()?;
    let mut found = Interfaces::default();
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(component) {
        match payload.ok()? {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            // Those of the components inside are their own.
            Payload::ComponentImportSection(imports) if depth == 1 => {
                for import in imports {
                    found.imports.push(escape(import.ok()?.name.name, MAX_NAME));
                }
            }
            Payload::ComponentExportSection(exports) if depth == 1 => {
                for export in exports {
                    found.exports.push(escape(export.ok()?.name.name, MAX_NAME));
                }
            }
            _ => {}
        }
    }
    found.imports.sort();
    found.exports.sort();
    Some(found)
}

/// The capabilities of this version that a component exports by name, told from its bytes without compiling it. None when that cannot be
/// told: loading it says why.
#[must_use]
pub fn exported_capabilities(component: &[u8]) -> Option<Vec<Capability>> {
    let exports = interfaces(component)?.exports;
    let capability = |name: &String| {
        let (interface, version) = of_package(name)?;
        Capability::of_interface(interface).filter(|_| is_spoken_here(version))
    };
    Some(exports.iter().filter_map(capability).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exports_of_the_component_itself_are_its_own() {
        let text = r#"(component
            (instance $empty)
            (component $inner (instance $empty) (export "palisade:provider/rerank@0.1.0" (instance $empty)))
            (export "palisade:provider/chat@0.1.0" (instance $empty))
            (export "palisade:provider/moderation@0.2.0" (instance $empty))
            (export "other:provider/embedding@0.1.0" (instance $empty)))"#;
        assert_eq!(exported_capabilities(&wat::parse_str(text).unwrap()), Some(vec![Capability::Chat]));
    }

    #[test]
    fn what_it_imports_itself_is_named_and_judged() {
        let text = r#"(component
            (import "wasi:http/outgoing-handler@0.2.0" (instance))
            (import "palisade:provider/log@0.1.0" (instance))
            (component $inner (import "palisade:provider/http@0.1.0" (instance)))
            (import "evil:files/all" (instance)))"#;
        let imports = interfaces(&wat::parse_str(text).unwrap()).unwrap().imports;
        let judged: Vec<_> = imports.iter().map(|name| (name.as_str(), ImportStanding::of(name))).collect();
        let expected = [
            ("evil:files/all", ImportStanding::Refused),
            ("palisade:provider/log@0.1.0", ImportStanding::Linked),
            ("wasi:http/outgoing-handler@0.2.0", ImportStanding::NeedsAllow),
        ];
        assert_eq!(judged, expected);
    }

    #[test]
    fn what_the_gate_refuses_is_not_told() {
        assert_eq!(exported_capabilities(b"\0asm\x0d\0\x01\0\x0b\x01"), None);
    }
}
