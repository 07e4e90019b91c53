//! `cargo xtask book`: the guide as a book of HTML, of the same files that are read on a code host.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use anyhow::{Context, Result, bail};

use crate::{
    files,
    process::{Environment, run},
    workspace::Workspace,
};

mod links;

/// Where the chapters are, from the root of the checkout.
const CHAPTERS: &str = "docs";

/// The list of chapters, which is none itself.
const SUMMARY: &str = "docs/SUMMARY.md";

/// Checks the chapters and renders them into `target/book`.
///
/// # Errors
///
/// Fails if a link leads nowhere, if a chapter is not listed, or if the book cannot be rendered.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    let pages = read_pages(&workspace.root)?;
    let problems = problems(&workspace.root, &pages);
    for problem in &problems {
        println!("{problem}");
    }
    if !problems.is_empty() {
        bail!("the guide has {} problem(s)", problems.len());
    }

    let repository = workspace.packages.iter().find_map(|package| package.repository.as_deref());
    let source = workspace.target.join("book-source");
    files::remove_folder(&source)?;
    copy(&workspace.root.join(CHAPTERS), &source)?;
    for (path, text) in &pages {
        let inside = path.strip_prefix(CHAPTERS).unwrap_or(path).trim_start_matches('/');
        fs::write(source.join(inside), links::without_outside(path, text, CHAPTERS, repository))?;
    }

    let out = workspace.target.join("book");
    let mut render = Environment::default().tool("CARGO", "cargo");
    render.current_dir(&workspace.root).args(["run", "--quiet", "--package", "xtask", "--features", "book"]);
    run(render.args(["--bin", "book", "--"]).arg(&source).arg(&out))?;
    println!("book: {} pages, {}", pages.len(), out.join("index.html").display());
    Ok(())
}

/// Reads every page below the folder of chapters, by its path from the root, with forward slashes.
fn read_pages(root: &Path) -> Result<BTreeMap<String, String>> {
    let mut pages = BTreeMap::new();
    let mut folders = vec![CHAPTERS.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder)).with_context(|| format!("cannot read {folder}"))? {
            let entry = entry?;
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if path.ends_with(".md") {
                pages.insert(path, fs::read_to_string(entry.path())?);
            }
        }
    }
    Ok(pages)
}

/// Says which pages are not listed, and which links lead nowhere.
fn problems(root: &Path, pages: &BTreeMap<String, String>) -> Vec<String> {
    let listed: BTreeSet<String> = pages
        .get(SUMMARY)
        .map(|summary| {
            links::all(summary).iter().filter_map(|link| link.resolve(SUMMARY)).map(|(path, _)| path).collect()
        })
        .unwrap_or_default();
    let unlisted = pages.keys().filter(|path| *path != SUMMARY && !listed.contains(*path));
    let mut problems: Vec<String> = unlisted.map(|path| format!("{path}: not in {SUMMARY}: list it there")).collect();
    let anchors: BTreeMap<&String, BTreeSet<String>> =
        pages.iter().map(|(path, text)| (path, links::anchors(text))).collect();
    for (page, text) in pages {
        for link in links::all(text) {
            let Some((path, anchor)) = link.resolve(page) else { continue };
            let found = match (anchors.get(&path), anchor) {
                (Some(anchors), Some(anchor)) => anchors.contains(&anchor),
                _ => root.join(&path).exists(),
            };
            if !found {
                problems.push(format!("{page}:{}: `{}` leads nowhere", link.line(text), link.target));
            }
        }
    }
    problems
}

/// Copies a folder with all that is in it.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let copied = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &copied)?;
        } else {
            fs::copy(entry.path(), &copied).with_context(|| format!("cannot write {}", copied.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_listed_and_its_links_lead_somewhere() {
        let checkout = tempfile::tempdir().unwrap();
        fs::create_dir_all(checkout.path().join("docs/adr")).unwrap();
        fs::write(checkout.path().join("README.md"), "").unwrap();
        let page = "# One\n\n[this](#one) [that](adr/a.md#two-words) [file](../README.md) [web](https://example.org)\n\n[no](#none)\n";
        fs::write(checkout.path().join("docs/one.md"), page).unwrap();
        fs::write(checkout.path().join("docs/adr/a.md"), "# Two `words`!\n\n[no](../two.md) [no](../../none)\n")
            .unwrap();
        fs::write(checkout.path().join("docs/SUMMARY.md"), "- [One](one.md)\n- [None](none.md)\n").unwrap();
        let pages = read_pages(checkout.path()).unwrap();
        assert_eq!(
            problems(checkout.path(), &pages),
            [
                "docs/adr/a.md: not in docs/SUMMARY.md: list it there",
                "docs/SUMMARY.md:2: `none.md` leads nowhere",
                "docs/adr/a.md:3: `../two.md` leads nowhere",
                "docs/adr/a.md:3: `../../none` leads nowhere",
                "docs/one.md:5: `#none` leads nowhere",
            ]
        );
    }
}
