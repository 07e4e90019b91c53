//! Renders the guide: what `cargo xtask book` starts, since the renderer takes longer to compile than all the rest of it.

use std::{env, path::PathBuf};

use anyhow::{Context, Result};
use mdbook_driver::{MDBook, config::Config};

/// Renders the book in the first folder into the second.
fn main() -> Result<()> {
    let mut folders = env::args_os().skip(1).map(PathBuf::from);
    let (source, out) =
        folders.next().zip(folders.next()).context("two folders are needed: the book, and where it goes")?;
    let mut config = Config::from_disk(source.join("book.toml"))?;
    config.build.build_dir = out;
    MDBook::load_with_config(source, config)?.build()
}
