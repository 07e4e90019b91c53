//! Whether a component is valid, instruction by instruction. This is recursive, and takes what time and memory it takes:
//! it is for a process that can be killed.

use palisade_core::{Error, ErrorKind, Result};
use wasmparser::{Validator, WasmFeatures};

use super::prescan::malformed;

/// Validates a component with these features of WebAssembly on, and refuses it otherwise: by name when it needs others,
/// with the place where it is broken when none would do.
pub(crate) fn validate(component: &[u8], on: WasmFeatures) -> Result<()> {
    let Err(error) = check(component, on) else { return Ok(()) };
    match needed(component, on, error) {
        Ok(needed) => Err(unsupported(needed)),
        Err(error) => Err(malformed(&error)),
    }
}

fn check(component: &[u8], on: WasmFeatures) -> wasmparser::Result<()> {
    Validator::new_with_features(on).validate_all(component).map(drop)
}

/// The features that a component needs beside those that are on, with which it failed like this; or why it is invalid
/// with all there are.
fn needed(component: &[u8], on: WasmFeatures, mut error: wasmparser::Error) -> wasmparser::Result<WasmFeatures> {
    // The validator names what is missing in most cases, one after the other.
    let mut tried = on;
    while let Some(missing) = error.missing_wasm_feature().filter(|missing| !tried.contains(*missing)) {
        tried |= missing;
        match check(component, tried) {
            Ok(()) => return Ok(tried - on),
            Err(next) => error = next,
        }
    }
    // Where it doesn't: all that there are, and then without each that it does without.
    let mut enough = WasmFeatures::all();
    check(component, enough)?;
    for (_, feature) in (enough - on).iter_names() {
        // Turning one off must not take a part of another that is on.
        let without = (enough - feature) | on;
        if without != enough && check(component, without).is_ok() {
            enough = without;
        }
    }
    Ok(enough - on)
}

fn unsupported(needed: WasmFeatures) -> Error {
    let names: Vec<_> = needed.iter_names().map(|(name, _)| format!("`{}`", name_of(name))).collect();
    let names = names.join(", ");
    let message = format!("the component needs features of WebAssembly that are off here: {names}");
    Error::new(ErrorKind::UnsupportedFeature, message)
}

/// What toolchains call a feature.
fn name_of(constant: &str) -> String {
    let name = constant.to_lowercase().replace('_', "-");
    match name.strip_prefix("cm-") {
        Some(rest) => format!("component-model-{rest}"),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> Error {
        validate(&wat::parse_str(text).unwrap(), WasmFeatures::WASM2 | WasmFeatures::COMPONENT_MODEL).unwrap_err()
    }

    #[test]
    fn every_feature_that_is_needed_is_named_and_no_other() {
        let error = refusal("(component (core module (memory i64 1 1 shared) (func $f (return_call $f))))");
        assert_eq!(error.kind(), ErrorKind::UnsupportedFeature);
        let says = "needs features of WebAssembly that are off here: `threads`, `tail-call`, `memory64`";
        assert!(error.message().ends_with(says), "{error}");
        // The validator doesn't say which one this needs.
        let error = refusal(r#"(component (import "a:b:c/d" (func)))"#);
        assert!(error.message().ends_with("off here: `component-model-nested-names`"), "{error}");
    }

    #[test]
    fn what_no_feature_makes_valid_is_broken() {
        for fields in ["(func (result i32))", "(memory 1 1 shared) (func (result i32))", "(func i32.add)"] {
            let error = refusal(&format!("(component (core module {fields}))"));
            assert_eq!(error.kind(), ErrorKind::Malformed, "{fields}: {error}");
            assert!(error.message().contains("is broken at byte"), "{error}");
            assert!(error.message().contains("type mismatch"), "{error}");
        }
    }
}
