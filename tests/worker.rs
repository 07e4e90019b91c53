//! Compiles components for the tests, and tries to break out for them.

#[cfg(target_os = "linux")]
mod escape;

use std::process::ExitCode;

fn main() -> ExitCode {
    palisade::init();
    #[cfg(target_os = "linux")]
    {
        let arguments: Vec<_> = std::env::args().skip(1).collect();
        if let [job, rest @ ..] = &*arguments
            && job == "escape"
        {
            return escape::escape(rest).unwrap_or(ExitCode::FAILURE);
        }
    }
    ExitCode::FAILURE
}
