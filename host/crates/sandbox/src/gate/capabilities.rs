//! What a component says that it can do, without compiling it.

use palisade_core::{Capability, Limits};
use palisade_world::PACKAGE;
use wasmparser::{Parser, Payload};

use super::check_component;

/// The capabilities that a component exports by name, told from its bytes without compiling it. None when that cannot be
/// told: loading it says why.
#[must_use]
pub fn exported_capabilities(component: &[u8]) -> Option<Vec<Capability>> {
    // Bounds what reading it may cost.
    check_component(component, &Limits::default()).ok()?;
    let mut capabilities = Vec::new();
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(component) {
        match payload.ok()? {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            // Those of the components inside are their own.
            Payload::ComponentExportSection(exports) if depth == 1 => {
                for export in exports {
                    let name = export.ok()?.name.name;
                    let interface = name.strip_prefix(PACKAGE).and_then(|rest| rest.strip_prefix('/'));
                    let interface = interface.map(|name| name.split_once('@').map_or(name, |(name, _)| name));
                    capabilities.extend(interface.and_then(Capability::of_interface));
                }
            }
            _ => {}
        }
    }
    Some(capabilities)
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
            (export "other:provider/embedding@0.1.0" (instance $empty)))"#;
        assert_eq!(exported_capabilities(&wat::parse_str(text).unwrap()), Some(vec![Capability::Chat]));
    }

    #[test]
    fn what_the_gate_refuses_is_not_told() {
        assert_eq!(exported_capabilities(b"\0asm\x0d\0\x01\0\x0b\x01"), None);
    }
}
