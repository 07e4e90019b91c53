//! What the README shows is what is printed.
//!
//! Needs the example providers: `cargo xtask guests`.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

#[test]
fn what_is_printed_is_what_the_readme_says() {
    // Its files are named as seen from the root. The only test of its process, so that nobody else is moved.
    std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../..")).unwrap();
    trycmd::TestCases::new().case("README.md");
}
