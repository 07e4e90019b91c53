//! `cargo xtask test`: everything that a change has to pass, the cheap steps first.

use std::{
    fmt::Write as _,
    io::{BufRead, BufReader, Write as _},
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::{book, guests, process, process::Environment, simulate, tidy, toolchain_check, workspace::Workspace};

/// What `cargo xtask test` is asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Leaves a step out; may be repeated.
    #[arg(long, value_enum, value_name = "STEP")]
    skip: Vec<Step>,
    /// Runs the remaining steps after a failure.
    #[arg(long)]
    keep_going: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Step {
    /// Formatting.
    Format,
    /// The invariants of the architecture.
    Tidy,
    /// The guests as components, which the tests load.
    Guests,
    /// Lints, of all targets.
    Clippy,
    /// The documentation, whose links have to lead somewhere.
    Docs,
    /// The guide, whose chapters have to be listed, and whose links have to lead somewhere.
    Book,
    /// All tests of the workspace.
    Tests,
    /// The permits of a breaker, in thousands of orders of threads.
    Orders,
    /// What the documents say of the policies that were simulated.
    Simulation,
    /// Secrets in a keyring, where this machine has one.
    Keyring,
    /// The routes to a toolchain for guests.
    Toolchains,
}

/// Clippy and the documentation need no code, only metadata of the dependencies, and share it.
const STEPS: [Step; 11] = [
    Step::Format,
    Step::Tidy,
    Step::Guests,
    Step::Clippy,
    Step::Docs,
    Step::Book,
    Step::Tests,
    Step::Orders,
    Step::Simulation,
    Step::Keyring,
    Step::Toolchains,
];

/// Tests that run under a scheduler of their own, which needs another build of one crate.
const ORDERS: [&str; 9] =
    ["test", "--package", "palisade-routing", "--lib", "--features", "shuttle", "--", "permits_tests", "live_tests"];

/// What the tests of the keyring start.
const KEYRING: [&str; 2] = ["dbus-daemon", "gnome-keyring-daemon"];

/// What the test binaries reported, summed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
    skipped: u64,
}

#[derive(Debug)]
struct Report {
    step: Step,
    error: Option<String>,
    time: Duration,
}

/// Runs the steps, prints a table of them, and as the very last line how many tests passed and failed.
///
/// A failed step is no error but an exit code, since a message would come after the last line.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let mut counts = Counts::default();
    let mut reports = Vec::new();
    for step in STEPS.into_iter().filter(|step| !arguments.skip.contains(step)) {
        println!("==> {}", step.name());
        let started = Instant::now();
        let error = perform(step, workspace, &mut counts).err().map(|error| format!("{error:#}"));
        let report = Report { step, error, time: started.elapsed() };
        println!("{}", report.line());
        let failed = report.error.is_some();
        reports.push(report);
        if failed && !arguments.keep_going {
            break;
        }
    }
    let failures = reports.iter().filter(|report| report.error.is_some()).count();
    print!("\n{}\n", table(&reports));
    println!("{}", counts.with_failed_steps(&reports).line());
    std::io::stdout().flush()?;
    Ok(if failures > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn perform(step: Step, workspace: &Workspace, counts: &mut Counts) -> Result<()> {
    let cargo = |arguments: &[&str]| {
        let mut command = Environment::default().tool("CARGO", "cargo");
        command.current_dir(&workspace.root).args(arguments);
        command
    };
    match step {
        Step::Format => process::run(&mut cargo(&["fmt", "--all", "--check"])),
        Step::Tidy => tidy::check(workspace),
        Step::Guests => guests::build(workspace, &guests::Arguments::all()),
        Step::Clippy => {
            process::run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
            // It is none of all targets, since not every machine can run it.
            process::run(&mut cargo(&["clippy", "--workspace", "--test", "keyring", "--", "-D", "warnings"]))
        }
        Step::Docs => process::run(cargo(&["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings")),
        Step::Book => book::build(workspace),
        Step::Tests => run_tests(&mut cargo(&["test", "--workspace", "--no-fail-fast"]), counts),
        Step::Orders => run_tests(&mut cargo(&ORDERS), counts),
        Step::Simulation => simulate::run(workspace, &simulate::Arguments::check()),
        Step::Keyring => match KEYRING.iter().find(|program| !process::on_path(program)) {
            Some(missing) => {
                println!("left out: `{missing}` is not on the search path");
                Ok(())
            }
            None => run_tests(&mut cargo(&["test", "--workspace", "--test", "keyring"]), counts),
        },
        Step::Toolchains => toolchain_check::check(workspace),
    }
}

/// Runs the tests, shows their output as it comes, and adds up the results.
fn run_tests(command: &mut Command, counts: &mut Counts) -> Result<()> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start cargo test")?;
    let output = child.stdout.take().context("the output of cargo test is missing")?;
    for line in BufReader::new(output).split(b'\n') {
        // A test may print what is no UTF-8.
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        if let Some(more) = Counts::parse(&line) {
            counts.add(more);
        }
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("cargo test failed ({status})");
    }
    Ok(())
}

impl Step {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

impl Report {
    fn line(&self) -> String {
        let state = if self.error.is_some() { "FAILED" } else { "ok" };
        let mut line = format!("{:<12} {state:<7} {:>7.1} s", self.step.name(), self.time.as_secs_f64());
        if let Some(error) = &self.error {
            line.push_str("  ");
            line.push_str(error);
        }
        line
    }
}

impl Counts {
    /// Reads a line such as `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out`.
    fn parse(line: &str) -> Option<Self> {
        let (_, results) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let mut counts = Self::default();
        for result in results.split("; ") {
            let Some((number, kind)) = result.trim().split_once(' ') else { continue };
            let Ok(number) = number.parse::<u64>() else { continue };
            match kind {
                "passed" => counts.passed = number,
                "failed" => counts.failed = number,
                "ignored" => counts.skipped = number,
                _ => {}
            }
        }
        Some(counts)
    }

    fn add(&mut self, more: Self) {
        self.passed += more.passed;
        self.failed += more.failed;
        self.skipped += more.skipped;
    }

    /// Counts a step that failed without a failed test as one, so that a failed run never ends in `0 failed`.
    fn with_failed_steps(mut self, reports: &[Report]) -> Self {
        let steps = reports.iter().filter(|report| report.error.is_some());
        self.failed += steps.filter(|report| report.step != Step::Tests || self.failed == 0).count() as u64;
        self
    }

    fn line(self) -> String {
        let mut line = format!("{} passed, {} failed", self.passed, self.failed);
        if self.skipped > 0 {
            line.push_str(&format!(", {} skipped", self.skipped));
        }
        line
    }
}

fn table(reports: &[Report]) -> String {
    let mut text = String::new();
    for report in reports {
        let _infallible = writeln!(text, "{}", report.line());
    }
    let total: Duration = reports.iter().map(|report| report.time).sum();
    let _infallible = writeln!(text, "{:<20} {:>7.1} s", "total", total.as_secs_f64());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const OK: &str = "test result: ok. 12 passed; 0 failed; 2 ignored; 0 measured; 3 filtered out; finished in 0.01s";

    fn report(step: Step, error: Option<&str>) -> Report {
        Report { step, error: error.map(str::to_owned), time: Duration::from_millis(1500) }
    }

    #[test]
    fn results_are_read() {
        assert_eq!(Counts::parse(OK), Some(Counts { passed: 12, failed: 0, skipped: 2 }));
        assert_eq!(
            Counts::parse("test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out"),
            Some(Counts { passed: 1, failed: 2, skipped: 0 })
        );
        assert_eq!(Counts::parse("test it ... ok"), None);
    }

    #[test]
    fn the_last_line_sums_up() {
        let mut counts = Counts::default();
        assert_eq!(counts.line(), "0 passed, 0 failed");
        counts.add(Counts { passed: 2, failed: 0, skipped: 0 });
        assert_eq!(counts.line(), "2 passed, 0 failed");
        counts.add(Counts { passed: 1, failed: 1, skipped: 3 });
        assert_eq!(counts.line(), "3 passed, 1 failed, 3 skipped");
    }

    #[test]
    fn a_failed_run_never_ends_in_no_failure() {
        let tests = report(Step::Tests, Some("cargo test failed"));
        assert_eq!(Counts::default().with_failed_steps(&[report(Step::Tidy, None)]).failed, 0);
        assert_eq!(Counts::default().with_failed_steps(&[report(Step::Tidy, Some("found"))]).failed, 1);
        // It did not compile.
        assert_eq!(Counts::default().with_failed_steps(&[tests]).failed, 1);
        let tests = report(Step::Tests, Some("cargo test failed"));
        assert_eq!(Counts { failed: 3, ..Counts::default() }.with_failed_steps(&[tests]).failed, 3);
    }

    #[test]
    fn the_table_has_a_line_for_each_step() {
        let text = table(&[report(Step::Format, None), report(Step::Tidy, Some("found 1"))]);
        assert_eq!(
            text,
            "format       ok          1.5 s\ntidy         FAILED      1.5 s  found 1\ntotal                    3.0 s\n"
        );
    }
}
