//! `palisade completions` and `palisade man`: what is made from the command line itself.

use std::{io::Write as _, path::Path};

use clap::CommandFactory as _;
use clap_complete::Shell;
use palisade::{Error, ErrorKind};

use crate::arguments::Arguments;

pub(crate) fn completions(shell: Shell) -> std::io::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "palisade", &mut script);
    std::io::stdout().lock().write_all(&script)
}

pub(crate) fn man(folder: Option<&Path>) -> anyhow::Result<()> {
    let Some(folder) = folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Arguments::command()).render(&mut page)?;
        std::io::stdout().lock().write_all(&page)?;
        return Ok(());
    };
    let unwritable = |error: std::io::Error| {
        Error::new(ErrorKind::Io, format!("cannot write to `{}`", folder.display())).with_source(error)
    };
    std::fs::create_dir_all(folder).map_err(unwritable)?;
    clap_mangen::generate_to(Arguments::command(), folder).map_err(unwritable)?;
    Ok(())
}
