//! What the scan counts, what it refuses, and that nothing makes it panic.

use std::thread;

use palisade_core::{Error, ErrorKind, Limits};
use proptest::prelude::*;
use wasmparser::{Validator, WasmFeatures};

use super::*;

const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
const MODULE: &[u8] = b"\0asm\x01\0\0\0";

/// Kinds of sections: of a component, and of a module.
const CORE_MODULE: u8 = 1;
const NESTED: u8 = 4;
const TYPES: u8 = 7;
const MODULE_TYPES: u8 = 1;
const FUNCTIONS: u8 = 3;
const CODE: u8 = 10;

fn leb(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// Something with its length before it.
fn sized(content: &[u8]) -> Vec<u8> {
    [&leb(content.len()), content].concat()
}

fn section(kind: u8, content: &[u8]) -> Vec<u8> {
    [&[kind], &sized(content)[..]].concat()
}

/// A section of so many items.
fn items(kind: u8, count: usize, items: &[u8]) -> Vec<u8> {
    section(kind, &[&leb(count), items].concat())
}

fn component(sections: &[Vec<u8>]) -> Vec<u8> {
    [COMPONENT, &sections.concat()].concat()
}

/// A component with this module in it.
fn module(sections: &[Vec<u8>]) -> Vec<u8> {
    component(&[section(CORE_MODULE, &[MODULE, &sections.concat()].concat())])
}

/// A module with one function, of this body.
fn function(body: &[u8]) -> Vec<u8> {
    module(&[items(MODULE_TYPES, 1, &[0x60, 0, 0]), items(FUNCTIONS, 1, &[0]), items(CODE, 1, &sized(body))])
}

fn text(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

fn scan(bytes: &[u8]) -> Result<Census> {
    prescan(bytes, &Limits::default())
}

#[track_caller]
fn refused(bytes: &[u8], kind: ErrorKind, says: &str) -> Error {
    let error = scan(bytes).unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.message().contains(says), "{says:?} is not in {:?}", error.message());
    error
}

#[track_caller]
fn above(bytes: &[u8], says: &str) {
    refused(bytes, ErrorKind::CompileLimit, says);
}

/// A component with a module that has something of most kinds, instantiated twice, one of them by a component inside.
fn small() -> Vec<u8> {
    text(
        r#"(component
            (import "in" (func $in))
            (core func $lowered (canon lower (func $in)))
            (core module $code
                (import "host" "in" (func))
                (memory 1)
                (table 1 funcref)
                (global i32 (i32.const 0))
                (func (export "out") (local i32 i32 i64) call 0)
                (elem (i32.const 0) func 0)
                (data (i32.const 0) "abc"))
            (core instance $host (export "in" (func $lowered)))
            (core instance $made (instantiate $code (with "host" (instance $host))))
            (alias core export $made "out" (core func $core-out))
            (func $out (canon lift (core func $core-out)))
            (type $shape (instance (export "out" (func))))
            (component $inner
                (import "shape" (instance (export "out" (func))))
                (core module $empty)
                (core instance (instantiate $empty)))
            (instance $shaped (export "out" (func $out)))
            (instance (instantiate $inner (with "shape" (instance $shaped))))
            (export "out" (func $out)))"#,
    )
}

#[test]
fn a_component_is_counted() {
    let census = scan(&small()).unwrap();
    let (component, module) = ((census.nesting, census.components), census.modules);
    assert_eq!((component, module), ((2, 1), 2));
    assert_eq!((census.functions, census.module_functions), (1, 1));
    assert_eq!((census.local_declarations, census.function_locals), (2, 3));
    assert_eq!((census.memories, census.tables, census.globals), (1, 1, 1));
    assert_eq!((census.data_segments, census.element_segments), (1, 1));
    assert_eq!((census.imports, census.exports, census.aliases), (3, 2, 1));
    assert_eq!((census.canonical_functions, census.instances, census.arguments), (2, 5, 4));
    assert_eq!(census.core_instances, 2);
}

/// Components inside each other, with so many times the inner one in each.
fn tower(levels: usize, times: usize, innermost: &str) -> Vec<u8> {
    let instances = "(instance (instantiate 0))".repeat(times);
    let component = (0..levels).fold(innermost.to_owned(), |inner, _| format!("(component {inner}) {instances}"));
    text(&format!("(component {component})"))
}

#[test]
fn what_instances_multiply_to_is_told_from_a_few_bytes() {
    let bomb = tower(7, 10, "");
    assert!(bomb.len() < 600, "{}", bomb.len());
    above(&bomb, "12222221 items to lay out one instance from, and at most 1000000 are taken");

    let module = "(core module) (core instance (instantiate 0))";
    assert_eq!(scan(&tower(2, 8, module)).unwrap().core_instances, 64);
    let error = scan(&tower(2, 9, module)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ResourceLimit);
    assert!(
        error.message().contains("81 core instances, and at most 64 are taken: that is `limits.instances`"),
        "{error}"
    );
    let few = Limits { instances: 1, ..Limits::default() };
    let error = prescan(&tower(1, 2, module), &few).unwrap_err();
    assert!(error.message().contains("2 core instances, and at most 1 are taken"), "{error}");
}

#[test]
fn a_component_that_is_never_instantiated_multiplies_nothing() {
    let unused = tower(6, 10, "");
    let census = scan(&component(&[section(NESTED, &unused)])).unwrap();
    assert_eq!((census.laid_out, census.core_instances), (1, 0));
}

#[test]
fn a_component_counts_by_whatever_index_it_is_instantiated() {
    let core = "(component $core (core module) (core instance (instantiate 0)))";
    let by_outer_alias = format!(
        "(component {core} (component $user (alias outer 1 $core (component $again)) (instance (instantiate $again)))
            (instance (instantiate $user)) (instance (instantiate $user)))"
    );
    assert_eq!(scan(&text(&by_outer_alias)).unwrap().core_instances, 2);
    let by_export =
        format!(r#"(component {core} (export $again "again" (component $core)) (instance (instantiate $again)))"#);
    assert_eq!(scan(&text(&by_export)).unwrap().core_instances, 1);

    // Without nesting: each is made of ten of the one before.
    let mut siblings = "(component $c0 (core module) (core instance (instantiate 0)))".to_owned();
    for level in 1..30 {
        let instances = "(instance (instantiate $before))".repeat(10);
        let before = level - 1;
        siblings += &format!("(component $c{level} (alias outer 1 $c{before} (component $before)) {instances})");
    }
    let bomb = format!("(component {siblings} (instance (instantiate $c29)))");
    above(&text(&bomb), "18446744073709551615 items to lay out one instance from");
}

#[test]
fn components_as_values_are_refused_by_name() {
    let cases = [
        (r#"(component (import "what\u{1b}" (component)))"#, "imports a component, `what"),
        (
            r#"(component (import "box" (instance $box (export "lid" (component)))) (alias export $box "lid" (component)))"#,
            "takes from an instance a component, `lid`",
        ),
        (
            r#"(component
                (component $part)
                (component $whole (import "part" (component)))
                (instance (instantiate $whole (with "part" (component $part)))))"#,
            "imports a component, `part`",
        ),
        (
            r#"(component
                (component $part)
                (component $whole)
                (instance (instantiate $whole (with "part" (component $part)))))"#,
            "passes on as an argument a component, `part`",
        ),
    ];
    for (source, says) in cases {
        // A name with an escape in it is not to be had as text.
        let bytes = text(&source.replace("\\u{1b}", "-x"));
        refused(&bytes, ErrorKind::UnsupportedFeature, says);
    }
}

#[test]
fn a_name_in_a_refusal_is_harmless() {
    let plain = text(r#"(component (import "what-x" (component)))"#);
    let place = plain.windows(6).position(|name| name == b"what-x").unwrap();
    let mut colours = plain.clone();
    colours[place..place + 6].copy_from_slice(b"\x1b[31m\n");
    refused(&colours, ErrorKind::UnsupportedFeature, r"`\u{1b}[31m\n`");
}

#[test]
fn indices_that_lead_nowhere_are_broken() {
    let instantiate = |index| component(&[items(5, 1, &[0, index, 0])]);
    refused(&instantiate(0), ErrorKind::Malformed, "at byte 11: unknown component 0");
    let outer = |levels| component(&[items(6, 1, &[4, 2, levels, 0])]);
    refused(&outer(0), ErrorKind::Malformed, "unknown component 0");
    refused(&outer(9), ErrorKind::Malformed, "unknown component 0");
}

/// A component in a component, and so on.
fn nested(levels: usize) -> Vec<u8> {
    // Made back to front, since each level has the length of all that follows.
    let mut backwards: Vec<u8> = COMPONENT.iter().rev().copied().collect();
    for _ in 0..levels {
        let length = leb(backwards.len());
        backwards.extend(length.iter().rev());
        backwards.push(NESTED);
        backwards.extend(COMPONENT.iter().rev());
    }
    backwards.reverse();
    backwards
}

#[test]
fn nesting_is_bounded() {
    assert_eq!(scan(&nested(16)).unwrap().nesting, 16);
    for levels in [17, 10_000, 1_000_000] {
        above(&nested(levels), "17 levels of nesting, and at most 16 are taken");
    }
    above(&component(&vec![section(NESTED, COMPONENT); 201]), "201 components inside of it");
    above(&component(&vec![section(CORE_MODULE, MODULE); 201]), "201 core modules");
}

#[test]
fn types_inside_each_other_are_bounded_and_never_followed() {
    let types = |levels: usize| component(&[items(TYPES, 1, &[&[0x41, 1, 1].repeat(levels)[..], &[0x41, 0]].concat())]);
    assert_eq!(scan(&types(500)).unwrap().inner_types, 500);
    // Reading it level by level would end the process.
    let deep = types(1_000_000);
    let scanned = thread::Builder::new().stack_size(128 << 10).spawn(move || {
        above(&deep, "1000000 types of components and instances inside of types, and at most 500 are taken");
    });
    scanned.unwrap().join().unwrap();
}

#[test]
fn claims_are_refused_before_they_are_read() {
    // A section of a module, and what it has too many of.
    let kinds = [
        (1, "types"),
        (2, "imports"),
        (3, "functions"),
        (4, "tables"),
        (5, "memories"),
        (6, "globals"),
        (7, "exports"),
        (9, "element segments"),
        (11, "data segments"),
        (13, "exception tags"),
    ];
    for (kind, what) in kinds {
        above(&module(&[items(kind, u32::MAX as usize, &[])]), &format!("4294967295 {what}, and at most"));
    }
    let kinds = [
        (2, "descriptions of instances"),
        (3, "types"),
        (5, "descriptions of instances"),
        (6, "aliases"),
        (7, "types"),
        (8, "functions of interfaces"),
        (10, "imports"),
        (11, "exports"),
    ];
    for (kind, what) in kinds {
        above(&component(&[items(kind, u32::MAX as usize, &[])]), &format!("4294967295 {what}, and at most"));
    }
}

#[test]
fn counts_of_several_sections_and_modules_are_added() {
    above(&component(&[items(TYPES, 60_000, &[]), items(TYPES, 60_000, &[])]), "120000 types, and at most 100000");
    let memories = module(&[items(5, 50, &[])]);
    let (_, module) = memories.split_at(COMPONENT.len());
    above(&component(&[module.to_vec(), module.to_vec()]), "100 memories, and at most 64 are taken");
    // As many as are taken in all, and too many in one.
    above(&self::module(&[items(FUNCTIONS, 150_000, &[])]), "150000 functions in one module, and at most 100000");
}

#[test]
fn what_is_large_without_being_counted_is_bounded_too() {
    above(&component(&[items(TYPES, 1, &vec![0x7f; 5 << 20])]), "5242881 bytes of types");
    above(&component(&[items(11, 1, &vec![0; 9 << 20])]), "9437185 bytes of imports, exports, aliases and instances");
    above(&component(&vec![items(TYPES, 0, &[]); 100_001]), "100001 sections");
    above(&component(&vec![section(0, b"\x01a"); 1001]), "1001 custom sections");
    above(&component(&[section(0, &sized(&[b'a'; 99_999]))]), "99999 bytes of names of custom sections");

    // An instance of 100 000 exports, and one more.
    let bundle = |count: usize| [&[1][..], &leb(count), &[0, 1, b'a', 0, 0].repeat(count)[..]].concat();
    let instances = component(&[items(2, 2, &[bundle(100_000 - 1), bundle(2)].concat())]);
    refused(&instances, ErrorKind::Malformed, "at byte");
    let bundle = |count: usize| [&[1][..], &leb(count), &[1, b'a', 0, 0].repeat(count)[..]].concat();
    let instances = component(&[items(2, 2, &[bundle(100_000 - 1), bundle(2)].concat())]);
    above(&instances, "100001 arguments of instances");
}

#[test]
fn functions_are_bounded_in_size_and_variables() {
    let nops = |count| [&[0][..], &vec![0x01; count], &[0x0b]].concat();
    assert_eq!(scan(&function(&nops(1 << 20))).unwrap().function_bytes, (1 << 20) + 2);
    above(&function(&nops(2 << 20)), "2097154 bytes in one function, and at most 2097152 are taken");

    const MOST: [u8; 5] = [0xff, 0xff, 0xff, 0xff, 0x0f];
    let locals = [&[1][..], &MOST, &[0x7f, 0x0b]].concat();
    above(&function(&locals), "4294967295 local variables in one function, and at most 50000");
    let twice = [&[2][..], &leb(50_000), &[0x7f], &leb(1), &[0x7e, 0x0b]].concat();
    above(&function(&twice), "50001 local variables in one function");
    let claims = [&MOST[..], &[0x0b]].concat();
    above(&function(&claims), "4294967295 declarations of local variables");
}

#[test]
fn data_and_custom_sections_may_be_as_large_as_the_file() {
    let large = vec![0xaa; 20 << 20];
    let data = [&[1][..], &sized(&large)].concat();
    let bytes = component(&[
        section(CORE_MODULE, &[MODULE, &items(11, 1, &data)].concat()),
        section(0, &[b"\x01a", &large[..]].concat()),
    ]);
    let census = scan(&bytes).unwrap();
    assert_eq!((census.data_segments, census.custom_sections), (1, 1));
}

#[test]
fn what_is_no_section_is_broken() {
    let end = "unexpected end-of-file";
    refused(&component(&[vec![0x50, 0]]), ErrorKind::Malformed, "at byte 10: unknown section 80");
    refused(&component(&[vec![NESTED, 20]]), ErrorKind::Malformed, end);
    // A whole module, of which the section says that there is more.
    refused(
        &component(&[[&[CORE_MODULE, 20], MODULE].concat()]),
        ErrorKind::Malformed,
        "at byte 18: unexpected end-of-file",
    );
    refused(&component(&[section(NESTED, MODULE)]), ErrorKind::Malformed, "a module where a component belongs");
    refused(&component(&[section(CORE_MODULE, COMPONENT)]), ErrorKind::Malformed, "or the other way round");
    refused(&component(&[section(CORE_MODULE, b"")]), ErrorKind::Malformed, end);
    refused(&component(&[section(0, b"")]), ErrorKind::Malformed, end);
    refused(&function(b""), ErrorKind::Malformed, end);
}

/// Whether anything at all of it is valid.
fn is_valid(bytes: &[u8]) -> bool {
    Validator::new_with_features(WasmFeatures::all()).validate_all(bytes).is_ok()
}

/// The scan agrees with the validator: what it takes for broken is, and what is valid it takes or names a reason.
fn assert_agreement(bytes: &[u8]) {
    let Err(error) = scan(bytes) else { return };
    match error.kind() {
        // The validator overlooks that a module inside is cut off between two of its sections.
        ErrorKind::Malformed if error.message().contains(&format!("at byte {}:", bytes.len())) => {}
        ErrorKind::Malformed => assert!(!is_valid(bytes), "valid, and refused: {error}: {bytes:02x?}"),
        ErrorKind::CompileLimit | ErrorKind::UnsupportedFeature => {}
        kind => panic!("{kind:?}: {bytes:02x?}"),
    }
}

#[test]
fn a_component_that_ends_early_is_broken_or_a_shorter_one() {
    let whole = small();
    assert!(is_valid(&whole));
    let mut shorter = 0;
    for length in COMPONENT.len()..whole.len() {
        match scan(&whole[..length]) {
            Ok(_) => {
                assert!(is_valid(&whole[..length]), "{length}");
                shorter += 1;
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::Malformed, "{length}: {error}"),
        }
    }
    // Between its sections, and nowhere else.
    assert!((5..30).contains(&shorter), "{shorter}");
}

#[test]
fn flipped_bits_never_break_the_scan() {
    let whole = small();
    for round in 0..10_000_u64 {
        // Any spread will do, as long as it is the same each time.
        let chance = round.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut bytes = whole.clone();
        let place = COMPONENT.len() + (chance >> 16) as usize % (bytes.len() - COMPONENT.len());
        bytes[place] ^= 1 << (chance >> 61);
        assert_agreement(&bytes);
    }
}

/// Sections of any kind with any content, some of them framed as they should be.
fn sections() -> impl Strategy<Value = Vec<u8>> {
    let content = prop::collection::vec(any::<u8>(), 0..40);
    let framed = (0_u8..14, content.clone()).prop_map(|(kind, content)| section(kind, &content));
    prop::collection::vec(prop_oneof![4 => framed, 1 => content], 0..8).prop_map(|sections| sections.concat())
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_break_the_scan(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        assert_agreement(&component(&[bytes]));
    }

    #[test]
    fn arbitrary_sections_never_break_the_scan(outer in sections(), inner in sections(), module in sections()) {
        let inner = section(NESTED, &component(&[inner]));
        let module = section(CORE_MODULE, &[MODULE, &module].concat());
        assert_agreement(&component(&[outer, inner, module]));
    }
}
