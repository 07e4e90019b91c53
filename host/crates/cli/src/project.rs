//! `palisade new` and `palisade build`

use std::{
    io::{self, Write as _},
    path::Path,
};

use palisade_project::{Language, New, Settings};

use crate::format;

pub(crate) fn create(language: Language, name: &str, capability: &str) -> anyhow::Result<()> {
    palisade_project::create(Path::new(name), &New { language, name, capability })?;
    Ok(format::print(format!("{name}\nnext: cd {name} && palisade build, as its README.md says"))?)
}

pub(crate) fn build(folder: &Path, tools: Option<&Path>) -> anyhow::Result<()> {
    let step = |text: &str| {
        // Nobody has to watch.
        let _unread = writeln!(io::stderr(), "{text}");
    };
    let built = palisade_project::build(folder, &Settings { tools, step: Some(step) })?;
    let path = std::path::absolute(folder)
        .ok()
        .and_then(|folder| built.component.strip_prefix(folder).ok().map(Path::to_owned));
    let shown = folder.join(path.unwrap_or(built.component));
    let shown = shown.strip_prefix(".").unwrap_or(&shown);
    Ok(format::print(format!("{} ({})", shown.display(), format::bytes(built.bytes)))?)
}
