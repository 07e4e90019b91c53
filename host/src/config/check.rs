//! All that is wrong with a configuration at one time, without loading a component.
//!
//! ```text
//! text ─► TOML, with the place of each value ─► File; what is refused is noted and taken out, and the rest read again
//!      ─► each provider ─► prices, resources, and what settings refer to
//! ```

use std::{
    collections::BTreeSet,
    fmt,
    ops::Range,
    path::{Path, PathBuf},
};

use palisade_core::{
    Error, ErrorKind, ProviderId, Result,
    text::{escape, nearest},
};
use palisade_egress::{Egress, Network, Settings};
use palisade_resources::{Problem, Resources};
use serde::{Deserialize as _, Serialize};
use toml::{
    Spanned,
    de::{DeArray, DeTable, DeValue},
};

use super::{Config, File, ProviderTable, contexts::ContextTable, registration, resources::ResourcesTable};
use crate::{
    limits_table::LimitsTable,
    price_feed::PriceFeedPlace,
    registration::{Origin, Registration},
    resources_of_host::HostResources,
};

/// Most problems that are told.
const MAX_PROBLEMS: usize = 100;
/// Most characters of what is wrong.
const MAX_MESSAGE: usize = 1000;

/// Something that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfigProblem {
    /// The line of the file; none where it is in another file.
    pub line: Option<usize>,
    /// Where, what, and what may have been meant.
    pub problem: Problem,
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(formatter)
    }
}

impl Config {
    /// Finds everything that is wrong with a configuration file, without loading components. Nothing is what should come back.
    ///
    /// # Errors
    ///
    /// `io` when the file cannot be read; `internal` when this machine cannot.
    pub async fn check(path: &Path) -> Result<Vec<ConfigProblem>> {
        let text = tokio::fs::read_to_string(path).await.map_err(|error| {
            Error::new(ErrorKind::Io, format!("cannot read `{}`", path.display())).with_source(error)
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut check = Check { text: &text, problems: Vec::new() };
        let Some((mut file, table)) = check.read() else { return Ok(check.sorted()) };
        let own = ContextTable {
            budgets: Vec::new(),
            prices: file.prices.take(),
            resources: file.resources.take(),
            discovery: None,
            providers: std::mem::take(&mut file.providers),
        };
        let limits = &file.limits;
        check.context(&table, &[], own, limits, folder).await?;
        for (name, context) in std::mem::take(&mut file.contexts) {
            let place = ["contexts", name.as_str()];
            if name.is_default() {
                let message = "what is of the default context stands at the top of the file";
                check.add(&table, &place, problem(ErrorKind::Config, place.join("."), message));
            }
            check.context(&table, &place, context, limits, folder).await?;
        }
        Ok(check.sorted())
    }
}

struct Check<'a> {
    text: &'a str,
    problems: Vec<ConfigProblem>,
}

impl<'a> Check<'a> {
    fn sorted(mut self) -> Vec<ConfigProblem> {
        self.problems.truncate(MAX_PROBLEMS);
        self.problems.sort_by_key(|problem| problem.line.unwrap_or(usize::MAX));
        self.problems
    }

    /// As much of the file as can be read.
    fn read(&mut self) -> Option<(File, DeTable<'a>)> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in &errors {
            let line = error.span().map(|span| line(self.text, span.start));
            self.problems
                .push(ConfigProblem { line, problem: problem(ErrorKind::Config, String::new(), error.message()) });
        }
        if !errors.is_empty() {
            return None;
        }
        let whole = table.into_inner();
        let (mut left, mut removed) = (whole.clone(), BTreeSet::new());
        while self.problems.len() < MAX_PROBLEMS {
            let root = Spanned::new(0..self.text.len(), left.clone());
            let error = match File::deserialize(toml::Deserializer::from(root)) {
                Ok(file) => return Some((file, whole)),
                Err(error) => error,
            };
            let place = error.span().and_then(|span| find(&left, &span));
            let path = place.as_deref().map(shown).unwrap_or_default();
            let told = told(error.message(), path.clone());
            // What was taken out is missed.
            if !removed.contains(&told.path) {
                let line = error.span().map(|span| line(self.text, span.start));
                self.problems.push(ConfigProblem { line, problem: told });
            }
            let is_gone = place.is_some_and(|place| remove(&mut left, &place));
            if !is_gone {
                return None;
            }
            removed.insert(path);
        }
        None
    }

    fn add(&mut self, table: &DeTable<'_>, keys: &[&str], problem: Problem) {
        let line = span_of(table, keys).map(|span| line(self.text, span.start));
        self.problems.push(ConfigProblem { line, problem });
    }

    /// What is said of a context, at this place of the file.
    async fn context(
        &mut self,
        table: &DeTable<'_>,
        place: &[&str],
        context: ContextTable,
        limits: &LimitsTable,
        folder: &Path,
    ) -> Result<()> {
        let mut registrations = Vec::new();
        for (id, provider) in context.providers {
            let keys = below(place, &["providers", id.as_str()]);
            self.component(table, &keys, &provider, folder);
            let own_limits = LimitsTable::default().effective(limits);
            match registration(provider, own_limits, folder) {
                Ok(registration) => registrations.push((id.clone(), registration)),
                Err(reason) => self.add(table, &keys, problem(ErrorKind::Config, keys.join("."), reason)),
            }
        }
        if let Some(prices) = context.prices
            && let PriceFeedPlace::File(path) = prices.place(folder)
            && let Err(error) = PriceFeedPlace::File(path).check().await
        {
            let keys = below(place, &["prices", "file"]);
            self.add(table, &keys, of_error(&keys.join("."), &error));
        }
        self.loans(table, place, &registrations);
        let resources = self.resources(table, place, context.resources, folder).await;
        self.settings(table, place, &resources, registrations).await
    }

    /// Whether the component is there.
    fn component(&mut self, table: &DeTable<'_>, keys: &[&str], provider: &ProviderTable, folder: &Path) {
        // What is no component is told with the rest of the provider.
        let Some(component) = &provider.component else { return };
        let path = folder.join(component);
        if !provider.enabled || path.is_file() {
            return;
        }
        let beside = folder_of(&path).read_dir().ok().into_iter().flatten().flatten();
        let beside: Vec<PathBuf> =
            beside.map(|file| file.path()).filter(|path| path.extension().is_some_and(|end| end == "wasm")).collect();
        let names: Vec<_> = beside.iter().filter_map(|path| path.file_name()?.to_str()).collect();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let suggestion = suggestion(name, names.iter().copied());
        let message = format!("`{}` is no file", escape(&component.to_string_lossy(), 200));
        let keys: Vec<&str> = keys.iter().copied().chain(["component"]).collect();
        let problem = Problem { suggestion, ..problem(ErrorKind::Io, keys.join("."), message) };
        self.add(table, &keys, problem);
    }

    /// Whether what is lent is a store.
    fn loans(&mut self, table: &DeTable<'_>, place: &[&str], registrations: &[(ProviderId, Registration)]) {
        let is_store = |registration: &Registration| matches!(registration.origin, Origin::Store(_));
        let stores = || registrations.iter().filter(|(_, own)| is_store(own)).map(|(id, _)| id.as_str());
        for (id, registration) in registrations {
            for (name, loan) in &registration.loans {
                let lent = loan.provider.as_str();
                let message = match registrations.iter().find(|(id, _)| *id == loan.provider) {
                    Some((_, own)) if is_store(own) => continue,
                    Some(_) => format!("`{lent}` is no store"),
                    None => format!("there is no store `{lent}`"),
                };
                let keys = below(place, &["providers", id.as_str(), "stores", name.as_str(), "provider"]);
                let suggestion = suggestion(lent, stores());
                let problem = Problem { suggestion, ..problem(ErrorKind::Config, keys.join("."), message) };
                self.add(table, &keys, problem);
            }
        }
    }

    /// The resources, as far as they are right.
    async fn resources(
        &mut self,
        table: &DeTable<'_>,
        place: &[&str],
        resources_table: Option<ResourcesTable>,
        folder: &Path,
    ) -> HostResources {
        let resources = HostResources::new(None::<Resources>);
        let Some(resources_table) = resources_table else { return resources };
        let whole = below(place, &["resources"]);
        match resources_table.place(folder) {
            Ok(files) => {
                let egress = || Egress::new(Settings::default(), Network::default());
                match resources.open_place(&files, egress).await {
                    Ok(problems) => {
                        for problem in problems {
                            let path = problem.path;
                            let (kind, name) = path.split_once([':', '.']).unwrap_or((&path, ""));
                            let name = name.split(['.', '[']).next().unwrap_or_default();
                            let own = below(&whole, &["custom", kind, name]);
                            let span =
                                span_of_all(table, &own).or_else(|| span_of_all(table, &below(&whole, &[kind, name])));
                            let line = span.map(|span| line(self.text, span.start));
                            let path = below(place, &[path.as_str()]).join(".");
                            self.problems.push(ConfigProblem { line, problem: Problem { path, ..problem } });
                        }
                    }
                    Err(error) => self.add(table, &whole, of_error(&whole.join("."), &error)),
                }
            }
            Err(reason) => self.add(table, &whole, problem(ErrorKind::Config, whole.join("."), reason)),
        }
        resources
    }

    /// What settings of providers refer to.
    async fn settings(
        &mut self,
        table: &DeTable<'_>,
        place: &[&str],
        resources: &HostResources,
        registrations: Vec<(ProviderId, Registration)>,
    ) -> Result<()> {
        for (id, registration) in registrations {
            let Some(configured) = &registration.configured else { continue };
            let own = below(place, &["providers", id.as_str(), "config"]);
            let label = own.join(".");
            let read = resources.read(configured).await?;
            for problem in resources.registry.resolved(&read, &label).err().into_iter().flatten() {
                let rest = problem.path.get(label.len()..).unwrap_or_default().to_owned();
                let inner = rest.split(['.', '[', ']', '"']).filter(|key| !key.is_empty());
                let keys: Vec<&str> = own.iter().copied().chain(inner).collect();
                self.add(table, &keys, problem);
            }
        }
        Ok(())
    }
}

/// A place below another.
fn below<'k>(place: &[&'k str], keys: &[&'k str]) -> Vec<&'k str> {
    place.iter().chain(keys).copied().collect()
}

fn problem(code: ErrorKind, path: String, message: impl AsRef<str>) -> Problem {
    let message = escape(message.as_ref().trim_end(), MAX_MESSAGE);
    Problem { code, path, through: Box::default(), message, expected: None, suggestion: None }
}

fn of_error(path: &str, error: &Error) -> Problem {
    problem(error.kind(), path.to_owned(), error.message())
}

/// What the reader of the file says, with what may have been meant.
fn told(message: &str, path: String) -> Problem {
    let quoted = |text: &str| text.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    if let Some(rest) = message.strip_prefix("missing field ") {
        let path = quoted(rest)
            .into_iter()
            .fold(path, |path, field| if path.is_empty() { field } else { format!("{path}.{field}") });
        return problem(ErrorKind::Config, path, "it is missing");
    }
    for (start, said) in [("unknown field ", "no field is called so"), ("unknown variant ", "it is not taken")] {
        let Some((name, expected)) = message.strip_prefix(start).and_then(|rest| rest.split_once(", ")) else {
            continue;
        };
        let (name, known) = (quoted(name).pop().unwrap_or_default(), quoted(expected));
        let suggestion = suggestion(&name, known.iter().map(String::as_str));
        let message =
            if start == "unknown variant " { format!("`{}` is not taken", escape(&name, 80)) } else { said.to_owned() };
        let expected = (!known.is_empty()).then(|| known.join(", "));
        return Problem { expected, suggestion, ..problem(ErrorKind::Config, path, message) };
    }
    problem(ErrorKind::Config, path, message)
}

fn suggestion<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<String> {
    nearest(name, known).map(|known| format!("did you mean `{}`?", escape(known, 80)))
}

/// The folder of a file; this one, where it is named without.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

pub(super) fn line(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or(text).matches('\n').count() + 1
}

/// A step on the way to a value.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    Key(String),
    Item(usize),
}

fn shown(place: &[Step]) -> String {
    let mut path = String::new();
    for step in place {
        match step {
            Step::Item(index) => path += &format!("[{index}]"),
            Step::Key(key) if key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) => {
                path += if path.is_empty() { "" } else { "." };
                path += key;
            }
            Step::Key(key) => {
                path += if path.is_empty() { "" } else { "." };
                path += &format!("\"{}\"", escape(key, 80));
            }
        }
    }
    path
}

/// The innermost value, or key, that holds a span.
fn find(table: &DeTable<'_>, span: &Range<usize>) -> Option<Vec<Step>> {
    let mut best: Option<(usize, Vec<Step>)> = None;
    visit(table, &mut Vec::new(), &mut |place, own| {
        let holds = own.start <= span.start && span.end <= own.end;
        if holds && best.as_ref().is_none_or(|(length, _)| own.len() <= *length) {
            best = Some((own.len(), place.to_vec()));
        }
    });
    best.map(|(_, place)| place)
}

fn visit(table: &DeTable<'_>, place: &mut Vec<Step>, seen: &mut dyn FnMut(&[Step], Range<usize>)) {
    for (key, value) in table {
        place.push(Step::Key(key.get_ref().to_string()));
        seen(place, key.span());
        visit_value(value, place, seen);
        place.pop();
    }
}

fn visit_value(value: &Spanned<DeValue<'_>>, place: &mut Vec<Step>, seen: &mut dyn FnMut(&[Step], Range<usize>)) {
    seen(place, value.span());
    match value.get_ref() {
        DeValue::Table(table) => visit(table, place, seen),
        DeValue::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                place.push(Step::Item(index));
                visit_value(item, place, seen);
                place.pop();
            }
        }
        _ => {}
    }
}

/// Takes a value out. Whether there was one.
fn remove(table: &mut DeTable<'_>, place: &[Step]) -> bool {
    match place {
        [Step::Key(key)] => table.remove(key.as_str()).is_some(),
        [Step::Key(key), rest @ ..] => table.get_mut(key.as_str()).is_some_and(|value| remove_below(value, rest)),
        _ => false,
    }
}

fn remove_below(value: &mut Spanned<DeValue<'_>>, place: &[Step]) -> bool {
    match (value.get_mut(), place) {
        (DeValue::Table(table), _) => remove(table, place),
        (DeValue::Array(items), [Step::Item(index)]) if *index < items.len() => {
            let mut kept = DeArray::new();
            items.iter().enumerate().filter(|(at, _)| at != index).for_each(|(_, item)| kept.push(item.clone()));
            *items = kept;
            true
        }
        (DeValue::Array(items), [Step::Item(index), rest @ ..]) => {
            items.get_mut(*index).is_some_and(|item| remove_below(item, rest))
        }
        _ => false,
    }
}

/// Where the value of these keys stands, or the innermost of those that it stands in.
fn span_of(table: &DeTable<'_>, keys: &[&str]) -> Option<Range<usize>> {
    (1..=keys.len()).rev().find_map(|length| span_of_all(table, keys.get(..length)?))
}

fn span_of_all(table: &DeTable<'_>, keys: &[&str]) -> Option<Range<usize>> {
    let (first, rest) = keys.split_first()?;
    let (key, value) = table.get_key_value(*first)?;
    match (rest, value.get_ref()) {
        ([], _) => Some(key.span()),
        (_, DeValue::Table(table)) => span_of_all(table, rest),
        (_, DeValue::Array(items)) => {
            let (index, rest) = rest.split_first()?;
            let item = items.get(index.parse::<usize>().ok()?)?;
            match (rest, item.get_ref()) {
                ([], _) => Some(item.span()),
                (_, DeValue::Table(table)) => span_of_all(table, rest),
                _ => None,
            }
        }
        _ => None,
    }
}
