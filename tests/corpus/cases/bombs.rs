//! Components that are small, and dear to compile.

use std::time::Duration;

use palisade::ErrorKind::{CompileLimit, Malformed, MemoryLimit, ResourceLimit};

use crate::{
    bytes::{component, id, number, raw_component, raw_module, repeated, section},
    case::Case,
    guest::Guest,
};

pub(super) fn cases() -> Vec<Case> {
    let refused = |name, make: fn() -> Vec<u8>, says| Case::new(name, make).is_refused(CompileLimit, says);
    // How far the compiler comes within its limits is its own affair.
    let bounded = |name, make: fn() -> Vec<u8>| {
        let case = Case::new(name, make).within(|limits| limits.compile_cpu_time = Duration::from_secs(1));
        case.ends_anyhow().bound(Duration::from_secs(4))
    };
    vec![
        refused("ten-million-instances", || component(&tenfold(7)), "items to lay out one instance from"),
        Case::new("a-hundred-instances", || {
            let instances = "(core instance (instantiate $code))".repeat(100);
            component(&format!("(core module $code (memory 1)) {instances}"))
        })
        .is_refused(ResourceLimit, "100 core instances, and at most 64 are taken: that is `limits.instances`"),
        refused("components-in-components", || nested(id::COMPONENT, 10_000), "levels of nesting"),
        refused("a-million-core-types", || raw_module(&repeated(id::MODULE_TYPES, 1_000_000, b"\x60\0\0")), "types"),
        refused(
            "a-million-types",
            || raw_component(&repeated(id::COMPONENT_TYPES, 1_000_000, b"\x40\0\x01\0")),
            "types",
        ),
        refused("a-million-functions", many_functions, "functions"),
        refused(
            "a-million-custom-sections",
            || raw_component(&section(id::CUSTOM, b"\0").repeat(1_000_000)),
            "sections",
        ),
        refused("a-million-exports", || component(&format!("(core module (func $f) {})", exports(250_000))), "exports"),
        refused("function-of-3-megabytes", || function(3_000_000), "bytes in one function"),
        refused("function-of-a-billion-locals", || locals(1_000_000_000), "local variables in one function"),
        bounded("function-of-a-megabyte", || function(1_000_000)),
        Case::new("function-of-a-megabyte-in-little-memory", || function(1_000_000))
            .within(|limits| limits.compile_memory_bytes = 64 << 20)
            .is_refused(CompileLimit, "memory"),
        bounded("function-of-50000-locals", || locals(50_000)),
        bounded("function-of-100000-nested-blocks", || {
            body(&[b"\x02\x40".repeat(100_000), b"\x0b".repeat(100_000)].concat())
        }),
        bounded("function-of-ten-thousand-loops-with-calls", loops),
        bounded("branch-to-60000-places", branches),
        bounded("a-hundred-thousand-functions", || raw_module(&functions(99_999))),
        bounded("types-in-types", || raw_component(&lists_of_lists(50_000))),
        bounded("tuples-of-tuples", || raw_component(&tuples_of_tuples(30))),
        bounded("component-types-in-component-types", || component_types(10_000)),
        Case::new("data-of-60-megabytes", || data("(i32.const 0)", 60_000_000))
            .is_refused(MemoryLimit, "33554432 bytes"),
        Case::new("data-for-later-of-60-megabytes", || data("", 60_000_000)).is_served().bound(Duration::from_secs(12)),
        Case::new("a-section-that-is-longer-than-the-file", || raw_component(&[&[1][..], &number(1 << 31)].concat()))
            .is_refused(Malformed, "is broken at byte"),
    ]
}

/// Components that instantiate the one inside of them ten times each, so many levels of them: 587 bytes for seven.
fn tenfold(levels: u32) -> String {
    if levels == 0 {
        return "(core module $m) (core instance (instantiate $m))".to_owned();
    }
    format!("(component $c {}) {}", tenfold(levels - 1), "(instance (instantiate $c))".repeat(10))
}

/// Sections of this kind in each other.
fn nested(id: u8, levels: usize) -> Vec<u8> {
    (0..levels).fold(raw_component(&[]), |inside, _| raw_component(&section(id, &inside)))
}

fn exports(count: usize) -> String {
    (0..count).map(|index| format!("(export \"{index}\" (func $f))")).collect()
}

/// The sections of a module with functions that do nothing.
fn functions(count: usize) -> Vec<u8> {
    [
        repeated(id::MODULE_TYPES, 1, b"\x60\0\0"),
        repeated(id::MODULE_FUNCTIONS, count, b"\0"),
        repeated(id::MODULE_CODE, count, b"\x02\0\x0b"),
    ]
    .concat()
}

fn many_functions() -> Vec<u8> {
    raw_module(&functions(1_000_000))
}

/// A module of one function, of these declarations of locals and this code.
fn single(declarations: &[u8], code: &[u8]) -> Vec<u8> {
    let body = [declarations, code, b"\x0b"].concat();
    let body = [number(body.len()), body].concat();
    raw_module(
        &[
            repeated(id::MODULE_TYPES, 1, b"\x60\0\0"),
            repeated(id::MODULE_FUNCTIONS, 1, b"\0"),
            repeated(id::MODULE_CODE, 1, &body),
        ]
        .concat(),
    )
}

fn body(code: &[u8]) -> Vec<u8> {
    single(b"\0", code)
}

/// Additions, of about so many bytes.
fn function(bytes: usize) -> Vec<u8> {
    // i32.const 1, i32.const 1, i32.add, drop.
    body(&b"\x41\x01\x41\x01\x6a\x1a".repeat(bytes / 6))
}

fn locals(count: usize) -> Vec<u8> {
    single(&[&b"\x01"[..], &number(count), b"\x7e"].concat(), b"")
}

/// Values that live through many loops, which keeps who assigns registers busy.
fn loops() -> Vec<u8> {
    // A hundred locals; each loop adds one to the next and may end.
    let declarations = [&b"\x01"[..], &number(100), b"\x7f"].concat();
    let code: Vec<u8> = (0..10_000_usize)
        .flat_map(|turn| {
            let (one, other) = ((turn % 100) as u8, (turn * 7 % 100) as u8);
            // loop; local.get; local.get; i32.add; local.tee; br_if 0; end; call 0.
            [0x03, 0x40, 0x20, one, 0x20, other, 0x6a, 0x22, one, 0x0d, 0, 0x0b, 0x10, 0]
        })
        .collect();
    single(&declarations, &code)
}

fn branches() -> Vec<u8> {
    // block; i32.const 0; br_table with all of its targets the same; end.
    let table = [&b"\x02\x40\x41\0\x0e"[..], &number(60_000), &vec![0; 60_001], b"\x0b"].concat();
    body(&table)
}

/// Lists of the list before.
fn lists_of_lists(count: usize) -> Vec<u8> {
    let types: Vec<u8> = (0..count).flat_map(|index| [&b"\x70"[..], &reference(index)].concat()).collect();
    section(id::COMPONENT_TYPES, &[number(count), types].concat())
}

/// Tuples of ten times the tuple before.
fn tuples_of_tuples(count: usize) -> Vec<u8> {
    let types: Vec<u8> =
        (0..count).flat_map(|index| [&b"\x6f\x0a"[..], &reference(index).repeat(10)].concat()).collect();
    section(id::COMPONENT_TYPES, &[number(count), types].concat())
}

/// The type before the one of this index, or a string for the first.
fn reference(index: usize) -> Vec<u8> {
    // An index is written with a sign, and a primitive type is a negative number.
    let Some(mut rest) = index.checked_sub(1) else { return b"\x73".to_vec() };
    let mut bytes = Vec::new();
    loop {
        let low = (rest & 0x7f) as u8;
        rest >>= 7;
        if rest == 0 && low & 0x40 == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// The type of a component that has the type of a component, and so on.
fn component_types(levels: usize) -> Vec<u8> {
    // component type; one declaration; of a type.
    let types = [b"\x41\x01\x01".repeat(levels), b"\x41\0".to_vec()].concat();
    raw_component(&section(id::COMPONENT_TYPES, &[number(1), types].concat()))
}

/// The ranker with so many bytes of data.
fn data(place: &str, bytes: usize) -> Vec<u8> {
    let memory = format!("(memory (export \"memory\") {})", bytes / 65536 + 1);
    let data = format!("(data {place} \"{}\")", "x".repeat(bytes));
    let guest = Guest::ranker().at("module", &data);
    if place.is_empty() { guest } else { guest.instead("(memory (export \"memory\") 2)", &memory) }.component()
}
