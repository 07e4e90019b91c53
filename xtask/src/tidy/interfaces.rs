//! Every item of the WIT says what it is for, and what was released of it stays as it was.

use std::path::Path;

use anyhow::{Result, anyhow};
use wit_parser::{Docs, Resolve, Span, TypeDefKind, TypeOwner};

use super::Violation;
use crate::frozen;

/// Checks the project's own package, if there is one.
///
/// # Errors
///
/// Fails if the package cannot be parsed.
pub(super) fn documented(root: &Path) -> Result<Vec<Violation>> {
    let folder = root.join("wit");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(&folder).map_err(|error| anyhow!("{}", resolve.render_error(&error)))?;
    let mut found = Undocumented { resolve: &resolve, root, violations: Vec::new() };
    found.package(package);
    Ok(found.violations)
}

/// Checks that what was released of the package is still there.
///
/// # Errors
///
/// Fails if the package, or what is noted of its releases, cannot be read.
pub(super) fn frozen(root: &Path) -> Result<Vec<Violation>> {
    if !root.join("wit").is_dir() {
        return Ok(Vec::new());
    }
    let differences = frozen::differences(root)?.into_iter();
    Ok(differences.map(|remedy| Violation::new(frozen::FILE, 1, "frozen", remedy)).collect())
}

struct Undocumented<'a> {
    resolve: &'a Resolve,
    root: &'a Path,
    violations: Vec<Violation>,
}

impl Undocumented<'_> {
    fn package(&mut self, package: wit_parser::PackageId) {
        let resolve = self.resolve;
        for (_, world) in resolve.worlds.iter().filter(|(_, world)| world.package == Some(package)) {
            self.item("world", &world.name, &world.docs, world.span);
        }
        for (id, interface) in resolve.interfaces.iter().filter(|(_, interface)| interface.package == Some(package)) {
            self.item("interface", interface.name.as_deref().unwrap_or("?"), &interface.docs, interface.span);
            for function in interface.functions.values() {
                self.item("function", &function.name, &function.docs, function.span);
            }
            for (_, definition) in
                resolve.types.iter().filter(|(_, definition)| definition.owner == TypeOwner::Interface(id))
            {
                self.definition(definition);
            }
        }
    }

    fn definition(&mut self, definition: &wit_parser::TypeDef) {
        // What has no name is part of another type, such as a list or an own handle.
        let Some(name) = &definition.name else { return };
        if self.is_import(definition) {
            return;
        }
        self.item("type", name, &definition.docs, definition.span);
        match &definition.kind {
            TypeDefKind::Record(record) => {
                record.fields.iter().for_each(|field| self.item("field", &field.name, &field.docs, field.span));
            }
            TypeDefKind::Variant(variant) => {
                variant.cases.iter().for_each(|case| self.item("case", &case.name, &case.docs, case.span));
            }
            TypeDefKind::Enum(kinds) => {
                kinds.cases.iter().for_each(|case| self.item("case", &case.name, &case.docs, case.span));
            }
            TypeDefKind::Flags(flags) => {
                flags.flags.iter().for_each(|flag| self.item("flag", &flag.name, &flag.docs, flag.span));
            }
            _ => {}
        }
    }

    /// Says whether a type comes from another interface through `use`, where its documentation is.
    fn is_import(&self, definition: &wit_parser::TypeDef) -> bool {
        let TypeDefKind::Type(wit_parser::Type::Id(id)) = definition.kind else { return false };
        self.resolve.types.get(id).is_some_and(|original| original.owner != definition.owner)
    }

    fn item(&mut self, kind: &str, name: &str, docs: &Docs, span: Span) {
        if docs.contents.as_deref().is_some_and(|text| !text.trim().is_empty()) {
            return;
        }
        let (path, line) = self.position(span);
        self.violations.push(Violation::new(
            path,
            line,
            "undocumented",
            format!("say with `///` what the {kind} `{name}` is"),
        ));
    }

    fn position(&self, span: Span) -> (String, usize) {
        let location = self.resolve.render_location(span);
        let mut parts = location.rsplitn(3, ':');
        let _column = parts.next();
        let line = parts.next().and_then(|line| line.parse().ok()).unwrap_or(1);
        let path = Path::new(parts.next().unwrap_or("wit"));
        (path.strip_prefix(self.root).unwrap_or(path).display().to_string(), line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(wit: &str) -> Vec<(usize, String)> {
        let root = tempfile::tempdir().unwrap();
        crate::files::write_atomically(&root.path().join("wit/all.wit"), wit.as_bytes()).unwrap();
        let mut found = documented(root.path()).unwrap();
        found.sort();
        assert!(found.iter().all(|violation| violation.path == "wit/all.wit"), "{found:?}");
        found.into_iter().map(|violation| (violation.line, violation.remedy)).collect()
    }

    #[test]
    fn documented_items_are_fine() {
        let wit = "package a:b;\n/// I.\ninterface i {\n/// R.\nrecord r {\n/// F.\nf: u8,\n}\n/// G.\ng: func() -> list<r>;\n}\n\
                   /// J.\ninterface j {\nuse i.{r};\n/// H.\nh: func(x: r);\n}\n/// W.\nworld w { import i; }\n";
        assert_eq!(lines(wit), []);
    }

    #[test]
    fn each_item_without_a_word_is_reported() {
        let wit = "package a:b;\ninterface i {\n/// V.\nvariant v {\nc,\n}\nenum e {\nd,\n}\nflags s {\nt,\n}\nf: func();\n}\nworld w {}\n";
        let found: Vec<usize> = lines(wit).into_iter().map(|(line, _)| line).collect();
        assert_eq!(found, [2, 5, 7, 8, 10, 11, 13, 15]);
    }

    #[test]
    fn without_interfaces_there_is_nothing_to_document() {
        assert_eq!(documented(tempfile::tempdir().unwrap().path()).unwrap(), []);
    }
}
