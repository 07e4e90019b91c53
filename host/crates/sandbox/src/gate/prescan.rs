//! Walks the sections of a component, and counts. It runs before anything bounds what a component may cost, so it takes
//! time in proportion to the file at the most, keeps a few numbers for each component that is open, and stops at the
//! first cap. What is inside of types and functions is left to the compiler, which can be killed.

use palisade_core::{Error, ErrorKind, Limit, Limits, Result, text::escape};
use wasmparser::{
    ComponentAlias, ComponentExport, ComponentExternalKind, ComponentImport, ComponentInstance,
    ComponentOuterAliasKind, Encoding, FromReader, FunctionBody, Instance, Parser, Payload, SectionLimited,
};

use super::{
    census::{self, Census},
    layout::{Cost, Layout},
};

/// Most characters that are kept of a name or a reason.
const MAX_TEXT: usize = 200;

/// Counts what a component is made of, and refuses what is broken, more than is taken, or beyond telling.
///
/// It reads no type and no instruction: a component that passes may still be invalid.
pub(super) fn prescan(component: &[u8], limits: &Limits) -> Result<Census> {
    let mut scan = Scan { component, census: Census::default(), open: vec![Open::new(Encoding::Component)] };
    for payload in Parser::new(0).parse_all(component) {
        scan.take(payload.map_err(|error| malformed(&error))?)?;
    }
    let census = scan.census;
    census::LAID_OUT.check(census.laid_out)?;
    check_instances(census.core_instances, limits)?;
    Ok(census)
}

/// Refuses what could never be instantiated: the same limit holds in each call.
fn check_instances(count: u64, limits: &Limits) -> Result<()> {
    let most = limits.instances;
    if count <= most.into() {
        return Ok(());
    }
    let key = Limit::Instances.key();
    let message =
        format!("the component has {count} core instances, and at most {most} are taken: that is `limits.{key}`");
    Err(Error::new(ErrorKind::ResourceLimit, message))
}

/// The walk, where it has come to.
struct Scan<'a> {
    component: &'a [u8],
    census: Census,
    /// The modules and components that have not ended yet, outermost first.
    open: Vec<Open>,
}

/// A module or component that has not ended yet.
struct Open {
    encoding: Encoding,
    layout: Layout,
}

impl Open {
    fn new(encoding: Encoding) -> Self {
        Self { encoding, layout: Layout::default() }
    }
}

impl<'a> Scan<'a> {
    fn take(&mut self, payload: Payload<'a>) -> Result<()> {
        let counts = &mut self.census;
        if payload.as_section().is_some() {
            census::SECTIONS.add(&mut counts.sections, 1_u32)?;
        }
        match payload {
            Payload::Version { encoding, range, .. } => self.begin(encoding, range.start),
            Payload::End(_) => self.end(),
            Payload::CustomSection(section) => {
                census::CUSTOM_SECTIONS.add(&mut counts.custom_sections, 1_u32)?;
                census::CUSTOM_NAME_BYTES.add(&mut counts.custom_name_bytes, section.name().len() as u64)
            }

            Payload::ModuleSection { unchecked_range, .. } => {
                census::MODULES.add(&mut counts.modules, 1_u32)?;
                self.enter(Encoding::Module, unchecked_range.end)
            }
            Payload::ComponentSection { unchecked_range, .. } => {
                census::COMPONENTS.add(&mut counts.components, 1_u32)?;
                self.enter(Encoding::Component, unchecked_range.end)
            }
            Payload::CoreTypeSection(section) => self.component_types(&section),
            Payload::ComponentTypeSection(section) => self.component_types(&section),
            Payload::ComponentCanonicalSection(section) => {
                census::CANONICAL_FUNCTIONS.add(&mut counts.canonical_functions, section.count())?;
                self.innermost()?.add_items(section.count().into());
                Ok(())
            }
            Payload::ComponentImportSection(section) => {
                census::IMPORTS.add(&mut counts.imports, section.count())?;
                self.each(section, Self::import)
            }
            Payload::ComponentExportSection(section) => {
                census::EXPORTS.add(&mut counts.exports, section.count())?;
                self.each(section, Self::export)
            }
            Payload::ComponentAliasSection(section) => {
                census::ALIASES.add(&mut counts.aliases, section.count())?;
                self.each(section, Self::alias)
            }
            Payload::InstanceSection(section) => {
                census::INSTANCES.add(&mut counts.instances, section.count())?;
                self.each(section, Self::core_instance)
            }
            Payload::ComponentInstanceSection(section) => {
                census::INSTANCES.add(&mut counts.instances, section.count())?;
                self.each(section, Self::instance)
            }

            Payload::TypeSection(section) => self.types(&section),
            Payload::ImportSection(section) => census::IMPORTS.add(&mut counts.imports, section.count()),
            Payload::FunctionSection(section) => {
                census::FUNCTIONS.add(&mut counts.functions, section.count())?;
                census::MODULE_FUNCTIONS.raise(&mut counts.module_functions, section.count().into())
            }
            Payload::TableSection(section) => census::TABLES.add(&mut counts.tables, section.count()),
            Payload::MemorySection(section) => census::MEMORIES.add(&mut counts.memories, section.count()),
            Payload::GlobalSection(section) => census::GLOBALS.add(&mut counts.globals, section.count()),
            Payload::TagSection(section) => census::TAGS.add(&mut counts.tags, section.count()),
            Payload::ExportSection(section) => census::EXPORTS.add(&mut counts.exports, section.count()),
            Payload::ElementSection(section) => {
                census::ELEMENT_SEGMENTS.add(&mut counts.element_segments, section.count())
            }
            Payload::DataSection(section) => census::DATA_SEGMENTS.add(&mut counts.data_segments, section.count()),
            Payload::CodeSectionEntry(body) => self.function(&body),

            // The parser compares what these claim with what there is.
            Payload::CodeSectionStart { .. } | Payload::DataCountSection { .. } => Ok(()),
            Payload::StartSection { .. } | Payload::ComponentStartSection { .. } => Ok(()),
            Payload::UnknownSection { id, range, .. } => Err(broken(range.start, &format!("unknown section {id}"))),
            // What a later parser may tell apart.
            _ => Err(broken(self.component.len(), "a section of a kind that is not known here")),
        }
    }

    /// A section begins that holds a module or a component, and claims to reach this far.
    fn enter(&mut self, encoding: Encoding, end: usize) -> Result<()> {
        // Without this the parser takes the end of the file for the end of each that is open.
        if end > self.component.len() {
            return Err(broken(self.component.len(), "unexpected end-of-file"));
        }
        census::NESTING.raise(&mut self.census.nesting, self.open.len() as u64)?;
        self.innermost()?.add_items(1);
        self.open.push(Open::new(encoding));
        Ok(())
    }

    /// A module or a component begins.
    fn begin(&self, encoding: Encoding, offset: usize) -> Result<()> {
        match self.open.last() {
            Some(open) if open.encoding == encoding => Ok(()),
            _ => Err(broken(offset, "a module where a component belongs, or the other way round")),
        }
    }

    /// A module or a component ends.
    fn end(&mut self) -> Result<()> {
        let Some(Open { encoding, layout }) = self.open.pop() else { return Ok(()) };
        match self.open.last_mut() {
            Some(around) if encoding == Encoding::Component => around.layout.number(layout.cost()),
            Some(_) => {}
            None => {
                self.census.core_instances = layout.cost().core_instances;
                self.census.laid_out = layout.cost().items;
            }
        }
        Ok(())
    }

    /// The layout of the component that is being read.
    fn innermost(&mut self) -> Result<&mut Layout> {
        let size = self.component.len();
        let innermost = self.open.last_mut().map(|open| &mut open.layout);
        innermost.ok_or_else(|| broken(size, "something after the end"))
    }

    fn types<T>(&mut self, section: &SectionLimited<'_, T>) -> Result<()> {
        census::TYPES.add(&mut self.census.types, section.count())?;
        census::TYPE_BYTES.add(&mut self.census.type_bytes, section.range().len() as u64)
    }

    fn component_types<T>(&mut self, section: &SectionLimited<'_, T>) -> Result<()> {
        self.types(section)?;
        self.innermost()?.add_items(section.count().into());
        // A declaration that is a type, and a type that has declarations, of a component or of an instance: without
        // these two bytes one after the other there is no level below. Some others may look alike.
        let bytes = self.component.get(section.original_position()..section.range().end).unwrap_or_default();
        let inner = bytes.windows(2).filter(|pair| matches!(pair, [0x01, 0x41 | 0x42])).count();
        census::INNER_TYPES.add(&mut self.census.inner_types, inner as u64)
    }

    /// Takes the items of a section that links the parts of a component, each with its offset.
    fn each<T: FromReader<'a>>(
        &mut self,
        section: SectionLimited<'a, T>,
        take: impl Fn(&mut Self, usize, T) -> Result<()>,
    ) -> Result<()> {
        census::LINK_BYTES.add(&mut self.census.link_bytes, section.range().len() as u64)?;
        self.innermost()?.add_items(section.count().into());
        for item in section.into_iter_with_offsets() {
            let (offset, item) = item.map_err(|error| malformed(&error))?;
            take(self, offset, item)?;
        }
        Ok(())
    }

    fn import(&mut self, _: usize, import: ComponentImport<'_>) -> Result<()> {
        match import.ty.kind() {
            ComponentExternalKind::Component => Err(unresolved("imports", import.name.name)),
            _ => Ok(()),
        }
    }

    fn export(&mut self, offset: usize, export: ComponentExport<'_>) -> Result<()> {
        // What is exported gets a second index.
        if export.kind == ComponentExternalKind::Component {
            let component = self.component(offset, 0, export.index)?;
            self.innermost()?.number(component);
        }
        Ok(())
    }

    fn alias(&mut self, offset: usize, alias: ComponentAlias<'_>) -> Result<()> {
        match alias {
            ComponentAlias::InstanceExport { kind: ComponentExternalKind::Component, name, .. } => {
                Err(unresolved("takes from an instance", name))
            }
            ComponentAlias::Outer { kind: ComponentOuterAliasKind::Component, count, index } => {
                let component = self.component(offset, count, index)?;
                self.innermost()?.number(component);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn core_instance(&mut self, _: usize, instance: Instance<'_>) -> Result<()> {
        match instance {
            Instance::Instantiate { args, .. } => {
                self.innermost()?.add_core_instance();
                self.arguments(args.len())
            }
            // Names for what other instances have.
            Instance::FromExports(exports) => self.arguments(exports.len()),
        }
    }

    fn instance(&mut self, offset: usize, instance: ComponentInstance<'_>) -> Result<()> {
        match instance {
            ComponentInstance::Instantiate { component_index, args } => {
                let component = self.component(offset, 0, component_index)?;
                self.innermost()?.add_instance(component);
                match args.iter().find(|argument| argument.kind == ComponentExternalKind::Component) {
                    Some(argument) => Err(unresolved("passes on as an argument", argument.name)),
                    None => self.arguments(args.len()),
                }
            }
            ComponentInstance::FromExports(exports) => self.arguments(exports.len()),
        }
    }

    fn arguments(&mut self, count: usize) -> Result<()> {
        census::ARGUMENTS.add(&mut self.census.arguments, u32::try_from(count).unwrap_or(u32::MAX))?;
        self.innermost()?.add_items(count as u64);
        Ok(())
    }

    /// The component that has this index in the one that is being read, or in the one so many levels around it.
    fn component(&self, offset: usize, levels: u32, index: u32) -> Result<Cost> {
        let around = self.open.iter().rev().nth(usize::try_from(levels).unwrap_or(usize::MAX));
        let component = around.and_then(|open| open.layout.component(index));
        component.ok_or_else(|| broken(offset, &format!("unknown component {index}")))
    }

    fn function(&mut self, body: &FunctionBody<'_>) -> Result<()> {
        census::FUNCTION_BYTES.raise(&mut self.census.function_bytes, body.range().len() as u64)?;
        let declarations = body.get_locals_reader().map_err(|error| malformed(&error))?;
        census::LOCAL_DECLARATIONS.add(&mut self.census.local_declarations, declarations.get_count())?;
        let mut locals = 0;
        for declaration in declarations {
            let (count, _) = declaration.map_err(|error| malformed(&error))?;
            census::FUNCTION_LOCALS.add(&mut locals, count)?;
        }
        census::FUNCTION_LOCALS.raise(&mut self.census.function_locals, locals)
    }
}

/// What the parser or the validator found.
pub(super) fn malformed(error: &wasmparser::Error) -> Error {
    broken(error.offset(), error.message())
}

fn broken(offset: usize, reason: &str) -> Error {
    let reason = escape(reason, MAX_TEXT);
    Error::new(ErrorKind::Malformed, format!("the component is broken at byte {offset}: {reason}"))
}

/// What it costs to instantiate such a component cannot be told from the sections. Toolchains write components where
/// they are instantiated; those that a composition leaves to be imported could not be linked here anyhow.
fn unresolved(how: &str, name: &str) -> Error {
    let name = escape(name, MAX_TEXT);
    let message = format!("the component {how} a component, `{name}`, and components as values are not supported");
    Error::new(ErrorKind::UnsupportedFeature, message)
}

#[cfg(test)]
#[path = "prescan_tests.rs"]
mod tests;
