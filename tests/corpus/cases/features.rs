//! Components that need what is off.

use palisade::ErrorKind::{Malformed, UngrantedImport, UnsupportedFeature};

use crate::{bytes::component, case::Case};

pub(super) fn cases() -> Vec<Case> {
    let needs = |name, fields: &'static str, feature: &str| {
        Case::new(name, move || component(fields)).is_refused(UnsupportedFeature, &format!("`{feature}`"))
    };
    let imports = |name, import: &'static str| {
        Case::new(name, move || component(&format!("(import \"{import}\" (instance (export \"run\" (func))))")))
            .is_refused(UngrantedImport, &format!("`{import}`"))
    };
    vec![
        needs("garbage-collection", "(core module (type (struct (field i32))))", "gc"),
        needs("shared-memory", "(core module (memory 1 1 shared))", "threads"),
        needs(
            "atomics",
            "(core module (memory 1) (func (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))))",
            "threads",
        ),
        needs("memory64", "(core module (memory i64 1))", "memory64"),
        needs("exceptions", "(core module (tag) (func (throw 0)))", "exceptions"),
        needs(
            "relaxed-simd",
            "(core module (func (param v128 v128) (result v128) (i8x16.relaxed_swizzle (local.get 0) (local.get 1))))",
            "relaxed-simd",
        ),
        needs("stack-switching", "(core module (type $f (func)) (type (cont $f)))", "stack-switching"),
        needs("pages-of-one-byte", "(core module (memory 1 (pagesize 1)))", "custom-page-sizes"),
        needs(
            "wide-arithmetic",
            "(core module (func (param i64 i64 i64 i64) (result i64 i64)
            (i64.add128 (local.get 0) (local.get 1) (local.get 2) (local.get 3))))",
            "wide-arithmetic",
        ),
        needs("async-export", ASYNC_EXPORT, "component-model-async"),
        needs("streams-of-the-component-model", "(type (stream u8))", "component-model-async"),
        needs(
            "values-of-the-component-model",
            "(import \"a\" (value $a string)) (export \"b\" (value $a))",
            "component-model-values",
        ),
        imports("imports-the-network", "wasi:http/outgoing-handler@0.2.0"),
        imports("imports-wasi-0.3", "wasi:clocks/monotonic-clock@0.3.0"),
        imports("imports-a-strangers-interface", "evil:corp/backdoor@1.0.0"),
        Case::new("imports-an-escape-sequence", escape_sequence).is_refused(Malformed, "evil:corp/\\u{1b}[2J"),
    ]
}

const ASYNC_EXPORT: &str = r#"
    (core module $code (func (export "run") (result i32) (i32.const 0))
      (func (export "back") (param i32 i32 i32) (result i32) (i32.const 0)))
    (core instance $code (instantiate $code))
    (func (export "run") async (canon lift (core func $code "run") async (callback (core func $code "back"))))"#;

/// Text would not be let through: the name is written over.
fn escape_sequence() -> Vec<u8> {
    let mut bytes = component("(import \"evil:corp/abcd\" (func))");
    let place = bytes.windows(4).position(|name| name == b"abcd").unwrap();
    bytes[place..place + 4].copy_from_slice(b"\x1b[2J");
    bytes
}
