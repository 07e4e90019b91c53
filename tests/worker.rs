//! Compiles components and serves providers for the tests, and does what a test can only see from outside.

#[cfg(target_os = "linux")]
mod busy;
#[cfg(target_os = "linux")]
mod churn;
#[cfg(target_os = "linux")]
mod escape;

use std::process::ExitCode;

use tokio::runtime::Builder;

fn main() -> ExitCode {
    // As somebody would who has not read what `init` asks for. The name of the program says who: a worker gets no argument
    // of ours.
    let program = std::env::args().next().unwrap_or_default();
    if program.ends_with("in-a-runtime-of-one-thread") {
        return within(&mut Builder::new_current_thread());
    }
    if program.ends_with("in-a-runtime-of-many-threads") {
        return within(Builder::new_multi_thread().worker_threads(2));
    }
    palisade::init();
    #[cfg(target_os = "linux")]
    {
        let arguments: Vec<_> = std::env::args().skip(1).collect();
        match &*arguments {
            [job, rest @ ..] if job == "escape" => return escape::escape(rest).unwrap_or(ExitCode::FAILURE),
            [job, component] if job == "compute" => return run(busy::compute(component.into())),
            [job, component] if job == "churn" => return run(churn::churn(component.into())),
            _ => {}
        }
    }
    ExitCode::FAILURE
}

/// Calls `init` inside of a runtime.
fn within(runtime: &mut Builder) -> ExitCode {
    let Ok(runtime) = runtime.enable_all().build() else { return ExitCode::FAILURE };
    runtime.block_on(async { palisade::init() });
    ExitCode::FAILURE
}

#[cfg(target_os = "linux")]
fn run(work: impl Future<Output = Result<(), palisade::Error>>) -> ExitCode {
    use std::io::Write as _;

    let Ok(runtime) = Builder::new_current_thread().enable_all().build() else {
        return ExitCode::FAILURE;
    };
    match runtime.block_on(work) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The exit code says it too.
            let _closed = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}
