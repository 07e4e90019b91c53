//! Bytes that somebody calls a component, up to where they are compiled.

use palisade::{ErrorKind, Limits};
use palisade_sandbox::{check_component, validate_component};

use super::assert_harmless;

/// The gate takes or refuses them with a fitting error, and what it calls broken is.
pub fn check(data: &[u8]) {
    match check_component(data, &Limits::default()) {
        Ok(_) => {
            let Err(error) = validate_component(data) else { return };
            assert!(matches!(error.kind(), ErrorKind::Malformed | ErrorKind::UnsupportedFeature), "{error:?}");
            assert_harmless(error.message());
        }
        Err(error) => {
            assert_harmless(error.message());
            match error.kind() {
                // The validator overlooks that a module inside is cut off between two of its sections.
                ErrorKind::Malformed if error.message().contains(&format!("at byte {}:", data.len())) => {}
                ErrorKind::Malformed => assert!(validate_component(data).is_err(), "valid, and refused: {error}"),
                ErrorKind::NotAComponent
                | ErrorKind::CompileLimit
                | ErrorKind::ResourceLimit
                | ErrorKind::UnsupportedFeature => {}
                kind => panic!("{kind:?}: {error}"),
            }
        }
    }
}
