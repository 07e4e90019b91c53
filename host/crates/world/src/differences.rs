//! Where the interfaces of a component are others than those of the WIT package, found when it has been refused.
//!
//! ```text
//! wit/*.wit ─► Resolve (once) ──┐
//! compiled component ─► its type ┴─► walked together, along what is expected ─► differences
//! ```
//!
//! What is expected is small and ours; what is found may be anything, and is looked at only as far as the other goes.

use std::sync::LazyLock;

use palisade_core::{InterfaceDifference, text};
use wasmtime::{
    Engine,
    component::{
        Component,
        types::{ComponentFunc, ComponentInstance, ComponentItem, Type as Found},
    },
};
use wit_parser::{Function, Interface, Resolve, SourceMap, Type, TypeDef, TypeDefKind};

use crate::{
    package::{PACKAGE, fits},
    sources::SOURCES,
};

/// Most differences that are told.
const MOST: usize = 20;
/// What is expected where a function is.
const FUNCTION: &str = "a function";
/// Most names of fields or cases that are told of a type.
const MOST_NAMES: usize = 8;

/// The package; none where it cannot be read, which a test would tell.
static PACKAGE_TYPES: LazyLock<Option<Resolve>> = LazyLock::new(|| {
    let mut files = SourceMap::new();
    for (name, text) in SOURCES {
        files.push_str(name, text);
    }
    let mut resolve = Resolve::new();
    resolve.push_group(files.parse().ok()?).ok()?;
    Some(resolve)
});

/// Each difference between what a component exports and imports of the package and what the package has.
#[must_use]
pub fn differences(component: &Component, engine: &Engine) -> Vec<InterfaceDifference> {
    let Some(resolve) = &*PACKAGE_TYPES else { return Vec::new() };
    let mut walk = Walk { resolve, engine, interface: String::new(), found: Vec::new() };
    let types = component.component_type();
    for (name, item) in types.exports(engine) {
        if let Some((interface, instance)) = walk.enter(name, item.ty) {
            walk.exported(interface, &instance);
        }
    }
    for (name, item) in types.imports(engine) {
        if let Some((interface, instance)) = walk.enter(name, item.ty) {
            walk.imported(interface, &instance);
        }
    }
    // Who lacks a function lacks most.
    walk.found.sort_by_key(|difference| difference.expected != FUNCTION);
    walk.found
}

struct Walk<'a> {
    resolve: &'a Resolve,
    engine: &'a Engine,
    /// The name of the interface that is walked.
    interface: String,
    found: Vec<InterfaceDifference>,
}

impl<'a> Walk<'a> {
    /// The interface of the package that an instance claims to be.
    fn enter(&mut self, name: &str, item: ComponentItem) -> Option<(&'a Interface, ComponentInstance)> {
        let ComponentItem::ComponentInstance(instance) = item else { return None };
        let (short, version) = name.strip_prefix(PACKAGE)?.strip_prefix('/')?.split_once('@')?;
        if !fits(version) {
            return None;
        }
        let mut interfaces = self.resolve.interfaces.iter().map(|(_, interface)| interface);
        let interface = interfaces.find(|interface| interface.name.as_deref() == Some(short))?;
        name.clone_into(&mut self.interface);
        Some((interface, instance))
    }

    /// A component has to export every function of an interface that it exports.
    fn exported(&mut self, interface: &Interface, instance: &ComponentInstance) {
        for (name, function) in &interface.functions {
            match instance.get_export(self.engine, name).map(|item| item.ty) {
                Some(ComponentItem::ComponentFunc(found)) => self.function(function, &found),
                Some(_) => self.tell(name, FUNCTION, "something else"),
                None => self.tell(name, FUNCTION, "nothing"),
            }
        }
    }

    /// A component may import what an interface has.
    fn imported(&mut self, interface: &Interface, instance: &ComponentInstance) {
        for (name, item) in instance.exports(self.engine) {
            let ComponentItem::ComponentFunc(found) = item.ty else { continue };
            match interface.functions.get(name) {
                Some(function) => self.function(function, &found),
                None => self.tell(name, "nothing of this name", "an import of a function"),
            }
        }
    }

    fn function(&mut self, expected: &Function, found: &ComponentFunc) {
        let place = &expected.name;
        let params: Vec<_> = found.params().take(MOST_NAMES * 4).collect();
        if expected.params.len() != params.len() {
            let names = |names: &mut dyn Iterator<Item = &str>| named("parameters", names);
            let wanted = names(&mut expected.params.iter().map(|param| &*param.name));
            return self.tell(place, &wanted, &names(&mut params.iter().map(|(name, _)| *name)));
        }
        for (expected, (name, found)) in expected.params.iter().zip(&params) {
            let place = format!("{place}({})", expected.name);
            if expected.name != *name {
                self.tell(&place, &format!("a parameter `{}`", expected.name), &format!("a parameter `{name}`"));
            }
            self.types(&place, &expected.ty, found);
        }
        let result = found.results().next();
        self.optional(&format!("{place} -> result"), expected.result.as_ref(), result.as_ref());
    }

    fn optional(&mut self, place: &str, expected: Option<&Type>, found: Option<&Found>) {
        match (expected, found) {
            (Some(expected), Some(found)) => self.types(place, expected, found),
            (Some(expected), None) => self.tell(place, &self.wanted(expected), "nothing"),
            (None, Some(found)) => self.tell(place, "nothing", &told(found)),
            (None, None) => {}
        }
    }

    fn types(&mut self, place: &str, expected: &Type, found: &Found) {
        if self.found.len() >= MOST {
            return;
        }
        let Some(definition) = self.definition(expected) else {
            let fits = simple(expected) == told(found);
            return if fits {
            } else {
                self.tell(place, simple(expected), &told(found))
            };
        };
        match (&definition.kind, found) {
            (TypeDefKind::Record(expected), Found::Record(record)) => {
                let fields: Vec<_> = record.fields().take(expected.fields.len() + MOST_NAMES).collect();
                let names: Vec<_> = fields.iter().map(|field| field.name).collect();
                self.names(
                    place,
                    "a field",
                    &expected.fields.iter().map(|field| &*field.name).collect::<Vec<_>>(),
                    &names,
                );
                for expected in &expected.fields {
                    if let Some(found) = fields.iter().find(|found| found.name == expected.name) {
                        self.types(&format!("{place}.{}", expected.name), &expected.ty, &found.ty);
                    }
                }
            }
            (TypeDefKind::Variant(expected), Found::Variant(variant)) => {
                let cases: Vec<_> = variant.cases().take(expected.cases.len() + MOST_NAMES).collect();
                let names: Vec<_> = cases.iter().map(|case| case.name).collect();
                self.names(place, "a case", &expected.cases.iter().map(|case| &*case.name).collect::<Vec<_>>(), &names);
                for expected in &expected.cases {
                    if let Some(found) = cases.iter().find(|found| found.name == expected.name) {
                        let place = format!("{place}.{}", expected.name);
                        self.optional(&place, expected.ty.as_ref(), found.ty.as_ref());
                    }
                }
            }
            (TypeDefKind::Enum(expected), Found::Enum(cases)) => {
                let names: Vec<_> = cases.names().take(expected.cases.len() + MOST_NAMES).collect();
                self.names(place, "a case", &expected.cases.iter().map(|case| &*case.name).collect::<Vec<_>>(), &names);
            }
            (TypeDefKind::Flags(expected), Found::Flags(flags)) => {
                let names: Vec<_> = flags.names().take(expected.flags.len() + MOST_NAMES).collect();
                self.names(place, "a flag", &expected.flags.iter().map(|flag| &*flag.name).collect::<Vec<_>>(), &names);
            }
            (TypeDefKind::Tuple(expected), Found::Tuple(tuple)) if expected.types.len() == tuple.types().len() => {
                for (number, (expected, found)) in expected.types.iter().zip(tuple.types()).enumerate() {
                    self.types(&format!("{place}.{number}"), expected, &found);
                }
            }
            (TypeDefKind::List(expected), Found::List(list)) => self.types(&format!("{place}[]"), expected, &list.ty()),
            (TypeDefKind::Option(expected), Found::Option(option)) => {
                self.types(&format!("{place}?"), expected, &option.ty());
            }
            (TypeDefKind::Result(expected), Found::Result(result)) => {
                self.optional(&format!("{place}.ok"), expected.ok.as_ref(), result.ok().as_ref());
                self.optional(&format!("{place}.err"), expected.err.as_ref(), result.err().as_ref());
            }
            (TypeDefKind::Handle(wit_parser::Handle::Own(_)), Found::Own(_))
            | (TypeDefKind::Handle(wit_parser::Handle::Borrow(_)), Found::Borrow(_)) => {}
            _ => self.mismatch(place, definition, found),
        }
    }

    /// Which of these names are missing, which are new, and whether they are in order.
    fn names(&mut self, place: &str, what: &str, expected: &[&str], found: &[&str]) {
        if expected == found {
            return;
        }
        let before = self.found.len();
        for missing in expected.iter().filter(|name| !found.contains(name)) {
            self.tell(&format!("{place}.{missing}"), what, "nothing");
        }
        for new in found.iter().filter(|name| !expected.contains(name)) {
            self.tell(&format!("{place}.{new}"), "nothing of this name", what);
        }
        if self.found.len() == before {
            let order = |names: &[&str]| named("in this order:", &mut names.iter().copied());
            self.tell(place, &order(expected), &order(found));
        }
    }

    /// What a type is made of, behind its other names; none of one that is made of nothing else.
    fn definition(&self, mut of: &'a Type) -> Option<&'a TypeDef> {
        loop {
            let Type::Id(id) = of else { return None };
            let definition = self.resolve.types.get(*id)?;
            match &definition.kind {
                TypeDefKind::Type(other) if matches!(other, Type::Id(_)) => of = other,
                _ => return Some(definition),
            }
        }
    }

    fn mismatch(&mut self, place: &str, expected: &TypeDef, found: &Found) {
        let expected = self.described(expected);
        self.tell(place, &expected, &told(found));
    }

    /// A type that is expected, in a few words.
    fn wanted(&self, expected: &'a Type) -> String {
        self.definition(expected).map_or_else(|| simple(expected).to_owned(), |definition| self.described(definition))
    }

    fn described(&self, expected: &TypeDef) -> String {
        match &expected.kind {
            TypeDefKind::Record(record) => named("record of", &mut record.fields.iter().map(|field| &*field.name)),
            TypeDefKind::Variant(variant) => named("variant of", &mut variant.cases.iter().map(|case| &*case.name)),
            TypeDefKind::Enum(cases) => named("enum of", &mut cases.cases.iter().map(|case| &*case.name)),
            TypeDefKind::Flags(flags) => named("flags of", &mut flags.flags.iter().map(|flag| &*flag.name)),
            TypeDefKind::Tuple(tuple) => format!("tuple of {}", tuple.types.len()),
            TypeDefKind::Handle(wit_parser::Handle::Borrow(_)) => "borrow".to_owned(),
            TypeDefKind::Handle(wit_parser::Handle::Own(_)) => "own".to_owned(),
            TypeDefKind::Type(other) => simple(other).to_owned(),
            other => other.as_str().to_owned(),
        }
    }

    fn tell(&mut self, place: &str, expected: &str, found: &str) {
        if self.found.len() < MOST {
            let escaped = |part: &str| text::escape(part, 300);
            let (interface, place) = (self.interface.clone(), escaped(place));
            let (expected, found) = (expected.to_owned(), escaped(found));
            self.found.push(InterfaceDifference { interface, place, expected, found });
        }
    }
}

/// The name of a type that is made of nothing else.
fn simple(expected: &Type) -> &'static str {
    match expected {
        Type::Bool => "bool",
        Type::U8 => "u8",
        Type::U16 => "u16",
        Type::U32 => "u32",
        Type::U64 => "u64",
        Type::S8 => "s8",
        Type::S16 => "s16",
        Type::S32 => "s32",
        Type::S64 => "s64",
        Type::F32 => "f32",
        Type::F64 => "f64",
        Type::Char => "char",
        Type::String => "string",
        Type::ErrorContext => "error-context",
        Type::Id(_) => "a type",
    }
}

/// A type that was found, in a few words.
fn told(found: &Found) -> String {
    match found {
        Found::Bool => "bool".to_owned(),
        Found::U8 => "u8".to_owned(),
        Found::U16 => "u16".to_owned(),
        Found::U32 => "u32".to_owned(),
        Found::U64 => "u64".to_owned(),
        Found::S8 => "s8".to_owned(),
        Found::S16 => "s16".to_owned(),
        Found::S32 => "s32".to_owned(),
        Found::S64 => "s64".to_owned(),
        Found::Float32 => "f32".to_owned(),
        Found::Float64 => "f64".to_owned(),
        Found::Char => "char".to_owned(),
        Found::String => "string".to_owned(),
        Found::ErrorContext => "error-context".to_owned(),
        Found::Record(record) => named("record of", &mut record.fields().map(|field| field.name)),
        Found::Variant(variant) => named("variant of", &mut variant.cases().map(|case| case.name)),
        Found::Enum(cases) => named("enum of", &mut cases.names()),
        Found::Flags(flags) => named("flags of", &mut flags.names()),
        Found::Tuple(tuple) => format!("tuple of {}", tuple.types().len()),
        Found::List(_) => "list".to_owned(),
        Found::Map(_) => "map".to_owned(),
        Found::FixedLengthList(_) => "list of fixed length".to_owned(),
        Found::Option(_) => "option".to_owned(),
        Found::Result(_) => "result".to_owned(),
        Found::Own(_) => "own".to_owned(),
        Found::Borrow(_) => "borrow".to_owned(),
        Found::Future(_) => "future".to_owned(),
        Found::Stream(_) => "stream".to_owned(),
    }
}

fn named(what: &str, names: &mut dyn Iterator<Item = &str>) -> String {
    let mut few: Vec<_> = names.take(MOST_NAMES + 1).map(|name| format!("`{name}`")).collect();
    if few.len() > MOST_NAMES {
        few.truncate(MOST_NAMES);
        few.push("…".to_owned());
    }
    format!("{what} {}", few.join(", "))
}
