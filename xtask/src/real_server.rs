//! `cargo xtask real-server`: a provider in the sandbox against a server that nobody here has written.
//!
//! `python` installs that server, llama.cpp's as `llama-cpp-python` packs it, `tiny_model.py` makes a model for it, `server`
//! runs it, and `calls` asks it by the program `palisade`, as any user would, and checks what comes back.

mod calls;
mod python;
mod server;

use std::{
    fmt::Write as _,
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use crate::{guests, process::capture, program, workspace::Workspace};
use calls::Palisade;
use server::Server;

/// The provider that asks the server.
const PROVIDER: &str = "openai-compatible";

/// The script that makes the model.
const TINY_MODEL: &str = include_str!("real_server/tiny_model.py");

/// How many numbers an embedding of the model has.
const WIDTH: usize = 64;

/// What `cargo xtask real-server` is asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Leaves the server running until Ctrl-C, and says how to ask it.
    #[arg(long)]
    keep: bool,
}

/// What was done, a row for each step.
#[derive(Debug, Default)]
struct Table(String);

/// Installs what is missing, starts the server, asks it, and stops it.
///
/// # Errors
///
/// Fails if something cannot be installed or built, if the server does not start, and if an answer is not as it has to be.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let folder = workspace.target.join("real-server");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let mut table = Table::default();

    let python = table.step("python", || python::prepare(&folder))?;
    guests::build(workspace, &guests::Arguments::only(&[PROVIDER]))?;
    let program = program::build(workspace)?;
    table.step("model", || make_model(&python, &folder))?;
    let mut server = table.step("server", || Server::start(&python, &folder))?;
    let component = workspace.target.join("providers").join(format!("{PROVIDER}.wasm"));
    let palisade = Palisade::new(program, &folder, &component, server.address)?;

    table.step("health", || palisade.check_health())?;
    table.step("chat", || palisade.chat())?;
    table.step("stream", || palisade.stream())?;
    table.step("embedding", || palisade.embed(WIDTH))?;
    print!("\n{}", table.0);
    if arguments.keep {
        println!("\nthe server runs until Ctrl-C; in another terminal:\n");
        println!("  {} run chat \"Where do foxes live?\" --max-tokens 40", palisade.command());
        server.wait()?;
    }
    Ok(())
}

/// Makes the model, and says how large it is.
fn make_model(python: &Path, folder: &Path) -> Result<String> {
    let path = folder.join(server::MODEL);
    capture(Command::new(python).args(["-c", TINY_MODEL]).arg(&path).arg(WIDTH.to_string()))?;
    Ok(format!("{} bytes", fs::metadata(&path)?.len()))
}

impl Table {
    /// Takes a step, and notes what came of it and how long it took.
    fn step<R: Outcome>(&mut self, name: &'static str, work: impl FnOnce() -> Result<R>) -> Result<R> {
        let started = Instant::now();
        let result = work().with_context(|| format!("{name} failed"))?;
        self.row(name, started.elapsed(), &result.outcome());
        Ok(result)
    }

    fn row(&mut self, name: &str, time: Duration, outcome: &str) {
        let _infallible = writeln!(self.0, "{name:<10} {:>7.2} s  {outcome}", time.as_secs_f64());
    }
}

/// What the table says of a step.
trait Outcome {
    fn outcome(&self) -> String;
}

impl Outcome for String {
    fn outcome(&self) -> String {
        self.clone()
    }
}

impl Outcome for Server {
    fn outcome(&self) -> String {
        format!("http://{}", self.address)
    }
}
