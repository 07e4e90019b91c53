//! Compiles components for the tests.

use std::process::ExitCode;

fn main() -> ExitCode {
    palisade::init();
    ExitCode::FAILURE
}
