//! A host whose provider computes in a worker for as long as it may, so that somebody else can end the host meanwhile.

use std::{
    io::{self, Write as _},
    path::PathBuf,
    time::Duration,
};

use palisade::{Error, ErrorKind, Host, Isolation, Limits, Registration};

/// Says which process the worker is, and has it compute.
pub(crate) async fn compute(component: PathBuf) -> Result<(), Error> {
    let host = Host::builder().build().await?;
    let time = Duration::from_mins(5);
    let limits = Limits { fuel: u64::MAX, timeout: time, cpu_time: time, ..Limits::default() };
    let spins = Registration::path(component).config("behaviour", "spin").limits(limits);
    host.register("spins", spins.isolation(Isolation::Process)).await?;
    let worker = host.status("spins")?.component.and_then(|component| component.worker?.process);
    writeln!(io::stdout(), "{}", worker.unwrap_or_default())
        .map_err(|error| Error::new(ErrorKind::Io, "stdout is closed").with_source(error))?;
    host.get("spins")?.text_to_image("a fox").await.map(drop)
}
