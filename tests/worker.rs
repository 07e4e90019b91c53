//! Compiles components and serves providers for the tests, and does what a test can only see from outside.

#[cfg(target_os = "linux")]
mod churn;
#[cfg(target_os = "linux")]
mod escape;

use std::process::ExitCode;

fn main() -> ExitCode {
    palisade::init();
    #[cfg(target_os = "linux")]
    {
        let arguments: Vec<_> = std::env::args().skip(1).collect();
        match &*arguments {
            [job, rest @ ..] if job == "escape" => return escape::escape(rest).unwrap_or(ExitCode::FAILURE),
            [job, component] if job == "churn" => return run(churn::churn(component.into())),
            _ => {}
        }
    }
    ExitCode::FAILURE
}

#[cfg(target_os = "linux")]
fn run(work: impl Future<Output = Result<(), palisade::Error>>) -> ExitCode {
    use std::io::Write as _;

    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
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
