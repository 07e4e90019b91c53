//! That the engine and the validator take the same features of WebAssembly.

use palisade_core::ErrorKind;
use wasmtime::component::Component;

use super::*;
use crate::gate;
use wasmtime::WasmFeatures;

/// A component with a module of these fields.
fn module(fields: &str) -> String {
    format!("(core module {fields})")
}

/// Fields of a component that use a feature which is off, and what toolchains call it.
fn off() -> Vec<(WasmFeatures, &'static str, String)> {
    vec![
        (
            WasmFeatures::RELAXED_SIMD,
            "relaxed-simd",
            module("(func (param v128 v128) (drop (i8x16.relaxed_swizzle (local.get 0) (local.get 1))))"),
        ),
        (WasmFeatures::THREADS, "threads", module("(memory 1 1 shared)")),
        (WasmFeatures::THREADS, "threads", module("(memory 1) (func (drop (i32.atomic.load (i32.const 0))))")),
        (
            WasmFeatures::SHARED_EVERYTHING_THREADS,
            "shared-everything-threads",
            module("(global (shared i32) (i32.const 0))"),
        ),
        (WasmFeatures::EXCEPTIONS, "exceptions", module("(tag)")),
        (WasmFeatures::LEGACY_EXCEPTIONS, "legacy-exceptions", module("(func try catch_all end)")),
        (WasmFeatures::MEMORY64, "memory64", module("(memory i64 1)")),
        (
            WasmFeatures::FUNCTION_REFERENCES,
            "function-references",
            module("(type $t (func)) (func (param (ref null $t)) (call_ref $t (local.get 0)))"),
        ),
        (
            WasmFeatures::MEMORY_CONTROL,
            "memory-control",
            module("(memory 1) (func (memory.discard (i32.const 0) (i32.const 0)))"),
        ),
        (WasmFeatures::GC, "gc", module("(type (struct))")),
        (WasmFeatures::GC_TYPES, "gc-types", module("(table 1 externref)")),
        (WasmFeatures::CUSTOM_PAGE_SIZES, "custom-page-sizes", module("(memory 1 (pagesize 1))")),
        (WasmFeatures::STACK_SWITCHING, "stack-switching", module("(type $f (func)) (type (cont $f))")),
        (
            WasmFeatures::WIDE_ARITHMETIC,
            "wide-arithmetic",
            module("(func (i64.mul_wide_u (i64.const 0) (i64.const 0)) drop drop)"),
        ),
        (
            WasmFeatures::CUSTOM_DESCRIPTORS,
            "custom-descriptors",
            module("(rec (type $a (descriptor $b) (struct)) (type $b (describes $a) (struct)))"),
        ),
        (
            WasmFeatures::COMPACT_IMPORTS,
            "compact-imports",
            module(r#"(import "a" (item "b" (func)) (item "c" (func)))"#),
        ),
        (
            WasmFeatures::CM_VALUES,
            "component-model-values",
            r#"(import "a" (value $a string)) (export "b" (value $a))"#.into(),
        ),
        (WasmFeatures::CM_NESTED_NAMES, "component-model-nested-names", r#"(import "a:b:c/d" (func))"#.into()),
        (WasmFeatures::CM_ASYNC, "component-model-async", "(core func (canon waitable-set.new))".into()),
        (WasmFeatures::CM_ASYNC, "component-model-async", "(type (stream u8))".into()),
        (
            WasmFeatures::CM_ASYNC_STACKFUL,
            "component-model-async-stackful",
            r#"(core module $m (func (export "f")))
               (core instance $i (instantiate $m))
               (func async (canon lift (core func $i "f") async))"#
                .into(),
        ),
        (
            WasmFeatures::CM_MORE_ASYNC_BUILTINS,
            "component-model-more-async-builtins",
            "(core func (canon subtask.cancel async))".into(),
        ),
        (WasmFeatures::CM_THREADING, "component-model-threading", "(core func (canon thread.index))".into()),
        (
            WasmFeatures::CM_ERROR_CONTEXT,
            "component-model-error-context",
            "(core func (canon error-context.drop))".into(),
        ),
        (WasmFeatures::CM_FIXED_LENGTH_LISTS, "component-model-fixed-length-lists", "(type (list u8 4))".into()),
        (
            WasmFeatures::CM_GC,
            "component-model-gc",
            r#"(import "a" (func $a)) (core type $f (func)) (core func (canon lower (func $a) gc (core-type $f)))"#
                .into(),
        ),
        (WasmFeatures::CM_MAP, "component-model-map", "(type (map string u32))".into()),
        (WasmFeatures::CM64, "cm64", "(core func (canon context.get i64 0))".into()),
        (
            WasmFeatures::CM_IMPLEMENTS,
            "component-model-implements",
            r#"(import "a" (implements "b:c/d") (instance))"#.into(),
        ),
        (
            WasmFeatures::CM_CANON_NAMES,
            "component-model-canon-names",
            r#"(import "a:b/c@1" (version-suffix ".2.3") (instance))"#.into(),
        ),
    ]
}

#[test]
fn what_is_off_is_refused_by_the_engine_and_named_by_the_validator() {
    let engine = Engine::new(&strict_profile(Allocation::Pooled)).unwrap();
    let off = off();
    for (_, name, fields) in &off {
        let bytes = wat::parse_str(format!("(component {fields})")).unwrap_or_else(|error| panic!("{name}: {error}"));
        let Err(error) = gate::validate(&bytes, features()) else { panic!("{name} is taken") };
        assert_eq!(error.kind(), ErrorKind::UnsupportedFeature, "{name}: {error}");
        assert!(error.message().contains(&format!("`{name}`")), "{name}: {error}");
        assert!(Component::new(&engine, &bytes).is_err(), "the engine takes {name}");
    }
    for (name, feature) in (WasmFeatures::all() - features()).iter_names() {
        assert!(off.iter().any(|(sample, ..)| *sample == feature), "nothing uses {name}, which is off");
    }
}

#[test]
fn what_is_on_is_taken_by_both() {
    let engine = Engine::new(&strict_profile(Allocation::Pooled)).unwrap();
    let on = [
        module("(func (param v128) (result v128) (i32x4.neg (local.get 0)))"),
        module("(func $f (return_call $f))"),
        module("(memory 1) (memory 1)"),
        module("(global i32 (i32.add (i32.const 1) (i32.const 2)))"),
        module("(memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 1)))"),
        module("(table 1 funcref) (func (drop (table.grow (ref.null func) (i32.const 1))))"),
        module("(func (result i32 i32) (i32.const 1) (i32.const 2))"),
        module("(func (param f64) (result i32) (i32.extend8_s (i32.trunc_sat_f64_s (local.get 0))))"),
        r#"(import "a" (instance (export "b" (type (sub resource)))))"#.into(),
    ];
    for fields in on {
        let bytes = wat::parse_str(format!("(component {fields})")).unwrap();
        gate::validate(&bytes, features()).unwrap();
        Component::new(&engine, &bytes).unwrap();
    }
}

#[test]
fn what_the_compiler_makes_fits_the_engine_of_its_allocation_and_no_other() {
    let name = |allocation, calls| engine_name(&profile::engine(allocation, calls).unwrap());
    for allocation in [Allocation::Pooled, Allocation::OnDemand] {
        // The process that compiles has no pool, whatever the host has.
        let compiler = Engine::new(&strict_profile(allocation)).unwrap();
        assert_eq!(engine_name(&compiler), name(allocation, 1), "{allocation:?}");
    }
    assert_eq!(name(Allocation::Pooled, 1), name(Allocation::Pooled, 8), "the size of the pool is no matter of code");
    assert_ne!(name(Allocation::Pooled, 1), name(Allocation::OnDemand, 1));
}

#[test]
fn the_largest_limits_are_what_the_pool_has_by_default() {
    use palisade_core::{Limits, Preset};

    let large = Limits::preset(Preset::Large);
    let calls = SandboxSettings::default().calls;
    assert!(large.concurrency <= calls);
    let pool = profile::room_of(calls);
    assert!(large.instances <= pool.instances && large.memories <= pool.memories && large.tables <= pool.tables);
    assert!(large.table_elements < pool.table_elements as u64);
}
