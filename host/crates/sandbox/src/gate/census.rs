//! What a component is made of, and the most that is taken of each.

use palisade_core::{Error, ErrorKind, Result};
use serde::Serialize;

/// What a component is made of, counted from its bytes without compiling it. Everything is counted together with what
/// the modules and components inside of it have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Census {
    /// Levels of modules and components inside each other; 0 when there is nothing inside.
    pub nesting: u64,
    /// Components inside of it.
    pub components: u64,
    /// Core modules inside of it.
    pub modules: u64,
    /// Sections, custom ones included.
    pub sections: u64,
    /// Custom sections: names, producers and the like.
    pub custom_sections: u64,
    /// Bytes of the names of custom sections.
    pub custom_name_bytes: u64,
    /// Types that are defined in sections of their own; not those that are written inside of others.
    pub types: u64,
    /// Bytes of the sections of types.
    pub type_bytes: u64,
    /// Types of components and instances that are written inside of other types; or more, since it is counted without
    /// reading them.
    pub inner_types: u64,
    /// Bytes of the sections that link its parts: imports, exports, aliases and instances of components.
    pub link_bytes: u64,
    /// Imports.
    pub imports: u64,
    /// Exports.
    pub exports: u64,
    /// Aliases.
    pub aliases: u64,
    /// Functions that cross from the types of components to those of core modules, or back.
    pub canonical_functions: u64,
    /// Instances that are described, of modules and of components, whether or not they are ever made.
    pub instances: u64,
    /// What instances are given, and what those have that are put together from exports.
    pub arguments: u64,
    /// Functions with code.
    pub functions: u64,
    /// Functions of the module that has the most.
    pub module_functions: u64,
    /// Bytes of the largest function.
    pub function_bytes: u64,
    /// Declarations of local variables. Each may declare many.
    pub local_declarations: u64,
    /// Local variables of the function that has the most.
    pub function_locals: u64,
    /// Linear memories that modules define.
    pub memories: u64,
    /// Tables that modules define.
    pub tables: u64,
    /// Globals that modules define.
    pub globals: u64,
    /// Exception tags that modules define.
    pub tags: u64,
    /// Data segments.
    pub data_segments: u64,
    /// Element segments: the contents of tables.
    pub element_segments: u64,
    /// Core instances that one instance of the component has.
    pub core_instances: u64,
    /// Items that one instance of the component is laid out from: what a component inside of it has counts as often as
    /// it is instantiated.
    pub laid_out: u64,
}

/// The most that is taken of something.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cap {
    what: &'static str,
    most: u64,
}

impl Cap {
    pub(super) const fn new(what: &'static str, most: u64) -> Self {
        Self { what, most }
    }

    /// Adds to a count, and refuses what comes out above the cap.
    pub(super) fn add(self, count: &mut u64, more: impl Into<u64>) -> Result<()> {
        *count = count.saturating_add(more.into());
        self.check(*count)
    }

    /// Raises a maximum, and refuses what is above the cap.
    pub(super) fn raise(self, maximum: &mut u64, value: u64) -> Result<()> {
        *maximum = value.max(*maximum);
        self.check(value)
    }

    pub(super) fn check(self, count: u64) -> Result<()> {
        if count <= self.most {
            return Ok(());
        }
        let Self { what, most } = self;
        Err(Error::new(
            ErrorKind::CompileLimit,
            format!("the component has {count} {what}, and at most {most} are taken"),
        ))
    }
}

// The yardstick is what toolchains make. The providers in Rust have one level of nesting, 3 modules, 2000 functions, a
// largest function of 37 kB and 500 items to lay out. Python's interpreter, linked with its libraries when it is
// instantiated, has 20 MB, 14 modules, 13 000 functions, a largest function of 430 kB, 2500 data segments, 4000 exports
// and 3000 items. Caps are ten times that and more where it costs little, and less where each one is dear.

/// A composition adds a level each time that its result is composed again.
pub(super) const NESTING: Cap = Cap::new("levels of nesting", 16);
/// Toolchains wrap each exported interface in a component.
pub(super) const COMPONENTS: Cap = Cap::new("components inside of it", 200);
/// Each library that is linked when the component is instantiated is a module.
pub(super) const MODULES: Cap = Cap::new("core modules", 200);
/// Three bytes make a section, and reading one takes much longer than reading three bytes of anything else.
pub(super) const SECTIONS: Cap = Cap::new("sections", 100_000);
/// Each module has one or two.
pub(super) const CUSTOM_SECTIONS: Cap = Cap::new("custom sections", 1000);
/// Their names are read; what is in them is not.
pub(super) const CUSTOM_NAME_BYTES: Cap = Cap::new("bytes of names of custom sections", 64 << 10);
/// All of WASI has a few hundred, and each module as many as it has signatures.
pub(super) const TYPES: Cap = Cap::new("types", 100_000);
/// What is written inside of a type is not counted one by one.
pub(super) const TYPE_BYTES: Cap = Cap::new("bytes of types", 4 << 20);
/// Reading a type is recursive in parser and compiler, and some thousand levels end the process. Toolchains name types
/// instead of writing them inside of each other.
pub(super) const INNER_TYPES: Cap = Cap::new("types of components and instances inside of types", 500);
/// The names in them are read one by one.
pub(super) const LINK_BYTES: Cap = Cap::new("bytes of imports, exports, aliases and instances", 8 << 20);
/// Libraries import most of what they call.
pub(super) const IMPORTS: Cap = Cap::new("imports", 100_000);
/// Libraries export all of their functions.
pub(super) const EXPORTS: Cap = Cap::new("exports", 100_000);
/// Each function that one module has of another is an alias.
pub(super) const ALIASES: Cap = Cap::new("aliases", 100_000);
/// There is one for each function of an interface, and code is generated for each.
pub(super) const CANONICAL_FUNCTIONS: Cap = Cap::new("functions of interfaces", 10_000);
/// There is one for each interface, and a few for each module.
pub(super) const INSTANCES: Cap = Cap::new("descriptions of instances", 5000);
/// Each function that one module has of another is an argument too.
pub(super) const ARGUMENTS: Cap = Cap::new("arguments of instances", 100_000);
/// The largest programs that fit into 64 MiB have fewer.
pub(super) const FUNCTIONS: Cap = Cap::new("functions", 200_000);
/// The same of the largest module.
pub(super) const MODULE_FUNCTIONS: Cap = Cap::new("functions in one module", 100_000);
/// Compiling a function takes longer than in proportion to its size.
pub(super) const FUNCTION_BYTES: Cap = Cap::new("bytes in one function", 2 << 20);
/// Toolchains write one for each type of variable. They are read one by one.
pub(super) const LOCAL_DECLARATIONS: Cap = Cap::new("declarations of local variables", 500_000);
/// All engines agree on this one. A claim of four billion takes five bytes.
pub(super) const FUNCTION_LOCALS: Cap = Cap::new("local variables in one function", 50_000);
/// A component has one for each program in it, and libraries share it.
pub(super) const MEMORIES: Cap = Cap::new("memories", 64);
/// A module has one or two, and libraries share them.
pub(super) const TABLES: Cap = Cap::new("tables", 256);
/// Libraries have one for each address that they have of each other.
pub(super) const GLOBALS: Cap = Cap::new("globals", 100_000);
/// They belong to exceptions, which are off; compilers that use them write one.
pub(super) const TAGS: Cap = Cap::new("exception tags", 1000);
/// A program that was started ahead and saved has as many as it has stretches of memory in use.
pub(super) const DATA_SEGMENTS: Cap = Cap::new("data segments", 100_000);
/// Toolchains write one for each table.
pub(super) const ELEMENT_SEGMENTS: Cap = Cap::new("element segments", 10_000);
/// The compiler takes about a microsecond and 200 bytes for each.
pub(super) const LAID_OUT: Cap = Cap::new("items to lay out one instance from", 1_000_000);
